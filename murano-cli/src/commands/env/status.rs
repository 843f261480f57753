use murano_sdk::{
    SessionId, Timestamp,
    deployments::{Report, ReportLevel},
    environments::{EnvironmentHandle, LastStatus},
};
use serde::Serialize;
use serde_json::json;

use crate::{
    cx::Cx,
    find,
    manual::examples,
    output::{OutputArgs, columns},
};

/// Show the last thing each application reported
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env status shop",
))]
pub(crate) struct Args {
    /// Name or id
    env: String,
    /// Show the applications of this session
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Latest {
    application: String,
    level: Option<ReportLevel>,
    text: Option<String>,
    details: Option<String>,
    created: Option<Timestamp>,
}

columns!(Latest {
    application "Application" brief => |l| l.application.as_str().into(),
    level       "Level"       brief => |l| json!(l.level),
    text        "Text"        brief => |l| json!(l.text),
    details     "Details"     full  => |l| json!(l.details),
    created     "Created"     brief => |l| json!(l.created),
});

fn rows(status: LastStatus) -> Vec<Latest> {
    let row = |(application, report): (String, Option<Report>)| {
        let (level, text, details, created) = match report {
            Some(report) => (
                Some(report.level),
                Some(report.text),
                report.details,
                report.created,
            ),
            None => (None, None, None, None),
        };
        Latest {
            application,
            level,
            text,
            details,
            created,
        }
    };
    status.into_iter().map(row).collect()
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let session = args.session.map(SessionId::from);
    let get = async |env: EnvironmentHandle| Ok(env.last_status(session.as_ref()).await?);
    let status = find::in_environment(cx, &args.env, get).await?;
    cx.print_list(&rows(status), &args.output)
}
