//! Calls that make something, and whose answer may get lost: what the server has is looked at before any of them is
//! sent again.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    client::Client,
    error::{Error, ErrorKind, Result},
    request::{Body, Request},
    time::Timestamp,
    transport::{self, ATTEMPTS, LONGEST_DELAY},
};

/// Servers note whole seconds, when something was made as well as when they answer.
const SLACK_SECONDS: i64 = 2;

/// A call of which nobody knows whether it took effect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lost {
    begun: Instant,
}

impl Lost {
    /// What the call has made, out of a list that the server gives: the entry with these members, if it is new.
    pub(crate) async fn find<T: DeserializeOwned>(
        self,
        client: &Client,
        list: Request,
        wanted: &[(&str, &str)],
    ) -> Result<Option<T>> {
        let (answer, now): (Value, _) = client.dated(list).await?;
        let members = answer.as_object().into_iter().flat_map(Map::values);
        let mut entries = members.filter_map(Value::as_array).flatten();
        let is_it = |entry: &&Value| {
            let created = entry["created"].as_str().map(Timestamp::from);
            wanted
                .iter()
                .all(|(member, value)| entry[*member] == *value)
                && self.made(created.as_ref(), now.as_ref())
        };
        let entry = entries.find(is_it).cloned();
        // An entry that cannot be read is as good as none: the caller gets the error of the call.
        Ok(entry.and_then(|entry| serde_json::from_value(entry).ok()))
    }

    /// Whether something was made since the call began. Both times are the server's, so it does not matter how
    /// wrong a clock is.
    fn made(self, created: Option<&Timestamp>, now: Option<&Timestamp>) -> bool {
        let seconds = |time: Option<&Timestamp>| time.and_then(Timestamp::unix_seconds);
        let (Some(created), Some(now)) = (seconds(created), seconds(now)) else {
            return false;
        };
        let passed = i64::try_from(self.begun.elapsed().as_secs()).unwrap_or(i64::MAX);
        now - created <= passed.saturating_add(SLACK_SECONDS)
    }
}

/// Sends a call until its outcome is known. `look` says what the lost one has made, where it has made anything.
///
/// # Errors
///
/// Those of `send`. An outcome that stays unknown is the error of the last attempt.
pub(crate) async fn known<T, S, L>(send: impl Fn() -> S, look: impl Fn(Lost) -> L) -> Result<T>
where
    S: Future<Output = Result<T>>,
    L: Future<Output = Result<Option<T>>>,
{
    let lost = Lost {
        begun: Instant::now(),
    };
    let mut attempt = 1;
    loop {
        let error = match send().await {
            Err(error) if error.is_outcome_unknown() => error,
            // The one before has arrived after all.
            Err(error) if attempt > 1 && error.kind() == ErrorKind::Conflict => {
                return look(lost).await.ok().flatten().ok_or(error);
            }
            outcome => return outcome,
        };
        match look(lost).await {
            Ok(Some(made)) => return Ok(made),
            Ok(None) if attempt < ATTEMPTS => {}
            _ => return Err(error.with_attempts(attempt)),
        }
        let Some(delay) = delay(&error, attempt) else {
            return Err(error.with_attempts(attempt));
        };
        tracing::debug!(target: "murano_sdk::retry", attempt, ?delay, "nothing was made: trying again");
        transport::pause(delay).await;
        attempt += 1;
    }
}

/// Sends what makes an entry of a list, in which the name that it gives is its own.
pub(crate) async fn named<T: DeserializeOwned>(
    client: &Client,
    create: Request,
    list: Request,
) -> Result<T> {
    let name = match &create.body {
        Body::Json(body) => body["name"].as_str(),
        _ => None,
    };
    let wanted = [("name", name.unwrap_or_default())];
    let send = || client.json(create.clone());
    known(send, |lost| lost.find(client, list.clone(), &wanted)).await
}

fn delay(error: &Error, attempt: u32) -> Option<Duration> {
    let delay = error.retry_after().unwrap_or(transport::backoff(attempt));
    (delay <= LONGEST_DELAY).then_some(delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_was_made() {
        let lost = Lost {
            begun: Instant::now(),
        };
        let at = |text| Some(Timestamp::from(text));
        let made = |created: Option<Timestamp>, now: Option<Timestamp>| {
            lost.made(created.as_ref(), now.as_ref())
        };
        let now = at("2026-01-02T03:04:05");
        assert!(made(at("2026-01-02T03:04:04"), now.clone()));
        assert!(!made(at("2026-01-02T03:04:00"), now.clone()));
        assert!(!made(None, now));
        assert!(!made(at("2026-01-02T03:04:05"), None));
    }
}
