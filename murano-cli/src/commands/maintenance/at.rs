//! Points in time as people write them, with their zone.

use std::time::SystemTime;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::follow;

/// Reads a time: `2030-01-31T22:00:00+02:00`, `2030-01-31 22:00 Europe/Helsinki`, or `+90m` from now.
/// Gives it in UTC.
pub(super) fn parse(text: &str) -> Result<SystemTime, String> {
    let text = text.trim();
    if let Some(from_now) = text.strip_prefix('+') {
        let from_now = follow::duration(from_now)?;
        let at = SystemTime::now().checked_add(from_now);
        return at.ok_or_else(|| "it is too far away".to_owned());
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant.into());
    }
    if text.parse::<DateTime>().is_ok() {
        return Err(format!(
            "it has no time zone: write `{text} UTC`, or another zone or offset in its place"
        ));
    }
    let (local, zone) = text.rsplit_once(' ').ok_or_else(usage)?;
    let local: DateTime = local.trim_end().parse().map_err(|_| usage())?;
    let ambiguous = zone_of(zone)?.to_ambiguous_zoned(local);
    let is_ambiguous = ambiguous.is_ambiguous();
    match ambiguous.unambiguous() {
        Ok(zoned) => Ok(zoned.timestamp().into()),
        Err(_) if is_ambiguous => Err(format!(
            "clocks are changed in {zone} then, so it is twice or never: write the offset, such as +02:00"
        )),
        Err(error) => Err(error.to_string()),
    }
}

fn usage() -> String {
    "write a date, a time and a zone, such as 2030-01-31T22:00:00Z or `2030-01-31 22:00 Europe/Helsinki`, or +90m"
        .to_owned()
}

/// A zone by its name or its offset.
fn zone_of(zone: &str) -> Result<TimeZone, String> {
    if zone.starts_with(['+', '-']) {
        let offset = jiff::fmt::strtime::parse("%:z", zone)
            .or_else(|_| jiff::fmt::strtime::parse("%z", zone));
        let offset = offset.ok().and_then(|parsed| parsed.offset());
        let offset = offset.ok_or_else(|| format!("`{zone}` is no offset such as +02:00"))?;
        return Ok(offset.to_time_zone());
    }
    match zone {
        "Z" | "UTC" | "GMT" => Ok(TimeZone::UTC),
        name => TimeZone::get(name).map_err(|_| {
            format!(
                "there is no time zone `{name}` on this computer: write an offset, such as +02:00"
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Result<String, String> {
        let at = Timestamp::try_from(parse(text)?).unwrap();
        Ok(at.to_string())
    }

    #[test]
    fn zones_are_converted() {
        for text in [
            "2030-01-31T22:00:00Z",
            "2030-02-01T00:00:00+02:00",
            "2030-02-01 00:00:00+02:00",
            "2030-01-31 22:00 UTC",
            "2030-01-31 22:00:00 Z",
            "2030-02-01 00:00 +02:00",
            "2030-01-31T17:00 -0500",
        ] {
            assert_eq!(utc(text).as_deref(), Ok("2030-01-31T22:00:00Z"), "{text}");
        }
        // Where the computer knows it: summer and winter differ.
        if TimeZone::get("Europe/Helsinki").is_ok() {
            let text = "2030-02-01 00:00 Europe/Helsinki";
            assert_eq!(utc(text).as_deref(), Ok("2030-01-31T22:00:00Z"));
            let text = "2030-07-01T01:00:00 Europe/Helsinki";
            assert_eq!(utc(text).as_deref(), Ok("2030-06-30T22:00:00Z"));
            let told = utc("2030-03-31 03:30 Europe/Helsinki").unwrap_err();
            assert!(told.contains("twice or never"), "{told}");
        }
    }

    #[test]
    fn times_from_now_are_later() {
        let now = SystemTime::now();
        let at = parse("+90m").unwrap();
        assert!(at.duration_since(now).unwrap().as_secs() >= 5400);
    }

    #[test]
    fn what_is_missing_is_told() {
        for (text, told) in [
            ("2030-01-31 22:00", "has no time zone"),
            ("2030-01-31", "has no time zone"),
            (
                "2030-01-31 22:00 Atlantis/City",
                "no time zone `Atlantis/City`",
            ),
            ("2030-01-31 22:00 +2h", "is no offset"),
            ("tomorrow", "write a date"),
            ("at noon", "write a date"),
            ("+soon", "write a number"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
