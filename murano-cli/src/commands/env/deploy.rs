use murano_sdk::{
    ErrorKind,
    environments::EnvironmentHandle,
    sessions::{Deploying, Session},
};

use crate::{
    cx::Cx,
    find,
    follow::{self, DeployArgs},
    manual::examples,
    report::OrHint as _,
};

/// Deploy an environment: a session's edits, or once more what it has
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env deploy shop --wait --timeout 20m",
    "murano env deploy shop --session \"$session\"",
))]
pub(crate) struct Args {
    /// Name or id
    env: String,
    /// Session to deploy; without it a fresh one, which deploys the applications as they are
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    deploy: DeployArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.deploy.check()?;
    let session = match args.session {
        Some(id) => follow::start_given(cx, &args.env, &id).await?,
        None => start_afresh(cx, &args.env).await?,
    };
    follow::finish(cx, &args.env, &session, &args.deploy).await
}

async fn start_afresh(cx: &Cx, name: &str) -> anyhow::Result<Session<Deploying>> {
    let open = async |env: EnvironmentHandle| Ok(env.open_session().await?);
    let session = find::in_environment(cx, name, open).await;
    let session = session.or_hint(ErrorKind::State, || {
        format!("`murano deployment logs {name} --follow` watches what is going on")
    })?;
    let opened = session.environment().session(session.id());
    cx.ui().note(format!("deploying session {}", opened.id()));
    let started = follow::start(name, session).await;
    if started.is_err() {
        // Nothing was edited, so nothing is lost; that it stays behind is the smaller trouble.
        let _ = opened.discard().await;
    }
    started
}
