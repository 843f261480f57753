//! The one source of time of a sandbox.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// Where a sandbox reads the time.
///
/// States of deployments are computed from stored times, so a test that moves a manual clock sees the engine
/// finish at once and never has to wait.
///
/// ```
/// use std::time::Duration;
/// use murano_sandbox::Clock;
///
/// let clock = Clock::manual(std::time::UNIX_EPOCH + Duration::from_secs(1_767_323_045));
/// clock.advance(Duration::from_secs(2));
/// assert_eq!(clock.text(), "2026-01-02T03:04:07");
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Manual(Arc<Mutex<i64>>),
}

impl Clock {
    /// The clock of the computer.
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands at `start` until [`advance`](Self::advance) moves it. Clones share one time.
    pub fn manual(start: SystemTime) -> Self {
        Self(Kind::Manual(Arc::new(Mutex::new(micros(start)))))
    }

    /// Moves a manual clock forward; the system clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Kind::Manual(at) = &self.0 {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = at.saturating_add(length(by));
        }
    }

    /// The time as the service writes it: UTC without a zone, such as `2026-01-02T03:04:05`.
    pub fn text(&self) -> String {
        seconds_text(self.now())
    }

    /// Microseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        match &self.0 {
            Kind::System => micros(SystemTime::now()),
            Kind::Manual(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// A duration in microseconds, capped far beyond any use.
pub(crate) fn length(of: Duration) -> i64 {
    i64::try_from(of.as_micros()).unwrap_or(i64::MAX / 4)
}

/// Seconds in microseconds; nothing when they are negative or make no sense.
pub(crate) fn seconds(of: f64) -> i64 {
    length(Duration::try_from_secs_f64(of).unwrap_or_default())
}

fn micros(at: SystemTime) -> i64 {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => length(since),
        Err(before) => -length(before.duration()),
    }
}

fn format(at: i64, pattern: &str) -> String {
    let moment = Timestamp::from_microsecond(at).unwrap_or_default();
    moment.strftime(pattern).to_string()
}

/// `2026-01-02T03:04:05`, the form of nearly every time in Murano.
pub(crate) fn seconds_text(at: i64) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S")
}

/// `2026-01-02 03:04:05.000006`, the form inside object models.
pub(crate) fn model_text(at: i64) -> String {
    format(at, "%Y-%m-%d %H:%M:%S.%6f")
}

/// `2026-01-02T03:04:05.000000Z`, the form of tokens.
pub(crate) fn token_text(at: i64) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S.%6fZ")
}

/// Reads any form a client may send; a time without a zone is UTC.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_microsecond());
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    civil
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_three_forms_of_the_services() {
        let at = 1_767_323_045_000_006;
        assert_eq!(seconds_text(at), "2026-01-02T03:04:05");
        assert_eq!(model_text(at), "2026-01-02 03:04:05.000006");
        assert_eq!(token_text(at), "2026-01-02T03:04:05.000006Z");
        assert_eq!(parse("2026-01-02T03:04:05.000006Z"), Some(at));
        assert_eq!(parse("2026-01-02T03:04:05"), Some(1_767_323_045_000_000));
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(60));
        let shared = clock.clone();
        assert_eq!(clock.now(), 60_000_000);
        shared.advance(Duration::from_millis(1500));
        assert_eq!(clock.now(), 61_500_000);
    }
}
