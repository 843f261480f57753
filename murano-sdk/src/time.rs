//! Points in time as the server writes them.

use std::{fmt, time::SystemTime};

use serde::{Deserialize, Serialize};

/// A point in time, kept in the server's own spelling (`2026-01-02T03:04:05`, UTC without a zone).
///
/// Every form that Murano, Keystone and their documents use is understood: with and without zone,
/// with `T` or a blank, with and without a fraction. A text that is none of them is kept all the same.
///
/// ```
/// use murano_sdk::Timestamp;
///
/// let finished = Timestamp::from("2026-01-02T03:04:05");
/// assert_eq!(finished.unix_seconds(), Timestamp::from("2026-01-02T03:04:05Z").unix_seconds());
/// assert_eq!(finished.to_string(), "2026-01-02T03:04:05");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text as the server wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Seconds since 1970-01-01 UTC; `None` where the text is no time.
    pub fn unix_seconds(&self) -> Option<i64> {
        self.instant().map(jiff::Timestamp::as_second)
    }

    /// The same as the standard library's type; `None` where the text is no time.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// let time = murano_sdk::Timestamp::from("1970-01-02T00:00:00");
    /// assert_eq!(time.to_system_time(), Some(UNIX_EPOCH + Duration::from_secs(86_400)));
    /// assert_eq!(time.as_str(), "1970-01-02T00:00:00");
    /// ```
    pub fn to_system_time(&self) -> Option<SystemTime> {
        self.instant().map(SystemTime::from)
    }

    /// In UTC to the second, with a blank and without a zone; `None` where the text is no time.
    pub(crate) fn utc_text(&self) -> Option<String> {
        let instant = self.instant()?;
        Some(instant.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }

    /// The value of a `Date` header.
    pub(crate) fn from_http_date(text: &str) -> Option<Self> {
        let time = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(Self(time.timestamp().to_string()))
    }

    fn instant(&self) -> Option<jiff::Timestamp> {
        let text = self.0.trim();
        let zoned = text.parse::<jiff::Timestamp>().ok();
        zoned.or_else(|| {
            let civil = text.parse::<jiff::civil::DateTime>().ok()?;
            civil
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()
                .map(|time| time.timestamp())
        })
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// To the nanosecond, in UTC. A time that no calendar of four digits has is not understood later.
///
/// ```
/// use murano_sdk::Timestamp;
/// let epoch = Timestamp::from(std::time::UNIX_EPOCH);
/// assert_eq!(epoch.as_str(), "1970-01-01T00:00:00Z");
/// ```
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match jiff::Timestamp::try_from(time) {
            Ok(time) => Self(time.to_string()),
            Err(_) => Self("a time beyond the calendar".to_owned()),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_services_is_read() {
        for text in [
            "2026-01-02T03:04:05",
            "2026-01-02 03:04:05",
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05.000000Z",
            "2026-01-02 03:04:05.000000",
            "2026-01-02T04:04:05+01:00",
        ] {
            assert_eq!(
                Timestamp::from(text).unix_seconds(),
                Some(1_767_323_045),
                "{text}"
            );
        }
        assert_eq!(Timestamp::from("yesterday").unix_seconds(), None);
        for far in ["9999-12-30T00:00:00Z", "1900-01-01T00:00:00Z"] {
            assert!(Timestamp::from(far).to_system_time().is_some(), "{far}");
        }
    }
}
