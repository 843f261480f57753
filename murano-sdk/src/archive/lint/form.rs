//! The form of an application for the dashboard.

use crate::archive::finding::Finding;
use crate::archive::manifest::{describe, is_empty, quote};
use crate::archive::words;
use crate::yaml::{Body, Documents, Entry, Node, Tags};

const KEYS: [&str; 6] = [
    "Version",
    "Application",
    "Forms",
    "Templates",
    "Parameters",
    "ParametersSource",
];

/// What is to be said about a form.
pub(super) fn look(file: &str, text: &str) -> Vec<Finding> {
    let documents = match Documents::load(text, Tags::Yaql) {
        Ok(documents) => documents,
        Err(error) => return vec![Finding::yaml(file, &error).taken()],
    };
    let root = match documents.single() {
        Ok(Some(root)) => root,
        Ok(None) => {
            let text = "it is empty: write a form with Version, Application and Forms";
            return vec![Finding::flaw(file, None, text)];
        }
        Err(error) => return vec![Finding::yaml(file, &error).taken()],
    };
    if !matches!(root.body, Body::Mapping(_)) {
        let text = "it must be a mapping with the keys Version, Application and Forms";
        return vec![Finding::flaw(file, Some(root.at), text)];
    }
    let mut findings = words::repeated(file, &documents);
    findings.extend(words::unknown(file, root, "a form", &KEYS));
    for (key, what) in [
        (
            "Version",
            "the dashboard takes it for the oldest kind: write such as Version: 2.2",
        ),
        (
            "Application",
            "the dashboard cannot add the application: describe its object model",
        ),
        (
            "Forms",
            "the dashboard has nothing to ask: write a list of forms",
        ),
    ] {
        if root.get(key).is_none_or(Node::is_null) {
            let text = format!("{key} is missing, {what}");
            findings.push(Finding::warning(file, None, text));
        }
    }
    findings.extend(forms(file, root));
    findings
}

fn forms(file: &str, root: &Node) -> Vec<Finding> {
    let Some(entry) = root.entry("Forms").filter(|entry| !is_empty(&entry.value)) else {
        return Vec::new();
    };
    let Body::Sequence(forms) = &entry.value.body else {
        let found = describe(&entry.value);
        let text = format!("Forms is {found}, it must be a list of named forms");
        return vec![Finding::warning(file, Some(entry.at), text)];
    };
    let mut findings = Vec::new();
    for form in forms {
        if let [form] = form.entries() {
            findings.extend(fields(file, form));
        } else {
            let text = "a form must be a mapping of its name to its fields";
            findings.push(Finding::warning(file, Some(form.at), text));
        }
    }
    findings
}

fn fields(file: &str, form: &Entry) -> Vec<Finding> {
    let name = quote(&form.key);
    let Some(fields) = form.value.entry("fields") else {
        let text = format!("the form {name} has no fields, give it a list of them");
        return vec![Finding::warning(file, Some(form.at), text)];
    };
    let Body::Sequence(items) = &fields.value.body else {
        let found = describe(&fields.value);
        let text = format!("fields of the form {name} is {found}, it must be a list");
        return vec![Finding::warning(file, Some(fields.at), text)];
    };
    let lacks = |field: &Node, key| field.get(key).is_none_or(is_empty);
    let strange = items.iter().filter_map(|field| {
        let key = ["name", "type"].into_iter().find(|key| lacks(field, key))?;
        let text = format!("a field of the form {name} has no {key}, the dashboard fails: add it");
        Some(Finding::warning(file, Some(field.at), text))
    });
    strange.collect()
}
