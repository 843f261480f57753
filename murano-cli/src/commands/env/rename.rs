use murano_sdk::environments::{Environment, EnvironmentHandle};

use crate::{
    cx::Cx,
    find::{self, Kind},
    manual::examples,
    output::RecordArgs,
};

/// Give an environment another name
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env rename shop store",
))]
pub(crate) struct Args {
    /// Name or id
    env: String,
    /// New name, unique in the project
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Environment>()?;
    let rename = async |env: EnvironmentHandle| Ok((env.rename(&args.name).await?, env));
    let (renamed, env) = find::in_environment(cx, &args.env, rename).await?;
    cx.names().remove(Kind::Environment, &args.env);
    // The answer lacks the status; without it the record is still true.
    let shown = env.get().await.unwrap_or(renamed);
    cx.print_record(&shown, &args.output)
}
