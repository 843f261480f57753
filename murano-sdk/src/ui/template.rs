//! Which texts of a definition are expressions.

use std::sync::Arc;

use crate::yaml::{Body, Entry, Node, Style};
use crate::yaql::{Dict, Expression, Fault, Value};

/// What a part of a definition means to the dashboard: a plain text that reads as an expression is
/// one, unless it is but words, points and colons.
pub(super) fn template(node: &Node) -> Result<Value, Fault> {
    match &node.body {
        Body::Scalar { text, value, style } => match style {
            Style::Expression => expression(text),
            Style::Plain if value.is_string() => plain(text),
            // Nothing here holds such a number, and a fraction is another one.
            _ if value.is_u64() && !value.is_i64() => Err(too_large(text)),
            Style::Plain | Style::Other => Ok(Value::from_json(value)),
        },
        Body::Sequence(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| template(item)).collect();
            Ok(Value::list(items?))
        }
        Body::Mapping(entries) => {
            let entry = |entry: &Entry| Ok((key(entry)?, template(&entry.value)?));
            let entries: Result<Vec<_>, Fault> = entries.iter().map(entry).collect();
            // An expression may turn out to be a key that is there, but only later.
            Ok(Dict::of_unique(entries?).into())
        }
    }
}

fn expression(text: &str) -> Result<Value, Fault> {
    let read = Expression::read(text).map_err(|fault| fault.within(text))?;
    Ok(Value::Code(Arc::new(read)))
}

/// Keys are expressions by the same rule.
fn key(entry: &Entry) -> Result<Value, Fault> {
    let text = entry.key.as_str();
    match entry.style {
        Style::Expression => expression(text),
        Style::Other => Ok(Value::text(text)),
        Style::Plain => {
            let meaning = crate::yaml::plain(text);
            let spelled = meaning.to_string();
            if meaning.is_string() {
                plain(text)
            } else if spelled == text {
                Ok(Value::text(text))
            } else {
                // The dashboard has some other text of it, or none.
                Err(Fault::run(format!(
                    "the key {text} is no text: put it in quotes"
                )))
            }
        }
    }
}

fn plain(text: &str) -> Result<Value, Fault> {
    let is_word =
        |c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | '.' | ':');
    if is_integer(text) {
        return Err(too_large(text));
    }
    if text.chars().all(is_word) || is_date(text) {
        return Ok(Value::text(text));
    }
    match Expression::read(text) {
        Ok(expression) => Ok(Value::Code(Arc::new(expression))),
        Err(fault) if fault.is_syntax => Ok(Value::text(text)),
        Err(fault) => Err(fault.within(text)),
    }
}

/// Whether a text that was not read as a number is one to the dashboard, which has no bounds.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.starts_with(|c: char| matches!(c, '1'..='9'))
        && digits.chars().all(|c| c.is_ascii_digit() || c == '_')
}

fn too_large(number: &str) -> Fault {
    Fault::run(format!("the number {number} is too large"))
}

/// YAML has dates before the dashboard has expressions.
fn is_date(text: &str) -> bool {
    let (date, time) = text.split_at(text.find(['T', 't', ' ']).unwrap_or(text.len()));
    let is_number = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    year.len() == 4
        && [month, day]
            .iter()
            .all(|part| (1..=2).contains(&part.len()))
        && parts.iter().all(|part| is_number(part))
        && (time.is_empty() || time.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Documents, Tags};

    fn read(text: &str) -> Value {
        let documents = Documents::load(text, Tags::Yaql).unwrap();
        template(documents.single().unwrap().unwrap()).unwrap()
    }

    fn is_code(text: &str) -> bool {
        matches!(read(text), Value::Code(_))
    }

    #[test]
    fn plain_texts_that_read_as_expressions_are_some() {
        for text in [
            "$.a.b",
            "a - b",
            "My-App",
            "generateHostname($.a, 1)",
            "$x=null",
            "!yaql word",
            "1 + 1",
        ] {
            assert!(is_code(text), "{text}");
        }
    }

    #[test]
    fn others_stay_texts() {
        for text in [
            "-",
            "not.a.word + b",
            "word",
            "two words",
            "a.b.C",
            "8:30",
            "'$.a'",
            "\"a-b\"",
            "node-#",
            "http://x/*",
            "Key (in Base64)",
            "1.2",
            "2014-01-02",
            "|\n  $.a\n",
            "!!str a-b",
        ] {
            assert!(!is_code(text), "{text}");
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        for text in [
            "9223372036854775808",
            "18446744073709551616",
            "-9223372036854775809",
        ] {
            let documents = Documents::load(text, Tags::Yaql).unwrap();
            let fault = template(documents.single().unwrap().unwrap());
            assert!(fault.is_err(), "{text}");
        }
        for text in [
            "9223372036854775807",
            "08",
            "'18446744073709551616'",
            "1_000",
        ] {
            assert!(!is_code(text), "{text}");
        }
    }
}
