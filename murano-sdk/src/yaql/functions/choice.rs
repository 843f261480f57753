//! Choices and conversions.

use super::Form::{Both, Function as Plain};
use super::{Call, Function, More};
use crate::yaql::Fault;
use crate::yaql::eval::Scope;
use crate::yaql::value::{Number, Value};

pub(super) const TABLE: &[Function] = &[
    Function::new("switch", Both, &["value"], switch).taking(More::Rules),
    Function::new("coalesce", Plain, &[], coalesce).taking(More::Values),
    Function::new("bool", Both, &["value"], boolean),
    Function::new("int", Both, &["value"], int),
    Function::new("float", Both, &["value"], float),
    Function::new("str", Plain, &["value"], text),
    Function::new("abs", Plain, &["op"], abs),
    Function::new("isBoolean", Plain, &["value"], is_boolean),
    Function::new("isInteger", Plain, &["value"], is_integer),
    Function::new("isNumber", Plain, &["value"], is_number),
    Function::new("isString", Plain, &["arg"], is_text),
    Function::new("isList", Plain, &["arg"], is_list),
    Function::new("isDict", Plain, &["arg"], is_dict),
];

/// `switch(value, $ < 3 => "few", true => "many")`: the target of the first pair that holds. Inside
/// `$` is the value, and both sides of a pair are evaluated, so an error in either is one of the
/// whole.
fn switch(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let value = call.value(0)?;
    let scope = Scope::inside(call.scope).with("", value);
    for (condition, target) in call.rules {
        let holds = call.run.eval(condition, &scope)?;
        let target = call.run.eval(target, &scope)?;
        if holds.is_true() {
            return Ok(target);
        }
    }
    Ok(Value::Null)
}

fn coalesce(call: &Call<'_, '_>) -> Result<Value, Fault> {
    for at in 0..call.count() {
        let value = call.value(at)?;
        if !matches!(value, Value::Null) {
            return Ok(value);
        }
    }
    Ok(Value::Null)
}

fn boolean(call: &Call<'_, '_>) -> Result<Value, Fault> {
    Ok(Value::Bool(call.value(0)?.is_true()))
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn int(call: &Call<'_, '_>) -> Result<Value, Fault> {
    match call.value(0)? {
        Value::Null => Ok(Value::Int(0)),
        Value::Bool(value) => Ok(Value::Int(i64::from(value))),
        Value::Int(number) => Ok(Value::Int(number)),
        Value::Float(number) if number.abs() < 9e18 => Ok(Value::Int(number as i64)),
        Value::Text(text) => match text.trim().parse() {
            Ok(number) => Ok(Value::Int(number)),
            Err(_) => Err(Fault::run("int() needs a text that is a whole number")),
        },
        other => Err(call.refuse(&other)),
    }
}

fn float(call: &Call<'_, '_>) -> Result<Value, Fault> {
    match call.value(0)? {
        Value::Null => Ok(Value::Float(0.0)),
        Value::Bool(value) => Ok(Value::Float(f64::from(u8::from(value)))),
        Value::Text(text) => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(Fault::run("float() needs a text that is a number")),
        },
        other => match other.as_number() {
            Some(number) => Ok(Value::Float(number.float())),
            None => Err(call.refuse(&other)),
        },
    }
}

fn text(call: &Call<'_, '_>) -> Result<Value, Fault> {
    call.value(0)?.display().map(Value::Text)
}

fn abs(call: &Call<'_, '_>) -> Result<Value, Fault> {
    let value = call.value(0)?;
    match value.as_number() {
        Some(Number::Int(number)) => {
            let fault = || Fault::run("a number beyond 64 bits");
            number.checked_abs().map(Value::Int).ok_or_else(fault)
        }
        Some(Number::Float(number)) => Ok(Value::Float(number.abs())),
        None => Err(call.refuse(&value)),
    }
}

fn is_boolean(call: &Call<'_, '_>) -> Result<Value, Fault> {
    Ok(Value::Bool(matches!(call.value(0)?, Value::Bool(_))))
}

fn is_integer(call: &Call<'_, '_>) -> Result<Value, Fault> {
    Ok(Value::Bool(matches!(call.value(0)?, Value::Int(_))))
}

fn is_number(call: &Call<'_, '_>) -> Result<Value, Fault> {
    Ok(Value::Bool(call.value(0)?.as_number().is_some()))
}

fn is_text(call: &Call<'_, '_>) -> Result<Value, Fault> {
    Ok(Value::Bool(matches!(call.value(0)?, Value::Text(_))))
}

fn is_list(call: &Call<'_, '_>) -> Result<Value, Fault> {
    Ok(Value::Bool(matches!(call.value(0)?, Value::List(_))))
}

fn is_dict(call: &Call<'_, '_>) -> Result<Value, Fault> {
    Ok(Value::Bool(matches!(call.value(0)?, Value::Dict(_))))
}
