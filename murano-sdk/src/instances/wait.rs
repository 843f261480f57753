//! Waiting until an instance reaches a state.

use std::time::Duration;

use super::{Era, Instance, InstanceHandle, InstanceStates, InstanceStatus};
use crate::{
    error::{Error, ErrorKind, Result},
    request::awaitable,
    wait::{self, Look, Patience, Watch},
};

/// What to wait for. A failure of the instance ends each wait with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Goal {
    /// It is made or rebuilt, and runs.
    Active,
    /// It is switched on.
    On,
    /// It is switched off.
    Off,
    /// Nothing is going on.
    Idle,
    /// It is gone.
    Deleted,
}

type InstanceObserver = Box<dyn FnMut(&Instance) + Send>;

/// Request of [`InstanceHandle::wait`]. Gives the instance, or `None` when it is gone.
#[must_use = "requests do nothing until awaited"]
pub struct WaitInstance {
    instance: InstanceHandle,
    goal: Goal,
    patience: Patience,
    observer: InstanceObserver,
    /// Whether its deletion was seen to go on.
    deleting: bool,
}

impl std::fmt::Debug for WaitInstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WaitInstance")
            .field("goal", &self.goal)
            .finish_non_exhaustive()
    }
}

impl WaitInstance {
    pub(super) fn new(instance: InstanceHandle, goal: Goal) -> Self {
        Self {
            instance,
            goal,
            patience: Patience::default(),
            observer: Box::new(|_| {}),
            deleting: false,
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

    /// Is shown the instance at each look.
    pub fn observe(mut self, observer: impl FnMut(&Instance) + Send + 'static) -> Self {
        self.observer = Box::new(observer);
        self
    }

    async fn send(mut self) -> Result<Option<Instance>> {
        let what = match self.goal {
            Goal::Active => "the instance is not active",
            Goal::On => "the instance is not on",
            Goal::Off => "the instance is not off",
            Goal::Idle => "the instance is still busy",
            Goal::Deleted => "the instance is not gone",
        };
        let patience = self.patience;
        wait::until(what, patience, &mut self).await
    }
}

/// The states of the power where the goal is one of them and Nimble keeps them apart from the status.
async fn power(
    instance: &InstanceHandle,
    goal: Goal,
    status: &InstanceStatus,
) -> Result<Option<InstanceStates>> {
    let is_about_power = matches!(goal, Goal::On | Goal::Off | Goal::Idle);
    // It has no power before it is made.
    let is_made = *status == InstanceStatus::Active;
    if is_about_power && is_made && instance.era().await? == Era::Nimble {
        return instance.states().await.map(Some);
    }
    Ok(None)
}

impl Watch for WaitInstance {
    type Output = Option<Instance>;

    async fn look(&mut self) -> Result<Look<Self::Output>> {
        let instance = match self.instance.get().await {
            Err(error) if error.kind() == ErrorKind::NotFound && self.goal == Goal::Deleted => {
                return Ok(Look::Done(None));
            }
            other => other?,
        };
        (self.observer)(&instance);
        let reached = match (&instance.status, self.goal) {
            (Some(InstanceStatus::Deleted), Goal::Deleted) => return Ok(Look::Done(None)),
            // One that had failed before stays so for a moment.
            (Some(InstanceStatus::Error), Goal::Deleted) if !self.deleting => false,
            (Some(InstanceStatus::Error), _) => return Err(failed(&instance)),
            (None, _) => false,
            (Some(status), goal) => match power(&self.instance, goal, status).await? {
                Some(states) => is_reached_by_power(goal, &states),
                None => is_reached(goal, status),
            },
        };
        self.deleting |= instance.status == Some(InstanceStatus::Deleting);
        Ok(if reached {
            Look::Done(Some(instance))
        } else {
            Look::Continue
        })
    }
}

fn is_reached(goal: Goal, status: &InstanceStatus) -> bool {
    match goal {
        Goal::Active | Goal::On => *status == InstanceStatus::Active,
        Goal::Off => *status == InstanceStatus::Stopped,
        Goal::Idle => status.is_stable(),
        Goal::Deleted => false,
    }
}

fn is_reached_by_power(goal: Goal, states: &InstanceStates) -> bool {
    let power = states.power_state.as_ref();
    states.target_power_state.is_none()
        && match goal {
            Goal::On => power.is_some_and(super::PowerState::is_on),
            Goal::Off => power.is_some_and(super::PowerState::is_off),
            _ => true,
        }
}

fn failed(instance: &Instance) -> Error {
    let why = instance.fault.as_ref().map(|fault| {
        let detail = fault.detail.as_deref().filter(|text| !text.is_empty());
        crate::fault::one_line(detail.unwrap_or(&fault.message))
    });
    let why = why.unwrap_or_else(|| "the service does not tell why".to_owned());
    let text = format!("instance \"{}\" failed: {why}", instance.name);
    Error::new(ErrorKind::DeploymentFailed, text)
}

awaitable!(WaitInstance => Option<Instance>);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn power_counts_when_nothing_is_on_its_way() {
        let states = |power: &str, target: Option<&str>| {
            let json = json!({ "power_state": power, "target_power_state": target });
            serde_json::from_value::<InstanceStates>(json).unwrap()
        };
        assert!(is_reached_by_power(Goal::Off, &states("power off", None)));
        let going = states("power on", Some("power off"));
        assert!(!is_reached_by_power(Goal::On, &going));
        assert!(!is_reached_by_power(Goal::Idle, &going));
        assert!(is_reached_by_power(Goal::Idle, &states("power on", None)));
    }

    #[test]
    fn a_failed_instance_tells_why_on_one_line() {
        let json = json!({ "uuid": "u", "name": "db", "status": "error",
            "fault": { "code": 500, "message": "NoValidNode", "detail": "No node\n is free." } });
        let error = failed(&serde_json::from_value(json).unwrap());
        assert_eq!(
            error.to_string(),
            "instance \"db\" failed: No node is free."
        );
        let json = json!({ "uuid": "u", "name": "db", "status": "error" });
        let error = failed(&serde_json::from_value(json).unwrap());
        assert!(error.to_string().ends_with("does not tell why"), "{error}");
    }
}
