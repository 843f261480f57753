//! Operators and functions of the language that do not depend on the object whose method runs.

use serde_json::{Value, json};

use super::expression::Operator;
use crate::json::{python_repr, truthy};

/// The result of an operator; `None` when it does not fit its values.
pub(super) fn binary(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    let order = || match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    };
    Some(match operator {
        Operator::Or => {
            if truthy(left) {
                left.clone()
            } else {
                right.clone()
            }
        }
        Operator::And => {
            if truthy(left) {
                right.clone()
            } else {
                left.clone()
            }
        }
        Operator::Equal => (left == right).into(),
        Operator::NotEqual => (left != right).into(),
        Operator::Less => order()?.is_lt().into(),
        Operator::AtMost => order()?.is_le().into(),
        Operator::More => order()?.is_gt().into(),
        Operator::AtLeast => order()?.is_ge().into(),
        Operator::Plus => match (left, right) {
            (Value::String(left), Value::String(right)) => format!("{left}{right}").into(),
            (Value::Array(left), Value::Array(right)) => [left.as_slice(), right].concat().into(),
            _ => arithmetic(left, right, i64::checked_add, |a, b| a + b)?,
        },
        Operator::Minus => arithmetic(left, right, i64::checked_sub, |a, b| a - b)?,
        Operator::Times => arithmetic(left, right, i64::checked_mul, |a, b| a * b)?,
        Operator::Divide => arithmetic(left, right, i64::checked_div_euclid, |a, b| a / b)?,
        Operator::Modulo => arithmetic(left, right, i64::checked_rem_euclid, |a, b| a % b)?,
    })
}

fn arithmetic(
    left: &Value,
    right: &Value,
    whole: fn(i64, i64) -> Option<i64>,
    broken: fn(f64, f64) -> f64,
) -> Option<Value> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => whole(left, right).map(Value::from),
        _ => Some(json!(broken(left.as_f64()?, right.as_f64()?))),
    }
}

/// A function of the language, called with its receiver in front. `None` when there is none of the name.
pub(super) fn function(name: &str, values: &[Value]) -> Option<Value> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| python_repr(value), str::to_owned)
    };
    Some(match (name, values) {
        ("format", [Value::String(pattern), rest @ ..]) => {
            let mut out = pattern.clone();
            for (at, value) in rest.iter().enumerate() {
                out =
                    out.replace(&format!("{{{at}}}"), &text(value))
                        .replacen("{}", &text(value), 1);
            }
            out.into()
        }
        ("range", [end]) => (0..end.as_i64()?.min(10_000)).collect(),
        ("range", [start, end]) => {
            let start = start.as_i64()?;
            (start..end.as_i64()?.min(start.saturating_add(10_000))).collect()
        }
        ("str", [value]) => text(value).into(),
        ("int", [value]) => value
            .as_i64()
            .or_else(|| value.as_str()?.trim().parse().ok())?
            .into(),
        ("len", [Value::Array(items)]) => items.len().into(),
        ("len", [Value::String(text)]) => text.chars().count().into(),
        ("toUpper", [Value::String(text)]) => text.to_uppercase().into(),
        ("toLower", [Value::String(text)]) => text.to_lowercase().into(),
        ("join", [Value::Array(items), Value::String(by)]) => {
            items.iter().map(text).collect::<Vec<_>>().join(by).into()
        }
        ("get", [Value::Object(members), Value::String(key), rest @ ..]) => members
            .get(key)
            .or(rest.first())
            .cloned()
            .unwrap_or_default(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_know_their_values() {
        let call = |name: &str, values: Value| function(name, values.as_array().unwrap());
        assert_eq!(
            call("format", json!(["{0}-{1}-{0}", "a", 2])),
            Some(json!("a-2-a"))
        );
        assert_eq!(call("range", json!([1, 4])), Some(json!([1, 2, 3])));
        assert_eq!(call("len", json!(["äb"])), Some(json!(2)));
        assert_eq!(call("select", json!([[]])), None);
    }

    #[test]
    fn operators_know_their_types() {
        assert_eq!(
            binary(Operator::Plus, &json!("a"), &json!("b")),
            Some(json!("ab"))
        );
        assert_eq!(
            binary(Operator::Divide, &json!(7), &json!(2)),
            Some(json!(3))
        );
        assert_eq!(binary(Operator::Plus, &json!(1), &json!("b")), None);
        assert_eq!(
            binary(Operator::And, &json!(0), &json!("b")),
            Some(json!(0))
        );
    }
}
