//! From text to [`Manifest`], with a sentence for each thing that is wrong.

use std::collections::HashMap;

use serde_json::Value;

use super::values::{describe, is_empty, is_empty_text, is_full_name, quote};
use super::{Manifest, PackageType};
use crate::archive::finding::Finding;
use crate::archive::{version, words};
use crate::yaml::{Body, Documents, Entry, Mark, Node, Tags};

const FILE: &str = "manifest.yaml";

/// The newest minor version of `MuranoPL/1.x`.
const NEWEST_MURANO_PL: u64 = 4;
/// Longest `Name` a server takes, in characters.
const LONGEST_NAME: usize = 80;
/// What the columns of the usual databases hold, in characters.
const LONGEST_FULL_NAME: usize = 128;
const LONGEST_AUTHOR: usize = 80;

/// What could be made of the text of a manifest.
#[derive(Debug, Default)]
pub(in crate::archive) struct Reading {
    /// `None` for a text that says nothing. Where there are errors, placeholders stand in their place.
    pub(in crate::archive) manifest: Option<Manifest>,
    pub(in crate::archive) findings: Vec<Finding>,
    /// Where the keys and those below them stand, such as `Classes/io.example.Shop`.
    places: HashMap<String, Mark>,
}

impl Reading {
    /// Where a key stands, such as `UI` or `Supplier/Logo`.
    pub(in crate::archive) fn place(&self, path: &str) -> Option<Mark> {
        self.places.get(path).copied()
    }

    pub(in crate::archive) fn nothing(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
            ..Self::default()
        }
    }
}

pub(super) fn read(text: &str) -> Reading {
    let nothing = |text: &str| Reading::nothing(Finding::error(FILE, None, text));
    let documents = match Documents::load(text, Tags::Refused) {
        Ok(documents) => documents,
        Err(error) => return Reading::nothing(Finding::yaml(FILE, &error)),
    };
    let root = match documents.single() {
        Ok(Some(root)) => root,
        Ok(None) => return nothing("manifest.yaml is empty, it needs FullName and Type"),
        Err(error) => return Reading::nothing(Finding::yaml(FILE, &error)),
    };
    if !matches!(root.body, Body::Mapping(_)) {
        return nothing("it must be a mapping with keys such as FullName and Type");
    }
    let mut reader = Reader {
        root,
        findings: Vec::new(),
    };
    let manifest = reader.manifest();
    reader.findings.extend(words::repeated(FILE, &documents));
    let mut places = HashMap::new();
    for Entry { key, at, value, .. } in root.entries() {
        places.insert(key.clone(), *at);
        let below = value.entries().iter();
        places.extend(below.map(|entry| (format!("{key}/{}", entry.key), entry.at)));
    }
    Reading {
        manifest: Some(manifest),
        findings: reader.findings,
        places,
    }
}

pub(super) struct Reader<'a> {
    pub(super) root: &'a Node,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn manifest(&mut self) -> Manifest {
        let kind = self.kind();
        let full_name = self.full_name();
        let name = self.name(full_name.as_deref());
        let author = self.text("Author", Null::Allowed);
        self.warn_of_length("Author", author.as_deref(), LONGEST_AUTHOR);
        Manifest {
            format: self.format(),
            kind,
            name: name.or_else(|| full_name.clone()).unwrap_or_default(),
            full_name: full_name.unwrap_or_default(),
            version: self.version(),
            description: self.text("Description", Null::Allowed),
            author,
            tags: self.tags(),
            classes: self.classes(),
            ui: self.ui(),
            logo: self.logo(),
            supplier: self.supplier(),
            require: self.require(),
            meta: self.value("Meta").map(Node::to_json),
            extra: self.extra(),
        }
    }

    /// The value of a key, `None` also for an empty one.
    pub(super) fn value(&self, key: &str) -> Option<&'a Node> {
        self.root.get(key).filter(|node| !node.is_null())
    }

    /// Where a key is to be looked at: at its value, or at itself when it has none.
    fn at(&self, key: &str) -> Option<Mark> {
        let entry = self.root.entry(key)?;
        Some(if entry.value.is_null() {
            entry.at
        } else {
            entry.value.at
        })
    }

    pub(super) fn problem(&mut self, key: &str, text: impl Into<String>) {
        self.findings.push(Finding::error(FILE, self.at(key), text));
    }

    pub(super) fn problem_at(&mut self, at: Mark, text: impl Into<String>) {
        self.findings.push(Finding::error(FILE, Some(at), text));
    }

    /// What a server takes at first and cannot use later.
    pub(super) fn flaw_at(&mut self, at: Mark, text: impl Into<String>) {
        self.findings.push(Finding::flaw(FILE, Some(at), text));
    }

    pub(super) fn warning(&mut self, key: &str, text: impl Into<String>) {
        self.findings
            .push(Finding::warning(FILE, self.at(key), text));
    }

    pub(super) fn warning_at(&mut self, at: Mark, text: impl Into<String>) {
        self.findings.push(Finding::warning(FILE, Some(at), text));
    }

    fn warn_of_length(&mut self, key: &str, text: Option<&str>, limit: usize) {
        if text.is_some_and(|text| text.chars().count() > limit) {
            let text = format!("{key} is longer than the {limit} characters of usual databases");
            self.warning(key, text);
        }
    }

    fn text(&mut self, key: &str, null: Null) -> Option<String> {
        let node = self.root.get(key)?;
        match &node.body {
            Body::Scalar {
                value: Value::String(text),
                ..
            } => return Some(text.clone()),
            Body::Scalar {
                value: Value::Null, ..
            } => {
                if null == Null::Refused {
                    self.problem(
                        key,
                        format!("{key} is empty, give it a text or leave the key out"),
                    );
                }
            }
            Body::Scalar { text, value, .. } => {
                let kind = if value.is_boolean() {
                    "a yes or no"
                } else {
                    "a number"
                };
                self.problem(
                    key,
                    format!("{key} is {text}, {kind} in YAML: put it in quotes"),
                );
            }
            _ => self.problem(
                key,
                format!("{key} is {}, it must be a text", describe(node)),
            ),
        }
        None
    }

    fn kind(&mut self) -> PackageType {
        let allowed = "it must be Application or Library";
        let node = self.value("Type");
        let kinds = [PackageType::Application, PackageType::Library];
        let known = kinds
            .into_iter()
            .find(|kind| node.and_then(Node::text) == Some(kind.as_str()));
        if let Some(kind) = known {
            return kind;
        }
        self.problem(
            "Type",
            match node {
                None => format!("Type is missing, {allowed}"),
                Some(node) => format!("Type is {}, {allowed}", describe(node)),
            },
        );
        PackageType::Library
    }

    fn full_name(&mut self) -> Option<String> {
        if self.value("FullName").is_none_or(is_empty_text) {
            self.problem(
                "FullName",
                "FullName is missing, it must be a name such as io.example.Shop",
            );
            return None;
        }
        let name = self.text("FullName", Null::Allowed)?;
        if !is_full_name(&name) {
            self.problem("FullName", format!(
                "FullName is {}, it may hold letters, digits, \"_\" and single dots between them",
                quote(&name)
            ));
        }
        self.warn_of_length("FullName", Some(&name), LONGEST_FULL_NAME);
        Some(name)
    }

    fn name(&mut self, full_name: Option<&str>) -> Option<String> {
        let given = self.text("Name", Null::Refused);
        let length = |name: &str| name.chars().count();
        if let Some(name) = &given {
            if length(name) > LONGEST_NAME {
                let length = length(name);
                self.problem(
                    "Name",
                    format!("Name has {length} characters, {LONGEST_NAME} are allowed"),
                );
            }
        } else if self.root.get("Name").is_none() && full_name.map_or(0, length) > LONGEST_NAME {
            self.problem(
                "Name",
                format!(
                    "Name is missing and FullName too long to replace it: give a Name of at most \
                 {LONGEST_NAME} characters"
                ),
            );
        }
        given
    }

    fn version(&mut self) -> String {
        let Some(node) = self.root.get("Version") else {
            return "0.0.0".to_owned();
        };
        let Body::Scalar { text, value, .. } = &node.body else {
            self.problem(
                "Version",
                format!(
                    "Version is {}, it must be a number such as 1.0.0",
                    describe(node)
                ),
            );
            return String::new();
        };
        let Some(full) = version::normalize(text) else {
            let found = describe(node);
            self.problem(
                "Version",
                format!("Version is {found}, it must begin with a number such as 1.0.0"),
            );
            return String::new();
        };
        // YAML makes the number 1.1 of 1.10, so a server believes in another version.
        if value.is_number() && version::normalize(&value.to_string()).as_ref() != Some(&full) {
            self.warning(
                "Version",
                format!("Version is {text}, which a server reads as {value}: put it in quotes"),
            );
        }
        full
    }

    fn format(&mut self) -> String {
        let default = || "MuranoPL/1.0".to_owned();
        let Some(node) = self.value("Format").filter(|node| !is_empty(node)) else {
            return default();
        };
        // Numbers in the form the server writes them: 1.10 is 1.1.
        let text = match &node.body {
            Body::Scalar {
                value: Value::Number(number),
                ..
            } if number.as_f64() == Some(0.0) => {
                return default();
            }
            Body::Scalar {
                value: Value::Number(number),
                ..
            } => number.to_string(),
            Body::Scalar { text, .. } => text.clone(),
            _ => String::new(),
        };
        let format = if text.starts_with(|c: char| c.is_ascii_digit()) {
            format!("MuranoPL/{text}")
        } else {
            text
        };
        let parts = format
            .rsplit_once('/')
            .map(|(name, version)| (name.trim(), version));
        let version = parts.and_then(|(_, version)| version::normalize(version));
        let known = match (parts, version) {
            (Some(("MuranoPL", _)), Some(version)) => {
                (0..=NEWEST_MURANO_PL).any(|minor| version == format!("1.{minor}.0"))
            }
            (Some(("Heat.HOT", _)), Some(version)) => version == "1.0.0",
            (Some((name, _)), Some(_)) => {
                self.warning(
                    "Format",
                    format!("the format {} needs a plugin of the server", quote(name)),
                );
                true
            }
            _ => false,
        };
        if !known {
            self.problem("Format", format!(
                "Format is {}, it must be MuranoPL/1.0 to MuranoPL/1.{NEWEST_MURANO_PL} or Heat.HOT/1.0",
                describe(node)
            ));
        }
        format
    }

    fn ui(&mut self) -> Option<String> {
        if self.root.get("UI").is_some_and(is_empty_text) {
            self.problem(
                "UI",
                "UI is empty, name a file below UI or leave the key out",
            );
        }
        self.text("UI", Null::Refused)
    }

    fn logo(&mut self) -> Option<String> {
        // Whatever counts as nothing in Python is no logo, and the default file is looked for.
        if self.root.get("Logo").is_none_or(is_empty) {
            return None;
        }
        self.text("Logo", Null::Allowed)
    }
}

/// Whether a key may be there without a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Null {
    Allowed,
    Refused,
}
