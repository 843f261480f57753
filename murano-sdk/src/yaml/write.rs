//! JSON values as YAML in block style, written so that YAML 1.1 and 1.2 read the same values back.

use std::fmt::Write as _;

use serde_json::Value;

/// Characters of the longest key that YAML lets stand before its colon with nothing to announce it.
const LONGEST_KEY: usize = 1024;

/// A JSON value as a document of YAML in block style, in the order it has its keys.
///
/// Whoever reads it, by the rules of YAML 1.1 or of 1.2, gets the same value back.
///
/// ```
/// use serde_json::json;
///
/// let form = json!({"Version": "2.2", "Forms": [{"shop": {"fields": []}}]});
/// let text = murano_sdk::yaml::to_string(&form["Forms"]);
/// assert_eq!(text, "- shop:\n    fields: []\n");
/// assert_eq!(murano_sdk::yaml::to_string(&json!(["2.2", "no", "yes, please"])), "- \"2.2\"\n- \"no\"\n- yes, please\n");
/// ```
pub fn to_string(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Array(items) if !items.is_empty() => sequence(&mut text, items, 0),
        Value::Object(members) if !members.is_empty() => mapping(&mut text, members, 0),
        scalar => {
            text.push_str(&inline(scalar));
            text.push('\n');
        }
    }
    text
}

fn sequence(text: &mut String, items: &[Value], indent: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            pad(text, indent);
        }
        text.push_str("- ");
        match item {
            Value::Array(items) if !items.is_empty() => sequence(text, items, indent + 2),
            Value::Object(members) if !members.is_empty() => mapping(text, members, indent + 2),
            scalar => {
                text.push_str(&inline(scalar));
                text.push('\n');
            }
        }
    }
}

/// Members at `indent`; the first one stands where the text ends now.
fn mapping(text: &mut String, members: &serde_json::Map<String, Value>, indent: usize) {
    for (index, (key, value)) in members.iter().enumerate() {
        if index > 0 {
            pad(text, indent);
        }
        push_key(text, key, indent);
        match value {
            Value::Array(items) if !items.is_empty() => {
                text.push('\n');
                pad(text, indent);
                sequence(text, items, indent);
            }
            Value::Object(members) if !members.is_empty() => {
                text.push('\n');
                pad(text, indent + 2);
                mapping(text, members, indent + 2);
            }
            other => {
                text.push(' ');
                text.push_str(&inline(other));
                text.push('\n');
            }
        }
    }
}

/// A key and its colon. A long one is announced: else readers do not look for the colon behind it.
fn push_key(text: &mut String, key: &str, indent: usize) {
    let key = scalar(key);
    let is_long = key.chars().count() > LONGEST_KEY;
    if is_long {
        text.push_str("? ");
    }
    text.push_str(&key);
    if is_long {
        text.push('\n');
        pad(text, indent);
    }
    text.push(':');
}

fn pad(text: &mut String, indent: usize) {
    text.extend(std::iter::repeat_n(' ', indent));
}

/// What fits on one line: scalars and empty collections, for which YAML has the words of JSON.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Number(number) => self::number(&number.to_string()),
        other => other.to_string(),
    }
}

/// A number. YAML 1.1 takes `1e-7` for a text: it wants a point and a sign.
fn number(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) {
        ""
    } else {
        "+"
    };
    format!("{mantissa}{point}e{sign}{exponent}")
}

fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Words that are no text in one version of YAML or the other.
const RESERVED: [&str; 11] = [
    "null", "true", "false", "yes", "no", "on", "off", "y", "n", "inf", "nan",
];

/// Whether a text may stand without quotes. Careful: quotes are never wrong.
fn is_plain(text: &str) -> bool {
    let starts_well =
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/' || first == '_');
    let tame =
        |character: char| character.is_ascii_alphanumeric() || "_-./@+:()=,; ".contains(character);
    // Some ids read as numbers (1e10…), so all of them are quoted.
    let is_id = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    starts_well
        && !is_id
        && text.chars().all(tame)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            other if is_printable(other) => quoted.push(other),
            other if u32::from(other) <= 0xff => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(other));
            }
            other if u32::from(other) <= 0xffff => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(other));
            }
            other => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(other));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Whether YAML lets a character stand for itself on one line. Marks that reverse the order in which text is shown
/// may, but do not: what is read would not be what is there.
fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fffe}'
                | '\u{ffff}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
    use serde_json::{Map, json};

    use super::*;

    /// Reads YAML the way its core schema says.
    fn read(text: &str) -> Value {
        fn value(yaml: &Yaml) -> Value {
            match yaml {
                Yaml::Value(Scalar::Null) => Value::Null,
                Yaml::Value(Scalar::Boolean(yes)) => json!(yes),
                Yaml::Value(Scalar::Integer(number)) => json!(number),
                Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
                Yaml::Value(Scalar::String(text)) => json!(text),
                Yaml::Sequence(items) => items.iter().map(value).collect(),
                Yaml::Mapping(members) => {
                    let pair =
                        |(key, v): (&Yaml, &Yaml)| (key.as_str().unwrap().to_owned(), value(v));
                    Value::Object(members.iter().map(pair).collect::<Map<_, _>>())
                }
                other => panic!("{other:?}"),
            }
        }
        let documents = Yaml::load_from_str(text).unwrap();
        assert_eq!(documents.len(), 1, "{text}");
        value(&documents[0])
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let words = prop::sample::select(vec![
            "",
            " ",
            "yes",
            "NO",
            "~",
            "null",
            "0x1f",
            "1e3",
            "012",
            "1:30",
            "-",
            "- a",
            "a: b",
            "#",
            "a #b",
            "2026-01-02",
            "?",
            "===id1===",
            "{",
            "[a]",
            "*a",
            "&a",
            "!a",
            "|",
            "%",
            "@",
            "`",
            "'",
            "\"",
            "\\",
            "a\nb",
            "a ",
            ":",
            "<<",
            "=",
            "...",
            "---",
            "\u{85}",
            "\u{7f}",
            "ä",
            "🦀",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1.0e9..1.0e9f64).prop_map(Value::from),
            ".*".prop_map(Value::from),
            words.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((".{0,6}", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in any_value()) {
            let text = to_string(&value);
            prop_assert_eq!(&read(&text), &value);
            // By the rules of version 1.1, too.
            prop_assert_eq!(crate::yaml::load(&text), Ok(value));
        }
    }

    #[test]
    fn block_style_is_easy_to_read() {
        let value = json!({
            "name": "shop", "services": [{ "?": { "id": "1" }, "ports": [80, 443] }], "none": [],
            "description": "line\nline", "ready": true, "status": null,
        });
        let expected = "\
name: shop
services:
- \"?\":
    id: \"1\"
  ports:
  - 80
  - 443
none: []
description: \"line\\nline\"
ready: true
status: null
";
        assert_eq!(to_string(&value), expected);
    }

    #[test]
    fn texts_that_look_like_something_else_are_quoted() {
        for text in [
            "yes",
            "Off",
            "1",
            "0b1",
            "1_000",
            "1:30",
            "2026-01-02",
            "~",
            ".inf",
            "",
            "null",
        ] {
            assert_eq!(to_string(&json!(text)), format!("\"{text}\"\n"));
        }
        assert_eq!(to_string(&json!("deploy failure")), "deploy failure\n");
    }

    #[test]
    fn keys_that_are_too_long_for_a_line_are_announced() {
        let key = |length| "k".repeat(length);
        let value = json!({key(1024): 1, key(1025): {"b": [[]]}, key(1026): [{key(1027): 2}]});
        let text = to_string(&value);
        assert!(text.contains("? kkk") && text.contains("\n- ? kkk") && text.contains("\n  : 2\n"));
        assert_eq!(read(&text), value);
        assert_eq!(crate::yaml::load(&text), Ok(value));
    }

    #[test]
    fn small_numbers_stay_numbers() {
        assert_eq!(to_string(&json!(1e-7)), "1.0e-7\n");
        assert_eq!(to_string(&json!(1e300)), "1.0e+300\n");
    }
}
