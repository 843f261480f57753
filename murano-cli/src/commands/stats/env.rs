use murano_sdk::{
    environments::EnvironmentHandle, model::object_id, statistics::InstanceStatistics,
};

use crate::{
    cx::Cx,
    find,
    manual::examples,
    output::OutputArgs,
    report::{NOT_FOUND, exit_code},
};

/// Show how long the instances and applications of an environment have been running, in seconds
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano stats env shop",
    "murano stats env shop --aggregated",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Show this one only: id of an instance, or id, name or class of an application
    instance: Option<String>,
    /// Show the sums for each type
    #[arg(long, conflicts_with = "instance")]
    aggregated: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let env = find::environment(cx, &args.env).await?;
    if args.aggregated {
        return cx.print_list(&env.statistics().aggregated().await?, &args.output);
    }
    let found = match &args.instance {
        Some(text) => of_instance(&env, text).await?,
        None => env.statistics().raw().await?,
    };
    cx.print_list(&found, &args.output)
}

/// The statistics of an application, or of an instance, which has an id only.
pub(super) async fn of_instance(
    env: &EnvironmentHandle,
    text: &str,
) -> anyhow::Result<Vec<InstanceStatistics>> {
    let apps = env.services().list().await?;
    let id = match find::application(&apps, text) {
        Ok(app) => object_id(app).unwrap_or(text),
        Err(error) if exit_code(&error) == NOT_FOUND => text,
        Err(error) => return Err(error),
    };
    Ok(env.statistics().raw_of(id).await?)
}
