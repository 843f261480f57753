use crate::{
    cx::Cx,
    follow::{self, DeployArgs},
    manual::examples,
};

/// Deploy the edits of a session
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano session deploy shop \"$session\" --wait",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Id of the session
    #[arg(value_name = "SESSION", required_unless_present = "session_id")]
    id: Option<String>,
    /// The same as SESSION
    #[arg(
        long = "session",
        id = "session_id",
        value_name = "ID",
        alias = "session-id"
    )]
    #[arg(hide = true, conflicts_with = "id")]
    session: Option<String>,
    #[command(flatten)]
    deploy: DeployArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.deploy.check()?;
    // The parser sees to it that one of them is there.
    let id = args.id.or(args.session).unwrap_or_default();
    let session = follow::start_given(cx, &args.env, &id).await?;
    follow::finish(cx, &args.env, &session, &args.deploy).await
}
