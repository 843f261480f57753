//! Waiting for something to end: polls with growing pauses and always a deadline.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use crate::error::{Error, ErrorKind, Result};

/// First pause between two polls; each further one is half as long again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause between two polls.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How long is waited when nothing else is said.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// How long the last look may go on beyond the deadline, so that even no time is enough for one.
const GRACE: Duration = Duration::from_secs(10);

/// How to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) timeout: Duration,
    pub(crate) first_pause: Duration,
    pub(crate) longest_pause: Duration,
    pub(crate) grace: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            timeout: DEADLINE,
            first_pause: FIRST_PAUSE,
            longest_pause: LONGEST_PAUSE,
            grace: GRACE,
        }
    }
}

impl Patience {
    /// Polls at this pace from the first time on.
    pub(crate) fn interval(&mut self, interval: Duration) {
        self.first_pause = interval;
        self.longest_pause = interval;
    }
}

/// What one look at the thing says.
pub(crate) enum Look<T> {
    Continue,
    Done(T),
}

/// Something that is looked at until it is done.
pub(crate) trait Watch: Send {
    type Output: Send;

    fn look(&mut self) -> impl Future<Output = Result<Look<Self::Output>>> + Send;
}

/// Looks until the thing is done, fails for good, or the time is up.
///
/// A service that does not answer for a while is not the end of what is waited for: passing faults
/// are tolerated up to the deadline. One that says nothing at all does not hold up the end.
pub(crate) async fn until<W: Watch>(
    what: &str,
    patience: Patience,
    watch: &mut W,
) -> Result<W::Output> {
    let started = Instant::now();
    let mut pause = patience.first_pause;
    loop {
        let left = patience.timeout.saturating_sub(started.elapsed());
        let look = tokio::time::timeout(left.max(patience.grace), watch.look());
        let trouble = match look.await.unwrap_or_else(|_| Err(silent())) {
            Ok(Look::Done(value)) => return Ok(value),
            Ok(Look::Continue) => None,
            // Besides, an environment that is just going away is a 500 for a moment.
            Err(error) if error.is_retryable() || error.kind() == ErrorKind::Server => Some(error),
            Err(error) => return Err(error),
        };
        let left = patience.timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(late(what, patience.timeout, trouble));
        }
        sleep(pause.min(left)).await;
        pause = (pause.saturating_mul(3) / 2).min(patience.longest_pause);
    }
}

fn silent() -> Error {
    Error::new(ErrorKind::Timeout, "the server does not answer")
}

fn late(what: &str, limit: Duration, trouble: Option<Error>) -> Error {
    let seconds = limit.as_secs_f64();
    let mut text = format!("{what} within {seconds} s");
    if let Some(trouble) = &trouble {
        text = format!("{text}; at the end {trouble}");
    }
    let error = Error::new(ErrorKind::Timeout, text);
    match trouble {
        Some(trouble) => error.with_source(trouble),
        None => error,
    }
}

/// Lets `after` pass.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the SDK waits"
)]
fn sleep(after: Duration) -> impl Future<Output = ()> {
    tokio::time::sleep(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quick() -> Patience {
        let mut patience = Patience {
            timeout: Duration::from_millis(20),
            grace: Duration::from_millis(20),
            ..Patience::default()
        };
        patience.interval(Duration::from_millis(1));
        patience
    }

    /// Plays back one outcome per look; the last one again and again.
    struct Script(Vec<fn() -> Result<Look<&'static str>>>);

    impl Watch for Script {
        type Output = &'static str;

        async fn look(&mut self) -> Result<Look<&'static str>> {
            if self.0.len() > 1 {
                self.0.remove(0)()
            } else {
                self.0[0]()
            }
        }
    }

    #[tokio::test]
    async fn passing_faults_are_tolerated_until_the_deadline() {
        let gone = || Err(Error::new(ErrorKind::Transport, "nobody is there"));
        let mut script = Script(vec![gone, || Ok(Look::Continue), || Ok(Look::Done("end"))]);
        assert_eq!(
            until("it did not end", quick(), &mut script).await.unwrap(),
            "end"
        );
        let error = until("it did not end", quick(), &mut Script(vec![gone]))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(
            error.to_string().ends_with("at the end nobody is there"),
            "{error}"
        );
    }

    /// Never answers.
    struct Silence;

    impl Watch for Silence {
        type Output = ();

        async fn look(&mut self) -> Result<Look<()>> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn the_deadline_holds_while_the_server_is_silent() {
        let mut silence = Silence;
        let wait = until("it did not end", quick(), &mut silence);
        let ended = tokio::time::timeout(Duration::from_secs(5), wait).await;
        let error = ended.expect("an end").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
    }

    #[tokio::test]
    async fn endless_pauses_are_cut_at_the_deadline() {
        let mut patience = quick();
        patience.interval(Duration::MAX);
        let mut script = Script(vec![|| Ok(Look::Continue)]);
        let error = until("x", patience, &mut script).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
    }

    #[tokio::test]
    async fn lasting_faults_end_the_wait() {
        let mut script = Script(vec![|| Err(Error::not_found("gone"))]);
        let error = until("x", quick(), &mut script).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
