use murano_sdk::instances::Goal;

use super::{WaitArgs, Work, each};
use crate::{consent::Consent, cx::Cx, find, manual::examples};

/// Write the image of bare-metal instances anew; all that is on their disks is lost
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance rebuild db-1 --wait",
))]
pub(crate) struct Args {
    /// Names or ids
    #[arg(value_name = "INSTANCE", required = true)]
    instances: Vec<String>,
    /// Another image, by name or id
    #[arg(long)]
    image: Option<String>,
    /// Leave the ephemeral partition as it is
    #[arg(long)]
    preserve_ephemeral: bool,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.consent
        .ask(cx, ("erase instance", "erase instances"), &args.instances)?;
    let image = match &args.image {
        Some(image) => Some(find::image(cx, image).await?),
        None => None,
    };
    let work = Work {
        begun: "is being rebuilt",
        ended: ("is rebuilt", Goal::Active),
    };
    each(cx, &args.instances, (work, &args.wait), async |instance| {
        let mut rebuild = instance.rebuild();
        if let Some(image) = &image {
            rebuild = rebuild.image(image);
        }
        rebuild.preserve_ephemeral(args.preserve_ephemeral).await
    })
    .await
}
