//! The stand-in for the engine: nothing real is created.
//!
//! A run is planned when it is submitted, from what is stored at that moment, and its end is a stored time. Every call
//! first settles the runs whose time has come. Reports are stored at once with the times at which they appear.

mod expression;
mod functions;
mod rewrite;
mod run;
mod script;
mod tracking;

use serde_json::{Value, json};

use crate::clock::seconds_text;
use crate::json::Fields as _;
use crate::server::Settings;
use crate::state::{Store, Table};

pub(crate) use run::{StaticFailure, call_static};

/// Submits a session: a deployment, or the deletion of its environment when its model is null.
pub(crate) fn deploy(db: &mut Store, settings: &Settings, session: &str) {
    let row = db
        .get(Table::Sessions, session)
        .cloned()
        .unwrap_or_default();
    let action = if row["model"].is_null() {
        Value::Null
    } else {
        json!({"object_id": row["environment_id"], "method": "deploy", "args": {}})
    };
    submit(db, settings, &row, &action);
}

/// Submits an action through a session and returns the id of its task.
pub(crate) fn act(db: &mut Store, settings: &Settings, session: &str, action: &Value) -> String {
    let row = db
        .get(Table::Sessions, session)
        .cloned()
        .unwrap_or_default();
    submit(db, settings, &row, action)
}

fn submit(db: &mut Store, settings: &Settings, session: &Value, action: &Value) -> String {
    let env = session.text("environment_id").to_owned();
    let mut model = session["model"].clone();
    let deletion = model.is_null();
    // The environment goes by its own id from now on.
    if let Some(root) = model.get_mut("?") {
        root.set("id", env.as_str());
    }
    let environment = db
        .get(Table::Environments, &env)
        .cloned()
        .unwrap_or_default();
    let task = run::Task {
        env: &env,
        project: environment.text("tenant_id"),
        model: if deletion {
            &environment["model"]
        } else {
            &model
        },
        action,
    };
    let plan = run::plan(db, &task);
    let id = db.new_id();
    let start = db.stamp();
    let work = plan.seconds.unwrap_or(settings.deploy_time);
    let length = work + plan.slept;
    let due = if plan.never {
        Value::Null
    } else {
        Value::from(db.now() + length)
    };
    let mut description = if deletion { json!({}) } else { model };
    if description.get("services").is_none() {
        description.set("services", json!([]));
    }
    foretell(db, (&id, action), &plan, (start, work));
    db.put(
        Table::Deployments,
        json!({"id": id, "environment_id": env, "session_id": session["id"], "created": start,
            "updated": start, "started": start, "finished": null, "action": action, "result": {},
            "description": description, "due": due, "outcome": plan.outcome, "deletion": deletion}),
    );
    let state = if deletion { "deleting" } else { "deploying" };
    let stamp = db.stamp();
    db.update(Table::Sessions, session.text("id"), |row| {
        row.set("state", state);
        row.set("updated", stamp);
        row.set("model", if deletion { Value::Null } else { description });
    });
    id
}

/// Stores the reports of a run with the times at which they will appear.
fn foretell(
    db: &mut Store,
    (task, action): (&str, &Value),
    plan: &run::Plan,
    (start, work): (i64, i64),
) {
    let method = action
        .get("method")
        .and_then(Value::as_str)
        .unwrap_or("None");
    let scheduled = format!("Action {method} is scheduled");
    report(db, task, start, &run::Report::info(None, scheduled));
    let pieces = i64::try_from(plan.reports.len()).unwrap_or(i64::MAX - 1) + 1;
    for (at, one) in (1..).zip(&plan.reports) {
        report(db, task, start + one.after + work * at / pieces, one);
    }
}

fn report(db: &mut Store, task: &str, created: i64, report: &run::Report) {
    let id = db.new_id();
    db.put(
        Table::Reports,
        json!({"id": id, "task_id": task, "entity_id": report.entity, "level": report.level,
            "text": report.text, "details": null, "created": created}),
    );
}

/// Finishes every run whose time has come, in the order of their ends.
pub(crate) fn settle(db: &mut Store) {
    let now = db.now();
    let mut due: Vec<(i64, Value)> = db
        .rows(Table::Deployments)
        .filter(|row| row["finished"].is_null())
        .filter_map(|row| Some((row["due"].as_i64()?, row)))
        .filter(|(due, _)| *due <= now)
        .map(|(due, row)| (due, row.clone()))
        .collect();
    due.sort_by_key(|(due, _)| *due);
    for (at, deployment) in due {
        finish(db, at, &deployment);
    }
}

fn finish(db: &mut Store, at: i64, deployment: &Value) {
    let (id, env) = (deployment.text("id"), deployment.text("environment_id"));
    let outcome = &deployment["outcome"];
    let level = |level: &str| {
        db.rows(Table::Reports)
            .any(|row| row.text("task_id") == id && row.text("level") == level)
    };
    let (errors, warnings) = (level("error"), level("warning"));
    let failed = errors || outcome["result"].flag("isException");
    let deletion = deployment.flag("deletion");
    if deletion && !failed {
        tracking::track(db, env, &Value::Null, at);
        forget(db, env);
        return;
    }
    if !failed {
        tracking::track(db, env, outcome, at);
    }
    db.update(Table::Environments, env, |row| {
        row.set("model", outcome["model"].clone());
        row.set("version", row.number("version") + 1);
        row.set("updated", at);
        row.set("processed", row.flag("processed") || outcome.flag("loaded"));
    });
    db.update(Table::Deployments, id, |row| {
        row.set("finished", at);
        row.set("updated", at);
        row.set("result", outcome["result"].clone());
    });
    let suffix = match (errors, warnings) {
        (true, _) => " with errors",
        (_, true) => " with warnings",
        _ => "",
    };
    let noun = if deletion { "Deletion" } else { "Deployment" };
    report(
        db,
        id,
        at,
        &run::Report::info(None, format!("{noun} finished{suffix}")),
    );
    let state = match (deletion, failed) {
        (true, _) => "delete failure",
        (_, true) => "deploy failure",
        _ => "deployed",
    };
    db.update(Table::Sessions, deployment.text("session_id"), |row| {
        row.set("state", state);
        row.set("updated", at);
    });
}

/// Removes an environment with everything that belongs to it.
pub(crate) fn forget(db: &mut Store, env: &str) {
    let tasks: Vec<String> = db
        .rows(Table::Deployments)
        .filter(|row| row.text("environment_id") == env)
        .map(|row| row.text("id").to_owned())
        .collect();
    for task in &tasks {
        db.remove_where(Table::Reports, "task_id", task);
    }
    for table in [Table::Deployments, Table::Sessions] {
        db.remove_where(table, "environment_id", env);
    }
    db.remove(Table::Environments, env);
}

/// The reports that have appeared so far, oldest first.
pub(crate) fn reports(db: &Store, wanted: impl Fn(&Value) -> bool) -> Vec<&Value> {
    let now = db.now();
    let appeared = |row: &&Value| {
        let framing = row["entity_id"].is_null();
        (framing || row.number("created") <= now) && wanted(row)
    };
    let mut found: Vec<&Value> = db.rows(Table::Reports).filter(appeared).collect();
    found.sort_by_key(|row| row.number("created"));
    found
}

/// A report as the service shows it.
pub(crate) fn report_view(row: &Value) -> Value {
    let time = seconds_text(row.number("created"));
    json!({"entity_id": row["entity_id"], "created": time, "task_id": row["task_id"],
        "level": row["level"], "id": row["id"], "entity": null, "updated": time,
        "text": row["text"], "details": row["details"]})
}
