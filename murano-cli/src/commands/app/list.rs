use super::{App, services};
use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// List the applications of an environment
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano app list shop",
    "murano app list shop --session \"$session\" -f json",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Show them as this session has them
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let (_, apps) = services(cx, &args.env, args.session.as_deref()).await?;
    let apps: Vec<App> = apps.into_iter().map(App).collect();
    cx.print_list(&apps, &args.output)
}
