//! The keys of a manifest that hold lists and mappings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::read::{Reader, describe, is_empty, is_full_name, quote};
use crate::yaml::Body;

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
            self.problem(format!(
                "Tags is {}, it must be a list such as [web, shop]",
                describe(node)
            ));
            return Vec::new();
        };
        let mut tags = Vec::with_capacity(items.len());
        let mut seen = BTreeSet::new();
        for item in items {
            let Body::Scalar { text, value } = &item.body else {
                self.problem(format!(
                    "Tags holds {}, every tag must be a text",
                    describe(item)
                ));
                continue;
            };
            if value.is_null() {
                self.problem("Tags holds an empty tag, every tag must be a text");
            } else if !value.is_string() {
                self.warning(format!(
                    "the tag {text} is not a text in YAML: put it in quotes"
                ));
            }
            // A server takes it, and is then unable to change the tags or delete the package.
            if !seen.insert(text.as_str()) {
                self.problem(format!(
                    "Tags holds {} twice, name each tag once",
                    quote(text)
                ));
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
            self.problem(format!(
                "Classes is {found}, it must be a mapping of class names to files"
            ));
            return classes;
        };
        if entries.is_empty() {
            self.problem("Classes is an empty mapping: name a class or leave the key out");
        }
        for (class, file) in entries {
            match &file.body {
                Body::Scalar { text, value } if !value.is_null() => {
                    classes.insert(class.clone(), text.clone());
                }
                _ => self.problem(format!(
                    "the file of the class {} is {}, it must be a path below Classes",
                    quote(class),
                    describe(file)
                )),
            }
        }
        classes
    }

    pub(super) fn supplier(&mut self) -> Option<Value> {
        let node = self.value("Supplier")?;
        if !matches!(node.body, Body::Mapping(_)) {
            let found = describe(node);
            self.problem(format!(
                "Supplier is {found}, it must be a mapping with keys such as Name"
            ));
        } else if let Some(logo) = node.get("Logo").filter(|logo| !is_empty(logo))
            && !logo.to_json().is_string()
        {
            let found = describe(logo);
            self.problem(format!(
                "the Logo of Supplier is {found}, it must be the name of a file"
            ));
        }
        Some(node.to_json())
    }

    pub(super) fn require(&mut self) -> Vec<(String, Option<String>)> {
        let Some(node) = self.value("Require") else {
            return Vec::new();
        };
        let Body::Mapping(entries) = &node.body else {
            let found = describe(node);
            self.problem(format!(
                "Require is {found}, it must be a mapping of full names to versions"
            ));
            return Vec::new();
        };
        let mut require = Vec::with_capacity(entries.len());
        for (name, version) in entries {
            if !is_full_name(name) {
                self.problem(format!(
                    "Require names {}, which is not a full name",
                    quote(name)
                ));
            }
            match &version.body {
                Body::Scalar {
                    value: Value::Null, ..
                } => require.push((name.clone(), None)),
                Body::Scalar { text, .. } => require.push((name.clone(), Some(text.clone()))),
                _ => self.problem(format!(
                    "the version of {} in Require is {}, it must be such as 1.0 or \">=1.0\"",
                    quote(name),
                    describe(version)
                )),
            }
        }
        require
    }

    pub(super) fn extra(&mut self) -> Map<String, Value> {
        let Body::Mapping(entries) = &self.root.body else {
            return Map::new();
        };
        let mut extra = Map::new();
        for (key, value) in entries
            .iter()
            .filter(|(key, _)| !KEYS.contains(&key.as_str()))
        {
            let meant = KEYS.iter().find(|known| known.eq_ignore_ascii_case(key));
            let hint = meant.map_or(String::new(), |known| format!(": did you mean {known}"));
            self.warning(format!(
                "the key {} means nothing to Murano{hint}",
                quote(key)
            ));
            extra.insert(key.clone(), value.to_json());
        }
        extra
    }
}
