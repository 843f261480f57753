//! What the engine tells the statistics: which instances there are, and since when.

use serde_json::{Value, json};

use crate::json::Fields as _;
use crate::state::{Store, Table};

/// Kinds of rows as the service numbers them.
const INSTANCE: i64 = 200;
const APPLICATION: i64 = 100;

/// Tracks the instances of a deployed model and the applications that hold any; ends the rows of those that are gone.
pub(super) fn track(db: &mut Store, env: &str, model: &Value, at: i64) {
    let mut seen = Vec::new();
    for service in model.items("services") {
        let instances = instances(service);
        if instances.is_empty() {
            continue;
        }
        let count = Value::from(instances.len());
        seen.extend(row(db, env, service, (APPLICATION, count, at)));
        for instance in instances {
            seen.extend(row(db, env, instance, (INSTANCE, Value::Null, at)));
        }
    }
    let gone: Vec<String> = db
        .rows(Table::Statistics)
        .filter(|row| row.text("environment_id") == env && row["destroyed"].is_null())
        .map(|row| row.text("id").to_owned())
        .filter(|id| !seen.contains(id))
        .collect();
    for id in gone {
        db.update(Table::Statistics, &id, |row| row.set("destroyed", at));
    }
}

/// Stores a row unless it is there, and returns its id.
fn row(
    db: &mut Store,
    env: &str,
    object: &Value,
    (kind, count, at): (i64, Value, i64),
) -> Option<String> {
    let instance = crate::model::object_id(object)?;
    let id = format!("{env}/{instance}");
    if db.get(Table::Statistics, &id).is_none() {
        db.put(
            Table::Statistics,
            json!({"id": id, "environment_id": env, "type": kind, "instance_id": instance,
                "type_name": short_type(object), "type_title": null, "unit_count": count,
                "created": at, "destroyed": null}),
        );
    }
    Some(id)
}

fn short_type(object: &Value) -> &str {
    object["?"]
        .text("type")
        .split(['/', '@'])
        .next()
        .unwrap_or_default()
}

/// Objects at any depth whose class is one of the library's instances.
fn instances(value: &Value) -> Vec<&Value> {
    let class = short_type(value);
    if class.starts_with("io.murano.resources.") && class.ends_with("Instance") {
        return vec![value];
    }
    match value {
        Value::Object(members) => members.values().flat_map(instances).collect(),
        Value::Array(items) => items.iter().flat_map(instances).collect(),
        _ => Vec::new(),
    }
}
