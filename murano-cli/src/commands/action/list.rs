use murano_sdk::{
    actions::{self, Action},
    environments::EnvironmentHandle,
};

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
    let list = async |env: EnvironmentHandle| match &args.app {
        Some(app) => {
            let apps = env.services().list().await?;
            Ok(actions::in_model(find::application(&apps, app)?))
        }
        None => Ok(env.actions().list().await?),
    };
    let found: Vec<Action> = find::in_environment(cx, &args.env, list).await?;
    cx.print_list(&found, &args.output)
}
