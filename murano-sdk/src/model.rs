//! Object models: what an application is made of, as JSON.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    error::{Error, Result},
    id::fresh_id,
};

/// Builds the object model of an application.
///
/// ```
/// use murano_sdk::model::Application;
///
/// let shop = Application::new("com.example.Shop").version(">=1.0").set("port", 8080).build();
/// assert_eq!(shop["?"]["type"], "com.example.Shop");
/// assert_eq!(shop["port"], 8080);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Application {
    system: Map<String, Value>,
    properties: Map<String, Value>,
}

impl Application {
    /// An object of this class, with a fresh id and no properties.
    pub fn new(class: impl Into<String>) -> Self {
        let mut system = Map::new();
        system.insert("id".to_owned(), fresh_id().into());
        system.insert("type".to_owned(), class.into().into());
        Self {
            system,
            properties: Map::new(),
        }
    }

    /// Starts from an object model; one without an id gets a fresh one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where it is no object, or its member `?` is none.
    ///
    /// ```
    /// use murano_sdk::model::Application;
    /// let given = serde_json::json!({ "?": { "type": "com.example.Shop" }, "port": 80 });
    /// let shop = Application::from_model(given)?.class("com.example.Till").id("till").name("Till 1");
    /// let shop = shop.package("com.example.Shop").set_path("instance.flavor", "m1.small".into())?.build();
    /// assert_eq!(shop["?"]["id"], "till");
    /// assert_eq!(shop["instance"]["flavor"], "m1.small");
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn from_model(model: Value) -> Result<Self> {
        let Value::Object(members) = model else {
            return Err(Error::invalid(
                "the object model of an application is a JSON object",
            ));
        };
        let (mut system, mut properties) = (Map::new(), Map::new());
        for (name, value) in members {
            match (name.as_str(), value) {
                ("?", Value::Object(members)) => system = members,
                ("?", _) => {
                    return Err(Error::invalid(
                        "the member \"?\" of an application is an object",
                    ));
                }
                (_, value) => {
                    properties.insert(name, value);
                }
            }
        }
        system.entry("id").or_insert_with(|| fresh_id().into());
        Ok(Self { system, properties })
    }

    /// Class in place of the one it was made with.
    pub fn class(self, class: impl Into<String>) -> Self {
        self.system("type", class.into())
    }

    /// Identifier in place of the fresh one.
    pub fn id(self, id: impl Into<String>) -> Self {
        self.system("id", id.into())
    }

    /// Display name of the object, apart from any property of the class.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.system("name", name.into())
    }

    /// Version or range of versions (`>=1.2,<2`) of the package that has the class. Without it the
    /// engine only takes packages of version 0, and a class of any other leaves the environment
    /// deploying for ever.
    pub fn version(self, range: impl Into<String>) -> Self {
        self.system("classVersion", range.into())
    }

    /// Fully qualified name of the package that has the class.
    pub fn package(self, name: impl Into<String>) -> Self {
        self.system("package", name.into())
    }

    /// Sets a property.
    pub fn set(mut self, property: impl Into<String>, value: impl Into<Value>) -> Self {
        self.properties.insert(property.into(), value.into());
        self
    }

    /// Sets a property at a dotted path (`instance.flavor`), making the objects on the way.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty name, a path into the member
    /// `?`, or a path through a value that is no object.
    pub fn set_path(mut self, path: &str, value: Value) -> Result<Self> {
        let (parents, last) = path
            .rsplit_once('.')
            .map_or((None, path), |(p, l)| (Some(p), l));
        if path == "?" || path.starts_with("?.") {
            return Err(Error::invalid(
                "the member \"?\" has no properties of the class: its members are set by name",
            ));
        }
        let mut place = &mut self.properties;
        for name in parents
            .into_iter()
            .flat_map(|parents| parents.split('.'))
            .chain([last])
        {
            if name.is_empty() {
                return Err(Error::invalid(format!(
                    "`{path}` has an empty property name"
                )));
            }
        }
        for name in parents.into_iter().flat_map(|parents| parents.split('.')) {
            let next = place
                .entry(name)
                .or_insert_with(|| Value::Object(Map::new()));
            place = next.as_object_mut().ok_or_else(|| {
                Error::invalid(format!(
                    "`{path}` goes through `{name}`, which is no object"
                ))
            })?;
        }
        place.insert(last.to_owned(), value);
        Ok(self)
    }

    /// The object model.
    pub fn build(self) -> Value {
        let mut object = Map::new();
        object.insert("?".to_owned(), Value::Object(self.system));
        object.extend(self.properties);
        Value::Object(object)
    }

    fn system(mut self, key: &str, value: String) -> Self {
        self.system.insert(key.to_owned(), value.into());
        self
    }
}

/// The id of an object.
///
/// ```
/// use murano_sdk::model::{object_class, object_id, object_ids, object_name};
/// let shop = serde_json::json!({
///     "?": { "id": "a", "type": "com.example.Shop/1.2.0@com.example.Shop", "name": "shop" },
///     "instance": { "?": { "id": "b", "type": "com.example.Vm" } },
/// });
/// assert_eq!((object_id(&shop), object_name(&shop)), (Some("a"), Some("shop")));
/// assert_eq!(object_class(&shop), Some("com.example.Shop"));
/// assert_eq!(object_ids(&shop), ["a", "b"]);
/// ```
pub fn object_id(object: &Value) -> Option<&str> {
    object.get("?")?.get("id")?.as_str()
}

/// Whether all of these objects are among others, by their ids.
pub(crate) fn are_all_in(wanted: &[Value], there: &[Value]) -> bool {
    let is_there = |one: &Value| there.iter().any(|each| object_id(each) == object_id(one));
    wanted.iter().all(is_there)
}

/// The class of an object, without the version and package that the engine adds to it.
pub fn object_class(object: &Value) -> Option<&str> {
    let class = object.get("?")?.get("type")?.as_str()?;
    Some(class.split(['/', '@']).next().unwrap_or(class))
}

/// A name for people: that of the object, else its property `name`.
pub fn object_name(object: &Value) -> Option<&str> {
    let own = object
        .get("?")
        .and_then(|system| system.get("name"))
        .and_then(Value::as_str);
    own.or_else(|| object.get("name").and_then(Value::as_str))
}

/// The ids of an object and of all objects inside it.
pub fn object_ids(object: &Value) -> Vec<&str> {
    let mut ids: Vec<&str> = object_id(object).into_iter().collect();
    match object {
        Value::Object(members) => {
            ids.extend(
                members
                    .iter()
                    .filter(|(key, _)| *key != "?")
                    .flat_map(|(_, v)| object_ids(v)),
            );
        }
        Value::Array(items) => ids.extend(items.iter().flat_map(object_ids)),
        _ => {}
    }
    ids
}

/// Replaces every text of the form `===id1===` by a fresh id, the same text by the same id.
///
/// ```
/// use murano_sdk::model::{add_missing_ids, fill_placeholders, object_id};
/// let mut apps = serde_json::json!([{ "?": { "id": "===id1===" } }, { "peer": "===id1===" }]);
/// fill_placeholders(&mut apps);
/// assert_eq!(apps[0]["?"]["id"], apps[1]["peer"]);
/// let mut app = serde_json::json!({ "?": { "type": "com.example.Shop" } });
/// add_missing_ids(&mut app);
/// assert!(object_id(&app).is_some());
/// ```
pub fn fill_placeholders(value: &mut Value) {
    fn fill(value: &mut Value, ids: &mut HashMap<String, String>) {
        match value {
            Value::String(text) if is_placeholder(text) => {
                text.clone_from(ids.entry(text.clone()).or_insert_with(fresh_id));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| fill(item, ids)),
            Value::Object(members) => members.values_mut().for_each(|member| fill(member, ids)),
            _ => {}
        }
    }
    fill(value, &mut HashMap::new());
}

fn is_placeholder(text: &str) -> bool {
    let number = text
        .strip_prefix("===id")
        .and_then(|rest| rest.strip_suffix("==="));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Gives an object an id where it has none; objects inside it too.
pub fn add_missing_ids(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Object(system)) = members.get_mut("?") {
                system.entry("id").or_insert_with(|| fresh_id().into());
            }
            members
                .iter_mut()
                .filter(|(key, _)| *key != "?")
                .for_each(|(_, v)| add_missing_ids(v));
        }
        Value::Array(items) => items.iter_mut().for_each(add_missing_ids),
        _ => {}
    }
}

/// Gives an object, and objects inside it, a range of versions where it names a class without a version: the
/// engine takes version 0 only of such a class.
///
/// ```
/// use murano_sdk::model::add_missing_versions;
/// let mut shop = serde_json::json!({
///     "?": { "type": "com.example.Shop/1.2.0@com.example.Shop" },
///     "till": { "?": { "type": "com.example.Till" } },
/// });
/// add_missing_versions(&mut shop, ">=0");
/// assert_eq!(shop["till"]["?"]["classVersion"], ">=0");
/// assert_eq!(shop["?"].get("classVersion"), None);
/// ```
pub fn add_missing_versions(value: &mut Value, range: &str) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Object(system)) = members.get_mut("?") {
                let class = system.get("type").and_then(Value::as_str);
                let is_open = class.is_some_and(|class| !class.contains(['/', '@']));
                if is_open && !system.contains_key("classVersion") {
                    system.insert("classVersion".to_owned(), range.into());
                }
            }
            members
                .iter_mut()
                .filter(|(key, _)| *key != "?")
                .for_each(|(_, inner)| add_missing_versions(inner, range));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|inner| add_missing_versions(inner, range)),
        _ => {}
    }
}

/// Refuses what the server would store and then choke on.
pub(crate) fn check_application(object: &Value) -> Result<()> {
    if !object.is_object() {
        return Err(Error::invalid(
            "an application is a JSON object with a member \"?\"",
        ));
    }
    let text = |value: Option<&str>| value.is_some_and(|text| !text.trim().is_empty());
    if !text(object_id(object)) {
        return Err(Error::invalid(
            "the application has no id: add \"?\": {\"id\": …}",
        ));
    }
    if !text(object_class(object)) {
        return Err(Error::invalid(
            "the application has no class: add \"?\": {\"type\": …}",
        ));
    }
    Ok(())
}

/// Drops the status that the server adds on reading and would store on writing.
pub(crate) fn without_status(mut object: Value) -> Value {
    if let Some(Value::Object(system)) = object.get_mut("?") {
        system.remove("status");
    }
    object
}

/// One operation of the JSON Patch dialects that Murano understands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
#[non_exhaustive]
pub enum PatchOp {
    /// Adds a member or an element.
    Add {
        /// JSON Pointer.
        path: String,
        /// What is added.
        value: Value,
    },
    /// Replaces what is there.
    Replace {
        /// JSON Pointer.
        path: String,
        /// What is put in its place.
        value: Value,
    },
    /// Removes what is there.
    Remove {
        /// JSON Pointer.
        path: String,
    },
}

impl PatchOp {
    /// The operations as the model route wants them: a removal needs a value too, whose content
    /// counts for nothing.
    pub(crate) fn for_model(operations: &[Self]) -> Value {
        let encode = |operation: &Self| match operation {
            Self::Add { path, value } => json!({ "op": "add", "path": path, "value": value }),
            Self::Replace { path, value } => {
                json!({ "op": "replace", "path": path, "value": value })
            }
            // What is removed is checked by its type.
            Self::Remove { path } if path == "/services" => {
                json!({ "op": "remove", "path": path, "value": [] })
            }
            Self::Remove { path } => json!({ "op": "remove", "path": path, "value": {} }),
        };
        Value::Array(operations.iter().map(encode).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_make_the_objects_on_the_way() {
        let app = Application::new("C")
            .set_path("instance.flavor", json!("m1"))
            .unwrap();
        let app = app.set_path("instance.image", json!("i")).unwrap().build();
        assert_eq!(app["instance"], json!({ "flavor": "m1", "image": "i" }));
        let scalar = Application::new("C").set("a", 1).set_path("a.b", json!(2));
        assert!(scalar.unwrap_err().to_string().contains("`a`"));
        assert!(Application::new("C").set_path("a..b", json!(2)).is_err());
    }

    #[test]
    fn a_model_keeps_what_it_has_and_gets_an_id() {
        let model = json!({ "?": { "type": "C", "x": 1 }, "port": 80 });
        let app = Application::from_model(model).unwrap().class("D").build();
        assert_eq!(app["?"]["type"], "D");
        assert_eq!(app["?"]["x"], 1);
        assert_eq!(app["port"], 80);
        assert!(object_id(&app).is_some());
        assert!(Application::from_model(json!([])).is_err());
        assert!(Application::from_model(json!({ "?": 1 })).is_err());
        assert!(Application::new("C").set_path("?.id", json!(1)).is_err());
    }

    #[test]
    fn placeholders_become_ids_and_the_same_one_the_same_id() {
        let mut value =
            json!([{ "?": { "id": "===id1===" }, "peer": "===id2===" }, "===id1===", "x===id1==="]);
        fill_placeholders(&mut value);
        assert_eq!(value[0]["?"]["id"], value[1]);
        assert_ne!(value[0]["peer"], value[1]);
        assert_eq!(value[2], "x===id1===");
        assert_eq!(value[1].as_str().unwrap().len(), 32);
    }

    #[test]
    fn missing_ids_are_added_at_any_depth() {
        let mut value =
            json!({ "?": { "type": "A" }, "inner": [{ "?": { "type": "B", "id": "b" } }] });
        add_missing_ids(&mut value);
        assert!(object_id(&value).is_some());
        assert_eq!(object_ids(&value).len(), 2);
        assert_eq!(value["inner"][0]["?"]["id"], "b");
    }

    #[test]
    fn what_the_server_would_choke_on_is_refused() {
        for bad in [
            json!(1),
            json!({}),
            json!({ "?": { "id": "1" } }),
            json!({ "?": { "type": "T" } }),
        ] {
            assert!(check_application(&bad).is_err(), "{bad}");
        }
        assert!(check_application(&Application::new("T").build()).is_ok());
    }

    #[test]
    fn classes_are_read_from_both_forms() {
        let object = json!({ "?": { "type": "a.B/1.2.0@a.P", "id": "1", "status": "ready" } });
        assert_eq!(object_class(&object), Some("a.B"));
        assert_eq!(without_status(object)["?"].get("status"), None);
    }

    #[test]
    fn removals_carry_a_value_on_the_model_route() {
        let ops = [PatchOp::Remove {
            path: "/services/0".into(),
        }];
        assert_eq!(PatchOp::for_model(&ops)[0]["value"], json!({}));
    }
}
