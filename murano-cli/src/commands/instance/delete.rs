use murano_sdk::instances::Goal;

use super::{WaitArgs, Work, each};
use crate::{consent::Consent, cx::Cx, manual::examples};

/// Delete bare-metal instances
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance delete db-1 --wait",
))]
pub(crate) struct Args {
    /// Names or ids
    #[arg(value_name = "INSTANCE", required = true)]
    instances: Vec<String>,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.consent
        .ask(cx, ("delete instance", "delete instances"), &args.instances)?;
    let work = Work {
        begun: "is being deleted",
        ended: ("is deleted", Goal::Deleted),
    };
    each(cx, &args.instances, (work, &args.wait), async |instance| {
        instance.delete().await
    })
    .await
}
