use murano_sdk::actions::{self, Action};

use crate::{cx::Cx, find, manual::examples, output::OutputArgs};

/// List the actions that the objects of an environment offer
///
/// There are none before the first deployment.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano action list shop",
    "murano action list shop --app hello",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Show those of this application (id, name or class) and of what is inside it
    #[arg(long)]
    app: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let env = find::environment(cx, &args.env).await?;
    let found: Vec<Action> = match &args.app {
        Some(app) => {
            let apps = env.services().list().await?;
            actions::in_model(find::application(&apps, app)?)
        }
        None => env.actions().list().await?,
    };
    cx.print_list(&found, &args.output)
}
