//! One list of columns per type, for all formats.

use serde_json::Value;

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
}

/// Declares the columns of a type: key, label, whether lists show it (`brief`) or only records
/// (`full`), and the value.
macro_rules! columns {
    ($type:ty { $($key:ident $label:literal $width:ident => $cell:expr,)* }) => {
        impl $crate::output::Columns for $type {
            const COLUMNS: &'static [$crate::output::Column<Self>] = &[
                $($crate::output::Column {
                    key: stringify!($key),
                    label: $label,
                    is_brief: columns!(@ $width),
                    cell: $cell,
                },)*
            ];
        }
    };
    (@ brief) => { true };
    (@ full) => { false };
}

pub(crate) use columns;
