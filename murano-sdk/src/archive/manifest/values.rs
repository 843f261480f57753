//! Values of YAML as Python takes them and as messages repeat them.

use serde_json::Value;

use crate::yaml::{Body, Node};

/// How much of a wrong value a message repeats, in characters.
const LONGEST_QUOTE: usize = 60;

pub(super) fn is_empty_text(node: &Node) -> bool {
    matches!(&node.body, Body::Scalar { value: Value::String(text), .. } if text.is_empty())
}

/// What Python takes for nothing: null, an empty text or collection, `no`.
pub(in crate::archive) fn is_empty(node: &Node) -> bool {
    match &node.body {
        Body::Scalar {
            value: Value::Null | Value::Bool(false),
            ..
        } => true,
        Body::Scalar {
            value: Value::String(text),
            ..
        } => text.is_empty(),
        Body::Scalar { .. } => false,
        Body::Sequence(items) => items.is_empty(),
        Body::Mapping(entries) => entries.is_empty(),
    }
}

/// Whether this is a dotted name such as `io.example.Shop`.
pub(crate) fn is_full_name(name: &str) -> bool {
    name.split('.')
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

/// A value as a message repeats it.
pub(in crate::archive) fn describe(node: &Node) -> String {
    match &node.body {
        Body::Scalar {
            value: Value::Null, ..
        } => "empty".to_owned(),
        Body::Scalar {
            value: Value::String(text),
            ..
        } => quote(text),
        Body::Scalar { text, .. } => text.clone(),
        Body::Sequence(_) => "a list".to_owned(),
        Body::Mapping(_) => "a mapping".to_owned(),
    }
}

/// In quotes, with control characters made visible, and not too long.
pub(crate) fn quote(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTE) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}
