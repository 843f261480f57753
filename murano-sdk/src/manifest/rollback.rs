//! An environment as an earlier deployment had it.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Apply, MakePlan, Plan,
    classes::Classes,
    notation,
    plan::Aim,
    server::{self, Place},
};
use crate::{
    deployments::Deployment,
    environments::EnvironmentHandle,
    error::{Error, Result},
    id::DeploymentId,
    model::{object_class, object_id, without_status},
};

/// What the server writes in the place of secrets in the models of deployments.
const SANITIZED: &str = "*** SANITIZED ***";

/// The way back to the model of an earlier deployment.
///
/// Applications keep their ids, those that were removed since come back with theirs. The server blanks
/// secrets in the models of deployments: they are taken from the objects that are still there.
///
/// ```
/// # use murano_sdk::{Client, manifest::{Document, Variables}};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(std::time::Duration::ZERO).start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # use std::time::Duration;
/// for name in ["first", "second"] {
///     let text = format!("{{name: shop, applications: {{{name}: {{class: io.murano.Application}}}}}}");
///     let applied = Document::parse(&text, &Variables::new())?[0].apply(&murano).prune(true).await?;
///     applied.wait().unwrap().interval(Duration::from_millis(5)).await?;
/// }
/// let shop = murano.environments().find("shop").await?;
/// let plan = shop.rollback().plan().await?;
/// assert_eq!(plan.changes().len(), 2);
///
/// let oldest = shop.deployments().list().await?.pop().unwrap();
/// let applied = shop.rollback().to(oldest.id).apply().await?;
/// applied.wait().unwrap().interval(Duration::from_millis(5)).await?;
/// assert_eq!(shop.services().list().await?[0]["?"]["name"], "first");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Rollback {
    env: EnvironmentHandle,
    to: Option<DeploymentId>,
}

impl EnvironmentHandle {
    /// The way back to the last successful deployment before the newest one.
    pub fn rollback(&self) -> Rollback {
        Rollback {
            env: self.clone(),
            to: None,
        }
    }
}

impl Rollback {
    /// The deployment to go back to.
    pub fn to(mut self, deployment: impl Into<DeploymentId>) -> Self {
        self.to = Some(deployment.into());
        self
    }

    /// What would change.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is no such deployment; [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where it cannot be gone
    /// back to, or where a secret is not known any more.
    pub fn plan(&self) -> MakePlan {
        MakePlan::new(self.env.client().clone(), Aim::Earlier(self.clone()))
    }

    /// Goes back, in one session and one deployment.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](Self::plan); [`ErrorKind::State`](crate::ErrorKind::State) where somebody else has deployed the environment in
    /// between.
    pub fn apply(&self) -> Apply {
        Apply::new(self.env.client().clone(), Aim::Earlier(self.clone()))
    }

    pub(super) async fn compare(&self) -> Result<Plan> {
        let present = Place::Environment(self.env.clone()).read().await?;
        let deployment = self.target().await?;
        let mut services: Vec<Value> = match deployment.description.get("services") {
            Some(Value::Array(services)) => services.iter().cloned().map(without_status).collect(),
            _ => Vec::new(),
        };
        let objects = server::objects(server::services(&present.model));
        let classes = Classes::of_model(self.env.client(), &present.model).await;
        let mut lost = Vec::new();
        for app in &mut services {
            restore(app, None, &objects, &mut lost);
            keep_type(app, &objects);
            keep_filled_in(app, &objects, &classes);
        }
        if !lost.is_empty() {
            let (id, lost) = (&deployment.id, lost.join(", "));
            let text = format!(
                "deployment {id} has secrets that the server does not tell ({lost}): apply a file instead"
            );
            return Err(Error::invalid(text));
        }
        let mut after = present.model.clone();
        if !services.is_empty() || after.get("services").is_some() {
            after["services"] = services.into();
        }
        Ok(Plan::new(present, after, &HashMap::new()))
    }

    async fn target(&self) -> Result<Deployment> {
        let mut all = self.env.deployments().list().await?.into_iter();
        if let Some(id) = &self.to {
            let found = all.find(|deployment| deployment.id == *id);
            let found =
                found.ok_or_else(|| Error::not_found(format!("deployment \"{id}\" not found")))?;
            if found.action.is_none() {
                let text = format!("deployment {id} is a deletion, there is nothing to go back to");
                return Err(Error::invalid(text));
            }
            return Ok(found);
        }
        let mut deployed = all.filter(is_deployment).skip(1);
        let found = deployed.find(|run| run.is_finished() && run.failure().is_none());
        found.ok_or_else(|| {
            Error::not_found("there is no successful deployment before the newest one")
        })
    }
}

/// Whether it is no action and no deletion.
fn is_deployment(run: &Deployment) -> bool {
    let method = run
        .action
        .as_ref()
        .and_then(|action| action.method.as_deref());
    let object = run
        .action
        .as_ref()
        .and_then(|action| action.object_id.as_deref());
    method == Some("deploy") && object.is_none_or(|id| id == run.environment_id.as_str())
}

/// Puts secrets that were blanked back. `there` is what is in the same place now.
fn restore(
    value: &mut Value,
    there: Option<&Value>,
    objects: &HashMap<&str, &Value>,
    lost: &mut Vec<String>,
) {
    let known = object_id(value).and_then(|id| objects.get(id).copied());
    let there = known.or(there);
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                restore(
                    item,
                    there.and_then(|there| there.get(index)),
                    objects,
                    lost,
                );
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                let old = there.and_then(|there| there.get(key));
                if value.as_str() != Some(SANITIZED) {
                    restore(value, old, objects, lost);
                } else if let Some(old) = old.filter(|old| !old.is_null()) {
                    *value = old.clone();
                } else {
                    lost.push(key.clone());
                }
            }
        }
        _ => {}
    }
}

/// What the engine has filled in, and what it would read as the same, stays as it is.
fn keep_filled_in(value: &mut Value, objects: &HashMap<&str, &Value>, classes: &Classes) {
    match value {
        Value::Array(items) => {
            for item in items {
                keep_filled_in(item, objects, classes);
            }
        }
        Value::Object(members) => {
            for (_, value) in members.iter_mut().filter(|(key, _)| *key != "?") {
                keep_filled_in(value, objects, classes);
            }
        }
        _ => return,
    }
    let Some(there) = object_id(value).and_then(|id| objects.get(id).copied()) else {
        return;
    };
    if object_class(there) != object_class(value) {
        return;
    }
    for (key, now) in there.as_object().into_iter().flatten() {
        let stays = match value.get(key) {
            _ if key == "?" => false,
            _ if classes.is_engines(there, key) => true,
            Some(then) => notation::alike(then, now),
            None => classes.is_filled_in(there, key, now),
        };
        if stays {
            value[key] = now.clone();
        }
    }
}

/// What the engine has resolved already stays so: it would look for another version.
fn keep_type(app: &mut Value, objects: &HashMap<&str, &Value>) {
    let old = object_id(app).and_then(|id| objects.get(id).copied());
    let Some(old) = old.filter(|old| object_class(old) == object_class(app)) else {
        return;
    };
    let said = app
        .pointer("/?/classVersion")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (_, own, _) = notation::parts(app);
    let (_, version, _) = notation::parts(old);
    if own.is_none()
        && version.is_some_and(|version| crate::archive::requirement::fits(said, version))
    {
        app["?"] = old["?"].clone();
    }
}
