//! What versions from 2020 on have besides. None of them was seen answering: keys and statuses of the answers follow
//! the tables of earlier ones and what their consumers expect.

use serde_json::{Value, json};

use super::{Ask, Reply, Result, unknown_session};
use crate::clock::model_text;
use crate::json::Fields as _;
use crate::state::Table;

/// `GET /maintenance/{session}/detail`
pub(super) fn detail(ask: &Ask<'_>, id: &str) -> Result {
    let row = ask.db.get(Table::MaintenanceSessions, id);
    let row = row.ok_or_else(unknown_session)?;
    let done = row.number("place");
    let hosts: Vec<Value> = (0..)
        .zip(row.items("hosts"))
        .map(|(place, host)| {
            json!({"hostname": host, "type": "compute", "maintained": place < done,
                "disabled": place == done && row["state"] == "START_MAINTENANCE", "details": null})
        })
        .collect();
    let projects: Vec<Value> = row["instances"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(project, instances)| {
            let replied = row["replies"].get(project).is_some();
            json!({"project_id": project, "instance_ids": instances, "replied": replied})
        })
        .collect();
    let body = &row["body"];
    Ok(json!({
        "session_id": id, "state": row["state"], "workflow": body["workflow"],
        "created_at": model_text(row.number("created")), "maintenance_at": body["maintenance_at"],
        "metadata": body["metadata"], "hosts": hosts, "projects": projects,
        "action_plugins": body.items("actions"), "download": body.items("download"),
    })
    .into())
}

fn row_id(kind: &str, id: &str) -> String {
    format!("{kind}/{id}")
}

fn missing(kind: &str) -> Reply {
    Reply::refusal(404, &format!("Invalid {}", kind.replace('_', " ")))
}

/// `GET /instance/{instance}` and `GET /instance_group/{group}`
pub(super) fn constraints(ask: &Ask<'_>, kind: &str, id: &str) -> Result {
    let row = ask.db.get(Table::MaintenanceConstraints, &row_id(kind, id));
    let row = row.ok_or_else(|| missing(kind))?;
    Ok(row["body"].clone().into())
}

/// `PUT /instance/{instance}` and `PUT /instance_group/{group}`
pub(super) fn set_constraints(ask: &mut Ask<'_>, kind: &str, id: &str) -> Result {
    let refused = || Reply::refusal(400, "Malformed request body");
    let body: Value = serde_json::from_slice(ask.bytes).map_err(|_| refused())?;
    let named = match kind {
        "instance" => "instance_id",
        _ => "group_id",
    };
    if body.text(named) != id || body.text("project_id").is_empty() {
        return Err(refused());
    }
    let row = json!({"id": row_id(kind, id), "body": body});
    ask.db.put(Table::MaintenanceConstraints, row);
    Ok(body.into())
}

/// `DELETE /instance/{instance}` and `DELETE /instance_group/{group}`
pub(super) fn unset_constraints(ask: &mut Ask<'_>, kind: &str, id: &str) -> Result {
    let id = row_id(kind, id);
    match ask.db.remove(Table::MaintenanceConstraints, &id) {
        Some(_) => Ok(Reply::new(204, Value::Null)),
        None => Err(missing(kind)),
    }
}
