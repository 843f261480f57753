//! What the classes of deployed objects say of their properties: which the engine fills in.

use std::collections::HashMap;

use serde_json::Value;

use super::{notation, server};
use crate::{
    client::Client,
    schemas::{Property, Schema},
};

/// Schemas of classes, by the types of objects.
#[derive(Debug, Default)]
pub(super) struct Classes {
    schemas: HashMap<String, Schema>,
}

impl Classes {
    /// Those of all objects that the engine has had. A class that the service does not tell about is left
    /// out: nothing is known of its properties then.
    pub(super) async fn of_model(client: &Client, model: &Value) -> Self {
        let mut classes = Self::default();
        for object in server::objects(server::services(model)).into_values() {
            let (Some(kind), (Some(class), Some(version), Some(package))) =
                (kind(object), notation::parts(object))
            else {
                continue;
            };
            if classes.schemas.contains_key(kind) {
                continue;
            }
            let schema = client.schema(class).version(format!("={version}"));
            if let Ok(mut schemas) = schema.package(package).await
                && let Some(schema) = schemas.remove("")
            {
                classes.schemas.insert(kind.to_owned(), schema);
            }
        }
        classes
    }

    /// Whether a property is the engine's: what nobody can set is not in the schema.
    pub(super) fn is_engines(&self, object: &Value, key: &str) -> bool {
        let schema = kind(object).and_then(|kind| self.schemas.get(kind));
        schema.is_some_and(|schema| !schema.properties.contains_key(key))
    }

    /// Whether a property has what the engine puts there where nobody says anything: its default, or
    /// something of its own.
    pub(super) fn is_filled_in(&self, object: &Value, key: &str, value: &Value) -> bool {
        let schema = kind(object).and_then(|kind| self.schemas.get(kind));
        let property = schema.and_then(|schema| schema.properties.get(key));
        let default = |property: &Property| property.default_value().cloned().unwrap_or_default();
        self.is_engines(object, key)
            || property.is_some_and(|property| notation::alike(&default(property), value))
    }
}

/// The type of an object, as the engine writes it.
fn kind(object: &Value) -> Option<&str> {
    object.pointer("/?/type")?.as_str()
}
