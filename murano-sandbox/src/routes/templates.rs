//! `/templates`: environment templates.

use serde_json::{Value, json};

use super::{Cx, NOTHING, Params, Reply, Route, environments, sessions};
use crate::clock::seconds_text;
use crate::errors::{Failure, Result, detailed, explained, fault};
use crate::json::{Fields as _, Object, truthy};
use crate::state::{Store, Table};

pub(super) const ROUTES: &[Route] = &[
    Route::get("/templates", list),
    Route::post("/templates", create),
    Route::get("/templates/{template}", show),
    Route::put("/templates/{template}", update),
    Route::delete("/templates/{template}", delete),
    Route::post(
        "/templates/{template}/create-environment",
        create_environment,
    ),
    Route::post("/templates/{template}/clone", clone),
];

const TOO_LONG: &str = "Environment template name should be 255 characters maximum";

fn not_found(id: &str) -> Failure {
    explained(404, format!("EnvTemplate <TempId {id}> is not found"))
}

fn no_access() -> Failure {
    explained(403, "User has no access to these resources.")
}

fn view(row: &Value) -> Value {
    json!({
        "created": seconds_text(row.number("created")), "name": row["name"],
        "description_text": row["description_text"], "tenant_id": row["tenant_id"],
        "updated": seconds_text(row.number("updated")), "id": row["id"],
        "version": row["version"], "is_public": row["is_public"],
    })
}

/// A template the caller may touch: public, of his project, or any for an administrator.
fn find<'a>(cx: &'a Cx<'_>, id: &str) -> Result<&'a Value> {
    let row = cx
        .db
        .get(Table::Templates, id)
        .ok_or_else(|| not_found(id))?;
    let own = row.text("tenant_id") == cx.who.project_id;
    if own || row.flag("is_public") || cx.who.is_admin {
        Ok(row)
    } else {
        Err(no_access())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "controllers have one type")]
fn list(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let asked = cx.query.last("is_public").filter(|asked| !asked.is_empty());
    let wanted = |row: &&Value| {
        let own = row.text("tenant_id") == cx.who.project_id;
        let public = row.flag("is_public");
        match asked {
            None => own || public,
            Some(word) if word.eq_ignore_ascii_case("true") => public,
            Some(_) => own && !public,
        }
    };
    let rows: Vec<Value> = cx
        .db
        .rows(Table::Templates)
        .filter(wanted)
        .map(view)
        .collect();
    Ok(json!({"templates": rows}).into())
}

fn is_taken(db: &Store, project: &str, name: &Value, except: &str) -> bool {
    db.rows(Table::Templates).any(|row| {
        row.text("tenant_id") == project && row["name"] == *name && row.text("id") != except
    })
}

fn create(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let given = cx.body().clone();
    environments::check_name(&given, "template.", TOO_LONG)?;
    let mut shown = given.as_object().cloned().unwrap_or_default();
    if is_taken(cx.db, &cx.who.project_id, &given["name"], "") {
        return Err(detailed(
            409,
            "Env Template with specified name already exists",
        ));
    }
    let now = cx.db.stamp();
    let row = store(cx, &shown, now);
    for (key, value) in view(&row).as_object().into_iter().flatten() {
        shown.insert(key.clone(), value.clone());
    }
    Ok(Value::Object(shown).into())
}

/// Stores a new template of the caller's project.
fn store(cx: &mut Cx<'_>, given: &Object, created: i64) -> Value {
    let id = cx.db.new_id();
    let updated = cx.db.stamp();
    let member = |key: &str, usual: Value| given.get(key).cloned().unwrap_or(usual);
    // The internal description is what was posted; deleting a service shows it.
    let mut description = given.clone();
    description.insert("id".to_owned(), id.as_str().into());
    description.insert("tenant_id".to_owned(), cx.who.project_id.as_str().into());
    let row = json!({
        "id": id, "name": given.get("name"), "tenant_id": cx.who.project_id, "version": 0,
        "description_text": member("description_text", "".into()),
        "is_public": member("is_public", false.into()),
        "created": created, "updated": updated, "description": description,
    });
    cx.db.put(Table::Templates, row.clone());
    row
}

fn show(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let row = find(cx, path.get("template"))?;
    let mut shown = view(row);
    shown.set("services", row["description"].items("services").to_vec());
    Ok(shown.into())
}

fn update(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("template");
    let row = find(cx, id)?;
    let given = cx.body().clone();
    let blank = match given.get("name") {
        Some(Value::String(name)) => name.trim().is_empty(),
        Some(other) => !truthy(other),
        None => true,
    };
    if blank {
        return Err(detailed(400, "EnvTemplate body is incorrect"));
    }
    if is_taken(cx.db, row.text("tenant_id"), &given["name"], id) {
        let text = "(sqlite3.IntegrityError) UNIQUE constraint failed: \
                    environment-template.tenant_id, environment-template.name";
        return Err(fault("DBDuplicateEntry", text));
    }
    let now = cx.db.stamp();
    cx.db.update(Table::Templates, id, |row| {
        for key in ["name", "is_public", "description_text", "description"] {
            if let Some(value) = given.get(key) {
                row.set(key, value.clone());
            }
        }
        row.set("updated", now);
    });
    let mut shown = cx
        .db
        .get(Table::Templates, id)
        .map(view)
        .unwrap_or_default();
    for (key, value) in given.as_object().into_iter().flatten() {
        if shown.get(key).is_none() {
            shown.set(key, value.clone());
        }
    }
    Ok(shown.into())
}

fn delete(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("template");
    find(cx, id)?;
    cx.db.remove(Table::Templates, id);
    Ok(NOTHING)
}

fn create_environment(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let template = find(cx, path.get("template"))?.clone();
    let given = cx.body().clone();
    environments::check_name(&given, "template.", TOO_LONG)?;
    let given = given.as_object().cloned().unwrap_or_default();
    let row = environments::make(cx.db, &cx.who.project_id, &given)?;
    let mut model = row["model"].clone();
    if let Some(services) = template["description"].get("services") {
        model.set("services", services.clone());
    }
    let session = sessions::open(cx.db, row.text("id"), &cx.who.user_id, &model);
    Ok(json!({"session_id": session, "environment_id": row["id"]}).into())
}

fn clone(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("template");
    let source = cx
        .db
        .get(Table::Templates, id)
        .cloned()
        .ok_or_else(|| not_found(id))?;
    if !source.flag("is_public") {
        return Err(no_access());
    }
    let given = cx.body().clone();
    environments::check_name(&given, "template.", TOO_LONG)?;
    if is_taken(cx.db, &cx.who.project_id, &given["name"], "") {
        return Err(explained(
            409,
            "Env template with specified name already exists",
        ));
    }
    let mut copy = Object::new();
    copy.insert("name".to_owned(), given["name"].clone());
    let public = given
        .get("is_public")
        .cloned()
        .unwrap_or_else(|| false.into());
    copy.insert("is_public".to_owned(), public);
    copy.insert(
        "description_text".to_owned(),
        source["description_text"].clone(),
    );
    let services = source["description"].get("services").cloned();
    if let Some(services) = &services {
        copy.insert("services".to_owned(), services.clone());
    }
    let row = store(cx, &copy, source.number("created"));
    let mut shown = view(&row);
    if let Some(services) = services {
        shown.set("services", services);
    }
    Ok(shown.into())
}
