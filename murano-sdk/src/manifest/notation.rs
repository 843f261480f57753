//! How objects and references are written in documents.

use serde_json::{Map, Value, json};

use super::{Application, Document};
use crate::model;

/// Key of an object's class.
pub(super) const CLASS: &str = "$class";
/// Key of the versions of the package with the class.
pub(super) const VERSION: &str = "$version";
/// Key of the package with the class.
pub(super) const PACKAGE: &str = "$package";
/// Key of a reference.
pub(super) const REF: &str = "$ref";

/// An object as the document has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec<'a> {
    pub(super) class: &'a str,
    pub(super) version: Option<&'a str>,
    pub(super) package: Option<&'a str>,
    pub(super) properties: &'a Map<String, Value>,
}

impl<'a> Spec<'a> {
    pub(super) fn of_application(application: &'a Application) -> Self {
        Self {
            class: &application.class,
            version: application.version.as_deref(),
            package: application.package.as_deref(),
            properties: &application.properties,
        }
    }

    /// The object that a value is, if it is one.
    pub(super) fn of_value(value: &'a Value) -> Option<Self> {
        let text = |key| value.get(key).and_then(Value::as_str);
        Some(Self {
            class: class(value)?,
            version: text(VERSION),
            package: text(PACKAGE),
            properties: value.as_object()?,
        })
    }

    /// Its properties by their real names.
    pub(super) fn members(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        members(self.properties)
    }
}

/// The members of a mapping without those that have a meaning, by their real names.
pub(super) fn members(map: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let own = |key: &str| [CLASS, VERSION, PACKAGE].contains(&key);
    map.iter()
        .filter(move |(key, _)| !own(key))
        .map(|(key, value)| (unescaped(key), value))
}

/// `$$name` is the key `$name`.
fn unescaped(key: &str) -> &str {
    if key.starts_with("$$") {
        &key[1..]
    } else {
        key
    }
}

/// A real name as a key of a document.
pub(super) fn escaped(key: &str) -> String {
    if key.starts_with('$') {
        format!("${key}")
    } else {
        key.to_owned()
    }
}

pub(super) fn class(value: &Value) -> Option<&str> {
    value.get(CLASS)?.as_str()
}

pub(super) fn target(value: &Value) -> Option<&str> {
    value.get(REF)?.as_str()
}

pub(super) fn reference(target: &str) -> Value {
    json!({ REF: target })
}

/// The place of a member below another place, as references write it: JSON Pointer's way.
pub(super) fn below(place: &str, member: &str) -> String {
    format!("{place}/{}", segment(member))
}

/// One segment of a place.
pub(super) fn segment(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Whether a reference leads to an application or an object inside of one.
pub(super) fn leads_to_object(document: &Document, target: &str) -> bool {
    let mut segments = target.split('/').map(unsegmented);
    let name = segments.next().unwrap_or_default();
    let found = document.applications.iter().find(|app| app.name == name);
    let Some(application) = found else {
        return false;
    };
    let mut members = Some(&application.properties);
    let mut place: Option<&Value> = None;
    for segment in segments {
        place = match (members, place.and_then(Value::as_array)) {
            (Some(members), _) => members.get(&escaped(&segment)),
            (None, Some(items)) => segment.parse().ok().and_then(|at: usize| items.get(at)),
            (None, None) => None,
        };
        let Some(place) = place else {
            return false;
        };
        members = place.as_object();
    }
    place.is_none_or(|value| class(value).is_some())
}

fn unsegmented(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// A type as the engine writes it: class, version, package.
pub(super) fn parts(object: &Value) -> (Option<&str>, Option<&str>, Option<&str>) {
    let kind = object
        .pointer("/?/type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (rest, package) = match kind.split_once('@') {
        Some((rest, package)) => (rest, Some(package)),
        None => (kind, None),
    };
    let version = rest.split_once('/').map(|(_, version)| version);
    let package = package.or_else(|| object.pointer("/?/package").and_then(Value::as_str));
    (model::object_class(object), version, package)
}

/// Whether the engine would take two values of a property for the same: it turns numbers into texts and
/// back as a class wants them, and fills in what is null.
pub(super) fn alike(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let missing = Value::Null;
            let keys = left.keys().chain(right.keys());
            keys.into_iter().all(|key| {
                let of = |map: &'_ Map<String, Value>| map.get(key).cloned();
                let (left, right) = (of(left), of(right));
                alike(
                    left.as_ref().unwrap_or(&missing),
                    right.as_ref().unwrap_or(&missing),
                )
            })
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| alike(left, right))
        }
        (Value::Null, other) | (other, Value::Null) => is_nothing(other),
        (Value::String(text), other) | (other, Value::String(text)) => same_text(text, other),
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64()
        }
        (left, right) => left == right,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_nothing),
        _ => false,
    }
}

fn same_text(text: &str, value: &Value) -> bool {
    match value {
        Value::String(other) => text == other,
        Value::Number(number) => number.to_string() == text,
        Value::Bool(value) => text.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
        _ => false,
    }
}
