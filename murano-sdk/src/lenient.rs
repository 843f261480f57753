//! Members that a server sends in another form than usual.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Any scalar as text, null as none: a manifest with `Author: 5` makes the server answer its upload
/// with a number.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(plain(Value::deserialize(deserializer)?))
}

/// A list of such texts; null is an empty one.
pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let items = Option::<Vec<Value>>::deserialize(deserializer)?;
    Ok(items.unwrap_or_default().into_iter().map(plain).collect())
}

fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
