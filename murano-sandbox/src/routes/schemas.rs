//! `/schemas/{class}`: classes as JSON schemas.

use serde_json::{Value, json};

use super::{Cx, Params, Reply, Route, actions};
use crate::catalog::{self, Wanted};
use crate::classes::{Class, Form, Method, Property};
use crate::errors::{Result, fault};
use crate::json::{Fields as _, Object};
use crate::library;
use crate::versions::Spec;

pub(super) const ROUTES: &[Route] = &[
    Route::get("/schemas/{class}", show),
    Route::get("/schemas/{class}/{methods}", show),
];

fn show(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let version = cx.query.last("classVersion").unwrap_or("=0");
    if let Err(block) = Spec::parse(version) {
        return Err(fault(
            "ValueError",
            format!("Invalid simple block '{block}'"),
        ));
    }
    let package = cx
        .query
        .last("packageName")
        .filter(|package| !package.is_empty());
    let wanted = Wanted {
        class: path.get("class"),
        package,
        spec: None,
    };
    let project = &cx.who.project_id;
    let found = catalog::find(cx.db, project, &wanted)
        .map_err(|missing| actions::missing_class(&missing))?;
    let line = catalog::lineage(cx.db, project, &found);
    let names: Vec<&str> = path.get("methods").split(',').map(str::trim).collect();
    let all = path.get("methods").is_empty();
    let mut schemas = Object::new();
    if all || names.contains(&"") {
        schemas.insert(String::new(), class_schema(&line));
    }
    for method in line.iter().flat_map(|class| &class.methods) {
        let builder = method.is_static && method.is_public && method.is_builder;
        let named = all || names.contains(&method.name.as_str());
        if builder && named && !schemas.contains_key(&method.name) {
            schemas.insert(method.name.clone(), method_schema(method));
        }
    }
    Ok(Value::Object(schemas).into())
}

fn class_schema(line: &[Class]) -> Value {
    let mut properties = Object::new();
    let mut sections = Object::new();
    // Ancestors first, so that heirs replace what they declare anew.
    for (depth, class) in line.iter().enumerate().rev() {
        sections.extend(class.form.sections.clone());
        if class.opaque {
            properties.extend(library::properties(&class.name));
        }
        for property in &class.properties {
            if matches!(property.usage.as_str(), "In" | "InOut") {
                let schema = property_schema(property, (line.len(), depth));
                properties.insert(property.name.clone(), schema);
            }
        }
    }
    let own = line.first().map(|class| &class.form);
    entity(&properties, &sections, own)
}

fn method_schema(method: &Method) -> Value {
    let properties = method
        .arguments
        .iter()
        .map(|argument| (argument.name.clone(), property_schema(argument, (1, 0))))
        .collect();
    entity(&properties, &method.form.sections, Some(&method.form))
}

/// Sections with their ranks instead of the indices they were given.
fn ranked(sections: &Object) -> Object {
    let mut indices: Vec<i64> = sections
        .values()
        .filter_map(|section| section["index"].as_i64())
        .collect();
    indices.sort_unstable();
    let rank = |(name, section): (&String, &Value)| {
        let mut section = section.clone();
        let rank = section["index"]
            .as_i64()
            .and_then(|index| indices.binary_search(&index).ok());
        if let Some(rank) = rank {
            section.set("index", rank);
        }
        (name.clone(), section)
    };
    sections.iter().map(rank).collect()
}

fn entity(properties: &Object, sections: &Object, form: Option<&Form>) -> Value {
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-04/schema#", "type": "object",
        "properties": properties, "additionalProperties": false, "formSections": ranked(sections),
    });
    for (key, value) in form.map(|form| &form.members).into_iter().flatten() {
        schema.set(key, value.clone());
    }
    schema
}

/// The schema of a property of the class that stands `depth` steps above the one asked for.
fn property_schema(property: &Property, (classes, depth): (usize, usize)) -> Value {
    let mut schema = property.contract.schema();
    if property.has_default {
        schema.set("default", property.shown.clone());
    }
    for (key, value) in &property.form.members {
        schema.set(key, value.clone());
    }
    // Indices are spread, so that those of ancestors come before equal ones of heirs.
    if let Some(index) = property
        .form
        .members
        .get("formIndex")
        .and_then(Value::as_u64)
    {
        let spread = (index + 1).saturating_mul(classes as u64 + 1);
        schema.set("formIndex", spread.saturating_sub(depth as u64));
    }
    schema
}
