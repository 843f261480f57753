//! What a scalar means under the rules of YAML 1.1.

use saphyr_parser::{Event, ScalarStyle, Tag};
use serde_json::{Number, Value};

use super::Style;

/// Tags of the specification, as in `!!str`.
const CORE: &str = "tag:yaml.org,2002:";

/// How a scalar was written.
pub(super) fn style(style: ScalarStyle, tag: Option<&Tag>) -> Style {
    match tag {
        None if style == ScalarStyle::Plain => Style::Plain,
        Some(tag) if full_tag(tag) == "!yaql" => Style::Expression,
        _ => Style::Other,
    }
}

/// Whether this is a scalar with the tag of MuranoPL's expressions.
pub(super) fn is_expression(event: &Event<'_>) -> bool {
    matches!(event, Event::Scalar(_, _, _, Some(tag)) if full_tag(tag) == "!yaql")
}

/// Whether the server, which builds nothing but plain data, refuses this value for its tag.
pub(super) fn is_foreign(event: &Event<'_>, is_key: bool) -> bool {
    let tag = match event {
        // YAML 1.1 has a tag of its own for a lone `=`, and no reader builds anything from it.
        Event::Scalar(text, ScalarStyle::Plain, _, None) => return text == "=" && !is_key,
        Event::Scalar(_, _, _, tag)
        | Event::SequenceStart(_, tag)
        | Event::MappingStart(_, tag) => tag.as_deref(),
        _ => None,
    };
    let Some(tag) = tag.map(full_tag).filter(|tag| tag != "!") else {
        return false;
    };
    let known = tag.strip_prefix(CORE).is_some_and(|name| {
        matches!(
            name,
            "null"
                | "bool"
                | "int"
                | "float"
                | "binary"
                | "timestamp"
                | "omap"
                | "pairs"
                | "set"
                | "str"
                | "seq"
                | "map"
        )
    });
    !known
}

/// A tag may be written in two parts or at full length.
fn full_tag(tag: &Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}

pub(super) fn resolve(text: &str, plain: bool, tag: Option<&Tag>) -> Value {
    let known = if plain {
        implicit(text)
    } else {
        tag.map(full_tag)
            .and_then(|tag| tagged(text, tag.strip_prefix(CORE)?))
    };
    known.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn implicit(text: &str) -> Option<Value> {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Some(Value::Null);
    }
    boolean(text)
        .map(Value::Bool)
        .or_else(|| int(text).and_then(integer_value))
        .or_else(|| float(text).and_then(Number::from_f64).map(Value::Number))
}

/// `None` for other tags, and for a text that is not what its tag says: it stays text.
fn tagged(text: &str, tag: &str) -> Option<Value> {
    match tag {
        "null" => Some(Value::Null),
        "bool" => boolean(text).map(Value::Bool),
        "int" => int(text).and_then(integer_value),
        "float" => {
            let number = float(text).or_else(|| text.replace('_', "").parse().ok())?;
            Number::from_f64(number).map(Value::Number)
        }
        _ => None,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// Numbers beyond 64 bits are `None`: JSON would round them, their text is exact.
fn integer_value(number: i128) -> Option<Value> {
    i64::try_from(number)
        .map(Value::from)
        .or_else(|_| u64::try_from(number).map(Value::from))
        .ok()
}

fn int(text: &str) -> Option<i128> {
    let (negative, digits) = split_sign(text);
    let magnitude = if let Some(binary) = digits.strip_prefix("0b") {
        radix(binary, 2)?
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        radix(hexadecimal, 16)?
    } else if digits.contains(':') && !digits.starts_with('0') {
        let mut parts = digits.split(':');
        let first = radix(parts.next()?, 10)?;
        parts.try_fold(first, |sum, part| {
            sum.checked_mul(60)?
                .checked_add(i128::from(sixtieth(part)?))
        })?
    } else if digits.starts_with('0') {
        // A zero alone or an octal number; with an 8 or a 9 in it, it is text.
        radix(digits, 8)?
    } else {
        radix(digits, 10)?
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    // The sign of the exponent is not optional: 1e3 and 1.0e3 are text.
    let exponent_fits = exponent.is_none_or(|digits| {
        digits
            .strip_prefix(['+', '-'])
            .is_some_and(|digits| is_digits(digits, ""))
    });
    let (negative, unsigned) = split_sign(mantissa);
    let (whole, fraction) = unsigned.split_once('.')?;
    let fraction_fits = fraction.is_empty() || is_digits(fraction, "_");
    if !exponent_fits || !fraction_fits {
        return None;
    }
    if whole.contains(':') {
        return sexagesimal_float(whole, fraction, negative).filter(|_| exponent.is_none());
    }
    let signed = unsigned.len() < mantissa.len();
    let fits = if whole.is_empty() {
        !signed && fraction.starts_with(|c: char| c.is_ascii_digit())
    } else {
        is_digits(whole, "_") && !whole.starts_with('_')
    };
    if !fits {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// `1:30.5` is ninety and a half.
fn sexagesimal_float(whole: &str, fraction: &str, negative: bool) -> Option<f64> {
    let mut parts = whole.split(':');
    let first = parts
        .next()
        .filter(|first| !first.starts_with('_') && is_digits(first, "_"))?;
    let first: f64 = first.replace('_', "").parse().ok()?;
    let whole = parts.try_fold(first, |sum, part| {
        Some(sum * 60.0 + f64::from(sixtieth(part)?))
    })?;
    let fraction: f64 = format!("0.{}", fraction.replace('_', "")).parse().ok()?;
    let number = whole + fraction;
    Some(if negative { -number } else { number })
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn radix(text: &str, base: u32) -> Option<i128> {
    let fits = !text.starts_with('_') || base != 10;
    if !fits || !text.chars().all(|c| c == '_' || c.is_digit(base)) {
        return None;
    }
    i128::from_str_radix(&text.replace('_', ""), base).ok()
}

fn sixtieth(text: &str) -> Option<u8> {
    let number = text.parse().ok().filter(|number| *number < 60)?;
    (text.len() <= 2 && is_digits(text, "")).then_some(number)
}

fn is_digits(text: &str, also: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || also.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plain(text: &str) -> Value {
        resolve(text, true, None)
    }

    fn core(text: &str, suffix: &str) -> Value {
        let tag = Tag {
            handle: CORE.to_owned(),
            suffix: suffix.to_owned(),
        };
        resolve(text, false, Some(&tag))
    }

    #[test]
    fn words() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), json!(null), "{text}");
        }
        for text in [
            "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
        ] {
            assert_eq!(plain(text), json!(true), "{text}");
        }
        for text in [
            "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
        ] {
            assert_eq!(plain(text), json!(false), "{text}");
        }
        for text in [
            "y",
            "n",
            "Y",
            "N",
            "tRue",
            "nUll",
            "oN",
            "none",
            "=",
            "2014-01-01",
        ] {
            assert_eq!(plain(text), json!(text), "{text}");
        }
    }

    #[test]
    fn integers() {
        let cases: &[(&str, i64)] = &[
            ("0", 0),
            ("-0", 0),
            ("685_230", 685_230),
            ("+5", 5),
            ("-12", -12),
            ("0777", 511),
            ("02472256", 685_230),
            ("0_7", 7),
            ("0x_0A_74_AE", 685_230),
            ("-0xff", -255),
            ("0b1010_0111", 167),
            ("190:20:30", 685_230),
            ("12:30", 750),
            ("9223372036854775807", i64::MAX),
        ];
        for (text, number) in cases {
            assert_eq!(plain(text), json!(number), "{text}");
        }
        assert_eq!(plain("18446744073709551615"), json!(u64::MAX));
        for text in [
            "0o17",
            "08",
            "0b",
            "0x",
            "0x_",
            "0xg",
            "_1",
            "+",
            "-",
            "1 2",
            "0:30",
            "1:60",
            "1:",
            "1:0_1",
            "18446744073709551616",
            "--1",
            "1:123",
            "0X1F",
            "1a",
        ] {
            assert_eq!(plain(text), json!(text), "{text}");
        }
    }

    #[test]
    fn floats() {
        let cases: &[(&str, f64)] = &[
            ("1.10", 1.1),
            ("1.", 1.0),
            (".5", 0.5),
            ("-1.5", -1.5),
            ("6.8523015e+5", 685_230.15),
            ("685.230_15e+03", 685_230.15),
            ("1.0E-2", 0.01),
            (".5e+1", 5.0),
            ("190:20:30.15", 685_230.15),
            ("0:30.5", 30.5),
            ("1._5", 1.5),
        ];
        for (text, number) in cases {
            let read = plain(text).as_f64().unwrap_or(f64::NAN);
            assert!((read - number).abs() < 1e-6, "{text}: {read}");
        }
        for text in [
            ".", "-.5", "1e3", "1.0e3", "1.5.0", ".inf", "-.Inf", ".NaN", "1.0e+999", "1.0e+",
            "_1.0", "1:2.0e+1", "inf", "nan", "infinity", "1.a", "+.", "._5",
        ] {
            assert_eq!(plain(text), json!(text), "{text}");
        }
    }

    #[test]
    fn quotes_and_tags_decide_over_the_text() {
        assert_eq!(resolve("yes", false, None), json!("yes"));
        assert_eq!(core("12", "str"), json!("12"));
        assert_eq!(core("12", "int"), json!(12));
        assert_eq!(core("x", "int"), json!("x"));
        assert_eq!(core("3", "float"), json!(3.0));
        assert_eq!(core("on", "bool"), json!(true));
        assert_eq!(core("", "null"), json!(null));
        assert_eq!(core("aGk=", "binary"), json!("aGk="));
        let whole = Tag {
            handle: String::new(),
            suffix: format!("{CORE}int"),
        };
        assert_eq!(resolve("7", false, Some(&whole)), json!(7));
    }
}
