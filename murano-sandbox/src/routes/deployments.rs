//! `/deployments` and `/environments/{env}/deployments`.

use serde_json::{Value, json};

use super::{Cx, Params, Reply, Route, environments};
use crate::clock::seconds_text;
use crate::engine;
use crate::errors::{Result, generic};
use crate::json::Fields as _;
use crate::model::nested_ids;
use crate::state::{Store, Table};

pub(super) const ROUTES: &[Route] = &[
    Route::get("/environments/{env}/deployments", list),
    Route::get("/environments/{env}/deployments/{deployment}", reports),
    Route::get("/deployments", all),
];

const SANITIZED: &str = "*** SANITIZED ***";

fn view(db: &Store, row: &Value) -> Value {
    let time = |key: &str| row[key].as_i64().map(seconds_text);
    json!({
        "updated": time("updated"), "id": row["id"], "finished": time("finished"),
        "environment_id": row["environment_id"], "result": row["result"],
        "started": time("started"), "created": time("created"),
        "description": sanitized(&row["description"]), "action": row["action"],
        "state": state(db, row),
    })
}

/// The state counts reports and nothing else.
fn state(db: &Store, row: &Value) -> &'static str {
    let reports = engine::reports(db, |report| report.text("task_id") == row.text("id"));
    let has = |level: &str| reports.iter().any(|report| report.text("level") == level);
    match (row["finished"].is_null(), has("error"), has("warning")) {
        (true, true, _) => "running_w_errors",
        (true, _, true) => "running_w_warnings",
        (true, ..) => "running",
        (false, true, _) => "completed_w_errors",
        (false, _, true) => "completed_w_warnings",
        (false, ..) => "success",
    }
}

/// Hides text whose key sounds like a secret.
fn sanitized(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let hide = |(key, value): (&String, &Value)| {
                let lower = key.to_lowercase();
                let secret = ["token", "pass", "trustid"]
                    .iter()
                    .any(|word| lower.contains(word));
                let value = if secret && value.is_string() {
                    SANITIZED.into()
                } else {
                    sanitized(value)
                };
                (key.clone(), value)
            };
            Value::Object(members.iter().map(hide).collect())
        }
        Value::Array(items) => items.iter().map(sanitized).collect(),
        other => other.clone(),
    }
}

/// Newest first.
fn views(db: &Store, wanted: impl Fn(&Value) -> bool) -> Reply {
    let mut rows: Vec<&Value> = db
        .rows(Table::Deployments)
        .filter(|row| wanted(row))
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.number("created")));
    let shown: Vec<Value> = rows.into_iter().map(|row| view(db, row)).collect();
    json!({"deployments": shown}).into()
}

fn list(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let env = path.get("env");
    environments::find(cx, env)?;
    Ok(views(cx.db, |row| row.text("environment_id") == env))
}

#[expect(clippy::unnecessary_wraps, reason = "controllers have one type")]
fn all(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let own = |row: &Value| {
        let env = cx.db.get(Table::Environments, row.text("environment_id"));
        env.is_some_and(|env| env.text("tenant_id") == cx.who.project_id)
    };
    Ok(views(cx.db, own))
}

/// Only the pairing of the two ids is checked, not the project.
fn reports(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let (env, id) = (path.get("env"), path.get("deployment"));
    let row = cx
        .db
        .get(Table::Deployments, id)
        .ok_or_else(|| generic(404))?;
    if row.text("environment_id") != env {
        return Err(generic(400));
    }
    let services: Vec<&str> = cx
        .query
        .all("service_id")
        .filter(|service| !service.is_empty())
        .collect();
    if !services.is_empty() {
        // The filter of the service crashes on every id it knows.
        let known = nested_ids(&row["description"]);
        return if services
            .iter()
            .any(|service| known.iter().any(|id| id == service))
        {
            Err(generic(400))
        } else {
            Ok(json!({"reports": []}).into())
        };
    }
    let rows = engine::reports(cx.db, |report| report.text("task_id") == id);
    let shown: Vec<Value> = rows.into_iter().map(engine::report_view).collect();
    Ok(json!({"reports": shown}).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_at_any_depth() {
        let model =
            json!({"adminPassword": "x", "a": [{"TOKEN": "y", "trustId": 5}], "pass": {"b": "c"}});
        assert_eq!(
            sanitized(&model),
            json!({"adminPassword": SANITIZED, "a": [{"TOKEN": SANITIZED, "trustId": 5}],
                "pass": {"b": "c"}})
        );
    }
}
