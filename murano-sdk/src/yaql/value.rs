//! Values while an expression is evaluated, with Python's ideas of truth and equality.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Expression, Fault};

/// A value of an expression or of a template.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    List(Arc<Vec<Value>>),
    /// Items that a function goes through: no list before `list()` makes one of them.
    Stream(Arc<Vec<Value>>),
    Dict(Arc<Dict>),
    /// An expression inside a template that was not evaluated yet.
    Code(Arc<Expression>),
    /// The id of an object that others refer to.
    Id(Arc<str>),
}

/// Keys and values in the order they came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dict {
    entries: Vec<(Value, Value)>,
}

impl Dict {
    /// The value of a key.
    pub(crate) fn get(&self, key: &Value) -> Option<&Value> {
        let mut entries = self.entries.iter();
        entries.find(|(k, _)| k == key).map(|(_, value)| value)
    }

    /// Puts a value in, in place of one under the same key.
    pub(crate) fn insert(&mut self, key: Value, value: Value) {
        match self.entries.iter_mut().find(|(k, _)| *k == key) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((key, value)),
        }
    }

    /// Entries whose keys are known to differ.
    pub(crate) fn of_unique(entries: Vec<(Value, Value)>) -> Self {
        Self { entries }
    }

    /// The same with one more value, or another one under its key.
    pub(crate) fn with(&self, key: Value, value: Value) -> Self {
        let mut dict = self.clone();
        dict.insert(key, value);
        dict
    }

    /// Keys and values.
    pub(crate) fn entries(&self) -> &[(Value, Value)] {
        &self.entries
    }
}

impl From<Dict> for Value {
    fn from(dict: Dict) -> Self {
        Self::Dict(Arc::new(dict))
    }
}

impl FromIterator<(Value, Value)> for Dict {
    fn from_iter<T: IntoIterator<Item = (Value, Value)>>(entries: T) -> Self {
        let mut dict = Self::default();
        for (key, value) in entries {
            dict.insert(key, value);
        }
        dict
    }
}

impl Value {
    /// A text.
    pub(crate) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A list.
    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A mapping.
    pub(crate) fn dict(entries: impl IntoIterator<Item = (Self, Self)>) -> Self {
        Self::Dict(Arc::new(entries.into_iter().collect()))
    }

    /// What JSON says; integers that do not fit become fractions.
    pub(crate) fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Self::Int(number),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::text(text.as_str()),
            Json::Array(items) => Self::list(items.iter().map(Self::from_json).collect()),
            Json::Object(members) => {
                let entry = |(key, value): (&String, &Json)| {
                    (Self::text(key.as_str()), Self::from_json(value))
                };
                Dict::of_unique(members.iter().map(entry).collect()).into()
            }
        }
    }

    /// The kind, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a fraction",
            Self::Text(_) | Self::Id(_) => "a text",
            Self::List(_) => "a list",
            Self::Stream(_) => "a sequence outside of list()",
            Self::Dict(_) => "a mapping",
            Self::Code(_) => "an expression",
        }
    }

    /// Whether it counts as true.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Dict(dict) => !dict.entries.is_empty(),
            Self::Stream(_) | Self::Code(_) | Self::Id(_) => true,
        }
    }

    /// Whether it is a list or a mapping with one in it.
    pub(crate) fn has_list(&self) -> bool {
        match self {
            Self::List(_) => true,
            Self::Dict(dict) => dict.entries.iter().any(|(_, value)| value.has_list()),
            _ => false,
        }
    }

    /// The text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number as Python's arithmetic sees it. Booleans are none here.
    pub(crate) fn as_number(&self) -> Option<Number> {
        match self {
            Self::Int(number) => Some(Number::Int(*number)),
            Self::Float(number) => Some(Number::Float(*number)),
            _ => None,
        }
    }

    /// What it is as text, as Python's `str` (with YAQL's names for the three constants) has it.
    pub(crate) fn display(&self) -> Result<Arc<str>, Fault> {
        Ok(match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string().into(),
            Self::Int(number) => number.to_string().into(),
            Self::Float(number) => float_text(*number).into(),
            Self::Text(text) | Self::Id(text) => Arc::clone(text),
            other => {
                let kind = other.kind();
                return Err(Fault::run(format!("{kind} as text is not supported")));
            }
        })
    }
}

/// A number of either sort.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// As a fraction.
    #[expect(clippy::cast_precision_loss, reason = "so does Python")]
    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// Python always shows that a number is a fraction, and its exponents have a sign and two digits.
fn float_text(number: f64) -> String {
    let text = format!("{number:?}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let sign = if exponent.starts_with('-') { '-' } else { '+' };
            format!("{digits}e{sign}{:0>2}", exponent.trim_start_matches('-'))
        }
        None => text,
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Text(a) | Self::Id(a), Self::Text(b) | Self::Id(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Dict(a), Self::Dict(b)) => {
                let same = |(key, value): &(Self, Self)| b.get(key) == Some(value);
                a.entries.len() == b.entries.len() && a.entries.iter().all(same)
            }
            _ => number_or_bool(self)
                .zip(number_or_bool(other))
                .is_some_and(|pair| match pair {
                    (Number::Int(a), Number::Int(b)) => a == b,
                    (a, b) => a.float().partial_cmp(&b.float()) == Some(Ordering::Equal),
                }),
        }
    }
}

/// In comparisons for equality true is 1.
fn number_or_bool(value: &Value) -> Option<Number> {
    match value {
        Value::Bool(value) => Some(Number::Int(i64::from(*value))),
        other => other.as_number(),
    }
}
