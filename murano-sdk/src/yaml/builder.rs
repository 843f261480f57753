//! Nodes out of the events of the parser: anchors, merge keys, limits.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use saphyr_parser::{Event, Marker};

use super::{Body, Documents, Entry, Mark, Node, Style, Tags, YamlError, scalar};

/// Collections inside collections; deeper files are refused instead of filling the stack.
const MAX_DEPTH: usize = 100;
/// What all aliases of one text may expand to, in bytes of text and weights of nodes.
pub(super) const MAX_EXPANSION: usize = 4 * 1024 * 1024;

/// Puts the events of the parser together.
pub(super) struct Builder {
    tags: Tags,
    documents: Documents,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    expanded: usize,
}

/// A collection whose end was not reached yet.
struct Open {
    content: Content,
    anchor: usize,
    at: Marker,
}

enum Content {
    Sequence(Vec<Rc<Node>>),
    Mapping {
        entries: Vec<(Key, Rc<Node>)>,
        key: Option<Key>,
    },
}

enum Key {
    Text(String, Style, Mark),
    /// The `<<` that takes in the keys of other mappings.
    Merge,
}

impl Builder {
    pub(super) fn new(tags: Tags) -> Self {
        let anchors = HashMap::new();
        Self {
            tags,
            documents: Documents::default(),
            open: Vec::new(),
            anchors,
            expanded: 0,
        }
    }

    pub(super) fn into_documents(self) -> Documents {
        self.documents
    }

    pub(super) fn accept(&mut self, event: Event<'_>, at: Marker) -> Result<(), YamlError> {
        let strict = self.tags != Tags::Dropped;
        let expression = self.tags == Tags::Yaql && scalar::is_expression(&event);
        if strict && !expression && scalar::is_foreign(&event, self.expects_key()) {
            return Err(YamlError::new(
                "the server does not know the tag of this value",
                at,
            ));
        }
        match event {
            Event::DocumentStart(_) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let style = scalar::style(style, tag.as_deref());
                let plain = style == Style::Plain;
                if self.expects_key() {
                    let merge = plain && text == "<<";
                    self.set_key(if merge {
                        Key::Merge
                    } else {
                        Key::Text(text.into_owned(), style, at.into())
                    });
                } else {
                    let value = scalar::resolve(&text, plain, tag.as_deref());
                    let text = text.into_owned();
                    self.place(
                        Node::new(Body::Scalar { text, value, style }, at),
                        anchor,
                        at,
                    )?;
                }
            }
            Event::SequenceStart(anchor, _) => {
                self.enter(Content::Sequence(Vec::new()), anchor, at)?;
            }
            Event::MappingStart(anchor, _) => {
                self.enter(
                    Content::Mapping {
                        entries: Vec::new(),
                        key: None,
                    },
                    anchor,
                    at,
                )?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open {
                    content,
                    anchor,
                    at,
                }) = self.open.pop()
                {
                    let body = match content {
                        Content::Sequence(items) => Body::Sequence(items),
                        Content::Mapping { entries, .. } => {
                            let repeated = &mut self.documents.repeated;
                            Body::Mapping(merge(entries, at, repeated)?)
                        }
                    };
                    self.place(Node::new(body, at), anchor, at)?;
                }
            }
            Event::Alias(anchor) => self.expand(anchor, at)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                content: Content::Mapping { key: None, .. },
                ..
            })
        )
    }

    fn set_key(&mut self, new: Key) {
        if let Some(Open {
            content: Content::Mapping { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Some(new);
        }
    }

    fn enter(&mut self, content: Content, anchor: usize, at: Marker) -> Result<(), YamlError> {
        if self.expects_key() {
            return Err(YamlError::new(
                "a key must be a scalar, not a list or mapping",
                at,
            ));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.open.push(Open {
            content,
            anchor,
            at,
        });
        Ok(())
    }

    /// A finished node becomes an item, a value or a document.
    fn place(&mut self, node: Rc<Node>, anchor: usize, at: Marker) -> Result<(), YamlError> {
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.documents.nodes.push(node),
            Some(Content::Sequence(items)) => items.push(node),
            Some(Content::Mapping { entries, key }) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => return Err(YamlError::new("a value without a key", at)),
            },
        }
        Ok(())
    }

    fn expand(&mut self, anchor: usize, at: Marker) -> Result<(), YamlError> {
        // Inside of its own anchor an alias has nothing to stand for yet.
        let Some(node) = self.anchors.get(&anchor).map(Rc::clone) else {
            return Err(YamlError::new("an alias without an anchor before it", at));
        };
        if self.open.len() + node.height > MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.expanded = self.expanded.saturating_add(node.weight);
        if self.expanded > MAX_EXPANSION {
            return Err(YamlError::new("the aliases expand to too much data", at));
        }
        if !self.expects_key() {
            return self.place(node, 0, at);
        }
        let Body::Scalar { text, style, .. } = &node.body else {
            return Err(YamlError::new(
                "a key must be a scalar, not a list or mapping",
                at,
            ));
        };
        self.set_key(Key::Text(text.clone(), *style, at.into()));
        Ok(())
    }
}

fn too_deep(at: Marker) -> YamlError {
    YamlError::new(format!("nested deeper than {MAX_DEPTH} levels"), at)
}

/// Resolves `<<` and repeated keys: own keys win over merged ones, later ones over earlier ones.
fn merge(
    entries: Vec<(Key, Rc<Node>)>,
    at: Marker,
    repeated: &mut Vec<(String, Mark)>,
) -> Result<Vec<Entry>, YamlError> {
    let mut found = Found::default();
    for (_, source) in entries.iter().filter(|(key, _)| matches!(key, Key::Merge)) {
        match &source.body {
            Body::Mapping(merged) => found.insert_all(merged),
            // The first mapping of a list wins, so it is put in last.
            Body::Sequence(sources) => {
                for source in sources.iter().rev() {
                    let Body::Mapping(merged) = &source.body else {
                        return Err(no_merge(at));
                    };
                    found.insert_all(merged);
                }
            }
            Body::Scalar { .. } => return Err(no_merge(at)),
        }
    }
    let mut own = HashSet::new();
    for (key, value) in entries {
        if let Key::Text(key, style, at) = key {
            if !own.insert(key.clone()) {
                repeated.push((key.clone(), at));
            }
            let entry = Entry {
                key,
                style,
                at,
                value,
            };
            found.insert(entry);
        }
    }
    Ok(found.entries)
}

fn no_merge(at: Marker) -> YamlError {
    YamlError::new(
        "the value of << in this mapping is no mapping and no list of mappings",
        at,
    )
}

#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    places: HashMap<String, usize>,
}

impl Found {
    fn insert(&mut self, entry: Entry) {
        if let Some(old) = self
            .places
            .get(&entry.key)
            .and_then(|at| self.entries.get_mut(*at))
        {
            *old = entry;
        } else {
            self.places.insert(entry.key.clone(), self.entries.len());
            self.entries.push(entry);
        }
    }

    fn insert_all(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.insert(entry.clone());
        }
    }
}
