//! Records: made, read, changed, removed.

use axum::body::{Body, Bytes};
use axum::http::Response;
use serde_json::{Value, json};

use super::schema::{self, READ_ONLY};
use super::{Ask, blob, done, missing, not_authorized, own, seen, view, with_header};
use crate::clock;
use crate::errors::{Failure, Result, detailed, explained};
use crate::json::{Fields as _, Object};
use crate::server::{self, text_header};
use crate::state::{Store, Table};

/// The types under which changes are sent; the older has one operation less.
const PATCH_TYPES: [&str; 2] = [
    "application/openstack-images-v2.1-json-patch",
    "application/openstack-images-v2.0-json-patch",
];
/// Members that every record has.
const BASE: [&str; 8] = [
    "name",
    "disk_format",
    "container_format",
    "visibility",
    "protected",
    "min_ram",
    "min_disk",
    "tags",
];

fn document(bytes: &Bytes) -> Result<Value> {
    if bytes.is_empty() {
        return Err(explained(400, "Body expected in request."));
    }
    serde_json::from_slice(bytes).map_err(|_| explained(400, "Malformed JSON in request body."))
}

/// Whether the caller may give a member this value.
fn check(ask: &Ask<'_>, name: &str, value: &Value) -> Result<()> {
    if READ_ONLY.contains(&name) {
        return Err(explained(403, format!("Attribute '{name}' is read-only.")));
    }
    if let Some(fault) = schema::fault(name, value) {
        return Err(explained(400, fault));
    }
    if name == "visibility" && value == "public" && !ask.who.is_admin {
        return Err(not_authorized("publicize_image"));
    }
    Ok(())
}

/// `POST /v2/images`
pub(super) fn create(ask: &Ask<'_>, store: &mut Store, bytes: &Bytes) -> Result<Response<Body>> {
    let Value::Object(given) = document(bytes)? else {
        return Err(explained(400, "Body expected in request."));
    };
    for (name, value) in &given {
        check(ask, name, value)?;
    }
    let id = match given.get("id").and_then(Value::as_str) {
        Some(id) if store.get(Table::Images, id).is_some() => {
            return Err(explained(409, format!("Image ID {id} already exists!")));
        }
        Some(id) => id.to_owned(),
        None => store.new_uuid(),
    };
    let row = row(ask, store, given, &id);
    let response = server::json_response(201, &view(&row));
    store.put(Table::Images, row);
    let place = format!("{}/image/v2/images/{id}", ask.target.origin);
    Ok(with_header(response, "location", &place))
}

/// A record with its own properties in front, as the service has them.
fn row(ask: &Ask<'_>, store: &Store, given: Object, id: &str) -> Value {
    let now = format!("{}Z", clock::seconds_text(store.now()));
    let base = json!({
        "name": null, "disk_format": null, "container_format": null, "visibility": "shared",
        "size": null, "virtual_size": null, "status": "queued", "checksum": null, "protected": false,
        "min_ram": 0, "min_disk": 0, "owner": ask.who.project_id, "os_hidden": false,
        "os_hash_algo": null, "os_hash_value": null, "id": id, "created_at": now, "updated_at": now,
        "tags": [],
    });
    let (base_given, own): (Object, Object) = given
        .into_iter()
        .partition(|(name, _)| base.get(name).is_some());
    let mut row = Value::Object(own);
    for (name, value) in base.as_object().into_iter().flatten() {
        row.set(name, value.clone());
    }
    for (name, value) in base_given {
        row.set(&name, value);
    }
    row
}

/// `GET /v2/images/{id}`
pub(super) fn show(ask: &Ask<'_>, store: &Store, id: &str) -> Result<Response<Body>> {
    let row = seen(ask, store, id).ok_or_else(|| missing(id))?;
    Ok(server::json_response(200, &view(row)))
}

/// `PATCH /v2/images/{id}`
pub(super) fn patch(
    ask: &Ask<'_>,
    store: &mut Store,
    id: &str,
    bytes: &Bytes,
) -> Result<Response<Body>> {
    let media = text_header(&ask.parts.headers, "content-type").unwrap_or("text/plain");
    if !PATCH_TYPES.contains(&media) {
        return Err(Failure::Short {
            status: 415,
            message: format!(
                "The request media type {media} is not supported by this server.\n<br /><br />\n"
            ),
        });
    }
    let Value::Array(changes) = document(bytes)? else {
        let text = "Request body must be a JSON array of operation objects.";
        return Err(explained(400, text));
    };
    let mut row = own(ask, store, id, "modify_image")?.clone();
    for change in &changes {
        apply(ask, &mut row, change)?;
    }
    row.set(
        "updated_at",
        format!("{}Z", clock::seconds_text(store.now())),
    );
    let response = server::json_response(200, &view(&row));
    store.put(Table::Images, row);
    Ok(response)
}

fn apply(ask: &Ask<'_>, row: &mut Value, change: &Value) -> Result<()> {
    let op = change.text("op");
    if !["add", "replace", "remove"].contains(&op) {
        let text =
            "Operations must be objects with a member \"op\" that is add, replace or remove.";
        return Err(explained(400, text));
    }
    let name = change.text("path").strip_prefix('/').unwrap_or_default();
    if name.is_empty() || name.contains('/') {
        let text = format!(
            "Invalid JSON pointer for this resource: '{}'",
            change.text("path")
        );
        return Err(explained(400, text));
    }
    let name = name.replace("~1", "/").replace("~0", "~");
    let value = change.get("value").unwrap_or(&Value::Null);
    if op == "remove" {
        if READ_ONLY.contains(&name.as_str()) {
            return Err(explained(403, format!("Attribute '{name}' is read-only.")));
        }
        if BASE.contains(&name.as_str()) {
            return Err(explained(
                403,
                format!("Property {name} may not be removed."),
            ));
        }
    } else {
        check(ask, &name, value)?;
    }
    if op != "add" && row.get(&name).is_none() {
        return Err(detailed(409, format!("Property {name} does not exist.")));
    }
    match (op, row.as_object_mut()) {
        ("remove", Some(members)) => {
            members.shift_remove(&name);
        }
        _ => row.set(&name, value.clone()),
    }
    Ok(())
}

/// `DELETE /v2/images/{id}`
pub(super) fn delete(ask: &Ask<'_>, store: &mut Store, id: &str) -> Result<Response<Body>> {
    if seen(ask, store, id).is_none() {
        return Err(explained(
            404,
            format!("Failed to find image {id} to delete"),
        ));
    }
    if own(ask, store, id, "delete_image")?.flag("protected") {
        let text = format!("Image {id} is protected and cannot be deleted.");
        return Err(explained(403, text));
    }
    store.remove(Table::Images, id);
    store.remove_blob(&blob(id));
    Ok(done())
}
