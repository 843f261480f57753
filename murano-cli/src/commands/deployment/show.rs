use murano_sdk::{ErrorKind, environments::EnvironmentHandle};

use super::Row;
use crate::{cx::Cx, find, manual::examples, output::RecordArgs, report::OrHint as _};

/// Show a deployment, and why it failed
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano deployment show shop",
    "murano deployment show shop \"$deployment\" -f value -c state",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Id of the deployment; without it the newest one
    deployment: Option<String>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let get = async |env: EnvironmentHandle| match args.deployment.as_deref() {
        Some(id) => env
            .deployment(id)
            .get()
            .await
            .or_hint(ErrorKind::NotFound, || {
                format!(
                    "`murano deployment list {}` shows the deployments",
                    args.env
                )
            }),
        None => Ok(env.deployments().latest().await?),
    };
    let deployment = find::in_environment(cx, &args.env, get).await?;
    cx.print_record(&Row::from(deployment), &args.output)
}
