//! A maintenance session as a project sees it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{MaintenanceHandle, MaintenanceState, explained, to_fenix};
use crate::{
    error::{Error, ErrorKind, Result},
    id::{MaintenanceId, ProjectId},
    request::Request,
    state::states,
};

states! {
    /// What happens to an instance whose host is maintained.
    InstanceAction {
        /// The service moves it; it is down for a while.
        Migrate = "MIGRATE",
        /// The service moves it while it runs. The default workflow of early versions does not know it.
        LiveMigrate = "LIVE_MIGRATE",
        /// The project itself sees to it.
        OwnAction = "OWN_ACTION",
    }
}

/// The instances of a project that a session is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectInstances {
    /// Those the present state touches; all of them where it touches none in particular.
    pub instance_ids: Vec<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What a project says to a state of a session.
///
/// ```
/// use murano_sdk::maintenance::{InstanceAction, MaintenanceState, ProjectReply};
///
/// let reply = ProjectReply::ack(&MaintenanceState::PlannedMaintenance)
///     .instance("3f2c", InstanceAction::Migrate)
///     .instance("9a41", InstanceAction::OwnAction);
/// assert_eq!(reply.state, "ACK_PLANNED_MAINTENANCE");
/// let refusal = ProjectReply::nack(&MaintenanceState::ScaleIn); // fails the session
/// assert_eq!(refusal.state, "NACK_SCALE_IN");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectReply {
    /// `ACK_` or `NACK_` and the state of the session. Anything else fails the session.
    pub state: String,
    /// What happens to each instance; needed in `PREPARE_MAINTENANCE` and `PLANNED_MAINTENANCE`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instance_actions: BTreeMap<String, InstanceAction>,
    /// What happens to the one instance that a late version's workflow `vnf` asks about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_action: Option<InstanceAction>,
    /// The session; the service knows it from the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<MaintenanceId>,
    /// The instances; the service knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_ids: Option<Vec<String>>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ProjectReply {
    /// Consent to what the state announces.
    pub fn ack(state: &MaintenanceState) -> Self {
        Self::new(format!("ACK_{state}"))
    }

    /// Refusal of what the state announces, which fails the session.
    pub fn nack(state: &MaintenanceState) -> Self {
        Self::new(format!("NACK_{state}"))
    }

    fn new(state: String) -> Self {
        Self {
            state,
            instance_actions: BTreeMap::new(),
            instance_action: None,
            session_id: None,
            instance_ids: None,
            extra: Map::new(),
        }
    }

    /// Says what happens to an instance.
    pub fn instance(mut self, id: impl Into<String>, action: InstanceAction) -> Self {
        self.instance_actions.insert(id.into(), action);
        self
    }

    fn check(&self) -> Result<()> {
        let state = self.state.strip_prefix('N').unwrap_or(&self.state);
        match state.strip_prefix("ACK_") {
            Some(state) if !state.is_empty() => Ok(()),
            _ => Err(Error::invalid(format!(
                "\"{}\" is no reply: it is ACK_ or NACK_ and the state of the session",
                self.state
            ))),
        }
    }
}

/// A session and one of its projects.
#[derive(Clone, Debug)]
pub struct ProjectHandle {
    session: MaintenanceHandle,
    project: ProjectId,
}

impl ProjectHandle {
    pub(super) fn new(session: MaintenanceHandle, project: ProjectId) -> Self {
        Self { session, project }
    }

    /// The instances of the project that the session is about:
    /// `GET /maintenance/{session}/{project}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] for an unknown session. For a project that has no part in it the
    /// service has an unexplained failure.
    pub async fn get(&self) -> Result<ProjectInstances> {
        let request = to_fenix(Request::get(&self.path()));
        let read = self.session.client.json::<Option<_>>(request).await;
        let read = read.map_err(|error| match explained(error) {
            error if error.kind() == ErrorKind::NotFound => {
                self.session.missing().with_source(error)
            }
            error => self.without_part(error),
        })?;
        // An unknown session is null.
        read.ok_or_else(|| self.session.missing().with_status(200))
    }

    /// Answers the session: `PUT /maintenance/{session}/{project}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a reply that is neither consent nor refusal, before anything is
    /// sent; [`ErrorKind::NotFound`] for an unknown session. The service has an unexplained failure
    /// in its place, so it is asked for the session then.
    pub async fn reply(&self, reply: &ProjectReply) -> Result<()> {
        reply.check()?;
        let request = Request::put(&self.path()).json(json!(reply));
        let Err(error) = self.session.client.unit(to_fenix(request)).await else {
            return Ok(());
        };
        let error = explained(error);
        if error.status() == Some(500)
            && let Err(reason) = self.get().await
            && matches!(reason.kind(), ErrorKind::NotFound | ErrorKind::Server)
        {
            return Err(reason);
        }
        Err(match error.kind() {
            ErrorKind::NotFound => self.session.missing().with_source(error),
            _ => error,
        })
    }

    fn path(&self) -> [&str; 3] {
        [
            "maintenance",
            self.session.id.as_str(),
            self.project.as_str(),
        ]
    }

    /// The words for the unexplained failure.
    fn without_part(&self, error: Error) -> Error {
        if error.status() != Some(500) {
            return error;
        }
        let text = format!(
            "{error}; project {} may have no part in maintenance session {}",
            self.project, self.session.id
        );
        error.with_message(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_consent_or_refusal() {
        let state = MaintenanceState::ScaleIn;
        assert!(ProjectReply::ack(&state).check().is_ok());
        assert!(ProjectReply::nack(&state).check().is_ok());
        for wrong in ["", "ACK_", "SCALE_IN", "NNACK_SCALE_IN", "ack_SCALE_IN"] {
            let error = ProjectReply::new(wrong.to_owned()).check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{wrong}");
        }
    }

    #[test]
    fn what_is_not_said_is_not_sent() {
        let reply = ProjectReply::ack(&MaintenanceState::Maintenance);
        assert_eq!(json!(reply), json!({ "state": "ACK_MAINTENANCE" }));
    }
}
