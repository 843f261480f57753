//! Class schemas: which properties a class takes, as JSON Schema with a few words of Murano's own; and
//! object models that are written by them.

mod check;
mod draft;
mod heirs;
mod shape;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::{
    check::{Missing, Problem, Review},
    draft::{ClassName, Draft},
};
use crate::{
    client::Client,
    error::{Error, Result},
    request::{Request, awaitable},
};

/// The schema of a class, or of a method that builds models of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schema {
    /// Title for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Properties or arguments by name.
    #[serde(default)]
    pub properties: BTreeMap<String, Property>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The schema of one property.
///
/// ```
/// # let json = serde_json::json!({ "type": ["integer", "null"], "default": 3, "title": "Size", "helpText": "in GiB" });
/// # let size = murano_sdk::schemas::Property(json);
/// assert_eq!(size.types(), ["integer", "null"]);
/// assert_eq!(size.default_value().and_then(|size| size.as_u64()), Some(3));
/// assert_eq!((size.title(), size.help(), size.class()), (Some("Size"), Some("in GiB"), None));
/// assert!(!size.is_required());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Property(pub Value);

impl Property {
    /// Its types as JSON Schema names them; an object of a class is `muranoObject`.
    pub fn types(&self) -> Vec<&str> {
        shape::types(&self.0)
    }

    /// Class of the objects it takes.
    pub fn class(&self) -> Option<&str> {
        self.0.get("muranoType")?.as_str()
    }

    /// Value that is taken when none is given.
    pub fn default_value(&self) -> Option<&Value> {
        self.0.get("default")
    }

    /// Whether a value must be given: there is no default, and null is not taken. Without a value the
    /// engine takes an empty list, and an object of no class whose members are null.
    pub fn is_required(&self) -> bool {
        let types = self.types();
        let admits = |name: &str| types.contains(&name);
        if self.default_value().is_some() || admits("null") || admits("array") {
            return false;
        }
        if admits("object") {
            let members = self.0.get("properties").and_then(Value::as_object);
            return members
                .is_some_and(|all| all.values().any(|one| Self(one.clone()).is_required()));
        }
        !self.0.as_object().is_none_or(Map::is_empty)
    }

    /// Reads what a person wrote as a value of this property: JSON, or else a text. What a property
    /// that takes texts does not take otherwise is a text.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where it is of none of the types that the
    /// property takes.
    ///
    /// ```
    /// use murano_sdk::schemas::Property;
    /// use serde_json::json;
    ///
    /// let (port, name) = (Property(json!({ "type": "integer" })), Property(json!({ "type": "string" })));
    /// assert_eq!((port.read("80")?, name.read("80")?), (json!(80), json!("80")));
    /// assert!(port.read("http").is_err());
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn read(&self, text: &str) -> Result<Value> {
        let types = self.types();
        let value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
        // `anyOf` and the like: the server knows better.
        if types.is_empty() || types.iter().any(|name| is_of_type(&value, name)) {
            return Ok(value);
        }
        match text {
            _ if types.contains(&"string") => Ok(text.into()),
            "True" | "False" if types.contains(&"boolean") => Ok((text == "True").into()),
            _ => Err(Error::invalid(format!(
                "`{text}` is not of type {}",
                types.join(" or ")
            ))),
        }
    }

    /// Title for people.
    pub fn title(&self) -> Option<&str> {
        self.0.get("title")?.as_str()
    }

    /// What it is for.
    pub fn help(&self) -> Option<&str> {
        let text = self.0.get("helpText").or_else(|| self.0.get("description"));
        text.and_then(Value::as_str)
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        // An object of a class may be named by its id.
        "muranoObject" => value.is_object() || value.is_string(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// The schemas of a class: its own under `""`, those of its model builders under their names.
pub type Schemas = BTreeMap<String, Schema>;

/// Request of [`Client::schema`].
///
/// ```
/// # use murano_sdk::{Client, archive::PackageFile};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let file = PackageFile::open("../tests/data/packages/greeter")?;
/// # murano.packages().upload(&file).await?;
/// let schema = murano.schema("com.example.Greeter").package("com.example.Greeter").version("=0.3.1");
/// let builder = schema.methods(["crowd"]).await?;
/// assert_eq!(builder["crowd"].properties["people"].types(), ["integer"]);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct GetSchema {
    client: Client,
    class: String,
    methods: Vec<String>,
    version: Option<String>,
    package: Option<String>,
}

impl Client {
    /// The schemas of a class: `GET /schemas/{class}` or, with methods, `GET /schemas/{class}/{m1,m2}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where no package has the class in this
    /// version; [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) where the engine does not answer.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// let schemas = murano.schema("io.murano.Environment").await?;
    /// println!("{:?}", schemas[""].properties.keys());
    /// # Ok(()) }
    /// ```
    pub fn schema(&self, class: impl Into<String>) -> GetSchema {
        GetSchema {
            client: self.clone(),
            class: class.into(),
            methods: Vec::new(),
            version: None,
            package: None,
        }
    }
}

impl GetSchema {
    /// Only the schemas of these model builders; the empty name is the class itself. Other names
    /// are left out by the server without a word.
    pub fn methods<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.methods = names.into_iter().map(Into::into).collect();
        self
    }

    /// Version or range of versions of the class; the server takes version 0 without it.
    pub fn version(mut self, range: impl Into<String>) -> Self {
        self.version = Some(range.into());
        self
    }

    /// Fully qualified name of the package that has the class.
    pub fn package(mut self, name: impl Into<String>) -> Self {
        self.package = Some(name.into());
        self
    }

    fn request(&self) -> Result<Request> {
        if let Some(bad) = self.methods.iter().find(|name| name.contains(',')) {
            return Err(Error::invalid(format!("\"{bad}\" is no name of a method")));
        }
        let mut request = Request::get(&["schemas", &self.class]);
        if !self.methods.is_empty() {
            let names = self.methods.join(",");
            // The class alone has the empty name, which no path can end with.
            request
                .path
                .push(if names.is_empty() { "," } else { &names });
        }
        Ok(request
            .query("classVersion", self.version.as_deref())
            .query("packageName", self.package.as_deref()))
    }

    async fn send(self) -> Result<Schemas> {
        self.client.json(self.request()?).await
    }
}

awaitable!(GetSchema => Schemas);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_empty_name_of_the_class_has_a_path() {
        let builder = Client::builder().endpoint("http://127.0.0.1:1").token("t");
        let schema = builder.build().unwrap().schema("a.B");
        let path = |methods: &[&str]| {
            let request = schema.clone().methods(methods.to_vec()).request();
            request.unwrap().path.as_str().to_owned()
        };
        assert_eq!(path(&[]), "/schemas/a.B");
        assert_eq!(path(&[""]), "/schemas/a.B/%2C");
        assert_eq!(path(&["", "m"]), "/schemas/a.B/%2Cm");
    }

    #[test]
    fn what_people_write_is_read_by_the_types() {
        let read = |types: Value, text: &str| Property(json!({ "type": types })).read(text);
        for (types, text, value) in [
            (json!("string"), "80", json!("80")),
            (json!("string"), "\"80\"", json!("80")),
            (json!("integer"), "80", json!(80)),
            (json!("number"), "1.5", json!(1.5)),
            (json!("boolean"), "True", json!(true)),
            (json!(["string", "null"]), "null", json!(null)),
            (json!(["integer", "string"]), "x", json!("x")),
            (json!("array"), "[1]", json!([1])),
            (json!("muranoObject"), "id", json!("id")),
            (json!(["boolean", "string"]), "True", json!("True")),
            (json!([]), "1", json!(1)),
        ] {
            assert_eq!(read(types.clone(), text).unwrap(), value, "{types} {text}");
        }
        for (types, text) in [
            (json!("integer"), "1.5"),
            (json!("boolean"), "yes"),
            (json!(["object", "null"]), "[]"),
        ] {
            let error = read(types.clone(), text).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Invalid, "{types} {text}");
        }
    }

    #[test]
    fn required_is_what_has_no_default_and_admits_no_null() {
        let property = |json| Property(json);
        assert!(property(json!({ "type": "string" })).is_required());
        assert!(!property(json!({ "type": ["string", "null"] })).is_required());
        assert!(!property(json!({ "type": "integer", "default": 3 })).is_required());
        assert!(!property(json!({})).is_required());
        let list = json!({ "type": "array", "items": { "type": "string" } });
        assert!(!property(list).is_required());
        let map = |member| json!({ "type": "object", "properties": { "a": member } });
        assert!(!property(map(json!({ "type": ["string", "null"] }))).is_required());
        assert!(property(map(json!({ "type": "string" }))).is_required());
        assert_eq!(
            property(json!({ "type": "muranoObject", "muranoType": "a.B" })).class(),
            Some("a.B")
        );
    }
}
