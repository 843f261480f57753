use murano_sdk::{ErrorKind, environments::EnvironmentHandle, sessions::SessionInfo};

use crate::{cx::Cx, find, manual::examples, output::RecordArgs, report::OrHint as _};

/// Open a session, through which applications are changed
#[derive(clap::Args)]
#[command(before_help = examples!(
    "session=$(murano session create shop -f value -c id)",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<SessionInfo>()?;
    let open = async |env: EnvironmentHandle| Ok(env.open_session().info().await?);
    let session = find::in_environment(cx, &args.env, open).await;
    let session = session.or_hint(ErrorKind::State, || {
        format!(
            "`murano deployment logs {} --follow` watches what is going on",
            args.env
        )
    })?;
    cx.print_record(&session, &args.output)
}
