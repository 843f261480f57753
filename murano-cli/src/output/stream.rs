//! Things that are printed as they come.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Columns, Format, Look, OutputArgs, document, json_line, list, pick, printable};

/// Version of the events: it grows when something is taken away from them or changes its meaning.
const EVENTS: u32 = 1;

/// One of the things that happen during a command, for programs: what it is, and the members of the
/// thing it is about.
pub(crate) fn event(name: &str, about: Value) -> Value {
    let mut event = Map::new();
    event.insert("version".to_owned(), EVENTS.into());
    event.insert("event".to_owned(), name.into());
    match about {
        // A version of the thing is not that of the events.
        Value::Object(members) => members.into_iter().for_each(|(name, value)| {
            event.entry(name).or_insert(value);
        }),
        Value::Null => {}
        other => {
            event.insert("value".to_owned(), other);
        }
    }
    Value::Object(event)
}

/// Prints things of a list as they come, each in a form that is complete by itself.
pub(crate) struct Stream<'a> {
    name: &'static str,
    args: &'a OutputArgs,
    begun: bool,
}

impl<'a> Stream<'a> {
    /// `name` is what events call the things.
    pub(crate) fn new(name: &'static str, args: &'a OutputArgs) -> Self {
        Self {
            name,
            args,
            begun: false,
        }
    }

    /// The next thing: a line of values in a table's place, an event as JSON, CSV below a header, or
    /// an element of a YAML list.
    pub(crate) fn next<T: Columns + Serialize>(&mut self, item: &T) -> anyhow::Result<String> {
        let first = !std::mem::replace(&mut self.begun, true);
        let mut args = self.args.clone();
        if args.query.is_given() {
            let chosen = pick::<T>(&args.columns)?;
            return args.query.text(&document(item, &chosen)?, args.format);
        }
        if args.format == Format::Json {
            let chosen = pick::<T>(&args.columns)?;
            let event = event(self.name, document(item, &chosen)?);
            return Ok(json_line(&event) + "\n");
        }
        if args.format == Format::Table {
            args.format = Format::Value;
            return Ok(printable(&list(
                std::slice::from_ref(item),
                &args,
                Look::PLAIN,
            )?));
        }
        let text = list(std::slice::from_ref(item), &args, Look::PLAIN)?;
        Ok(match text.split_once('\n') {
            Some((_, rows)) if args.format == Format::Csv && !first => rows.to_owned(),
            _ => text,
        })
    }
}
