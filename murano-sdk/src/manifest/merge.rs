//! The applications of a document put over those that are there: which is which, and what changes.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::{
    Document, export,
    notation::{self, Spec},
};
use crate::{
    archive::requirement,
    error::{Candidate, Error, ErrorKind, Result},
    id::fresh_id,
    model::{object_class, object_id, object_ids, without_status},
};

/// Applications as they are to be.
pub(super) struct Merged {
    pub(super) services: Vec<Value>,
    /// Names of the document by id.
    pub(super) names: HashMap<String, String>,
}

/// What the applications are to be, where those that the document does not name stay unless `prune` is
/// said.
pub(super) fn merge(document: &Document, current: &[Value], prune: bool) -> Result<Merged> {
    let found = found(document, current)?;
    let mut places = Places::default();
    for (application, deployed) in document.applications.iter().zip(&found) {
        let spec = Spec::of_application(application);
        places.assign(spec, notation::segment(&application.name), *deployed);
    }
    let mut names = HashMap::new();
    let (mut in_place, mut new) = (HashMap::new(), Vec::new());
    for (application, deployed) in document.applications.iter().zip(&found) {
        let spec = Spec::of_application(application);
        let built = places.application(spec, &application.name);
        if let Some(id) = object_id(&built) {
            names.insert(id.to_owned(), application.name.clone());
        }
        match deployed {
            Some(old) => drop(in_place.insert(std::ptr::from_ref(*old), built)),
            None => new.push(built),
        }
    }
    let mut services = Vec::new();
    for old in current {
        let built = in_place.remove(&std::ptr::from_ref(old));
        let kept = || (!prune).then(|| without_status(old.clone()));
        services.extend(built.or_else(kept));
    }
    services.append(&mut new);
    check_references(current, &services)?;
    Ok(Merged { services, names })
}

/// The application of each one of the document, where it is there.
fn found<'a>(document: &Document, current: &'a [Value]) -> Result<Vec<Option<&'a Value>>> {
    let mut taken = HashSet::new();
    let mut found = Vec::new();
    for application in &document.applications {
        let one = identify(&application.name, &application.class, current)?;
        if let Some(old) = one
            && !taken.insert(std::ptr::from_ref(old))
        {
            let name = &application.name;
            let id = object_id(old).unwrap_or("one without an id");
            let text =
                format!("application \"{name}\" is {id}, and so is another one of the document");
            return Err(Error::new(ErrorKind::Conflict, text));
        }
        found.push(one);
    }
    Ok(found)
}

/// The application of a name: by its id, by the name it carries, else by what people know it by.
fn identify<'a>(name: &str, class: &str, current: &'a [Value]) -> Result<Option<&'a Value>> {
    if let Some(same) = current.iter().find(|app| object_id(app) == Some(name)) {
        return Ok(Some(same));
    }
    let is_class = |app: &&&Value| object_class(app) == Some(class);
    let named = current
        .iter()
        .filter(|app| export::carried_name(app) == Some(name));
    let named: Vec<&Value> = named.collect();
    match named.as_slice() {
        [] => {}
        [only] => return Ok(Some(only)),
        several => {
            let mut of_class = several.iter().filter(is_class);
            if let (Some(only), None) = (of_class.next(), of_class.next()) {
                return Ok(Some(only));
            }
            let label = |app: &&Value| {
                let id = object_id(app).unwrap_or_default();
                Candidate::new(id, object_class(app).unwrap_or_default())
            };
            let candidates = several.iter().map(label).collect();
            return Err(Error::ambiguous("application", name, candidates));
        }
    }
    let known = current
        .iter()
        .filter(|app| export::other_name(app) == Some(name));
    let known: Vec<&Value> = known.collect();
    let mut of_class = known.iter().filter(is_class);
    Ok(match (of_class.next(), of_class.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    })
}

/// What goes must not be referred to by what stays: the engine would refuse the whole model.
fn check_references(before: &[Value], after: &[Value]) -> Result<()> {
    let stays: HashSet<&str> = after.iter().flat_map(object_ids).collect();
    for old in before {
        for id in object_ids(old).into_iter().filter(|id| !stays.contains(id)) {
            if let Some(user) = after.iter().find(|app| mentions(app, id)) {
                let name = |app| export::any_name(app).to_owned();
                let (old, user) = (name(old), name(user));
                let text = format!(
                    "\"{old}\" or a part of it would be removed, but \"{user}\" refers to it"
                );
                return Err(Error::new(ErrorKind::Conflict, text));
            }
        }
    }
    Ok(())
}

fn mentions(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text == id,
        Value::Array(items) => items.iter().any(|item| mentions(item, id)),
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| *key != "?")
            .any(|(_, value)| mentions(value, id)),
        _ => false,
    }
}

/// The objects of a document by their places in it.
#[derive(Default)]
pub(super) struct Places<'a> {
    ids: HashMap<String, String>,
    deployed: HashMap<String, &'a Value>,
    /// The places that the document refers to.
    targets: HashSet<String>,
}

impl<'a> Places<'a> {
    /// Finds out which object is which, before references are written.
    pub(super) fn assign(&mut self, spec: Spec<'_>, place: String, deployed: Option<&'a Value>) {
        // An object cannot change its class: this will be another one.
        let deployed = deployed.filter(|object| object_class(object) == Some(spec.class));
        let id = deployed
            .and_then(object_id)
            .map_or_else(fresh_id, str::to_owned);
        for (key, value) in spec.members() {
            let member = deployed.and_then(|object| object.get(key));
            self.assign_value(value, notation::below(&place, key), member);
        }
        self.deployed
            .extend(deployed.map(|object| (place.clone(), object)));
        self.ids.insert(place, id);
    }

    fn assign_value(&mut self, value: &Value, place: String, deployed: Option<&'a Value>) {
        if let Some(spec) = Spec::of_value(value) {
            return self.assign(spec, place, deployed);
        }
        if let Some(target) = notation::target(value) {
            self.targets.insert(target.to_owned());
            return;
        }
        match value {
            Value::Array(items) => {
                let there = deployed
                    .and_then(Value::as_array)
                    .map_or(&[][..], Vec::as_slice);
                let pairs = pair(items, there);
                for (index, (item, pair)) in items.iter().zip(pairs).enumerate() {
                    self.assign_value(item, notation::below(&place, &index.to_string()), pair);
                }
            }
            Value::Object(members) => {
                for (key, value) in notation::members(members) {
                    let member = deployed.and_then(|object| object.get(key));
                    self.assign_value(value, notation::below(&place, key), member);
                }
            }
            _ => {}
        }
    }

    fn application(&self, spec: Spec<'_>, name: &str) -> Value {
        let place = notation::segment(name);
        let mut built = self.object(spec, &place);
        let is_same = self
            .deployed
            .get(&place)
            .is_some_and(|old| without_status((*old).clone()) == built);
        let has_name = export::carried_name(&built).is_some() || object_id(&built) == Some(name);
        if !is_same && !has_name {
            built["?"]["name"] = name.into();
        }
        built
    }

    /// An object as it is to be: the one that is there with what differs, or a new one.
    pub(super) fn object(&self, spec: Spec<'_>, place: &str) -> Value {
        let mut object = match self.deployed.get(place) {
            Some(old) => without_status((*old).clone()),
            None => json!({ "?": { "id": self.ids.get(place), "type": spec.class } }),
        };
        // One that was sent without an id gets one where the document refers to it.
        if self.targets.contains(place)
            && object_id(&object).is_none()
            && let (Some(Value::Object(system)), Some(id)) =
                (object.get_mut("?"), self.ids.get(place))
        {
            system.insert("id".to_owned(), id.as_str().into());
        }
        let is_new = !self.deployed.contains_key(place);
        if is_new || has_other_type(&object, spec) {
            write_type(&mut object, spec);
        }
        for (key, value) in spec.members() {
            let wanted = self.value(value, &notation::below(place, key));
            let same = object
                .get(key)
                .is_some_and(|there| notation::alike(there, &wanted));
            let is_nothing = object.get(key).is_none() && wanted.is_null();
            if !same && !is_nothing {
                object[key] = wanted;
            }
        }
        object
    }

    fn value(&self, value: &Value, place: &str) -> Value {
        if let Some(target) = notation::target(value) {
            return self
                .ids
                .get(target)
                .map_or(Value::Null, |id| id.as_str().into());
        }
        if let Some(spec) = Spec::of_value(value) {
            return self.object(spec, place);
        }
        match value {
            Value::Array(items) => {
                let item = |(at, item): (usize, _)| {
                    self.value(item, &notation::below(place, &at.to_string()))
                };
                items.iter().enumerate().map(item).collect()
            }
            Value::Object(map) => {
                let member = |(key, value): (&str, _)| {
                    (
                        key.to_owned(),
                        self.value(value, &notation::below(place, key)),
                    )
                };
                Value::Object(notation::members(map).map(member).collect())
            }
            other => other.clone(),
        }
    }
}

/// Which of the objects of a list each item is: one that is the same already, one of the same name, the
/// one at the same position; each only once, and of the same class.
fn pair<'a>(items: &[Value], there: &'a [Value]) -> Vec<Option<&'a Value>> {
    type Fits = fn(Spec<'_>, &Value, bool) -> bool;
    let rounds: [Fits; 3] = [
        |spec, object, _| spec.properties.get("name").is_some() && has_same_name(spec, object),
        |spec, object, _| has_same_values(spec, object),
        |_, _, same_position| same_position,
    ];
    let mut pairs: Vec<Option<&Value>> = vec![None; items.len()];
    let mut taken = vec![false; there.len()];
    for fits in rounds {
        for (index, item) in items.iter().enumerate() {
            let Some(spec) = Spec::of_value(item).filter(|_| pairs[index].is_none()) else {
                continue;
            };
            let found = there.iter().enumerate().position(|(at, object)| {
                let is_class = object_class(object) == Some(spec.class);
                !taken[at] && is_class && fits(spec, object, at == index)
            });
            if let Some(at) = found {
                taken[at] = true;
                pairs[index] = Some(&there[at]);
            }
        }
    }
    // What is no object may have objects inside.
    for (index, item) in items.iter().enumerate() {
        if Spec::of_value(item).is_none() {
            pairs[index] = there.get(index);
        }
    }
    pairs
}

fn has_same_name(spec: Spec<'_>, object: &Value) -> bool {
    spec.properties.get("name") == object.get("name")
}

fn has_same_values(spec: Spec<'_>, object: &Value) -> bool {
    spec.members().all(|(key, value)| {
        let is_plain = !value.is_object() && !value.is_array();
        !is_plain || notation::alike(value, object.get(key).unwrap_or(&Value::Null))
    })
}

fn has_other_type(object: &Value, spec: Spec<'_>) -> bool {
    let (_, version, package) = notation::parts(object);
    let said = object.pointer("/?/classVersion").and_then(Value::as_str);
    let other_version = spec.version.is_some_and(|range| match version {
        Some(version) => !requirement::fits(range, version),
        None => said != Some(range),
    });
    let other_package =
        matches!((spec.package, package), (Some(wanted), Some(there)) if wanted != there);
    other_version || other_package
}

fn write_type(object: &mut Value, spec: Spec<'_>) {
    let (_, _, package) = notation::parts(object);
    let package = spec.package.or(package).map(str::to_owned);
    if let Some(Value::Object(system)) = object.get_mut("?") {
        system.insert("type".to_owned(), spec.class.into());
        put(system, "classVersion", spec.version);
        put(system, "package", package.as_deref());
    }
}

fn put(system: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    match value {
        Some(value) => drop(system.insert(key.to_owned(), value.into())),
        None => drop(system.remove(key)),
    }
}
