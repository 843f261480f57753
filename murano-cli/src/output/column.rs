//! One list of columns per type, for all formats.

use serde_json::Value;

use crate::find::Kind;

/// A column of a list, which is a property of a single thing.
pub(crate) struct Column<T: 'static> {
    /// Name in CSV and JSON, and for choosing.
    pub(crate) key: &'static str,
    /// Heading in a table.
    pub(crate) label: &'static str,
    /// Whether lists show it without being asked.
    pub(crate) is_brief: bool,
    /// What it says of a thing.
    pub(crate) cell: fn(&T) -> Value,
}

/// Things that can be printed in rows.
pub(crate) trait Columns: Sized + 'static {
    /// All columns in their order.
    const COLUMNS: &'static [Column<Self>];
    /// What they are for completion; none where it has no use for their names.
    const KIND: Option<Kind>;

    /// The names that a command line may call it.
    fn names(&self) -> Vec<String> {
        let columns = Self::COLUMNS.iter();
        let columns =
            columns.filter(|column| ["fully_qualified_name", "name"].contains(&column.key));
        let names = columns.map(|column| (column.cell)(self));
        names
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    }
}

/// Declares the columns of a type: key, label, whether lists show it (`brief`) or only records
/// (`full`), and the value. Behind the type may stand the [`Kind`] of things whose names are completed.
macro_rules! columns {
    ($type:ty $(: $kind:ident)? { $($key:ident $label:literal $width:ident => $cell:expr,)* }) => {
        impl $crate::output::Columns for $type {
            const COLUMNS: &'static [$crate::output::Column<Self>] = &[
                $($crate::output::Column {
                    key: stringify!($key),
                    label: $label,
                    is_brief: columns!(@ $width),
                    cell: $cell,
                },)*
            ];
            const KIND: Option<$crate::find::Kind> = columns!(@kind $($kind)?);
        }
    };
    (@kind $kind:ident) => { Some($crate::find::Kind::$kind) };
    (@kind) => { None };
    (@ brief) => { true };
    (@ full) => { false };
}

pub(crate) use columns;
