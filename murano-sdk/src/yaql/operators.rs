//! What the operators do, in Python's way.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Fault;
use super::eval::{Run, Scope};
use super::parse::Arguments;
use super::value::{Number, Value};
use crate::pattern::Pattern;

/// Longer texts are not made.
const MAX_TEXT: usize = 1_000_000;

/// An operator before a value.
pub(super) fn unary(sign: &str, value: &Value) -> Result<Value, Fault> {
    match (sign, value) {
        ("not", value) => Ok(Value::Bool(!value.is_true())),
        ("+", Value::Int(_) | Value::Float(_)) => Ok(value.clone()),
        ("-", Value::Int(number)) => number.checked_neg().map(Value::Int).ok_or_else(overflow),
        ("-", Value::Float(number)) => Ok(Value::Float(-number)),
        _ => Err(Fault::run(format!(
            "`{sign}` does not take {}",
            value.kind()
        ))),
    }
}

/// An operator between two values.
pub(super) fn binary(
    run: &Run<'_>,
    sign: &str,
    left: &Value,
    right: &Value,
) -> Result<Value, Fault> {
    if matches!(sign, "=" | "!=" | "in") && left.has_list() && right.has_list() {
        // Python's lists and tuples differ, and either may come from the same expression.
        let reason = "the dashboard finds some different that look alike";
        return Err(Fault::run(format!("two lists are not compared: {reason}")));
    }
    let found = match sign {
        "=" => Some(Value::Bool(left == right)),
        "!=" => Some(Value::Bool(left != right)),
        "<" | "<=" | ">" | ">=" => order(sign, left, right).map(Value::Bool),
        "in" => contains(left, right).map(Value::Bool),
        "=~" => matches(run, left, right)?.map(Value::Bool),
        "!~" => matches(run, left, right)?.map(|found| Value::Bool(!found)),
        "+" => add(run, left, right)?,
        "*" => multiply(run, left, right)?,
        "-" | "/" | "mod" => numbers(sign, left, right)?,
        _ => None,
    };
    found.ok_or_else(|| {
        let (left, right) = (left.kind(), right.kind());
        Fault::run(format!("`{sign}` does not take {left} and {right}"))
    })
}

/// Null comes before everything.
fn order(sign: &str, left: &Value, right: &Value) -> Option<bool> {
    let order = match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        _ => compare(left, right)?,
    };
    Some(match sign {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}

/// The order of two numbers or two texts.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_text(), right.as_text()) {
        return Some(left.cmp(right));
    }
    Some(match (left.as_number()?, right.as_number()?) {
        (Number::Int(left), Number::Int(right)) => left.cmp(&right),
        (left, right) => left.float().total_cmp(&right.float()),
    })
}

fn contains(left: &Value, right: &Value) -> Option<bool> {
    match right {
        Value::Text(text) => Some(text.contains(left.as_text()?)),
        Value::List(items) | Value::Stream(items) => Some(items.contains(left)),
        _ => None,
    }
}

fn matches(run: &Run<'_>, left: &Value, right: &Value) -> Result<Option<bool>, Fault> {
    let (Some(text), Some(pattern)) = (left.as_text(), right.as_text()) else {
        return Ok(None);
    };
    run.spend(text.len() + pattern.len())?;
    let pattern = Pattern::new(pattern).map_err(Fault::run)?;
    pattern.is_found(text).map(Some).map_err(Fault::run)
}

fn add(run: &Run<'_>, left: &Value, right: &Value) -> Result<Option<Value>, Fault> {
    Ok(match (left, right) {
        (Value::Text(left), Value::Text(right)) => {
            Some(text(run, [left, right].map(AsRef::as_ref).concat())?)
        }
        (Value::List(left), Value::List(right)) => {
            run.spend_items(left.len() + right.len())?;
            Some(Value::list(
                left.iter().chain(right.iter()).cloned().collect(),
            ))
        }
        (Value::Dict(left), Value::Dict(right)) => {
            let (had, more) = (left.entries().len(), right.entries().len());
            run.spend_items(had + more)?;
            // Each new key is looked for among the others.
            run.spend((had + more).saturating_mul(had + more) / 64)?;
            let entries = left.entries().iter().chain(right.entries());
            Some(Value::dict(entries.cloned()))
        }
        _ => numbers("+", left, right)?,
    })
}

fn multiply(run: &Run<'_>, left: &Value, right: &Value) -> Result<Option<Value>, Fault> {
    let times = |count: i64| usize::try_from(count).unwrap_or(0);
    Ok(match (left, right) {
        (Value::Text(part), Value::Int(count)) | (Value::Int(count), Value::Text(part)) => {
            let count = times(*count);
            check_text(part.len().saturating_mul(count))?;
            Some(text(run, part.repeat(count))?)
        }
        (Value::List(items), Value::Int(count)) | (Value::Int(count), Value::List(items)) => {
            let count = times(*count);
            run.spend_items(items.len().saturating_mul(count))?;
            Some(Value::list(
                (0..count).flat_map(|_| items.iter().cloned()).collect(),
            ))
        }
        _ => numbers("*", left, right)?,
    })
}

fn numbers(sign: &str, left: &Value, right: &Value) -> Result<Option<Value>, Fault> {
    let Some(pair) = left.as_number().zip(right.as_number()) else {
        return Ok(None);
    };
    Ok(Some(match pair {
        (Number::Int(left), Number::Int(right)) => Value::Int(integers(sign, left, right)?),
        (left, right) => Value::Float(fractions(sign, left.float(), right.float())?),
    }))
}

fn integers(sign: &str, left: i64, right: i64) -> Result<i64, Fault> {
    if right == 0 && matches!(sign, "/" | "mod") {
        return Err(Fault::run("a division by zero"));
    }
    let result = match sign {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        // Python rounds down, not towards zero.
        "/" => left.checked_div_euclid(right).map(|quotient| {
            if right < 0 && left.rem_euclid(right) != 0 {
                quotient - 1
            } else {
                quotient
            }
        }),
        _ => left.checked_rem_euclid(right).map(|rest| {
            if right < 0 && rest != 0 {
                rest + right
            } else {
                rest
            }
        }),
    };
    result.ok_or_else(overflow)
}

fn fractions(sign: &str, left: f64, right: f64) -> Result<f64, Fault> {
    if right == 0.0 && matches!(sign, "/" | "mod") {
        return Err(Fault::run("a division by zero"));
    }
    let result = match sign {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        _ => left - right * (left / right).floor(),
    };
    if result.is_finite() {
        Ok(result)
    } else {
        Err(overflow())
    }
}

/// A text that was just made.
pub(super) fn text(run: &Run<'_>, text: String) -> Result<Value, Fault> {
    check_text(text.len())?;
    run.spend(text.len() / 16)?;
    Ok(Value::Text(Arc::from(text)))
}

/// Whether a text of this length may be made.
pub(super) fn check_text(length: usize) -> Result<(), Fault> {
    if length > MAX_TEXT {
        return Err(Fault::run(format!("a text of more than {MAX_TEXT} bytes")));
    }
    Ok(())
}

fn overflow() -> Fault {
    Fault::run("a number beyond 64 bits")
}

/// `value.name`: null where a mapping has no such key; of a list, the member of each item.
pub(super) fn member(run: &Run<'_>, value: &Value, name: &str) -> Result<Value, Fault> {
    match value {
        Value::Dict(dict) => {
            run.spend(dict.entries().len() / 64)?;
            let found = dict.get(&Value::text(name)).cloned();
            Ok(found.unwrap_or(Value::Null))
        }
        Value::List(items) | Value::Stream(items) => {
            run.spend_items(items.len())?;
            let items = items.iter().map(|item| member(run, item, name));
            Ok(Value::Stream(Arc::new(items.collect::<Result<_, _>>()?)))
        }
        other => Err(Fault::run(format!(
            "{} has no member `{name}`",
            other.kind()
        ))),
    }
}

/// `list[number]` counts from either end; `list[condition]` picks the items it holds for.
pub(super) fn index(
    run: &Run<'_>,
    value: &Value,
    arguments: &Arguments,
    scope: &Scope<'_>,
) -> Result<Value, Fault> {
    let Value::List(items) = value else {
        return Err(Fault::run(format!(
            "{} has no items to index",
            value.kind()
        )));
    };
    let ([Some(condition)], []) = (arguments.values.as_slice(), arguments.rules.as_slice()) else {
        return Err(Fault::run("brackets behind a list take one index"));
    };
    // For an index `$` is what it is outside of the brackets.
    if let Value::Int(at) = run.eval(condition, scope)? {
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let at = if at < 0 {
            at.saturating_add(length)
        } else {
            at
        };
        let item = usize::try_from(at).ok().and_then(|at| items.get(at));
        let fault = || Fault::run(format!("the list has {length} items, not one at {at}"));
        return item.cloned().ok_or_else(fault);
    }
    super::functions::filter(run, items, |item| {
        run.eval(condition, &Scope::inside(scope).with("", item.clone()))
    })
}
