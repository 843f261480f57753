use murano_sdk::environments::EnvironmentHandle;

use super::Row;
use crate::{cx::Cx, find, manual::examples, output::OutputArgs};

/// List deployments, newest first
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true)))]
#[command(before_help = examples!(
    "murano deployment list shop",
    "murano deployment list --all-environments -f csv",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    #[arg(group = "which")]
    env: Option<String>,
    /// Those of all environments of the project
    #[arg(long, group = "which")]
    all_environments: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let mut output = args.output;
    let found = if let Some(env) = args.env {
        let list = async |env: EnvironmentHandle| Ok(env.deployments().list().await?);
        find::in_environment(cx, &env, list).await?
    } else {
        output = output.or_columns(&[
            "id",
            "environment_id",
            "state",
            "created",
            "updated",
            "finished",
        ]);
        cx.client()?.deployments().list().await?
    };
    let rows: Vec<Row> = found.into_iter().map(Row::from).collect();
    cx.print_list(&rows, &output)
}
