//! Values of the variables in documents: `${NAME}` and `${NAME:-default}`.

use std::{collections::HashMap, fmt, path::Path};

use serde_json::Value;

use crate::{
    error::{Error, Result},
    yaml,
};

/// Values for the variables of a document; what is said last counts.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let place = tempfile::tempdir()?;
/// # let file = place.path().join("values.yaml");
/// use murano_sdk::manifest::{Document, Variables};
///
/// std::fs::write(&file, "SIZE: 3\nNAME: shop\n")?;
/// let values = Variables::new().all([("NAME".to_owned(), "till".to_owned())]).file(&file)?.set("NAME", "desk");
/// let text = "name: $NAME ${NAME} $${NAME}\napplications: {a: {class: A, properties: {size: '${SIZE}'}}}";
/// let document = &Document::parse(text, &values)?[0];
/// assert_eq!(document.name, "$NAME desk ${NAME}");
/// assert_eq!(document.applications[0].properties["size"], 3);
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Variables {
    values: HashMap<String, Value>,
}

/// Passwords come this way: only the names are shown.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Variables {
    /// No variable has a value.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of one.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// The values of several, such as those of the process's environment.
    pub fn all(mut self, values: impl IntoIterator<Item = (String, String)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name, value.into()));
        self.values.extend(values);
        self
    }

    /// The values in a file: one mapping in YAML or JSON, of names to whatever a property can have.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) where it cannot be read;
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where it is something else.
    pub fn file(mut self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?;
        let told = |why: &dyn fmt::Display| Error::invalid(format!("{}: {why}", path.display()));
        match yaml::load(&text).map_err(|error| told(&error))? {
            Value::Object(members) => self.values.extend(members),
            Value::Null => {}
            _ => return Err(told(&"values are a mapping of names to values")),
        }
        Ok(self)
    }

    /// A text with its variables filled in. `None` where it has none.
    pub(super) fn fill(&self, text: &str) -> Result<Option<Filled>, String> {
        if !text.contains("${") {
            return Ok(None);
        }
        if let Some(inner) = whole(text) {
            let (name, default) = parts(inner)?;
            if let Some(value) = self.lookup(name, default)? {
                return Ok(Some(match value {
                    Value::String(text) => Filled::Text(text),
                    other => Filled::Value(other),
                }));
            }
        }
        let mut filled = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, behind) = rest.split_at(at);
            if let Some(before) = before.strip_suffix('$') {
                filled.push_str(before);
                filled.push_str("${");
                rest = &behind[2..];
                continue;
            }
            filled.push_str(before);
            let end = behind.find('}').ok_or("`${` without `}`")?;
            let (name, default) = parts(&behind[2..end])?;
            match self.lookup(name, default)? {
                Some(Value::String(value)) => filled.push_str(&value),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => filled += &value.to_string(),
                _ => return Err(format!("variable {name} is no text, it must stand alone")),
            }
            rest = &behind[end + 1..];
        }
        filled.push_str(rest);
        Ok(Some(Filled::Text(filled)))
    }

    fn lookup(&self, name: &str, default: Option<&str>) -> Result<Option<Value>, String> {
        let is_empty = |value: &Value| value.as_str() == Some("");
        match (self.values.get(name), default) {
            (Some(value), None) => Ok(Some(value.clone())),
            (Some(value), Some(_)) if !is_empty(value) => Ok(Some(value.clone())),
            (_, Some(default)) => Ok(Some(default.into())),
            (None, None) => Err(format!("variable {name} has no value")),
        }
    }
}

/// A text whose variables were filled in.
pub(super) enum Filled {
    Text(String),
    /// What a variable that stands alone has that is no text.
    Value(Value),
}

/// What is between the braces of a text that is one variable.
fn whole(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    (!inner.contains(['{', '}'])).then_some(inner)
}

/// Name and default of what stands between the braces.
fn parts(inner: &str) -> Result<(&str, Option<&str>), String> {
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !first || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(
            "a variable is ${NAME} or ${NAME:-default}, and $${ stands for ${ itself".to_owned(),
        );
    }
    Ok((name, default))
}

/// A text in which nothing is a variable.
pub(super) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(text: &str) -> Result<Value, String> {
        let values = Variables::new().set("A", "x").set("N", 5).set("E", "");
        let values = values.set("L", json!([1]));
        Ok(match values.fill(text)? {
            None => Value::Null,
            Some(Filled::Text(text)) => text.into(),
            Some(Filled::Value(value)) => value,
        })
    }

    #[test]
    fn variables_are_filled_in() {
        for (text, expected) in [
            ("plain $A", json!(null)),
            ("${A}", json!("x")),
            ("a${A}b${N}", json!("axb5")),
            ("${N}", json!(5)),
            ("${L}", json!([1])),
            ("${E:-d}${Z:-}", json!("d")),
            ("${E}", json!("")),
            ("$${A}", json!("${A}")),
            ("$$${A}", json!("$${A}")),
        ] {
            assert_eq!(filled(text).unwrap(), expected, "{text}");
        }
        for (text, why) in [
            ("${Z}", "variable Z has no value"),
            ("${A", "without `}`"),
            ("${}", "a variable is"),
            ("${A B}", "a variable is"),
            ("a${L}", "it must stand alone"),
        ] {
            assert!(filled(text).unwrap_err().contains(why), "{text}");
        }
    }

    #[test]
    fn what_is_escaped_comes_back() {
        for text in ["${A}", "$${A}", "a$${", "$", "$$"] {
            let back = filled(&escaped(text)).unwrap();
            assert_eq!(back.as_str().unwrap_or(text), text);
        }
    }

    #[test]
    fn values_are_not_told() {
        let values = Variables::new().set("PASSWORD", "swordfish");
        assert_eq!(format!("{values:?}"), r#"{"PASSWORD"}"#);
    }
}
