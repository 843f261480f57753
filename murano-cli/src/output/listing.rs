//! Many things, of which no more is kept than is printed.

use std::cmp::Ordering;

use serde::Serialize;
use serde_json::Value;

use super::{
    Column, Columns, Format, Look, OutputArgs, brief, document, is_document, pick, render,
};

/// A list that is given its things one by one.
pub(crate) struct Listing<'a, T: 'static> {
    args: &'a OutputArgs,
    columns: Vec<&'static Column<T>>,
    sort: Vec<&'static Column<T>>,
    rows: Vec<Row>,
}

struct Row {
    /// What it is sorted by.
    order: Vec<Value>,
    /// Its columns, or all of it as one.
    cells: Vec<Value>,
}

impl<'a, T: Columns + Serialize> Listing<'a, T> {
    pub(crate) fn new(args: &'a OutputArgs) -> anyhow::Result<Self> {
        let mut columns = pick::<T>(&args.columns)?;
        if columns.is_empty() && !is_document(args.format, &args.query) {
            columns = brief();
        }
        Ok(Self {
            args,
            columns,
            sort: pick::<T>(&args.sort_column)?,
            rows: Vec::new(),
        })
    }

    pub(crate) fn push(&mut self, item: &T) -> anyhow::Result<()> {
        let cells =
            |columns: &[&Column<T>]| columns.iter().map(|column| (column.cell)(item)).collect();
        self.rows.push(Row {
            order: cells(&self.sort),
            cells: if is_document(self.args.format, &self.args.query) {
                vec![document(item, &self.columns)?]
            } else {
                cells(&self.columns)
            },
        });
        Ok(())
    }

    /// The list as text.
    pub(crate) fn text(mut self, look: Look) -> anyhow::Result<String> {
        self.rows.sort_by(|a, b| {
            let orders = a.order.iter().zip(&b.order);
            let orders = orders.map(|(a, b)| render::order(a, b));
            orders.fold(Ordering::Equal, Ordering::then)
        });
        let rows = self.rows.into_iter().map(|row| row.cells);
        if is_document(self.args.format, &self.args.query) {
            let all = Value::Array(rows.flatten().collect());
            return self.args.query.text(&all, self.args.format);
        }
        let labels: Vec<&str> = self.columns.iter().map(|column| column.label).collect();
        let keys: Vec<&str> = self.columns.iter().map(|column| column.key).collect();
        match self.args.format {
            Format::Csv => render::csv(&keys, rows),
            Format::Value => Ok(render::lines(rows)),
            _ => Ok(render::table(&labels, rows, look, |_, column| keys[column])),
        }
    }
}
