//! Functions of lists and mappings.

use super::Form::{Both, Function as Plain, Method};
use super::{Call, Function, More, filter};
use crate::yaql::Fault;
use crate::yaql::operators;
use crate::yaql::value::{Dict, Value};

pub(super) const TABLE: &[Function] = &[
    Function::new("all", Method, &["collection", "predicate?"], all),
    Function::new("any", Method, &["collection", "predicate?"], any),
    Function::new("containsKey", Method, &["dict", "key"], contains_key),
    Function::new("count", Method, &["collection"], count),
    Function::new("dict", Plain, &[], dict).taking(More::Rules),
    Function::new("distinct", Method, &["collection"], distinct),
    Function::new("first", Method, &["collection", "default?"], first),
    Function::new("flatten", Method, &["collection"], flatten),
    Function::new("get", Both, &["dict", "key", "default?"], get),
    Function::new("join", Both, &["sequence", "separator"], join),
    Function::new("last", Method, &["collection", "default?"], last),
    Function::new("len", Both, &["value"], len),
    Function::new("limit", Method, &["collection", "count"], limit),
    Function::new("list", Both, &[], list).taking(More::Values),
    Function::new("max", Plain, &["a", "b"], max),
    Function::new("min", Plain, &["a", "b"], min),
    Function::new("reverse", Method, &["collection"], reverse),
    Function::new("select", Both, &["collection", "selector"], select),
    Function::new("skip", Method, &["collection", "count"], skip),
    Function::new("sum", Both, &["collection", "initial?"], sum),
    Function::new("where", Both, &["collection", "predicate"], filtered),
];

impl Call<'_, '_> {
    fn dict(&self, at: usize) -> Result<std::sync::Arc<Dict>, Fault> {
        match self.value(at)? {
            Value::Dict(dict) => Ok(dict),
            other => Err(self.refuse(&other)),
        }
    }

    /// An argument that counts items; none below zero.
    fn amount(&self, at: usize) -> Result<usize, Fault> {
        let number = self.int(at)?;
        usize::try_from(number)
            .map_err(|_| Fault::run(format!("{}() needs no less than 0", self.name)))
    }
}

fn all(call: &Call<'_, '_>) -> Result<Value, Fault> {
    for item in call.items(0)?.iter() {
        let holds = if call.has(1) {
            call.apply(1, item)?
        } else {
            item.clone()
        };
        if !holds.is_true() {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn any(call: &Call<'_, '_>) -> Result<Value, Fault> {
    for item in call.items(0)?.iter() {
        if !call.has(1) || call.apply(1, item)?.is_true() {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn contains_key(call: &Call<'_, '_>) -> Result<Value, Fault> {
    Ok(Value::Bool(call.dict(0)?.get(&call.value(1)?).is_some()))
}

fn count(call: &Call<'_, '_>) -> Result<Value, Fault> {
    size(call.items(0)?.len())
}

fn size(count: usize) -> Result<Value, Fault> {
    let count = i64::try_from(count);
    count
        .map(Value::Int)
        .map_err(|_| Fault::run("a number beyond 64 bits"))
}

fn dict(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let eval = |expr| call.run.eval(expr, call.scope);
    let pairs = call
        .rules
        .iter()
        .map(|(key, value)| Ok((eval(key)?, eval(value)?)));
    Ok(Value::dict(pairs.collect::<Result<Vec<_>, Fault>>()?))
}

fn distinct(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let mut found: Vec<Value> = Vec::new();
    for item in call.items(0)?.iter() {
        call.run.spend(found.len())?;
        if !found.contains(item) {
            found.push(item.clone());
        }
    }
    call.stream(found)
}

fn first(call: &Call<'_, '_>) -> Result<Value, Fault> {
    end(call, call.items(0)?.first())
}

fn last(call: &Call<'_, '_>) -> Result<Value, Fault> {
    end(call, call.items(0)?.last())
}

fn end(call: &Call<'_, '_>, item: Option<&Value>) -> Result<Value, Fault> {
    match item {
        Some(item) => Ok(item.clone()),
        None if call.has(1) => call.value(1),
        None => Err(Fault::run(format!(
            "{}() of a list without items",
            call.name
        ))),
    }
}

fn flatten(call: &Call<'_, '_>) -> Result<Value, Fault> {
    fn put(items: &[Value], flat: &mut Vec<Value>, call: &Call<'_, '_>) -> Result<(), Fault> {
        for item in items {
            call.run.spend(1)?;
            match item {
                Value::List(inner) | Value::Stream(inner) => put(inner, flat, call)?,
                other => flat.push(other.clone()),
            }
        }
        Ok(())
    }
    let mut flat = Vec::new();
    put(&call.items(0)?, &mut flat, call)?;
    call.stream(flat)
}

fn get(call: &Call<'_, '_>) -> Result<Value, Fault> {
    match call.dict(0)?.get(&call.value(1)?) {
        Some(value) => Ok(value.clone()),
        None => call.value(2),
    }
}

/// `list.join(separator)`, or the other way round.
fn join(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let (items, separator) = match (call.value(0)?, call.value(1)?) {
        (Value::List(items) | Value::Stream(items), Value::Text(separator))
        | (Value::Text(separator), Value::List(items) | Value::Stream(items)) => (items, separator),
        (Value::List(_) | Value::Stream(_), other) | (other, _) => return Err(call.refuse(&other)),
    };
    let mut whole = String::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            whole.push_str(&separator);
        }
        whole.push_str(&item.display()?);
        operators::check_text(whole.len())?;
    }
    operators::text(call.run, whole)
}

fn len(call: &Call<'_, '_>) -> Result<Value, Fault> {
    match call.value(0)? {
        Value::Text(text) => size(text.chars().count()),
        Value::List(items) | Value::Stream(items) => size(items.len()),
        Value::Dict(dict) => size(dict.entries().len()),
        other => Err(call.refuse(&other)),
    }
}

fn limit(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let count = call.amount(1)?;
    call.stream(call.items(0)?.iter().take(count).cloned().collect())
}

fn skip(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let count = call.amount(1)?;
    call.stream(call.items(0)?.iter().skip(count).cloned().collect())
}

fn list(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let mut items = Vec::new();
    for value in call.values()? {
        match value {
            Value::Stream(inner) => items.extend(inner.iter().cloned()),
            other => items.push(other),
        }
    }
    call.list(items)
}

fn max(call: &Call<'_, '_>) -> Result<Value, Fault> {
    extreme(call, |order| order == std::cmp::Ordering::Less)
}

fn min(call: &Call<'_, '_>) -> Result<Value, Fault> {
    extreme(call, |order| order == std::cmp::Ordering::Greater)
}

fn extreme(
    call: &Call<'_, '_>,
    takes_second: fn(std::cmp::Ordering) -> bool,
) -> Result<Value, Fault> {
    let (a, b) = (call.value(0)?, call.value(1)?);
    let (Some(_), Some(_)) = (a.as_number(), b.as_number()) else {
        return Err(call.refuse(if a.as_number().is_some() { &b } else { &a }));
    };
    let order = operators::compare(&a, &b);
    Ok(if order.is_some_and(takes_second) {
        b
    } else {
        a
    })
}

fn reverse(call: &Call<'_, '_>) -> Result<Value, Fault> {
    call.stream(call.items(0)?.iter().rev().cloned().collect())
}

fn select(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let items = call.items(0)?;
    let mapped: Result<Vec<_>, _> = items.iter().map(|item| call.apply(1, item)).collect();
    call.stream(mapped?)
}

fn filtered(call: &Call<'_, '_>) -> Result<Value, Fault> {
    filter(call.run, &call.items(0)?, |item| call.apply(1, item))
}

fn sum(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let items = call.items(0)?;
    let mut items = items.iter();
    let mut total = if call.has(1) {
        call.value(1)?
    } else {
        let first = items.next().cloned();
        first.ok_or_else(|| Fault::run("sum() of a list without items"))?
    };
    for item in items {
        total = operators::binary(call.run, "+", &total, item)?;
    }
    Ok(total)
}
