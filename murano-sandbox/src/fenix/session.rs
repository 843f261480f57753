//! Making, reading and answering sessions.

use serde_json::{Value, json};

use super::{Ask, Reply, Result, crash, unknown_session, workflow};
use crate::json::Fields as _;
use crate::state::{Store, Table};

const SESSIONS: Table = Table::MaintenanceSessions;
/// Sessions an engine takes at a time; those that have ended count until they are deleted.
const MOST: usize = 3;
/// The workflow that is imitated.
const WORKFLOW: &str = "default";
/// Hosts that are found when none are named.
const HOSTS: [&str; 2] = ["compute-1", "compute-2"];

/// `POST /maintenance`
pub(super) fn create(ask: &mut Ask<'_>) -> Result {
    let body = ask.body()?;
    if ask.db.rows(SESSIONS).count() >= MOST {
        return Err(Reply::refusal(509, "Too many sessions"));
    }
    let at = maintenance_at(&body).ok_or_else(crash)?;
    if !body["metadata"].is_object() || body["workflow"] != WORKFLOW || !actions_fit(&body) {
        return Err(crash());
    }
    let mut hosts: Vec<Value> = body.items("hosts").to_vec();
    if hosts.is_empty() {
        hosts = HOSTS.map(Value::from).into();
    }
    let id = ask.db.new_time_id();
    let now = ask.db.now();
    let mut row =
        json!({"id": id, "hosts": hosts, "place": 0, "at": at, "created": now, "body": body});
    workflow::begin(ask.db, &mut row, ask.settings);
    ask.db.put(SESSIONS, row);
    Ok(json!({ "session_id": id }).into())
}

/// When the work begins, in microseconds. A zone is not understood.
fn maintenance_at(body: &Value) -> Option<i64> {
    let text = body.get("maintenance_at")?.as_str()?;
    let date: jiff::civil::DateTime = match text.len() {
        10 => text.parse::<jiff::civil::Date>().ok()?.into(),
        19 => text.parse().ok()?,
        _ => return None,
    };
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_microsecond())
}

/// An empty list is not understood, and neither is an action that lacks anything.
fn actions_fit(body: &Value) -> bool {
    let Some(actions) = body.get("actions") else {
        return true;
    };
    let fits = |action: &Value| {
        let named = |key: &str| !action.text(key).is_empty();
        named("plugin") && named("type") && action["metadata"].is_object()
    };
    let actions = actions.as_array().map(Vec::as_slice).unwrap_or_default();
    !actions.is_empty() && actions.iter().all(fits)
}

/// `GET /maintenance`
pub(super) fn list(ask: &Ask<'_>) -> Reply {
    let ids: Vec<&Value> = ask.db.rows(SESSIONS).map(|row| &row["id"]).collect();
    json!({ "sessions": ids }).into()
}

fn find<'a>(db: &'a Store, id: &str) -> Result<&'a Value> {
    db.get(SESSIONS, id).ok_or_else(unknown_session)
}

/// `GET /maintenance/{session}`
pub(super) fn show(ask: &Ask<'_>, id: &str) -> Result {
    let row = find(ask.db, id)?;
    Ok(json!({"state": row["state"], "session_id": id}).into())
}

/// `PUT /maintenance/{session}`: an early service does nothing, and says so of sessions it does not have, too.
pub(super) fn update(ask: &mut Ask<'_>, id: &str) -> Result {
    let body = ask.body()?;
    if ask.is_late() {
        find(ask.db, id)?;
        workflow::resume(ask.db, id, body.text("state"));
    }
    Ok(json!({"maintenance": ask.url, "session_id": id}).into())
}

/// `DELETE /maintenance/{session}`
pub(super) fn delete(ask: &mut Ask<'_>, id: &str) -> Result {
    match ask.db.remove(SESSIONS, id) {
        Some(_) => Ok(json!({}).into()),
        None => Err(crash()),
    }
}

/// `GET /maintenance/{session}/{project}`
pub(super) fn of_project(ask: &Ask<'_>, id: &str, project: &str) -> Result {
    let Ok(row) = find(ask.db, id) else {
        return Ok(Value::Null.into());
    };
    let touched = row["asked"].get(project).filter(|_| row.flag("particular"));
    let all = || row["instances"].get(project);
    let ids = touched.or_else(all).ok_or_else(crash)?;
    Ok(json!({ "instance_ids": ids }).into())
}

/// `PUT /maintenance/{session}/{project}`
pub(super) fn reply(ask: &mut Ask<'_>, id: &str, project: &str) -> Result {
    let body = ask.body()?;
    let row = find(ask.db, id).map_err(|_| crash())?;
    if row["instances"].get(project).is_none() || !body["state"].is_string() {
        return Err(crash());
    }
    workflow::replied(ask.db, (id, project), &body);
    Ok(body.into())
}
