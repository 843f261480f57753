//! Bodies that make and change instances, checked as the service checks them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::errors::{self, Result, schema};
use super::{Cx, MoganEra, instances, seed};
use crate::json::{Fields as _, pick, python_repr};
use crate::state::{Store, Table};

/// The body of a creation in one form for all eras.
pub(super) fn read(cx: &Cx<'_>) -> Result<Value> {
    let mut body = &cx.body;
    if cx.era == MoganEra::Servers {
        only(body, &["server", "scheduler_hints"])?;
        body = member(body, "server")?;
    }
    let (flavor_key, properties_key) = (cx.era.flavor_key(), cx.era.properties_key());
    let mut known = vec![
        "name",
        "description",
        "image_uuid",
        "availability_zone",
        "networks",
    ];
    known.extend([flavor_key, properties_key]);
    if cx.era >= MoganEra::Instances {
        known.extend([
            "min_count",
            "max_count",
            "key_name",
            "user_data",
            "personality",
        ]);
    }
    if cx.era == MoganEra::Servers {
        known.extend(["adminPass", "partitions"]);
    }
    only(body, &known)?;
    let name = text(body, "name", 1)?;
    let image = member(body, "image_uuid")?.as_str().unwrap_or_default();
    let flavor = member(body, flavor_key)?.as_str().unwrap_or_default();
    let networks = networks(cx.era, member(body, "networks")?)?;
    let least = usize::from(cx.era < MoganEra::Servers);
    let description = optional(body, "description", least)?;
    let zone = optional(body, "availability_zone", 1)?;
    let properties = body
        .get(properties_key)
        .cloned()
        .unwrap_or_else(|| json!({}));
    check_properties(&properties)?;
    for id in [image, flavor] {
        if Uuid::try_parse(id).is_err() {
            return Err(schema(format!(
                "{} is not a 'uuid'",
                python_repr(&id.into())
            )));
        }
    }
    check_zone(cx.era, &zone)?;
    instances::check_parts(cx, flavor, image)?;
    Ok(
        json!({ "name": name, "image": image, "flavor": flavor, "networks": networks,
        "description": description, "zone": zone, "properties": properties,
        "key_name": body.get("key_name"), "min_count": body.get("min_count"),
        "max_count": body.get("max_count") }),
    )
}

/// The first era takes any.
fn check_zone(era: MoganEra, zone: &Value) -> Result<()> {
    let is_known = zone.as_str().is_none_or(|zone| seed::ZONES.contains(&zone));
    match era {
        _ if is_known => Ok(()),
        MoganEra::Nimble => Ok(()),
        MoganEra::Instances => {
            let text = "The requested availability zone is not available";
            Err(errors::client(400, text))
        }
        MoganEra::Servers => {
            let text = "The availability zone could not be found.";
            Err(errors::client(404, text))
        }
    }
}

fn only(body: &Value, known: &[&str]) -> Result<()> {
    let Some(members) = body.as_object() else {
        return Err(schema(format!(
            "{} is not of type 'object'",
            python_repr(body)
        )));
    };
    let unknown = members
        .keys()
        .filter(|name| !known.contains(&name.as_str()));
    let names: Vec<String> = unknown
        .map(|name| python_repr(&name.as_str().into()))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let verb = if names.len() == 1 { "was" } else { "were" };
    Err(schema(format!(
        "Additional properties are not allowed ({} {verb} unexpected)",
        names.join(", ")
    )))
}

fn member<'a>(body: &'a Value, name: &str) -> Result<&'a Value> {
    let missing = || schema(format!("'{name}' is a required property"));
    body.get(name).ok_or_else(missing)
}

fn text<'a>(body: &'a Value, name: &str, least: usize) -> Result<&'a str> {
    let value = member(body, name)?;
    let wrong = |what: &str| schema(format!("{} {what}", python_repr(value)));
    let text = value
        .as_str()
        .ok_or_else(|| wrong("is not of type 'string'"))?;
    match text.chars().count() {
        count if count < least => Err(wrong("is too short")),
        count if count > 255 => Err(wrong("is too long")),
        _ => Ok(text),
    }
}

fn optional(body: &Value, name: &str, least: usize) -> Result<Value> {
    match body.get(name) {
        None => Ok(Value::Null),
        Some(Value::Null) if least == 0 => Ok(Value::Null),
        Some(_) => text(body, name, least).map(Value::from),
    }
}

fn networks(era: MoganEra, value: &Value) -> Result<Vec<Value>> {
    let known: &[&str] = match era {
        MoganEra::Servers => &["net_id", "port_id"],
        _ => &["net_id", "port_type"],
    };
    let items = value.as_array().filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| schema(format!("{} is too short", python_repr(value))))?;
    for item in items {
        only(item, known)?;
        if era < MoganEra::Servers || item.get("port_id").is_none() {
            member(item, "net_id")?;
        }
    }
    Ok(items.clone())
}

fn check_properties(value: &Value) -> Result<()> {
    let Some(members) = value.as_object() else {
        return Err(schema(format!(
            "{} is not of type 'object'",
            python_repr(value)
        )));
    };
    for (name, value) in members {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_:. ".contains(c);
        if name.is_empty() || name.chars().count() > 255 || !name.chars().all(fits) {
            let name = python_repr(&name.as_str().into());
            return Err(schema(format!("{name} does not match any of the regexes")));
        }
        let text = value.as_str();
        if text.is_none_or(|text| text.chars().count() > 255) {
            return Err(schema(format!(
                "{} is not of type 'string'",
                python_repr(value)
            )));
        }
    }
    Ok(())
}

/// A new row. It is built when the time of its work has passed.
pub(super) fn row(cx: &mut Cx<'_>, wanted: &Value) -> Value {
    let id = seed::new_uuid(cx.db);
    let numbers = last_number(cx.db) + 1..;
    let wanted_networks = wanted.items("networks").iter().zip(numbers);
    let networks: Vec<Value> = wanted_networks
        .map(|(network, number)| port(cx.db, network, number))
        .collect();
    let (created, now) = (cx.db.stamp(), cx.db.now());
    json!({ "id": id, "project_id": cx.who.project_id, "user_id": cx.who.user_id,
        "name": wanted["name"], "description": wanted["description"], "zone": wanted["zone"],
        "image": wanted["image"], "flavor": wanted["flavor"], "networks": networks,
        "properties": wanted["properties"], "key_name": wanted["key_name"], "status": "building",
        "power": null, "lock": null, "fault": null, "created": created, "updated": null,
        "launched": null, "ends": now + cx.work_time })
}

/// The largest number of a connection that there is.
fn last_number(db: &Store) -> i64 {
    let rows = db.rows(Table::Instances);
    let ports = rows.flat_map(|row| row.items("networks"));
    let numbers = ports.map(|port| port.number("number"));
    // The first addresses of a network are somebody else's.
    numbers.max().unwrap_or(3)
}

/// A connection with addresses nobody else has.
fn port(db: &mut Store, wanted: &Value, number: i64) -> Value {
    let port_id = match wanted.text("port_id") {
        "" => seed::new_uuid(db),
        given => given.to_owned(),
    };
    let subnet_id = seed::new_uuid(db);
    let [_, a, b, c] = u32::try_from(number).unwrap_or_default().to_be_bytes();
    json!({ "net_id": wanted["net_id"], "port_id": port_id, "subnet_id": subnet_id,
        "number": number, "mac_address": format!("52:54:00:{a:02x}:{b:02x}:{c:02x}"),
        "address": format!("10.{a}.{b}.{c}") })
}

/// Applies the operations of a change to a row.
pub(super) fn patch(body: &Value, era: MoganEra, row: &mut Value) -> Result<()> {
    let Some(operations) = body.as_array() else {
        let text = "Invalid input for field/attribute patch. Value should be a list";
        return Err(errors::client(400, text));
    };
    let mut changed = row.clone();
    for operation in operations {
        apply(operation, body, era, &mut changed)?;
    }
    *row = changed;
    Ok(())
}

fn apply(operation: &Value, whole: &Value, era: MoganEra, row: &mut Value) -> Result<()> {
    let (op, path) = (operation.text("op"), operation.text("path"));
    if !matches!(op, "add" | "replace" | "remove") {
        let text = format!(
            "Invalid input for field/attribute op. Value: '{op}'. Value should be one of: add, \
             remove, replace"
        );
        return Err(errors::client(400, text));
    }
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let is_word = |part: &&str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        !part.is_empty() && part.chars().all(fits)
    };
    if parts.is_empty() || !parts.iter().all(is_word) {
        let text = format!("Invalid input for field/attribute path. Value: '{path}'.");
        return Err(errors::client(400, text));
    }
    let value = operation.get("value").cloned();
    if op != "remove" && value.is_none() {
        let text = "'add' and 'replace' operations need a value";
        return Err(errors::client(400, text));
    }
    let reason = |text: String| {
        // In the order in which the service prints the members.
        let ordered = |item: &Value| Value::Object(pick(item, &["path", "value", "op"]));
        let items: Vec<Value> = whole
            .as_array()
            .into_iter()
            .flatten()
            .map(ordered)
            .collect();
        let patch = python_repr(&items.into());
        errors::client(
            400,
            format!("Couldn't apply patch '{patch}'. Reason: {text}"),
        )
    };
    let properties_key = era.properties_key();
    match (op, parts.as_slice()) {
        ("remove", ["name"]) => {
            let text = "'/name' is a mandatory attribute and can not be removed";
            Err(errors::client(400, text))
        }
        (_, [name @ ("name" | "description")]) => {
            row.set(name, value.unwrap_or_default());
            Ok(())
        }
        (_, [key]) if *key == properties_key => {
            row.set("properties", value.unwrap_or_else(|| json!({})));
            Ok(())
        }
        (op, [key, name]) if *key == properties_key => {
            let Some(members) = row["properties"].as_object_mut() else {
                return Err(reason(format!("can't {op} non-existent object '{name}'")));
            };
            if op != "add" && !members.contains_key(*name) {
                return Err(reason(format!("can't {op} non-existent object '{name}'")));
            }
            match value {
                Some(value) => drop(members.insert((*name).to_owned(), value)),
                None => drop(members.remove(*name)),
            }
            Ok(())
        }
        (_, [name, ..]) if INTERNAL.contains(name) => {
            let text = format!("'{path}' is an internal attribute and can not be updated");
            Err(errors::client(400, text))
        }
        _ => {
            let text = format!(
                "Adding a new attribute ({path}) to the root of the resource is not allowed"
            );
            Err(errors::client(400, text))
        }
    }
}

/// Members that only the service changes.
const INTERNAL: [&str; 19] = [
    "uuid",
    "id",
    "links",
    "created_at",
    "updated_at",
    "project_id",
    "user_id",
    "status",
    "power_state",
    "availability_zone",
    "instance_type_uuid",
    "flavor_uuid",
    "image_uuid",
    "network_info",
    "addresses",
    "launched_at",
    "key_name",
    "fault",
    "locked",
];
