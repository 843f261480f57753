//! The keys of a manifest that hold lists and mappings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::read::Reader;
use super::values::{describe, is_empty, is_full_name, quote};
use crate::archive::requirement;
use crate::yaml::{Body, Entry, Node};

/// Keys that mean something to Murano.
const KEYS: [&str; 14] = [
    "Author",
    "Classes",
    "Description",
    "Format",
    "FullName",
    "Logo",
    "Meta",
    "Name",
    "Require",
    "Supplier",
    "Tags",
    "Type",
    "UI",
    "Version",
];

impl Reader<'_> {
    pub(super) fn tags(&mut self) -> Vec<String> {
        let Some(node) = self.root.get("Tags") else {
            return Vec::new();
        };
        let Body::Sequence(items) = &node.body else {
            let found = describe(node);
            let text = format!("Tags is {found}, it must be a list such as [web, shop]");
            self.problem("Tags", text);
            return Vec::new();
        };
        let mut tags = Vec::with_capacity(items.len());
        let mut seen = BTreeSet::new();
        for item in items {
            let Body::Scalar { text, value, .. } = &item.body else {
                let found = describe(item);
                let text = format!("Tags holds {found}, every tag must be a text");
                self.problem_at(item.at, text);
                continue;
            };
            if value.is_null() {
                let text = "Tags holds an empty tag, every tag must be a text";
                self.problem_at(item.at, text);
            } else if !value.is_string() {
                let text = format!("the tag {text} is not a text in YAML: put it in quotes");
                self.warning_at(item.at, text);
            }
            // A server takes it, and is then unable to change the tags or delete the package.
            if !seen.insert(text.as_str()) {
                let tag = quote(text);
                let text = format!("Tags holds {tag} twice, name each tag once");
                self.problem_at(item.at, text);
            }
            tags.push(text.clone());
        }
        tags
    }

    pub(super) fn classes(&mut self) -> BTreeMap<String, String> {
        let mut classes = BTreeMap::new();
        let Some(node) = self.value("Classes") else {
            return classes;
        };
        let Body::Mapping(entries) = &node.body else {
            let found = describe(node);
            let text = format!("Classes is {found}, it must be a mapping of class names to files");
            self.problem("Classes", text);
            return classes;
        };
        if entries.is_empty() {
            let text = "Classes is an empty mapping: name a class or leave the key out";
            self.problem("Classes", text);
        }
        for Entry { key, at, value, .. } in entries {
            if let Some(file) = value.text() {
                classes.insert(key.clone(), file.to_owned());
            } else {
                let (class, found) = (quote(key), describe(value));
                let text = format!(
                    "the file of the class {class} is {found}, it must be a path below Classes"
                );
                self.problem_at(*at, text);
            }
        }
        classes
    }

    pub(super) fn supplier(&mut self) -> Option<Value> {
        let node = self.value("Supplier")?;
        if !matches!(node.body, Body::Mapping(_)) {
            let found = describe(node);
            let text = format!("Supplier is {found}, it must be a mapping with keys such as Name");
            self.problem("Supplier", text);
        } else if let Some(logo) = node.get("Logo").filter(|logo| !is_empty(logo))
            && !logo.to_json().is_string()
        {
            let found = describe(logo);
            let text = format!("the Logo of Supplier is {found}, it must be the name of a file");
            self.problem_at(logo.at, text);
        }
        Some(node.to_json())
    }

    pub(super) fn require(&mut self) -> Vec<(String, Option<String>)> {
        let Some(node) = self.value("Require") else {
            return Vec::new();
        };
        let Body::Mapping(entries) = &node.body else {
            let found = describe(node);
            let text =
                format!("Require is {found}, it must be a mapping of full names to versions");
            self.problem("Require", text);
            return Vec::new();
        };
        let mut require = Vec::with_capacity(entries.len());
        for Entry { key, at, value, .. } in entries {
            let name = quote(key);
            if !is_full_name(key) {
                let text = format!("Require names {name}, which is not a full name");
                self.problem_at(*at, text);
            }
            if !matches!(value.body, Body::Scalar { .. }) {
                let found = describe(value);
                let text = format!(
                    "the version of {name} in Require is {found}, it must be such as 1.0 or \">=1.0\""
                );
                self.problem_at(*at, text);
                continue;
            }
            self.range(&name, value);
            require.push((key.clone(), value.text().map(str::to_owned)));
        }
        require
    }

    /// Looks at the version that is required of a package.
    fn range(&mut self, package: &str, node: &Node) {
        let Body::Scalar { text, value, .. } = &node.body else {
            return;
        };
        // A number comes to the server without the zeros at its end: 1.10 is 1.1.
        let read = value.to_string();
        if value.is_number() && read != *text {
            let text = format!(
                "the version of {package} in Require is {text}, which a server reads as {read}: put \
                 it in quotes"
            );
            self.warning_at(node.at, text);
        } else if let Some(fault) = requirement::fault(node.text().unwrap_or_default()) {
            let found = describe(node);
            let text = format!("the version of {package} in Require is {found}, {fault}");
            self.flaw_at(node.at, text);
        }
    }

    pub(super) fn extra(&mut self) -> Map<String, Value> {
        let mut extra = Map::new();
        for Entry { key, at, value, .. } in self.root.entries() {
            if KEYS.contains(&key.as_str()) {
                continue;
            }
            let meant = KEYS.iter().find(|known| known.eq_ignore_ascii_case(key));
            let hint = meant.map_or(String::new(), |known| format!(": did you mean {known}"));
            let key_text = quote(key);
            let text = format!("the key {key_text} means nothing to Murano{hint}");
            self.warning_at(*at, text);
            extra.insert(key.clone(), value.to_json());
        }
        extra
    }
}
