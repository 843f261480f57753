//! Rows of values as tables, CSV and bare lines.

use std::{cmp::Ordering, fmt::Write as _};

use comfy_table::{
    Cell, ColumnConstraint, ContentArrangement, LineStyle, Table, presets::ASCII_FULL_CONDENSED,
};
use serde_json::Value;

use super::look::{self, Look, Width};

/// A table in a frame. What has a colour is told by the key of a cell: of its column in a list, of its row in a
/// record.
pub(super) fn table<'a>(
    labels: &[&str],
    rows: impl IntoIterator<Item = Vec<Value>>,
    look: Look,
    key: impl Fn(usize, usize) -> &'a str,
) -> String {
    let style = ASCII_FULL_CONDENSED.header_separator(LineStyle::new('+', '-', '+', '+'));
    let mut table = Table::new();
    table.load_style(style).set_header(labels);
    let mut longest: Vec<u16> = labels.iter().map(|label| longest_word(label)).collect();
    for (number, row) in rows.into_iter().enumerate() {
        let cells = row.into_iter().enumerate().map(|(column, value)| {
            let text = shown(&value);
            if let Some(longest) = longest.get_mut(column) {
                *longest = longest_word(&text).max(*longest);
            }
            let cell = Cell::new(printable(&text));
            match look::colour(key(number, column), &value).filter(|_| look.colour) {
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
        keep_words_whole(&mut table, &longest);
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(&line);
        text.push('\n');
    }
    text
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

fn keep_words_whole(table: &mut Table, longest: &[u16]) {
    for (column, longest) in table.column_iter_mut().zip(longest) {
        // The padding counts too.
        let width = comfy_table::Width::Fixed(*longest.min(&LONGEST_WHOLE_WORD) + 2);
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
