use murano_sdk::instances::PowerAction;

use super::{WaitArgs, Work, each};
use crate::{cx::Cx, manual::examples};

/// Switch bare-metal instances on or off, or restart them
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance power off db-1 --wait",
    "murano instance power reboot db-1",
))]
pub(crate) struct Args {
    /// What to do; the soft ones ask the system on the instance to do it
    action: Action,
    /// Names or ids
    #[arg(value_name = "INSTANCE", required = true)]
    instances: Vec<String>,
    #[command(flatten)]
    wait: WaitArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Action {
    On,
    Off,
    Reboot,
    #[value(alias = "soft_off")]
    SoftOff,
    #[value(alias = "soft_reboot")]
    SoftReboot,
}

impl Action {
    /// The action, and what is said when it has begun and when it has ended.
    fn words(self) -> (PowerAction, &'static str, &'static str) {
        match self {
            Self::On => (PowerAction::On, "is being switched on", "is on"),
            Self::Off => (PowerAction::Off, "is being switched off", "is off"),
            Self::SoftOff => (PowerAction::SoftOff, "was asked to switch off", "is off"),
            Self::Reboot => (PowerAction::Reboot, "is being restarted", "is on again"),
            Self::SoftReboot => (
                PowerAction::SoftReboot,
                "was asked to restart",
                "is on again",
            ),
        }
    }
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let (action, begun, ended) = args.action.words();
    let work = Work {
        begun,
        ended: (ended, action.goal()),
    };
    each(cx, &args.instances, (work, &args.wait), async |instance| {
        instance.power(action).await
    })
    .await
}
