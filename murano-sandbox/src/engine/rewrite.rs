//! Loading a model against the classes of its objects, and writing it the way the engine does.

use serde_json::{Value, json};

use super::run::{Task, Thrown};
use crate::catalog::{self, Found, Missing, Wanted};
use crate::classes::{Class, Property};
use crate::json::{Fields as _, Object};
use crate::model::object_id;
use crate::state::Store;
use crate::versions::Spec;

/// Member of an application that gives orders to the sandbox. It survives the rewriting.
const ORDERS: &str = "sandbox";

/// Why a model could not be loaded.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Refused {
    /// A class exists in other versions only: the real engine crashes on that.
    Version(String),
    Thrown(Thrown),
}

impl From<Missing> for Refused {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Version => Self::Version(missing.message()),
            other => Self::Thrown(Thrown::plain(other.message())),
        }
    }
}

/// The class of an object of a model.
pub(super) fn class_of(db: &Store, project: &str, object: &Value) -> Result<Found, Missing> {
    let root = &object["?"];
    let (class, package) = match root.text("type").split_once('@') {
        Some((class, package)) => (class, Some(package)),
        None => (
            root.text("type"),
            root.get("package").and_then(Value::as_str),
        ),
    };
    let (class, version) = match class.split_once('/') {
        Some((class, version)) => (class, Some(version)),
        None => (class, root.get("classVersion").and_then(Value::as_str)),
    };
    let spec = match version {
        Some(text) => Spec::parse(text).unwrap_or_else(|_| Spec::unversioned()),
        None => Spec::unversioned(),
    };
    catalog::find(
        db,
        project,
        &Wanted {
            class,
            package,
            spec: Some(spec),
        },
    )
}

/// The object with this id, at any depth.
pub(super) fn find_object<'a>(value: &'a mut Value, id: &str) -> Option<&'a mut Value> {
    if object_id(value) == Some(id) {
        return Some(value);
    }
    match value {
        Value::Object(members) => members
            .values_mut()
            .find_map(|value| find_object(value, id)),
        Value::Array(items) => items.iter_mut().find_map(|value| find_object(value, id)),
        _ => None,
    }
}

/// Checks objects and fills in what their classes say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loader<'a> {
    pub(super) project: &'a str,
}

impl Loader<'_> {
    /// The applications of a model as the engine holds them.
    pub(super) fn load(self, db: &Store, model: &Value) -> Result<Vec<Value>, Refused> {
        let load = |(at, service): (usize, &Value)| {
            let place = format!("[io.murano.Environment.applications[{at}]]");
            let loaded = self.value(db, service, &place)?;
            self.refuse_strangers(db, service, &place)?;
            Ok(loaded)
        };
        model
            .items("services")
            .iter()
            .enumerate()
            .map(load)
            .collect()
    }

    /// An environment takes applications only.
    fn refuse_strangers(self, db: &Store, service: &Value, place: &str) -> Result<(), Refused> {
        let found = class_of(db, self.project, service)?;
        let line = catalog::lineage(db, self.project, &found);
        if line
            .iter()
            .any(|class| class.opaque || class.name == "io.murano.Application")
        {
            return Ok(());
        }
        let class = format!("MuranoClass({}/{})", found.class.name, found.version);
        let text = format!(
            "{place} Object of type {class} is not compatible with requested type \
             MuranoClass(io.murano.Application/0.0.0)"
        );
        Err(Refused::Thrown(Thrown::plain(text)))
    }

    fn value(self, db: &Store, value: &Value, place: &str) -> Result<Value, Refused> {
        match value {
            Value::Object(members) if value["?"].get("type").is_some() => {
                self.object(db, value, members, place)
            }
            Value::Object(members) => members
                .iter()
                .map(|(key, value)| Ok((key.clone(), self.value(db, value, place)?)))
                .collect::<Result<Object, _>>()
                .map(Value::Object),
            Value::Array(items) => items
                .iter()
                .map(|item| self.value(db, item, place))
                .collect(),
            other => Ok(other.clone()),
        }
    }

    fn object(
        self,
        db: &Store,
        value: &Value,
        members: &Object,
        place: &str,
    ) -> Result<Value, Refused> {
        let found = class_of(db, self.project, value)?;
        let line = catalog::lineage(db, self.project, &found);
        let mut loaded = Object::new();
        loaded.insert("?".to_owned(), root(&found, &line, &value["?"]));
        let properties = properties(&line);
        for (class, property) in &properties {
            let given = members.get(&property.name).or(property.default.as_ref());
            let Some(given) = given.or_else(|| meant(property, members, &properties)) else {
                // An expression that is not understood gives what fits.
                loaded.insert(property.name.clone(), Value::Null);
                continue;
            };
            let given = self.value(db, given, place)?;
            let kept = property.contract.accept(&given).map_err(|what| {
                let text = format!("{place} [{class}.{}] {what}", property.name);
                Refused::Thrown(Thrown::plain(text))
            })?;
            loaded.insert(property.name.clone(), kept);
        }
        // What a class declares that was not read is kept as it was sent.
        let unknown = line.iter().any(|class| class.opaque);
        for (key, given) in members.iter().filter(|(key, _)| *key != "?") {
            let keep = key == ORDERS || unknown;
            if keep && !loaded.contains_key(key) {
                loaded.insert(key.clone(), self.value(db, given, place)?);
            }
        }
        Ok(Value::Object(loaded))
    }
}

/// What a property has that is not given and has no literal default: null without a default, nothing where the
/// default is an expression, unless that is another property, such as `$.name`.
fn meant<'a>(
    property: &'a Property,
    members: &'a Object,
    properties: &[(&str, &'a Property)],
) -> Option<&'a Value> {
    if !property.has_default || property.shown.is_null() {
        return Some(&Value::Null);
    }
    let name = property.shown.as_str()?.strip_prefix("$.")?;
    let (_, other) = properties.iter().find(|(_, other)| other.name == name)?;
    members.get(name).or(other.default.as_ref())
}

/// The properties of a class and its ancestors that a model holds.
fn properties(line: &[Class]) -> Vec<(&str, &Property)> {
    let mut found: Vec<(&str, &Property)> = Vec::new();
    for class in line {
        for property in &class.properties {
            let held = !matches!(property.usage.as_str(), "Runtime" | "Static" | "Const");
            if held && !found.iter().any(|(_, known)| known.name == property.name) {
                found.push((&class.name, property));
            }
        }
    }
    found
}

/// The member `?` as the engine writes it.
fn root(found: &Found, line: &[Class], given: &Value) -> Value {
    let id = given.text("id");
    let mut actions = Object::new();
    for method in line
        .iter()
        .flat_map(|class| &class.methods)
        .filter(|method| method.is_public)
    {
        let key = format!("{id}_{}", method.name);
        if actions.contains_key(&key) {
            continue;
        }
        let form = &method.form.members;
        let title = form
            .get("title")
            .cloned()
            .unwrap_or_else(|| method.name.as_str().into());
        let mut action = json!({"enabled": true, "name": method.name, "title": title});
        for member in ["description", "helpText"] {
            if let Some(text) = form.get(member) {
                action.set(member, text.clone());
            }
        }
        actions.insert(key, action);
    }
    let mut root = json!({"type": found.type_name(), "id": id,
        "name": given.get("name").cloned().unwrap_or_default(),
        "metadata": given.get("metadata").cloned().unwrap_or_default()});
    root.set("_actions", actions);
    root
}

/// The whole model after a run.
pub(super) fn rewrite(db: &mut Store, task: &Task<'_>, services: &[Value]) -> Value {
    let model = task.model;
    let env = task.env;
    let network = json!({"type": "io.murano.resources.NovaNetwork/0.0.0@io.murano"});
    let region = model
        .get("region")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let mut action = Object::new();
    action.insert(
        format!("{env}_deploy"),
        json!({"enabled": true, "name": "deploy", "title": "deploy"}),
    );
    let metadata = model["?"].get("metadata").cloned().unwrap_or_default();
    let regions = match model.get("regions") {
        Some(regions) if regions.get(&region).is_some() => regions.clone(),
        _ => {
            let mut root = network.clone();
            for (key, value) in [("id", Value::from(db.new_id())), ("name", Value::Null)] {
                root.set(key, value);
            }
            root.set("metadata", Value::Null);
            root.set("_actions", json!({}));
            let networks = json!({"environment": {"?": root, "regionName": region}, "flat": null});
            let cloud = json!({
                "?": {"type": "io.murano.CloudRegion/0.0.0@io.murano", "id": db.new_id(),
                    "name": null, "metadata": null, "_actions": {}},
                "name": region, "defaultNetworks": networks,
            });
            let mut regions = Object::new();
            regions.insert(region.clone(), cloud);
            regions.into()
        }
    };
    json!({
        "?": {"type": "io.murano.Environment/0.0.0@io.murano", "id": env, "name": null,
            "metadata": metadata, "_actions": action},
        "name": model["name"],
        "defaultNetworks": networks(&model["defaultNetworks"]),
        "region": region, "regions": regions, "services": services,
    })
}

/// The networks of the environment with long type names.
fn networks(given: &Value) -> Value {
    let mut networks = given.clone();
    for key in ["environment", "flat"] {
        let Some(network) = networks.get_mut(key).filter(|network| network.is_object()) else {
            continue;
        };
        let old = network["?"].clone();
        let short = old
            .text("type")
            .split('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let name = old.get("name").cloned().unwrap_or_default();
        let metadata = old.get("metadata").cloned().unwrap_or_default();
        network.set(
            "?",
            json!({"type": format!("{short}/0.0.0@io.murano"), "id": old["id"], "name": name,
                "metadata": metadata}),
        );
        if short == "io.murano.resources.NovaNetwork" {
            // The class has one property and it is not the name.
            *network = json!({"?": network["?"], "regionName": network.get("regionName")});
        }
    }
    networks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_get_long_types() {
        let given = json!({"environment": {"?": {"id": "n", "type": "io.murano.resources.NovaNetwork"},
            "name": "x-network"}, "flat": null});
        assert_eq!(
            networks(&given),
            json!({"environment": {"?": {"type": "io.murano.resources.NovaNetwork/0.0.0@io.murano",
                "id": "n", "name": null, "metadata": null}, "regionName": null}, "flat": null})
        );
    }

    #[test]
    fn objects_are_found_at_any_depth() {
        let mut model =
            json!({"services": [{"?": {"id": "a"}, "inner": {"?": {"id": "b"}, "v": 1}}]});
        assert_eq!(find_object(&mut model, "b").unwrap()["v"], 1);
        assert_eq!(find_object(&mut model, "c"), None);
    }
}
