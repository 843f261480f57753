//! From text to [`Manifest`], with a sentence for each thing that is wrong.

use serde_json::Value;

use super::{Manifest, PackageType};
use crate::archive::version;
use crate::yaml::{self, Body, Node, Tags};

/// The newest minor version of `MuranoPL/1.x`.
const NEWEST_MURANO_PL: u64 = 4;
/// Longest `Name` a server takes, in characters.
const LONGEST_NAME: usize = 80;
/// What the columns of the usual databases hold, in characters.
const LONGEST_FULL_NAME: usize = 128;
const LONGEST_AUTHOR: usize = 80;
/// How much of a wrong value a message repeats, in characters.
const LONGEST_QUOTE: usize = 60;

pub(super) fn read(text: &str) -> Result<(Manifest, Vec<String>), Vec<String>> {
    let root = match yaml::load_node(text, Tags::Refused) {
        Ok(Some(root)) => root,
        Ok(None) => return Err(vec!["manifest.yaml is empty".to_owned()]),
        Err(error) => return Err(vec![format!("manifest.yaml: {error}")]),
    };
    if !matches!(root.body, Body::Mapping(_)) {
        let problem = "manifest.yaml: it must be a mapping with keys such as FullName and Type";
        return Err(vec![problem.to_owned()]);
    }
    let mut reader = Reader {
        root: &root,
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    let manifest = reader.manifest();
    match manifest {
        Some(manifest) if reader.problems.is_empty() => Ok((manifest, reader.warnings)),
        _ => Err(reader.problems),
    }
}

pub(super) struct Reader<'a> {
    pub(super) root: &'a Node,
    problems: Vec<String>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    fn manifest(&mut self) -> Option<Manifest> {
        let kind = self.kind();
        let full_name = self.full_name();
        let name = self.name(full_name.as_deref());
        let author = self.text("Author", Null::Allowed);
        self.warn_of_length("Author", author.as_deref(), LONGEST_AUTHOR);
        let manifest = Manifest {
            format: self.format(),
            kind: kind.unwrap_or(PackageType::Library),
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
        };
        kind.map(|_| manifest)
    }

    /// The value of a key, `None` also for an empty one.
    pub(super) fn value(&self, key: &str) -> Option<&'a Node> {
        self.root.get(key).filter(|node| !is_null(node))
    }

    pub(super) fn problem(&mut self, text: impl AsRef<str>) {
        self.problems
            .push(format!("manifest.yaml: {}", text.as_ref()));
    }

    pub(super) fn warning(&mut self, text: impl AsRef<str>) {
        self.warnings
            .push(format!("manifest.yaml: {}", text.as_ref()));
    }

    fn warn_of_length(&mut self, key: &str, text: Option<&str>, limit: usize) {
        if text.is_some_and(|text| text.chars().count() > limit) {
            self.warning(format!(
                "{key} is longer than the {limit} characters of usual databases"
            ));
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
                    self.problem(format!(
                        "{key} is empty, give it a text or leave the key out"
                    ));
                }
            }
            Body::Scalar { text, value } => {
                let kind = if value.is_boolean() {
                    "a yes or no"
                } else {
                    "a number"
                };
                self.problem(format!("{key} is {text}, {kind} in YAML: put it in quotes"));
            }
            _ => self.problem(format!("{key} is {}, it must be a text", describe(node))),
        }
        None
    }

    fn kind(&mut self) -> Option<PackageType> {
        let allowed = "it must be Application or Library";
        let Some(node) = self.value("Type") else {
            self.problem(format!("Type is missing, {allowed}"));
            return None;
        };
        for kind in [PackageType::Application, PackageType::Library] {
            if matches!(&node.body, Body::Scalar { text, .. } if text == kind.as_str()) {
                return Some(kind);
            }
        }
        self.problem(format!("Type is {}, {allowed}", describe(node)));
        None
    }

    fn full_name(&mut self) -> Option<String> {
        if self.value("FullName").is_none_or(is_empty_text) {
            self.problem("FullName is missing, it must be a name such as io.example.Shop");
            return None;
        }
        let name = self.text("FullName", Null::Allowed)?;
        if !is_full_name(&name) {
            self.problem(format!(
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
                self.problem(format!(
                    "Name has {length} characters, {LONGEST_NAME} are allowed"
                ));
            }
        } else if self.root.get("Name").is_none() && full_name.map_or(0, length) > LONGEST_NAME {
            self.problem(format!(
                "Name is missing and FullName too long to replace it: give a Name of at most \
                 {LONGEST_NAME} characters"
            ));
        }
        given
    }

    fn version(&mut self) -> String {
        let Some(node) = self.root.get("Version") else {
            return "0.0.0".to_owned();
        };
        let Body::Scalar { text, value } = &node.body else {
            self.problem(format!(
                "Version is {}, it must be a number such as 1.0.0",
                describe(node)
            ));
            return String::new();
        };
        let Some(full) = version::normalize(text) else {
            let found = describe(node);
            self.problem(format!(
                "Version is {found}, it must begin with a number such as 1.0.0"
            ));
            return String::new();
        };
        // YAML makes the number 1.1 of 1.10, so a server believes in another version.
        if value.is_number() && version::normalize(&value.to_string()).as_ref() != Some(&full) {
            self.warning(format!(
                "Version is {text}, which a server reads as {value}: put it in quotes"
            ));
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
                self.warning(format!(
                    "the format {} needs a plugin of the server",
                    quote(name)
                ));
                true
            }
            _ => false,
        };
        if !known {
            self.problem(format!(
                "Format is {}, it must be MuranoPL/1.0 to MuranoPL/1.{NEWEST_MURANO_PL} or Heat.HOT/1.0",
                describe(node)
            ));
        }
        format
    }

    fn ui(&mut self) -> Option<String> {
        if self.root.get("UI").is_some_and(is_empty_text) {
            self.problem("UI is empty, name a file below UI or leave the key out");
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

fn is_null(node: &Node) -> bool {
    matches!(
        node.body,
        Body::Scalar {
            value: Value::Null,
            ..
        }
    )
}

fn is_empty_text(node: &Node) -> bool {
    matches!(&node.body, Body::Scalar { value: Value::String(text), .. } if text.is_empty())
}

/// What Python takes for nothing: null, an empty text or collection, `no`.
pub(super) fn is_empty(node: &Node) -> bool {
    match &node.body {
        Body::Scalar {
            value: Value::Null | Value::Bool(false),
            ..
        } => true,
        Body::Scalar {
            value: Value::String(text),
            ..
        } => text.is_empty(),
        Body::Scalar { .. } => false,
        Body::Sequence(items) => items.is_empty(),
        Body::Mapping(entries) => entries.is_empty(),
    }
}

pub(super) fn is_full_name(name: &str) -> bool {
    name.split('.')
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

/// A value as a message repeats it.
pub(super) fn describe(node: &Node) -> String {
    match &node.body {
        Body::Scalar {
            value: Value::Null, ..
        } => "empty".to_owned(),
        Body::Scalar {
            value: Value::String(text),
            ..
        } => quote(text),
        Body::Scalar { text, .. } => text.clone(),
        Body::Sequence(_) => "a list".to_owned(),
        Body::Mapping(_) => "a mapping".to_owned(),
    }
}

/// In quotes, with control characters made visible, and not too long.
pub(super) fn quote(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTE) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}
