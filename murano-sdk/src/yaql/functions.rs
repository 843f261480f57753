//! The functions of the language that forms use.

mod choice;
mod lists;
mod texts;

use std::sync::Arc;

use super::Fault;
use super::eval::{Run, Scope};
use super::parse::{Arguments, Expr};
use super::value::Value;

/// How a function may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `name(value)`
    Function,
    /// `value.name()`
    Method,
    Both,
}

/// A function of the language.
pub(super) struct Function {
    name: &'static str,
    form: Form,
    /// Names of the arguments for `name => value`; of a method the first is what stands before
    /// the point. A question mark ends the names of those that may be left out.
    parameters: &'static [&'static str],
    /// What it takes beside its parameters.
    more: More,
    body: Body,
}

type Body = fn(&Call<'_, '_>) -> Result<Value, Fault>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum More {
    Nothing,
    Values,
    /// Pairs `condition => value`.
    Rules,
}

/// The function of a name that may be called so.
pub(super) fn find(name: &str, as_method: bool) -> Option<&'static Function> {
    let other = if as_method {
        Form::Function
    } else {
        Form::Method
    };
    let mut tables = [choice::TABLE, lists::TABLE, texts::TABLE]
        .into_iter()
        .flatten();
    tables.find(|function| function.name == name && function.form != other)
}

enum Argument<'e> {
    Done(Value),
    /// Evaluated by the function, as often as it likes.
    Open(&'e Expr),
}

/// One call of a function.
struct Call<'e, 'r> {
    name: &'static str,
    run: &'r Run<'r>,
    scope: &'r Scope<'r>,
    arguments: Vec<Option<Argument<'e>>>,
    rules: &'e [(Expr, Expr)],
}

impl Function {
    const fn new(
        name: &'static str,
        form: Form,
        parameters: &'static [&'static str],
        body: Body,
    ) -> Self {
        let more = More::Nothing;
        Self {
            name,
            form,
            parameters,
            more,
            body,
        }
    }

    const fn taking(mut self, more: More) -> Self {
        self.more = more;
        self
    }

    pub(super) fn call(
        &self,
        run: &Run<'_>,
        receiver: Option<Value>,
        given: &Arguments,
        scope: &Scope<'_>,
    ) -> Result<Value, Fault> {
        let mut arguments: Vec<Option<Argument<'_>>> = Vec::new();
        arguments.extend(receiver.map(|value| Some(Argument::Done(value))));
        arguments.extend(
            given
                .values
                .iter()
                .map(|value| value.as_ref().map(Argument::Open)),
        );
        let most = self.parameters.len();
        if arguments.len() > most && self.more != More::Values {
            let fault = format!("{}() takes {most} arguments at most", self.name);
            return Err(Fault::run(fault));
        }
        let mut rules: &[(Expr, Expr)] = &[];
        if self.more == More::Rules {
            rules = &given.rules;
        } else {
            for (name, value) in &given.rules {
                self.place(&mut arguments, name, value)?;
            }
        }
        let is_given = |at| matches!(arguments.get(at), Some(Some(_)));
        let mut needed = self
            .parameters
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.ends_with('?'));
        if let Some((_, missing)) = needed.find(|(at, _)| !is_given(*at)) {
            let fault = format!("{}() needs the argument {missing}", self.name);
            return Err(Fault::run(fault));
        }
        let name = self.name;
        (self.body)(&Call {
            name,
            run,
            scope,
            arguments,
            rules,
        })
    }

    /// Puts an argument that is given by its name in its place.
    fn place<'e>(
        &self,
        arguments: &mut Vec<Option<Argument<'e>>>,
        name: &Expr,
        value: &'e Expr,
    ) -> Result<(), Fault> {
        let known = |name: &str| {
            self.parameters
                .iter()
                .position(|known| known.trim_end_matches('?') == name)
        };
        let at = match name {
            Expr::Keyword(name) => known(name),
            _ => None,
        };
        let at = at.ok_or_else(|| {
            Fault::run(format!(
                "{}() has no argument of the name given with =>",
                self.name
            ))
        })?;
        if arguments.len() <= at {
            arguments.resize_with(at + 1, || None);
        }
        match arguments.get_mut(at) {
            Some(place @ None) => *place = Some(Argument::Open(value)),
            _ => {
                return Err(Fault::run(format!(
                    "{}() gets an argument twice",
                    self.name
                )));
            }
        }
        Ok(())
    }
}

impl Call<'_, '_> {
    fn count(&self) -> usize {
        self.arguments.len()
    }

    /// Whether an argument was given.
    fn has(&self, at: usize) -> bool {
        matches!(self.arguments.get(at), Some(Some(_)))
    }

    /// An argument; null where none was given.
    fn value(&self, at: usize) -> Result<Value, Fault> {
        match self.arguments.get(at) {
            Some(Some(Argument::Done(value))) => Ok(value.clone()),
            Some(Some(Argument::Open(expr))) => self.run.eval(expr, self.scope),
            _ => Ok(Value::Null),
        }
    }

    /// An argument as a function of one value.
    fn apply(&self, at: usize, value: &Value) -> Result<Value, Fault> {
        match self.arguments.get(at) {
            Some(Some(Argument::Open(expr))) => self
                .run
                .eval(expr, &Scope::inside(self.scope).with("", value.clone())),
            _ => self.value(at),
        }
    }

    fn values(&self) -> Result<Vec<Value>, Fault> {
        (0..self.count()).map(|at| self.value(at)).collect()
    }

    fn text(&self, at: usize) -> Result<Arc<str>, Fault> {
        match self.value(at)? {
            Value::Text(text) => {
                self.run.spend(text.len() / 16)?;
                Ok(text)
            }
            other => Err(self.refuse(&other)),
        }
    }

    fn int(&self, at: usize) -> Result<i64, Fault> {
        match self.value(at)? {
            Value::Int(number) => Ok(number),
            other => Err(self.refuse(&other)),
        }
    }

    fn items(&self, at: usize) -> Result<Arc<Vec<Value>>, Fault> {
        match self.value(at)? {
            Value::List(items) | Value::Stream(items) => {
                self.run.spend_items(items.len())?;
                Ok(items)
            }
            other => Err(self.refuse(&other)),
        }
    }

    fn list(&self, items: Vec<Value>) -> Result<Value, Fault> {
        self.run.spend_items(items.len())?;
        Ok(Value::list(items))
    }

    fn stream(&self, items: Vec<Value>) -> Result<Value, Fault> {
        self.run.spend_items(items.len())?;
        Ok(Value::Stream(Arc::new(items)))
    }

    fn refuse(&self, value: &Value) -> Fault {
        Fault::run(format!("{}() does not take {}", self.name, value.kind()))
    }
}

/// The items a condition holds for.
pub(super) fn filter(
    run: &Run<'_>,
    items: &[Value],
    condition: impl Fn(&Value) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    let mut found = Vec::new();
    for item in items {
        if condition(item)?.is_true() {
            found.push(item.clone());
        }
    }
    run.spend_items(found.len())?;
    Ok(Value::Stream(Arc::new(found)))
}
