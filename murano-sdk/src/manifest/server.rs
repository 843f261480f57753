//! What is there: environments and templates as the service has them.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Kind;
use crate::{
    client::Client,
    environments::{EnvironmentHandle, EnvironmentStatus},
    error::{Error, ErrorKind, Result},
    model::{object_id, without_status},
    templates::{TemplateHandle, Visibility},
};

/// Where a document is put.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Environment(EnvironmentHandle),
    Template(TemplateHandle),
}

/// What is there at one moment.
#[derive(Clone, Debug)]
pub(super) struct Present {
    pub(super) place: Place,
    pub(super) kind: Kind,
    pub(super) name: String,
    /// Number of finished runs of an environment.
    pub(super) version: i64,
    pub(super) status: Option<EnvironmentStatus>,
    /// The object model; of a template its applications and what else can be changed.
    pub(super) model: Value,
}

/// The applications of a model.
pub(super) fn services(model: &Value) -> &[Value] {
    let services = model.get("services").and_then(Value::as_array);
    services.map_or(&[], Vec::as_slice)
}

/// All objects of applications, by their ids.
pub(super) fn objects(services: &[Value]) -> HashMap<&str, &Value> {
    fn note<'a>(value: &'a Value, objects: &mut HashMap<&'a str, &'a Value>) {
        if let Some(id) = object_id(value) {
            objects.insert(id, value);
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| note(item, objects)),
            Value::Object(members) => members.values().for_each(|value| note(value, objects)),
            _ => {}
        }
    }
    let mut objects = HashMap::new();
    for app in services {
        note(app, &mut objects);
    }
    objects
}

/// The environment or template of the project that has this name, if there is one.
pub(super) async fn find(client: &Client, kind: Kind, name: &str) -> Result<Option<Place>> {
    match kind {
        Kind::Environment => {
            let all = client.environments().list().await?;
            let found = all.into_iter().find(|env| env.name == name);
            Ok(found.map(|env| Place::Environment(client.environment(env.id))))
        }
        Kind::Template => {
            // Public ones of other projects are not ours to change.
            let own = client.project_id().await?;
            let all = client.templates().list(Visibility::All).await?;
            let is_own = |project| own.as_ref().is_none_or(|own| *own == project);
            let mut all = all.into_iter();
            let found =
                all.find(|template| template.name == name && is_own(template.tenant_id.clone()));
            Ok(found.map(|template| Place::Template(client.template(template.id))))
        }
    }
}

impl Place {
    pub(super) fn client(&self) -> &Client {
        match self {
            Self::Environment(env) => env.client(),
            Self::Template(template) => template.client(),
        }
    }

    /// Reads it. The version is read before the model: who sees the same version later knows that this
    /// is the model of it.
    pub(super) async fn read(&self) -> Result<Present> {
        match self {
            Self::Environment(env) => {
                let seen = env.get().await?;
                let mut model = env.model().await?;
                if model.is_null() {
                    let text = format!(
                        "environment \"{}\" has no object model any more: delete it",
                        seen.name
                    );
                    return Err(Error::new(ErrorKind::Conflict, text));
                }
                if let Some(Value::Array(services)) = model.get_mut("services") {
                    for app in services {
                        *app = without_status(app.take());
                    }
                }
                Ok(Present {
                    place: self.clone(),
                    kind: Kind::Environment,
                    name: seen.name,
                    version: seen.version,
                    status: seen.status,
                    model: described(model, &seen.description_text),
                })
            }
            Self::Template(template) => {
                let seen = template.get().await?;
                let model = json!({
                    "is_public": seen.is_public,
                    "services": seen.services.unwrap_or_default(),
                });
                Ok(Present {
                    place: self.clone(),
                    kind: Kind::Template,
                    name: seen.name,
                    version: 0,
                    status: None,
                    model: described(model, &seen.description_text),
                })
            }
        }
    }
}

/// The model with the description, which is kept beside it.
fn described(mut model: Value, description: &str) -> Value {
    model["description_text"] = description.into();
    model
}
