//! Sessions: private copies of an environment's object model that are edited and then deployed.
//!
//! What a session allows is known to the compiler: only an open one can be edited and deployed, and
//! only once.
//!
//! ```compile_fail,E0382
//! # use murano_sdk::{Result, environments::EnvironmentHandle};
//! # async fn example(shop: EnvironmentHandle) -> Result<()> {
//! let session = shop.open_session().await?;
//! session.deploy().await?;
//! session.deploy().await?; // deployed already
//! # Ok(()) }
//! ```

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    client::Client,
    deployments::WaitDeployment,
    environments::EnvironmentHandle,
    error::{Error, ErrorKind, Result},
    id::{EnvironmentId, SessionId},
    model::PatchOp,
    outcome::{self, Lost},
    request::{Method, Path, Request, awaitable},
    services::Services,
    state::states,
    time::Timestamp,
};

states! {
    /// How far a session is. Finished sessions cannot be read any more, so their states are only
    /// ever seen in documents.
    SessionState {
        /// Can be edited and deployed.
        Opened = "opened" | "open",
        /// Is being deployed.
        Deploying = "deploying",
        /// Was deployed.
        Deployed = "deployed",
        /// Its deployment failed.
        DeployFailure = "deploy failure",
        /// Is deleting its environment.
        Deleting = "deleting",
        /// Could not delete its environment.
        DeleteFailure = "delete failure",
    }
}

/// A session as the server describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionInfo {
    /// Identifier.
    pub id: SessionId,
    /// Environment it belongs to.
    pub environment_id: EnvironmentId,
    /// User who opened it; only this user can read or discard it.
    #[serde(default, alias = "ser_id")]
    pub user_id: Option<String>,
    /// How far it is.
    pub state: SessionState,
    /// Version of the environment when it was opened.
    #[serde(default)]
    pub version: i64,
    /// When it was opened.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

mod sealed {
    pub trait State: Send + Sync + 'static {}
}

/// State of a [`Session`] that can be edited.
#[derive(Clone, Copy, Debug)]
pub struct Open;
/// State of a [`Session`] that was handed to the engine.
#[derive(Clone, Copy, Debug)]
pub struct Deploying;
impl sealed::State for Open {}
impl sealed::State for Deploying {}

/// A session in a state the compiler knows.
///
/// ```
/// # use murano_sdk::{Client, model::{Application, PatchOp}};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(std::time::Duration::ZERO).start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # use std::time::Duration;
/// # let shop = murano.environment(murano.environments().create("shop").await?.id);
/// let session = shop.open_session().await?;
/// session.services().add(&Application::new("io.murano.Application").build()).await?;
/// let flat = PatchOp::Replace { path: "/defaultNetworks/flat".to_owned(), value: true.into() };
/// assert_eq!(session.patch_model(&[flat]).await?["defaultNetworks"]["flat"], true);
/// let running = session.deploy().await?;
/// let done = running.wait().interval(Duration::from_millis(5)).await?;
/// assert_eq!(done.environment_id, *running.environment().id());
/// shop.open_session().await?.discard().await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Session<S: sealed::State> {
    handle: SessionHandle,
    state: PhantomData<S>,
}

impl<S: sealed::State> Session<S> {
    fn new(handle: SessionHandle) -> Self {
        Self {
            handle,
            state: PhantomData,
        }
    }

    /// The session's id.
    pub fn id(&self) -> &SessionId {
        &self.handle.id
    }

    /// The environment it belongs to.
    pub fn environment(&self) -> &EnvironmentHandle {
        &self.handle.env
    }
}

impl Session<Open> {
    /// The applications as this session has them.
    pub fn services(&self) -> Services {
        Services::new(self.handle.env.clone(), Some(self.handle.id.clone()))
    }

    /// Changes the object model and returns the whole of it: `PATCH /environments/{e}/model/`.
    ///
    /// The server allows few operations on the parts that have a meaning of their own (name,
    /// region, default networks, identity); applications are better changed by
    /// [`services`](Self::services).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] for an operation the server does not allow there;
    /// [`ErrorKind::NotFound`] where its target is not there; [`ErrorKind::Rejected`] for a value of
    /// another type.
    pub async fn patch_model(&self, operations: &[PatchOp]) -> Result<Value> {
        let mut path = Path::new(&self.handle.env.path(&["model"]));
        path.slash();
        let request = Request::new(Method::Patch, path)
            .session(Some(&self.handle.id))
            .typed(
                "application/env-model-json-patch",
                PatchOp::for_model(operations),
            );
        self.client().json(request).await
    }

    /// Hands the session to the engine: `POST /environments/{e}/sessions/{s}/deploy`. The answer
    /// comes at once, the work is done later: see [`Session::wait`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] where another session was deployed since this one was opened: its edits
    /// are lost, open a new one and repeat them.
    pub async fn deploy(self) -> Result<Session<Deploying>> {
        let path = self
            .handle
            .env
            .path(&["sessions", self.handle.id.as_str(), "deploy"]);
        let send = || self.client().unit(Request::post(&path));
        outcome::known(send, |lost| self.was_handed_over(lost)).await?;
        Ok(Session::new(self.handle))
    }

    /// Whether the engine has the session although nobody said so. What was deployed cannot be read any more, so
    /// that its run tells.
    async fn was_handed_over(&self, lost: Lost) -> Result<Option<()>> {
        match self.handle.get().await {
            Ok(info) => Ok((info.state != SessionState::Opened).then_some(())),
            Err(error) if error.kind() == ErrorKind::State => {
                let runs = Request::get(&self.handle.env.path(&["deployments"]));
                let run: Option<Value> = lost.find(self.client(), runs, &[]).await?;
                Ok(run.map(drop))
            }
            Err(error) => Err(error),
        }
    }

    /// Forgets the session and its edits: `DELETE /environments/{e}/sessions/{s}`.
    pub async fn discard(self) -> Result<()> {
        self.handle.discard().await
    }

    fn client(&self) -> &Client {
        self.handle.env.client()
    }
}

impl Session<Deploying> {
    /// Waits for the end of the deployment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DeploymentFailed`] with the engine's reason; [`ErrorKind::Timeout`] where it
    /// takes longer than was said, while the deployment goes on.
    pub fn wait(&self) -> WaitDeployment {
        WaitDeployment::of_session(self.handle.env.clone(), self.handle.id.clone())
    }
}

/// A session by its id, in whatever state it may be.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let shop = murano.environment(murano.environments().create("shop").await?.id);
/// let opened = shop.open_session().info().await?;
/// let session = shop.session(&opened.id);
/// assert_eq!(session.get().await?, opened);
/// let checked = session.check().await?; // asks the server
/// let assumed = session.assume_open(); // does not
/// assert_eq!((checked.id(), assumed.id()), (session.id(), session.id()));
/// session.discard().await?;
/// assert!(session.check().await.is_err());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SessionHandle {
    env: EnvironmentHandle,
    id: SessionId,
}

impl SessionHandle {
    pub(crate) fn new(env: EnvironmentHandle, id: SessionId) -> Self {
        Self { env, id }
    }

    /// The session's id.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// Reads the session: `GET /environments/{e}/sessions/{s}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] for a session that was deployed, or overtaken by another one: the
    /// server does not tell these apart. [`ErrorKind::Forbidden`] for the session of another user.
    pub async fn get(&self) -> Result<SessionInfo> {
        let path = self.env.path(&["sessions", self.id.as_str()]);
        self.env.client().json(Request::get(&path)).await
    }

    /// Forgets the session: `DELETE /environments/{e}/sessions/{s}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] while it is being deployed.
    pub async fn discard(&self) -> Result<()> {
        let path = self.env.path(&["sessions", self.id.as_str()]);
        self.env.client().unit(Request::delete(&path)).await
    }

    /// The session for editing, after the server has said that it is open.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), and [`ErrorKind::State`] where it is not open.
    pub async fn check(&self) -> Result<Session<Open>> {
        let info = self.get().await?;
        match info.state {
            SessionState::Opened => Ok(self.assume_open()),
            state => {
                let text = format!("session {} is not open, it is {state}", self.id);
                Err(Error::new(ErrorKind::State, text))
            }
        }
    }

    /// The session for editing, without asking. A session that is not open refuses the next call.
    pub fn assume_open(&self) -> Session<Open> {
        Session::new(self.clone())
    }
}

/// Request of [`EnvironmentHandle::open_session`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct OpenSession {
    env: EnvironmentHandle,
}

impl OpenSession {
    pub(crate) fn new(env: EnvironmentHandle) -> Self {
        Self { env }
    }

    /// Opens the session and returns what the server says of it.
    pub async fn info(self) -> Result<SessionInfo> {
        let path = self.env.path(&["configure"]);
        let send = || self.env.client().json(Request::post(&path));
        // Sessions cannot be listed. One that nobody knows of stays open and holds up nothing.
        outcome::known(send, |_| std::future::ready(Ok(None))).await
    }

    async fn send(self) -> Result<Session<Open>> {
        let env = self.env.clone();
        let info = self.info().await?;
        Ok(Session::new(SessionHandle::new(env, info.id)))
    }
}

awaitable!(OpenSession => Session<Open>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_spellings_decode() {
        let json = r#"{"id": "s", "environment_id": "e", "ser_id": "u", "state": "open",
                       "created": "2026-01-02T03:04:05Z", "updated": "2026-01-02T03:04:05+00:00"}"#;
        let info: SessionInfo = serde_json::from_str(json).unwrap();
        assert_eq!(info.state, SessionState::Opened);
        assert_eq!(info.user_id.as_deref(), Some("u"));
    }

    #[test]
    fn unknown_states_survive() {
        let state: SessionState = serde_json::from_str("\"resting\"").unwrap();
        assert_eq!(serde_json::to_string(&state).unwrap(), "\"resting\"");
    }
}
