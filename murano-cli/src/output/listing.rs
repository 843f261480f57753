//! Many things, of which no more is kept than is printed.

use std::cmp::Ordering;

use serde::Serialize;
use serde_json::Value;

use super::{Column, Columns, Format, Look, OutputArgs, brief, document, pick, render};

/// A list that is given its things one by one.
pub(crate) struct Listing<'a, T: 'static> {
    args: &'a OutputArgs,
    keeps: Keeps,
    columns: Vec<&'static Column<T>>,
    sort: Vec<&'static Column<T>>,
    rows: Vec<Row>,
}

/// What is kept of a thing.
#[derive(Clone, Copy)]
enum Keeps {
    Columns,
    /// All of it as one value.
    Document,
    /// The same as the text it becomes, which takes a third of the memory.
    Json,
}

struct Row {
    /// What it is sorted by.
    order: Vec<Value>,
    kept: Vec<Value>,
}

impl<'a, T: Columns + Serialize> Listing<'a, T> {
    pub(crate) fn new(args: &'a OutputArgs) -> anyhow::Result<Self> {
        let keeps = match args.format {
            _ if args.query.is_given() => Keeps::Document,
            Format::Json => Keeps::Json,
            Format::Yaml => Keeps::Document,
            _ => Keeps::Columns,
        };
        let mut columns = pick::<T>(&args.columns)?;
        if columns.is_empty() && matches!(keeps, Keeps::Columns) {
            columns = brief();
        }
        Ok(Self {
            args,
            keeps,
            columns,
            sort: pick::<T>(&args.sort_column)?,
            rows: Vec::new(),
        })
    }

    pub(crate) fn push(&mut self, item: &T) -> anyhow::Result<()> {
        let cells =
            |columns: &[&Column<T>]| columns.iter().map(|column| (column.cell)(item)).collect();
        let kept = match self.keeps {
            Keeps::Columns => cells(&self.columns),
            Keeps::Document => vec![document(item, &self.columns)?],
            Keeps::Json => vec![render::json(&document(item, &self.columns)?).into()],
        };
        let order = cells(&self.sort);
        self.rows.push(Row { order, kept });
        Ok(())
    }

    /// The list as text.
    pub(crate) fn text(mut self, look: Look) -> anyhow::Result<String> {
        self.rows.sort_by(|a, b| {
            let orders = a.order.iter().zip(&b.order);
            let orders = orders.map(|(a, b)| render::order(a, b));
            orders.fold(Ordering::Equal, Ordering::then)
        });
        let rows = self.rows.into_iter().map(|row| row.kept);
        let keys: Vec<&str> = self.columns.iter().map(|column| column.key).collect();
        match (self.keeps, self.args.format) {
            (Keeps::Json, _) => Ok(render::json_list(rows.flatten())),
            (Keeps::Document, format) => {
                let all = Value::Array(rows.flatten().collect());
                self.args.query.text(&all, format)
            }
            (Keeps::Columns, Format::Csv) => render::csv(&keys, rows),
            (Keeps::Columns, Format::Value) => Ok(render::lines(rows)),
            (Keeps::Columns, _) => {
                let labels: Vec<&str> = self.columns.iter().map(|column| column.label).collect();
                let table = render::table(&labels, rows, look, |_, column| keys[column]);
                Ok(table)
            }
        }
    }
}
