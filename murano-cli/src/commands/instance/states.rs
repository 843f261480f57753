use murano_sdk::instances::InstanceStates;

use crate::{cx::Cx, find, manual::examples, output::RecordArgs};

/// Show what a bare-metal instance is doing, in short
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance states db-1",
    "murano instance states db-1 -f value -c power_state",
))]
pub(crate) struct Args {
    /// Name or id
    instance: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<InstanceStates>()?;
    let states = find::instance(cx, &args.instance).await?.states().await?;
    cx.print_record(&states, &args.output)
}
