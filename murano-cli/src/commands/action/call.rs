use std::{path::PathBuf, time::Duration};

use murano_sdk::{
    Error, ErrorKind,
    actions::{Action, Task},
    environments::{EnvironmentHandle, EnvironmentStatus},
};
use serde_json::{Map, Value};

use super::{
    Started,
    arguments::{ArgumentArgs, Method},
    show, wait,
};
use crate::{
    cx::Cx,
    files,
    find::{self, Kind},
    follow,
    manual::examples,
    output::RecordArgs,
    report::{Failure, hinted},
};

/// Call an action of a deployed object, and print what it returns
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano action call shop hello.echo --arg text=ping",
    "murano action call shop press.sheet --save sheet.txt",
    "task=$(murano action call shop again --no-wait -f value -c task_id)",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Id, name or title of the action, or APPLICATION.ACTION
    #[arg(required_unless_present = "action_id")]
    action: Option<String>,
    /// The same as ACTION
    #[arg(long, value_name = "ID", hide = true, conflicts_with = "action")]
    action_id: Option<String>,
    #[command(flatten)]
    arguments: ArgumentArgs,
    /// Wait for the result (the default)
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,
    /// Print the id of the task and return at once
    #[arg(long, overrides_with = "wait", conflicts_with = "save")]
    no_wait: bool,
    /// Longest time to wait, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = follow::duration)]
    timeout: Duration,
    /// Where to write a result that is a file; - is standard output
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    if let Some(path) = &args.save {
        files::check_target(cx, path, "a file")?;
    }
    // The parser sees to it that one of them is there.
    let text = args.action.or(args.action_id).unwrap_or_default();
    // The service leaves a session open for an action that it does not know, or does not allow.
    let find = async |env: EnvironmentHandle| {
        let action = find_action(cx, &args.env, &env, &text).await?;
        Ok((env, action))
    };
    let (env, action) = find::in_environment(cx, &args.env, find).await?;
    let method = Method {
        class: action.object_class.as_deref().unwrap_or_default(),
        name: &action.name,
        package: None,
        version: ">=0",
    };
    let arguments = args.arguments.read(cx, &method).await?;
    let task = start(&args.env, &env, &action, arguments).await?;
    if args.no_wait && !args.wait {
        let task_id = task.id().to_string();
        cx.ui().note(format!(
            "the action has begun: `murano action result {} {task_id} --wait` prints what it returns",
            args.env
        ));
        return cx.print_record(&Started { task_id }, &args.output);
    }
    let result = wait(cx, &args.env, &task, args.timeout).await?;
    show(cx, &result, &args.output, args.save.as_deref())
}

async fn find_action(
    cx: &Cx,
    name: &str,
    env: &EnvironmentHandle,
    text: &str,
) -> anyhow::Result<Action> {
    let found = match env.actions().find(text).await {
        // That is about the environment: the action is looked for in what the service has sent.
        Err(error) if error.status().is_some() => return Err(error.into()),
        found => found,
    };
    let action = find::found(cx, (Kind::Action, text), found, || {
        format!("`murano action list {name}` shows the actions of the environment")
    })?;
    action.check_enabled()?;
    Ok(action)
}

async fn start(
    name: &str,
    env: &EnvironmentHandle,
    action: &Action,
    arguments: Map<String, Value>,
) -> anyhow::Result<Task> {
    match env.actions().call(&action.id).arguments(arguments).await {
        Err(error) if error.kind() == ErrorKind::Forbidden => Err(busy(name, env, error).await),
        started => Ok(started?),
    }
}

/// The service does not say that it refuses actions because it is busy.
async fn busy(name: &str, env: &EnvironmentHandle, error: Error) -> anyhow::Error {
    let status = env.get().await.ok().and_then(|env| env.status);
    match status.filter(EnvironmentStatus::is_busy) {
        Some(status) => hinted(
            Failure::State(format!("environment \"{name}\" is {status}")),
            format!("`murano deployment logs {name} --follow` watches what is going on"),
        ),
        None => error.into(),
    }
}
