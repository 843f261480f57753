//! YAML, the language of packages: values are written by [`to_string`].
//!
//! ```
//! let manifest = serde_json::json!({"FullName": "io.example.Shop", "Type": "Library"});
//! assert_eq!(murano_sdk::yaml::to_string(&manifest), "FullName: io.example.Shop\nType: Library\n");
//! ```

// Here is also the one reader of YAML: of manifests, templates, `clouds.yaml` and files of secrets.
//
// Scalars follow version 1.1 as the server's own reader does (`yes` is true, `0777` is octal,
// `<<` merges), because a value must mean the same on both sides. Nothing but data comes out: an
// unknown tag such as `!yaql` is dropped and the text of the scalar is kept. Errors name a position
// and never repeat the text of the file, which may be a password.

mod builder;
mod scalar;
mod write;

use std::fmt;
use std::rc::Rc;

use saphyr_parser::{Marker, Parser, ScanError};
use serde_json::Value;

use builder::Builder;
pub use write::to_string;

/// Beside its text each node counts with this towards [`builder::MAX_EXPANSION`].
const NODE_WEIGHT: usize = 16;

/// Why a text is not the YAML that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlError {
    pub(crate) message: String,
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1, in characters.
    pub(crate) column: usize,
}

impl YamlError {
    fn new(message: impl Into<String>, at: Marker) -> Self {
        Self {
            message: message.into(),
            line: at.line(),
            column: at.col() + 1,
        }
    }
}

impl From<ScanError> for YamlError {
    fn from(error: ScanError) -> Self {
        // The only message of the parser that quotes its input ends in the character it met.
        let info = error.info();
        let message = if info.starts_with("unexpected character") {
            "unexpected character"
        } else {
            info
        };
        Self::new(message, *error.marker())
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for YamlError {}

/// What to do with tags that YAML itself does not define.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tags {
    /// Keep what they stand on.
    Dropped,
    /// As the server does for manifests and templates.
    Refused,
    /// As the server does for classes: `!yaql` on a scalar makes an expression of it.
    Yaql,
}

/// A position in a text, counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl From<Marker> for Mark {
    fn from(marker: Marker) -> Self {
        Self {
            line: marker.line(),
            column: marker.col() + 1,
        }
    }
}

/// Every document of a text, and what is odd about it.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    pub(crate) nodes: Vec<Rc<Node>>,
    /// Keys that stand in a mapping a second time, where only the last one counts.
    pub(crate) repeated: Vec<(String, Mark)>,
}

impl Documents {
    /// Reads a text.
    pub(crate) fn load(text: &str, tags: Tags) -> Result<Self, YamlError> {
        parse(text, tags)
    }

    /// The one document of a text that may hold no more. `None` for an empty text.
    pub(crate) fn single(&self) -> Result<Option<&Rc<Node>>, YamlError> {
        match self.nodes.get(1) {
            None => Ok(self.nodes.first()),
            Some(second) => Err(YamlError {
                message: "a second document begins, only one is allowed here".to_owned(),
                line: second.at.line,
                column: second.at.column,
            }),
        }
    }
}

/// Reads a text that holds one document. An empty text is null.
pub(crate) fn load(text: &str) -> Result<Value, YamlError> {
    Ok(load_node(text, Tags::Dropped)?.map_or(Value::Null, |node| node.to_json()))
}

/// What a text without quotes and tag means.
pub(crate) fn plain(text: &str) -> Value {
    scalar::resolve(text, true, None)
}

/// Like [`load`], with the order of keys and the text of scalars. `None` for an empty text.
fn load_node(text: &str, tags: Tags) -> Result<Option<Rc<Node>>, YamlError> {
    Ok(parse(text, tags)?.single()?.cloned())
}

/// A value of a document.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) body: Body,
    pub(crate) at: Mark,
    /// Size with every alias written out.
    weight: usize,
    /// Collections below and including this one, with every alias written out.
    height: usize,
}

#[derive(Debug)]
pub(crate) enum Body {
    /// The text as it stands in the file (quotes and folding removed) and the value it means.
    Scalar {
        text: String,
        value: Value,
        style: Style,
    },
    Sequence(Vec<Rc<Node>>),
    /// In the order of the file.
    Mapping(Vec<Entry>),
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Neither quotes nor a tag: the text decides what it is.
    Plain,
    /// With the tag `!yaql`.
    Expression,
    /// In quotes, as a block, or with another tag.
    Other,
}

/// A key of a mapping and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The text that stands there: `1.10` stays `1.10`.
    pub(crate) key: String,
    /// How the key was written.
    pub(crate) style: Style,
    pub(crate) at: Mark,
    pub(crate) value: Rc<Node>,
}

impl Node {
    fn new(body: Body, at: Marker) -> Rc<Self> {
        let (weight, height) = match &body {
            Body::Scalar { text, .. } => (text.len(), 0),
            Body::Sequence(items) => items.iter().fold((0, 1), |sum, item| sum_up(sum, 0, item)),
            Body::Mapping(entries) => entries.iter().fold((0, 1), |sum, entry| {
                sum_up(sum, entry.key.len(), &entry.value)
            }),
        };
        let weight = NODE_WEIGHT.saturating_add(weight);
        Rc::new(Self {
            body,
            at: at.into(),
            weight,
            height,
        })
    }

    /// The value of a key, `None` when there is no such key or this is no mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &*entry.value)
    }

    /// A key with its value, `None` when there is no such key or this is no mapping.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The keys and values of a mapping; nothing when this is none.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.body {
            Body::Mapping(entries) => entries,
            Body::Scalar { .. } | Body::Sequence(_) => &[],
        }
    }

    /// How many items a list has, and 0 for all else.
    pub(crate) fn len(&self) -> usize {
        match &self.body {
            Body::Sequence(items) => items.len(),
            Body::Scalar { .. } | Body::Mapping(_) => 0,
        }
    }

    /// Whether this is null, such as the value of a key without one.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.body, Body::Scalar { value, .. } if value.is_null())
    }

    /// The text of a scalar that is not null.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Scalar { text, value, .. } if !value.is_null() => Some(text),
            _ => None,
        }
    }

    /// The value as JSON. Numbers JSON cannot hold (infinities, more than 64 bits) become text.
    pub(crate) fn to_json(&self) -> Value {
        match &self.body {
            Body::Scalar { value, .. } => value.clone(),
            Body::Sequence(items) => items.iter().map(|item| item.to_json()).collect(),
            Body::Mapping(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect(),
        }
    }
}

fn sum_up((weight, height): (usize, usize), key: usize, node: &Node) -> (usize, usize) {
    (
        weight.saturating_add(key).saturating_add(node.weight),
        height.max(node.height + 1),
    )
}

fn parse(text: &str, tags: Tags) -> Result<Documents, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_control_characters(text)?;
    let mut builder = Builder::new(tags);
    // Not `Parser::load`: it recurses for each level of the file, before anything can be checked.
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        builder.accept(event, span.start)?;
    }
    Ok(builder.into_documents())
}

/// The server refuses these, and a terminal would obey them.
fn refuse_control_characters(text: &str) -> Result<(), YamlError> {
    let is_bad = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    for (number, line) in text.split('\n').enumerate() {
        if let Some(column) = line.chars().position(is_bad) {
            let message = "control characters are not allowed".to_owned();
            return Err(YamlError {
                message,
                line: number + 1,
                column: column + 1,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fmt::Write as _;

    fn yaml(text: &str) -> Value {
        load(text).unwrap()
    }

    fn load_all(text: &str) -> Result<Vec<Value>, YamlError> {
        let documents = Documents::load(text, Tags::Dropped)?;
        Ok(documents.nodes.iter().map(|node| node.to_json()).collect())
    }

    fn refusal(text: &str) -> String {
        load(text).unwrap_err().to_string()
    }

    #[test]
    fn collections_scalars_and_quotes() {
        let text = "a: [1, 'two', \"th\\u0072ee\"]\nb:\n- c: |\n    x\n    y\n- {d: }\n";
        assert_eq!(
            yaml(text),
            json!({"a": [1, "two", "three"], "b": [{"c": "x\ny\n"}, {"d": null}]})
        );
        assert_eq!(yaml(""), Value::Null);
        assert_eq!(yaml("# nothing\n"), Value::Null);
        assert_eq!(yaml("\u{feff}a: b"), json!({"a": "b"}));
    }

    #[test]
    fn unknown_tags_leave_text_and_data() {
        let text = "a: !yaql $.x > 5\nb: !yaql 5\nc: !thing {d: 1}\ne: !<x:y> [no]\nf: !yaql\n";
        assert_eq!(
            yaml(text),
            json!({"a": "$.x > 5", "b": "5", "c": {"d": 1}, "e": [false], "f": ""})
        );
    }

    #[test]
    fn unknown_tags_can_be_refused() {
        let strict = |text: &str| load_node(text, Tags::Refused).map(drop);
        for text in [
            "a: !yaql x",
            "!thing {a: b}",
            "- !thing [a]",
            "a: !!python/none",
            "a: =",
        ] {
            let error = strict(text).unwrap_err();
            assert_eq!(
                error.message, "the server does not know the tag of this value",
                "{text}"
            );
        }
        for text in [
            "a: !!str 5",
            "!!map {a: ! b}",
            "=: a",
            "a: '='",
            "a: !!set {b}",
        ] {
            assert_eq!(strict(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn classes_may_have_expressions() {
        let class = |text: &str| Documents::load(text, Tags::Yaql).map(drop);
        assert_eq!(class("a: !yaql $.b\n---\n- !yaql 5"), Ok(()));
        for text in [
            "a: !yaql [b]",
            "a: !yaql {b: c}",
            "a: !thing b",
            "a: !<yaql> b",
        ] {
            assert!(class(text).is_err(), "{text}");
        }
    }

    #[test]
    fn repeated_keys_are_noted() {
        let text = "a: 1\nb: {c: 1, d: 2, c: 3}\n<<: {a: 3}\na: 2\n---\na: 1\n";
        let found = Documents::load(text, Tags::Dropped).unwrap().repeated;
        let mark = |line, column| Mark { line, column };
        assert_eq!(
            found,
            [("c".to_owned(), mark(2, 17)), ("a".to_owned(), mark(4, 1))]
        );
    }

    #[test]
    fn keys_and_values_know_where_they_stand() {
        let node = load_node("a:\n  b: [x]\n", Tags::Dropped).unwrap().unwrap();
        let entry = node.get("a").and_then(|a| a.entry("b")).unwrap();
        assert_eq!(entry.at, Mark { line: 2, column: 3 });
        assert_eq!(entry.value.at, Mark { line: 2, column: 6 });
    }

    #[test]
    fn keys_keep_their_text_and_order() {
        let node = load_node("z: 1\n1.10: 2\nyes: 3\n~: 4\n", Tags::Dropped)
            .unwrap()
            .unwrap();
        let keys: Vec<_> = node
            .entries()
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        assert_eq!(keys, ["z", "1.10", "yes", "~"]);
    }

    #[test]
    fn numbers_keep_their_text_beside_the_value() {
        let node = load_node("Version: 1.10", Tags::Refused).unwrap().unwrap();
        let Body::Scalar { text, value, .. } = &node.get("Version").unwrap().body else {
            panic!()
        };
        assert_eq!((text.as_str(), value), ("1.10", &json!(1.1)));
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        assert_eq!(yaml("a: 1\nb: 2\na: 3"), json!({"a": 3, "b": 2}));
    }

    #[test]
    fn merge_keys() {
        let text = "base: &base {a: 1, b: 1}\nother: &other {b: 2, c: 2}\n\
                    one: {b: 9, <<: *base}\ntwo: {<<: [*base, *other], d: 4}\nthree: {'<<': 1}\n";
        let value = yaml(text);
        assert_eq!(value["one"], json!({"a": 1, "b": 9}));
        assert_eq!(value["two"], json!({"a": 1, "b": 1, "c": 2, "d": 4}));
        assert_eq!(value["three"], json!({"<<": 1}));
        assert!(refusal("a: {<<: 1}").ends_with("is no mapping and no list of mappings"));
        assert!(refusal("a: {<<: [{b: 1}, 2]}").contains("<<"));
    }

    #[test]
    fn aliases_are_copies() {
        assert_eq!(
            yaml("a: &x [1]\nb: *x\nc: &k key\n? *k\n: v"),
            json!({"a": [1], "b": [1], "c": "key", "key": "v"})
        );
        assert!(load("a: *x").is_err());
        // An anchor belongs to its document.
        assert!(load_all("--- &x 1\n--- *x\n").is_err());
        assert!(refusal("a: &x [*x]").ends_with("an alias without an anchor before it"));
    }

    #[test]
    fn alias_bombs_are_refused() {
        let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..40 {
            let alias = format!("*a{}, ", level - 1).repeat(8);
            writeln!(text, "a{level}: &a{level} [{alias}]").unwrap();
        }
        assert!(refusal(&text).ends_with("the aliases expand to too much data"));

        let long = format!(
            "a: &a {}\nb: [{}]",
            "x".repeat(100_000),
            "*a, ".repeat(1000)
        );
        assert!(refusal(&long).ends_with("the aliases expand to too much data"));

        let merged = format!(
            "a: &a {{k: {}}}\nb:\n{}",
            "x".repeat(100_000),
            "- <<: *a\n".repeat(99)
        );
        assert!(refusal(&merged).ends_with("the aliases expand to too much data"));
    }

    #[test]
    fn depth_is_limited_also_through_aliases() {
        assert!(load(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
        assert!(refusal(&"[".repeat(101)).ends_with("nested deeper than 100 levels"));
        // Here the parser gives up first.
        assert!(load(&"[".repeat(1_000_000)).is_err());
        assert!(load(&"{a: ".repeat(1_000_000)).is_err());
        assert!(refusal(&"- ".repeat(100_000)).ends_with("nested deeper than 100 levels"));
        let mut chain = "a0: &a0 []\n".to_owned();
        for level in 1..200 {
            writeln!(chain, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
        }
        assert!(refusal(&chain).ends_with("nested deeper than 100 levels"));
    }

    #[test]
    fn documents_are_counted() {
        assert_eq!(
            load_all("a: 1\n--- 2\n---\n").unwrap(),
            [json!({"a": 1}), json!(2), json!(null)]
        );
        assert_eq!(load_all("").unwrap(), [] as [Value; 0]);
        let error = load("a: 1\n---\nb: 2\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3, column 1: a second document begins, only one is allowed here"
        );
    }

    #[test]
    fn errors_have_a_position_and_no_content() {
        let text = "clouds:\n  a:\n    password: hunter2\n   oops: [hunter2\n";
        let error = load(text).unwrap_err();
        assert!(error.line >= 4 && error.column >= 1, "{error}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("line {}, column", error.line))
        );
        for text in [
            text,
            "a: @hunter2",
            "a: `hunter2",
            "hunter2: x: y",
            "[hunter2",
            "%hunter2 x",
        ] {
            let error = load(text).unwrap_err();
            assert!(!error.to_string().contains("hunter"), "{error}");
            assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
            assert!(
                !error.message.contains('@') && !error.message.contains('`'),
                "{error}"
            );
        }
        assert_eq!(
            refusal("a: b\nc: \u{1b}[2J"),
            "line 2, column 4: control characters are not allowed"
        );
        assert!(refusal("? [a]\n: b").ends_with("a key must be a scalar, not a list or mapping"));
    }
}
