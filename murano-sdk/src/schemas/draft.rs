//! Object models that are written by the schemas of their classes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Property, Schema,
    check::{Checker, Missing, Problem, Review},
    heirs,
    shape::{Shape, is_class, types},
};
use crate::{
    client::Client,
    error::{Error, ErrorKind, Result},
    id::fresh_id,
    model::object_class,
};

/// The range that takes every version of a package. Without one the engine takes version 0 only.
const ANY_VERSION: &str = ">=0";

/// A class as an object names it: what its schema is asked for by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ClassName {
    /// Fully qualified name.
    pub name: String,
    /// Version or range of versions.
    pub version: String,
    /// Fully qualified name of the package that has it, where the object names one.
    pub package: Option<String>,
}

impl ClassName {
    /// The class of an object, if it names one.
    ///
    /// ```
    /// use murano_sdk::schemas::ClassName;
    /// let shop = serde_json::json!({ "?": { "type": "com.example.Shop", "classVersion": "~=1.2" } });
    /// let class = ClassName::of(&shop).unwrap();
    /// assert_eq!((&*class.name, &*class.version, class.package), ("com.example.Shop", "~=1.2", None));
    /// ```
    pub fn of(object: &Value) -> Option<Self> {
        let system = |name: &str| object.get("?")?.get(name)?.as_str();
        Some(Self {
            name: object_class(object)?.to_owned(),
            version: system("classVersion").unwrap_or(ANY_VERSION).to_owned(),
            package: system("package").map(str::to_owned),
        })
    }
}

/// An object model that is being written: what it starts from, and what is set in it. The schemas of its
/// classes say how texts are read, what is wrong, and what is missing.
///
/// ```
/// use murano_sdk::{model::Application, schemas::{ClassName, Draft}};
/// use serde_json::json;
///
/// let shop = Application::new("com.example.Shop").build();
/// let class = ClassName::of(&shop).unwrap();
/// let mut draft = Draft::new(shop);
/// draft.set("port", "80");
/// // A program that has the schemas tells them; `complete` asks the server for them.
/// assert_eq!(draft.review().wanted, [class.clone()]);
/// let schema = json!({ "properties": { "port": { "type": "string" }, "name": { "type": "string" } } });
/// draft.learn(class, serde_json::from_value(schema).ok());
/// let review = draft.review();
/// assert_eq!(review.model["port"], "80");
/// assert_eq!(review.missing[0].path, "name");
/// assert_eq!(review.missing[0].expects(), "a string");
/// assert!(review.missing[0].check("Shop").is_ok() && !review.is_complete());
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    model: Value,
    settings: Vec<(String, String)>,
    known: BTreeMap<ClassName, Option<Schema>>,
}

impl Draft {
    /// Starts from an object model, which may have its class alone.
    pub fn new(model: Value) -> Self {
        Self {
            model,
            settings: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    /// Another model by the schemas that are known already. What was set is forgotten.
    ///
    /// ```
    /// # use murano_sdk::schemas::Draft;
    /// # use serde_json::json;
    /// let draft = Draft::new(json!({})).with_model(json!({ "port": 80 }));
    /// assert_eq!(draft.review().model["port"], 80);
    /// ```
    pub fn with_model(mut self, model: Value) -> Self {
        self.settings.clear();
        self.model = model;
        self
    }

    /// Sets a property at a dotted path, `instance.flavor` or `ports.0`, to what a person wrote. Objects on
    /// the way are made; the name of a class makes an object of that class. Short paths are set first,
    /// so that the order of the calls does not count.
    pub fn set(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.settings.push((path.into(), text.into()));
        self.settings
            .sort_by_key(|(path, _)| path.matches('.').count());
    }

    /// Tells the schema of a class, or that there is none: then all of its properties are taken as they are.
    pub fn learn(&mut self, class: ClassName, schema: Option<Schema>) {
        self.known.insert(class, schema);
    }

    /// The model, and what the schemas that are known say of it. Nothing is sent.
    pub fn review(&self) -> Review {
        let mut checker = Checker::new(&self.known);
        let mut model = self.model.clone();
        for (path, text) in &self.settings {
            if let Err(message) = write(&mut checker, &mut model, (path, text)) {
                checker.review.problems.push(Problem::new(path, message));
            }
        }
        // What could not be written yet would only be called missing.
        if checker.review.wanted.is_empty() {
            checker.object(&mut model, &Value::Null, "");
        }
        Review {
            model,
            ..checker.review
        }
    }

    /// The same with all schemas, which are asked for where they are not known yet: each class is one call.
    /// A class whose schema the server does not give is named in [`Review::unchecked`].
    ///
    /// # Errors
    ///
    /// Where the server cannot be asked at all.
    ///
    /// ```
    /// # use murano_sdk::{Client, archive::PackageFile, model::Application, schemas::Draft};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// # murano.packages().upload(&PackageFile::open("../tests/data/packages/greeter")?).await?;
    /// let mut draft = Draft::new(Application::new("com.example.Greeter").version(">=0").build());
    /// draft.set("name", "Ann");
    /// draft.set("sice", "2");
    /// let review = draft.complete(&murano).await?;
    /// assert!(review.unchecked.is_empty() && review.missing.is_empty());
    /// assert_eq!(
    ///     review.problems[0].to_string(),
    ///     "com.example.Greeter has no property `sice`: did you mean `size`?"
    /// );
    /// # Ok(()) }
    /// ```
    pub async fn complete(&mut self, client: &Client) -> Result<Review> {
        loop {
            let review = self.review();
            if review.wanted.is_empty() {
                return Ok(review);
            }
            for class in review.wanted {
                let schema = schema(client, &class).await?;
                self.learn(class, schema);
            }
        }
    }
}

/// The schema of a class, if the server gives one: it has none of classes it does not know, and its
/// engine may be away.
async fn schema(client: &Client, class: &ClassName) -> Result<Option<Schema>> {
    let mut request = client.schema(&class.name).version(&class.version);
    if let Some(package) = &class.package {
        request = request.package(package);
    }
    match request.await {
        Ok(mut schemas) => Ok(schemas.remove("")),
        Err(error) => match error.kind() {
            ErrorKind::NotFound
            | ErrorKind::Forbidden
            | ErrorKind::Rejected
            | ErrorKind::Server
            | ErrorKind::Timeout
            | ErrorKind::Decode
            | ErrorKind::Unsupported => Ok(None),
            _ => Err(error),
        },
    }
}

/// Writes one setting into the model, or says why it cannot be.
fn write(
    checker: &mut Checker<'_>,
    root: &mut Value,
    (path, text): (&str, &str),
) -> Result<(), String> {
    if path == "?" || path.starts_with("?.") {
        return Err(format!(
            "`{path}` is no property: what `?` has is set by options"
        ));
    }
    let names: Vec<&str> = path.split('.').collect();
    if names.contains(&"") {
        return Err(format!("`{path}` has an empty property name"));
    }
    let mut shape = checker.shape_of(root);
    let mut place = root;
    for (depth, name) in names.iter().enumerate() {
        let so_far = names[..depth].join(".");
        let through = || format!("`{path}` goes through `{so_far}`, which is no object");
        let next = shape
            .step(name)
            .map_err(|wrong| wrong.worded(&so_far, name))?;
        place = match place {
            Value::Object(members) => members.entry(*name).or_insert(Value::Null),
            Value::Array(items) => element(items, name).ok_or_else(through)?,
            _ => return Err(through()),
        };
        if depth + 1 == names.len() {
            *place = value(&next, text);
            return Ok(());
        }
        shape = enter(checker, place, next);
    }
    Ok(())
}

/// The element of this number; the one behind the last is added.
fn element<'a>(items: &'a mut Vec<Value>, name: &str) -> Option<&'a mut Value> {
    let number: usize = name.parse().ok()?;
    if number == items.len() {
        items.push(Value::Null);
    }
    items.get_mut(number)
}

/// What a text means at this place. What fits no type is left for the review to tell.
fn value(shape: &Shape<'_>, text: &str) -> Value {
    let plain = || serde_json::from_str(text).unwrap_or_else(|_| text.into());
    match shape {
        Shape::Value(schema) if types(schema).contains(&"muranoObject") && is_class(text) => {
            let mut object = json!({});
            name_class(&mut object, Some(text));
            object
        }
        Shape::Value(schema) => Property((*schema).clone())
            .read(text)
            .unwrap_or_else(|_| plain()),
        _ => plain(),
    }
}

/// Makes what a path leads through, where it is missing, and tells what it may have.
fn enter<'a>(checker: &mut Checker<'a>, place: &mut Value, shape: Shape<'a>) -> Shape<'a> {
    let Shape::Value(schema) = shape else {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        return shape;
    };
    let types = types(schema);
    let default = schema.get("default").filter(|value| !value.is_null());
    if types.contains(&"muranoObject") {
        if place.is_null() {
            *place = json!({});
        }
        name_class(place, usual_class(schema));
        return checker.shape_of(place);
    }
    // Whoever changes one part of a default keeps the others.
    if place.is_null() && types.contains(&"array") {
        *place = default.cloned().unwrap_or_else(|| json!([]));
    } else if place.is_null() && (types.contains(&"object") || types.is_empty()) {
        *place = default.cloned().unwrap_or_else(|| json!({}));
    }
    shape
}

/// The class that is meant where a property takes objects of it and none is named.
pub(super) fn usual_class(schema: &Value) -> Option<&str> {
    let class = schema.get("muranoType")?.as_str()?;
    heirs::of(class).is_none().then_some(class)
}

/// Gives an object an id, and a class where it has none.
pub(super) fn name_class(object: &mut Value, class: Option<&str>) {
    let Some(members) = object.as_object_mut() else {
        return;
    };
    let system = members.entry("?").or_insert_with(|| json!({}));
    let Some(system) = system.as_object_mut() else {
        return;
    };
    system.entry("id").or_insert_with(|| fresh_id().into());
    if let (Some(class), false) = (class, system.contains_key("type")) {
        system.insert("type".to_owned(), class.into());
        system.insert("classVersion".to_owned(), ANY_VERSION.into());
    }
}

impl Missing {
    /// Whether an answer can be right.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] with what the property takes.
    pub fn check(&self, text: &str) -> Result<()> {
        let known = BTreeMap::new();
        let mut checker = Checker::new(&known);
        let mut value = value(&Shape::Value(&self.property.0), text);
        checker.value(&mut value, &self.property.0, &self.path);
        match checker.review.problems.into_iter().next() {
            Some(problem) => Err(Error::invalid(problem.to_string())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
