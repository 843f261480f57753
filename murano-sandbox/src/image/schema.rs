//! What a record may have in it.

use serde_json::{Value, json};

pub(super) const DISK_FORMATS: [&str; 11] = [
    "ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop",
];
pub(super) const CONTAINER_FORMATS: [&str; 8] = [
    "ami",
    "ari",
    "aki",
    "bare",
    "ovf",
    "ova",
    "docker",
    "compressed",
];
pub(super) const VISIBILITIES: [&str; 4] = ["community", "public", "private", "shared"];
/// Members the service alone writes.
pub(super) const READ_ONLY: [&str; 14] = [
    "created_at",
    "updated_at",
    "status",
    "checksum",
    "os_hash_algo",
    "os_hash_value",
    "size",
    "virtual_size",
    "direct_url",
    "self",
    "file",
    "schema",
    "stores",
    "owner",
];
/// Longest name, in characters.
const LONGEST_NAME: usize = 255;

/// What is wrong with the value of a member, if anything is.
pub(super) fn fault(name: &str, value: &Value) -> Option<String> {
    let is_one_of = |known: &[&str]| value.as_str().is_some_and(|text| known.contains(&text));
    let listed = |known: &[&str], nullable: bool| {
        let mut names: Vec<String> = known.iter().map(|name| format!("'{name}'")).collect();
        if nullable {
            names.insert(0, "None".to_owned());
        }
        format!("is not one of [{}]", names.join(", "))
    };
    let wrong = match name {
        "disk_format" if !(value.is_null() || is_one_of(&DISK_FORMATS)) => {
            listed(&DISK_FORMATS, true)
        }
        "container_format" if !(value.is_null() || is_one_of(&CONTAINER_FORMATS)) => {
            listed(&CONTAINER_FORMATS, true)
        }
        "visibility" if !is_one_of(&VISIBILITIES) => listed(&VISIBILITIES, false),
        "name" => match value {
            Value::Null => return None,
            Value::String(text) if text.chars().count() <= LONGEST_NAME => return None,
            Value::String(_) => "is too long".to_owned(),
            _ => "is not of type 'null', 'string'".to_owned(),
        },
        "protected" | "os_hidden" if !value.is_boolean() => "is not of type 'boolean'".to_owned(),
        "min_ram" | "min_disk" if !value.is_i64() => "is not of type 'integer'".to_owned(),
        "tags" if !value.is_array() => "is not of type 'array'".to_owned(),
        "disk_format" | "container_format" | "visibility" | "protected" | "os_hidden"
        | "min_ram" | "min_disk" | "tags" => return None,
        _ if !value.is_string() => "is not of type 'string'".to_owned(),
        _ => return None,
    };
    let shown = match value {
        Value::String(text) => format!("'{text}'"),
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    };
    Some(format!(
        "Provided object does not match schema 'image': {shown} {wrong}"
    ))
}

/// `GET /v2/schemas/image`
pub(super) fn image() -> Value {
    let text = json!({"type": ["null", "string"]});
    let read = json!({"type": ["null", "string"], "readOnly": true});
    let number = json!({"type": ["null", "integer"], "readOnly": true});
    json!({
        "name": "image",
        "properties": {
            "id": {"type": "string"},
            "name": {"type": ["null", "string"], "maxLength": LONGEST_NAME},
            "status": {"type": "string", "readOnly": true},
            "visibility": {"type": "string", "enum": VISIBILITIES},
            "protected": {"type": "boolean"},
            "os_hidden": {"type": "boolean"},
            "checksum": read, "os_hash_algo": read, "os_hash_value": read,
            "owner": text,
            "size": number, "virtual_size": number,
            "container_format": {"type": ["null", "string"], "enum": with_null(&CONTAINER_FORMATS)},
            "disk_format": {"type": ["null", "string"], "enum": with_null(&DISK_FORMATS)},
            "created_at": read, "updated_at": read,
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 255}},
            "min_ram": {"type": "integer"}, "min_disk": {"type": "integer"},
            "self": read, "file": read, "schema": read,
        },
        "additionalProperties": {"type": "string"},
        "links": [
            {"rel": "self", "href": "{self}"},
            {"rel": "enclosure", "href": "{file}"},
            {"rel": "describedby", "href": "{schema}"},
        ],
    })
}

fn with_null(names: &[&str]) -> Value {
    let names = names.iter().map(|name| Value::from(*name));
    std::iter::once(Value::Null).chain(names).collect()
}

/// `GET /v2/schemas/images`
pub(super) fn images() -> Value {
    json!({
        "name": "images",
        "properties": {
            "images": {"type": "array", "items": image()},
            "first": {"type": "string"}, "next": {"type": "string"}, "schema": {"type": "string"},
        },
        "links": [
            {"rel": "first", "href": "{first}"},
            {"rel": "next", "href": "{next}"},
            {"rel": "describedby", "href": "{schema}"},
        ],
    })
}
