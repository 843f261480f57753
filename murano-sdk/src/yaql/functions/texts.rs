//! Functions of texts.

use super::Form::{Both, Function as Plain, Method};
use super::{Call, Function, More};
use crate::pattern::Pattern;
use crate::yaql::Fault;
use crate::yaql::operators::{check_text, text};
use crate::yaql::value::Value;

pub(super) const TABLE: &[Function] = &[
    Function::new("concat", Plain, &["value"], concat).taking(More::Values),
    Function::new("endsWith", Method, &["string"], ends_with).taking(More::Values),
    Function::new("indexOf", Method, &["string", "sub"], index_of),
    Function::new("matches", Method, &["string", "regexp"], matches),
    Function::new(
        "replace",
        Method,
        &["string", "old", "new", "count?"],
        replace,
    ),
    Function::new(
        "split",
        Method,
        &["string", "separator?", "maxSplits?"],
        split,
    ),
    Function::new("startsWith", Method, &["string"], starts_with).taking(More::Values),
    Function::new(
        "substring",
        Method,
        &["string", "start", "length?"],
        substring,
    ),
    Function::new("toLower", Method, &["string"], to_lower),
    Function::new("toUpper", Method, &["string"], to_upper),
    Function::new("norm", Both, &["string", "chars?"], norm),
    Function::new("trim", Method, &["string", "chars?"], trim),
    Function::new("trimLeft", Method, &["string", "chars?"], trim_left),
    Function::new("trimRight", Method, &["string", "chars?"], trim_right),
    Function::new("isEmpty", Both, &["value"], is_empty),
];

fn concat(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let mut whole = String::new();
    for at in 0..call.count() {
        whole.push_str(&call.text(at)?);
        check_text(whole.len())?;
    }
    text(call.run, whole)
}

fn starts_with(call: &Call<'_, '_>) -> Result<Value, Fault> {
    any_of(call, |text, part| text.starts_with(part))
}

fn ends_with(call: &Call<'_, '_>) -> Result<Value, Fault> {
    any_of(call, |text, part| text.ends_with(part))
}

fn any_of(call: &Call<'_, '_>, holds: fn(&str, &str) -> bool) -> Result<Value, Fault> {
    let text = call.text(0)?;
    let mut found = false;
    for at in 1..call.count() {
        found |= holds(&text, &call.text(at)?);
    }
    Ok(Value::Bool(found))
}

fn index_of(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let text = call.text(0)?;
    let place = text.find(&*call.text(1)?);
    let count = place.map(|place| text[..place].chars().count());
    Ok(Value::Int(
        count
            .and_then(|count| i64::try_from(count).ok())
            .unwrap_or(-1),
    ))
}

fn matches(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let pattern = Pattern::new(&call.text(1)?).map_err(Fault::run)?;
    let found = pattern.is_found(&call.text(0)?);
    found.map(Value::Bool).map_err(Fault::run)
}

fn replace(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let (whole, old, new) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let count = if call.has(3) { call.int(3)? } else { -1 };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let places = whole.matches(&*old).count().min(count);
    check_text(whole.len().saturating_add(places.saturating_mul(new.len())))?;
    text(call.run, whole.replacen(&*old, &new, count))
}

/// Without a separator at every space, with one at each place of it.
fn split(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let whole = call.text(0)?;
    let most = if call.has(2) { call.int(2)? } else { -1 };
    let most = usize::try_from(most).map_or(usize::MAX, |most| most.saturating_add(1));
    let parts: Vec<&str> = match call.value(1)? {
        Value::Null if most == usize::MAX => whole.split_whitespace().collect(),
        Value::Null => return Err(Fault::run("split() needs a separator beside a number")),
        Value::Text(separator) if separator.is_empty() => {
            return Err(Fault::run("split() needs a separator that is not empty"));
        }
        Value::Text(separator) => whole.splitn(most, &*separator).collect(),
        other => return Err(call.refuse(&other)),
    };
    call.list(parts.into_iter().map(Value::text).collect())
}

fn substring(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let whole: Vec<char> = call.text(0)?.chars().collect();
    let size = i64::try_from(whole.len()).unwrap_or(i64::MAX);
    let mut start = call.int(1)?;
    let length = if call.has(2) { call.int(2)? } else { -1 };
    if start < 0 {
        start = start.saturating_add(size);
    }
    let length = if length < 0 { size } else { length };
    let end = start.saturating_add(length);
    // Python counts a bound below zero from the end.
    let bound = |at: i64| {
        let at = if at < 0 { at.saturating_add(size) } else { at };
        usize::try_from(at.clamp(0, size)).unwrap_or(0)
    };
    let part = whole.get(bound(start)..bound(end)).unwrap_or_default();
    text(call.run, part.iter().collect())
}

fn to_lower(call: &Call<'_, '_>) -> Result<Value, Fault> {
    text(call.run, call.text(0)?.to_lowercase())
}

fn to_upper(call: &Call<'_, '_>) -> Result<Value, Fault> {
    text(call.run, call.text(0)?.to_uppercase())
}

/// The trimmed text, null where nothing is left of it.
fn norm(call: &Call<'_, '_>) -> Result<Value, Fault> {
    match call.value(0)? {
        Value::Null => Ok(Value::Null),
        _ => Ok(match trim(call)? {
            Value::Text(text) if text.is_empty() => Value::Null,
            text => text,
        }),
    }
}

fn trim(call: &Call<'_, '_>) -> Result<Value, Fault> {
    stripped(call, |text, is_cut| text.trim_matches(is_cut))
}

fn trim_left(call: &Call<'_, '_>) -> Result<Value, Fault> {
    stripped(call, |text, is_cut| text.trim_start_matches(is_cut))
}

fn trim_right(call: &Call<'_, '_>) -> Result<Value, Fault> {
    stripped(call, |text, is_cut| text.trim_end_matches(is_cut))
}

type Cut<'c> = &'c dyn Fn(char) -> bool;

fn stripped(
    call: &Call<'_, '_>,
    strip: for<'t> fn(&'t str, Cut<'_>) -> &'t str,
) -> Result<Value, Fault> {
    let whole = call.text(0)?;
    let result = if call.has(1) {
        let chars = call.text(1)?;
        strip(&whole, &|c| chars.contains(c)).to_owned()
    } else {
        strip(&whole, &char::is_whitespace).to_owned()
    };
    text(call.run, result)
}

fn is_empty(call: &Call<'_, '_>) -> Result<Value, Fault> {
    match call.value(0)? {
        Value::Null => Ok(Value::Bool(true)),
        Value::Text(text) => Ok(Value::Bool(text.trim().is_empty())),
        other => Err(call.refuse(&other)),
    }
}
