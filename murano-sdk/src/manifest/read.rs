//! Documents out of YAML, each complaint with its line.

use std::path::Path;

use serde_json::{Map, Value};

use super::{
    Application, Document, Kind, NeededPackage, Networks, notation,
    variables::{Filled, Variables},
};
use crate::{
    archive::{is_full_name, requirement},
    error::{Error, Result},
    yaml::{Body, Documents, Entry, Mark, Node, Style, Tags},
};

pub(super) const ENVIRONMENT_KEYS: [&str; 7] = [
    "applications",
    "description",
    "kind",
    "name",
    "networks",
    "packages",
    "region",
];
pub(super) const TEMPLATE_KEYS: [&str; 6] = [
    "applications",
    "description",
    "kind",
    "name",
    "packages",
    "public",
];
pub(super) const APPLICATION_KEYS: [&str; 4] = ["class", "package", "properties", "version"];
pub(super) const PACKAGE_KEYS: [&str; 3] = ["path", "repository", "version"];
pub(super) const NETWORK_KEYS: [&str; 4] = ["environment", "flat", "network", "subnetwork"];
pub(super) const OBJECT_KEYS: [&str; 3] = [notation::CLASS, notation::PACKAGE, notation::VERSION];

/// What is wrong, and where.
struct Fault {
    at: Mark,
    text: String,
}

type Outcome<T> = Result<T, Fault>;

fn fault<T>(at: Mark, text: impl Into<String>) -> Outcome<T> {
    let text = text.into();
    Err(Fault { at, text })
}

pub(super) fn documents(text: &str, variables: &Variables, folder: &Path) -> Result<Vec<Document>> {
    let told = |at: Mark, text: &str| Error::invalid(format!("line {}: {text}", at.line));
    let loaded =
        Documents::load(text, Tags::Dropped).map_err(|error| Error::invalid(error.to_string()))?;
    if let Some((key, at)) = loaded.repeated.first() {
        let key = crate::archive::quote(key);
        return Err(told(*at, &format!("the key {key} is there twice")));
    }
    let mut found: Vec<Document> = Vec::new();
    for node in loaded.nodes.iter().filter(|node| !node.is_null()) {
        let mut reader = Reader {
            variables,
            folder,
            references: Vec::new(),
        };
        let read = reader.document(node).and_then(|document| {
            reader.check_references(&document)?;
            let twice =
                |other: &Document| other.kind == document.kind && other.name == document.name;
            if found.iter().any(twice) {
                let (kind, name) = (document.kind.as_str(), &document.name);
                return fault(node.at, format!("{kind} \"{name}\" is described twice"));
            }
            Ok(document)
        });
        found.push(read.map_err(|fault| told(fault.at, &fault.text))?);
    }
    if found.is_empty() {
        return Err(Error::invalid("there is no document in it"));
    }
    Ok(found)
}

struct Reader<'a> {
    variables: &'a Variables,
    folder: &'a Path,
    /// What must lead to an object of the document.
    references: Vec<(String, Mark)>,
}

impl Reader<'_> {
    fn document(&mut self, node: &Node) -> Outcome<Document> {
        let entries = mapping(node, "a document")?;
        let kind = match node.get("kind") {
            None => Kind::Environment,
            Some(kind) => match self.text(kind)?.as_str() {
                "environment" => Kind::Environment,
                "template" => Kind::Template,
                other => {
                    return fault(
                        kind.at,
                        format!("there is no kind \"{other}\", use environment or template"),
                    );
                }
            },
        };
        match kind {
            Kind::Environment => known(entries, &ENVIRONMENT_KEYS)?,
            Kind::Template => known(entries, &TEMPLATE_KEYS)?,
        }
        let Some(name) = node.get("name") else {
            return fault(node.at, "the document has no name");
        };
        Ok(Document {
            kind,
            name: self.named(name)?,
            description: self.optional(node, "description")?,
            region: self.optional(node, "region")?,
            public: match node.get("public") {
                Some(public) => Some(self.boolean(public)?),
                None => None,
            },
            networks: match node.get("networks") {
                Some(networks) if !networks.is_null() => Some(self.networks(networks)?),
                _ => None,
            },
            packages: self.each(node, "packages", Self::package)?,
            applications: self.each(node, "applications", Self::application)?,
        })
    }

    /// The members of a mapping that may be missing or empty.
    fn each<T>(
        &mut self,
        node: &Node,
        key: &str,
        read: fn(&mut Self, &Entry) -> Outcome<T>,
    ) -> Outcome<Vec<T>> {
        match node.get(key) {
            Some(members) if !members.is_null() => {
                let entries = mapping(members, key)?;
                entries.iter().map(|entry| read(self, entry)).collect()
            }
            _ => Ok(Vec::new()),
        }
    }

    fn package(&mut self, entry: &Entry) -> Outcome<NeededPackage> {
        if !is_full_name(&entry.key) {
            let name = &entry.key;
            return fault(entry.at, format!("\"{name}\" is no full name of a package"));
        }
        let mut package = NeededPackage {
            name: entry.key.clone(),
            version: None,
            path: None,
            repository: None,
        };
        let node = &entry.value;
        if let Body::Mapping(entries) = &node.body {
            known(entries, &PACKAGE_KEYS)?;
            package.version = self.version(node.get("version"))?;
            package.path = self
                .optional(node, "path")?
                .map(|path| self.folder.join(path));
            let repository = self.optional(node, "repository")?;
            package.repository = repository.map(|place| self.place(place));
        } else {
            package.version = self.version(Some(node))?;
        }
        Ok(package)
    }

    /// A folder begins where the file is, a URL anywhere.
    fn place(&self, place: String) -> String {
        if place.contains("://") {
            return place;
        }
        self.folder.join(place).display().to_string()
    }

    fn application(&mut self, entry: &Entry) -> Outcome<Application> {
        if entry.key.trim().is_empty() {
            return fault(entry.at, "an application needs a name");
        }
        let node = &entry.value;
        known(mapping(node, "an application")?, &APPLICATION_KEYS)?;
        let Some(class) = node.get("class") else {
            let name = &entry.key;
            return fault(entry.at, format!("application \"{name}\" has no class"));
        };
        let properties = match node.get("properties") {
            Some(properties) if !properties.is_null() => {
                self.properties(mapping(properties, "properties")?, &[])?
            }
            _ => Map::new(),
        };
        Ok(Application {
            name: entry.key.clone(),
            class: self.class(class)?,
            version: self.version(node.get("version"))?,
            package: self.optional(node, "package")?,
            properties,
        })
    }

    fn networks(&mut self, node: &Node) -> Outcome<Networks> {
        known(mapping(node, "networks")?, &NETWORK_KEYS)?;
        if let Some(environment) = node.get("environment") {
            if let Some(other) = ["network", "subnetwork"]
                .iter()
                .find_map(|key| node.entry(key))
            {
                let key = &other.key;
                return fault(
                    other.at,
                    format!("{key} and environment exclude each other"),
                );
            }
            let object = self.value(environment)?;
            if notation::class(&object).is_none() {
                return fault(environment.at, "the network needs a $class");
            }
            let flat = node.get("flat").map(|flat| self.value(flat));
            return Ok(Networks::Object {
                environment: object,
                flat: flat.transpose()?.unwrap_or_default(),
            });
        }
        if let Some(flat) = node.entry("flat") {
            return fault(flat.at, "flat needs environment beside it");
        }
        let network = self.optional(node, "network")?;
        let subnetwork = self.optional(node, "subnetwork")?;
        if network.is_none() && subnetwork.is_none() {
            return fault(
                node.at,
                "name a network, a subnetwork or the object of the environment",
            );
        }
        Ok(Networks::Existing {
            network,
            subnetwork,
        })
    }

    /// Members of an object or a plain mapping; `own` are the keys with a meaning that it may have.
    fn properties(&mut self, entries: &[Entry], own: &[&str]) -> Outcome<Map<String, Value>> {
        let mut members = Map::new();
        for entry in entries {
            let key = entry.key.as_str();
            if key == "?" {
                return fault(
                    entry.at,
                    "\"?\" is the server's: use $class, $version and $package",
                );
            }
            if key.starts_with('$') && !key.starts_with("$$") && !own.contains(&key) {
                return fault(
                    entry.at,
                    format!("unknown key \"{key}\", a key of a property is written ${key}"),
                );
            }
            members.insert(entry.key.clone(), self.value(&entry.value)?);
        }
        Ok(members)
    }

    fn value(&mut self, node: &Node) -> Outcome<Value> {
        match &node.body {
            Body::Sequence(items) => items.iter().map(|item| self.value(item)).collect(),
            Body::Mapping(entries) if node.get(notation::REF).is_some() => {
                known(entries, &[notation::REF])?;
                let target = self.text(&entries[0].value)?;
                self.references.push((target.clone(), entries[0].value.at));
                Ok(notation::reference(&target))
            }
            Body::Mapping(entries) if node.get(notation::CLASS).is_some() => {
                let mut members = self.properties(entries, &OBJECT_KEYS)?;
                let class = node.get(notation::CLASS).map(|class| self.class(class));
                members.insert(notation::CLASS.to_owned(), class.transpose()?.into());
                for key in [notation::VERSION, notation::PACKAGE] {
                    let said = match key {
                        notation::VERSION => self.version(node.get(key))?,
                        _ => self.optional(node, key)?,
                    };
                    members.remove(key);
                    members.extend(said.map(|said| (key.to_owned(), said.into())));
                }
                Ok(Value::Object(members))
            }
            Body::Mapping(entries) => Ok(Value::Object(self.properties(entries, &[])?)),
            Body::Scalar { .. } => self.scalar(node),
        }
    }

    /// A scalar with its variables. One without quotes is read again when they are filled in, so that
    /// `${PORT}` can be a number.
    fn scalar(&self, node: &Node) -> Outcome<Value> {
        let Body::Scalar { text, value, style } = &node.body else {
            return fault(node.at, "a single value is wanted here");
        };
        let filled = self
            .variables
            .fill(text)
            .or_else(|why| fault(node.at, why))?;
        Ok(match filled {
            None => value.clone(),
            Some(Filled::Value(value)) => value,
            Some(Filled::Text(text)) if *style == Style::Plain => {
                // As a file would have it; but `0123` and `yes` are texts of somebody, not 83 and true.
                let again: Option<Value> = serde_json::from_str(&text).ok();
                let is_said = |value: &Value| value.is_number() || value.is_boolean();
                again.filter(is_said).unwrap_or(text.into())
            }
            Some(Filled::Text(text)) => text.into(),
        })
    }

    fn text(&self, node: &Node) -> Outcome<String> {
        let Body::Scalar { text, .. } = &node.body else {
            return fault(node.at, "a text is wanted here");
        };
        let has_variables = text.contains("${");
        match self.scalar(node)? {
            // 1.10 is a version, not a number.
            Value::Number(_) | Value::Bool(_) if !has_variables => Ok(text.clone()),
            Value::String(text) => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            _ => fault(node.at, "a text is wanted here"),
        }
    }

    fn named(&self, node: &Node) -> Outcome<String> {
        let name = self.text(node)?;
        if name.trim().is_empty() {
            return fault(node.at, "the name is empty");
        }
        Ok(name)
    }

    fn class(&self, node: &Node) -> Outcome<String> {
        let class = self.named(node)?;
        if class.contains(['/', '@']) {
            return fault(
                node.at,
                "the class is a full name alone: version and package have keys of their own",
            );
        }
        Ok(class)
    }

    fn version(&self, node: Option<&Node>) -> Outcome<Option<String>> {
        let Some(node) = node.filter(|node| !node.is_null()) else {
            return Ok(None);
        };
        let version = self.text(node)?;
        match requirement::fault(&version) {
            Some(why) => fault(node.at, format!("version \"{version}\": {why}")),
            None => Ok(Some(version).filter(|version| !version.trim().is_empty())),
        }
    }

    fn boolean(&self, node: &Node) -> Outcome<bool> {
        match self.scalar(node)? {
            Value::Bool(value) => Ok(value),
            _ => fault(node.at, "true or false is wanted here"),
        }
    }

    fn optional(&self, node: &Node, key: &str) -> Outcome<Option<String>> {
        let value = node.get(key).filter(|value| !value.is_null());
        value.map(|value| self.text(value)).transpose()
    }

    fn check_references(&self, document: &Document) -> Outcome<()> {
        for (target, at) in &self.references {
            if !notation::leads_to_object(document, target) {
                return fault(*at, format!("$ref leads to no object: \"{target}\""));
            }
        }
        Ok(())
    }
}

fn mapping<'a>(node: &'a Node, what: &str) -> Outcome<&'a [Entry]> {
    match &node.body {
        Body::Mapping(entries) => Ok(entries),
        _ => fault(node.at, format!("{what} must be a mapping")),
    }
}

fn known(entries: &[Entry], keys: &[&str]) -> Outcome<()> {
    match entries
        .iter()
        .find(|entry| !keys.contains(&entry.key.as_str()))
    {
        None => Ok(()),
        Some(other) => {
            let (key, keys) = (&other.key, keys.join(", "));
            fault(other.at, format!("unknown key \"{key}\", there are {keys}"))
        }
    }
}
