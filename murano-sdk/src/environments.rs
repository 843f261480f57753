//! Environments: what applications are deployed into.

mod requests;
mod wait;
mod watch;

use std::collections::BTreeMap;

pub use requests::{
    CreateEnvironment, DeleteEnvironment, FindEnvironment, GetEnvironment, GetModel,
    ListEnvironments, existing_network,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
pub use wait::{Goal, WaitEnvironment};
pub use watch::{Changes, WatchEnvironments};

use crate::{
    actions::Actions,
    client::Client,
    deployments::{DeploymentHandle, Deployments, Report},
    error::Result,
    id::{DeploymentId, EnvironmentId, ProjectId, SessionId},
    request::Request,
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
    #[serde(default, deserialize_with = "crate::lenient::text")]
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
/// let watch = murano.environments().watch().observe(|look| println!("{} there", look.all.len()));
/// watch.lasting(std::time::Duration::ZERO).await?;
/// let stall = murano.environments().create("stall").no_region().await?;
/// assert!(murano.environment(stall.id).model().path("/region").await?.is_null());
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
    /// [`ErrorKind::Forbidden`](crate::ErrorKind::Forbidden) where other projects are asked for without the admin role.
    pub fn list(&self) -> ListEnvironments {
        ListEnvironments {
            client: self.client.clone(),
            all_projects: false,
            project: None,
        }
    }

    /// Watches the environments of the project as they change: `GET /environments` at a pace.
    pub fn watch(&self) -> WatchEnvironments {
        WatchEnvironments::new(self.clone())
    }

    /// Creates an environment: `POST /environments`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) where the project has one of this name.
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
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound); [`ErrorKind::Forbidden`](crate::ErrorKind::Forbidden) for the environment of another project.
    pub fn get(&self, id: impl Into<EnvironmentId>) -> GetEnvironment {
        self.client.environment(id).get()
    }

    /// Finds one environment by name or id. Awaited, it gives a handle; [`FindEnvironment::get`]
    /// gives the data with as few calls.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound); [`ErrorKind::Ambiguous`](crate::ErrorKind::Ambiguous) where several have the name.
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
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) where the project has one of this name; [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) for a blank
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
    /// [`ErrorKind::State`](crate::ErrorKind::State) while a deployment or deletion runs.
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
    /// [`ErrorKind::Server`](crate::ErrorKind::Server) for a session that is not there: the server crashes on it.
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
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where the path leads nowhere; [`ErrorKind::Server`](crate::ErrorKind::Server) for a session that is
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
    /// [`ErrorKind::State`](crate::ErrorKind::State) while a deployment or deletion runs.
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
    /// [`ErrorKind::DeploymentFailed`](crate::ErrorKind::DeploymentFailed) where the state cannot be reached any more; [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).
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

    #[test]
    fn a_description_that_is_null_is_empty() {
        let json = r#"{"id": "e", "name": "n", "tenant_id": "p", "description_text": null}"#;
        let env: Environment = serde_json::from_str(json).unwrap();
        assert_eq!(env.description_text, "");
        let template: crate::templates::Template = serde_json::from_str(json).unwrap();
        assert_eq!(template.description_text, "");
    }
}
