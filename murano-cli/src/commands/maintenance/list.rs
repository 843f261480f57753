use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// List the maintenance sessions (administrators only)
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance list",
    "murano maintenance list -f value -c session_id",
))]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let sessions = cx.client()?.maintenance().all().await?;
    cx.print_list(&sessions, &args.output)
}
