use murano_sdk::{
    ErrorKind,
    maintenance::{MaintenanceSession, MaintenanceState},
};

use super::{WaitArgs, reached, sessions, state};
use crate::{cx::Cx, manual::examples, output::RecordArgs, report::OrHint as _};

/// Let a failed maintenance session go on (administrators only)
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance update \"$maintenance\" --state START_MAINTENANCE",
))]
pub(crate) struct Args {
    /// Id of the session
    session: String,
    /// State to go on from, after what failed was put right by hand
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<MaintenanceState>,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<MaintenanceSession>()?;
    let session = cx.client()?.maintenance().session(args.session);
    // Early versions say yes to what is not there, too.
    let before = session.get().await;
    let before = before.or_hint(ErrorKind::NotFound, sessions)?;
    session.update(args.state.as_ref()).await?;
    if args.state.is_some() && session.get().await?.state == before.state {
        cx.ui().note(format!(
            "the session stays in {}: only a failed one goes on, and only with a service from 2020 on",
            before.state
        ));
    }
    let session = reached(cx, &session, args.wait).await?;
    cx.print_record(&session, &args.output)
}
