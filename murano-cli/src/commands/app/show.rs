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
    #[arg(required_unless_present = "path")]
    app: Option<String>,
    /// Part to show, such as instance/flavor; without APP it begins with the id of an application
    #[arg(short, long, default_value = "", hide_default_value = true)]
    path: String,
    /// Show it as this session has it
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let (services, all) = services(cx, &args.env, args.session.as_deref()).await?;
    let path = args.path.trim_matches('/');
    let (whole, id) = match &args.app {
        Some(app) => {
            let app = find::application(&all, app)?;
            (app.clone(), object_id(app).unwrap_or_default().to_owned())
        }
        None => (all.into(), String::new()),
    };
    if path.is_empty() {
        return cx.print_value(&whole, &args.output);
    }
    let part = match services.get(format!("{id}/{path}").trim_matches('/')).await {
        Err(error) if error.kind() == ErrorKind::NotFound => Value::Null,
        part => part?,
    };
    if part == Value::Null {
        return Err(nothing(cx, &args));
    }
    cx.print_value(&part, &args.output)
}

fn nothing(cx: &Cx, args: &Args) -> anyhow::Error {
    let path = args.path.trim_matches('/');
    if cx.classic().is_some() {
        return Failure::NotFound(format!("Could not find application at path /{path}")).into();
    }
    let (text, hint) = match &args.app {
        Some(app) => (
            format!("application \"{app}\" has nothing at {path}"),
            format!("`murano app show {} {app}` shows all of it", args.env),
        ),
        None => (
            format!(
                "environment \"{}\" has no application with {path}",
                args.env
            ),
            format!("`murano app list {}` shows the applications", args.env),
        ),
    };
    hinted(Failure::NotFound(text), hint)
}
