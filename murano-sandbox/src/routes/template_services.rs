//! `/templates/{template}/services`: the applications of a template.

use serde_json::{Value, json};

use super::{Cx, Params, Reply, Route};
use crate::clock::model_text;
use crate::errors::{Failure, Result, detailed, explained, fault};
use crate::json::Fields as _;
use crate::model::{digits, position, walk};
use crate::state::Table;

pub(super) const ROUTES: &[Route] = &[
    Route::get("/templates/{template}/services", list),
    Route::get("/templates/{template}/services/{*path}", list),
    Route::post("/templates/{template}/services", add),
    Route::put("/templates/{template}/services/{*path}", replace),
    Route::delete("/templates/{template}/services/{*path}", remove),
];

/// The internal description of a template of the caller's own project; nobody else may look.
fn description(cx: &Cx<'_>, id: &str) -> Result<Value> {
    let row = cx
        .db
        .get(Table::Templates, id)
        .ok_or_else(|| explained(404, format!("Environment Template with id {id} not found")))?;
    if row.text("tenant_id") != cx.who.project_id {
        return Err(explained(
            403,
            "User is not authorized to access this tenant resources",
        ));
    }
    Ok(row["description"].clone())
}

fn gone(id: &str) -> Failure {
    detailed(404, format!("The template does not exist {id}"))
}

fn store(cx: &mut Cx<'_>, id: &str, description: Value) {
    cx.db.update(Table::Templates, id, |row| {
        row.set("description", description);
    });
}

fn list(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("template");
    let description = description(cx, id)?;
    let Some(services) = description.get("services") else {
        return Ok(json!([]).into());
    };
    match walk(services, path.get("path")) {
        Ok(Value::Null) => Err(explained(
            404,
            format!("Environment Template <EnvId {id}> is not found"),
        )),
        Ok(value) => Ok(value.into()),
        Err(Failure::Short { .. }) => Err(gone(id)),
        Err(other) => Err(other),
    }
}

fn add(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("template");
    let mut description = description(cx, id)?;
    let given = cx.body().clone();
    let mut services = description.items("services").to_vec();
    match &given {
        Value::Array(more) => services.extend(more.iter().cloned()),
        one => services.push(one.clone()),
    }
    description.set("services", services);
    store(cx, id, description);
    Ok(given.into())
}

/// Whatever the path says, the first element is replaced.
fn replace(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("template");
    let mut description = description(cx, id)?;
    let given = cx.body().clone();
    let services = description
        .get_mut("services")
        .and_then(Value::as_array_mut);
    let services = services.ok_or_else(|| gone(id))?;
    let wrong = || fault("IndexError", "list assignment index out of range");
    *services.first_mut().ok_or_else(wrong)? = given.clone();
    let now = cx.db.stamp();
    description.set("updated", model_text(now));
    store(cx, id, description);
    Ok(given.into())
}

/// Answers with the internal description instead of nothing.
fn remove(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("template");
    let mut description = description(cx, id)?;
    let below = path.get("path");
    let services = description
        .get_mut("services")
        .and_then(Value::as_array_mut);
    let services = services.ok_or_else(|| gone(id))?;
    let found = match (position(services, below), digits(below)) {
        (Some(at), _) => at,
        (None, Some(at)) if at < services.len() => at,
        (None, Some(_)) => return Err(fault("IndexError", "list assignment index out of range")),
        (None, None) => return Err(gone(id)),
    };
    services.remove(found);
    store(cx, id, description.clone());
    Ok(description.into())
}
