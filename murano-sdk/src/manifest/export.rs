//! Documents out of what is deployed.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{
    Application, Document, Kind, NeededPackage, classes::Classes, networks, notation, server,
};
use crate::{
    environments::EnvironmentHandle,
    error::Result,
    mask,
    model::{object_class, object_id},
    request::awaitable,
    templates::TemplateHandle,
};

/// Where the dashboard keeps the name that people gave an application.
const DASHBOARD: &str = "/?/_26411a1861294160833743e45d0eaad9/name";

/// The name that an application carries through deployments.
pub(super) fn carried_name(application: &Value) -> Option<&str> {
    let name = application.pointer("/?/name")?.as_str()?;
    Some(name).filter(|name| !name.trim().is_empty())
}

/// What people know an application by that carries no name.
pub(super) fn other_name(application: &Value) -> Option<&str> {
    if carried_name(application).is_some() {
        return None;
    }
    let name = application
        .pointer(DASHBOARD)
        .or_else(|| application.get("name"));
    name?.as_str().filter(|name| !name.trim().is_empty())
}

pub(super) fn any_name(application: &Value) -> &str {
    let name = carried_name(application).or_else(|| other_name(application));
    name.or_else(|| object_id(application)).unwrap_or("?")
}

/// Names for applications by id, each once. Those that are `known` keep theirs; one that has no name that
/// is its own goes by its id.
pub(super) fn names<'a>(
    applications: impl Iterator<Item = &'a Value>,
    known: &HashMap<String, String>,
) -> HashMap<String, String> {
    let mut names = known.clone();
    let mut taken: HashSet<String> = known.values().cloned().collect();
    let mut left: Vec<&Value> = applications.collect();
    for rule in [carried_name, other_name] {
        left.retain(|app| object_id(app).is_some_and(|id| !names.contains_key(id)));
        let mut ids: HashMap<&str, HashSet<&str>> = HashMap::new();
        for app in &left {
            if let (Some(name), Some(id)) = (rule(app), object_id(app)) {
                ids.entry(name).or_default().insert(id);
            }
        }
        for (name, ids) in ids {
            if ids.len() == 1 && taken.insert(name.to_owned()) {
                names.extend(ids.into_iter().map(|id| (id.to_owned(), name.to_owned())));
            }
        }
    }
    for id in left.into_iter().filter_map(object_id) {
        names.entry(id.to_owned()).or_insert_with(|| id.to_owned());
    }
    names
}

/// A document out of an object model.
pub(super) struct Exporter {
    /// Places in the document by id.
    places: HashMap<String, String>,
    names: HashMap<String, String>,
    secrets: bool,
    classes: Classes,
    /// Places of what was left out because it is secret.
    pub(super) left_out: Vec<String>,
}

impl Exporter {
    pub(super) fn new(model: &Value, names: HashMap<String, String>, secrets: bool) -> Self {
        let mut places = HashMap::new();
        for app in server::services(model) {
            if let Some(name) = object_id(app).and_then(|id| names.get(id)) {
                note_places(app, &notation::segment(name), &mut places);
            }
        }
        Self {
            places,
            names,
            secrets,
            classes: Classes::default(),
            left_out: Vec::new(),
        }
    }

    /// Leaves out what these classes say is nobody's wish.
    fn without_filled_in(mut self, classes: Classes) -> Self {
        self.classes = classes;
        self
    }

    pub(super) fn document(&mut self, kind: Kind, name: &str, model: &Value) -> Document {
        let text = |key: &str| {
            let text = model.get(key).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let is_environment = kind == Kind::Environment;
        let networks = model.get("defaultNetworks").filter(|_| is_environment);
        let flag = model.get("is_public").and_then(Value::as_bool);
        Document {
            kind,
            name: name.to_owned(),
            description: text("description_text"),
            region: text("region").filter(|_| is_environment),
            public: flag.filter(|public| *public && !is_environment),
            networks: networks
                .and_then(|networks| networks::told(networks, |value| self.plain(value))),
            packages: packages(model),
            applications: self.applications(model),
        }
    }

    fn applications(&mut self, model: &Value) -> Vec<Application> {
        let mut applications = Vec::new();
        for object in server::services(model) {
            let name = object_id(object).and_then(|id| self.names.get(id)).cloned();
            let (Some(name), Some(class)) = (name, object_class(object)) else {
                continue;
            };
            let (version, package) = version_and_package(object);
            applications.push(Application {
                properties: self.properties(object, &notation::segment(&name)),
                name,
                class: class.to_owned(),
                version,
                package,
            });
        }
        applications
    }

    fn properties(&mut self, object: &Value, place: &str) -> Map<String, Value> {
        let mut properties = Map::new();
        for (key, value) in object.as_object().into_iter().flatten() {
            if key == "?" || value.is_null() || self.classes.is_filled_in(object, key, value) {
                continue;
            }
            let place = notation::below(place, key);
            if !self.secrets && !has_objects(value) && mask::holds_secret(key, value) {
                self.left_out.push(place);
                continue;
            }
            properties.insert(notation::escaped(key), self.value(value, &place));
        }
        properties
    }

    fn value(&mut self, value: &Value, place: &str) -> Value {
        match value {
            Value::String(text) => match self.places.get(text) {
                Some(target) => notation::reference(target),
                None => value.clone(),
            },
            Value::Array(items) => {
                let mut told = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    told.push(self.value(item, &notation::below(place, &index.to_string())));
                }
                told.into()
            }
            Value::Object(members) if members.contains_key("?") => {
                let (version, package) = version_and_package(value);
                let mut told = Map::new();
                told.insert(notation::CLASS.to_owned(), object_class(value).into());
                for (key, said) in [(notation::VERSION, version), (notation::PACKAGE, package)] {
                    told.extend(said.map(|said| (key.to_owned(), said.into())));
                }
                told.append(&mut self.properties(value, place));
                Value::Object(told)
            }
            Value::Object(members) => {
                let mut told = Map::new();
                for (key, value) in members {
                    let value = self.value(value, &notation::below(place, key));
                    told.insert(notation::escaped(key), value);
                }
                Value::Object(told)
            }
            other => other.clone(),
        }
    }

    /// A value of the networks, which have no secrets.
    fn plain(&self, value: &Value) -> Value {
        let mut alone = Self {
            places: self.places.clone(),
            names: HashMap::new(),
            secrets: true,
            classes: Classes::default(),
            left_out: Vec::new(),
        };
        alone.value(value, "")
    }
}

/// Notes where each object of an application stands, so that its id can be written as a reference.
fn note_places(value: &Value, place: &str, places: &mut HashMap<String, String>) {
    if let Some(id) = object_id(value) {
        places.insert(id.to_owned(), place.to_owned());
    }
    match value {
        Value::Object(members) => {
            for (key, value) in members.iter().filter(|(key, _)| *key != "?") {
                note_places(value, &notation::below(place, key), places);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                note_places(item, &notation::below(place, &index.to_string()), places);
            }
        }
        _ => {}
    }
}

fn has_objects(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_objects),
        Value::Object(members) => members.contains_key("?") || members.values().any(has_objects),
        _ => false,
    }
}

/// What a document has to say so that the same is deployed: without a version it is any `0.x`.
fn version_and_package(object: &Value) -> (Option<String>, Option<String>) {
    let (_, version, package) = notation::parts(object);
    if let Some(version) = version {
        let version = Some(version).filter(|version| !version.starts_with("0."));
        return (version.map(str::to_owned), None);
    }
    let said = object.pointer("/?/classVersion").and_then(Value::as_str);
    (said.map(str::to_owned), package.map(str::to_owned))
}

/// The packages that the types of the applications name; the core library is part of every Murano.
fn packages(model: &Value) -> Vec<NeededPackage> {
    fn collect(value: &Value, found: &mut Vec<NeededPackage>) {
        let (_, version, package) = notation::parts(value);
        if let Some(name) = package.filter(|name| *name != "io.murano")
            && found.iter().all(|package| package.name != name)
        {
            found.push(NeededPackage {
                name: name.to_owned(),
                version: version.map(str::to_owned),
                path: None,
                repository: None,
            });
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Value::Object(members) => members.values().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for app in server::services(model) {
        collect(app, &mut found);
    }
    found
}

/// What an export gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exported {
    /// The document. A plan that is made of it is empty.
    pub document: Document,
    /// What was left out because its name says that it is secret: places such as `till/password`.
    pub left_out: Vec<String>,
}

/// Request of [`EnvironmentHandle::export`] and [`TemplateHandle::export`].
///
/// ```
/// # use murano_sdk::{Client, model::Application};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let till = Application::new("com.example.Till").name("till").set("password", "1234").build();
/// let made = murano.templates().create("shop").services(vec![till]).await?;
/// let exported = murano.template(&made.id).export().await?;
/// assert_eq!(exported.document.applications[0].name, "till");
/// assert_eq!(exported.left_out, ["till/password"]);
/// assert!(exported.document.plan(&murano).await?.is_empty());
///
/// let shop = murano.environment(murano.environments().create("shop").await?.id);
/// assert_eq!(shop.export().show_secrets(true).await?.document.to_yaml(), "name: shop\n");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct Export {
    place: server::Place,
    secrets: bool,
}

impl Export {
    /// Writes the values of properties such as `password`, which are left out otherwise: a document that
    /// does not mention them leaves them as they are.
    pub fn show_secrets(mut self, show: bool) -> Self {
        self.secrets = show;
        self
    }

    async fn send(self) -> Result<Exported> {
        let present = self.place.read().await?;
        let names = names(server::services(&present.model).iter(), &HashMap::new());
        let classes = Classes::of_model(self.place.client(), &present.model).await;
        let exporter = Exporter::new(&present.model, names, self.secrets);
        let mut exporter = exporter.without_filled_in(classes);
        let document = exporter.document(present.kind, &present.name, &present.model);
        Ok(Exported {
            document,
            left_out: exporter.left_out,
        })
    }
}

awaitable!(Export => Exported);

impl EnvironmentHandle {
    /// Describes it as it is deployed in a document: without ids, and without what the server adds.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub fn export(&self) -> Export {
        Export {
            place: server::Place::Environment(self.clone()),
            secrets: false,
        }
    }
}

impl TemplateHandle {
    /// Describes it in a document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub fn export(&self) -> Export {
        Export {
            place: server::Place::Template(self.clone()),
            secrets: false,
        }
    }
}
