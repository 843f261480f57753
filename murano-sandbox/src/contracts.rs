//! Contracts of properties and arguments, as far as their shape can be read without evaluating anything.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::classes::Names;
use crate::json::{Object, python_repr};
use crate::yaml::Yaml;

/// What a value must look like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Contract {
    /// Nothing is known, everything goes.
    Any,
    /// Text, number or flag.
    Scalar {
        kind: Kind,
        not_null: bool,
        limits: Object,
    },
    /// A reference to an object of a class.
    Object {
        class: String,
        not_null: bool,
        /// What the schema says beside that: whose it is, and what it leaves out.
        #[serde(default)]
        marks: Object,
    },
    List(Box<Contract>),
    Map {
        members: Vec<(String, Contract)>,
        rest: Option<Box<Contract>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Text,
    Whole,
    Flag,
    Whatever,
}

impl Contract {
    /// Reads a contract as it stands in a class file.
    pub(crate) fn read(node: &Yaml, names: &Names) -> Self {
        match node {
            Yaml::Text { text, .. } => expression(text, names),
            Yaml::List(items) => {
                // Numbers behind the first element limit the length.
                let item = items
                    .first()
                    .map_or(Self::Any, |item| Self::read(item, names));
                Self::List(Box::new(item))
            }
            Yaml::Map(entries) => {
                let mut members = Vec::new();
                let mut rest = None;
                for (key, value) in entries {
                    match key.text() {
                        Some(key) if key.starts_with('$') => {
                            rest = Some(Box::new(Self::read(value, names)));
                        }
                        _ => members
                            .push((key.scalar().unwrap_or_default(), Self::read(value, names))),
                    }
                }
                Self::Map { members, rest }
            }
            _ => Self::Any,
        }
    }

    fn is_nullable(&self) -> bool {
        matches!(
            self,
            Self::Scalar {
                not_null: false,
                ..
            } | Self::Object {
                not_null: false,
                ..
            }
        )
    }

    /// The contract as a JSON schema.
    pub(crate) fn schema(&self) -> Value {
        let with_null = |kind: &str| {
            if self.is_nullable() {
                json!([kind, "null"])
            } else {
                json!(kind)
            }
        };
        match self {
            Self::Any => json!({}),
            Self::Scalar { kind, limits, .. } => {
                let mut schema = Object::new();
                match kind {
                    Kind::Text => drop(schema.insert("type".into(), with_null("string"))),
                    Kind::Whole => drop(schema.insert("type".into(), with_null("integer"))),
                    Kind::Flag => drop(schema.insert("type".into(), with_null("boolean"))),
                    Kind::Whatever => {}
                }
                schema.extend(limits.clone());
                schema.into()
            }
            Self::Object { class, marks, .. } => {
                let mut schema = Object::new();
                schema.insert("type".to_owned(), with_null("muranoObject"));
                schema.insert("muranoType".to_owned(), class.as_str().into());
                schema.extend(marks.clone());
                schema.into()
            }
            Self::List(item) => json!({"type": "array", "items": item.schema()}),
            Self::Map { members, rest } => {
                let properties: Object = members
                    .iter()
                    .map(|(name, contract)| (name.clone(), contract.schema()))
                    .collect();
                let rest = rest
                    .as_ref()
                    .map_or(Value::from(false), |rest| rest.schema());
                json!({"type": "object", "properties": properties, "additionalProperties": rest})
            }
        }
    }

    /// The value as the engine would keep it, or what the engine says about it.
    pub(crate) fn accept(&self, value: &Value) -> Result<Value, String> {
        match self {
            Self::Scalar {
                kind,
                not_null,
                limits,
            } => {
                let value = scalar(*kind, *not_null, value)?;
                if fits(limits, &value) {
                    Ok(value)
                } else {
                    Err(no_match(&value))
                }
            }
            Self::Object { not_null: true, .. } if value.is_null() => Err(null_refused()),
            Self::Any | Self::Object { .. } => Ok(value.clone()),
            Self::List(item) => {
                let items = match value {
                    Value::Null => return Ok(json!([])),
                    Value::Array(items) => items.clone(),
                    // A single value stands for a list of one.
                    other => vec![other.clone()],
                };
                items.iter().map(|value| item.accept(value)).collect()
            }
            Self::Map { members, rest } => map(members, rest.as_deref(), value),
        }
    }
}

fn no_match(value: &Value) -> String {
    format!("Value {} doesn't match predicate", python_repr(value))
}

/// Whether a value is within the limits that were read from the predicate.
fn fits(limits: &Object, value: &Value) -> bool {
    if let Some(Value::Array(choices)) = limits.get("enum")
        && !choices.contains(value)
    {
        return false;
    }
    let Some(number) = value.as_i64() else {
        return true;
    };
    let bound = |key: &str| limits.get(key).and_then(Value::as_i64);
    let closed = |key: &str| limits.get(key) != Some(&Value::Bool(true));
    let low = bound("minimum")
        .is_none_or(|low| number > low || (number == low && closed("exclusiveMinimum")));
    let high = bound("maximum")
        .is_none_or(|high| number < high || (number == high && closed("exclusiveMaximum")));
    low && high
}

fn null_refused() -> String {
    "null value violates notNull() contract".to_owned()
}

fn scalar(kind: Kind, not_null: bool, value: &Value) -> Result<Value, String> {
    if value.is_null() {
        return if not_null {
            Err(null_refused())
        } else {
            Ok(Value::Null)
        };
    }
    let wrong = |call: &str| format!("Value {} violates {call} contract", python_repr(value));
    match (kind, value) {
        (Kind::Text, Value::String(_)) | (Kind::Whatever, _) => Ok(value.clone()),
        (Kind::Text, Value::Number(number)) => Ok(number.to_string().into()),
        (Kind::Text, Value::Bool(_)) => Ok(python_repr(value).into()),
        (Kind::Text, _) => Err(wrong("string()")),
        (Kind::Whole, Value::Number(number)) if number.is_i64() || number.is_u64() => {
            Ok(value.clone())
        }
        (Kind::Whole, Value::String(text)) => text
            .trim()
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| wrong("int()")),
        (Kind::Whole, Value::Bool(flag)) => Ok(i64::from(*flag).into()),
        (Kind::Whole, _) => Err(wrong("int()")),
        (Kind::Flag, _) => Ok(crate::json::truthy(value).into()),
    }
}

fn map(
    members: &[(String, Contract)],
    rest: Option<&Contract>,
    value: &Value,
) -> Result<Value, String> {
    let empty = Object::new();
    let given = match value {
        Value::Null => &empty,
        Value::Object(given) => given,
        other => {
            return Err(format!(
                "Value {} is not of a dictionary type",
                python_repr(other)
            ));
        }
    };
    let mut kept = Object::new();
    for (name, contract) in members {
        kept.insert(
            name.clone(),
            contract.accept(given.get(name).unwrap_or(&Value::Null))?,
        );
    }
    for (name, value) in given
        .iter()
        .filter(|(name, _)| !members.iter().any(|(own, _)| own == *name))
    {
        if let Some(contract) = rest {
            kept.insert(name.clone(), contract.accept(value)?);
        }
    }
    Ok(kept.into())
}

/// Reads a chain such as `$.int().notNull().check($ > 3)`.
fn expression(text: &str, names: &Names) -> Contract {
    let calls = calls(text);
    let not_null = calls.iter().any(|(name, _)| *name == "notNull");
    for (name, argument) in &calls {
        let kind = match *name {
            "string" => Kind::Text,
            "int" => Kind::Whole,
            "bool" => Kind::Flag,
            "class" | "template" | "owned" => {
                let class = argument.split(',').next().unwrap_or_default().trim();
                if class.is_empty() {
                    continue;
                }
                return Contract::Object {
                    class: names.resolve(class),
                    not_null,
                    marks: marks(&calls),
                };
            }
            _ => continue,
        };
        return Contract::Scalar {
            kind,
            not_null,
            limits: limits(&calls),
        };
    }
    if not_null {
        return Contract::Scalar {
            kind: Kind::Whatever,
            not_null,
            limits: Object::new(),
        };
    }
    Contract::Any
}

/// Names and arguments of the calls of a chain.
fn calls(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let name = rest[..open].trim_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
        let name = name.rsplit(['.', ' ', '$']).next().unwrap_or(name);
        let mut depth = 0;
        let close = rest[open..].char_indices().find_map(|(at, c)| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            (depth == 0).then_some(open + at)
        });
        let Some(close) = close else { break };
        found.push((name, &rest[open + 1..close]));
        rest = &rest[close + 1..];
    }
    found
}

/// What a contract of an object says beside its class.
fn marks(calls: &[(&str, &str)]) -> Object {
    let mut marks = Object::new();
    for (name, argument) in calls {
        match *name {
            "owned" | "template" => drop(marks.insert("owned".to_owned(), true.into())),
            "notOwned" => drop(marks.insert("owned".to_owned(), false.into())),
            _ => {}
        }
        if let Some((_, excluded)) = argument.split_once("excludeProperties =>") {
            marks.insert("excludedProperties".to_owned(), list(excluded).into());
        }
    }
    marks
}

/// The constants of `[a, b]` or `list(a, b)`.
fn list(text: &str) -> Vec<Value> {
    let text = text.trim().trim_start_matches("list");
    let inner = text.trim_matches(['[', ']', '(', ')']);
    let words = inner.split(',').map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(constant)
        .collect()
}

/// A constant of an expression; a word stands for itself.
fn constant(word: &str) -> Value {
    let quoted = word.trim_matches(['\'', '"']);
    if quoted.len() < word.len() {
        return quoted.into();
    }
    serde_json::from_str(word).unwrap_or_else(|_| word.into())
}

/// The simple predicates of a `check` as members of a JSON schema.
fn limits(calls: &[(&str, &str)]) -> Object {
    let mut limits = Object::new();
    let checks = calls
        .iter()
        .filter(|(name, _)| *name == "check")
        .map(|(_, argument)| argument.trim());
    for part in checks.flat_map(|check| check.split(" and ")) {
        if let Some(choices) = part.strip_prefix("$ in ") {
            limits.insert("enum".to_owned(), list(choices).into());
        } else if let Some(pattern) = part.strip_prefix("$.matches(") {
            let pattern = constant(pattern.trim_end_matches(')'));
            limits.insert("pattern".to_owned(), pattern);
        } else {
            comparison(part, &mut limits);
        }
    }
    limits
}

/// Adds the limit of a comparison such as `$ > 3`.
fn comparison(part: &str, limits: &mut Object) {
    let words: Vec<&str> = part.split_whitespace().collect();
    let ["$", sign, number] = words.as_slice() else {
        return;
    };
    let Ok(number) = number.parse::<i64>() else {
        return;
    };
    let (member, exclusive) = match *sign {
        ">" | ">=" => ("minimum", "exclusiveMinimum"),
        "<" | "<=" => ("maximum", "exclusiveMaximum"),
        _ => return,
    };
    limits.insert(member.to_owned(), number.into());
    limits.insert(exclusive.to_owned(), (!sign.ends_with('=')).into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::document;

    fn contract(text: &str) -> Contract {
        Contract::read(&document(text).unwrap(), &Names::default())
    }

    #[test]
    fn contracts_become_json_schemas() {
        assert_eq!(
            contract("$.string().notNull()").schema(),
            json!({"type": "string"})
        );
        assert_eq!(
            contract("$.bool()").schema(),
            json!({"type": ["boolean", "null"]})
        );
        assert_eq!(
            contract("$.class(io.murano.resources.Instance).notNull()").schema(),
            json!({"type": "muranoObject", "muranoType": "io.murano.resources.Instance"})
        );
        assert_eq!(
            contract("$.template(a.B, excludeProperties => [name, size]).notNull()").schema(),
            json!({"type": "muranoObject", "muranoType": "a.B", "owned": true,
                "excludedProperties": ["name", "size"]})
        );
        assert_eq!(
            contract("$.class(a.B).notOwned()").schema(),
            json!({"type": ["muranoObject", "null"], "muranoType": "a.B", "owned": false})
        );
        assert_eq!(
            contract("$.string().notNull().check($ in list(a, 'b', null, 1))").schema(),
            json!({"type": "string", "enum": ["a", "b", null, 1]})
        );
        assert_eq!(
            contract("$.string().notNull().check($.matches('^[a-z]$'))").schema(),
            json!({"type": "string", "pattern": "^[a-z]$"})
        );
        assert_eq!(
            contract("$.int().notNull().check($ >= 1 and $ < 9)").schema(),
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": false,
                "maximum": 9, "exclusiveMaximum": true})
        );
        assert_eq!(
            contract("{a: $.bool(), b: [$.int().check($ > 3)], $.string(): $.string()}").schema(),
            json!({"type": "object",
                "properties": {"a": {"type": ["boolean", "null"]},
                    "b": {"type": "array", "items": {"type": ["integer", "null"],
                        "minimum": 3, "exclusiveMinimum": true}}},
                "additionalProperties": {"type": ["string", "null"]}})
        );
    }

    #[test]
    fn values_are_checked_in_the_engines_words() {
        assert_eq!(
            contract("$.int()").accept(&json!("abc")),
            Err("Value 'abc' violates int() contract".to_owned())
        );
        assert_eq!(
            contract("$.string().notNull()").accept(&Value::Null),
            Err("null value violates notNull() contract".to_owned())
        );
        let check = contract("$.string().notNull().check($ in list(a, b))");
        assert!(check.accept(&json!("c")).is_err() && check.accept(&json!("b")).is_ok());
        let check = contract("$.int().check($ > 0 and $ <= 9)");
        assert_eq!(check.accept(&json!(9)), Ok(json!(9)));
        assert_eq!(
            check.accept(&json!(0)),
            Err("Value 0 doesn't match predicate".to_owned())
        );
        assert_eq!(
            contract("{a: $.string(), $.string(): $.int()}").accept(&Value::Null),
            Ok(json!({"a": null}))
        );
        assert_eq!(contract("[$.string()]").accept(&Value::Null), Ok(json!([])));
    }
}
