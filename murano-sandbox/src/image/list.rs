//! `GET /v2/images`: filters, order and pages.

use std::cmp::Ordering;

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use super::schema::VISIBILITIES;
use super::{Ask, view};
use crate::errors::{Result, explained};
use crate::json::Fields as _;
use crate::server;
use crate::state::{Store, Table};

const USUAL: usize = 25;
const MOST: usize = 1000;
const SORT_KEYS: [&str; 8] = [
    "name",
    "status",
    "container_format",
    "disk_format",
    "size",
    "id",
    "created_at",
    "updated_at",
];
/// Parameters that are no filters.
const OTHERS: [&str; 7] = [
    "limit",
    "marker",
    "sort_key",
    "sort_dir",
    "sort",
    "member_status",
    "visibility",
];

pub(super) fn list(ask: &Ask<'_>, store: &Store) -> Result<Response<Body>> {
    let query = ask.target.query;
    let limit = limit(query.last("limit"))?;
    let filters: Vec<(&str, &str)> = query
        .pairs()
        .filter(|(name, _)| !OTHERS.contains(name))
        .collect();
    // What is wrong is told even where there is no image.
    is_listed(ask, &Value::Null)?;
    for (name, value) in &filters {
        fits(&Value::Null, name, value)?;
    }
    let mut found = Vec::new();
    // The newest come first; rows are in the order of their creation.
    for row in store.rows(Table::Images).rev() {
        if is_listed(ask, row)? && fits_all(row, &filters)? {
            found.push(row);
        }
    }
    for (key, descending) in order(ask)?.into_iter().rev() {
        found.sort_by(|one, other| {
            let order = compare(&one[key], &other[key]);
            if descending { order.reverse() } else { order }
        });
    }
    let start = match query.last("marker") {
        None => 0,
        Some(marker) => {
            let place = found.iter().position(|row| row.text("id") == marker);
            let missing = || explained(400, format!("No image found with ID {marker}"));
            place.ok_or_else(missing)? + 1
        }
    };
    let page: Vec<Value> = found
        .iter()
        .skip(start)
        .take(limit)
        .map(|row| view(row))
        .collect();
    let rest: Vec<String> = query
        .pairs()
        .filter(|(name, _)| *name != "marker")
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let address = |more: Option<String>| {
        let all: Vec<String> = rest.iter().cloned().chain(more).collect();
        let mark = if all.is_empty() { "" } else { "?" };
        format!("/v2/images{mark}{}", all.join("&"))
    };
    let mut answer = json!({"images": page, "first": address(None)});
    if let Some(last) = page.last().filter(|_| page.len() == limit) {
        answer.set("next", address(Some(format!("marker={}", last.text("id")))));
    }
    answer.set("schema", "/v2/schemas/images");
    Ok(server::json_response(200, &answer))
}

fn limit(text: Option<&str>) -> Result<usize> {
    let Some(text) = text else {
        return Ok(USUAL);
    };
    let number: i64 = text
        .parse()
        .map_err(|_| explained(400, "limit param must be an integer"))?;
    let number =
        usize::try_from(number).map_err(|_| explained(400, "limit param must be positive"))?;
    Ok(number.min(MOST))
}

/// Whether the caller finds an image without asking for it by its id.
fn is_listed(ask: &Ask<'_>, row: &Value) -> Result<bool> {
    let own = row.text("owner") == ask.who.project_id;
    let visibility = row.text("visibility");
    let sees = own || ask.who.is_admin || visibility == "public";
    match ask.target.query.last("visibility") {
        None => Ok(sees && (own || visibility != "community")),
        Some("all") => Ok(sees || visibility == "community"),
        Some("community") => Ok(visibility == "community"),
        Some(wanted) if VISIBILITIES.contains(&wanted) => Ok(sees && visibility == wanted),
        Some(other) => Err(explained(400, format!("Invalid visibility value: {other}"))),
    }
}

fn fits_all(row: &Value, filters: &[(&str, &str)]) -> Result<bool> {
    for (name, value) in filters {
        if !fits(row, name, value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn fits(row: &Value, name: &str, wanted: &str) -> Result<bool> {
    let truth = |text: &str| text.eq_ignore_ascii_case("true");
    let bound = || {
        wanted
            .parse::<i64>()
            .map_err(|_| explained(400, "Unable to filter on a range with a non-numeric value."))
    };
    Ok(match name {
        "name" | "id" | "status" | "container_format" | "disk_format" => {
            let text = row.text(name);
            match wanted.split_once(':') {
                None => text == wanted,
                Some(("eq", wanted)) => text == wanted,
                Some(("in", wanted)) => wanted
                    .split(',')
                    .any(|wanted| text == wanted.trim_matches('"')),
                Some((other, _)) => {
                    let told = format!("Unable to filter by unknown operator '{other}'.");
                    return Err(explained(400, told));
                }
            }
        }
        "size_min" => bound()? <= row.number("size") && row["size"].is_i64(),
        "size_max" => bound()? >= row.number("size") && row["size"].is_i64(),
        "protected" | "os_hidden" => row.flag(name) == truth(wanted),
        "tag" => row.items("tags").iter().any(|tag| tag == wanted),
        _ => row.get(name).is_some_and(|value| value == wanted),
    })
}

/// Keys to sort by, and whether downwards. With the default order nothing is left to do.
fn order<'a>(ask: &'a Ask<'_>) -> Result<Vec<(&'a str, bool)>> {
    let query = ask.target.query;
    let mut keys = Vec::new();
    if let Some(sort) = query.last("sort") {
        for part in sort.split(',') {
            let (key, direction) = part.split_once(':').unwrap_or((part, "desc"));
            keys.push((key, direction != "asc"));
        }
    } else {
        let mut directions = query.all("sort_dir");
        let mut direction = None;
        for key in query.all("sort_key") {
            direction = directions.next().or(direction);
            keys.push((key, direction != Some("asc")));
        }
        if keys.is_empty() && query.last("sort_dir") == Some("asc") {
            keys.push(("created_at", false));
        }
    }
    for (key, _) in &keys {
        if !SORT_KEYS.contains(key) {
            let text = format!(
                "Invalid sort key: {key}. It must be one of the following: {}.",
                SORT_KEYS.join(", ")
            );
            return Err(explained(400, text));
        }
    }
    Ok(keys)
}

fn compare(one: &Value, other: &Value) -> Ordering {
    let number = |value: &Value| value.as_i64().unwrap_or(i64::MIN);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    number(one)
        .cmp(&number(other))
        .then_with(|| text(one).cmp(&text(other)))
}

/// A part of a query as it is written in a link.
fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
