//! Environments: what applications are deployed into.

mod wait;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
pub use wait::{Goal, WaitEnvironment};

use crate::{
    actions::Actions,
    client::Client,
    deployments::{DeploymentHandle, Deployments, Report},
    error::{Candidate, Error, ErrorKind, Result},
    id::{DeploymentId, EnvironmentId, ProjectId, SessionId, looks_like_id},
    request::{Request, awaitable},
    services::Services,
    sessions::{OpenSession, SessionHandle},
    state::states,
    statistics::EnvironmentStatistics,
    time::Timestamp,
};

states! {
    /// What an environment is doing, as derived by the server from its sessions.
    EnvironmentStatus {
        /// Nothing is open and nothing has failed.
        Ready = "ready",
        /// A session is open.
        Pending = "pending",
        /// A deployment or an action is running.
        Deploying = "deploying",
        /// The last deployment or action failed.
        DeployFailure = "deploy failure",
        /// The environment is being removed.
        Deleting = "deleting",
        /// Removing the environment failed; it can be tried again, or abandoned.
        DeleteFailure = "delete failure",
    }
}

impl EnvironmentStatus {
    /// Whether the engine is at work on the environment.
    ///
    /// ```
    /// use murano_sdk::environments::EnvironmentStatus;
    /// let status = EnvironmentStatus::from("deploy failure");
    /// assert!(status.is_failure() && !status.is_busy());
    /// ```
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Deploying | Self::Deleting)
    }

    /// Whether the last thing the engine did has failed.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::DeployFailure | Self::DeleteFailure)
    }
}

/// An environment. Which optional fields are there depends on the call: lists have a status but no
/// services, an environment just created or renamed has neither.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Environment {
    /// Identifier.
    pub id: EnvironmentId,
    /// Name, unique in the project.
    pub name: String,
    /// Project that owns it.
    pub tenant_id: ProjectId,
    /// Free text given at creation.
    #[serde(default)]
    pub description_text: String,
    /// Number of finished deployments and actions.
    #[serde(default)]
    pub version: i64,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// What it is doing.
    pub status: Option<EnvironmentStatus>,
    /// Session that is being deployed.
    pub acquired_by: Option<SessionId>,
    /// Object models of its applications; null after a failed deletion.
    pub services: Option<Vec<Value>>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The environments of a project.
///
/// ```
/// # use murano_sdk::{Client, environments::existing_network};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let admin = Client::builder().auth_url(sandbox.auth_url()).password("admin", "secret").project("admin").build()?;
/// let networks = existing_network(Some("private"), None);
/// let create = murano.environments().create("shop").description("front end");
/// let made = create.region("RegionOne").default_networks(networks).await?;
/// assert_eq!(murano.environments().list().await?.len(), 1);
/// assert_eq!(murano.environments().get(&made.id).await?.description_text, "front end");
/// let whole = murano.environments().find("shop").get().await?;
/// assert_eq!(whole.services, Some(vec![]));
/// let everywhere = admin.environments().list().all_projects(true).await?;
/// let of_one = admin.environments().list().project(&made.tenant_id).await?;
/// assert_eq!(everywhere, of_one);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Environments {
    client: Client,
}

impl Environments {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists environments: `GET /environments`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] where other projects are asked for without the admin role.
    pub fn list(&self) -> ListEnvironments {
        ListEnvironments {
            client: self.client.clone(),
            all_projects: false,
            project: None,
        }
    }

    /// Creates an environment: `POST /environments`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] where the project has one of this name.
    pub fn create(&self, name: impl Into<String>) -> CreateEnvironment {
        CreateEnvironment {
            client: self.client.clone(),
            body: Map::from_iter([("name".to_owned(), Value::String(name.into()))]),
        }
    }

    /// Reads one environment by its id: `GET /environments/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Forbidden`] for the environment of another project.
    pub fn get(&self, id: impl Into<EnvironmentId>) -> GetEnvironment {
        self.client.environment(id).get()
    }

    /// Finds one environment by name or id. Awaited, it gives a handle; [`FindEnvironment::get`]
    /// gives the data with as few calls.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Ambiguous`] where several have the name.
    pub fn find(&self, name_or_id: impl Into<String>) -> FindEnvironment {
        FindEnvironment {
            client: self.client.clone(),
            text: name_or_id.into(),
        }
    }
}

/// One environment, by its id.
///
/// ```
/// # use murano_sdk::{Client, environments::Goal};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(std::time::Duration::ZERO).start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # use std::time::Duration;
/// # let made = murano.environments().create("shop").await?;
/// let shop = murano.environment(&made.id);
/// shop.rename("shop-2").await?;
/// assert_eq!(shop.model().path("?/type").await?, "io.murano.Environment");
///
/// let session = shop.open_session().await?;
/// let networks = shop.model().path("defaultNetworks").session(session.id()).await?;
/// assert!(shop.get().session(session.id()).await?.services.is_some());
/// session.deploy().await?;
/// shop.wait(Goal::Ready).interval(Duration::from_millis(5)).await?;
///
/// let last = shop.deployments().latest().await?;
/// assert_eq!(shop.deployment(&last.id).reports().await?.len(), 2);
/// assert!(shop.last_status(None).await?.is_empty(), "there are no applications");
/// assert_eq!(shop.actions().list().await?[0].name, "deploy");
/// assert!(shop.statistics().raw().await?.is_empty());
/// assert!(shop.services().list().await?.is_empty());
/// shop.delete().abandon(true).await?;
/// assert!(shop.get().await.is_err());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct EnvironmentHandle {
    client: Client,
    id: EnvironmentId,
}

impl EnvironmentHandle {
    pub(crate) fn new(client: Client, id: EnvironmentId) -> Self {
        Self { client, id }
    }

    /// The environment's id.
    pub fn id(&self) -> &EnvironmentId {
        &self.id
    }

    /// Reads it with its applications: `GET /environments/{id}`.
    pub fn get(&self) -> GetEnvironment {
        GetEnvironment {
            env: self.clone(),
            session: None,
        }
    }

    /// Gives it another name: `PUT /environments/{id}`. The name inside the object model stays.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] where the project has one of this name; [`ErrorKind::Rejected`] for a blank
    /// one.
    pub async fn rename(&self, name: &str) -> Result<Environment> {
        let request = Request::put(&self.path(&[])).json(json!({ "name": name }));
        self.client.json(request).await
    }

    /// Starts to delete it: `DELETE /environments/{id}`. One that was never deployed is gone at
    /// once; for the others see [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] while a deployment or deletion runs.
    pub fn delete(&self) -> DeleteEnvironment {
        DeleteEnvironment {
            env: self.clone(),
            abandon: false,
        }
    }

    /// The newest report of each application: `GET /environments/{id}/lastStatus`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Server`] for a session that is not there: the server crashes on it.
    pub async fn last_status(&self, session: Option<&SessionId>) -> Result<LastStatus> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "lastStatuses")]
            statuses: LastStatus,
        }
        let request = Request::get(&self.path(&["lastStatus"])).session(session);
        Ok(self.client.json::<Answer>(request).await?.statuses)
    }

    /// Reads the object model or a part of it: `GET /environments/{id}/model/{path}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where the path leads nowhere; [`ErrorKind::Server`] for a session that is
    /// not there: the server crashes on it.
    pub fn model(&self) -> GetModel {
        GetModel {
            env: self.clone(),
            path: String::new(),
            session: None,
        }
    }

    /// Opens a session, through which applications are changed: `POST /environments/{id}/configure`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] while a deployment or deletion runs.
    pub fn open_session(&self) -> OpenSession {
        OpenSession::new(self.clone())
    }

    /// A session whose id is known. Nothing is sent.
    pub fn session(&self, id: impl Into<SessionId>) -> SessionHandle {
        SessionHandle::new(self.clone(), id.into())
    }

    /// The applications as they are deployed, or as last deployed.
    pub fn services(&self) -> Services {
        Services::new(self.clone(), None)
    }

    /// The deployments of this environment.
    pub fn deployments(&self) -> Deployments {
        Deployments::new(self.clone())
    }

    /// A deployment whose id is known. Nothing is sent.
    pub fn deployment(&self, id: impl Into<DeploymentId>) -> DeploymentHandle {
        DeploymentHandle::new(self.clone(), id.into())
    }

    /// The actions of the environment and of everything in it.
    pub fn actions(&self) -> Actions {
        Actions::new(self.clone())
    }

    /// How long its instances and applications have been running.
    pub fn statistics(&self) -> EnvironmentStatistics {
        EnvironmentStatistics::new(self.clone())
    }

    /// Waits until the environment reaches a state.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DeploymentFailed`] where the state cannot be reached any more; [`ErrorKind::Timeout`].
    pub fn wait(&self, goal: Goal) -> WaitEnvironment {
        WaitEnvironment::new(self.clone(), goal)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Path segments below this environment.
    pub(crate) fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        let mut path = vec!["environments", self.id.as_str()];
        path.extend(rest);
        path
    }
}

/// Newest report by application id; null where an application has none.
pub type LastStatus = BTreeMap<String, Option<Report>>;

/// Request of [`Environments::list`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct ListEnvironments {
    client: Client,
    all_projects: bool,
    project: Option<ProjectId>,
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

    fn request(&self) -> Request {
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

/// Request of [`Environments::create`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct CreateEnvironment {
    client: Client,
    body: Map<String, Value>,
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

    /// Object model of the default networks, in place of the one the server makes.
    pub fn default_networks(self, networks: Value) -> Self {
        self.member("defaultNetworks", networks)
    }

    fn member(mut self, key: &str, value: Value) -> Self {
        self.body.insert(key.to_owned(), value);
        self
    }

    fn request(&self) -> Request {
        Request::post(&["environments"]).json(Value::Object(self.body.clone()))
    }

    async fn send(self) -> Result<Environment> {
        self.client.json(self.request()).await
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

/// Request of [`Environments::get`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct GetEnvironment {
    env: EnvironmentHandle,
    session: Option<SessionId>,
}

impl GetEnvironment {
    /// Shows the applications as this session has them, as long as it can be used.
    pub fn session(mut self, session: impl Into<SessionId>) -> Self {
        self.session = Some(session.into());
        self
    }

    fn request(&self) -> Request {
        Request::get(&self.env.path(&[])).session(self.session.as_ref())
    }

    async fn send(self) -> Result<Environment> {
        self.env.client.json(self.request()).await
    }
}

/// Request of [`Environments::find`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct FindEnvironment {
    client: Client,
    text: String,
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
    env: EnvironmentHandle,
    abandon: bool,
}

impl DeleteEnvironment {
    /// Forgets the environment at once, in any state, and leaves its resources in the cloud alone.
    pub fn abandon(mut self, abandon: bool) -> Self {
        self.abandon = abandon;
        self
    }

    fn request(&self) -> Request {
        Request::delete(&self.env.path(&[])).flag("abandon", self.abandon)
    }

    async fn send(self) -> Result<()> {
        self.env.client.unit(self.request()).await
    }
}

/// Request of [`EnvironmentHandle::model`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct GetModel {
    env: EnvironmentHandle,
    path: String,
    session: Option<SessionId>,
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

    fn request(&self) -> Request {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client::builder()
            .endpoint("http://127.0.0.1:1")
            .token("t")
            .build()
            .unwrap()
    }

    #[test]
    fn switches_are_the_word_true_or_absent() {
        let all = client().environments().list().all_projects(true).request();
        assert_eq!(all.query, [("all_tenants".to_owned(), "true".to_owned())]);
        assert!(client().environments().list().request().query.is_empty());
        let delete = client().environment("e").delete().abandon(false).request();
        assert!(delete.query.is_empty());
    }

    #[test]
    fn the_whole_model_needs_its_slash() {
        let model = client().environment("e").model();
        assert_eq!(
            model.clone().request().path.as_str(),
            "/environments/e/model/"
        );
        assert_eq!(
            model.clone().path("/").request().path.as_str(),
            "/environments/e/model/"
        );
        assert_eq!(
            model.path("?/id").request().path.as_str(),
            "/environments/e/model/%3F/id"
        );
    }
}
