//! `murano action`: methods of deployed objects, and static methods of classes.

mod arguments;
mod call;
mod call_static;
mod list;
mod result;

use std::{future::IntoFuture as _, path::Path, time::Duration};

use murano_sdk::{
    ErrorKind,
    actions::{Action, ResultFile, Task},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    cx::Cx,
    files::{self, Readers},
    output::{RecordArgs, columns},
    report::{Failure, OrHint as _, hinted},
};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Call(call::Args),
    Result(result::Args),
    CallStatic(call_static::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Call(args) => call::run(args, cx).await,
        Verb::Result(args) => result::run(args, cx).await,
        Verb::CallStatic(args) => call_static::run(args, cx).await,
    }
}

columns!(Action {
    id           "ID"          brief => |a| a.id.as_str().into(),
    name         "Name"        brief => |a| a.name.as_str().into(),
    title        "Title"       brief => |a| a.title.as_str().into(),
    object_name  "Object"      brief => |a| json!(a.object_name),
    enabled      "Enabled"     brief => |a| a.enabled.into(),
    object_id    "Object ID"   full  => |a| a.object_id.as_str().into(),
    object_class "Class"       full  => |a| json!(a.object_class),
    description  "Description" full  => |a| json!(a.extra.get("description")),
    help         "Help"        full  => |a| json!(a.extra.get("helpText")),
});

/// An action that was started.
#[derive(Serialize)]
struct Started {
    task_id: String,
}

columns!(Started {
    task_id "Task" brief => |s| s.task_id.as_str().into(),
});

/// Waits for the result of a task. Ctrl-C ends the waiting, not the action.
async fn wait(cx: &Cx, env: &str, task: &Task, limit: Duration) -> anyhow::Result<Value> {
    let _spinner = cx.ui().spinner("waiting for the result");
    let again = || {
        format!(
            "`murano action result {env} {} --wait` waits again",
            task.id()
        )
    };
    tokio::select! {
        ended = task.wait().timeout(limit).into_future() => ended.or_hint(ErrorKind::Timeout, again),
        _ = tokio::signal::ctrl_c() => {
            let text = "no longer waiting, the action goes on";
            Err(hinted(Failure::Interrupted(text.to_owned()), again()))
        }
    }
}

/// Prints what an action returned, or saves it where it is a file.
fn show(cx: &Cx, result: &Value, output: &RecordArgs, save: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = save {
        return self::save(cx, result, output, path);
    }
    if cx.prints_like_old() {
        return cx.print_value(result, output);
    }
    let is_for_people = !output.wants_document();
    if is_for_people && result.is_null() {
        cx.ui().note("the action returned nothing");
        return Ok(());
    }
    match ResultFile::from_result(result) {
        Ok(Some(file)) if is_for_people => {
            cx.ui()
                .note("the result is a file: --save FILE writes what is in it");
            let summary = json!({
                "filename": file.name,
                "mimeType": file.media_type,
                "size": file.content.len(),
            });
            cx.print_value(&summary, output)
        }
        // What is no proper file is shown as it is.
        _ => cx.print_value(result, output),
    }
}

fn save(cx: &Cx, result: &Value, output: &RecordArgs, path: &Path) -> anyhow::Result<()> {
    let Some(file) = ResultFile::from_result(result)? else {
        cx.print_value(result, output)?;
        let text = format!("the result is no file, {} is not written", path.display());
        return Err(Failure::Other(text).into());
    };
    // What an action returns may be a key.
    if files::save(cx, path, &file.content, Readers::Owner)? {
        let name = file.name.unwrap_or_else(|| "a file".to_owned());
        let (size, kind) = (file.content.len(), &file.media_type);
        let path = path.display();
        cx.ui()
            .note(format!("{name}, {size} bytes of {kind}, is in {path}"));
    }
    Ok(())
}
