//! The object model out of template and answers.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Answers, Definition};
use crate::error::{Error, Result};
use crate::id::fresh_id;
use crate::yaql::{Dict, Fault, Host, Run, Scope, Value};

/// Copies of one template.
const MAX_COPIES: i64 = 10_000;

impl Definition {
    /// Builds the object model of the application: fields without an answer have their defaults,
    /// every object gets a fresh id, and the application its name where the version of the format
    /// [has one](Self::wants_name).
    ///
    /// # Errors
    ///
    /// Those of [`fill`](Self::fill), and [`ErrorKind::Archive`](crate::ErrorKind::Archive) naming
    /// the expression that cannot be evaluated.
    pub fn build(&self, answers: &Answers, name: Option<&str>) -> Result<Json> {
        let mut answers = answers.clone();
        self.fill(&mut answers)?;
        let model = self.model(&answers, name)?;
        if model.is_object() {
            Ok(model)
        } else {
            Err(Error::archive(
                "the application of the UI definition is no object",
            ))
        }
    }

    fn model(&self, answers: &Answers, name: Option<&str>) -> Result<Json, Fault> {
        let mut functions = Functions::new(self);
        functions.name = name.map(Value::text);
        let run = Run::new(Some(&functions));
        let data = Value::from_json(&answers.data());
        let mut scope = Scope::default();
        self.set_parameters(&run, &mut scope)?;
        scope.set("", data.clone());
        scope.set("forms", data);
        for (name, template) in &self.templates {
            scope.set(name, template.clone());
        }
        let named = name.filter(|_| self.wants_name());
        let application = match named {
            Some(name) => with_name(&self.application, name),
            None => self.application.clone(),
        };
        let model = run.template(&application, &scope)?;
        run.json(&with_ids(&model))
    }

    /// Parameters are names for expressions, each may use those before it.
    pub(super) fn set_parameters(&self, run: &Run<'_>, scope: &mut Scope<'_>) -> Result<(), Fault> {
        for (name, value) in &self.parameters {
            let value = run.template(value, scope)?;
            scope.set(name, value);
        }
        Ok(())
    }
}

/// The template with the name of the application among what it says of the object itself.
fn with_name(application: &Value, name: &str) -> Value {
    let Value::Dict(members) = application else {
        return application.clone();
    };
    let named = system_of(members).with(Value::text("name"), Value::text(name));
    members.with(Value::text("?"), named.into()).into()
}

/// What an object says of itself.
fn system_of(members: &Dict) -> Dict {
    match members.get(&Value::text("?")) {
        Some(Value::Dict(system)) => Dict::clone(system),
        _ => Dict::default(),
    }
}

/// Every object gets an id of its own; those that are referred to have theirs.
fn with_ids(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::list(items.iter().map(with_ids).collect()),
        Value::Dict(dict) => {
            let entries = dict.entries().iter();
            let entry = |(key, value): &(Value, Value)| match value {
                Value::Dict(system) if key.as_text() == Some("?") => {
                    (key.clone(), with_id(system).into())
                }
                value => (key.clone(), with_ids(value)),
            };
            Dict::of_unique(entries.map(entry).collect()).into()
        }
        other => other.clone(),
    }
}

fn with_id(system: &Dict) -> Dict {
    let id = Value::text("id");
    match system.get(&id) {
        Some(Value::Id(_)) => system.clone(),
        _ => system.with(id, Value::text(fresh_id())),
    }
}

/// The dashboard's functions beside those of the language.
pub(super) struct Functions<'d> {
    definition: &'d Definition,
    name: Option<Value>,
    /// Objects of `ref`, by the name they go by.
    objects: RefCell<HashMap<String, Value>>,
}

impl<'d> Functions<'d> {
    pub(super) fn new(definition: &'d Definition) -> Self {
        let objects = RefCell::default();
        Self {
            definition,
            name: None,
            objects,
        }
    }

    /// Copies of a template, with `$index` from 1.
    fn repeat(
        run: &Run<'_>,
        template: &Value,
        times: i64,
        scope: &Scope<'_>,
    ) -> Result<Value, Fault> {
        if times > MAX_COPIES {
            return Err(Fault::run(format!(
                "repeat() of more than {MAX_COPIES} times"
            )));
        }
        let copy = |index| {
            let scope = Scope::inside(scope).with("index", Value::Int(index));
            run.template(template, &scope)
        };
        let copies: Result<Vec<_>, _> = (1..=times).map(copy).collect();
        Ok(Value::list(copies?))
    }

    /// An object of a template that several places refer to: the first time the object, later its id.
    fn object(
        &self,
        run: &Run<'_>,
        arguments: &[Value],
        scope: &Scope<'_>,
    ) -> Result<Value, Fault> {
        let wrong = || wrong_arguments("ref");
        let [Value::Text(template), rest @ ..] = arguments else {
            return Err(wrong());
        };
        let name = match rest.first() {
            None | Some(Value::Null) => template,
            Some(Value::Text(name)) => name,
            Some(_) => return Err(wrong()),
        };
        let id_only = match rest.get(1) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(id_only)) => Some(*id_only),
            Some(_) => return Err(wrong()),
        };
        let known = self.objects.borrow().get(&**name).cloned();
        if let Some(object) = known {
            return Ok(if id_only.unwrap_or(true) {
                id_of(&object)
            } else {
                object
            });
        }
        let mut templates = self.definition.templates.iter();
        let Some((_, template)) = templates.find(|(known, _)| known == &**template) else {
            return Ok(Value::Null);
        };
        let Value::Dict(members) = run.template(template, scope)? else {
            return Ok(Value::Null);
        };
        let id = Value::Id(Arc::from(fresh_id()));
        let system = system_of(&members).with(Value::text("id"), id.clone());
        let object = Value::from(members.with(Value::text("?"), system.into()));
        self.objects
            .borrow_mut()
            .insert(name.to_string(), object.clone());
        Ok(if id_only.unwrap_or(false) { id } else { object })
    }
}

impl Host for Functions<'_> {
    fn knows(&self, name: &str) -> bool {
        matches!(
            name,
            "generateHostname" | "repeat" | "ref" | "name" | "encryptData"
        )
    }

    fn call(
        &self,
        run: &Run<'_>,
        name: &str,
        arguments: &[Value],
        scope: &Scope<'_>,
    ) -> Result<Value, Fault> {
        match (name, arguments) {
            ("generateHostname", [Value::Text(pattern), Value::Int(number)]) => {
                Ok(Value::text(hostname(pattern, *number)))
            }
            ("repeat", [template, Value::Int(times)]) => Self::repeat(run, template, *times, scope),
            ("ref", arguments) => self.object(run, arguments, scope),
            ("name", []) => self.name.clone().ok_or_else(|| {
                Fault::run("name() has nothing to give: the application was given no name")
            }),
            ("encryptData", _) => Err(Fault::run(
                "encryptData() needs the dashboard's key service and is not supported",
            )),
            (name, _) => Err(wrong_arguments(name)),
        }
    }
}

fn wrong_arguments(name: &str) -> Fault {
    Fault::run(format!("{name}() does not take these arguments"))
}

fn id_of(object: &Value) -> Value {
    let member = |value: &Value, key: &str| match value {
        Value::Dict(dict) => dict.get(&Value::text(key)).cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    };
    member(&member(object, "?"), "id")
}

/// The pattern with the number in place of `#`; without a pattern a short name nobody else has.
fn hostname(pattern: &str, number: i64) -> String {
    if !pattern.is_empty() {
        return pattern.replace('#', &number.to_string());
    }
    let letters: String = std::iter::repeat_with(fastrand::lowercase)
        .take(5)
        .collect();
    let unique: String = fresh_id().chars().take(10).collect();
    format!("{letters}{unique}")
}
