use murano_sdk::ErrorKind;

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
    let env = find::environment(cx, &args.env).await?;
    let deployment = match args.deployment {
        Some(id) => env
            .deployment(id)
            .get()
            .await
            .or_hint(ErrorKind::NotFound, || {
                format!(
                    "`murano deployment list {}` shows the deployments",
                    args.env
                )
            })?,
        None => env.deployments().latest().await?,
    };
    cx.print_record(&Row::from(deployment), &args.output)
}
