//! The checks in front of the controllers, and the table of paths.

use axum::http::request::Parts;
use serde_json::{Value, json};

use super::errors::{self, Result};
use super::{Cx, MoganEra, Reply, accepts, instances, seed, view};
use crate::json::Fields as _;
use crate::server::text_header;
use crate::state::Table;

/// Checks type and syntax of what is sent and wanted.
pub(super) fn read(cx: &mut Cx<'_>, parts: &Parts, bytes: &[u8]) -> Result<()> {
    let accept = text_header(&parts.headers, "accept");
    if !accepts(accept) {
        let text = format!(
            "The resource could not be generated that was acceptable to your browser (content of \
             type {}. \n\n ",
            accept.unwrap_or_default()
        );
        return Err(errors::routing(406, "406 Not Acceptable", &text));
    }
    if bytes.is_empty() {
        return Ok(());
    }
    let declared = text_header(&parts.headers, "content-type").unwrap_or_default();
    let media = declared.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        let text = format!("Unknown mimetype: {media}");
        return Err(errors::client(415, text));
    }
    cx.body = serde_json::from_slice(bytes)
        .map_err(|_| errors::client(400, "Request is not in valid JSON format"))?;
    Ok(())
}

/// Finds the controller of a path.
pub(super) fn run(cx: &mut Cx<'_>, method: &str, path: &[&str]) -> Result<Reply> {
    let (collection, flavors) = (cx.era.collection(), cx.era.flavors());
    match path {
        [first, rest @ ..] if *first == collection => instance(cx, method, rest),
        [first] if *first == flavors && method == "GET" => {
            let show = |row: &Value| view::flavor(row, cx.era, &cx.base, true);
            let all: Vec<Value> = cx.db.rows(Table::Flavors).map(show).collect();
            Ok(Reply::ok(json!({ flavors: all })))
        }
        [first, id] if *first == flavors && method == "GET" => {
            let found = cx.db.get(Table::Flavors, id);
            let shown = found.map(|row| view::flavor(row, cx.era, &cx.base, false));
            let missing = || errors::client(404, "Resource could not be found.");
            shown.map(Reply::ok).ok_or_else(missing)
        }
        ["availability_zones"] if method == "GET" => {
            Ok(Reply::ok(json!({ "availability_zones": seed::ZONES })))
        }
        _ => Err(errors::no_route()),
    }
}

fn instance(cx: &mut Cx<'_>, method: &str, path: &[&str]) -> Result<Reply> {
    let later = cx.era >= MoganEra::Instances;
    match (method, path) {
        ("GET", []) => instances::list(cx),
        ("POST", []) => instances::create(cx),
        ("GET", ["detail"]) => instances::detail(cx),
        ("GET", [id]) => instances::show(cx, id),
        ("PATCH", [id]) => instances::patch(cx, id),
        ("DELETE", [id]) => instances::delete(cx, id),
        ("GET", [id, "states"]) if cx.era < MoganEra::Servers => instances::states(cx, id),
        ("PUT", [id, "states", "power"]) => instances::power(cx, id),
        ("PUT", [id, "states", "lock"]) if later => instances::lock(cx, id),
        ("PUT", [id, "states", "provision"]) if later => instances::provision(cx, id),
        ("GET", [id, "networks"]) if later => instances::networks(cx, id),
        // A further part is taken for the names of members.
        ("GET", [id, names]) if *names != "states" => instances::members(cx, id, names),
        (_, [] | [_] | [_, "states"]) => Err(errors::no_method(method)),
        _ => Err(errors::no_route()),
    }
}

/// Refuses what the query may not have.
pub(super) fn check_query(cx: &Cx<'_>, known: &[&str]) -> Result<()> {
    let unknown = cx.query.pairs().find(|(name, _)| !known.contains(name));
    unknown.map_or(Ok(()), |(name, _)| {
        let text = format!("Unknown argument: \"{name}\"");
        Err(errors::client(400, text))
    })
}

/// Whether everything is asked for, which counts for administrators only.
pub(super) fn all_tenants(cx: &Cx<'_>) -> Result<bool> {
    const YES: [&str; 6] = ["1", "t", "true", "on", "y", "yes"];
    const NO: [&str; 6] = ["0", "f", "false", "off", "n", "no"];
    let Some(word) = cx.query.last("all_tenants") else {
        return Ok(false);
    };
    let plain = word.to_lowercase();
    if NO.contains(&plain.as_str()) {
        return Ok(false);
    }
    if YES.contains(&plain.as_str()) {
        return Ok(cx.who.is_admin);
    }
    Err(errors::client(
        400,
        format!(
            "Invalid input for field/attribute all_tenants. Value: '{word}'. unable to convert to \
             boolean. Error: Unrecognized value '{word}', acceptable values are: '0', '1', 'f', \
             'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'"
        ),
    ))
}

/// The value of the only member that a change of the states has.
pub(super) fn target<'a>(cx: &'a Cx<'_>, further: &[&str]) -> Result<&'a Value> {
    let members = cx.body.as_object();
    let is_known = |name: &String| name == "target" || further.contains(&name.as_str());
    let names = members.into_iter().flat_map(|members| members.keys());
    if let Some(name) = names.into_iter().find(|name| !is_known(name)) {
        let text = format!("Unknown argument: \"{name}\"");
        return Err(errors::client(400, text));
    }
    let missing = || errors::client(400, "Missing argument: \"target\"");
    cx.body.get("target").ok_or_else(missing)
}

/// A target that is none of those of the route.
pub(super) fn wrong_target(era: MoganEra) -> errors::Refusal {
    errors::client(
        400,
        match era {
            MoganEra::Nimble => "Unacceptable parameters.".to_owned(),
            // The service forgets to fill it in.
            era => format!(
                "The Parameter value: %(value)s for %(action) action of {noun} %({noun})s is invalid.",
                noun = era.noun().to_lowercase()
            ),
        },
    )
}

/// The instance of the caller, or of anybody for an administrator.
pub(super) fn found(cx: &Cx<'_>, id: &str, rule: &str) -> Result<Value> {
    let row = cx.db.get(Table::Instances, id);
    let row = row.ok_or_else(|| errors::no_instance(cx.era, id))?;
    if !cx.who.is_admin && row.text("project_id") != cx.who.project_id {
        return Err(errors::denied(cx.era, rule));
    }
    Ok(row.clone())
}
