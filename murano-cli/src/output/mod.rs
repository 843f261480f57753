//! Printing results: what may be chosen, and the way from things to text.

mod column;
mod listing;
mod look;
mod query;
mod render;
mod stream;

pub(crate) use column::{Column, Columns, columns};
pub(crate) use listing::Listing;
pub(crate) use look::{Look, LookArgs};
pub(crate) use query::QueryArgs;
pub(crate) use render::{json_line, printable, steers};
use serde::Serialize;
use serde_json::{Map, Value};
pub(crate) use stream::{Stream, event};

use crate::report::Failure;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Frame for people
    Table,
    /// Everything, as JSON
    Json,
    /// Everything, as YAML
    Yaml,
    /// Comma-separated values with a header
    Csv,
    /// Bare values for shells
    Value,
}

/// Options of commands that print a list.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// How to print
    #[arg(
        short,
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "table"
    )]
    pub(crate) format: Format,
    /// Print this column; repeated, several in this order
    #[arg(short, long = "column", value_name = "KEY")]
    columns: Vec<String>,
    /// Sort by this column; repeated, by the next one among equals
    #[arg(long, value_name = "KEY")]
    sort_column: Vec<String>,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    pub(crate) query: QueryArgs,
}

/// Options of commands that print one thing.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct RecordArgs {
    /// How to print
    #[arg(
        short,
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "table"
    )]
    pub(crate) format: Format,
    /// Print this property; repeated, several in this order
    #[arg(short, long = "column", value_name = "KEY")]
    columns: Vec<String>,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    pub(crate) query: QueryArgs,
}

/// Options of commands that print a document as it is.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct DocumentArgs {
    /// How to print, as JSON where nothing is said
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    format: Option<DocumentFormat>,
    #[command(flatten)]
    pub(crate) query: QueryArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum DocumentFormat {
    Json,
    Yaml,
}

impl DocumentArgs {
    /// The same as a format of everything; where parts are selected, that of lines.
    pub(crate) fn format(&self) -> Format {
        match self.format {
            None if self.query.is_given() => Format::Value,
            None | Some(DocumentFormat::Json) => Format::Json,
            Some(DocumentFormat::Yaml) => Format::Yaml,
        }
    }
}

impl OutputArgs {
    /// A table of the brief columns.
    pub(crate) fn table() -> Self {
        Self {
            format: Format::Table,
            columns: Vec::new(),
            sort_column: Vec::new(),
            look: LookArgs::default(),
            query: QueryArgs::default(),
        }
    }

    /// Fails where a column is chosen that there is not. For commands that change something, before
    /// they do.
    pub(crate) fn check<T: Columns>(&self) -> anyhow::Result<()> {
        pick::<T>(&self.columns)?;
        pick::<T>(&self.sort_column)?;
        Ok(())
    }

    /// Whether nothing was asked for.
    pub(crate) fn is_plain(&self) -> bool {
        self.columns.is_empty()
            && self.sort_column.is_empty()
            && self.format == Format::Table
            && !self.query.is_given()
    }

    /// Whether everything there is goes into one document.
    pub(crate) fn wants_document(&self) -> bool {
        self.columns.is_empty() && is_document(self.format, &self.query)
    }

    /// Whether it is a table: all of its own but what it shows of others cannot steer a terminal.
    pub(crate) fn is_table(&self) -> bool {
        is_table(self.format, &self.query)
    }

    /// Whether columns are chosen, to be shown or to sort by.
    pub(crate) fn names_columns(&self) -> bool {
        !self.columns.is_empty() || !self.sort_column.is_empty()
    }

    /// Shows these columns in formats for people where none are chosen.
    pub(crate) fn or_columns(mut self, keys: &[&str]) -> Self {
        if self.columns.is_empty() && !is_document(self.format, &self.query) {
            self.columns = keys.iter().map(|key| (*key).to_owned()).collect();
        }
        self
    }
}

impl RecordArgs {
    /// Fails where a column is chosen that there is not. For commands that change something, before
    /// they do.
    pub(crate) fn check<T: Columns>(&self) -> anyhow::Result<()> {
        pick::<T>(&self.columns).map(drop)
    }

    /// Whether the thing is printed as a document, or a part of it is.
    pub(crate) fn wants_document(&self) -> bool {
        is_document(self.format, &self.query)
    }

    /// As [`OutputArgs::is_table`].
    pub(crate) fn is_table(&self) -> bool {
        is_table(self.format, &self.query)
    }
}

fn is_table(format: Format, query: &QueryArgs) -> bool {
    format == Format::Table && !query.is_given()
}

fn is_document(format: Format, query: &QueryArgs) -> bool {
    query.is_given() || matches!(format, Format::Json | Format::Yaml)
}

impl From<RecordArgs> for OutputArgs {
    fn from(args: RecordArgs) -> Self {
        let RecordArgs {
            format,
            columns,
            look,
            query,
        } = args;
        Self {
            format,
            columns,
            sort_column: Vec::new(),
            look,
            query,
        }
    }
}

/// The chosen columns, in the order of the choice.
fn pick<T: Columns>(keys: &[String]) -> anyhow::Result<Vec<&'static Column<T>>> {
    keys.iter()
        .map(|key| {
            let plain = key.to_lowercase().replace([' ', '-'], "_");
            let fits = |column: &&Column<T>| {
                column.key == plain || column.label.to_lowercase().replace(' ', "_") == plain
            };
            T::COLUMNS.iter().find(fits).ok_or_else(|| {
                let known: Vec<&str> = T::COLUMNS.iter().map(|column| column.key).collect();
                let text = format!("there is no column `{key}`, there are {}", known.join(", "));
                Failure::Usage(text).into()
            })
        })
        .collect()
}

fn brief<T: Columns>() -> Vec<&'static Column<T>> {
    T::COLUMNS.iter().filter(|column| column.is_brief).collect()
}

/// The columns of an item as an object: what JSON has when columns are chosen.
fn object<T>(item: &T, columns: &[&Column<T>]) -> Value {
    let members = columns
        .iter()
        .map(|column| (column.key.to_owned(), (column.cell)(item)));
    Value::Object(members.collect::<Map<String, Value>>())
}

/// Everything about an item, or the chosen columns of it.
fn document<T: Serialize>(item: &T, chosen: &[&Column<T>]) -> anyhow::Result<Value> {
    if chosen.is_empty() {
        return Ok(serde_json::to_value(item)?);
    }
    Ok(object(item, chosen))
}

/// A list as text.
pub(crate) fn list<T: Columns + Serialize>(
    items: &[T],
    args: &OutputArgs,
    look: Look,
) -> anyhow::Result<String> {
    let mut listing = Listing::new(args)?;
    items.iter().try_for_each(|item| listing.push(item))?;
    listing.text(look)
}

/// One thing as text.
pub(crate) fn record<T: Columns + Serialize>(
    item: &T,
    args: &RecordArgs,
    look: Look,
) -> anyhow::Result<String> {
    let chosen = pick::<T>(&args.columns)?;
    if args.wants_document() {
        return args.query.text(&document(item, &chosen)?, args.format);
    }
    let columns = match (chosen.is_empty(), args.format) {
        (false, _) => chosen.clone(),
        (true, Format::Table) => T::COLUMNS.iter().collect(),
        (true, _) => brief(),
    };
    let mut pairs: Vec<(&str, Value)> = columns
        .iter()
        .map(|column| (column.key, (column.cell)(item)))
        .collect();
    if chosen.is_empty() && args.format == Format::Table {
        pairs.sort_by_key(|(key, _)| *key);
    }
    properties(&pairs, args.format, look)
}

/// The columns of a thing by their keys.
pub(crate) fn by_key<T: Columns>(item: &T) -> Map<String, Value> {
    let cell = |column: &Column<T>| (column.key.to_owned(), (column.cell)(item));
    T::COLUMNS.iter().map(cell).collect()
}

/// A table of texts, whatever the width of the terminal.
pub(crate) fn frame(labels: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let row = |texts: Vec<String>| texts.into_iter().map(Value::from).collect();
    render::table(labels, rows.into_iter().map(row), Look::PLAIN, |_, _| "")
}

/// Free-form JSON as text: the members of an object, or the value itself.
pub(crate) fn value(value: &Value, args: &RecordArgs, look: Look) -> anyhow::Result<String> {
    let Value::Object(members) = value else {
        if !args.columns.is_empty() {
            let text = "there are no columns to choose from, the value is no object";
            return Err(Failure::Usage(text.to_owned()).into());
        }
        return match (args.format, value) {
            _ if args.query.is_given() => args.query.text(value, args.format),
            (Format::Yaml, _) => Ok(murano_sdk::yaml::to_string(value)),
            (Format::Json, _) | (_, Value::Array(_)) => Ok(json(value)),
            (Format::Table, scalar) => Ok(format!("{}\n", printable(&render::plain(scalar)))),
            (_, scalar) => Ok(format!("{}\n", render::plain(scalar))),
        };
    };
    let mut picked = Map::new();
    for key in &args.columns {
        let member = members.get(key).ok_or_else(|| {
            let known: Vec<&str> = members.keys().map(String::as_str).collect();
            let text = format!("there is no member `{key}`, there are {}", known.join(", "));
            Failure::Usage(text)
        })?;
        picked.insert(key.clone(), member.clone());
    }
    let members = if args.columns.is_empty() {
        members
    } else {
        &picked
    };
    if args.wants_document() {
        return args
            .query
            .text(&Value::Object(members.clone()), args.format);
    }
    let mut pairs: Vec<(&str, Value)> = members
        .iter()
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    if args.columns.is_empty() && args.format == Format::Table {
        pairs.sort_by_key(|(key, _)| *key);
    }
    properties(&pairs, args.format, look)
}

fn properties(pairs: &[(&str, Value)], format: Format, look: Look) -> anyhow::Result<String> {
    let values = || pairs.iter().map(|(_, value)| value.clone());
    match format {
        Format::Csv => {
            let keys: Vec<&str> = pairs.iter().map(|(key, _)| *key).collect();
            render::csv(&keys, [values().collect()])
        }
        Format::Value => Ok(render::lines(values().map(|value| vec![value]))),
        _ => {
            let row = |(key, value): &(&str, Value)| vec![Value::from(*key), value.clone()];
            let key = |row: usize, _| pairs[row].0;
            let rows = pairs.iter().map(row);
            Ok(render::table(&["Property", "Value"], rows, look, key))
        }
    }
}

/// A document as YAML or JSON.
pub(crate) fn text_of(value: &Value, format: Format) -> String {
    match format {
        Format::Yaml => murano_sdk::yaml::to_string(value),
        _ => json(value),
    }
}

fn json(value: &Value) -> String {
    render::json(value) + "\n"
}

#[cfg(test)]
mod tests;
