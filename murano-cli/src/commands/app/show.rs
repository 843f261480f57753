use murano_sdk::{ErrorKind, model::object_id};
use serde_json::Value;

use super::services;
use crate::{
    cx::Cx,
    find,
    manual::examples,
    output::RecordArgs,
    report::{Failure, hinted},
};

/// Show the object model of an application, or a part of it
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano app show shop hello",
    "murano app show shop hello --path size",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Id, name or class of the application
    app: String,
    /// Part to show, such as instance/flavor
    #[arg(short, long, default_value = "", hide_default_value = true)]
    path: String,
    /// Show it as this session has it
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let env = find::environment(cx, &args.env).await?;
    let services = services(&env, args.session.as_deref()).await?;
    let all = services.list().await?;
    let app = find::application(&all, &args.app)?;
    let path = args.path.trim_matches('/');
    if path.is_empty() {
        return cx.print_value(app, &args.output);
    }
    let id = object_id(app).unwrap_or_default();
    let part = match services.get(&format!("{id}/{path}")).await {
        Err(error) if error.kind() == ErrorKind::NotFound => Value::Null,
        part => part?,
    };
    if part == Value::Null {
        let text = format!("application \"{}\" has nothing at {path}", args.app);
        let hint = format!(
            "`murano app show {} {}` shows all of it",
            args.env, args.app
        );
        return Err(hinted(Failure::NotFound(text), hint));
    }
    cx.print_value(&part, &args.output)
}
