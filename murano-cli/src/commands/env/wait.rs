use std::{future::IntoFuture as _, time::Duration};

use murano_sdk::{
    ErrorKind,
    environments::{Environment, EnvironmentStatus, Goal},
};
use tokio::sync::mpsc;

use crate::{
    cx::Cx,
    find, follow,
    manual::examples,
    output::RecordArgs,
    report::{Failure, OrHint as _, hinted},
};

/// Wait until an environment is in a state
///
/// An environment that is not there counts as deleted. One with an open session is pending, which is idle; it is
/// ready when the session has been deployed or deleted.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env wait shop --for idle",
    "murano env wait depot --for deleted --timeout 10m",
))]
pub(crate) struct Args {
    /// Name or id
    env: String,
    /// State to wait for
    #[arg(
        long = "for",
        value_name = "STATE",
        value_enum,
        default_value = "ready"
    )]
    goal: State,
    /// Longest time to wait, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = follow::duration)]
    timeout: Duration,
    #[command(flatten)]
    output: RecordArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum State {
    /// Deployed, no session open and nothing going on; a failure ends the waiting
    Ready,
    /// The last deployment or deletion failed
    Failed,
    /// Neither deploying nor deleting
    Idle,
    /// Gone; a deletion that fails ends the waiting
    Deleted,
}

impl From<State> for Goal {
    fn from(state: State) -> Self {
        match state {
            State::Ready => Self::Ready,
            State::Failed => Self::Failed,
            State::Idle => Self::Idle,
            State::Deleted => Self::Deleted,
        }
    }
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Environment>()?;
    let env = match find::environment(cx, &args.env).await {
        Err(error) if args.goal == State::Deleted && is_missing(&error) => {
            cx.ui()
                .note(format!("environment \"{}\" is gone", args.env));
            return Ok(());
        }
        found => found?,
    };
    let _spinner = cx.ui().spinner("waiting");
    let (sender, mut looks) = mpsc::unbounded_channel();
    let wait = env.wait(args.goal.into()).timeout(args.timeout);
    let mut wait = wait
        .observe(move |env| {
            // Nobody takes it when the waiting has ended.
            let _ = sender.send(env.clone());
        })
        .into_future();
    let again = || format!("`murano env show {}` tells how far it is", args.env);
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut status: Option<EnvironmentStatus> = None;
    let ended = loop {
        tokio::select! {
            biased;
            Some(env) = looks.recv() => if env.status != status {
                cx.event("environment", &env);
                status = env.status;
            },
            ended = &mut wait => break ended,
            _ = &mut interrupted => {
                let text = "no longer waiting, whatever is going on goes on";
                return Err(hinted(Failure::Interrupted(text.to_owned()), again()));
            }
        }
    };
    if let Some(env) = ended.or_hint(ErrorKind::Timeout, again)? {
        return cx.print_record(&env, &args.output);
    }
    cx.ui()
        .note(format!("environment \"{}\" is gone", args.env));
    Ok(())
}

fn is_missing(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<murano_sdk::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::NotFound)
}
