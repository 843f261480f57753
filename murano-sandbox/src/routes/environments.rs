//! `/environments`: list, create, show, rename, delete, last status.

use serde_json::{Value, json};

use super::{Cx, NOTHING, Params, Reply, Route, sessions};
use crate::clock::seconds_text;
use crate::engine;
use crate::errors::{Failure, Result, explained, fault, generic, no_attribute};
use crate::json::{Fields as _, Object, python_repr, truthy};
use crate::model::nested_ids;
use crate::state::{Store, Table};

pub(super) const ROUTES: &[Route] = &[
    Route::get("/environments", list),
    Route::post("/environments", create),
    Route::get("/environments/{env}", show),
    Route::put("/environments/{env}", rename),
    Route::delete("/environments/{env}", delete),
    Route::get("/environments/{env}/lastStatus", last_status),
];

const NAME_LIMIT: usize = 255;

pub(super) fn not_found(id: &str) -> Failure {
    explained(404, format!("Environment with id {id} not found"))
}

/// An environment the caller may touch: it exists and belongs to his project, or he is an administrator.
pub(super) fn find<'a>(cx: &'a Cx<'_>, id: &str) -> Result<&'a Value> {
    let row = cx
        .db
        .get(Table::Environments, id)
        .ok_or_else(|| not_found(id))?;
    if cx.who.is_admin || row.text("tenant_id") == cx.who.project_id {
        Ok(row)
    } else {
        Err(explained(
            403,
            "User is not authorized to access these tenant resources",
        ))
    }
}

/// The members every view of an environment has.
fn base(row: &Value) -> Value {
    json!({
        "created": seconds_text(row.number("created")), "id": row["id"],
        "tenant_id": row["tenant_id"], "version": row["version"],
        "updated": seconds_text(row.number("updated")), "name": row["name"],
        "description_text": row["description_text"],
    })
}

fn list(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let all = cx.query.is_true("all_tenants");
    let tenant = cx.query.last("tenant").filter(|tenant| !tenant.is_empty());
    if all || tenant.is_some() {
        cx.require_admin()?;
    }
    let wanted = tenant.unwrap_or(&cx.who.project_id);
    let shown: Vec<Value> = cx
        .db
        .rows(Table::Environments)
        .filter(|row| all || row.text("tenant_id") == wanted)
        .map(|row| {
            let mut view = base(row);
            view.set("status", status(cx.db, row.text("id")));
            view
        })
        .collect();
    Ok(json!({"environments": shown}).into())
}

/// The status of an environment follows from its sessions, newest first.
pub(super) fn status(db: &Store, env: &str) -> &'static str {
    let mut sessions: Vec<&Value> = db
        .rows(Table::Sessions)
        .filter(|row| row.text("environment_id") == env)
        .collect();
    sessions.sort_by_key(|row| std::cmp::Reverse((row.number("version"), row.number("updated"))));
    let mut pending = false;
    for session in sessions {
        match session.text("state") {
            "deploying" => return "deploying",
            "deleting" => return "deleting",
            "deploy failure" => return "deploy failure",
            "delete failure" => return "delete failure",
            "deployed" => break,
            _ => pending = true,
        }
    }
    if pending { "pending" } else { "ready" }
}

/// What is wrong with the name of a new environment or template. `noun` ends the sentence that asks for one.
pub(super) fn check_name(body: &Value, noun: &str, too_long: &str) -> Result<String> {
    let missing = || {
        explained(
            400,
            format!("Please, specify a name of the environment {noun}"),
        )
    };
    let name = body
        .as_object()
        .and_then(|body| body.get("name"))
        .ok_or_else(missing)?;
    let Some(name) = name.as_str() else {
        return Err(no_attribute(name, "strip"));
    };
    if name.trim().is_empty() {
        return Err(missing());
    }
    if name.chars().count() > NAME_LIMIT {
        return Err(explained(400, too_long));
    }
    Ok(name.to_owned())
}

fn create(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let given = cx.body().clone();
    let too_long = "Environment name should be 255 characters maximum";
    check_name(&given, "to create", too_long)?;
    let given = given.as_object().cloned().unwrap_or_default();
    let row = make(cx.db, &cx.who.project_id, &given)?;
    let mut shown = Value::Object(given);
    if shown.get("?").is_some() {
        shown.set("?", row["model"]["?"].clone());
    }
    for key in ["tenant_id", "id", "description_text", "version"] {
        shown.set(key, row[key].clone());
    }
    for key in ["created", "updated"] {
        shown.set(key, seconds_text(row.number(key)));
    }
    Ok(shown.into())
}

/// Stores a new environment made from what a caller sent.
pub(crate) fn make(db: &mut Store, project: &str, given: &Object) -> Result<Value> {
    if given.contains_key("created") || given.contains_key("updated") {
        let text = "(builtins.TypeError) SQLite DateTime type only accepts Python datetime and date \
                    objects as input.";
        return Err(fault("DBError", text));
    }
    let name = given
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let chosen = given.get("id").and_then(Value::as_str);
    let taken = db.rows(Table::Environments).any(|row| {
        let same_name = row.text("tenant_id") == project && row.text("name") == name;
        same_name || Some(row.text("id")) == chosen
    });
    if taken {
        return Err(explained(
            409,
            "Environment with specified name already exists",
        ));
    }
    let id = chosen.map_or_else(|| db.new_id(), str::to_owned);
    let model = first_model(db, given, name);
    let now = db.stamp();
    let row = json!({
        "id": id, "name": name, "tenant_id": project, "created": now, "updated": now,
        "description_text": given.get("description_text").cloned().unwrap_or_else(|| "".into()),
        "version": given.get("version").and_then(Value::as_i64).unwrap_or(0), "model": model,
        // Whether the engine has ever worked on it.
        "processed": false,
    });
    db.put(Table::Environments, row.clone());
    Ok(row)
}

/// The object model of an environment nobody has deployed yet.
fn first_model(db: &mut Store, given: &Object, name: &str) -> Value {
    let mut root = given
        .get("?")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    root.entry("id").or_insert_with(|| db.new_id().into());
    root.insert("type".to_owned(), "io.murano.Environment".into());
    root.insert("metadata".to_owned(), json!({}));
    let mut model = json!({"?": root});
    for (key, value) in given.iter().filter(|(key, _)| *key != "?") {
        model.set(key, value.clone());
    }
    if !given.get("defaultNetworks").is_some_and(truthy) {
        let network = json!({
            "?": {"id": db.new_id(), "type": "io.murano.resources.NovaNetwork"},
            "name": format!("{name}-network"),
        });
        model.set(
            "defaultNetworks",
            json!({"environment": network, "flat": null}),
        );
    }
    model
}

fn show(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("env");
    let row = find(cx, id)?;
    let model = match cx.session {
        Some(session) => sessions::readable_model(cx.db, sessions::paired(cx, session, id)?, row),
        None => &row["model"],
    };
    let status = status(cx.db, id);
    let services = with_status(model, status)?;
    let mut shown = base(row);
    shown.set("status", status);
    shown.set("acquired_by", acquired_by(cx.db, id));
    shown.set("services", services);
    Ok(shown.into())
}

/// The session that is being deployed.
fn acquired_by(db: &Store, env: &str) -> Option<String> {
    db.rows(Table::Sessions)
        .find(|row| row.text("environment_id") == env && row.text("state") == "deploying")
        .map(|row| row.text("id").to_owned())
}

/// The id of an application, which the service takes for granted.
fn app_id(service: &Value) -> Result<&str> {
    let root = service.get("?").ok_or_else(|| fault("KeyError", "'?'"))?;
    root.get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| fault("KeyError", "'id'"))
}

/// The applications of a model, each with the status of its environment. Null when the model is null.
pub(super) fn with_status(model: &Value, status: &str) -> Result<Value> {
    if model.is_null() {
        return Ok(Value::Null);
    }
    let mark = |service: &Value| {
        app_id(service)?;
        let mut service = service.clone();
        if let Some(root) = service.get_mut("?") {
            root.set("status", status);
        }
        Ok(service)
    };
    model
        .items("services")
        .iter()
        .map(mark)
        .collect::<Result<Vec<_>>>()
        .map(Value::from)
}

fn rename(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("env");
    let row = find(cx, id)?;
    if !cx.body().is_object() {
        return Err(generic(400));
    }
    let Some(name) = cx.body().get("name") else {
        return Err(fault("KeyError", "'name'"));
    };
    let name = name
        .as_str()
        .map_or_else(|| python_repr(name), str::to_owned);
    if name.trim().is_empty() {
        let text = "Environment name must contain at least one non-white space symbol";
        return Err(explained(400, text));
    }
    if name.chars().count() > NAME_LIMIT {
        return Err(explained(
            400,
            "Environment name should be 255 characters maximum",
        ));
    }
    let tenant = row.text("tenant_id");
    let taken = cx.db.rows(Table::Environments).any(|other| {
        other.text("id") != id && other.text("tenant_id") == tenant && other.text("name") == name
    });
    if taken {
        return Err(explained(
            409,
            "Environment with specified name already exists",
        ));
    }
    let now = cx.db.stamp();
    cx.db.update(Table::Environments, id, |row| {
        row.set("name", name);
        row.set("updated", now);
    });
    Ok(cx
        .db
        .get(Table::Environments, id)
        .map(base)
        .unwrap_or_default()
        .into())
}

fn delete(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("env");
    let row = find(cx, id)?;
    let processed = row.flag("processed");
    if cx.query.is_true("abandon") {
        engine::forget(cx.db, id);
        return Ok(NOTHING);
    }
    refuse_busy(cx.db, id)?;
    if !processed {
        engine::forget(cx.db, id);
        return Ok(NOTHING);
    }
    let session = sessions::open(cx.db, id, &cx.who.user_id, &Value::Null);
    engine::deploy(cx.db, cx.settings, &session);
    Ok(NOTHING)
}

/// Refuses to open a session while the engine works on the environment.
pub(super) fn refuse_busy(db: &Store, env: &str) -> Result<()> {
    if matches!(status(db, env), "deploying" | "deleting") {
        let text = format!(
            "Could not open session for environment <EnvId: {env}>, environment has deploying or \
             deleting status."
        );
        return Err(explained(403, text));
    }
    Ok(())
}

fn last_status(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("env");
    let row = find(cx, id)?;
    let model = sessions::model_for_reading(cx, row)?;
    let mut statuses = Object::new();
    for service in model.items("services") {
        let app = app_id(service)?;
        let ids = nested_ids(service);
        let newest = engine::reports(cx.db, |report| {
            ids.iter().any(|id| id == report.text("entity_id"))
        })
        .into_iter()
        .rfind(|report| {
            let task = cx.db.get(Table::Deployments, report.text("task_id"));
            task.is_some_and(|task| task.text("environment_id") == id)
        });
        statuses.insert(
            app.to_owned(),
            newest.map(engine::report_view).unwrap_or_default(),
        );
    }
    Ok(json!({"lastStatuses": statuses}).into())
}
