use murano_sdk::ErrorKind;

use super::sessions;
use crate::{cx::Cx, manual::examples, output::RecordArgs, report::OrHint as _};

/// Show everything about a maintenance session; services from 2020 on (administrators only)
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance detail \"$maintenance\" -f json",
))]
pub(crate) struct Args {
    /// Id of the session
    session: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let session = cx.client()?.maintenance().session(args.session);
    let detail = session.detail().await;
    let detail = detail.or_hint(ErrorKind::NotFound, sessions)?;
    cx.print_value(&detail, &args.output)
}
