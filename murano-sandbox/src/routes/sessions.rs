//! `/environments/{env}/configure` and `/environments/{env}/sessions`.

use serde_json::{Value, json};

use super::{Cx, NOTHING, Need, Params, Reply, Route, environments};
use crate::clock::seconds_text;
use crate::engine;
use crate::errors::{Failure, Result, explained, fault};
use crate::json::Fields as _;
use crate::state::{Store, Table};

pub(super) const ROUTES: &[Route] = &[
    Route::post("/environments/{env}/configure", configure).needs(Need::Nothing),
    Route::get("/environments/{env}/sessions/{session}", show),
    Route::delete("/environments/{env}/sessions/{session}", delete),
    Route::post("/environments/{env}/sessions/{session}/deploy", deploy).needs(Need::Nothing),
];

pub(super) fn not_found(id: &str) -> Failure {
    explained(404, format!("Session <SessionId {id}> is not found"))
}

fn view(row: &Value) -> Value {
    json!({
        "updated": seconds_text(row.number("updated")), "id": row["id"], "user_id": row["user_id"],
        "environment_id": row["environment_id"], "created": seconds_text(row.number("created")),
        "state": row["state"], "version": row["version"],
    })
}

/// Opens a session with a private copy of a model and returns its id.
pub(super) fn open(db: &mut Store, env: &str, user: &str, model: &Value) -> String {
    let id = db.new_id();
    let now = db.stamp();
    let version = db
        .get(Table::Environments, env)
        .map_or(0, |row| row.number("version"));
    db.put(
        Table::Sessions,
        json!({"id": id, "environment_id": env, "user_id": user, "state": "opened",
            "version": version, "created": now, "updated": now, "model": model}),
    );
    id
}

/// Whether a session may still be deployed: nobody has finished a deployment since it was opened, and
/// nobody is deploying now.
pub(super) fn is_valid(db: &Store, session: &Value) -> bool {
    let env = session.text("environment_id");
    let version = db
        .get(Table::Environments, env)
        .map_or(0, |row| row.number("version"));
    let deploying = || {
        db.rows(Table::Sessions)
            .any(|row| row.text("environment_id") == env && row.text("state") == "deploying")
    };
    version <= session.number("version") && !(session.text("state") == "opened" && deploying())
}

/// The model a reader sees who names a session: the session's while it counts, else the environment's.
pub(super) fn readable_model<'a>(db: &Store, session: &'a Value, env: &'a Value) -> &'a Value {
    if is_valid(db, session) && session.text("state") != "deployed" {
        &session["model"]
    } else {
        &env["model"]
    }
}

/// The model for a read with an optional session header. A session nobody knows crashes the service.
pub(super) fn model_for_reading<'a>(cx: &'a Cx<'_>, env: &'a Value) -> Result<&'a Value> {
    let Some(id) = cx.session else {
        return Ok(&env["model"]);
    };
    let session = cx.db.get(Table::Sessions, id).ok_or_else(unknown_crashes)?;
    Ok(readable_model(cx.db, session, env))
}

/// What happens when the service uses a session it has not found.
pub(super) fn unknown_crashes() -> Failure {
    fault(
        "AttributeError",
        "'NoneType' object has no attribute 'environment_id'",
    )
}

/// A session that belongs to this environment.
pub(super) fn paired<'a>(cx: &'a Cx<'_>, id: &str, env: &str) -> Result<&'a Value> {
    let session = cx
        .db
        .get(Table::Sessions, id)
        .ok_or_else(|| not_found(id))?;
    if session.text("environment_id") == env {
        Ok(session)
    } else {
        let text = format!("Session <SessionId {id}> is not tied with Environment <EnvId {env}>");
        Err(explained(400, text))
    }
}

pub(super) fn refuse_invalid(db: &Store, session: &Value) -> Result<()> {
    if is_valid(db, session) {
        return Ok(());
    }
    let text = format!(
        "Session <SessionId {}> is invalid: environment has been updated or updating right now \
         with other session",
        session.text("id")
    );
    Err(explained(403, text))
}

fn configure(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let env = path.get("env");
    let model = environments::find(cx, env)?["model"].clone();
    environments::refuse_busy(cx.db, env)?;
    let id = open(cx.db, env, &cx.who.user_id, &model);
    Ok(cx
        .db
        .get(Table::Sessions, &id)
        .map(view)
        .unwrap_or_default()
        .into())
}

/// The session of the path after the checks reading and removing have in common.
fn own<'a>(cx: &'a Cx<'_>, path: &Params) -> Result<&'a Value> {
    let (env, id) = (path.get("env"), path.get("session"));
    let session = paired(cx, id, env)?;
    environments::find(cx, env)?;
    if session.text("user_id") != cx.who.user_id {
        let text = format!(
            "User <UserId {}> is not authorized to access session <SessionId {id}>.",
            cx.who.user_id
        );
        return Err(explained(401, text));
    }
    Ok(session)
}

fn show(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let session = own(cx, path)?;
    refuse_invalid(cx.db, session)?;
    Ok(view(session).into())
}

fn delete(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let session = own(cx, path)?;
    if session.text("state") == "deploying" {
        let id = path.get("session");
        let text =
            format!("Session <SessionId: {id}> is in deploying state and could not be deleted");
        return Err(explained(403, text));
    }
    cx.db.remove(Table::Sessions, path.get("session"));
    Ok(NOTHING)
}

fn deploy(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let (env, id) = (path.get("env"), path.get("session"));
    let session = paired(cx, id, env)?;
    environments::find(cx, env)?;
    refuse_invalid(cx.db, session)?;
    if session.text("state") != "opened" {
        let text =
            format!("Session <SessionId {id}> is already deployed or deployment is in progress");
        return Err(explained(403, text));
    }
    engine::deploy(cx.db, cx.settings, id);
    Ok(NOTHING)
}
