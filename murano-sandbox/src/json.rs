//! Small readers for JSON values, and the service's way of writing them.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// Members of a stored row. A missing member reads as empty, zero or false.
pub(crate) trait Fields {
    /// A text member.
    fn text(&self, key: &str) -> &str;
    /// A number member.
    fn number(&self, key: &str) -> i64;
    /// A yes-or-no member.
    fn flag(&self, key: &str) -> bool;
    /// A list member.
    fn items(&self, key: &str) -> &[Value];
    /// Puts a member into an object; anything else is left alone.
    fn set(&mut self, key: &str, value: impl Into<Value>);
}

impl Fields for Value {
    fn text(&self, key: &str) -> &str {
        self.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, key: &str) -> i64 {
        self.get(key).and_then(Value::as_i64).unwrap_or_default()
    }

    fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    fn items(&self, key: &str) -> &[Value] {
        self.get(key)
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    fn set(&mut self, key: &str, value: impl Into<Value>) {
        if let Value::Object(object) = self {
            object.insert(key.to_owned(), value.into());
        }
    }
}

/// Picks members of a row in the given order.
pub(crate) fn pick(row: &Value, keys: &[&str]) -> Object {
    keys.iter()
        .filter_map(|key| Some(((*key).to_owned(), row.get(*key)?.clone())))
        .collect()
}

/// JSON in which everything beyond ASCII is escaped.
pub(crate) fn ascii(value: &Value) -> String {
    let text = value.to_string();
    if text.is_ascii() {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// The name Python gives to the type of a value.
pub(crate) fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// A value as Python would print it inside a message.
pub(crate) fn python_repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => python_quote(text),
        Value::Array(items) => {
            let parts: Vec<_> = items.iter().map(python_repr).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Object(members) => {
            let parts: Vec<_> = members
                .iter()
                .map(|(key, value)| format!("{}: {}", python_quote(key), python_repr(value)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}

/// A value as Python would lay it out in at most 72 columns, members sorted.
pub(crate) fn python_print(value: &Value) -> String {
    printed(value, 0, 0)
}

/// `column` is where the text begins, `closing` the number of brackets and commas that follow it.
fn printed(value: &Value, column: usize, closing: usize) -> String {
    const WIDTH: usize = 72;
    let one_line = python_repr(&sorted(value));
    if column + one_line.chars().count() + closing <= WIDTH {
        return one_line;
    }
    let lines = |parts: Vec<String>| parts.join(&format!(",\n{}", " ".repeat(column + 1)));
    match value {
        Value::Array(items) if !items.is_empty() => {
            let items = items.iter().enumerate().map(|(at, item)| {
                let closing = if at + 1 == items.len() {
                    closing + 1
                } else {
                    1
                };
                printed(item, column + 1, closing)
            });
            format!("[{}]", lines(items.collect()))
        }
        Value::Object(members) if !members.is_empty() => {
            let mut keys: Vec<&String> = members.keys().collect();
            keys.sort_unstable();
            let members = keys.iter().enumerate().map(|(at, key)| {
                let closing = if at + 1 == keys.len() { closing + 1 } else { 1 };
                let name = python_quote(key);
                let column = column + 1 + name.chars().count() + 2;
                format!("{name}: {}", printed(&members[*key], column, closing))
            });
            format!("{{{}}}", lines(members.collect()))
        }
        _ => one_line,
    }
}

fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    value.sort_all_objects();
    value
}

/// JSON with a blank behind each comma and colon, as Python writes it.
pub(crate) fn python_json(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let parts: Vec<_> = items.iter().map(python_json).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Object(members) => {
            let parts: Vec<_> = members
                .iter()
                .map(|(key, value)| {
                    format!(
                        "{}: {}",
                        ascii(&Value::from(key.as_str())),
                        python_json(value)
                    )
                })
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        other => ascii(other),
    }
}

fn python_quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\n', "\\n");
    if text.contains('\'') && !text.contains('"') {
        format!("\"{escaped}\"")
    } else {
        format!("'{}'", escaped.replace('\'', "\\'"))
    }
}

/// Whether Python takes the value for true.
pub(crate) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_written_in_ascii() {
        assert_eq!(
            ascii(&json!({"a": "ünï 😀"})),
            r#"{"a":"\u00fcn\u00ef \ud83d\ude00"}"#
        );
    }

    #[test]
    fn python_lays_out_what_is_long() {
        let long = "x".repeat(40);
        assert_eq!(
            python_print(&json!({"b": [long, "y".repeat(30)], "a": {"z": 1, "c": 2}})),
            format!(
                "{{'a': {{'c': 2, 'z': 1}},\n 'b': ['{long}',\n       '{}']}}",
                "y".repeat(30)
            )
        );
        assert_eq!(
            python_json(&json!({"a": [1, "b"], "c": 2})),
            r#"{"a": [1, "b"], "c": 2}"#
        );
    }

    #[test]
    fn python_prints_its_own_literals() {
        assert_eq!(
            python_repr(&json!({"a": [null, true, 1, 1.5, "it's"]})),
            r#"{'a': [None, True, 1, 1.5, "it's"]}"#
        );
    }
}
