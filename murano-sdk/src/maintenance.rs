//! Maintenance of a cloud with Fenix, a service beside Murano: sessions in which administrators take
//! hosts out of service one after the other, while projects say what happens to their instances.
//!
//! ```
//! # use murano_sdk::Client;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::time::{Duration, SystemTime};
//! # let sandbox = murano_sandbox::Sandbox::builder().reply_time(Duration::from_secs(60)).start().await?;
//! # let admin = Client::builder().auth_url(sandbox.auth_url()).password("admin", "secret").project("admin").build()?;
//! # let demo = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
//! use murano_sdk::maintenance::{ActionPlugin, MaintenancePlan, MaintenanceState, ProjectReply};
//!
//! let plan = MaintenancePlan::new(SystemTime::now() + Duration::from_secs(3600))
//!     .host("compute-1")
//!     .workflow("default")
//!     .metadata("openstack_release", "Ussuri")
//!     .action(ActionPlugin::new("dummy", "host").metadata("upgrade", "SW1"))
//!     .download("https://updates.example/SW1.tar.gz");
//! let session = admin.maintenance().create(&plan).await?;
//! let session = admin.maintenance().session(session.session_id);
//! assert_eq!(session.get().await?.state, MaintenanceState::Maintenance);
//! assert_eq!(admin.maintenance().list().await?, [session.id().clone()]);
//!
//! let project = demo.project_id().await?.expect("a project");
//! let ours = demo.maintenance().session(session.id()).project(project);
//! assert!(!ours.get().await?.instance_ids.is_empty());
//! ours.reply(&ProjectReply::ack(&MaintenanceState::Maintenance)).await?;
//! session.delete().await?;
//! # Ok(()) }
//! ```

mod constraints;
mod plan;
mod project;
mod session;
mod wait;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use constraints::{
    GroupConstraints, GroupConstraintsHandle, InstanceConstraints, InstanceConstraintsHandle,
};
pub use plan::{ActionPlugin, MaintenancePlan};
pub use project::{InstanceAction, ProjectHandle, ProjectInstances, ProjectReply};
pub use session::MaintenanceHandle;
pub use wait::WaitMaintenance;

use crate::{
    auth::service::MAINTENANCE,
    client::Client,
    error::{Error, ErrorKind, Result},
    id::MaintenanceId,
    request::Request,
    state::states,
};

states! {
    /// How far a maintenance session is. Workflows may have states of their own.
    ///
    /// ```
    /// use murano_sdk::maintenance::MaintenanceState;
    ///
    /// let state = MaintenanceState::from("SCALE_IN");
    /// assert!(state.asks_projects() && !state.needs_actions() && !state.is_final());
    /// assert_eq!(MaintenanceState::from("COFFEE").as_str(), "COFFEE");
    /// ```
    MaintenanceState {
        /// Made; projects are asked whether they agree, then its time is waited for.
        Maintenance = "MAINTENANCE",
        /// Projects are asked to need less for a while.
        ScaleIn = "SCALE_IN",
        /// A host is about to be emptied; projects say what happens to their instances on it.
        PrepareMaintenance = "PREPARE_MAINTENANCE",
        /// Empty hosts are worked on.
        StartMaintenance = "START_MAINTENANCE",
        /// Instances move to a host that is done; projects say how.
        PlannedMaintenance = "PLANNED_MAINTENANCE",
        /// All hosts are done; projects may grow again.
        MaintenanceComplete = "MAINTENANCE_COMPLETE",
        /// The end. The session counts until it is deleted.
        MaintenanceDone = "MAINTENANCE_DONE",
        /// The end after an error, a refusal or a project's silence.
        MaintenanceFailed = "MAINTENANCE_FAILED",
    }
}

impl MaintenanceState {
    /// Whether the session has ended.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::MaintenanceDone | Self::MaintenanceFailed)
    }

    /// Whether the session waits for the replies of projects.
    pub fn asks_projects(&self) -> bool {
        self.needs_actions()
            || matches!(
                self,
                Self::Maintenance | Self::ScaleIn | Self::MaintenanceComplete
            )
    }

    /// Whether a project's consent has to say what happens to each of its instances.
    pub fn needs_actions(&self) -> bool {
        matches!(self, Self::PrepareMaintenance | Self::PlannedMaintenance)
    }
}

/// A maintenance session as the service describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MaintenanceSession {
    /// Identifier; some versions of the service leave it out, then it is filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<MaintenanceId>,
    /// How far it is.
    pub state: MaintenanceState,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What the service says to a session it was told to make or to go on with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AcceptedMaintenance {
    /// Identifier of the session.
    pub session_id: MaintenanceId,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The list of sessions, under the service's key or that of its documentation.
#[derive(Deserialize)]
struct SessionList {
    sessions: Option<Vec<MaintenanceId>>,
    session_id: Option<Vec<MaintenanceId>>,
}

/// All maintenance sessions of the cloud, and what projects want for their instances.
#[derive(Clone, Debug)]
pub struct Maintenance {
    client: Client,
}

impl Maintenance {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Makes a session and starts its workflow, for administrators: `POST /maintenance`.
    ///
    /// The service has no words for what it does not like: most mistakes are a bare
    /// [`ErrorKind::Server`]. After that error, or a broken connection, the session may be there
    /// all the same: look with [`list`](Self::list) before trying again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a plan that cannot be right, before anything is sent;
    /// [`ErrorKind::Conflict`] where the service has as many sessions as it takes, ended ones
    /// included; [`ErrorKind::NoService`] where the cloud has no Fenix.
    pub async fn create(&self, plan: &MaintenancePlan) -> Result<AcceptedMaintenance> {
        let request = Request::post(&["maintenance"]).json(plan.body()?);
        let created = self.client.json(to_fenix(request)).await;
        created.map_err(|error| match error.status() {
            Some(509) => Error::new(
                ErrorKind::Conflict,
                "there are as many maintenance sessions as the service takes: delete those that \
                 have ended",
            )
            .with_status(509)
            .with_source(error),
            _ => explained(error),
        })
    }

    /// The ids of all sessions, in no order: `GET /maintenance`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoService`] where the cloud has no Fenix.
    pub async fn list(&self) -> Result<Vec<MaintenanceId>> {
        let request = to_fenix(Request::get(&["maintenance"]));
        let list: SessionList = self.client.json(request).await.map_err(explained)?;
        list.sessions.or(list.session_id).ok_or_else(|| {
            let text = "the server's answer cannot be understood: it is no list of sessions";
            Error::new(ErrorKind::Decode, text)
        })
    }

    /// All sessions with their states: the list, then one call for each. What is deleted
    /// meanwhile is left out.
    ///
    /// # Errors
    ///
    /// Those of [`list`](Self::list).
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let admin = Client::builder().auth_url(sandbox.auth_url()).password("admin", "secret").project("admin").build()?;
    /// for session in admin.maintenance().all().await? {
    ///     println!("{:?} {}", session.session_id, session.state);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn all(&self) -> Result<Vec<MaintenanceSession>> {
        let mut all = Vec::new();
        for id in self.list().await? {
            match self.session(id).get().await {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                session => all.push(session?),
            }
        }
        Ok(all)
    }

    /// One session whose id is known. Nothing is sent.
    pub fn session(&self, id: impl Into<MaintenanceId>) -> MaintenanceHandle {
        MaintenanceHandle::new(self.client.clone(), id.into())
    }

    /// What its project wants for an instance in maintenance. Nothing is sent.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use murano_sandbox::{Fenix, Sandbox};
    /// # let sandbox = Sandbox::builder().fenix(Fenix::Late).start().await?;
    /// # let demo = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// // Nobody has said anything.
    /// assert!(demo.maintenance().instance("i1").get().await.is_err());
    /// assert!(demo.maintenance().instance_group("g1").get().await.is_err());
    /// # Ok(()) }
    /// ```
    pub fn instance(&self, id: impl Into<String>) -> InstanceConstraintsHandle {
        InstanceConstraintsHandle::new(self.client.clone(), id.into())
    }

    /// What its project wants for a group of instances in maintenance. Nothing is sent.
    pub fn instance_group(&self, id: impl Into<String>) -> GroupConstraintsHandle {
        GroupConstraintsHandle::new(self.client.clone(), id.into())
    }
}

/// How long the service may be silent: its API waits a minute for its engine.
const SILENCE: Duration = Duration::from_secs(90);

fn to_fenix(request: Request) -> Request {
    request.to(&MAINTENANCE).silent_for(SILENCE)
}

/// What the service's own router says; its handlers have other words for what is not there.
const NO_ROUTE: &str = "The requested URL was not found on the server";

/// Tells a call that the service does not know from a thing that it does not have.
fn explained(error: Error) -> Error {
    let is_unknown = match error.status() {
        Some(404) => error.to_string().starts_with(NO_ROUTE),
        status => status == Some(405),
    };
    if !is_unknown {
        return error;
    }
    let status = error.status().unwrap_or_default();
    let text = "this Fenix does not know the call: its version is too old for it, or the endpoint \
                is not that of Fenix";
    let call = error.call().map(str::to_owned).unwrap_or_default();
    Error::new(ErrorKind::Unsupported, text)
        .with_status(status)
        .with_call(call)
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_session_may_come_without_its_id() {
        let session: MaintenanceSession =
            serde_json::from_str(r#"{"state": "MAINTENANCE_DONE", "progress": 3}"#).unwrap();
        assert_eq!(session.session_id, None);
        assert!(session.state.is_final());
        assert_eq!(session.extra["progress"], 3);
        let again = serde_json::to_value(&session).unwrap();
        assert_eq!(again, json!({ "state": "MAINTENANCE_DONE", "progress": 3 }));
    }

    #[test]
    fn its_slow_answers_are_waited_for() {
        let request = to_fenix(Request::get(&["maintenance"]));
        assert!(request.silence > Duration::from_secs(60));
    }

    #[test]
    fn unknown_calls_are_told_from_missing_things() {
        let not_found = |text: &str| explained(Error::not_found(text).with_status(404)).kind();
        assert_eq!(not_found("Invalid session"), ErrorKind::NotFound);
        let text = format!("{NO_ROUTE}.  If you entered");
        assert_eq!(not_found(&text), ErrorKind::Unsupported);
        let error = Error::new(ErrorKind::Rejected, "The method is not allowed").with_status(405);
        assert_eq!(explained(error).kind(), ErrorKind::Unsupported);
    }
}
