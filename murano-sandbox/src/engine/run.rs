//! What a run does: load the model, call a method, write reports.

use serde_json::{Value, json};

use super::rewrite::{self, Loader};
use super::script::Script;
use crate::catalog::{self, Found, Missing, Wanted};
use crate::classes::{Class, Method};
use crate::clock;
use crate::json::{Fields as _, Object};
use crate::state::Store;

/// A run to plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'a> {
    pub(super) env: &'a str,
    pub(super) project: &'a str,
    pub(super) model: &'a Value,
    /// Null for the deletion of the environment.
    pub(super) action: &'a Value,
}

/// A report a run will write.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Report {
    pub(super) entity: Option<String>,
    pub(super) level: &'static str,
    pub(super) text: String,
    /// Microseconds of sleep before it.
    pub(super) after: i64,
}

impl Report {
    pub(super) fn info(entity: Option<&str>, text: String) -> Self {
        Self {
            entity: entity.map(str::to_owned),
            level: "info",
            text,
            after: 0,
        }
    }

    fn error(entity: &str, text: String) -> Self {
        Self {
            entity: Some(entity.to_owned()),
            level: "error",
            text,
            after: 0,
        }
    }
}

/// How a run will go.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The run crashes and nobody ever hears of it again.
    pub(super) never: bool,
    /// How long it takes in microseconds, when an application orders that.
    pub(super) seconds: Option<i64>,
    /// Microseconds its methods sleep on top of that.
    pub(super) slept: i64,
    pub(super) reports: Vec<Report>,
    /// `result`, `model`, `loaded` and `tracked`, as they are stored until the end.
    pub(super) outcome: Value,
}

/// An exception of the imitated engine.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Thrown {
    /// What callers are shown, such as `[demo.Broken]: out of stock`.
    pub(crate) message: String,
    details: String,
}

impl Thrown {
    pub(super) fn plain(message: impl Into<String>) -> Self {
        let message = message.into();
        let details = format!("Traceback (most recent call last):\n{message}\n");
        Self { message, details }
    }

    /// Thrown by the class and method at hand.
    pub(super) fn by_method(class: &str, message: &str, place: &str) -> Self {
        let details = format!(
            "{class}: {message}\nTraceback (most recent call last):\n  {place}\n      block construct"
        );
        Self {
            message: format!("[{class}]: {message}"),
            details,
        }
    }
}

/// What the call of a method comes to.
#[derive(Default)]
struct Called {
    reports: Vec<Report>,
    seconds: Option<i64>,
    slept: i64,
    result: Option<Result<Value, Thrown>>,
    /// Rows for the statistics of instances.
    tracked: Vec<Value>,
}

/// Decides how a run will go.
pub(super) fn plan(db: &mut Store, task: &Task<'_>) -> Plan {
    let loader = Loader {
        project: task.project,
    };
    let target = task
        .action
        .get("object_id")
        .map_or(task.env, |id| id.as_str().unwrap_or_default());
    let mut loaded = match loader.load(db, task.model) {
        Ok(model) => model,
        Err(rewrite::Refused::Version(message)) => {
            return Plan {
                never: true,
                seconds: None,
                slept: 0,
                reports: vec![Report::error(target, message)],
                outcome: Value::Null,
            };
        }
        Err(rewrite::Refused::Thrown(thrown)) => {
            let kept = if task.action.is_null() {
                Value::Null
            } else {
                task.model.clone()
            };
            return finished(Called::failed(thrown), target, &kept, false);
        }
    };
    if task.action.is_null() {
        return finished(delete(task.model), target, &Value::Null, true);
    }
    let mut called = Called::default();
    if target == task.env {
        called = deploy(db, task.project, &mut loaded);
    } else if let Some(object) = loaded
        .iter_mut()
        .find_map(|service| rewrite::find_object(service, target))
    {
        let empty = Object::new();
        let arguments = task.action["args"].as_object().unwrap_or(&empty);
        called = call(
            db,
            task.project,
            (object, task.action.text("method")),
            arguments,
        );
    }
    let model = rewrite::rewrite(db, task, &loaded);
    finished(called, target, &model, true)
}

/// Deploys every application.
fn deploy(db: &Store, project: &str, applications: &mut [Value]) -> Called {
    let mut called = Called::default();
    for application in applications {
        let one = call(db, project, (application, "deploy"), &Object::new());
        called.reports.extend(one.reports);
        called.tracked.extend(one.tracked);
        // Applications are deployed side by side.
        called.seconds = called.seconds.max(one.seconds);
        called.slept = called.slept.max(one.slept);
        if let Some(Err(thrown)) = one.result {
            called.result = Some(Err(thrown));
            break;
        }
    }
    called
}

/// Deletes every application. Methods that clean up may fail without anybody being told; an order to fail is obeyed.
fn delete(model: &Value) -> Called {
    let mut called = Called::default();
    for service in model.items("services") {
        if let Some(message) = service["sandbox"]["fail_delete"].as_str() {
            called.result = Some(Err(Thrown::plain(message)));
        }
    }
    called
}

impl Called {
    fn failed(thrown: Thrown) -> Self {
        Self {
            result: Some(Err(thrown)),
            ..Self::default()
        }
    }
}

fn finished(called: Called, target: &str, model: &Value, loaded: bool) -> Plan {
    let mut reports = called.reports;
    let result = match called.result {
        Some(Err(thrown)) => {
            let after = called.slept;
            reports.push(Report {
                after,
                ..Report::error(target, thrown.message.clone())
            });
            json!({"isException": true,
                "result": {"message": thrown.message, "details": thrown.details}})
        }
        Some(Ok(value)) => json!({"result": value, "isException": false}),
        None => json!({"result": null, "isException": false}),
    };
    Plan {
        never: false,
        seconds: called.seconds,
        slept: called.slept,
        reports,
        outcome: json!({"result": result, "model": model, "loaded": loaded,
            "tracked": called.tracked}),
    }
}

/// Calls a method of an object: the orders of the object first, then what its classes say.
fn call(db: &Store, project: &str, (object, method): (&mut Value, &str), given: &Object) -> Called {
    let id = crate::model::object_id(object).map(str::to_owned);
    let orders = object.get("sandbox").cloned().unwrap_or_default();
    let mut called = Called {
        seconds: orders
            .get("seconds")
            .and_then(Value::as_f64)
            .map(clock::seconds),
        ..Called::default()
    };
    for text in orders.items("reports").iter().filter_map(Value::as_str) {
        called
            .reports
            .push(Report::info(id.as_deref(), text.to_owned()));
    }
    if let Ok(found) = rewrite::class_of(db, project, object) {
        let line = catalog::lineage(db, project, &found);
        if let Some((class, method)) = catalog::method(&line, method) {
            let id = id.unwrap_or_default();
            let receiver = format!("<{}/{} {id}>", found.class.name, found.version);
            let mut script = Script::new(&line, Some(object));
            let result = arguments(class, method, &receiver, given)
                .and_then(|values| script.run(class, method, values));
            called.reports.append(&mut script.reports);
            called.slept = script.slept;
            if let Some((title, units)) = script.tracked.take() {
                called
                    .tracked
                    .push(json!({"instance_id": id, "type_name": found.class.name,
                    "type_title": title, "unit_count": units}));
            }
            called.result = Some(result);
        }
    }
    if let Some(message) = orders.get("fail").and_then(Value::as_str) {
        called.result = Some(Err(Thrown::plain(message)));
    } else if let (Some(value), None | Some(Ok(_))) = (orders.get("result"), &called.result) {
        called.result = Some(Ok(value.clone()));
    }
    called
}

/// The values of the arguments after their contracts.
fn arguments(
    class: &Class,
    method: &Method,
    receiver: &str,
    given: &Object,
) -> Result<Object, Thrown> {
    let known = |name: &String| {
        method
            .arguments
            .iter()
            .any(|argument| argument.name == *name)
    };
    if !given.keys().all(known) {
        let name = &method.name;
        return Err(Thrown::plain(format!(
            "No method \"{name}\" for receiver {receiver} matches supplied arguments"
        )));
    }
    let mut values = Object::new();
    for argument in &method.arguments {
        let value = given
            .get(&argument.name)
            .or(argument.default.as_ref())
            .unwrap_or(&Value::Null);
        let place = format!("[{}::{}({})]", class.name, method.name, argument.name);
        let value = argument
            .contract
            .accept(value)
            .map_err(|what| Thrown::plain(format!("{place} {what}")))?;
        values.insert(argument.name.clone(), value);
    }
    Ok(values)
}

/// Why a static call did not return a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StaticFailure {
    Missing(Missing),
    /// The class has no such method.
    NoMethod,
    /// The method needs an object.
    NotStatic,
    /// The method is not public.
    NotPublic,
    /// The arguments do not fit its names.
    Names(Thrown),
    /// An argument breaks its contract.
    Contract(Thrown),
    Thrown(Thrown),
}

/// Calls a static method.
pub(crate) fn call_static(
    db: &Store,
    project: &str,
    wanted: &Wanted<'_>,
    (name, given): (&str, &Object),
) -> Result<Value, StaticFailure> {
    let found: Found = catalog::find(db, project, wanted).map_err(StaticFailure::Missing)?;
    let line = catalog::lineage(db, project, &found);
    let (class, method) = catalog::method(&line, name).ok_or(StaticFailure::NoMethod)?;
    if !method.is_static {
        return Err(StaticFailure::NotStatic);
    }
    if !method.is_public {
        return Err(StaticFailure::NotPublic);
    }
    let receiver = format!("MuranoClass({}/{})", found.class.name, found.version);
    let values = arguments(class, method, &receiver, given).map_err(|thrown| {
        let names = thrown.message.starts_with("No method");
        if names {
            StaticFailure::Names(thrown)
        } else {
            StaticFailure::Contract(thrown)
        }
    })?;
    Script::new(&line, None)
        .run(class, method, values)
        .map_err(StaticFailure::Thrown)
}
