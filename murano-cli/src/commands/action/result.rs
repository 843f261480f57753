use std::{path::PathBuf, time::Duration};

use murano_sdk::{
    ErrorKind, Result,
    actions::{Outcome, Task},
    environments::EnvironmentHandle,
};
use serde_json::Value;

use super::{show, wait};
use crate::{
    cx::Cx,
    files, find, follow,
    manual::examples,
    output::RecordArgs,
    report::{Failure, OrHint as _, hinted},
};

/// Print what an action returned
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano action result shop \"$task\" --wait",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Id of the task, or of a deployment
    #[arg(required_unless_present = "task_id")]
    task: Option<String>,
    /// The same as TASK
    #[arg(long, value_name = "ID", hide = true, conflicts_with = "task")]
    task_id: Option<String>,
    /// Wait for it
    #[arg(long)]
    wait: bool,
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
    let id = args.task.or(args.task_id).unwrap_or_default();
    if cx.prints_like_old() {
        let get = async |env: EnvironmentHandle| Ok(env.actions().task(&*id).outcome().await?);
        let outcome = find::in_environment(cx, &args.env, get).await?;
        return show_outcome(cx, &args.output, outcome.as_ref());
    }
    let get = async |env: EnvironmentHandle| {
        let task = env.actions().task(&*id);
        let result = if args.wait {
            wait(cx, &args.env, &task, args.timeout).await
        } else {
            ended(&args.env, &task, task.result().await)
        };
        result.or_hint(ErrorKind::NotFound, || {
            format!(
                "`murano deployment list {}` shows what has been called, too",
                args.env
            )
        })
    };
    let result = find::in_environment(cx, &args.env, get).await?;
    show(cx, &result, &args.output, args.save.as_deref())
}

/// The whole answer, which is nothing while the action runs.
fn show_outcome(cx: &Cx, output: &RecordArgs, outcome: Option<&Outcome>) -> anyhow::Result<()> {
    cx.print_value(&serde_json::to_value(outcome)?, output)?;
    if outcome.is_some_and(|outcome| outcome.is_exception) {
        return Err(Failure::Shown(1).into());
    }
    Ok(())
}

fn ended(env: &str, task: &Task, result: Result<Option<Value>>) -> anyhow::Result<Value> {
    let id = task.id();
    result?.ok_or_else(|| {
        let error = Failure::Unfinished(format!("task {id} has not ended yet"));
        hinted(
            error,
            format!("`murano action result {env} {id} --wait` waits for it"),
        )
    })
}
