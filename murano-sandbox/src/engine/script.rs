//! Runs the bodies of methods as far as they can be understood.
//!
//! Understood are assignments to variables and properties, `Return`, `Throw`, `If`, `For`, `Do` and `Parallel`, and in
//! expressions what [`super::expression`] reads with the functions of [`super::functions`]. Everything else is passed over
//! and counts as null.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expression::{self, Argument, Expression};
use super::functions::{binary, function};
use super::run::{Report, Thrown};
use crate::catalog;
use crate::classes::{Class, Method};
use crate::clock;
use crate::json::{Fields as _, Object, python_repr, truthy};
use crate::yaml::Yaml;

/// Most statements one run may take.
const STEP_LIMIT: u32 = 20_000;
/// Deepest nesting of calls.
const CALL_LIMIT: u32 = 20;

/// A value while a method runs.
#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Data(Value),
    /// The object whose method runs.
    This,
    Environment,
    Reporter,
    /// Something that is not imitated.
    Unknown,
}

impl Operand {
    fn data(self) -> Value {
        match self {
            Self::Data(value) => value,
            _ => Value::Null,
        }
    }
}

/// How a statement ends.
enum Flow {
    Next,
    Return(Value),
}

type Outcome<T> = Result<T, Thrown>;
type Locals = BTreeMap<String, Operand>;

/// A run of methods of one object, or of a class when there is no object.
pub(super) struct Script<'a> {
    /// The class of the object and its ancestors.
    pub(super) line: &'a [Class],
    pub(super) object: Option<&'a mut Value>,
    pub(super) reports: Vec<Report>,
    /// Microseconds spent sleeping.
    pub(super) slept: i64,
    /// Title and number of units of an application that reported itself.
    pub(super) tracked: Option<(Value, Value)>,
    pub(super) steps: u32,
    pub(super) depth: u32,
}

impl<'a> Script<'a> {
    pub(super) fn new(line: &'a [Class], object: Option<&'a mut Value>) -> Self {
        Self {
            line,
            object,
            reports: Vec::new(),
            slept: 0,
            tracked: None,
            steps: 0,
            depth: 0,
        }
    }

    /// Runs a method with checked arguments.
    pub(super) fn run(&mut self, class: &Class, method: &Method, given: Object) -> Outcome<Value> {
        self.depth += 1;
        if self.depth > CALL_LIMIT {
            return Err(Thrown::plain("maximum recursion depth exceeded"));
        }
        let mut locals: Locals = given
            .into_iter()
            .map(|(name, value)| (name, Operand::Data(value)))
            .collect();
        let place = Place { class, method };
        let flow = self.block(&place, &mut locals, &method.body)?;
        self.depth -= 1;
        Ok(match flow {
            Flow::Return(value) => value,
            Flow::Next => Value::Null,
        })
    }

    fn block(&mut self, place: &Place<'_>, locals: &mut Locals, body: &Yaml) -> Outcome<Flow> {
        let one = std::slice::from_ref(body);
        let statements = if let Yaml::List(items) = body {
            items.as_slice()
        } else {
            one
        };
        for statement in statements {
            if let Flow::Return(value) = self.statement(place, locals, statement)? {
                return Ok(Flow::Return(value));
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, place: &Place<'_>, locals: &mut Locals, node: &Yaml) -> Outcome<Flow> {
        self.steps += 1;
        if self.steps > STEP_LIMIT {
            return Err(Thrown::plain("the method does not end"));
        }
        if let Yaml::Text {
            text,
            expression: true,
        } = node
        {
            self.evaluate(locals, text)?;
            return Ok(Flow::Next);
        }
        if let Some(value) = node.get("Return") {
            return Ok(Flow::Return(self.data(locals, value)?.data()));
        }
        if let Some(class) = node.get("Throw").and_then(Yaml::scalar) {
            let message = node.get("Message").unwrap_or(&Yaml::Null);
            let message = self.data(locals, message)?.data();
            let message = message
                .as_str()
                .map_or_else(|| python_repr(&message), str::to_owned);
            let class = place.class.names.resolve(&class);
            return Err(Thrown::by_method(&class, &message, &place.text()));
        }
        if let Some(condition) = node.get("If") {
            let holds = truthy(&self.data(locals, condition)?.data());
            let branch = node.get(if holds { "Then" } else { "Else" });
            return branch.map_or(Ok(Flow::Next), |branch| self.block(place, locals, branch));
        }
        if let (Some(name), Some(list)) = (node.get("For").and_then(Yaml::text), node.get("In")) {
            let items = self.data(locals, list)?.data();
            for item in items.as_array().into_iter().flatten() {
                locals.insert(name.to_owned(), Operand::Data(item.clone()));
                let body = node.get("Do").unwrap_or(&Yaml::Null);
                if let Flow::Return(value) = self.block(place, locals, body)? {
                    return Ok(Flow::Return(value));
                }
            }
            return Ok(Flow::Next);
        }
        if let Some(body) = node.get("Do").or_else(|| node.get("Parallel")) {
            return self.block(place, locals, body);
        }
        for (target, value) in node.entries() {
            if let Some(target) = target.text().and_then(|text| text.strip_prefix('$')) {
                let value = self.data(locals, value)?;
                self.assign(locals, target, value);
            }
        }
        Ok(Flow::Next)
    }

    fn assign(&mut self, locals: &mut Locals, target: &str, value: Operand) {
        let property = target
            .strip_prefix("this")
            .unwrap_or(target)
            .strip_prefix('.');
        match (property, self.object.as_mut()) {
            (Some(name), Some(object)) if value != Operand::Unknown && !name.contains('.') => {
                object.set(name, value.data());
            }
            (None, _) => drop(locals.insert(target.to_owned(), value)),
            _ => {}
        }
    }

    /// The value of a node: text is evaluated, lists and maps member by member.
    fn data(&mut self, locals: &mut Locals, node: &Yaml) -> Outcome<Operand> {
        Ok(match node {
            Yaml::Text {
                text,
                expression: true,
            } => self.evaluate(locals, text)?,
            Yaml::List(items) => {
                let mut values = Vec::new();
                for item in items {
                    values.push(self.data(locals, item)?.data());
                }
                Operand::Data(values.into())
            }
            Yaml::Map(entries) => {
                let mut members = Object::new();
                for (key, value) in entries {
                    members.insert(
                        key.scalar().unwrap_or_default(),
                        self.data(locals, value)?.data(),
                    );
                }
                Operand::Data(members.into())
            }
            other => Operand::Data(other.json()),
        })
    }

    fn evaluate(&mut self, locals: &mut Locals, text: &str) -> Outcome<Operand> {
        match expression::parse(text) {
            Some(parsed) => self.value(locals, &parsed),
            None => Ok(Operand::Unknown),
        }
    }

    fn value(&mut self, locals: &mut Locals, expression: &Expression) -> Outcome<Operand> {
        Ok(match expression {
            Expression::Literal(value) => Operand::Data(value.clone()),
            Expression::Word(word) => Operand::Data(word.as_str().into()),
            Expression::Variable(name) if name.is_empty() || name == "this" => Operand::This,
            Expression::Variable(name) => locals
                .get(name)
                .cloned()
                .unwrap_or(Operand::Data(Value::Null)),
            Expression::Member(of, name) => {
                let of = self.value(locals, of)?;
                self.member(&of, name)
            }
            Expression::Not(inner) => {
                Operand::Data((!truthy(&self.value(locals, inner)?.data())).into())
            }
            Expression::List(items) => {
                let mut values = Vec::new();
                for item in items {
                    values.push(self.value(locals, item)?.data());
                }
                Operand::Data(values.into())
            }
            Expression::Binary(operator, left, right) => {
                match (self.value(locals, left)?, self.value(locals, right)?) {
                    (Operand::Data(left), Operand::Data(right)) => {
                        binary(*operator, &left, &right).map_or(Operand::Unknown, Operand::Data)
                    }
                    _ => Operand::Unknown,
                }
            }
            Expression::Call {
                receiver,
                name,
                arguments,
            } => {
                let receiver = match receiver {
                    Some(receiver) => Some(self.value(locals, receiver)?),
                    None => None,
                };
                self.call(locals, receiver, (name, arguments))?
            }
        })
    }

    fn member(&self, of: &Operand, name: &str) -> Operand {
        match of {
            Operand::This => {
                let member = self.object.as_ref().and_then(|object| object.get(name));
                member.cloned().map_or(Operand::Unknown, Operand::Data)
            }
            Operand::Environment if name == "reporter" => Operand::Reporter,
            Operand::Data(value) => value
                .get(name)
                .cloned()
                .map_or(Operand::Unknown, Operand::Data),
            _ => Operand::Unknown,
        }
    }

    fn call(
        &mut self,
        locals: &mut Locals,
        receiver: Option<Operand>,
        (name, arguments): (&str, &[Argument]),
    ) -> Outcome<Operand> {
        let mut given = Vec::new();
        for (name, argument) in arguments {
            given.push((name.clone(), self.value(locals, argument)?));
        }
        let data = |at: usize| {
            given
                .get(at)
                .map(|(_, value)| value.clone().data())
                .unwrap_or_default()
        };
        Ok(match (&receiver, name) {
            (Some(Operand::Reporter), _) => {
                self.report(name, (&given.first().map(|(_, of)| of.clone()), &data(1)));
                Operand::Data(Value::Null)
            }
            (Some(Operand::This), "find") => {
                let class = data(0);
                match class.as_str() {
                    Some(class) if class.ends_with("Environment") => Operand::Environment,
                    _ => Operand::Unknown,
                }
            }
            (Some(of), "require") => of.clone(),
            (Some(Operand::This), "reportDeployed") => {
                let named = |name: &str| {
                    let found = given.iter().find(|(key, _)| key.as_deref() == Some(name));
                    found
                        .map(|(_, value)| value.clone().data())
                        .unwrap_or_default()
                };
                self.tracked = Some((named("title"), named("unitCount")));
                Operand::Data(Value::Null)
            }
            (Some(Operand::This), _) => self.own_method(name, &given)?,
            (None, "sleep") => {
                self.slept += clock::seconds(data(0).as_f64().unwrap_or(0.0));
                Operand::Data(Value::Null)
            }
            _ => {
                let mut values: Vec<Value> = Vec::new();
                match receiver {
                    Some(Operand::Data(value)) => values.push(value),
                    Some(_) => return Ok(Operand::Unknown),
                    None => {}
                }
                values.extend(given.into_iter().map(|(_, value)| value.data()));
                function(name, &values).map_or(Operand::Unknown, Operand::Data)
            }
        })
    }

    /// Calls a method of the object's own classes.
    fn own_method(&mut self, name: &str, given: &[(Option<String>, Operand)]) -> Outcome<Operand> {
        let line = self.line;
        let Some((class, method)) = catalog::method(line, name) else {
            return Ok(Operand::Unknown);
        };
        let mut values = Object::new();
        for (at, argument) in method.arguments.iter().enumerate() {
            let named = given
                .iter()
                .find(|(name, _)| name.as_ref() == Some(&argument.name));
            let value = named.or_else(|| given.get(at).filter(|(name, _)| name.is_none()));
            let value = value
                .map(|(_, value)| value.clone().data())
                .or_else(|| argument.default.clone());
            values.insert(argument.name.clone(), value.unwrap_or_default());
        }
        self.run(class, method, values).map(Operand::Data)
    }

    /// A real engine has no warnings; here they can be had.
    fn report(&mut self, name: &str, (of, text): (&Option<Operand>, &Value)) {
        let level = match name {
            "report" => "info",
            "report_error" | "reportError" => "error",
            "report_warning" | "reportWarning" => "warning",
            _ => return,
        };
        let id = self
            .object
            .as_ref()
            .and_then(|object| crate::model::object_id(object));
        let own = matches!(of, Some(Operand::This));
        let text = text
            .as_str()
            .map_or_else(|| python_repr(text), str::to_owned);
        let entity = id.filter(|_| own).map(str::to_owned);
        self.reports.push(Report {
            entity,
            level,
            text,
            after: self.slept,
        });
    }
}

/// Where in the classes a statement stands.
struct Place<'a> {
    class: &'a Class,
    method: &'a Method,
}

impl Place<'_> {
    fn text(&self) -> String {
        format!("in method {} of type {}", self.method.name, self.class.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes;
    use serde_json::json;

    const COUNTER: &str = "
Namespaces: {=: demo, std: io.murano}
Name: Counter
Methods:
  count:
    Arguments: [{up: {Contract: $.int()}}]
    Body:
      - $reporter: $.find(std:Environment).require().reporter
      - For: number
        In: range(1, $up + 1)
        Do:
          - $reporter.report($this, format('{0} of {1}', $number, $up))
          - $.total: $.total + $number
      - sleep(2)
      - If: $.total > 100
        Then: [{Throw: TooMuch, Message: $.name + ' is full'}]
      - $.nobodyKnows($this).select($ -> 1)
      - Return: {total: $.total, loud: $this.louder('hey')}
  louder:
    Arguments: [{words: {Contract: $.string()}}]
    Body: [{Return: $words + '!'}]
";

    fn count(object: &mut Value, up: i64) -> (Outcome<Value>, Vec<String>, i64) {
        let line = classes::read(&crate::yaml::documents(COUNTER).unwrap(), "");
        let mut script = Script::new(&line, Some(object));
        let (class, method) = catalog::method(&line, "count").unwrap();
        let given = json!({"up": up}).as_object().cloned().unwrap();
        let result = script.run(class, method, given);
        let texts = script
            .reports
            .iter()
            .map(|report| report.text.clone())
            .collect();
        (result, texts, script.slept)
    }

    #[test]
    fn a_method_reports_counts_and_returns() {
        let mut object = json!({"?": {"id": "c"}, "total": 1, "name": "jar"});
        let (result, texts, slept) = count(&mut object, 2);
        assert_eq!(result, Ok(json!({"total": 4, "loud": "hey!"})));
        assert_eq!(texts, ["1 of 2", "2 of 2"]);
        assert_eq!(slept, 2_000_000);
        assert_eq!(object["total"], 4);
    }

    #[test]
    fn a_method_throws() {
        let mut object = json!({"?": {"id": "c"}, "total": 100, "name": "jar"});
        let (result, ..) = count(&mut object, 1);
        assert_eq!(result.unwrap_err().message, "[demo.TooMuch]: jar is full");
    }
}
