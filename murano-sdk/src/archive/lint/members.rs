//! Properties, methods and arguments of a class.

use super::namespaces::Namespaces;
use crate::archive::finding::Finding;
use crate::archive::manifest::{describe, is_empty, quote};
use crate::archive::words;
use crate::yaml::{Body, Entry, Node};

const PROPERTY_USAGES: [&str; 7] = ["In", "Out", "InOut", "Runtime", "Const", "Config", "Static"];
const METHOD_USAGES: [&str; 4] = ["Action", "Runtime", "Static", "Extension"];
const SCOPES: [&str; 2] = ["Session", "Public"];
const ARGUMENT_USAGES: [&str; 3] = ["Standard", "VarArgs", "KwArgs"];

/// What is to be said about the members of a class. Where public methods have a word of their own,
/// `warns_of_actions` warns of the old one.
pub(super) fn look(
    file: &str,
    class: &Node,
    namespaces: &Namespaces,
    warns_of_actions: bool,
) -> Vec<Finding> {
    let mut reader = Reader {
        file,
        namespaces,
        warns_of_actions,
        findings: Vec::new(),
    };
    reader.meta(class);
    for entry in reader.members(class, "Properties") {
        reader.property(entry);
    }
    let methods = class
        .entry("Methods")
        .filter(|entry| !is_empty(&entry.value));
    let key = if methods.is_some() {
        "Methods"
    } else {
        "Workflow"
    };
    for entry in reader.members(class, key) {
        reader.method(entry);
    }
    if let (Some(_), Some(workflow)) = (methods, class.entry("Workflow")) {
        let text = "Workflow means nothing beside Methods: move its methods there";
        reader.warn(workflow, text);
    }
    reader.findings
}

struct Reader<'a> {
    file: &'a str,
    namespaces: &'a Namespaces,
    warns_of_actions: bool,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn flaw(&mut self, entry: &Entry, text: impl Into<String>) {
        let at = if is_empty(&entry.value) {
            entry.at
        } else {
            entry.value.at
        };
        self.findings.push(Finding::flaw(self.file, Some(at), text));
    }

    fn warn(&mut self, entry: &Entry, text: impl Into<String>) {
        self.findings
            .push(Finding::warning(self.file, Some(entry.at), text));
    }

    fn members<'n>(&mut self, class: &'n Node, key: &str) -> &'n [Entry] {
        let Some(entry) = class.entry(key).filter(|entry| !is_empty(&entry.value)) else {
            return &[];
        };
        if !matches!(entry.value.body, Body::Mapping(_)) {
            let found = describe(&entry.value);
            let text = format!("{key} is {found}, it must be a mapping of names");
            self.flaw(entry, text);
        }
        entry.value.entries()
    }

    fn property(&mut self, entry: &Entry) {
        let what = format!("the property {}", quote(&entry.key));
        if self.specification(entry, &what, &["Contract", "Default", "Usage", "Meta"]) {
            self.usage(entry, &what, &PROPERTY_USAGES);
        }
    }

    /// What properties and arguments have in common. Whether it is a mapping.
    fn specification(&mut self, entry: &Entry, what: &str, keys: &[&str]) -> bool {
        let node = &entry.value;
        if !matches!(node.body, Body::Mapping(_)) {
            let found = describe(node);
            let text = format!("{what} is {found}, it must be a mapping with a Contract");
            self.flaw(entry, text);
            return false;
        }
        if node.entry("Contract").is_none() {
            let text = format!("{what} has no Contract, say which values it takes");
            self.findings
                .push(Finding::flaw(self.file, Some(entry.at), text));
        }
        let unknown = words::unknown(self.file, node, what, keys);
        self.findings.extend(unknown);
        self.meta(node);
        true
    }

    /// A word that the engine refuses unless it knows it.
    fn usage(&mut self, entry: &Entry, what: &str, known: &[&str]) {
        if let Some(usage) = strange(&entry.value, "Usage", known) {
            let found = describe(&usage.value);
            let known = known.join(", ");
            self.flaw(
                usage,
                format!("Usage of {what} is {found}, it must be one of {known}"),
            );
        }
    }

    fn method(&mut self, entry: &Entry) {
        let what = format!("the method {}", quote(&entry.key));
        let node = &entry.value;
        if is_empty(node) {
            return;
        }
        if !matches!(node.body, Body::Mapping(_)) {
            let found = describe(node);
            let text = format!("{what} is {found}, it must be a mapping with keys such as Body");
            self.flaw(entry, text);
            return;
        }
        let keys = ["Body", "Arguments", "Usage", "Scope", "Meta"];
        let unknown = words::unknown(self.file, node, &what, &keys);
        self.findings.extend(unknown);
        self.meta(node);
        self.usage(entry, &what, &METHOD_USAGES);
        // The engine takes another word for no word at all.
        if let Some(scope) = strange(node, "Scope", &SCOPES) {
            let found = describe(&scope.value);
            let known = SCOPES.join(" or ");
            let text = format!("Scope of {what} is {found}, it should be {known}");
            self.warn(scope, text);
        }
        let word = |key| node.entry(key).filter(|entry| entry.value.text().is_some());
        if let Some(usage) = word("Usage").filter(|entry| entry.value.text() == Some("Action")) {
            if word("Scope").is_some_and(|scope| scope.value.text() == Some("Session")) {
                let text = format!("{what} is an Action of Scope Session: remove one of both");
                self.flaw(usage, text);
            } else if self.warns_of_actions {
                let text =
                    format!("Usage of {what} is Action, in MuranoPL/1.4 write Scope: Public");
                self.warn(usage, text);
            }
        }
        if let Some(arguments) = node.entry("Arguments") {
            self.arguments(arguments, &what);
        }
    }

    fn arguments(&mut self, entry: &Entry, method: &str) {
        let single = std::slice::from_ref(&entry.value);
        let records = match &entry.value.body {
            Body::Sequence(items) => items.as_slice(),
            _ if entry.value.is_null() => &[],
            _ => single,
        };
        let mut seen: Vec<String> = Vec::new();
        for record in records {
            let [argument] = record.entries() else {
                let text = format!(
                    "Arguments of {method} must be a list of mappings with one key each, such as \
                     \"- name: {{Contract: $.string()}}\""
                );
                self.findings
                    .push(Finding::flaw(self.file, Some(record.at), text));
                return;
            };
            let what = format!("the argument {} of {method}", quote(&argument.key));
            let keys = ["Contract", "Default", "Usage", "Meta"];
            if !self.specification(argument, &what, &keys) {
                continue;
            }
            self.usage(argument, &what, &ARGUMENT_USAGES);
            let usage = argument.value.get("Usage").and_then(Node::text);
            let usage = usage.unwrap_or("Standard").to_owned();
            let is_late = match usage.as_str() {
                "KwArgs" => seen.contains(&usage),
                _ => !seen.is_empty(),
            };
            if is_late {
                let text = format!("{what} must stand before those of Usage VarArgs or KwArgs");
                self.flaw(argument, text);
            }
            if matches!(usage.as_str(), "VarArgs" | "KwArgs") {
                seen.push(usage);
            }
        }
    }

    /// Metadata of a class or member: names of classes, each alone or with values.
    fn meta(&mut self, owner: &Node) {
        let Some(entry) = owner.entry("Meta").filter(|entry| !is_empty(&entry.value)) else {
            return;
        };
        let single = std::slice::from_ref(&entry.value);
        let items = match &entry.value.body {
            Body::Sequence(items) => items.as_slice(),
            _ => single,
        };
        for item in items {
            let name = match (&item.body, item.entries()) {
                (Body::Mapping(_), [entry]) => Some(entry.key.as_str()),
                (Body::Scalar { .. }, _) => item.text(),
                _ => None,
            };
            let text = match name.map(|name| self.namespaces.resolve(name)) {
                Some(Ok(_)) => continue,
                Some(Err(text)) => format!("Meta: {text}"),
                None => "Meta must be a list of class names, or mappings with one of them each"
                    .to_owned(),
            };
            self.findings
                .push(Finding::flaw(self.file, Some(item.at), text));
        }
    }
}

/// The entry of a key whose value is none of the known words; a key without a value is no entry.
fn strange<'n>(node: &'n Node, key: &str, known: &[&str]) -> Option<&'n Entry> {
    let entry = node.entry(key).filter(|entry| !is_empty(&entry.value))?;
    let is_known = entry.value.text().is_some_and(|text| known.contains(&text));
    (!is_known).then_some(entry)
}
