//! YAML as MuranoPL uses it: several documents in a file, tags, and text that may be an expression.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// Deepest nesting that is read.
const DEPTH_LIMIT: usize = 200;
/// Most nodes a document may have after its aliases are followed.
const NODE_LIMIT: usize = 200_000;

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
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(error.to_string()),
            None => Ok(Event::StreamEnd),
        }
    }

    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Yaml, String> {
        self.nodes += 1;
        if depth > DEPTH_LIMIT || self.nodes > NODE_LIMIT {
            return Err("the document is nested too deeply or too large".to_owned());
        }
        let (anchor, node) = match event {
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().unwrap_or(Yaml::Null);
                self.nodes += size(&node);
                (0, node)
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
        _ => 1,
    }
}

/// Replaces `<<` by the entries it names; entries written out win.
fn merged(entries: Vec<(Yaml, Yaml)>) -> Vec<(Yaml, Yaml)> {
    if !entries.iter().any(|(key, _)| key.text() == Some("<<")) {
        return entries;
    }
    let (merge, mut own): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|(key, _)| key.text() == Some("<<"));
    for (_, source) in merge {
        let sources = if let Yaml::List(items) = source {
            items
        } else {
            vec![source]
        };
        for (key, value) in sources.iter().flat_map(Yaml::entries) {
            if !own.iter().any(|(name, _)| name == key) {
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
    fn merge_keys_do_not_overwrite() {
        let doc = document("base: &b {x: 1, y: 2}\nz: {<<: *b, x: 3}").unwrap();
        assert_eq!(doc.get("z").unwrap().json(), json!({"x": 3, "y": 2}));
    }
}
