//! What the schemas of its classes say of an object model.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use super::{
    Property, Schema,
    draft::{ClassName, name_class, usual_class},
    heirs, is_of_type,
    shape::{Shape, item, types},
};

/// Longest value shown in a message, in characters.
const LONGEST: usize = 60;

/// What is known of a [`Draft`](super::Draft).
///
/// ```
/// # use murano_sdk::schemas::{ClassName, Draft};
/// # use serde_json::json;
/// let till = json!({ "?": { "type": "com.example.Till" } });
/// let schema = json!({ "properties": { "drawers": { "type": "integer", "minimum": 1 } } });
/// let mut draft = Draft::new(till.clone());
/// draft.learn(ClassName::of(&till).unwrap(), serde_json::from_value(schema).ok());
/// let missing = draft.review().missing.remove(0);
/// assert_eq!((&*missing.path, &*missing.expects()), ("drawers", "an integer"));
///
/// draft.set("drawers", "0");
/// assert_eq!(draft.review().problems[0].to_string(), "`drawers` takes at least 1, not 0");
/// draft.set("drawers", "2");
/// assert!(draft.review().is_complete());
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Review {
    /// The object model as it stands.
    pub model: Value,
    /// Classes whose schemas are to be told before more can be said.
    pub wanted: Vec<ClassName>,
    /// Classes that have no schema, whose objects are taken as they are.
    pub unchecked: Vec<String>,
    /// What the server would drop, or the engine refuse.
    pub problems: Vec<Problem>,
    /// What a class needs and the model does not have.
    pub missing: Vec<Missing>,
}

impl Review {
    /// Whether the model can be sent: nothing is wrong, missing or unknown yet.
    pub fn is_complete(&self) -> bool {
        self.wanted.is_empty() && self.problems.is_empty() && self.missing.is_empty()
    }
}

/// Something in an object model that no schema allows; its text is one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Dotted path of the property.
    pub path: String,
    message: String,
}

impl Problem {
    pub(super) fn new(path: &str, message: String) -> Self {
        Self {
            path: path.to_owned(),
            message,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A property that has to be set and is not.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Missing {
    /// Dotted path of the property.
    pub path: String,
    /// Its schema.
    pub property: Property,
    /// Classes to choose from where it takes an object of one of several, the usual one first.
    pub classes: Vec<String>,
}

impl Missing {
    /// What the property takes, such as `an integer`.
    pub fn expects(&self) -> String {
        expects(&self.property.0)
    }
}

/// The schemas that are known, and what they have told up to now.
#[derive(Debug)]
pub(super) struct Checker<'a> {
    pub(super) review: Review,
    known: &'a BTreeMap<ClassName, Option<Schema>>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(known: &'a BTreeMap<ClassName, Option<Schema>>) -> Self {
        Self {
            review: Review::default(),
            known,
        }
    }

    /// What an object may have by its class. A class that is not known yet is wanted.
    pub(super) fn shape_of(&mut self, object: &Value) -> Shape<'a> {
        let Some(class) = ClassName::of(object) else {
            return Shape::Free;
        };
        match self.known.get_key_value(&class) {
            Some((class, Some(schema))) => Shape::Class(&class.name, schema),
            Some((class, None)) => {
                if !self.review.unchecked.contains(&class.name) {
                    self.review.unchecked.push(class.name.clone());
                }
                Shape::Free
            }
            None => {
                if !self.review.wanted.contains(&class) {
                    self.review.wanted.push(class);
                }
                Shape::Free
            }
        }
    }

    /// Looks at an object of a class; `schema` is that of the property which has it, or null.
    pub(super) fn object(&mut self, object: &mut Value, schema: &Value, path: &str) {
        if !schema.is_null() {
            name_class(object, usual_class(schema));
            if object.pointer("/?/type").is_none() {
                return self.lacks(path, schema);
            }
        }
        let shape = self.shape_of(object);
        let (Shape::Class(_, class), Some(members)) = (shape, object.as_object_mut()) else {
            return;
        };
        for (name, value) in members.iter_mut().filter(|(name, _)| *name != "?") {
            let place = join(path, name);
            match shape.step(name) {
                Ok(Shape::Value(schema)) => self.value(value, schema, &place),
                Ok(_) => {}
                Err(wrong) => {
                    let message = wrong.worded(path, name);
                    self.review.problems.push(Problem::new(&place, message));
                }
            }
        }
        let excluded = schema.get("excludedProperties").and_then(Value::as_array);
        let excluded = |name: &str| excluded.is_some_and(|all| all.iter().any(|one| one == name));
        let mut needed: Vec<(&String, &Property)> = class
            .properties
            .iter()
            .filter(|(name, property)| property.is_required() && !excluded(name))
            .filter(|(name, _)| members.get(*name).is_none_or(Value::is_null))
            .collect();
        // In the order of the form, if there is one.
        needed.sort_by_key(|(_, property)| {
            let index = property.0.get("formIndex").and_then(Value::as_i64);
            index.unwrap_or(i64::MAX)
        });
        for (name, property) in needed {
            self.lacks(&join(path, name), &property.0);
        }
    }

    fn lacks(&mut self, path: &str, schema: &Value) {
        let class = schema.get("muranoType").and_then(Value::as_str);
        self.review.missing.push(Missing {
            path: path.to_owned(),
            property: Property(schema.clone()),
            classes: class.and_then(heirs::of).unwrap_or_default(),
        });
    }

    /// Looks at the value of a property.
    pub(super) fn value(&mut self, value: &mut Value, schema: &Value, path: &str) {
        let types = types(schema);
        if value.is_null() {
            // The engine makes empty lists and maps of it; what is required counts as missing.
            let taken = ["null", "array", "object"]
                .iter()
                .any(|one| types.contains(one));
            if !taken && !types.is_empty() && schema.get("default").is_some() {
                self.refuse(path, &expects(schema), value);
            }
            return;
        }
        if !types.is_empty() && !types.iter().any(|name| is_taken(value, name)) {
            return self.refuse(path, &expects(schema), value);
        }
        if types.contains(&"muranoObject") && value.is_object() {
            return self.object(value, schema, path);
        }
        if let Some(limit) = beyond(value, schema) {
            return self.refuse(path, &limit, value);
        }
        match value {
            Value::Array(items) => {
                for (number, value) in items.iter_mut().enumerate() {
                    if let Shape::Value(schema) = item(schema, number) {
                        self.value(value, schema, &join(path, &number.to_string()));
                    }
                }
            }
            Value::Object(_) => self.members(value, schema, path),
            _ => {}
        }
    }

    /// Looks at the members of a value that is an object of no class.
    fn members(&mut self, value: &mut Value, schema: &Value, path: &str) {
        let Some(members) = value.as_object_mut() else {
            return;
        };
        for (name, value) in members.iter_mut() {
            let place = join(path, name);
            match Shape::Value(schema).step(name) {
                Ok(Shape::Value(schema)) => self.value(value, schema, &place),
                Ok(_) => {}
                Err(wrong) => {
                    let message = wrong.worded(path, name);
                    self.review.problems.push(Problem::new(&place, message));
                }
            }
        }
        let declared = schema.get("properties").and_then(Value::as_object);
        for (name, schema) in declared.into_iter().flatten() {
            let required = Property(schema.clone()).is_required();
            if required && members.get(name).is_none_or(Value::is_null) {
                self.lacks(&join(path, name), schema);
            }
        }
    }

    fn refuse(&mut self, path: &str, expected: &str, given: &Value) {
        let mut given = given.to_string();
        if given.chars().count() > LONGEST {
            given = given.chars().take(LONGEST).collect::<String>() + "…";
        }
        let message = format!("`{path}` takes {expected}, not {given}");
        self.review.problems.push(Problem::new(path, message));
    }
}

/// Whether a value is of a type, or the engine makes it one: numbers of texts, and texts of what is no fraction. A
/// text for a boolean it takes, too, and makes `true` of every one, which nobody means.
fn is_taken(value: &Value, name: &str) -> bool {
    is_of_type(value, name)
        || match name {
            "string" => value.is_i64() || value.is_u64() || value.is_boolean(),
            "integer" => {
                let text = value.as_str().map(str::trim);
                value.is_number() || text.is_some_and(|text| text.parse::<i64>().is_ok())
            }
            _ => false,
        }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// What a schema takes, in words.
fn expects(schema: &Value) -> String {
    let word = |name: &&str| match *name {
        "string" => "a string".to_owned(),
        "integer" => "an integer".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "a boolean".to_owned(),
        "array" => "an array".to_owned(),
        "object" => "an object".to_owned(),
        "muranoObject" => match schema.get("muranoType").and_then(Value::as_str) {
            Some(class) => format!("an object of class {class}"),
            None => "an object of a class".to_owned(),
        },
        other => other.to_owned(),
    };
    if let Some(Value::Array(choices)) = schema.get("enum") {
        return one_of(choices);
    }
    match types(schema).as_slice() {
        [] => "a value".to_owned(),
        types => types.iter().map(word).collect::<Vec<_>>().join(" or "),
    }
}

fn one_of(choices: &[Value]) -> String {
    let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
    format!("one of {}", choices.join(", "))
}

/// What a value should be where it is beyond a limit.
fn beyond(value: &Value, schema: &Value) -> Option<String> {
    if let Some(Value::Array(choices)) = schema.get("enum")
        && !choices.contains(value)
    {
        return Some(one_of(choices));
    }
    let number = value.as_f64()?;
    let bound = |name: &str| schema.get(name).filter(|bound| bound.is_number());
    let excludes = |name: &str| schema.get(name) == Some(&Value::Bool(true));
    if let Some(low) = bound("minimum") {
        let least = low.as_f64()?;
        match excludes("exclusiveMinimum") {
            true if number <= least => return Some(format!("more than {low}")),
            false if number < least => return Some(format!("at least {low}")),
            _ => {}
        }
    }
    if let Some(high) = bound("maximum") {
        let most = high.as_f64()?;
        match excludes("exclusiveMaximum") {
            true if number >= most => return Some(format!("less than {high}")),
            false if number > most => return Some(format!("at most {high}")),
            _ => {}
        }
    }
    None
}
