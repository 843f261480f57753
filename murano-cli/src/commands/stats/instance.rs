use super::env::of_instance;
use crate::{cx::Cx, find, manual::examples, output::OutputArgs};

/// Show how long one instance or application has been running, in seconds
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano stats instance shop hello",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Id of an instance, or id, name or class of an application
    instance: String,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let env = find::environment(cx, &args.env).await?;
    cx.print_list(&of_instance(&env, &args.instance).await?, &args.output)
}
