//! The requests that collections and handles of environments give.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Environment, EnvironmentHandle, EnvironmentStatus};
use crate::{
    client::Client,
    error::{Candidate, Error, ErrorKind, Result},
    id::{ProjectId, SessionId, looks_like_id},
    outcome,
    request::{Request, awaitable},
};

/// Request of [`Environments::list`](super::Environments::list).
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct ListEnvironments {
    pub(super) client: Client,
    pub(super) all_projects: bool,
    pub(super) project: Option<ProjectId>,
}

impl ListEnvironments {
    /// Those of every project; for administrators.
    pub fn all_projects(mut self, all: bool) -> Self {
        self.all_projects = all;
        self
    }

    /// Those of one other project; for administrators.
    pub fn project(mut self, id: impl Into<ProjectId>) -> Self {
        self.project = Some(id.into());
        self
    }

    pub(super) fn request(&self) -> Request {
        Request::get(&["environments"])
            .flag("all_tenants", self.all_projects)
            .query("tenant", self.project.as_ref().map(ToString::to_string))
    }

    async fn send(self) -> Result<Vec<Environment>> {
        #[derive(Deserialize)]
        struct Answer {
            environments: Vec<Environment>,
        }
        let answer: Answer = self.client.json(self.request()).await?;
        Ok(answer.environments)
    }
}

/// Request of [`Environments::create`](super::Environments::create).
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct CreateEnvironment {
    pub(super) client: Client,
    pub(super) body: Map<String, Value>,
}

impl CreateEnvironment {
    /// Free text; it cannot be changed later.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.member("description_text", text.into().into())
    }

    /// Region of the cloud to deploy to.
    pub fn region(self, region: impl Into<String>) -> Self {
        self.member("region", region.into().into())
    }

    /// Says in the object model that there is no region, as python-muranoclient did; by default the model
    /// has no such member.
    pub fn no_region(self) -> Self {
        self.member("region", Value::Null)
    }

    /// Object model of the default networks, in place of the one the server makes.
    pub fn default_networks(self, networks: Value) -> Self {
        self.member("defaultNetworks", networks)
    }

    fn member(mut self, key: &str, value: Value) -> Self {
        self.body.insert(key.to_owned(), value);
        self
    }

    pub(super) fn request(&self) -> Request {
        Request::post(&["environments"]).json(Value::Object(self.body.clone()))
    }

    async fn send(self) -> Result<Environment> {
        let list = self.client.environments().list().request();
        outcome::named(&self.client, self.request(), list).await
    }
}

/// Object model of default networks that join an existing network, by the names or ids of the
/// network and its subnetwork.
pub fn existing_network(network: Option<&str>, subnetwork: Option<&str>) -> Value {
    let class = "io.murano.resources.ExistingNeutronNetwork";
    let mut environment = json!({ "?": { "id": crate::fresh_id(), "type": class } });
    if let Some(network) = network {
        environment["internalNetworkName"] = network.into();
    }
    if let Some(subnetwork) = subnetwork {
        environment["internalSubnetworkName"] = subnetwork.into();
    }
    json!({ "environment": environment, "flat": null })
}

/// Request of [`Environments::get`](super::Environments::get).
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct GetEnvironment {
    pub(super) env: EnvironmentHandle,
    pub(super) session: Option<SessionId>,
}

impl GetEnvironment {
    /// Shows the applications as this session has them, as long as it can be used.
    pub fn session(mut self, session: impl Into<SessionId>) -> Self {
        self.session = Some(session.into());
        self
    }

    pub(super) fn request(&self) -> Request {
        Request::get(&self.env.path(&[])).session(self.session.as_ref())
    }

    async fn send(self) -> Result<Environment> {
        self.env.client.json(self.request()).await
    }
}

/// Request of [`Environments::find`](super::Environments::find).
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct FindEnvironment {
    pub(super) client: Client,
    pub(super) text: String,
}

impl FindEnvironment {
    /// The environment with its applications.
    pub async fn get(self) -> Result<Environment> {
        let client = self.client.clone();
        let found = self.look_up().await?;
        match found.services {
            Some(_) => Ok(found),
            None => client.environment(found.id).get().await,
        }
    }

    async fn send(self) -> Result<EnvironmentHandle> {
        let client = self.client.clone();
        Ok(client.environment(self.look_up().await?.id))
    }

    async fn look_up(self) -> Result<Environment> {
        let Self { client, text } = self;
        if looks_like_id(&text) {
            match client.environment(text.as_str()).get().await {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                found => return found,
            }
        }
        let all = client.environments().list().await?;
        if let Some(exact) = all.iter().find(|env| env.id.as_str() == text) {
            return Ok(exact.clone());
        }
        let mut named: Vec<Environment> = all.into_iter().filter(|env| env.name == text).collect();
        match (named.pop(), named.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(Error::not_found(format!(
                "environment \"{text}\" not found"
            ))),
            (Some(last), false) => {
                named.push(last);
                let candidates = named
                    .into_iter()
                    .map(|env| Candidate::new(env.id.as_str(), env.name));
                Err(Error::ambiguous("environment", &text, candidates.collect()))
            }
        }
    }
}

/// Request of [`EnvironmentHandle::delete`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct DeleteEnvironment {
    pub(super) env: EnvironmentHandle,
    pub(super) abandon: bool,
}

impl DeleteEnvironment {
    /// Forgets the environment at once, in any state, and leaves its resources in the cloud alone.
    pub fn abandon(mut self, abandon: bool) -> Self {
        self.abandon = abandon;
        self
    }

    pub(super) fn request(&self) -> Request {
        Request::delete(&self.env.path(&[])).flag("abandon", self.abandon)
    }

    async fn send(self) -> Result<()> {
        match self.env.client.unit(self.request()).await {
            // An earlier attempt may have begun it; only its answer was lost.
            Err(error)
                if error.kind() == ErrorKind::State
                    && error.attempts() > 1
                    && self.is_going_on().await =>
            {
                Ok(())
            }
            outcome => outcome,
        }
    }

    async fn is_going_on(&self) -> bool {
        match self.env.get().await {
            Ok(env) => env.status == Some(EnvironmentStatus::Deleting),
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }
}

/// Request of [`EnvironmentHandle::model`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct GetModel {
    pub(super) env: EnvironmentHandle,
    pub(super) path: String,
    pub(super) session: Option<SessionId>,
}

impl GetModel {
    /// Slash-separated path into the model, such as `services/0/name`. Elements of lists are found
    /// by object id or by index.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Reads the model as this session has it, as long as it can be used.
    pub fn session(mut self, session: impl Into<SessionId>) -> Self {
        self.session = Some(session.into());
        self
    }

    pub(super) fn request(&self) -> Request {
        let mut request = Request::get(&self.env.path(&["model"])).session(self.session.as_ref());
        if self.path.split('/').all(str::is_empty) {
            request.path.slash();
        } else {
            request.path.extend(&self.path);
        }
        request
    }

    async fn send(self) -> Result<Value> {
        self.env.client.json(self.request()).await
    }
}

awaitable! {
    ListEnvironments => Vec<Environment>,
    CreateEnvironment => Environment,
    GetEnvironment => Environment,
    FindEnvironment => EnvironmentHandle,
    DeleteEnvironment => (),
    GetModel => Value,
}
