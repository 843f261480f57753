//! YAML as MuranoPL uses it: several documents in a file, tags, and text that may be an expression.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// Deepest nesting that is read.
const DEPTH_LIMIT: usize = 200;
/// Most nodes a document may have after its aliases are followed.
const NODE_LIMIT: usize = 200_000;
/// So much text of an alias counts as a node.
const NODE_TEXT: usize = 64;
const TOO_MUCH: &str = "the document is nested too deeply or too large";
/// The tags of YAML itself; what they stand on is resolved by its text.
const CORE: &str = "tag:yaml.org,2002:";
const CORE_TAGS: [&str; 13] = [
    "str",
    "int",
    "float",
    "bool",
    "null",
    "map",
    "seq",
    "set",
    "omap",
    "pairs",
    "binary",
    "timestamp",
    "merge",
];

/// A node of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum Yaml {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    Text {
        text: String,
        /// Whether an engine would evaluate it: plain text with a dollar, a call or an operator, or a tagged one.
        expression: bool,
    },
    List(Vec<Yaml>),
    Map(Vec<(Yaml, Yaml)>),
}

impl Yaml {
    pub(crate) fn get(&self, key: &str) -> Option<&Yaml> {
        self.entries()
            .iter()
            .find(|(name, _)| name.text() == Some(key))
            .map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Yaml::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Text, or a number or flag as it would be written.
    pub(crate) fn scalar(&self) -> Option<String> {
        match self {
            Yaml::Text { text, .. } => Some(text.clone()),
            Yaml::Number(number) => Some(number.to_string()),
            Yaml::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Yaml] {
        match self {
            Yaml::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn entries(&self) -> &[(Yaml, Yaml)] {
        match self {
            Yaml::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value as JSON, unless it holds an expression.
    pub(crate) fn literal(&self) -> Option<Value> {
        Some(match self {
            Yaml::Text {
                expression: true, ..
            } => return None,
            Yaml::List(items) => items
                .iter()
                .map(Yaml::literal)
                .collect::<Option<Vec<_>>>()?
                .into(),
            Yaml::Map(entries) => {
                let pair = |(key, value): &(Yaml, Yaml)| Some((key.scalar()?, value.literal()?));
                entries
                    .iter()
                    .map(pair)
                    .collect::<Option<Map<_, _>>>()?
                    .into()
            }
            other => other.json(),
        })
    }

    /// The value as JSON with expressions as plain text.
    pub(crate) fn json(&self) -> Value {
        match self {
            Yaml::Null => Value::Null,
            Yaml::Bool(flag) => Value::from(*flag),
            Yaml::Number(number) => Value::Number(number.clone()),
            Yaml::Text { text, .. } => Value::from(text.as_str()),
            Yaml::List(items) => items.iter().map(Yaml::json).collect(),
            Yaml::Map(entries) => {
                let pair =
                    |(key, value): &(Yaml, Yaml)| (key.scalar().unwrap_or_default(), value.json());
                Value::Object(entries.iter().map(pair).collect())
            }
        }
    }
}

/// Reads every document of a text. The error says where and what.
pub(crate) fn documents(text: &str) -> Result<Vec<Yaml>, String> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        nodes: 0,
    };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            Event::StreamEnd => return Ok(documents),
            Event::DocumentStart(_) => {
                reader.anchors.clear();
                let first = reader.next()?;
                documents.push(reader.node(first, 0)?);
            }
            _ => {}
        }
    }
}

/// Reads the first document; null when there is none.
pub(crate) fn document(text: &str) -> Result<Yaml, String> {
    documents(text).map(|all| all.into_iter().next().unwrap_or(Yaml::Null))
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, Yaml>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                refuse_tag(&event, span.start)?;
                Ok(event)
            }
            Some(Err(error)) => Err(error.to_string()),
            None => Ok(Event::StreamEnd),
        }
    }

    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Yaml, String> {
        self.nodes += 1;
        if depth > DEPTH_LIMIT || self.nodes > NODE_LIMIT {
            return Err(TOO_MUCH.to_owned());
        }
        let (anchor, node) = match event {
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).unwrap_or(&Yaml::Null);
                self.nodes += size(node);
                if self.nodes > NODE_LIMIT {
                    return Err(TOO_MUCH.to_owned());
                }
                (0, node.clone())
            }
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, scalar(&text, style, tag.as_deref()))
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd | Event::StreamEnd => break,
                        event => items.push(self.node(event, depth + 1)?),
                    }
                }
                (anchor, Yaml::List(items))
            }
            Event::MappingStart(anchor, _) => {
                let mut entries: Vec<(Yaml, Yaml)> = Vec::new();
                loop {
                    let key = match self.next()? {
                        Event::MappingEnd | Event::StreamEnd => break,
                        event => self.node(event, depth + 1)?,
                    };
                    let event = self.next()?;
                    let value = self.node(event, depth + 1)?;
                    entries.push((key, value));
                }
                (anchor, Yaml::Map(merged(entries)))
            }
            // An empty document.
            _ => (0, Yaml::Null),
        };
        if anchor != 0 {
            self.nodes += size(&node);
            if self.nodes > NODE_LIMIT {
                return Err(TOO_MUCH.to_owned());
            }
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }
}

fn size(node: &Yaml) -> usize {
    match node {
        Yaml::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Yaml::Map(entries) => {
            1 + entries
                .iter()
                .map(|(key, value)| size(key) + size(value))
                .sum::<usize>()
        }
        Yaml::Text { text, .. } => 1 + text.len() / NODE_TEXT,
        _ => 1,
    }
}

/// Fails for tags that make objects, which the service does not make either.
fn refuse_tag(event: &Event<'_>, at: Marker) -> Result<(), String> {
    let (tag, is_scalar) = match event {
        Event::Scalar(_, _, _, Some(tag)) => (tag, true),
        Event::SequenceStart(_, Some(tag)) | Event::MappingStart(_, Some(tag)) => (tag, false),
        _ => return Ok(()),
    };
    let is_core = tag.handle == CORE && CORE_TAGS.contains(&tag.suffix.as_str());
    // A lone `!` says that this is what it looks like.
    let is_own = matches!(tag.suffix.as_str(), "" | "!") || is_scalar && tag.suffix == "yaql";
    if is_core || is_own {
        return Ok(());
    }
    let (handle, suffix) = (&tag.handle, &tag.suffix);
    let (place, line, column) = (at.index(), at.line(), at.col() + 1);
    Err(format!(
        "could not determine a constructor for the tag '{handle}{suffix}' at byte {place} line {line} column {column}"
    ))
}

/// Replaces `<<` by the entries it names; entries written out win.
fn merged(entries: Vec<(Yaml, Yaml)>) -> Vec<(Yaml, Yaml)> {
    if !entries.iter().any(|(key, _)| key.text() == Some("<<")) {
        return entries;
    }
    let (merge, mut own): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|(key, _)| key.text() == Some("<<"));
    let mut known: HashSet<String> = own.iter().map(|(key, _)| format!("{key:?}")).collect();
    for (_, source) in merge {
        let sources = if let Yaml::List(items) = source {
            items
        } else {
            vec![source]
        };
        for (key, value) in sources.iter().flat_map(Yaml::entries) {
            if known.insert(format!("{key:?}")) {
                own.push((key.clone(), value.clone()));
            }
        }
    }
    own
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Yaml {
    let literal = || Yaml::Text {
        text: text.to_owned(),
        expression: false,
    };
    match tag.map(|tag| tag.suffix.as_str()) {
        Some("yaql") => Yaml::Text {
            text: text.to_owned(),
            expression: true,
        },
        Some("bool" | "int" | "float" | "null") => resolved(text),
        None if style == ScalarStyle::Plain => resolved(text),
        _ => literal(),
    }
}

/// What plain text stands for.
fn resolved(text: &str) -> Yaml {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Yaml::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Yaml::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Yaml::Bool(false)
        }
        _ => number(text).map_or_else(
            || Yaml::Text {
                text: text.to_owned(),
                expression: is_expression(text),
            },
            Yaml::Number,
        ),
    }
}

fn number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return (!text.starts_with('+')).then(|| whole.into());
    }
    let decimal = text.contains('.')
        && text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    decimal
        .then(|| text.parse::<f64>().ok().and_then(Number::from_f64))
        .flatten()
}

/// Words, dots and blanks are text; a dollar, a call or quotes make an expression.
fn is_expression(text: &str) -> bool {
    text.contains('$')
        || (text.contains('(') && text.ends_with(')'))
        || text.starts_with(['\'', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_tags_and_anchors_are_read() {
        let all =
            documents("a: &x {b: 1}\nc: *x\n---\n- yes\n- 'yes'\n- !yaql \"x\"\n- $y\n- 1.10\n")
                .unwrap();
        assert_eq!(all[0].json(), json!({"a": {"b": 1}, "c": {"b": 1}}));
        assert_eq!(all[1].items()[0], Yaml::Bool(true));
        assert_eq!(all[1].items()[1].literal(), Some(json!("yes")));
        assert_eq!(all[1].items()[2].literal(), None);
        assert_eq!(all[1].items()[3].literal(), None);
        assert_eq!(document("!!bool \"false\"").unwrap(), Yaml::Bool(false));
        assert_eq!(document("").unwrap(), Yaml::Null);
        assert!(document("a: [").is_err());
    }

    #[test]
    fn what_would_fill_the_memory_is_refused() {
        let text = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(1 << 20),
            "*a, ".repeat(1000)
        );
        assert_eq!(documents(&text), Err(TOO_MUCH.to_owned()));
        let anchors = ["&a ["; 150].concat();
        let text = format!("{anchors}{}{}", "x, ".repeat(50_000), "]".repeat(150));
        assert_eq!(documents(&text), Err(TOO_MUCH.to_owned()));
        let keys = |sign: char| {
            let keys: Vec<String> = (0..20_000).map(|n| format!("{sign}{n}: 1")).collect();
            keys.join(", ")
        };
        let text = format!("a: &a {{{}}}\nb: {{<<: *a, {}}}\n", keys('a'), keys('b'));
        assert!(documents(&text).is_ok());
    }

    #[test]
    fn tags_that_make_objects_are_refused() {
        for text in [
            "!!python/object:os.system {}",
            "a: !!python/name:x y",
            "- !yaql [a]",
            "!x y",
        ] {
            let error = documents(text).unwrap_err();
            assert!(
                error.starts_with("could not determine a constructor"),
                "{text}: {error}"
            );
        }
        assert!(documents("a: !yaql $.x\nb: !!str 5\nc: ! d\n").is_ok());
    }

    #[test]
    fn merge_keys_do_not_overwrite() {
        let doc = document("base: &b {x: 1, y: 2}\nz: {<<: *b, x: 3}").unwrap();
        assert_eq!(doc.get("z").unwrap().json(), json!({"x": 3, "y": 2}));
    }
}
