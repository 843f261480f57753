//! Heat templates: the server makes a form of the parameters, and fails on some templates.

use serde_json::{Map, Value};

use crate::yaml::{self, Tags};

/// Parameter types that a deployment can pass on.
const TYPES: [&str; 5] = [
    "string",
    "comma_delimited_list",
    "json",
    "number",
    "boolean",
];

/// Why a server would fail on `template.yaml`.
pub(super) fn problems(text: &str) -> Vec<String> {
    let template = match yaml::load_node(text, Tags::Refused) {
        Ok(Some(template)) => template.to_json(),
        Ok(None) => return vec!["template.yaml is empty".to_owned()],
        Err(error) => return vec![format!("template.yaml: {error}")],
    };
    let Value::Object(template) = template else {
        return vec!["template.yaml: it must be a mapping with keys such as resources".to_owned()];
    };
    let mut problems = Vec::new();
    if let Some(groups) = template.get("parameter_groups")
        && !are_groups(groups)
    {
        problems.push(
            "parameter_groups must be a list of mappings with lists of parameters".to_owned(),
        );
    }
    match template.get("parameters") {
        None | Some(Value::Null) => {}
        Some(Value::Object(parameters)) => {
            problems.extend(
                parameters
                    .iter()
                    .filter_map(|(name, spec)| parameter(name, spec)),
            );
        }
        Some(_) => problems.push("parameters must be a mapping".to_owned()),
    }
    problems
        .into_iter()
        .map(|problem| format!("template.yaml: {problem}"))
        .collect()
}

/// What lets the package in but fails when it is deployed.
pub(super) fn warnings(text: &str) -> Vec<String> {
    let Ok(template) = yaml::load(text) else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    if template.get("resources").is_none() {
        warnings.push("template.yaml has no resources, so it cannot be deployed".to_owned());
    }
    let parameters = template.get("parameters").and_then(Value::as_object);
    for (name, spec) in parameters.into_iter().flatten() {
        if spec["type"]
            .as_str()
            .is_none_or(|kind| !TYPES.contains(&kind))
        {
            let known = TYPES.join(", ");
            warnings.push(format!(
                "template.yaml: the type of {name:?} must be one of {known}"
            ));
        }
    }
    warnings
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
    use super::*;

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
        assert_eq!(problems(text), [] as [String; 0]);
        assert_eq!(warnings(text), [] as [String; 0]);
        assert_eq!(problems("resources: {}\nparameters:\n"), [] as [String; 0]);
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
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].starts_with("template.yaml"), "{text}: {found:?}");
            assert!(found[0].contains(problem), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_fails_later_is_warned_of() {
        let found = warnings("parameters: {a: {type: text}}");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].contains("resources") && found[1].contains("\"a\""),
            "{found:?}"
        );
    }
}
