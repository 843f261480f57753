use super::Zone;
use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// List the availability zones, where bare-metal instances can stand
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance zones -f value",
))]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let zones = cx.client()?.instances().availability_zones().await?;
    let zones: Vec<Zone> = zones.into_iter().map(|name| Zone { name }).collect();
    cx.print_list(&zones, &args.output)
}
