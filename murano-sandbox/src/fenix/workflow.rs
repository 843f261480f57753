//! The default workflow, played by the clock: states are computed from stored times whenever a call comes.

use serde_json::{Map, Value, json};

use crate::clock::seconds;
use crate::identity::SERVICE_PROJECT;
use crate::json::Fields as _;
use crate::server::Settings;
use crate::state::{Store, Table};

const SESSIONS: Table = Table::MaintenanceSessions;
/// Seconds that projects have for a reply, unless the sandbox is told otherwise.
const WINDOW: f64 = 20.0;
/// The same where they have to scale.
const LONG_WINDOW: f64 = 60.0;
/// Instances of each project.
const INSTANCES: usize = 2;

const DONE: &str = "MAINTENANCE_DONE";
const FAILED: &str = "MAINTENANCE_FAILED";
/// Work that asks nobody.
const WORK: &str = "START_MAINTENANCE";

/// Fills in the state that a new session begins in.
pub(super) fn begin(db: &Store, row: &mut Value, settings: &Settings) {
    row.set("instances", instances(db));
    let now = row.number("created");
    enter(row, "MAINTENANCE", now);
    // A session whose time leaves the projects none fails; but not where a time of the caller's is tried out.
    if settings.reply_time.is_none() && row.number("at") < now + seconds(WINDOW) {
        enter(row, FAILED, now);
    }
}

/// The instances of the projects that people work in.
fn instances(db: &Store) -> Value {
    let projects = db.rows(Table::Projects);
    let projects = projects.filter(|row| !["admin", SERVICE_PROJECT].contains(&row.text("name")));
    let of = |row: &Value| {
        let id = row.text("id");
        let ids: Vec<Value> = (1..=INSTANCES).map(|n| instance_id(id, n)).collect();
        (id.to_owned(), Value::from(ids))
    };
    projects.map(of).collect::<Map<String, Value>>().into()
}

/// The same ids in every session: those of the project with a number at the end.
fn instance_id(project: &str, number: usize) -> Value {
    let part = |from: usize, to: usize| project.get(from..to).unwrap_or_default();
    let (head, one, two, three) = (part(0, 8), part(8, 12), part(13, 16), part(17, 20));
    format!("{head}-{one}-4{two}-a{three}-{number:012}").into()
}

/// Changes the state, which asks projects or does not.
fn enter(row: &mut Value, state: &str, at: i64) {
    let particular = matches!(state, "PREPARE_MAINTENANCE" | "PLANNED_MAINTENANCE");
    let asked = match state {
        "MAINTENANCE" | "SCALE_IN" | "MAINTENANCE_COMPLETE" => row["instances"].clone(),
        _ if particular => on_host(row),
        _ => json!({}),
    };
    row.set("state", state);
    row.set("since", at);
    row.set("asked", asked);
    row.set("particular", particular);
    row.set("replies", json!({}));
}

/// The instances on the host that is next, by project.
fn on_host(row: &Value) -> Value {
    let hosts = row.items("hosts").len().max(1);
    let place = usize::try_from(row.number("place")).unwrap_or_default();
    let there = |(project, ids): (&String, &Value)| {
        let ids = ids.as_array().map(Vec::as_slice).unwrap_or_default();
        let on: Vec<Value> = ids
            .iter()
            .enumerate()
            .filter(|(n, _)| n % hosts == place)
            .map(|(_, id)| id.clone())
            .collect();
        (!on.is_empty()).then(|| (project.clone(), Value::from(on)))
    };
    let all = row["instances"].as_object();
    let on = all.into_iter().flatten().filter_map(there);
    on.collect::<Map<String, Value>>().into()
}

/// Lets each session come as far as it has by now.
pub(super) fn settle(db: &mut Store, settings: &Settings) {
    let now = db.now();
    let running = db.rows(SESSIONS).filter(|row| !is_final(row));
    let moved: Vec<Value> = running
        .filter_map(|row| {
            let mut moved = row.clone();
            while step(&mut moved, settings, now) {}
            (moved != *row).then_some(moved)
        })
        .collect();
    for row in moved {
        db.put(SESSIONS, row);
    }
}

fn is_final(row: &Value) -> bool {
    [DONE, FAILED].contains(&row.text("state"))
}

/// Goes to the next state where it is time. Returns whether it was.
fn step(row: &mut Value, settings: &Settings, now: i64) -> bool {
    if is_final(row) {
        return false;
    }
    let (state, since) = (row.text("state").to_owned(), row.number("since"));
    let replies = row["replies"].as_object().cloned().unwrap_or_default();
    if let Some(bad) = replies.values().find(|reply| !reply.flag("good")) {
        enter(row, FAILED, bad.number("at"));
        return true;
    }
    let asked = row["asked"].as_object().map_or(0, Map::len);
    let due = if replies.len() == asked {
        let last = replies.values().map(|reply| reply.number("at")).max();
        let heard = last.unwrap_or(since);
        match state.as_str() {
            "MAINTENANCE" => heard.max(row.number("at")),
            WORK => since + settings.deploy_time,
            _ => heard,
        }
    } else {
        let deadline = since + window(&state, settings);
        if now >= deadline {
            enter(row, FAILED, deadline);
        }
        return now >= deadline;
    };
    if now >= due {
        advance(row, &state, due);
    }
    now >= due
}

fn window(state: &str, settings: &Settings) -> i64 {
    settings.reply_time.unwrap_or_else(|| match state {
        "SCALE_IN" | "MAINTENANCE_COMPLETE" => seconds(LONG_WINDOW),
        _ => seconds(WINDOW),
    })
}

fn advance(row: &mut Value, state: &str, at: i64) {
    let next = match state {
        "MAINTENANCE" => "SCALE_IN",
        "SCALE_IN" => to_host(row, "PREPARE_MAINTENANCE"),
        "PREPARE_MAINTENANCE" | "PLANNED_MAINTENANCE" => WORK,
        WORK => {
            let place = row.number("place") + 1;
            row.set("place", place);
            match usize::try_from(place) {
                Ok(place) if place < row.items("hosts").len() => {
                    to_host(row, "PLANNED_MAINTENANCE")
                }
                _ => "MAINTENANCE_COMPLETE",
            }
        }
        _ => DONE,
    };
    enter(row, next, at);
}

/// The state in which a host is emptied; work at once where nothing is on it.
fn to_host(row: &Value, state: &'static str) -> &'static str {
    match on_host(row).as_object() {
        Some(on) if on.is_empty() => WORK,
        _ => state,
    }
}

/// Notes what a project says to the present state, once.
pub(super) fn replied(db: &mut Store, (id, project): (&str, &str), body: &Value) {
    let now = db.now();
    db.update(SESSIONS, id, |row| {
        let Some(instances) = row["asked"].get(project) else {
            return;
        };
        let instances = instances.as_array().map(Vec::as_slice).unwrap_or_default();
        let told = |id: &Value| {
            let action = body["instance_actions"].text(id.as_str().unwrap_or_default());
            ["MIGRATE", "OWN_ACTION"].contains(&action)
        };
        let agreed = body.text("state") == format!("ACK_{}", row.text("state"));
        let good = agreed && (!row.flag("particular") || instances.iter().all(told));
        if row["replies"].get(project).is_none() {
            row["replies"].set(project, json!({"at": now, "good": good}));
        }
    });
}

/// Lets a failed session go on from a state.
pub(super) fn resume(db: &mut Store, id: &str, state: &str) {
    const STATES: [&str; 6] = [
        "MAINTENANCE",
        "SCALE_IN",
        "PREPARE_MAINTENANCE",
        WORK,
        "PLANNED_MAINTENANCE",
        "MAINTENANCE_COMPLETE",
    ];
    let now = db.now();
    db.update(SESSIONS, id, |row| {
        if row.text("state") == FAILED && STATES.contains(&state) {
            enter(row, state, now);
        }
    });
}
