use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// List the kinds of bare-metal machines
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance flavors",
))]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let flavors = cx.client()?.instances().flavors().await?;
    cx.print_list(&flavors, &args.output)
}
