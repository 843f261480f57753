use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// Show what each host of the service counts about its requests
///
/// The service renews the figures every few minutes. Calls of the catalog are not counted.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano stats requests -f json",
))]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let hosts = cx.client()?.request_statistics().await?;
    cx.print_list(&hosts, &args.output)
}
