//! The schema for editors says the same as the parser.

use serde_json::{Value, json};

use super::super::{Document, Variables, read};
use crate::yaml;

fn schema() -> Value {
    let text = include_str!("../../../../docs/environment.schema.json");
    serde_json::from_str(text).unwrap()
}

/// Why a document is not what the schema wants.
pub(super) fn check(document: &Value) -> Result<(), String> {
    let schema = schema();
    fits(&schema, &schema, document)
}

/// The part of JSON Schema that ours is written in; another keyword is a mistake.
fn fits(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let no = |why: &str| Err(format!("{why}: {value}"));
    for (keyword, said) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "properties" | "patternProperties" => {}
            "$ref" => {
                let place = said.as_str().unwrap().strip_prefix('#').unwrap();
                fits(root, root.pointer(place).unwrap(), value)?;
            }
            "anyOf" => {
                let all = said.as_array().unwrap();
                if !all.iter().any(|one| fits(root, one, value).is_ok()) {
                    return no("fits none");
                }
            }
            "const" => {
                if said != value {
                    return no("is another word");
                }
            }
            "type" => {
                let wanted = said
                    .as_array()
                    .cloned()
                    .unwrap_or_else(|| vec![said.clone()]);
                let is = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(_) => "number",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                if !wanted.contains(&json!(is)) {
                    return no("has another type");
                }
            }
            "required" => {
                for key in said.as_array().unwrap() {
                    if value.is_object() && value.get(key.as_str().unwrap()).is_none() {
                        return no("lacks a member");
                    }
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    fits(root, said, item)?;
                }
            }
            "additionalProperties" => members(root, schema, value)?,
            other => panic!("the keyword {other} is not known here"),
        }
    }
    Ok(())
}

fn members(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    for (key, value) in value.as_object().into_iter().flatten() {
        // The one pattern there is.
        let is_plain = key.starts_with("$$") || !key.starts_with('$') && !key.is_empty();
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let pattern = patterns.map(|patterns| {
            assert_eq!(patterns.keys().collect::<Vec<_>>(), [r"^(\$\$|[^$])"]);
            &patterns[r"^(\$\$|[^$])"]
        });
        let own = schema
            .get("properties")
            .and_then(|properties| properties.get(key));
        match own
            .or(pattern.filter(|_| is_plain))
            .or(schema.get("additionalProperties"))
        {
            Some(Value::Bool(false)) | None => return Err(format!("there is no key {key}")),
            Some(schema) => fits(root, schema, value)?,
        }
    }
    Ok(())
}

#[test]
fn it_has_the_keys_of_the_parser() {
    let schema = schema();
    for (name, keys) in [
        ("environment", &read::ENVIRONMENT_KEYS[..]),
        ("template", &read::TEMPLATE_KEYS),
        ("application", &read::APPLICATION_KEYS),
        ("package", &read::PACKAGE_KEYS),
        ("networks", &read::NETWORK_KEYS),
        ("object", &read::OBJECT_KEYS),
    ] {
        let mut there: Vec<&str> = schema["$defs"][name]["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        there.sort_unstable();
        assert_eq!(there, keys, "{name}");
    }
}

#[test]
fn both_agree_on_what_is_a_document() {
    for (text, is_document) in [
        ("name: shop", true),
        (
            "{name: 5, kind: environment, description: , region: ~, networks: , packages: , applications: }",
            true,
        ),
        ("{name: shop, kind: template, public: true}", true),
        (
            "{name: shop, packages: {a.B: , a.C: 1.0, a.D: '>=1', a.E: {path: x, version: 1}}}",
            true,
        ),
        ("{name: shop, networks: {network: a, subnetwork: b}}", true),
        (
            "{name: shop, networks: {environment: {$class: A, a: 1}, flat: }}",
            true,
        ),
        (
            "{name: s, applications: {a: {class: A, version: 1, package: P, properties: {a: [{$ref: a}], b: {$$c: {$class: B, $version: 1}}}}}}",
            true,
        ),
        ("{kind: environment}", false),
        ("{name: [shop]}", false),
        ("{name: shop, kind: shop}", false),
        ("{name: shop, public: true}", false),
        ("{name: shop, kind: template, region: a}", false),
        ("{name: shop, networks: {net: a}}", false),
        ("{name: shop, networks: {environment: {a: 1}}}", false),
        ("{name: shop, packages: {a.B: {from: x}}}", false),
        ("{name: shop, packages: [a.B]}", false),
        ("{name: shop, applications: {a: {}}}", false),
        (
            "{name: shop, applications: {a: {class: A, propertys: {}}}}",
            false,
        ),
        (
            "{name: shop, applications: {a: {class: A, properties: {$a: 1}}}}",
            false,
        ),
        (
            "{name: shop, applications: {a: {class: A, properties: {a: {$rev: a}}}}}",
            false,
        ),
        (
            "{name: shop, applications: {a: {class: A, properties: {a: {$ref: a, b: 1}}}}}",
            false,
        ),
        ("[shop]", false),
    ] {
        let read = Document::parse(text, &Variables::new());
        assert_eq!(read.is_ok(), is_document, "{text}: {read:?}");
        let checked = check(&yaml::load(text).unwrap());
        assert_eq!(checked.is_ok(), is_document, "{text}: {checked:?}");
    }
}
