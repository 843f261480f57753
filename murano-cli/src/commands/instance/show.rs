use crate::{cx::Cx, find, manual::examples, output::RecordArgs};

/// Show a bare-metal instance
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance show db-1",
    "murano instance show db-1 -f value -c addresses",
))]
pub(crate) struct Args {
    /// Name or id
    instance: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let found = find::whole_instance(cx, &args.instance).await?;
    cx.print_record(&found, &args.output)
}
