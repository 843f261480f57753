//! Statistics of instances and of the API host.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Cx, Params, Reply, Route};
use crate::clock::seconds_text;
use crate::errors::Result;
use crate::json::{Fields as _, Object, python_json};
use crate::state::{Store, Table};

pub(super) const ROUTES: &[Route] = &[
    Route::get("/environments/{env}/instance-statistics/raw", raw),
    Route::get(
        "/environments/{env}/instance-statistics/raw/{instance}",
        raw,
    ),
    Route::get(
        "/environments/{env}/instance-statistics/aggregated",
        aggregated,
    ),
    Route::get("/stats", host),
];

/// Id of the only row about a host.
const HOST: &str = "1";

/// Rows of an environment, which need not exist any more.
fn rows<'a>(cx: &'a Cx<'_>, env: &str) -> impl Iterator<Item = &'a Value> {
    let env = env.to_owned();
    cx.db
        .rows(Table::Statistics)
        .filter(move |row| row.text("environment_id") == env)
}

/// Seconds since an instance was tracked, up to the end of its tracking.
fn duration(cx: &Cx<'_>, row: &Value) -> i64 {
    let end = row["destroyed"].as_i64().unwrap_or_else(|| cx.db.now());
    (end - row.number("created")) / 1_000_000
}

#[expect(clippy::unnecessary_wraps, reason = "controllers have one type")]
fn raw(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let instance = path.get("instance");
    let shown: Vec<Value> = rows(cx, path.get("env"))
        .filter(|row| instance.is_empty() || row.text("instance_id") == instance)
        .map(|row| {
            json!({"type": row["type"], "duration": duration(cx, row), "type_name": row["type_name"],
                "unit_count": row["unit_count"], "instance_id": row["instance_id"],
                "type_title": row["type_title"], "active": row["destroyed"].is_null()})
        })
        .collect();
    Ok(Value::from(shown).into())
}

#[expect(clippy::unnecessary_wraps, reason = "controllers have one type")]
fn aggregated(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let mut sums: Vec<(i64, i64, i64)> = Vec::new();
    for row in rows(cx, path.get("env")) {
        let (kind, length) = (row.number("type"), duration(cx, row));
        match sums.iter_mut().find(|(known, ..)| *known == kind) {
            Some((_, total, count)) => {
                *total += length;
                *count += 1;
            }
            None => sums.push((kind, length, 1)),
        }
    }
    sums.sort_unstable();
    let one = |(kind, total, count): &(i64, i64, i64)| json!({"type": kind, "duration": total, "count": count});
    Ok(sums.iter().map(one).collect::<Value>().into())
}

/// Counts a call. The catalog and actions are not counted by the service either.
pub(super) fn count(
    db: &mut Store,
    path: &[&str],
    project: &str,
    (failed, took): (bool, Duration),
) {
    let nouns = ["environments", "templates", "deployments", "schemas"];
    let action = matches!(path, ["environments", _, "actions", ..]);
    let counted = !action && path.first().is_some_and(|noun| nouns.contains(noun));
    if !counted {
        return;
    }
    let now = db.now();
    let mut row = db.get(Table::Hosts, HOST).cloned().unwrap_or_else(|| {
        json!({"id": HOST, "created": now, "requests": 0, "errors": 0, "seconds": 0.0,
            "tenants": {}})
    });
    row.set("updated", now);
    row.set("requests", row.number("requests") + 1);
    row.set("errors", row.number("errors") + i64::from(failed));
    row.set(
        "seconds",
        row["seconds"].as_f64().unwrap_or(0.0) + took.as_secs_f64(),
    );
    let mut tenants = row["tenants"].clone();
    tenants.set(project, tenants.number(project) + 1);
    row.set("tenants", tenants);
    db.put(Table::Hosts, row);
}

/// The numbers are always fresh, while the service refreshes them every few minutes.
#[expect(clippy::unnecessary_wraps, reason = "controllers have one type")]
fn host(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let now = cx.db.now();
    let usual = json!({"created": now, "updated": now, "tenants": Object::new()});
    let row = cx.db.get(Table::Hosts, HOST).unwrap_or(&usual);
    let number = |key: &str| row[key].as_f64().unwrap_or(0.0);
    let lifetime = Duration::from_micros(u64::try_from(now - row.number("created")).unwrap_or(0));
    let seconds = lifetime.as_secs_f64().max(1.0);
    let requests = number("requests");
    Ok(json!([{
        "updated": seconds_text(row.number("updated")), "id": 1,
        "request_count": row.number("requests"), "error_count": row.number("errors"),
        "average_response_time": if requests > 0.0 { number("seconds") / requests } else { 0.0 },
        "requests_per_second": requests / seconds, "errors_per_second": number("errors") / seconds,
        "requests_per_tenant": python_json(&row["tenants"]), "cpu_count": 1, "cpu_percent": 0.0,
        "host": "sandbox", "created": seconds_text(row.number("created")),
    }])
    .into())
}
