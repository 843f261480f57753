//! What a place in an object model takes.

use serde_json::Value;

use super::Schema;

/// What is known of a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'a> {
    /// An object of a class; with the name of the class.
    Class(&'a str, &'a Schema),
    /// A value by a JSON schema.
    Value(&'a Value),
    /// Nothing.
    Free,
}

/// Why a place has no part of this name.
#[derive(Debug)]
pub(super) enum NoStep {
    /// Others are declared: by whom, and which.
    Undeclared(Option<String>, Vec<String>),
    /// It has no parts.
    Scalar,
    /// Its parts have numbers.
    List,
}

impl Shape<'_> {
    /// What the part of this name takes.
    pub(super) fn step(self, name: &str) -> Result<Self, NoStep> {
        match self {
            Self::Class(_, _) if name == "?" => Ok(Self::Free),
            Self::Class(class, schema) => {
                let undeclared = || {
                    let known = schema.properties.keys().cloned().collect();
                    NoStep::Undeclared(Some(class.to_owned()), known)
                };
                let property = schema.properties.get(name).ok_or_else(undeclared)?;
                Ok(Self::Value(&property.0))
            }
            Self::Value(schema) => step_into(schema, name),
            Self::Free => Ok(Self::Free),
        }
    }
}

fn step_into<'a>(schema: &'a Value, name: &str) -> Result<Shape<'a>, NoStep> {
    let types = types(schema);
    if types.is_empty() {
        return Ok(Shape::Free);
    }
    if types.contains(&"array") {
        let number: usize = name.parse().map_err(|_| NoStep::List)?;
        return Ok(item(schema, number));
    }
    if !types.contains(&"object") {
        return Err(NoStep::Scalar);
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    if let Some(found) = properties.and_then(|properties| properties.get(name)) {
        return Ok(Shape::Value(found));
    }
    match schema.get("additionalProperties") {
        Some(Value::Bool(false)) => {
            let known = properties.map(|known| known.keys().cloned().collect());
            Err(NoStep::Undeclared(None, known.unwrap_or_default()))
        }
        Some(rest @ Value::Object(_)) => Ok(Shape::Value(rest)),
        _ => Ok(Shape::Free),
    }
}

/// What the element of this number of a list takes.
pub(super) fn item(schema: &Value, number: usize) -> Shape<'_> {
    let found = match schema.get("items") {
        Some(Value::Array(items)) => items.get(number).or(schema.get("additionalItems")),
        other => other,
    };
    match found {
        Some(found @ Value::Object(_)) => Shape::Value(found),
        _ => Shape::Free,
    }
}

impl NoStep {
    /// The whole sentence, for the place at `path`, which is empty for the application itself.
    pub(super) fn worded(self, path: &str, name: &str) -> String {
        match self {
            Self::Undeclared(class, known) => {
                let place = match (class, path) {
                    (Some(class), "") => class,
                    (Some(class), path) => format!("`{path}`, of class {class},"),
                    (None, path) => format!("`{path}`"),
                };
                let advice = match (nearest(name, &known), known.as_slice()) {
                    (Some(near), _) => format!("did you mean `{near}`?"),
                    (None, []) => "it has none".to_owned(),
                    (None, known) => format!("it has {}", known.join(", ")),
                };
                format!("{place} has no property `{name}`: {advice}")
            }
            Self::Scalar => format!("`{path}.{name}` goes through `{path}`, which is no object"),
            Self::List => {
                format!("`{path}` is a list, whose elements have numbers: `{name}` is none")
            }
        }
    }
}

/// The types of a JSON schema.
pub(super) fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a text is the name of a class rather than the id of an object: ids have no dots.
pub(super) fn is_class(text: &str) -> bool {
    let is_name = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part
                .chars()
                .all(|next| next.is_ascii_alphanumeric() || next == '_')
    };
    text.contains('.') && text.split('.').all(is_name)
}

/// The name that was most likely meant, if one is near enough.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let far = name.chars().count() / 3 + 1;
    // Of two that are as near, people get the first letter right.
    let begins = |known: &str| known.chars().next() == name.chars().next();
    let distances = known
        .iter()
        .map(|known| (distance(name, known), !begins(known), known.as_str()));
    let (distance, _, found) = distances.min()?;
    (distance <= far).then_some(found)
}

/// How many letters are to be added, removed or replaced, whatever their case.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.to_lowercase().chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], above + 1);
        for (at, other) in other.iter().enumerate() {
            let replaced = corner + usize::from(letter != *other);
            corner = row[at + 1];
            row[at + 1] = replaced.min(corner + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_if_it_is_near() {
        let known = ["flavor", "image", "name"].map(str::to_owned);
        for (name, meant) in [
            ("flavour", Some("flavor")),
            ("Image", Some("image")),
            ("nmae", Some("name")),
            ("password", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn classes_are_told_from_ids() {
        assert!(is_class("io.murano.resources.LinuxMuranoInstance"));
        for id in ["2c9a8f4e", "m1.1", "a b.c", "Greeter", ".a", "a..b", ""] {
            assert!(!is_class(id), "{id}");
        }
    }
}
