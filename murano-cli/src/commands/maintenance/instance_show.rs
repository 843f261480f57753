use murano_sdk::maintenance::InstanceConstraints;

use crate::{cx::Cx, manual::examples, output::RecordArgs};

/// Show what an instance stands in maintenance; services from 2020 on
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance instance-show web-1",
))]
pub(crate) struct Args {
    /// Id of the instance
    instance: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<InstanceConstraints>()?;
    let found = cx.client()?.maintenance().instance(args.instance);
    cx.print_record(&found.get().await?, &args.output)
}
