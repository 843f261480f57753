//! What becomes of instances as time goes by.

use serde_json::{Value, json};

use super::MoganEra;
use super::errors::{self, Result};
use crate::json::Fields as _;
use crate::state::{Store, Table};

/// Ends what is due.
pub(super) fn settle(db: &mut Store) {
    let now = db.now();
    let is_due = |row: &&Value| row["ends"].as_i64().is_some_and(|ends| ends <= now);
    let due: Vec<String> = db
        .rows(Table::Instances)
        .filter(is_due)
        .map(|row| row.text("id").to_owned())
        .collect();
    for id in due {
        if db.get(Table::Instances, &id).map(|row| row.text("status")) == Some("deleting") {
            db.remove(Table::Instances, &id);
        } else {
            db.update(Table::Instances, &id, finish);
        }
    }
}

/// What the end of the work on an instance makes of it.
fn finish(row: &mut Value) {
    let ends = row["ends"].clone();
    let is_first = row["launched"].is_null();
    let (status, power) = match row.text("status") {
        "building" if row["properties"].text("sandbox") == "fail" => ("error", None),
        "powering-off" | "soft-powering-off" => ("stopped", Some("power off")),
        _ => ("active", Some("power on")),
    };
    if status == "error" {
        let fault = json!({ "code": 500, "message": "NoValidNode",
            "detail": "No valid node was found." });
        row.set("fault", fault);
    } else if is_first {
        row.set("launched", ends.clone());
    }
    row.set("status", status);
    row.set("power", power.map_or(Value::Null, Value::from));
    row.set("updated", ends);
    row.set("ends", Value::Null);
}

/// Something that an instance can be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    On,
    Off,
    Reboot,
    SoftOff,
    SoftReboot,
    Rebuild,
}

impl Event {
    /// The event of a target of the power.
    pub(super) fn of_power(target: &str, era: MoganEra) -> Option<Self> {
        let soft = era >= MoganEra::Instances;
        Some(match target {
            "on" => Self::On,
            "off" => Self::Off,
            "reboot" => Self::Reboot,
            "soft_off" if soft => Self::SoftOff,
            "soft_reboot" if soft => Self::SoftReboot,
            _ => return None,
        })
    }

    /// The word of the service's state machine, and the status while it goes on.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::On => ("start", "powering-on"),
            Self::Off => ("stop", "powering-off"),
            Self::Reboot => ("reboot", "rebooting"),
            Self::SoftOff => ("soft_stop", "soft-powering-off"),
            Self::SoftReboot => ("soft_reboot", "soft-rebooting"),
            Self::Rebuild => ("rebuild", "rebuilding"),
        }
    }

    fn is_possible(self, status: &str, era: MoganEra) -> bool {
        match (status, self) {
            ("active", Self::On) | ("stopped", Self::Off | Self::Reboot) => era == MoganEra::Nimble,
            ("active", _) | ("stopped", Self::On | Self::Rebuild) => true,
            _ => false,
        }
    }
}

/// Begins what an instance is asked to do.
pub(super) fn begin(
    db: &mut Store,
    row: &Value,
    (event, era): (Event, MoganEra),
    work_time: i64,
) -> Result<()> {
    let status = row.text("status");
    let (word, passing) = event.words();
    if !event.is_possible(status, era) {
        return Err(match (era, status) {
            // It asks for the machine, and there is none.
            (MoganEra::Nimble, "building" | "error") => {
                errors::server(format!("u'\\'{}\\'\\n", row.text("id")))
            }
            (MoganEra::Nimble, _) => errors::server(format!(
                "Remote error: Conflict Node {} is locked by host sandbox, please retry after the \
                 current operation is completed. (HTTP 409)\n[u'",
                row.text("id")
            )),
            _ => errors::client(
                400,
                format!(
                    "Can not transition from state '{status}' on event '{word}' (no defined \
                     transition)"
                ),
            ),
        });
    }
    let ends = db.now() + work_time;
    db.update(Table::Instances, row.text("id"), |row| {
        row.set("status", passing);
        row.set("ends", ends);
    });
    Ok(())
}
