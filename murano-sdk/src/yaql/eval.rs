//! The walk over an expression, within limits.

use std::cell::Cell;

use serde_json::{Map, Number as JsonNumber, Value as Json};

use super::Fault;
use super::functions;
use super::operators;
use super::parse::{Arguments, Expr};
use super::value::{Dict, Value};

/// Parts evaluated, items and bytes made, all together.
const MAX_WORK: usize = 2_000_000;
/// Evaluations inside each other, through templates too.
const MAX_NESTING: usize = 120;
/// Items of one list.
pub(crate) const MAX_ITEMS: usize = 10_000;

/// The names an expression can use, the inner ones before the outer ones.
#[derive(Debug, Default)]
pub(crate) struct Scope<'a> {
    outer: Option<&'a Scope<'a>>,
    names: Vec<(String, Value)>,
}

impl<'a> Scope<'a> {
    /// Names on top of others.
    pub(crate) fn inside(outer: &'a Scope<'a>) -> Self {
        Self {
            outer: Some(outer),
            names: Vec::new(),
        }
    }

    /// Sets a name, without its `$`; the empty one is `$` alone.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.names.push((name.to_owned(), value));
    }

    /// The scope with one more name.
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.set(name, value);
        self
    }

    /// How many names there are to look through.
    fn size(&self) -> usize {
        let mut size = 0;
        let mut scope = Some(self);
        while let Some(here) = scope {
            size += here.names.len();
            scope = here.outer;
        }
        size
    }

    /// Null for a name nobody has set.
    fn get(&self, name: &str) -> Value {
        let name = if name == "1" { "" } else { name };
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some((_, value)) = here.names.iter().rev().find(|(known, _)| known == name) {
                return value.clone();
            }
            scope = here.outer;
        }
        Value::Null
    }
}

/// Functions beyond those of the language.
pub(crate) trait Host {
    /// Whether it has a function of this name.
    fn knows(&self, name: &str) -> bool;

    /// Calls a function it has.
    fn call(
        &self,
        run: &Run<'_>,
        name: &str,
        arguments: &[Value],
        scope: &Scope<'_>,
    ) -> Result<Value, Fault>;
}

/// One evaluation and what it may still use up.
pub(crate) struct Run<'h> {
    host: Option<&'h dyn Host>,
    work: Cell<usize>,
    nesting: Cell<usize>,
}

impl<'h> Run<'h> {
    /// An evaluation with these functions beside those of the language.
    pub(crate) fn new(host: Option<&'h dyn Host>) -> Self {
        Self {
            host,
            work: Cell::new(0),
            nesting: Cell::new(0),
        }
    }

    /// Notes work done.
    pub(crate) fn spend(&self, work: usize) -> Result<(), Fault> {
        let spent = self.work.get().saturating_add(work);
        self.work.set(spent);
        if spent > MAX_WORK {
            return Err(Fault::run(
                "it takes too much work: the result would be too large",
            ));
        }
        Ok(())
    }

    /// Notes that a list of this many items is made.
    pub(crate) fn spend_items(&self, items: usize) -> Result<(), Fault> {
        if items > MAX_ITEMS {
            let limit = format!("a list of more than {MAX_ITEMS} items");
            return Err(Fault::run(limit));
        }
        self.spend(items)
    }

    fn nested<T>(&self, inner: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        let depth = self.nesting.get() + 1;
        if depth > MAX_NESTING {
            return Err(Fault::run(
                "templates and expressions go into each other too deep",
            ));
        }
        self.nesting.set(depth);
        let result = inner();
        self.nesting.set(depth - 1);
        result
    }

    /// The value of an expression.
    pub(crate) fn eval(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Fault> {
        self.spend(1)?;
        self.nested(|| self.part(expr, scope))
    }

    fn part(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Fault> {
        match expr {
            Expr::Null => Ok(Value::Null),
            Expr::Bool(value) => Ok(Value::Bool(*value)),
            Expr::Int(number) => Ok(Value::Int(*number)),
            Expr::Float(number) => Ok(Value::Float(*number)),
            Expr::Text(text) | Expr::Keyword(text) => Ok(Value::text(text.as_str())),
            Expr::Variable(name) => {
                self.spend(scope.size() / 64)?;
                Ok(scope.get(name))
            }
            Expr::Unary(sign, inner) => operators::unary(sign, &self.eval(inner, scope)?),
            Expr::Binary(sign, left, right) => self.binary(sign, left, right, scope),
            Expr::Index(value, arguments) => {
                let value = self.eval(value, scope)?;
                operators::index(self, &value, arguments, scope)
            }
            Expr::Call(name, arguments) => self.call(name, None, arguments, scope),
            Expr::List(arguments) => Ok(Value::list(self.values("[]", arguments, scope)?)),
            Expr::Dict(arguments) => self.dict(arguments, scope),
        }
    }

    fn binary(
        &self,
        sign: &str,
        left: &Expr,
        right: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Value, Fault> {
        if sign == "->" {
            return self.send(left, right, scope);
        }
        let left = self.eval(left, scope)?;
        match sign {
            "and" if !left.is_true() => Ok(left),
            "or" if left.is_true() => Ok(left),
            "and" | "or" => self.eval(right, scope),
            "?." if matches!(left, Value::Null) => Ok(Value::Null),
            "." | "?." => match right {
                Expr::Keyword(name) => operators::member(self, &left, name),
                Expr::Call(name, arguments) => self.call(name, Some(left), arguments, scope),
                _ => Err(Fault::run("behind a point stands a name or a call")),
            },
            _ => operators::binary(self, sign, &left, &self.eval(right, scope)?),
        }
    }

    /// `let(…) -> expression`: the expression with names of its own.
    fn send(&self, left: &Expr, right: &Expr, scope: &Scope<'_>) -> Result<Value, Fault> {
        let Expr::Call(function, arguments) = left else {
            return Err(Fault::run("`->` is supported behind let(…) alone"));
        };
        if function != "let" {
            return Err(Fault::run("`->` is supported behind let(…) alone"));
        }
        let mut inner = Scope::inside(scope);
        for (at, value) in arguments.values.iter().enumerate() {
            let value = self.eval(given(value.as_ref(), "let")?, scope)?;
            let name = if at == 0 {
                String::new()
            } else {
                (at + 1).to_string()
            };
            inner.set(&name, value);
        }
        for (name, value) in &arguments.rules {
            let Expr::Keyword(name) = name else {
                return Err(Fault::run("the names in let(…) are bare words"));
            };
            inner.set(name, self.eval(value, scope)?);
        }
        self.eval(right, &inner)
    }

    fn dict(&self, arguments: &Arguments, scope: &Scope<'_>) -> Result<Value, Fault> {
        if !arguments.values.is_empty() {
            return Err(Fault::run("a mapping in braces holds pairs with =>"));
        }
        let pair =
            |(key, value): &(Expr, Expr)| Ok((self.eval(key, scope)?, self.eval(value, scope)?));
        let entries: Result<Vec<_>, Fault> = arguments.rules.iter().map(pair).collect();
        Ok(Value::dict(entries?))
    }

    /// Positional arguments and no others.
    pub(crate) fn values(
        &self,
        name: &str,
        arguments: &Arguments,
        scope: &Scope<'_>,
    ) -> Result<Vec<Value>, Fault> {
        if !arguments.rules.is_empty() {
            return Err(Fault::run(format!(
                "pairs with => in {name} are not supported"
            )));
        }
        let values = arguments.values.iter();
        values
            .map(|value| self.eval(given(value.as_ref(), name)?, scope))
            .collect()
    }

    fn call(
        &self,
        name: &str,
        receiver: Option<Value>,
        arguments: &Arguments,
        scope: &Scope<'_>,
    ) -> Result<Value, Fault> {
        let as_method = receiver.is_some();
        if let Some(function) = functions::find(name, as_method) {
            return function.call(self, receiver, arguments, scope);
        }
        let host = self.host.filter(|host| !as_method && host.knows(name));
        if let Some(host) = host {
            let values = self.values(name, arguments, scope)?;
            return host.call(self, name, &values, scope);
        }
        let sort = if as_method { "method" } else { "function" };
        Err(Fault::run(format!("the {sort} {name}() is not supported")))
    }

    /// Evaluates every expression inside a template, and inside what comes out.
    pub(crate) fn template(&self, value: &Value, scope: &Scope<'_>) -> Result<Value, Fault> {
        self.spend(1)?;
        self.nested(|| match value {
            Value::Code(expression) => {
                let result = self.eval(&expression.expr, scope);
                let result = result.map_err(|fault| fault.within(&expression.text))?;
                self.template(&result, scope)
            }
            Value::List(items) | Value::Stream(items) => {
                let items: Result<Vec<_>, _> = items
                    .iter()
                    .map(|item| self.template(item, scope))
                    .collect();
                Ok(Value::list(items?))
            }
            Value::Dict(dict) => {
                let entry = |(key, value): &(Value, Value)| {
                    Ok((self.template(key, scope)?, self.template(value, scope)?))
                };
                let is_code = |(key, _): &(Value, Value)| matches!(key, Value::Code(_));
                let entries: Result<Vec<_>, Fault> = dict.entries().iter().map(entry).collect();
                Ok(if dict.entries().iter().any(is_code) {
                    Value::dict(entries?)
                } else {
                    Dict::of_unique(entries?).into()
                })
            }
            other => Ok(other.clone()),
        })
    }

    /// The value as JSON.
    pub(crate) fn json(&self, value: &Value) -> Result<Json, Fault> {
        self.spend(1)?;
        self.nested(|| {
            Ok(match value {
                Value::Null => Json::Null,
                Value::Bool(value) => Json::Bool(*value),
                Value::Int(number) => Json::Number((*number).into()),
                Value::Float(number) => JsonNumber::from_f64(*number)
                    .map(Json::Number)
                    .ok_or_else(|| Fault::run("a number without a value"))?,
                Value::Text(text) | Value::Id(text) => {
                    self.spend(text.len() / 16)?;
                    Json::String(text.to_string())
                }
                Value::List(items) | Value::Stream(items) => Json::Array(
                    items
                        .iter()
                        .map(|item| self.json(item))
                        .collect::<Result<_, _>>()?,
                ),
                Value::Dict(dict) => {
                    let mut members = Map::new();
                    for (key, value) in dict.entries() {
                        members.insert(key.display()?.to_string(), self.json(value)?);
                    }
                    Json::Object(members)
                }
                Value::Code(_) => {
                    let kind = value.kind();
                    return Err(Fault::run(format!("{kind} cannot stand in a result")));
                }
            })
        })
    }
}

/// An argument that must not be left out.
fn given<'e>(value: Option<&'e Expr>, name: &str) -> Result<&'e Expr, Fault> {
    value.ok_or_else(|| Fault::run(format!("arguments left out in {name} are not supported")))
}
