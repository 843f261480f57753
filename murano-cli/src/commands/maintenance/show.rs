use murano_sdk::maintenance::MaintenanceSession;

use super::{WaitArgs, reached};
use crate::{cx::Cx, manual::examples, output::RecordArgs};

/// Show how far a maintenance session is (administrators only)
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance show \"$maintenance\"",
    "murano maintenance show \"$maintenance\" --wait=MAINTENANCE --timeout 1h -f value -c state",
))]
pub(crate) struct Args {
    /// Id of the session
    session: String,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<MaintenanceSession>()?;
    let session = cx.client()?.maintenance().session(args.session);
    let session = reached(cx, &session, args.wait).await?;
    cx.print_record(&session, &args.output)
}
