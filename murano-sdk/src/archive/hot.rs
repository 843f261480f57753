//! Heat templates: the server makes a form of the parameters, and fails on some templates.

use serde_json::{Map, Value};

use super::finding::Finding;
use crate::yaml::{Body, Documents, Entry, Tags};

const FILE: &str = "template.yaml";
/// Parameter types that a deployment can pass on.
const TYPES: [&str; 5] = [
    "string",
    "comma_delimited_list",
    "json",
    "number",
    "boolean",
];

/// Why a server would fail on `template.yaml`, and what lets the package in but fails later.
pub(super) fn look(text: &str) -> Vec<Finding> {
    let documents = match Documents::load(text, Tags::Refused) {
        Ok(documents) => documents,
        Err(error) => return vec![Finding::yaml(FILE, &error)],
    };
    let template = match documents.single() {
        Ok(Some(template)) => template,
        Ok(None) => return vec![Finding::error(FILE, None, "template.yaml is empty")],
        Err(error) => return vec![Finding::yaml(FILE, &error)],
    };
    if !matches!(template.body, Body::Mapping(_)) {
        let text = "it must be a mapping with keys such as resources";
        return vec![Finding::error(FILE, Some(template.at), text)];
    }
    let mut findings = Vec::new();
    if let Some(groups) = template.entry("parameter_groups")
        && !are_groups(&groups.value.to_json())
    {
        let text = "parameter_groups must be a list of mappings with lists of parameters";
        findings.push(Finding::error(FILE, Some(groups.at), text));
    }
    if let Some(entry) = template.entry("parameters") {
        findings.extend(parameters(entry));
    }
    if template.get("resources").is_none() {
        let text = "there are no resources, so it cannot be deployed";
        findings.push(Finding::warning(FILE, None, text));
    }
    findings
}

fn parameters(entry: &Entry) -> Vec<Finding> {
    let is_mapping = matches!(entry.value.body, Body::Mapping(_));
    if !is_mapping && !entry.value.is_null() {
        let text = "parameters must be a mapping";
        return vec![Finding::error(FILE, Some(entry.at), text)];
    }
    let mut findings = Vec::new();
    for Entry { key, at, value, .. } in entry.value.entries() {
        if let Some(problem) = parameter(key, &value.to_json()) {
            findings.push(Finding::error(FILE, Some(*at), problem));
        } else if let Some(kind) = value.get("type")
            && !kind.text().is_some_and(|kind| TYPES.contains(&kind))
        {
            let known = TYPES.join(", ");
            let text = format!("the type of {key:?} must be one of {known}");
            findings.push(Finding::warning(FILE, Some(kind.at), text));
        }
    }
    findings
}

fn are_groups(groups: &Value) -> bool {
    let names = |group: &Value| {
        let parameters = group.as_object().map(|group| group.get("parameters"));
        match parameters {
            None => false,
            Some(None) => true,
            Some(Some(list)) => list
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_string)),
        }
    };
    groups
        .as_array()
        .is_some_and(|groups| groups.iter().all(names))
}

fn parameter(name: &str, spec: &Value) -> Option<String> {
    let Some(spec) = spec.as_object() else {
        return Some(format!(
            "the parameter {name:?} must be a mapping with a type"
        ));
    };
    if !spec.contains_key("type") {
        return Some(format!("the parameter {name:?} has no type"));
    }
    match spec.get("constraints") {
        None | Some(Value::Null) => None,
        Some(Value::Array(list)) => list.iter().find_map(constraint),
        Some(_) => Some("they must be a list".to_owned()),
    }
    .map(|problem| format!("the constraints of the parameter {name:?}: {problem}"))
}

fn constraint(constraint: &Value) -> Option<String> {
    let Some(constraint) = constraint.as_object() else {
        return Some("each must be a mapping".to_owned());
    };
    if let Some(length) = constraint.get("length") {
        let whole = |end| length.get(end).is_none_or(is_whole);
        (!length.is_object() || !whole("min") || !whole("max"))
            .then(|| "length needs whole numbers as min or max".to_owned())
    } else if let Some(range) = constraint.get("range") {
        let ends = |range: &Map<_, _>| range.contains_key("min") || range.contains_key("max");
        (!range.as_object().is_some_and(ends)).then(|| "range needs a min or a max".to_owned())
    } else if let Some(values) = constraint.get("allowed_values") {
        (!values.is_array()).then(|| "allowed_values must be a list".to_owned())
    } else {
        None
    }
}

fn is_whole(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::String(text) => text.trim().parse::<i64>().is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::{refusal, remarks};
    use super::*;

    fn problems(text: &str) -> String {
        refusal(&look(text)).map_or(String::new(), |error| error.to_string())
    }

    fn warnings(text: &str) -> Vec<String> {
        remarks(&look(text))
    }

    #[test]
    fn ordinary_templates_are_fine() {
        let text = "heat_template_version: 2013-05-23\n\
            parameter_groups:\n- label: g\n  parameters: [a]\n- {}\n\
            parameters:\n\
            \x20 a: {type: string, constraints: [{length: {min: 1, max: '5'}}, {custom_constraint: x}]}\n\
            \x20 b: {type: number, default: 5, constraints: [{range: {max: 7}}]}\n\
            \x20 c: {type: string, constraints: [{allowed_values: [a, b]}, {allowed_pattern: x}]}\n\
            \x20 d: {type: json, constraints: }\n\
            resources: {}\n";
        assert_eq!(problems(text), "");
        assert_eq!(warnings(text), [] as [String; 0]);
        assert_eq!(problems("resources: {}\nparameters:\n"), "");
    }

    #[test]
    fn what_the_server_fails_on_is_told() {
        for (text, problem) in [
            ("", "is empty"),
            ("- a", "must be a mapping"),
            ("a: [", "line "),
            ("a: !GetAtt x", "tag"),
            ("parameters: [a]", "parameters must be a mapping"),
            ("parameters: {a: }", "\"a\" must be a mapping"),
            ("parameters: {a: {label: x}}", "\"a\" has no type"),
            ("parameter_groups:", "parameter_groups"),
            ("parameter_groups: [{parameters: }]", "parameter_groups"),
            ("parameter_groups: [a]", "parameter_groups"),
            (
                "parameters: {a: {type: x, constraints: {}}}",
                "must be a list",
            ),
            (
                "parameters: {a: {type: x, constraints: [5]}}",
                "each must be",
            ),
            (
                "parameters: {a: {type: x, constraints: [{length: {min: x}}]}}",
                "length",
            ),
            (
                "parameters: {a: {type: x, constraints: [{length: 5}]}}",
                "length",
            ),
            (
                "parameters: {a: {type: x, constraints: [{range: {}}]}}",
                "range",
            ),
            (
                "parameters: {a: {type: x, constraints: [{allowed_values: 5}]}}",
                "allowed_values",
            ),
        ] {
            let found = problems(text);
            assert!(found.starts_with("template.yaml"), "{text}: {found:?}");
            assert!(
                found.contains(problem) && !found.contains("; "),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn what_fails_later_is_warned_of() {
        let found = warnings("parameters: {a: {type: text}}");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].contains("\"a\"") && found[1].contains("resources"),
            "{found:?}"
        );
    }
}
