//! `/environments/{env}/services`: the applications of an environment.

use serde_json::{Value, json};

use super::{Cx, NOTHING, Need, Params, Reply, Route, environments, sessions};
use crate::clock::model_text;
use crate::errors::{Failure, Result, detailed, explained, fault, generic, no_attribute};
use crate::json::{Fields as _, truthy};
use crate::model::{digits, object_id, walk};
use crate::state::Table;

pub(super) const ROUTES: &[Route] = &[
    Route::get("/environments/{env}/services", list),
    Route::get("/environments/{env}/services/{*path}", list),
    Route::post("/environments/{env}/services", add).needs(Need::Maybe),
    Route::post("/environments/{env}/services/{*path}", add).needs(Need::Maybe),
    Route::put("/environments/{env}/services", replace).needs(Need::Maybe),
    Route::put("/environments/{env}/services/{*path}", replace).needs(Need::Maybe),
    Route::delete("/environments/{env}/services", remove),
    Route::delete("/environments/{env}/services/{*path}", remove),
];

fn list(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let env = path.get("env");
    let row = environments::find(cx, env)?;
    let model = match cx.session {
        Some(id) => {
            let session = cx.db.get(Table::Sessions, id).ok_or_else(|| generic(404))?;
            sessions::readable_model(cx.db, session, row)
        }
        None => &row["model"],
    };
    if model.is_null() {
        return Ok(NOTHING);
    }
    let Some(services) = model.get("services") else {
        return Ok(json!([]).into());
    };
    let below = path.get("path");
    if !below.is_empty() {
        return walk(services, below).map(Reply::Json);
    }
    for service in model.items("services") {
        if !service.is_object() {
            return Err(generic(400));
        }
        if object_id(service).is_none() {
            return Err(generic(404));
        }
    }
    let status = environments::status(cx.db, env);
    environments::with_status(model, status).map(Reply::Json)
}

/// The model a write goes to, after the checks every write begins with.
fn open_model(cx: &Cx<'_>, path: &Params) -> Result<(String, Value)> {
    let missing = "X-Configuration-Session header which indicates to the session is missed";
    let id = cx.session.ok_or_else(|| explained(400, missing))?;
    let session = cx
        .db
        .get(Table::Sessions, id)
        .ok_or_else(|| sessions::not_found(id))?;
    sessions::refuse_invalid(cx.db, session)?;
    if session.text("state") == "deploying" {
        let text = format!("Session <SessionId {id}> is already in deployment state");
        return Err(explained(403, text));
    }
    let env = path.get("env");
    environments::find(cx, env)?;
    if session["model"].is_null() {
        return Err(explained(
            404,
            format!("Environment <EnvId {env}> is not found"),
        ));
    }
    Ok((id.to_owned(), session["model"].clone()))
}

fn store(cx: &mut Cx<'_>, session: &str, model: Value) {
    cx.db
        .update(Table::Sessions, session, |row| row.set("model", model));
}

fn add(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    if cx.session.is_some() && !truthy(cx.body()) {
        let text = "Request body is empty: please, provide application object model";
        return Err(detailed(400, text));
    }
    let (session, mut model) = open_model(cx, path)?;
    let given = cx.body().clone();
    // Below a path the service does nothing and says that it did.
    if path.get("path").is_empty() {
        let mut services = model.items("services").to_vec();
        match &given {
            Value::Array(more) => services.extend(more.iter().cloned()),
            one => services.push(one.clone()),
        }
        model.set("services", services);
        store(cx, &session, model);
    }
    Ok(given.into())
}

fn replace(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let (session, mut model) = open_model(cx, path)?;
    let given = if truthy(cx.body()) {
        cx.body().clone()
    } else {
        json!([])
    };
    let below = path.get("path");
    let segments: Vec<&str> = below
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    match segments.split_last() {
        None => model.set("services", given.clone()),
        Some((last, parents)) => {
            let services = model.get_mut("services").ok_or_else(|| generic(404))?;
            let parent = descend(services, parents)?.ok_or_else(|| generic(400))?;
            match parent {
                Value::Object(members) => drop(members.insert((*last).to_owned(), given.clone())),
                Value::Array(items) => {
                    let index = digits(last).ok_or_else(|| generic(400))?;
                    let wrong = || fault("IndexError", "list assignment index out of range");
                    *items.get_mut(index).ok_or_else(wrong)? = given.clone();
                }
                _ => return Err(generic(400)),
            }
        }
    }
    let now = model_text(cx.db.stamp());
    if let Some(root) = model.get_mut("?") {
        root.set("updated", now);
    }
    store(cx, &session, model);
    Ok(given.into())
}

/// Follows segments to a value that can be changed. `None` stands for null.
fn descend<'a>(root: &'a mut Value, segments: &[&str]) -> Result<Option<&'a mut Value>> {
    let mut at = root;
    for segment in segments {
        at = match at {
            Value::Object(members) => members.get_mut(*segment).ok_or_else(|| generic(404))?,
            Value::Array(items) => match locate(items, segment)? {
                Some(index) => &mut items[index],
                None => return Ok(None),
            },
            Value::Null => return Err(generic(404)),
            _ => return Err(generic(400)),
        };
    }
    Ok(Some(at))
}

/// Where an element is: by id first, then by index.
fn locate(items: &[Value], segment: &str) -> Result<Option<usize>> {
    let mut found = None;
    for (at, item) in items.iter().enumerate() {
        match item {
            Value::Object(_) if object_id(item) == Some(segment) => {
                found = Some(at);
                break;
            }
            Value::Object(_) => {}
            // The service asks every element for its member `?`.
            other => return Err(no_attribute(other, "get")),
        }
    }
    match (found, digits(segment)) {
        (Some(at), _) => Ok(Some(at)),
        (None, Some(index)) if index < items.len() => Ok(Some(index)),
        (None, Some(_)) => Err(out_of_range()),
        (None, None) => Ok(None),
    }
}

fn out_of_range() -> Failure {
    fault("IndexError", "list index out of range")
}

fn remove(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let (session, mut model) = open_model(cx, path)?;
    let below = path.get("path");
    let segments: Vec<&str> = below
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    remove_below(&mut model, &segments)?;
    store(cx, &session, model);
    Ok(NOTHING)
}

/// Removes the services of a model, or the value at a path below them.
pub(super) fn remove_below(model: &mut Value, segments: &[&str]) -> Result<()> {
    let Some((last, parents)) = segments.split_last() else {
        let members = model.as_object_mut().ok_or_else(|| generic(404))?;
        return members
            .shift_remove("services")
            .map(drop)
            .ok_or_else(|| generic(404));
    };
    let services = model.get_mut("services").ok_or_else(|| generic(404))?;
    match descend(services, parents)? {
        Some(Value::Object(members)) => members
            .shift_remove(*last)
            .map(drop)
            .ok_or_else(|| generic(404)),
        Some(Value::Array(items)) => {
            // Reading and removing beyond the end differ in one word.
            let wrong = |failure| match failure {
                Failure::Fault {
                    kind: "IndexError", ..
                } => fault("IndexError", "list assignment index out of range"),
                other => other,
            };
            let at = locate(items, last)
                .map_err(wrong)?
                .ok_or_else(|| generic(404))?;
            items.remove(at);
            Ok(())
        }
        _ => Err(generic(404)),
    }
}
