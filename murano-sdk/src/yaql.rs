//! YAQL, the expressions in the forms of packages.
//!
//! This is the part of the language that forms use, with the dashboard's (legacy) set of functions
//! and Python's idea of values: `1 = true` holds, `7 / 2` is 3. What is not known is an error that
//! names it. Every evaluation has limits, so that no expression runs or grows without end.
//!
//! ```
//! use murano_sdk::yaql::Expression;
//!
//! let answers = serde_json::json!({ "app": { "count": 3, "pattern": "web-#" } });
//! let expression = Expression::parse("$.app.count < 2 or '#' in $.app.pattern")?;
//! assert_eq!(expression.evaluate(&answers)?, true);
//! assert_eq!(expression.to_string(), "$.app.count < 2 or '#' in $.app.pattern");
//!
//! let error = Expression::parse("$.app.frobnicate()")?.evaluate(&answers).unwrap_err();
//! assert_eq!(error.to_string(), "in `$.app.frobnicate()`: the method frobnicate() is not supported");
//! # Ok::<(), murano_sdk::Error>(())
//! ```

mod eval;
mod functions;
mod operators;
mod parse;
mod token;
mod value;

use std::fmt;

pub(crate) use eval::{Host, Run, Scope};
pub(crate) use value::{Dict, Value};

use crate::error::{Error, Result};
use parse::Expr;

/// An expression that can be evaluated.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    expr: Expr,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`](crate::ErrorKind::Archive) for a text that is none, and for one that is
    /// too long or nested too deep.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).map_err(|fault| fault.within(text).into())
    }

    pub(crate) fn read(text: &str) -> Result<Self, Fault> {
        let expr = parse::parse(text)?;
        let text = text.to_owned();
        Ok(Self { text, expr })
    }

    /// Evaluates the expression with this value as `$`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`](crate::ErrorKind::Archive) naming the expression and what cannot be
    /// done in it: an unknown function, a value of the wrong kind, a limit.
    pub fn evaluate(&self, data: &serde_json::Value) -> Result<serde_json::Value> {
        let run = Run::new(None);
        let scope = Scope::default().with("", Value::from_json(data));
        let result = self.run(&run, &scope).and_then(|value| run.json(&value));
        result.map_err(|fault| fault.within(&self.text).into())
    }

    /// The value within a longer evaluation.
    pub(crate) fn run(&self, run: &Run<'_>, scope: &Scope<'_>) -> Result<Value, Fault> {
        let result = run.eval(&self.expr, scope);
        result.map_err(|fault| fault.within(&self.text))
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What is wrong with an expression or its evaluation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    message: String,
    /// Whether the text is no expression at all.
    pub(crate) is_syntax: bool,
    /// Whether the message names the expression.
    is_placed: bool,
}

impl Fault {
    fn new(message: impl Into<String>, is_syntax: bool) -> Self {
        Self {
            message: message.into(),
            is_syntax,
            is_placed: false,
        }
    }

    pub(crate) fn syntax(message: impl Into<String>) -> Self {
        Self::new(message, true)
    }

    /// An expression beyond what is read here.
    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new(message, false)
    }

    pub(crate) fn run(message: impl Into<String>) -> Self {
        Self::new(message, false)
    }

    /// Names the expression, unless an inner one is named already.
    pub(crate) fn within(mut self, expression: &str) -> Self {
        if !self.is_placed {
            self.message = format!("in `{}`: {}", shortened(expression), self.message);
            self.is_placed = true;
        }
        self
    }
}

/// An expression on one line of bearable length.
fn shortened(text: &str) -> String {
    const MOST: usize = 120;
    let line: Vec<_> = text.split_whitespace().collect();
    let line: String = line.join(" ").chars().filter(|c| !c.is_control()).collect();
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::archive(fault.message)
    }
}

#[cfg(test)]
mod tests;
