use murano_sdk::{Timestamp, deployments::ReportLevel, environments::LastStatus};
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
    let row = |(application, report): (String, Option<murano_sdk::deployments::Report>)| {
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
    let env = find::environment(cx, &args.env).await?;
    let session = args.session.map(murano_sdk::SessionId::from);
    let status = env.last_status(session.as_ref()).await?;
    cx.print_list(&rows(status), &args.output)
}
