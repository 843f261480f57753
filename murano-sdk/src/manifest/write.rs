//! Documents as JSON, in the notation of files.

use serde_json::{Map, Value, json};

use super::{Application, Document, Kind, NeededPackage, Networks, variables};

pub(super) fn value(document: &Document) -> Value {
    let mut members = Map::new();
    let mut put = |key: &str, value: Value| members.insert(key.to_owned(), value);
    if document.kind == Kind::Template {
        put("kind", document.kind.as_str().into());
    }
    put("name", text(&document.name));
    if let Some(description) = &document.description {
        put("description", text(description));
    }
    if let Some(region) = &document.region {
        put("region", text(region));
    }
    if let Some(public) = document.public {
        put("public", public.into());
    }
    if let Some(networks) = &document.networks {
        put("networks", escaped(&of_networks(networks)));
    }
    if !document.packages.is_empty() {
        let named = |package: &NeededPackage| (package.name.clone(), of_package(package));
        put("packages", document.packages.iter().map(named).collect());
    }
    if !document.applications.is_empty() {
        let named = |app: &Application| (app.name.clone(), of_application(app));
        put(
            "applications",
            document.applications.iter().map(named).collect(),
        );
    }
    Value::Object(members)
}

fn of_package(package: &NeededPackage) -> Value {
    let version = package.version.as_deref().map_or(Value::Null, text);
    if package.path.is_none() && package.repository.is_none() {
        return version;
    }
    let mut members = Map::new();
    if !version.is_null() {
        members.insert("version".to_owned(), version);
    }
    if let Some(path) = &package.path {
        members.insert("path".to_owned(), text(&path.display().to_string()));
    }
    if let Some(repository) = &package.repository {
        members.insert("repository".to_owned(), text(repository));
    }
    Value::Object(members)
}

fn of_application(application: &Application) -> Value {
    let mut members = Map::new();
    members.insert("class".to_owned(), text(&application.class));
    for (key, said) in [
        ("version", &application.version),
        ("package", &application.package),
    ] {
        if let Some(said) = said {
            members.insert(key.to_owned(), text(said));
        }
    }
    if !application.properties.is_empty() {
        let properties = Value::Object(application.properties.clone());
        members.insert("properties".to_owned(), escaped(&properties));
    }
    Value::Object(members)
}

pub(super) fn of_networks(networks: &Networks) -> Value {
    match networks {
        Networks::Existing {
            network,
            subnetwork,
        } => {
            let said = [("network", network), ("subnetwork", subnetwork)];
            let said = said
                .into_iter()
                .filter_map(|(key, name)| Some((key, name.as_ref()?)));
            said.map(|(key, name)| (key.to_owned(), Value::from(name.as_str())))
                .collect()
        }
        Networks::Object { environment, flat } => {
            json!({ "environment": environment, "flat": flat })
        }
    }
}

fn text(text: &str) -> Value {
    variables::escaped(text).into()
}

/// A value in which no text has a variable.
fn escaped(value: &Value) -> Value {
    match value {
        Value::String(plain) => text(plain),
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| (key.clone(), escaped(value));
            members.iter().map(member).collect()
        }
        other => other.clone(),
    }
}
