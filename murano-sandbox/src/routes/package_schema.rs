//! What may be said about a package beside its archive, and the service's long complaints.

use serde_json::{Value, json};

use crate::errors::{Result, explained};
use crate::json::{Object, python_print, python_repr};

/// Names and kinds of the members, in the order in which they are looked at.
const MEMBERS: [(&str, &str); 6] = [
    ("tags", "array"),
    ("categories", "array"),
    ("description", "string"),
    ("name", "string"),
    ("is_public", "boolean"),
    ("enabled", "boolean"),
];

/// A broken rule: what is wrong, the rule's name, and where it and the value are.
struct Broken {
    message: String,
    rule: &'static str,
    place: String,
    schema: Value,
    instance: Value,
}

/// Checks the part `__metadata__` of an upload.
pub(super) fn check(metadata: &Object) -> Result<()> {
    let found = unknown(metadata)
        .or_else(|| first(metadata, of_member))
        .or_else(|| first(metadata, of_items));
    match found {
        None => Ok(()),
        Some(broken) => Err(explained(400, broken.text())),
    }
}

impl Broken {
    fn text(&self) -> String {
        // Where the rule is: among the members, and for elements in the schema of all of them.
        let member = self.place.split_inclusive(']').next().unwrap_or_default();
        let rule_place = match (member, self.place.len() > member.len()) {
            ("", _) => String::new(),
            (member, false) => format!("['properties']{member}"),
            (member, true) => format!("['properties']{member}['items']"),
        };
        format!(
            "Package schema is not valid: {}\n\nFailed validating '{}' in schema{rule_place}:\n    {}\n\n\
             On instance{}:\n    {}",
            self.message,
            self.rule,
            python_print(&self.schema).replace('\n', "\n    "),
            self.place,
            python_print(&self.instance).replace('\n', "\n    "),
        )
    }
}

fn schema_of(kind: &str) -> Value {
    match kind {
        "array" => {
            json!({"type": kind, "minItems": 0, "items": {"type": "string"}, "uniqueItems": true})
        }
        kind => json!({"type": kind}),
    }
}

fn unknown(metadata: &Object) -> Option<Broken> {
    let mut extra: Vec<&str> = metadata.keys().map(String::as_str).collect();
    extra.retain(|key| !MEMBERS.iter().any(|(name, _)| name == key));
    extra.sort_unstable();
    let quoted: Vec<String> = extra.iter().map(|key| format!("'{key}'")).collect();
    let verb = match extra.len() {
        0 => return None,
        1 => "was",
        _ => "were",
    };
    let members: Object = MEMBERS
        .iter()
        .map(|(name, kind)| ((*name).to_owned(), schema_of(kind)))
        .collect();
    Some(Broken {
        message: format!(
            "Additional properties are not allowed ({} {verb} unexpected)",
            quoted.join(", ")
        ),
        rule: "additionalProperties",
        place: String::new(),
        schema: json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object",
            "properties": members, "additionalProperties": false}),
        instance: metadata.clone().into(),
    })
}

/// The first complaint about a member, in the order of the schema.
fn first(
    metadata: &Object,
    check: impl Fn(&str, &'static str, &Value) -> Option<Broken>,
) -> Option<Broken> {
    MEMBERS
        .iter()
        .filter_map(|(name, kind)| Some((name, *kind, metadata.get(*name)?)))
        .find_map(|(name, kind, value)| check(name, kind, value))
}

fn of_member(name: &str, kind: &'static str, value: &Value) -> Option<Broken> {
    let (message, rule) = match (kind, value) {
        ("array", Value::Array(items)) => {
            let mut pairs = items.iter().enumerate();
            if !pairs.any(|(at, item)| items[..at].contains(item)) {
                return None;
            }
            let message = format!("{} has non-unique elements", python_repr(value));
            (message, "uniqueItems")
        }
        ("string", Value::String(_)) | ("boolean", Value::Bool(_)) => return None,
        _ => (not_of(value, kind), "type"),
    };
    Some(Broken {
        message,
        rule,
        place: format!("['{name}']"),
        schema: schema_of(kind),
        instance: value.clone(),
    })
}

fn of_items(name: &str, _: &'static str, value: &Value) -> Option<Broken> {
    let items = value.as_array()?;
    let at = items.iter().position(|item| !item.is_string())?;
    Some(Broken {
        message: not_of(&items[at], "string"),
        rule: "type",
        place: format!("['{name}'][{at}]"),
        schema: schema_of("string"),
        instance: items[at].clone(),
    })
}

fn not_of(value: &Value, kind: &str) -> String {
    format!("{} is not of type '{kind}'", python_repr(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::Failure;

    fn refused(metadata: &Value) -> String {
        match check(metadata.as_object().unwrap()) {
            Err(Failure::Short { status, message }) => {
                assert_eq!(status, 400);
                message.trim_end_matches("<br /><br />\n\n\n").to_owned()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_fits_passes() {
        let metadata = json!({"tags": ["a"], "categories": [], "name": "x", "is_public": true});
        assert_eq!(check(metadata.as_object().unwrap()), Ok(()));
    }

    #[test]
    fn complaints_show_rule_and_value() {
        assert_eq!(
            refused(&json!({"tags": "hello"})),
            "Package schema is not valid: 'hello' is not of type 'array'\n\n\
             Failed validating 'type' in schema['properties']['tags']:\n    \
             {'items': {'type': 'string'},\n     'minItems': 0,\n     'type': 'array',\n     'uniqueItems': True}\n\n\
             On instance['tags']:\n    'hello'"
        );
        assert_eq!(
            refused(&json!({"tags": ["a", 1]})),
            "Package schema is not valid: 1 is not of type 'string'\n\n\
             Failed validating 'type' in schema['properties']['tags']['items']:\n    {'type': 'string'}\n\n\
             On instance['tags'][1]:\n    1"
        );
        let unknown = refused(&json!({"colour": 1, "b": 2, "tags": 5}));
        assert!(
            unknown.starts_with(
                "Package schema is not valid: Additional properties are not allowed \
                 ('b', 'colour' were unexpected)\n\n\
                 Failed validating 'additionalProperties' in schema:\n    \
                 {'$schema': 'http://json-schema.org/draft-04/schema#',\n     \
                 'additionalProperties': False,\n     \
                 'properties': {'categories': {'items': {'type': 'string'},\n"
            ),
            "{unknown}"
        );
        assert!(
            unknown.ends_with("On instance:\n    {'b': 2, 'colour': 1, 'tags': 5}"),
            "{unknown}"
        );
    }

    #[test]
    fn shallow_complaints_come_first() {
        let both = refused(&json!({"tags": [1], "name": 5}));
        assert!(
            both.starts_with("Package schema is not valid: 5 is not"),
            "{both}"
        );
        let repeated = refused(&json!({"tags": [1, 1]}));
        assert!(
            repeated.contains("[1, 1] has non-unique elements"),
            "{repeated}"
        );
    }
}
