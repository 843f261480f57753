//! Values as Python prints them.

use std::fmt::Write as _;

use serde_json::Value;

/// A value as `str` gives it: texts as they are.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => literal(other),
    }
}

/// A value as `repr` gives it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let member =
                |(key, value): (&String, &Value)| format!("{}: {}", quoted(key), literal(value));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut quoted = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if other == quote => {
                quoted.push('\\');
                quoted.push(other);
            }
            other if other.is_control() => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(other));
            }
            other => quoted.push(other),
        }
    }
    quoted.push(quote);
    quoted
}

/// Whether Python takes the value for false.
pub(super) fn is_false(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(yes) => !yes,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// Indented JSON in ASCII, without a line end.
pub(super) fn json(value: &Value) -> String {
    let mut ascii = String::new();
    for character in format!("{value:#}").chars() {
        if character.is_ascii() && character != '\u{7f}' {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(ascii, "\\u{unit:04x}");
        }
    }
    ascii
}

/// Lines of at most `width` characters, broken at blanks and behind hyphens of words; longer words
/// are cut.
pub(super) fn fold(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for chunk in chunks(&expanded(text)) {
        let mut chunk: Vec<char> = chunk.chars().collect();
        loop {
            let last = lines.len() - 1;
            let line = &mut lines[last];
            let used = line.chars().count();
            let is_blank = chunk.iter().all(|character| *character == ' ');
            if is_blank && used == 0 && last > 0 {
                break;
            }
            if used + chunk.len() <= width {
                line.extend(&chunk);
                break;
            }
            // What fits nowhere is cut where this line ends.
            if chunk.len() > width && used < width {
                let room = width - used;
                let hyphen = chunk[..room].iter().rposition(|c| *c == '-');
                let cut = hyphen.filter(|at| chunk[..*at].iter().any(|c| *c != '-'));
                let cut = cut.filter(|at| *at > 0).map_or(room, |at| at + 1);
                line.extend(chunk.drain(..cut));
            }
            let kept = line.trim_end_matches(' ').len();
            line.truncate(kept);
            lines.push(String::new());
        }
    }
    if let Some(line) = lines.last_mut() {
        let kept = line.trim_end_matches(' ').len();
        line.truncate(kept);
    }
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.join("\n")
}

/// Tabs as blanks up to the next multiple of eight, other white space as one blank each.
fn expanded(text: &str) -> String {
    let mut expanded = String::new();
    let mut column = 0;
    for character in text.chars() {
        let blanks = match character {
            '\t' => 8 - column % 8,
            '\n' | '\r' | '\u{b}' | '\u{c}' => 1,
            other => {
                expanded.push(other);
                column += 1;
                continue;
            }
        };
        expanded.extend(std::iter::repeat_n(' ', blanks));
        column = match character {
            '\n' | '\r' => 0,
            _ => column + blanks,
        };
    }
    expanded
}

/// Runs of blanks, and words or their parts up to a hyphen between letters.
fn chunks(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let letter = |at: Option<usize>| {
        at.and_then(|at| characters.get(at))
            .is_some_and(|c| c.is_alphabetic())
    };
    let mut chunks: Vec<String> = Vec::new();
    let mut begins = true;
    for (at, &character) in characters.iter().enumerate() {
        let was_blank = at > 0 && characters[at - 1] == ' ';
        if begins || was_blank != (character == ' ') {
            chunks.push(String::new());
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(character);
        }
        begins = character == '-'
            && letter(at.checked_sub(1))
            && letter(at.checked_sub(2))
            && letter(Some(at + 1))
            && letter(Some(at + 2));
    }
    chunks
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_as_in_python() {
        let value = json!({ "result": null, "isException": false, "n": [1, "it's", "a\n\"b'"] });
        assert_eq!(
            text(&value),
            r#"{'result': None, 'isException': False, 'n': [1, "it's", 'a\n"b\'']}"#
        );
        assert_eq!(text(&json!("it's")), "it's");
    }

    #[test]
    fn json_is_ascii() {
        assert_eq!(json(&json!(["ä🦀"])), "[\n  \"\\u00e4\\ud83e\\udd80\"\n]");
    }

    #[test]
    fn texts_are_folded_at_blanks_and_hyphens() {
        assert_eq!(fold("one two three", 7), "one two\nthree");
        assert_eq!(fold("a well-known word", 7), "a well-\nknown\nword");
        assert_eq!(fold("abcdefghij kl", 4), "abcd\nefgh\nij\nkl");
        assert_eq!(fold("ab abcdefghij", 4), "ab a\nbcde\nfghi\nj");
        assert_eq!(fold("a\nb\tc", 20), "a b       c");
        assert_eq!(fold("", 5), "");
    }
}
