use murano_sdk::environments::EnvironmentHandle;

use crate::{cx::Cx, find, manual::examples, output::RecordArgs};

/// Show an open session
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano session show shop \"$session\" -f value -c state",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Id of the session
    session: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let get = async |env: EnvironmentHandle| Ok(env.session(&*args.session).get().await?);
    let session = find::in_environment(cx, &args.env, get).await?;
    cx.print_record(&session, &args.output)
}
