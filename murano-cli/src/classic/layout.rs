//! Tables and documents as the old client printed them.

use std::borrow::Borrow;

use serde_json::{Map, Value};

use super::python;
use crate::output::frame;

/// What an old command printed.
#[derive(Clone, Copy)]
pub(crate) enum Prints {
    /// Nothing, but for what follows.
    Nothing,
    /// A list: heading and source of each column.
    Rows(&'static [(&'static str, &'static str)]),
    /// The properties of one thing, which is their source, too.
    Properties(&'static [(&'static str, Cell)]),
    /// The same without those that the server left out.
    Sent(&'static [(&'static str, Cell)]),
    /// All members of a value, each as JSON.
    Members,
    /// JSON.
    Document,
    /// A sentence with a value of this source in the place of `{}`; without a source with all of it.
    Sentence(&'static str, &'static str),
}

/// How a property was printed.
#[derive(Clone, Copy)]
pub(crate) enum Cell {
    /// As Python prints it.
    Raw,
    /// Folded; blank where it is false.
    Folded,
    /// A list with commas, folded.
    Joined,
    /// As JSON.
    Json,
}

/// A thing to print: its columns by their keys, and all of it.
pub(crate) struct Thing {
    pub(crate) columns: Map<String, Value>,
    pub(crate) document: Value,
}

impl Thing {
    /// A value that has no columns.
    pub(crate) fn of(document: Value) -> Self {
        let columns = document.as_object().cloned().unwrap_or_default();
        Self { columns, document }
    }

    /// A column by its key, or a part of the document by a pointer.
    fn get(&self, source: &str) -> Option<&Value> {
        let column = self.columns.get(source);
        column.or_else(|| self.document.pointer(source))
    }
}

/// Width of folded properties.
const WIDTH: usize = 55;

impl Prints {
    /// What of a thing is needed to print it in a list.
    pub(crate) fn kept(self, thing: Thing) -> Thing {
        let Self::Rows(columns) = self else {
            return thing;
        };
        let column = |(_, source): &(&str, &str)| {
            let value = thing.get(source)?.clone();
            Some(((*source).to_owned(), value))
        };
        Thing {
            columns: columns.iter().filter_map(column).collect(),
            document: Value::Null,
        }
    }

    /// Many things.
    pub(crate) fn list(self, things: Vec<Thing>) -> String {
        match self {
            Self::Rows(columns) => rows(columns, things),
            Self::Document => {
                let all = things.into_iter().map(|thing| thing.document);
                python::json(&Value::Array(all.collect())) + "\n"
            }
            _ => things.iter().map(|thing| self.record(thing)).collect(),
        }
    }

    /// One thing.
    pub(crate) fn record(self, thing: &Thing) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Rows(columns) => rows(columns, [thing]),
            Self::Properties(all) => {
                let null = Value::Null;
                let row = |(name, cell): &(&'static str, Cell)| {
                    (*name, cell.show(thing.get(name).unwrap_or(&null)))
                };
                properties(all.iter().map(row).collect())
            }
            Self::Sent(all) => {
                let row = |(name, cell): &(&'static str, Cell)| {
                    let sent = thing.document.get(name).map(|_| thing.get(name));
                    Some((*name, cell.show(sent??)))
                };
                properties(all.iter().filter_map(row).collect())
            }
            Self::Members => match &thing.document {
                Value::Object(members) => {
                    let row =
                        |(name, value): (&String, &Value)| (name.clone(), python::json(value));
                    properties(members.iter().map(row).collect())
                }
                other => python::json(other) + "\n",
            },
            Self::Document => python::json(&thing.document) + "\n",
            Self::Sentence(sentence, source) => {
                let whole = || Some(&thing.document).filter(|_| source.is_empty());
                let value = whole().or_else(|| thing.get(source)).map(python::text);
                sentence.replace("{}", &value.unwrap_or_default()) + "\n"
            }
        }
    }
}

impl Cell {
    fn show(self, value: &Value) -> String {
        match self {
            Self::Raw => python::text(value),
            Self::Folded if python::is_false(value) => String::new(),
            Self::Folded => python::fold(&python::text(value), WIDTH),
            Self::Joined => {
                let items: Vec<String> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(python::text)
                    .collect();
                python::fold(&items.join(", "), WIDTH)
            }
            Self::Json => python::json(value),
        }
    }
}

fn rows<T: Borrow<Thing>>(columns: &[(&str, &str)], things: impl IntoIterator<Item = T>) -> String {
    let cell = |thing: &Thing, source: &str| match thing.get(source) {
        Some(value) if !python::is_false(value) => python::text(value),
        _ => String::new(),
    };
    let row = |thing: T| {
        let sources = columns.iter().map(|(_, source)| source);
        sources.map(|source| cell(thing.borrow(), source)).collect()
    };
    let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    frame(&headings, things.into_iter().map(row))
}

fn properties<S: Into<String>>(rows: Vec<(S, String)>) -> String {
    let mut rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(name, text)| vec![name.into(), text])
        .collect();
    rows.sort();
    frame(&["Property", "Value"], rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn thing() -> Thing {
        Thing::of(
            json!({ "id": "1", "name": "ä", "ready": true, "hidden": false, "version": 0, "text": "",
                          "services": [{ "name": "ä" }], "tags": ["a", "b"], "none": null }),
        )
    }

    #[test]
    fn lists_leave_blank_what_python_takes_for_false() {
        let columns = &[
            ("ID", "id"),
            ("Ready", "ready"),
            ("Hidden", "hidden"),
            ("V", "version"),
            ("Sub", "/services/0/name"),
        ];
        let expected = "\
+----+-------+--------+---+-----+
| ID | Ready | Hidden | V | Sub |
+----+-------+--------+---+-----+
| 1  | True  |        |   | ä   |
+----+-------+--------+---+-----+
";
        assert_eq!(Prints::Rows(columns).list(vec![thing()]), expected);
        assert_eq!(
            Prints::Rows(&[("ID", "id")]).list(Vec::new()),
            "+----+\n| ID |\n+----+\n+----+\n"
        );
    }

    #[test]
    fn properties_are_sorted_and_read_as_in_python() {
        let all = &[
            ("version", Cell::Raw),
            ("hidden", Cell::Folded),
            ("none", Cell::Raw),
            ("services", Cell::Json),
            ("tags", Cell::Joined),
            ("gone", Cell::Folded),
        ];
        let expected = "\
+----------+----------------------+
| Property | Value                |
+----------+----------------------+
| gone     |                      |
| hidden   |                      |
| none     | None                 |
| services | [                    |
|          |   {                  |
|          |     \"name\": \"\\u00e4\" |
|          |   }                  |
|          | ]                    |
| tags     | a, b                 |
| version  | 0                    |
+----------+----------------------+
";
        assert_eq!(Prints::Properties(all).record(&thing()), expected);
        assert!(!Prints::Sent(all).record(&thing()).contains("gone"));
    }

    #[test]
    fn sentences_have_the_value_in_them() {
        let sentence = Prints::Sentence("Result: {}", "");
        assert_eq!(sentence.record(&Thing::of(json!("x"))), "Result: x\n");
        assert_eq!(sentence.record(&Thing::of(json!(null))), "Result: None\n");
        let sentence = Prints::Sentence("Created {}", "id");
        assert_eq!(sentence.record(&thing()), "Created 1\n");
        assert_eq!(Prints::Document.record(&Thing::of(json!("x"))), "\"x\"\n");
    }
}
