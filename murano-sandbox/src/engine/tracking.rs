//! What the engine tells the statistics: which instances there are, and since when.

use serde_json::{Value, json};

use crate::json::Fields as _;
use crate::model::nested_ids;
use crate::state::{Store, Table};

/// Kinds of rows as the service numbers them.
const INSTANCE: i64 = 200;
const APPLICATION: i64 = 100;

/// Stores the rows of a run: applications that reported themselves and the instances of the model it left behind.
/// Rows of objects that are gone end.
pub(super) fn track(db: &mut Store, env: &str, outcome: &Value, at: i64) {
    for tracked in outcome.items("tracked") {
        row(db, (env, at), (APPLICATION, tracked));
    }
    let services = &outcome["model"]["services"];
    for instance in instances(services) {
        let facts = json!({"instance_id": instance["?"]["id"], "type_name": short_type(instance),
            "type_title": null, "unit_count": null});
        row(db, (env, at), (INSTANCE, &facts));
    }
    let living = nested_ids(services);
    let gone: Vec<String> = db
        .rows(Table::Statistics)
        .filter(|row| row.text("environment_id") == env && row["destroyed"].is_null())
        .filter(|row| !living.iter().any(|id| id == row.text("instance_id")))
        .map(|row| row.text("id").to_owned())
        .collect();
    for id in gone {
        db.update(Table::Statistics, &id, |row| row.set("destroyed", at));
    }
}

/// Stores a row unless it is there.
fn row(db: &mut Store, (env, at): (&str, i64), (kind, facts): (i64, &Value)) {
    let id = format!("{env}/{}", facts.text("instance_id"));
    if db.get(Table::Statistics, &id).is_some() {
        return;
    }
    let mut row = facts.clone();
    for (key, value) in [
        ("id", Value::from(id)),
        ("environment_id", env.into()),
        ("type", kind.into()),
        ("created", at.into()),
        ("destroyed", Value::Null),
    ] {
        row.set(key, value);
    }
    db.put(Table::Statistics, row);
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
