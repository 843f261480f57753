//! Waiting until an environment reaches a state.

use std::time::Duration;

use super::{Environment, EnvironmentHandle, EnvironmentStatus};
use crate::{
    error::{Error, ErrorKind, Result},
    request::awaitable,
    wait::{self, Look, Patience, Watch},
};

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Goal {
    /// Status `ready`, so not `pending`, as an environment with an open session is; a failure ends the wait with
    /// an error.
    Ready,
    /// A failure status.
    Failed,
    /// Neither deploying nor deleting.
    Idle,
    /// The environment is gone; a failed deletion ends the wait with an error.
    Deleted,
}

type EnvironmentObserver = Box<dyn FnMut(&Environment) + Send>;

/// Request of [`EnvironmentHandle::wait`]. Gives the environment, or `None` when it is gone.
///
/// ```
/// # use murano_sdk::{Client, environments::Goal};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(std::time::Duration::ZERO).start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # use std::time::Duration;
/// # let shop = murano.environment(murano.environments().create("shop").await?.id);
/// shop.delete().await?;
/// let wait = shop.wait(Goal::Deleted).interval(Duration::from_millis(5));
/// let wait = wait.observe(|env| println!("{:?}", env.status));
/// assert_eq!(wait.timeout(Duration::from_secs(60)).await?, None);
/// # Ok(()) }
/// ```
#[must_use = "requests do nothing until awaited"]
pub struct WaitEnvironment {
    env: EnvironmentHandle,
    goal: Goal,
    patience: Patience,
    observer: EnvironmentObserver,
}

impl std::fmt::Debug for WaitEnvironment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WaitEnvironment")
            .field("goal", &self.goal)
            .finish_non_exhaustive()
    }
}

impl WaitEnvironment {
    pub(super) fn new(env: EnvironmentHandle, goal: Goal) -> Self {
        Self {
            env,
            goal,
            patience: Patience::default(),
            observer: Box::new(|_| {}),
        }
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

    /// Is shown the environment at each look.
    pub fn observe(mut self, observer: impl FnMut(&Environment) + Send + 'static) -> Self {
        self.observer = Box::new(observer);
        self
    }

    async fn send(mut self) -> Result<Option<Environment>> {
        let what = match self.goal {
            Goal::Ready => "the environment is not ready",
            Goal::Failed => "the environment has not failed",
            Goal::Idle => "the environment is still busy",
            Goal::Deleted => "the environment is not gone",
        };
        let patience = self.patience;
        wait::until(what, patience, &mut self).await
    }
}

impl Watch for WaitEnvironment {
    type Output = Option<Environment>;

    async fn look(&mut self) -> Result<Look<Self::Output>> {
        let env = match self.env.get().await {
            Err(error) if error.kind() == ErrorKind::NotFound && self.goal == Goal::Deleted => {
                return Ok(Look::Done(None));
            }
            other => other?,
        };
        (self.observer)(&env);
        judge(self.goal, env)
    }
}

fn judge(goal: Goal, env: Environment) -> Result<Look<Option<Environment>>> {
    let Some(status) = &env.status else {
        return Ok(Look::Continue);
    };
    let failed = |text: &str| {
        let text = format!("{text} environment \"{}\" failed ({status})", env.name);
        Err(Error::new(ErrorKind::DeploymentFailed, text))
    };
    match (goal, status) {
        (Goal::Ready, EnvironmentStatus::Ready) => Ok(Look::Done(Some(env))),
        (Goal::Ready, status) if status.is_failure() => failed("the last deployment of"),
        (Goal::Failed, status) if status.is_failure() => Ok(Look::Done(Some(env))),
        (Goal::Idle, status) if !status.is_busy() => Ok(Look::Done(Some(env))),
        (Goal::Deleted, EnvironmentStatus::DeleteFailure) => failed("deleting"),
        _ => Ok(Look::Continue),
    }
}

awaitable!(WaitEnvironment => Option<Environment>);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failed_status_ends_the_wait_for_ready() {
        let env = |status: &str| {
            let json = json!({ "id": "e", "name": "shop", "tenant_id": "p", "status": status });
            serde_json::from_value::<Environment>(json).unwrap()
        };
        let error = judge(Goal::Ready, env("deploy failure")).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::DeploymentFailed);
        assert!(matches!(
            judge(Goal::Idle, env("pending")),
            Ok(Look::Done(_))
        ));
        assert!(matches!(
            judge(Goal::Ready, env("deploying")),
            Ok(Look::Continue)
        ));
        assert!(matches!(
            judge(Goal::Ready, env("dancing")),
            Ok(Look::Continue)
        ));
    }
}
