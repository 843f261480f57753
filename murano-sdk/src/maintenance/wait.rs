//! Waiting until a maintenance session reaches a state.

use std::time::Duration;

use super::{MaintenanceHandle, MaintenanceSession, MaintenanceState};
use crate::{
    error::{Error, ErrorKind, Result},
    request::awaitable,
    wait::{self, Look, Patience, Watch},
};

type SessionObserver = Box<dyn FnMut(&MaintenanceSession) + Send>;

/// Request of [`MaintenanceHandle::wait`]. Gives the session in the state that was waited for.
///
/// A state that is over between two looks is not seen.
///
/// ```
/// # use murano_sdk::{Client, maintenance::{MaintenancePlan, MaintenanceState}};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::time::{Duration, SystemTime};
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let admin = Client::builder().auth_url(sandbox.auth_url()).password("admin", "secret").project("admin").build()?;
/// # let plan = MaintenancePlan::new(SystemTime::now() + Duration::from_secs(3600));
/// # let session = admin.maintenance().session(admin.maintenance().create(&plan).await?.session_id);
/// let wait = session.wait().until(MaintenanceState::Maintenance); // without it: until the end
/// let wait = wait.interval(Duration::from_secs(1)).timeout(Duration::from_secs(60));
/// let wait = wait.observe(|session| println!("{}", session.state));
/// assert_eq!(wait.await?.state, MaintenanceState::Maintenance);
/// # Ok(()) }
/// ```
#[must_use = "requests do nothing until awaited"]
pub struct WaitMaintenance {
    session: MaintenanceHandle,
    goal: MaintenanceState,
    patience: Patience,
    observer: SessionObserver,
}

impl std::fmt::Debug for WaitMaintenance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WaitMaintenance")
            .field("session", &self.session)
            .field("goal", &self.goal)
            .finish_non_exhaustive()
    }
}

impl WaitMaintenance {
    pub(super) fn new(session: MaintenanceHandle) -> Self {
        Self {
            session,
            goal: MaintenanceState::MaintenanceDone,
            patience: Patience::default(),
            observer: Box::new(|_| {}),
        }
    }

    /// Waits for this state in place of the end.
    pub fn until(mut self, state: MaintenanceState) -> Self {
        self.goal = state;
        self
    }

    /// Gives up after this time; 30 minutes by default.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.patience.timeout = limit;
        self
    }

    /// Looks at this pace; by default the pauses grow from 1 s to 15 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.patience.interval(interval);
        self
    }

    /// Is shown the session at each look.
    pub fn observe(mut self, observer: impl FnMut(&MaintenanceSession) + Send + 'static) -> Self {
        self.observer = Box::new(observer);
        self
    }

    async fn send(mut self) -> Result<MaintenanceSession> {
        let what = format!("the maintenance session did not reach {}", self.goal);
        let patience = self.patience;
        wait::until(&what, patience, &mut self).await
    }
}

impl Watch for WaitMaintenance {
    type Output = MaintenanceSession;

    async fn look(&mut self) -> Result<Look<MaintenanceSession>> {
        let session = self.session.get().await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                let text = format!(
                    "{error}: it is deleted, or the service was started anew and has forgotten it"
                );
                error.with_message(text)
            }
            _ => error,
        })?;
        (self.observer)(&session);
        judge(&self.goal, session)
    }
}

fn judge(goal: &MaintenanceState, session: MaintenanceSession) -> Result<Look<MaintenanceSession>> {
    let id = session.session_id.iter().map(|id| format!(" {id}"));
    let id: String = id.collect();
    match &session.state {
        state if state == goal => Ok(Look::Done(session)),
        MaintenanceState::MaintenanceFailed => Err(Error::new(
            ErrorKind::DeploymentFailed,
            format!("maintenance session{id} failed"),
        )),
        state if state.is_final() => Err(Error::new(
            ErrorKind::State,
            format!("maintenance session{id} ended, {goal} will not come"),
        )),
        _ => Ok(Look::Continue),
    }
}

awaitable!(WaitMaintenance => MaintenanceSession);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_a_session_ends_every_wait() {
        let judged = |goal: &str, state: &str| {
            let session = json!({ "session_id": "s", "state": state });
            judge(
                &goal.into(),
                serde_json::from_str(&session.to_string()).unwrap(),
            )
        };
        assert!(matches!(
            judged("MAINTENANCE_DONE", "SCALE_IN"),
            Ok(Look::Continue)
        ));
        assert!(matches!(judged("COFFEE", "COFFEE"), Ok(Look::Done(_))));
        assert!(matches!(
            judged("MAINTENANCE_FAILED", "MAINTENANCE_FAILED"),
            Ok(Look::Done(_))
        ));
        let failed = judged("SCALE_IN", "MAINTENANCE_FAILED").err().unwrap();
        assert_eq!(failed.kind(), ErrorKind::DeploymentFailed);
        let over = judged("SCALE_IN", "MAINTENANCE_DONE").err().unwrap();
        assert_eq!(over.kind(), ErrorKind::State);
        assert_eq!(
            over.to_string(),
            "maintenance session s ended, SCALE_IN will not come"
        );
    }
}
