//! Actions of objects and static actions of classes.

use serde_json::{Value, json};

use super::{Cx, Params, Reply, Route, environments, sessions};
use crate::catalog::{Missing, Wanted};
use crate::engine::{self, StaticFailure};
use crate::errors::{Failure, Result, detailed, fault, generic, no_attribute};
use crate::json::{Fields as _, Object};
use crate::state::Table;
use crate::versions::Spec;

pub(super) const ROUTES: &[Route] = &[
    Route::post("/environments/{env}/actions/{action}", execute),
    Route::get("/environments/{env}/actions/{task}", result),
    Route::post("/actions", call_static),
];

/// The entry of an action anywhere in a model, with the id of the object it belongs to.
fn find<'a>(value: &'a Value, action: &str) -> Option<(&'a str, &'a Value)> {
    if let Some(root) = value.get("?")
        && let Some(found) = root.get("_actions").and_then(|actions| actions.get(action))
    {
        return Some((root.text("id"), found));
    }
    match value {
        Value::Object(members) => members.values().find_map(|value| find(value, action)),
        Value::Array(items) => items.iter().find_map(|value| find(value, action)),
        _ => None,
    }
}

fn execute(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let env = path.get("env");
    let model = environments::find(cx, env)?["model"].clone();
    environments::refuse_busy(cx.db, env).map_err(|_| generic(403))?;
    // The session stays open when the action turns out to be unknown.
    let session = sessions::open(cx.db, env, &cx.who.user_id, &model);
    let Some((object, entry)) = find(&model, path.get("action")) else {
        return Err(fault("LookupError", "Action is not found"));
    };
    if !entry.flag("enabled") {
        return Err(fault("ValueError", "Cannot execute disabled action"));
    }
    let args = cx.body().clone();
    let action = json!({"object_id": object, "method": entry["name"], "args": args});
    let task = engine::act(cx.db, cx.settings, &session, &action);
    Ok(json!({"task_id": task}).into())
}

fn result(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let (env, task) = (path.get("env"), path.get("task"));
    environments::find(cx, env)?;
    let row = cx.db.get(Table::Deployments, task);
    match row.filter(|row| row.text("environment_id") == env) {
        Some(row) => Ok(row["result"].clone().into()),
        None => Err(detailed(
            404,
            format!(
                "Result for task with environment_id: {env} and task_id: {task} was not found."
            ),
        )),
    }
}

fn call_static(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let body = cx.body();
    if !body.is_object() {
        return Err(no_attribute(body, "get"));
    }
    let (class, method) = (body.text("className"), body.text("methodName"));
    if class.is_empty() || method.is_empty() {
        let text = "Class name and method name must be specified for static action";
        return Err(detailed(400, text));
    }
    let version = body
        .get("classVersion")
        .and_then(Value::as_str)
        .unwrap_or("=0");
    // The condition must make sense; which version it means does not matter to the service.
    if let Err(block) = Spec::parse(version) {
        return Err(detailed(400, format!("Invalid simple block '{block}'")));
    }
    let empty = Object::new();
    let parameters = body
        .get("parameters")
        .map_or(Some(&empty), Value::as_object);
    let package = body.get("packageName").and_then(Value::as_str);
    let wanted = Wanted {
        class,
        package,
        spec: None,
    };
    let given = parameters.unwrap_or(&empty);
    let project = &cx.who.project_id;
    match engine::call_static(cx.db, project, &wanted, (method, given)) {
        Ok(_) if parameters.is_none() => Err(generic(400)),
        Ok(value) => Ok(value.into()),
        Err(failure) => Err(explain(failure, method)),
    }
}

fn explain(failure: StaticFailure, method: &str) -> Failure {
    match failure {
        StaticFailure::Missing(Missing::Broken(message)) => detailed(503, message),
        StaticFailure::Missing(missing) => missing_class(&missing),
        StaticFailure::NoMethod => detailed(404, format!("Method \"{method}\" is not found")),
        StaticFailure::NotStatic => fault("Exception", "A class instance is required"),
        StaticFailure::NotPublic => detailed(404, format!("{method} is not an action")),
        StaticFailure::Names(thrown) => detailed(404, thrown.message),
        StaticFailure::Contract(thrown) => detailed(400, thrown.message),
        StaticFailure::Thrown(thrown) => detailed(503, thrown.message),
    }
}

/// What is said when a class was asked for that nobody has.
pub(super) fn missing_class(missing: &Missing) -> Failure {
    match missing {
        Missing::Broken(message) => fault(
            "RemoteError",
            format!("Remote error: PackageClassLoadError {message}"),
        ),
        other => detailed(404, other.message()),
    }
}
