//! Files of classes: documents, names, parents.

use std::collections::BTreeSet;

use super::members;
use super::namespaces::Namespaces;
use crate::archive::finding::Finding;
use crate::archive::manifest::{Manifest, describe, is_empty, quote};
use crate::archive::words;
use crate::yaml::{Body, Documents, Entry, Node, Tags};

/// Keys that mean something in a class.
const KEYS: [&str; 12] = [
    "Name",
    "Namespaces",
    "Extends",
    "Import",
    "Usage",
    "Meta",
    "Properties",
    "Methods",
    "Workflow",
    "Cardinality",
    "Applies",
    "Inherited",
];
/// What a class of metadata may be put on.
const TARGETS: [&str; 6] = ["Package", "Type", "Property", "Method", "Argument", "All"];

/// What is to be said about a file that the manifest names for the `listed` classes.
pub(super) fn look(
    file: &str,
    text: &str,
    listed: &BTreeSet<&str>,
    manifest: &Manifest,
) -> Vec<Finding> {
    let documents = match Documents::load(text, Tags::Yaql) {
        Ok(documents) => documents,
        Err(error) => return vec![Finding::yaml(file, &error).taken()],
    };
    let mut reader = Reader {
        file,
        findings: words::repeated(file, &documents),
        namespaces: Namespaces::default(),
        declared: BTreeSet::new(),
        unnamed: 0,
        has_bad_names: false,
        warns_of_actions: manifest.format.ends_with("/1.4"),
    };
    for document in documents.nodes.iter().filter(|node| !is_empty(node)) {
        reader.document(document);
    }
    reader.compare(listed);
    reader.findings
}

struct Reader<'a> {
    file: &'a str,
    findings: Vec<Finding>,
    /// Those of the last document that has some hold for the next ones.
    namespaces: Namespaces,
    declared: BTreeSet<String>,
    unnamed: usize,
    has_bad_names: bool,
    warns_of_actions: bool,
}

impl Reader<'_> {
    fn document(&mut self, node: &Node) {
        if !matches!(node.body, Body::Mapping(_)) {
            let found = describe(node);
            let text = format!("a class must be a mapping with keys such as Name, this is {found}");
            self.findings
                .push(Finding::flaw(self.file, Some(node.at), text));
            return;
        }
        if let Some(entry) = node.entry("Namespaces") {
            let (namespaces, findings) = Namespaces::read(self.file, entry);
            self.namespaces = namespaces;
            self.findings.extend(findings);
            if node.entries().len() == 1 {
                return;
            }
        }
        self.name(node);
        for key in ["Extends", "Import"] {
            if let Some(entry) = node.entry(key) {
                self.names_of_classes(entry);
            }
        }
        self.usage(node);
        let unknown = words::unknown(self.file, node, "a class", &KEYS);
        self.findings.extend(unknown);
        let members = members::look(self.file, node, &self.namespaces, self.warns_of_actions);
        self.findings.extend(members);
    }

    fn name(&mut self, node: &Node) {
        let Some(entry) = node.entry("Name").filter(|entry| !is_empty(&entry.value)) else {
            self.unnamed += 1;
            if self.unnamed == 2 {
                let text = "a second class without a Name in this file: give it one";
                self.findings
                    .push(Finding::flaw(self.file, Some(node.at), text));
            }
            return;
        };
        match self.resolve(&entry.value) {
            Err(text) => {
                self.has_bad_names = true;
                let text = format!("Name: {text}");
                let finding = Finding::flaw(self.file, Some(entry.value.at), text);
                self.findings.push(finding);
            }
            Ok(name) => {
                self.declared.insert(name);
            }
        }
    }

    fn resolve(&self, node: &Node) -> Result<String, String> {
        match node.text() {
            Some(text) => self.namespaces.resolve(text),
            None => Err(format!(
                "it is {}, write the name of a class",
                describe(node)
            )),
        }
    }

    /// The value of a key that names one class or a list of them.
    fn names_of_classes(&mut self, entry: &Entry) {
        let nodes = match &entry.value.body {
            Body::Sequence(items) => items.as_slice(),
            _ if is_empty(&entry.value) => &[],
            _ => std::slice::from_ref(&entry.value),
        };
        for node in nodes {
            if let Err(text) = self.resolve(node) {
                let text = format!("{}: {text}", entry.key);
                self.findings
                    .push(Finding::flaw(self.file, Some(node.at), text));
            }
        }
    }

    /// Every class of the manifest must be in the file that is named for it.
    fn compare(&mut self, listed: &BTreeSet<&str>) {
        // A class without a name takes the one it is asked for, and a bad name has been told.
        if self.unnamed > 0 || self.has_bad_names {
            return;
        }
        let mut missing = listed
            .iter()
            .filter(|class| !self.declared.contains(**class));
        let Some(class) = missing.next() else { return };
        let declared: Vec<String> = self.declared.iter().map(|name| quote(name)).collect();
        let found = if declared.is_empty() {
            "nothing that can be named".to_owned()
        } else {
            declared.join(", ")
        };
        let text = format!(
            "the class {} of manifest.yaml is not in this file, which declares {found}: correct one \
             of the names, or Namespaces",
            quote(class)
        );
        self.findings.push(Finding::flaw(self.file, None, text));
    }

    /// Ordinary class, or class of metadata with keys of its own.
    fn usage(&mut self, node: &Node) {
        let usage = node.get("Usage");
        if let Some(node) = usage
            && !matches!(node.text(), Some("Class" | "Meta"))
        {
            let found = describe(node);
            let text = format!("Usage of the class is {found}, it must be Class or Meta");
            self.findings
                .push(Finding::flaw(self.file, Some(node.at), text));
        }
        let is_meta = usage.and_then(Node::text) == Some("Meta");
        for key in ["Cardinality", "Applies", "Inherited"] {
            let Some(entry) = node.entry(key) else {
                continue;
            };
            let (file, at) = (self.file, Some(entry.at));
            if !is_meta {
                let text = format!("{key} means nothing in a class without Usage: Meta");
                self.findings.push(Finding::warning(file, at, text));
            } else if let Some(rule) = rule_of_metadata(entry) {
                let found = describe(&entry.value);
                let text = format!("{key} is {found}, it must be {rule}");
                self.findings.push(Finding::flaw(file, at, text));
            }
        }
    }
}

/// The rule that a key of a class of metadata breaks, if it does.
fn rule_of_metadata(entry: &Entry) -> Option<String> {
    let node = &entry.value;
    let target = |node: &Node| node.text().is_some_and(|text| TARGETS.contains(&text));
    let (is_good, rule) = match (entry.key.as_str(), &node.body) {
        ("Cardinality", _) => (
            matches!(node.text(), Some("One" | "Many")),
            "One or Many".to_owned(),
        ),
        ("Inherited", _) => (node.to_json().is_boolean(), "true or false".to_owned()),
        (_, Body::Sequence(items)) => (
            items.iter().all(|item| target(item)),
            format!("one or several of {}", TARGETS.join(", ")),
        ),
        _ => (
            target(node),
            format!("one or several of {}", TARGETS.join(", ")),
        ),
    };
    (!is_good).then_some(rule)
}
