//! What three states of Mogan answered (`tests/data/recorded-mogan`), and what its documents show.

use std::path::Path;

use murano_sdk::instances::{Flavor, Instance, InstanceStates, Nic, Port};
use serde_json::{Value, json};

use crate::{Through, lost, root, through};

/// A body: the file it is from, and what it is.
struct Body {
    file: String,
    json: Value,
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn files(folder: &str) -> Vec<std::path::PathBuf> {
    let folder = root().join("tests/data/recorded-mogan").join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Everything that says something about instances or what belongs to them.
fn bodies() -> Vec<Body> {
    let mut bodies = Vec::new();
    for era in ["nimble", "instances", "servers"] {
        for path in files(era) {
            let recorded = read(&path);
            let status = recorded["response"]["status"].as_u64().unwrap();
            assert_eq!(
                name(&path).starts_with("error-"),
                status >= 400,
                "{}",
                path.display()
            );
            let json = recorded["response"]["body"].clone();
            if status < 400 && json.is_object() {
                let file = format!("{era}/{}", name(&path));
                bodies.push(Body { file, json });
            }
        }
        for path in files(&format!("documented/{era}")) {
            let (file, json) = (format!("documented/{era}/{}", name(&path)), read(&path));
            // Requests are looked at beside the code that makes them.
            if !["-req", "set-power", "lock-", "rebuild-"]
                .iter()
                .any(|part| file.contains(part))
            {
                bodies.push(Body { file, json });
            }
        }
    }
    assert!(bodies.len() > 90, "only {} bodies", bodies.len());
    bodies
}

/// The typed objects of a body, by the members it has. What has no type is named below.
fn typed(body: &Value) -> Vec<(Through, Value)> {
    let each = |name: &str, through: Through| {
        let items = body[name].as_array().cloned().unwrap_or_default();
        items.into_iter().map(|item| (through, item)).collect()
    };
    let has = |name: &str| body.get(name).is_some();
    if body["id"] == "v1" {
        return Vec::new();
    }
    match () {
        () if has("instances") => each("instances", through::<Instance>),
        () if has("servers") => each("servers", through::<Instance>),
        () if has("types") => each("types", through::<Flavor>),
        () if has("flavors") => each("flavors", through::<Flavor>),
        () if has("nics") => each("nics", through::<Nic>),
        () if has("ports") => {
            let ports = body["ports"].as_object().unwrap().values();
            ports
                .map(|port| (through::<Port> as Through, port.clone()))
                .collect()
        }
        () if has("is_public") => vec![(through::<Flavor>, body.clone())],
        () if has("uuid") => vec![(through::<Instance>, body.clone())],
        () if has("power_state") => vec![(through::<InstanceStates>, body.clone())],
        () => Vec::new(),
    }
}

/// Bodies of routes the SDK has no words for, and those without an object.
const UNTYPED: [&str; 7] = [
    "root",
    "v1-root",
    "availability-zone",
    "list-empty",
    "list-other-project",
    "extra",
    "console",
];

#[test]
fn every_body_comes_out_as_it_went_in() {
    let mut objects = 0;
    for body in bodies() {
        let found = typed(&body.json);
        let is_untyped = UNTYPED.iter().any(|part| body.file.contains(part));
        assert_eq!(found.is_empty(), is_untyped, "{}", body.file);
        for (through, mut before) in found {
            objects += 1;
            // What no version has had yet is kept, at the top and inside.
            before["brand new"] = json!({ "a": [1, null] });
            if let Some(fault) = before.get_mut("fault").filter(|fault| fault.is_object()) {
                fault["brand new"] = json!("x");
            }
            for port in before["network_info"].as_object_mut().into_iter().flatten() {
                port.1["brand new"] = json!(1);
            }
            let after = through(&before);
            let after = after.unwrap_or_else(|error| panic!("{}: {error}", body.file));
            assert_eq!(lost(&before, &after, ""), None, "{}", body.file);
            assert_eq!(through(&after).unwrap(), after, "{}", body.file);
        }
    }
    assert!(objects > 80, "only {objects} objects");
}

#[test]
fn addresses_and_flavors_are_read_in_every_era() {
    for body in bodies() {
        let is_one = body.json.get("uuid").is_some() && body.json.get("is_public").is_none();
        if !is_one || body.file.contains("fields") || body.file.contains("show-stopped") {
            continue;
        }
        let instance: Instance = serde_json::from_value(body.json).unwrap();
        assert!(instance.flavor().is_some(), "{}", body.file);
        let is_built = body.file.ends_with("/show") || body.file.contains("detail-resp");
        if is_built && !body.file.contains("when-error") {
            assert!(!instance.ip_addresses().is_empty(), "{}", body.file);
        }
    }
}

#[test]
fn a_single_address_of_old_services_is_read() {
    let json = json!({ "uuid": "u", "network_info": { "p": { "network": "n",
        "mac_address": "52:54:00:00:00:01", "fixed_ip": "10.1.0.100" } } });
    let instance: Instance = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(instance.ip_addresses(), ["10.1.0.100"]);
    assert_eq!(
        lost(&json, &serde_json::to_value(instance).unwrap(), ""),
        None
    );
}
