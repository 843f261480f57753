//! Watching the environments of a project as they change.

use std::{error::Error as _, time::Duration};

use super::{Environment, Environments};
use crate::{
    error::{ErrorKind, Result},
    id::EnvironmentId,
    request::awaitable,
    wait::{self, Look, Patience, Watch},
};

/// Pause between two looks.
const INTERVAL: Duration = Duration::from_secs(2);

/// What one look at the environments has found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Changes<'a> {
    /// All that are watched, as they are now.
    pub all: &'a [Environment],
    /// Those that are new or not as they were at the last look; at the first look, all.
    pub changed: Vec<&'a Environment>,
    /// Those that are gone since the last look, as they were then.
    pub gone: Vec<Environment>,
}

type Observer = Box<dyn FnMut(Changes<'_>) + Send>;

/// Request of [`Environments::watch`]. Ends when the one environment that is watched is gone; a
/// watch of all does not end. A service that does not answer for a while is waited for, unless it
/// has never answered.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(std::time::Duration::ZERO).start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # use std::{error::Error as _, time::Duration};
/// let shop = murano.environments().create("shop").await?;
/// murano.environment(&shop.id).delete().await?;
/// let watch = murano.environments().watch().only(&shop.id).interval(Duration::from_millis(5));
/// let watch = watch.observe(|look| {
///     for env in look.changed {
///         println!("{} is {:?}", env.name, env.status);
///     }
/// });
/// watch.lasting(Duration::from_secs(60)).await?;
/// # Ok(()) }
/// ```
#[must_use = "requests do nothing until awaited"]
pub struct WatchEnvironments {
    environments: Environments,
    only: Option<EnvironmentId>,
    last: Vec<Environment>,
    has_answered: bool,
    patience: Patience,
    observer: Observer,
}

impl std::fmt::Debug for WatchEnvironments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WatchEnvironments")
            .field("only", &self.only)
            .finish_non_exhaustive()
    }
}

impl WatchEnvironments {
    pub(super) fn new(environments: Environments) -> Self {
        let mut patience = Patience {
            timeout: Duration::MAX,
            ..Patience::default()
        };
        patience.interval(INTERVAL);
        Self {
            environments,
            only: None,
            last: Vec::new(),
            has_answered: false,
            patience,
            observer: Box::new(|_| {}),
        }
    }

    /// Watches one environment, until it is gone.
    pub fn only(mut self, id: impl Into<EnvironmentId>) -> Self {
        self.only = Some(id.into());
        self
    }

    /// Looks at this pace; every 2 s by default.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.patience.interval(interval);
        self
    }

    /// Ends after this time; by default it goes on for ever.
    pub fn lasting(mut self, time: Duration) -> Self {
        self.patience.timeout = time;
        self
    }

    /// Is shown what each look has found.
    pub fn observe(mut self, observer: impl FnMut(Changes<'_>) + Send + 'static) -> Self {
        self.observer = Box::new(observer);
        self
    }

    async fn send(mut self) -> Result<()> {
        let patience = self.patience;
        match wait::until("the watch was not answered", patience, &mut self).await {
            // The time is up, and the last look was a good one.
            Err(error) if error.kind() == ErrorKind::Timeout && error.source().is_none() => Ok(()),
            Err(error) => Err(error),
            Ok(ended) => ended,
        }
    }
}

impl Watch for WatchEnvironments {
    type Output = Result<()>;

    async fn look(&mut self) -> Result<Look<Result<()>>> {
        let mut now = match self.environments.list().await {
            // Nobody is to wait for ever for a wrong address.
            Err(error) if !self.has_answered => return Ok(Look::Done(Err(error))),
            answer => answer?,
        };
        self.has_answered = true;
        if let Some(only) = &self.only {
            now.retain(|env| env.id == *only);
        }
        let is_gone = self.only.is_some() && now.is_empty();
        let last = std::mem::take(&mut self.last);
        (self.observer)(compare(&now, last));
        self.last = now;
        Ok(if is_gone {
            Look::Done(Ok(()))
        } else {
            Look::Continue
        })
    }
}

fn compare(now: &[Environment], last: Vec<Environment>) -> Changes<'_> {
    let changed = now.iter().filter(|env| !last.contains(env)).collect();
    let is_gone = |env: &Environment| now.iter().all(|other| other.id != env.id);
    Changes {
        all: now,
        changed,
        gone: last.into_iter().filter(is_gone).collect(),
    }
}

awaitable!(WatchEnvironments => ());

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_look_tells_new_changed_and_gone_apart() {
        let env = |id: &str, status: &str| -> Environment {
            let json = json!({ "id": id, "name": id, "tenant_id": "p", "status": status });
            serde_json::from_value(json).unwrap()
        };
        let last = vec![env("a", "ready"), env("b", "ready"), env("c", "ready")];
        let now = [env("a", "ready"), env("b", "deploying"), env("d", "ready")];
        let changes = compare(&now, last);
        let ids = |envs: Vec<&Environment>| -> Vec<String> {
            envs.iter().map(|env| env.id.to_string()).collect()
        };
        assert_eq!(ids(changes.changed), ["b", "d"]);
        assert_eq!(ids(changes.gone.iter().collect()), ["c"]);
        assert_eq!(compare(&now, Vec::new()).changed.len(), 3);
    }
}
