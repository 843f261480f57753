//! The two kinds of JSON patch: for environment models and for packages.
//!
//! Syntax, allowed operations and types of values are checked before a controller runs.

use serde_json::Value;

use crate::errors::{Result, explained};
use crate::json::python_repr;

/// Media type of a patch to an environment model.
pub(crate) const ENVIRONMENT_MODEL: &str = "application/env-model-json-patch";
/// Media type of a patch to a package.
pub(crate) const PACKAGE: &str = "application/murano-packages-json-patch";

/// What a patch is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    Model,
    Package,
}

/// A checked operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Operation {
    pub(crate) op: String,
    /// Decoded segments of the pointer.
    pub(crate) path: Vec<String>,
    pub(crate) value: Value,
}

/// Reads a patch document.
pub(crate) fn read(document: &Value, target: Target) -> Result<Vec<Operation>> {
    let Some(items) = document.as_array() else {
        return Err(explained(400, "JSON-patch must be a list."));
    };
    items.iter().map(|item| operation(item, target)).collect()
}

fn operation(item: &Value, target: Target) -> Result<Operation> {
    let Some(item) = item.as_object() else {
        return Err(explained(400, "Operations must be JSON objects."));
    };
    let member = |key: &str| {
        item.get(key)
            .ok_or_else(|| explained(400, format!("Unable to find '{key}' in JSON Schema change")))
    };
    let op = member("op")?.as_str().unwrap_or_default().to_owned();
    let path = pointer(member("path")?.as_str().unwrap_or_default())?;
    if target == Target::Package && path.len() != 1 {
        return Err(explained(400, "Nested paths are not allowed"));
    }
    let allowed = allowed(&path, target)?;
    if !allowed.contains(&op.as_str()) {
        let name = path.join("/");
        let list = if allowed.is_empty() {
            "no operations".to_owned()
        } else {
            allowed.join(", ")
        };
        return Err(explained(
            403,
            format!(
                "Method '{op}' is not allowed for a path with name '{name}'. Allowed operations are: {list}"
            ),
        ));
    }
    let Some(value) = item.get("value") else {
        return Err(explained(
            400,
            format!("Operation \"{op}\" requires a member named \"value\"."),
        ));
    };
    match target {
        Target::Model => check_model(&path, value)?,
        Target::Package => check_package(&path, value)?,
    }
    Ok(Operation {
        op,
        path,
        value: value.clone(),
    })
}

/// Decodes a pointer, complaining in the service's words.
fn pointer(text: &str) -> Result<Vec<String>> {
    let wrong = |what: &str| explained(400, format!("Pointer `{text}` {what}."));
    let Some(rest) = text.strip_prefix('/') else {
        return Err(wrong("does not start with \"/\""));
    };
    let rest = rest.trim_start_matches('/');
    if rest.contains("//") {
        return Err(wrong("contains adjacent \"/\""));
    }
    if !rest.is_empty() && rest.ends_with('/') {
        return Err(wrong("ends with \"/\""));
    }
    let escapes_known = rest
        .match_indices('~')
        .all(|(at, _)| matches!(rest.as_bytes().get(at + 1), Some(b'0' | b'1')));
    if !escapes_known {
        return Err(wrong(
            "contains \"~\", which is not part of a recognized escape sequence",
        ));
    }
    Ok(rest
        .split('/')
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect())
}

/// The operations a path allows.
fn allowed(path: &[String], target: Target) -> Result<&'static [&'static str]> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    Ok(match (target, path.as_slice()) {
        (Target::Model, [""] | ["?", "id"] | ["defaultNetworks", "environment", "?", "id"]) => &[],
        (
            Target::Model,
            ["?", "type"]
            | ["name" | "region" | "defaultNetworks"]
            | ["defaultNetworks", "environment" | "flat"],
        )
        | (Target::Package, ["name" | "description" | "enabled" | "is_public"]) => &["replace"],
        (Target::Model, _) | (Target::Package, ["tags" | "categories"]) => {
            &["add", "replace", "remove"]
        }
        (Target::Package, other) => {
            let name = other.first().copied().unwrap_or_default();
            return Err(explained(403, format!("Attribute '{name}' is invalid")));
        }
    })
}

/// Checks a value against the type of a package's attribute.
fn check_package(path: &[String], value: &Value) -> Result<()> {
    match path.first().map(String::as_str) {
        Some("tags" | "categories") => {
            expect(value, &["array"])?;
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let mut pairs = items.iter().enumerate();
            if pairs.any(|(at, item)| items[..at].contains(item)) {
                let text = format!("{} has non-unique elements", python_repr(value));
                return Err(explained(400, text));
            }
            items.iter().try_for_each(|item| expect(item, &["string"]))
        }
        Some("enabled" | "is_public") => expect(value, &["boolean"]),
        _ => expect(value, &["string"]),
    }
}

/// Checks a value against the type its place in a model has; unknown places take anything.
fn check_model(path: &[String], value: &Value) -> Result<()> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["name", ..]
        | ["?", "id" | "type", ..]
        | ["defaultNetworks", "environment", "name", ..]
        | ["defaultNetworks", "environment", "?", "id" | "type", ..] => expect(value, &["string"]),
        ["?"] | ["defaultNetworks", "environment", "?"] | ["services", _] => {
            expect(value, &["object"])
        }
        ["region", ..] => expect(value, &["string", "null"]),
        ["defaultNetworks"] => {
            expect(value, &["object"])?;
            required(value, &["environment", "flat"])?;
            check_flat(&value["flat"])?;
            check_network(&value["environment"])
        }
        ["defaultNetworks", "environment"] => check_network(value),
        ["defaultNetworks", "flat", ..] => check_flat(value),
        ["services"] => {
            expect(value, &["array"])?;
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            items.iter().try_for_each(|item| expect(item, &["object"]))
        }
        _ => Ok(()),
    }
}

fn check_flat(value: &Value) -> Result<()> {
    expect(value, &["boolean", "null"])
}

fn check_network(value: &Value) -> Result<()> {
    expect(value, &["object"])?;
    if let Some(name) = value.get("name") {
        expect(name, &["string"])?;
    }
    if let Some(meta) = value.get("?") {
        expect(meta, &["object"])?;
    }
    required(value, &["name", "?"])
}

fn required(value: &Value, keys: &[&str]) -> Result<()> {
    match keys.iter().find(|key| value.get(**key).is_none()) {
        Some(key) => Err(explained(400, format!("'{key}' is a required property"))),
        None => Ok(()),
    }
}

/// Complains like a JSON schema validator when the value has none of the types.
fn expect(value: &Value, types: &[&str]) -> Result<()> {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if types.contains(&found) {
        return Ok(());
    }
    let wanted: Vec<String> = types.iter().map(|kind| format!("'{kind}'")).collect();
    Err(explained(
        400,
        format!(
            "{} is not of type {}",
            python_repr(value),
            wanted.join(", ")
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::Failure;
    use serde_json::json;

    fn refused(target: Target, document: &Value) -> (u16, String) {
        match read(document, target) {
            Err(Failure::Short { status, message }) => (
                status,
                message.trim_end_matches("<br /><br />\n\n\n").to_owned(),
            ),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_service_explains_what_is_wrong_with_a_patch() {
        let model = |op: Value| refused(Target::Model, &json!([op]));
        assert_eq!(
            refused(Target::Model, &json!({})),
            (400, "JSON-patch must be a list.".into())
        );
        assert_eq!(
            model(json!({"op": "add", "path": "/name", "value": "x"})),
            (403, "Method 'add' is not allowed for a path with name 'name'. Allowed operations are: replace".into())
        );
        assert_eq!(
            model(json!({"op": "replace", "path": "/", "value": null})),
            (403, "Method 'replace' is not allowed for a path with name ''. Allowed operations are: no operations".into())
        );
        assert_eq!(
            model(json!({"op": "replace", "path": "/defaultNetworks/flat", "value": "str"})),
            (400, "'str' is not of type 'boolean', 'null'".into())
        );
        assert_eq!(
            model(json!({"op": "remove", "path": "/services/0"})),
            (
                400,
                "Operation \"remove\" requires a member named \"value\".".into()
            )
        );
        assert_eq!(
            model(json!({"op": "add", "path": "/x~3", "value": 1})),
            (
                400,
                "Pointer `/x~3` contains \"~\", which is not part of a recognized escape sequence."
                    .into()
            )
        );
    }

    #[test]
    fn package_patches_know_six_attributes() {
        let package = |op: Value| refused(Target::Package, &json!([op]));
        assert_eq!(
            package(json!({"op": "replace", "path": "/type", "value": "Library"})),
            (403, "Attribute 'type' is invalid".into())
        );
        assert_eq!(
            package(json!({"op": "add", "path": "/tags/0", "value": []})),
            (400, "Nested paths are not allowed".into())
        );
        assert_eq!(
            package(json!({"op": "replace", "path": "/enabled", "value": "yes"})),
            (400, "'yes' is not of type 'boolean'".into())
        );
    }
}
