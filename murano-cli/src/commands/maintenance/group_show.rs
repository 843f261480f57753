use murano_sdk::maintenance::GroupConstraints;

use crate::{cx::Cx, manual::examples, output::RecordArgs};

/// Show what a group of instances stands in maintenance; services from 2020 on
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance group-show web",
))]
pub(crate) struct Args {
    /// Id of the group
    group: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<GroupConstraints>()?;
    let found = cx.client()?.maintenance().instance_group(args.group);
    cx.print_record(&found.get().await?, &args.output)
}
