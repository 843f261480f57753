use murano_sdk::ErrorKind;
use serde::Serialize;

use super::{project, sessions};
use crate::{
    cx::Cx,
    manual::examples,
    output::{OutputArgs, columns},
    report::OrHint as _,
};

/// List the instances of a project that a maintenance session is about
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance project-show \"$maintenance\"",
))]
pub(crate) struct Args {
    /// Id of the session
    session: String,
    /// Id of the project; without it that of the login
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Touched {
    instance_id: String,
}

columns!(Touched {
    instance_id "Instance" brief => |t| t.instance_id.as_str().into(),
});

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let project = project(cx, args.project).await?;
    let session = cx.client()?.maintenance().session(args.session);
    let seen = session.project(project).get().await;
    let ids = seen.or_hint(ErrorKind::NotFound, sessions)?.instance_ids;
    let touched = ids.into_iter().map(|instance_id| Touched { instance_id });
    cx.print_list(&touched.collect::<Vec<_>>(), &args.output)
}
