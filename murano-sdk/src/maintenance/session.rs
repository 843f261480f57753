//! One maintenance session, for administrators.

use serde_json::{Value, json};

use super::{
    AcceptedMaintenance, MaintenanceSession, MaintenanceState, ProjectHandle, WaitMaintenance,
    explained, to_fenix,
};
use crate::{
    client::Client,
    error::{Error, ErrorKind, Result},
    id::{MaintenanceId, ProjectId},
    request::Request,
};

/// One maintenance session: a client and an id.
///
/// ```
/// # use murano_sdk::{Client, maintenance::{MaintenancePlan, MaintenanceState}};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use murano_sandbox::{Fenix, Sandbox};
/// # let sandbox = Sandbox::builder().fenix(Fenix::Late).start().await?;
/// # let admin = Client::builder().auth_url(sandbox.auth_url()).password("admin", "secret").project("admin").build()?;
/// # let at = "2026-01-02T03:04:05Z"; // too late: it fails
/// let made = admin.maintenance().create(&MaintenancePlan::new(at)).await?;
/// let session = admin.maintenance().session(made.session_id);
/// assert_eq!(session.get().await?.state, MaintenanceState::MaintenanceFailed);
/// println!("{:#}", session.detail().await?);
/// session.update(Some(&MaintenanceState::StartMaintenance)).await?; // whatever was wrong is right now
/// session.delete().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct MaintenanceHandle {
    pub(super) client: Client,
    pub(super) id: MaintenanceId,
}

impl MaintenanceHandle {
    pub(super) fn new(client: Client, id: MaintenanceId) -> Self {
        Self { client, id }
    }

    /// The session's id.
    pub fn id(&self) -> &MaintenanceId {
        &self.id
    }

    /// Reads the session, for administrators: `GET /maintenance/{session}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`], which may also mean that the service was started anew: early
    /// versions forget their sessions then.
    pub async fn get(&self) -> Result<MaintenanceSession> {
        let request = to_fenix(Request::get(&["maintenance", self.id.as_str()]));
        let read: Result<Option<MaintenanceSession>> = self.client.json(request).await;
        let read = read.map_err(|error| match explained(error) {
            error if error.kind() == ErrorKind::NotFound => self.missing().with_source(error),
            error => error,
        })?;
        let mut session = read.ok_or_else(|| self.missing())?;
        session.session_id.get_or_insert_with(|| self.id.clone());
        Ok(session)
    }

    /// Lets a failed session go on from a state, for administrators: `PUT /maintenance/{session}`.
    ///
    /// Versions before 2020 say yes and do nothing, and do so for a session that is not there, too.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Rejected`].
    pub async fn update(&self, state: Option<&MaintenanceState>) -> Result<AcceptedMaintenance> {
        let body = match state {
            Some(state) => json!({ "state": state }),
            None => json!({}),
        };
        let request = Request::put(&["maintenance", self.id.as_str()]).json(body);
        match self.client.json(to_fenix(request)).await {
            Ok(accepted) => Ok(accepted),
            Err(error) => Err(self.doubted(explained(error)).await),
        }
    }

    /// Ends the session and forgets it, for administrators: `DELETE /maintenance/{session}`. A
    /// workflow under way stops at its next step.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]. The service has an unexplained failure in its place, so it is asked
    /// for the session then.
    pub async fn delete(&self) -> Result<()> {
        let request = to_fenix(Request::delete(&["maintenance", self.id.as_str()]));
        let Err(error) = self.client.unit(request).await else {
            return Ok(());
        };
        let attempts = error.attempts();
        let error = self.doubted(explained(error)).await;
        if attempts > 1 && error.kind() == ErrorKind::NotFound {
            // An earlier attempt did it; only its answer was lost.
            return Ok(());
        }
        Err(error)
    }

    /// Everything about the session, for administrators: `GET /maintenance/{session}/detail`. Its
    /// form is not fixed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for a service from before 2020; [`ErrorKind::NotFound`].
    pub async fn detail(&self) -> Result<Value> {
        let path = ["maintenance", self.id.as_str(), "detail"];
        let request = to_fenix(Request::get(&path));
        let error = match self.client.json(request).await {
            // What is null, or fails, takes `detail` for a project: then it is too old, or the
            // session is not there.
            Ok(Value::Null) => None,
            Ok(detail) => return Ok(detail),
            Err(error) if error.status() == Some(500) => Some(error),
            Err(error) => return Err(explained(error)),
        };
        self.get().await?;
        let text = "this Fenix tells no details of sessions: its version is too old for them";
        let old = Error::new(ErrorKind::Unsupported, text);
        Err(match error {
            Some(error) => old.with_status(500).with_source(error),
            None => old.with_status(200),
        })
    }

    /// Waits for the end of the session, or for a state of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DeploymentFailed`] where the session fails; [`ErrorKind::State`] where it ends
    /// without the state that is waited for; [`ErrorKind::NotFound`] where it is gone;
    /// [`ErrorKind::Timeout`].
    pub fn wait(&self) -> WaitMaintenance {
        WaitMaintenance::new(self.clone())
    }

    /// The session as a project sees it. Nothing is sent.
    pub fn project(&self, id: impl Into<ProjectId>) -> ProjectHandle {
        ProjectHandle::new(self.clone(), id.into())
    }

    pub(super) fn missing(&self) -> Error {
        Error::not_found(format!("maintenance session \"{}\" not found", self.id)).with_status(404)
    }

    /// An unexplained failure of the service, or that the session is not there, where that is why.
    async fn doubted(&self, error: Error) -> Error {
        match error.status() {
            Some(404) if error.kind() == ErrorKind::NotFound => self.missing().with_source(error),
            Some(500) => match self.get().await {
                Err(missing) if missing.kind() == ErrorKind::NotFound => missing,
                _ => error,
            },
            _ => error,
        }
    }
}
