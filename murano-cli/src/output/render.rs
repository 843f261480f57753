//! Rows of values as tables, CSV and bare lines.

use std::{cmp::Ordering, fmt::Write as _};

use comfy_table::{
    Cell, ColumnConstraint, ContentArrangement, LineStyle, Table, presets::ASCII_FULL_CONDENSED,
};
use serde_json::Value;

use super::look::{self, Look, Width};

/// Rows that are laid out at a time where they can be: laid out, a row takes ten times the memory of its text.
const AT_ONCE: usize = 256;

/// A table in a frame. What has a colour is told by the key of a cell: of its column in a list, of its row in a
/// record.
pub(super) fn table<'a>(
    labels: &[&str],
    rows: impl IntoIterator<Item = Vec<Value>>,
    look: Look,
    key: impl Fn(usize, usize) -> &'a str,
) -> String {
    let rows: Vec<Vec<Value>> = rows.into_iter().collect();
    // A terminal's width is shared among the columns by what is in all rows.
    if look.width != Width::Any || rows.len() <= AT_ONCE {
        return text(laid_out(labels, &rows, look, key).lines());
    }
    let pieces = || {
        rows.chunks(AT_ONCE).enumerate().map(|(number, piece)| {
            let first = number * AT_ONCE;
            laid_out(labels, piece, look, |row, column| key(first + row, column))
        })
    };
    let mut widths = vec![0; labels.len()];
    for piece in pieces() {
        let found = piece.column_max_content_widths();
        widths = widths
            .iter()
            .zip(found)
            .map(|(width, found)| found.max(*width))
            .collect();
    }
    let count = pieces().len();
    let whole = pieces().enumerate().flat_map(|(number, mut piece)| {
        for (column, width) in piece.column_iter_mut().zip(&widths) {
            column.set_constraint(ColumnConstraint::Absolute(with_padding(*width)));
        }
        let lines: Vec<String> = piece.lines().collect();
        // The frame and the header between two pieces.
        let (above, below) = (
            if number == 0 { 0 } else { 3 },
            usize::from(number + 1 < count),
        );
        let end = lines.len() - below;
        lines.into_iter().take(end).skip(above)
    });
    text(whole)
}

fn text(lines: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn laid_out<'a>(
    labels: &[&str],
    rows: &[Vec<Value>],
    look: Look,
    key: impl Fn(usize, usize) -> &'a str,
) -> Table {
    let style = ASCII_FULL_CONDENSED.header_separator(LineStyle::new('+', '-', '+', '+'));
    let mut table = Table::new();
    table.load_style(style).set_header(labels);
    for (number, row) in rows.iter().enumerate() {
        let cells = row.iter().enumerate().map(|(column, value)| {
            let cell = Cell::new(printable(&shown(value)));
            match look::colour(key(number, column), value).filter(|_| look.colour) {
                Some(colour) => cell.fg(colour),
                None => cell,
            }
        });
        table.add_row(cells);
    }
    set_width(&mut table, look.width);
    if look.colour {
        table.enforce_styling();
    } else if look.width == Width::Any {
        table.force_no_tty();
    }
    if matches!(look.width, Width::Terminal | Width::OtherTerminal) {
        keep_words_whole(&mut table, labels, rows);
    }
    table
}

/// The width of a column with the blanks at its sides.
fn with_padding(width: u16) -> comfy_table::Width {
    comfy_table::Width::Fixed(width.saturating_add(2))
}

fn set_width(table: &mut Table, width: Width) {
    table.set_content_arrangement(match width {
        Width::Any => ContentArrangement::Disabled,
        _ => ContentArrangement::Dynamic,
    });
    match width {
        Width::AtMost(most) => {
            table.set_width(most);
        }
        Width::OtherTerminal => {
            table.use_stderr();
        }
        Width::Terminal | Width::Any => {}
    }
}

fn keep_words_whole(table: &mut Table, labels: &[&str], rows: &[Vec<Value>]) {
    for (index, column) in table.column_iter_mut().enumerate() {
        let cells = rows.iter().filter_map(|row| row.get(index)).map(shown);
        let label = labels.get(index).map(|label| (*label).to_owned());
        let width = cells.chain(label).map(|text| longest_word(&text)).max();
        let width = with_padding(width.unwrap_or_default().min(LONGEST_WHOLE_WORD));
        column.set_constraint(ColumnConstraint::LowerBoundary(width));
    }
}

/// Words up to this length are not broken to fit: an id in two lines cannot be copied.
const LONGEST_WHOLE_WORD: u16 = 40;

fn longest_word(text: &str) -> u16 {
    let words = text.split_whitespace().map(|word| word.chars().count());
    let longest = words.max().unwrap_or_default();
    u16::try_from(longest).unwrap_or(LONGEST_WHOLE_WORD)
}

/// Comma-separated values below a header.
pub(crate) fn csv(
    keys: &[&str],
    rows: impl IntoIterator<Item = Vec<Value>>,
) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(keys)?;
    for row in rows {
        writer.write_record(row.iter().map(plain))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// The values of each row on one line, apart by blanks.
pub(crate) fn lines(rows: impl IntoIterator<Item = Vec<Value>>) -> String {
    let line = |row: Vec<Value>| {
        let values: Vec<String> = row.iter().map(plain).collect();
        values.join(" ") + "\n"
    };
    rows.into_iter().map(line).collect()
}

/// A value in a table: lists of texts with commas, deeper things as indented JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_string) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            texts.join(", ")
        }
        Value::Array(items) if items.is_empty() => String::new(),
        Value::Array(_) | Value::Object(_) => json(value),
        Value::String(text) => text.trim_end_matches('\n').to_owned(),
        scalar => plain(scalar),
    }
}

/// A value without any quotes; deeper things as JSON on one line.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        other => json_line(other),
    }
}

/// A value as indented JSON, without a line end.
pub(crate) fn json(value: &Value) -> String {
    escaped(format!("{value:#}"))
}

/// A list as indented JSON, of things that are indented JSON themselves.
pub(super) fn json_list(things: impl Iterator<Item = Value>) -> String {
    let mut text = String::from("[");
    for thing in things {
        // No line ends are in the texts of JSON itself.
        let thing = plain(&thing).replace('\n', "\n  ");
        text.push_str(if text.len() == 1 { "\n  " } else { ",\n  " });
        text.push_str(&thing);
    }
    text.push_str(if text.len() == 1 { "]\n" } else { "\n]\n" });
    text
}

/// A value as JSON on one line.
pub(crate) fn json_line(value: &Value) -> String {
    escaped(value.to_string())
}

/// JSON in which what steers a terminal is written as JSON has it too, by its number. Of itself it does so with
/// the first 32 characters alone.
fn escaped(json: String) -> String {
    let is_tame = |character: char| character == '\n' || !steers(character);
    if json.chars().all(is_tame) {
        return json;
    }
    let mut tame = String::with_capacity(json.len() + 8);
    for character in json.chars() {
        if is_tame(character) {
            tame.push(character);
        } else {
            // Writing to a text cannot fail.
            let _ = write!(tame, "\\u{:04x}", u32::from(character));
        }
    }
    tame
}

/// Order of two values of one column: numbers by size, texts by characters, nulls last.
pub(crate) fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64(), b.as_f64());
            a.partial_cmp(&b).unwrap_or(Ordering::Equal)
        }
        _ => plain(a).cmp(&plain(b)),
    }
}

/// The text without what would steer a terminal: text of the cloud is not ours.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => printable.push('\n'),
            '\t' => printable.push_str("    "),
            '\r' => {}
            other if steers(other) => printable.extend(other.escape_unicode()),
            other => printable.push(other),
        }
    }
    printable
}

/// Whether a terminal does something else with a character than to show it: control characters, among them those
/// of 8 bits that some take for escape sequences, and marks that reverse the order in which text is shown.
pub(crate) fn steers(character: char) -> bool {
    let reverses = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || reverses
}
