//! The service catalog, domains and regions.

use serde_json::{Value, json};

use super::{Ask, Result, missing, not_routed, ok};
use crate::json::{Fields as _, pick};
use crate::state::Table;

/// The catalog as a token carries it.
pub(super) fn entries(ask: &Ask<'_>) -> Vec<Value> {
    let endpoints = |service: &Value| -> Vec<Value> {
        ask.db
            .rows(Table::Endpoints)
            .filter(|row| row["service_id"] == service["id"])
            .map(|row| {
                let mut shown = pick(row, &["id", "interface", "region_id", "url", "region"]);
                shown.insert("url".to_owned(), Value::from(url(ask, row)));
                Value::Object(shown)
            })
            .collect()
    };
    let entry = |service: &Value| {
        json!({"endpoints": endpoints(service), "id": service["id"], "type": service["type"],
            "name": service["name"]})
    };
    ask.db.rows(Table::Services).map(entry).collect()
}

/// Stored addresses are paths, because the port is not known before the start.
fn url(ask: &Ask<'_>, endpoint: &Value) -> String {
    format!("{}{}", ask.origin, endpoint.text("url"))
}

/// `GET /auth/catalog`
pub(super) fn show(ask: &mut Ask<'_>) -> Result {
    ask.caller()?;
    let link = format!("{}/auth/catalog", ask.base());
    Ok(ok(
        json!({"catalog": entries(ask), "links": {"self": link}}),
    ))
}

/// `GET /services[/{id}]` and `GET /endpoints[/{id}]`
pub(super) fn rows(ask: &mut Ask<'_>, table: Table, rest: &[&str]) -> Result {
    let (one, many) = match table {
        Table::Services => ("service", "services"),
        _ => ("endpoint", "endpoints"),
    };
    let rule = if rest.is_empty() {
        format!("list_{many}")
    } else {
        format!("get_{one}")
    };
    ask.admin(&format!("identity:{rule}"))?;
    let show = |row: &Value| {
        let mut shown = ask.view(many, row);
        if table == Table::Endpoints {
            shown.set("url", url(ask, row));
        }
        shown
    };
    let wanted = |row: &&Value| {
        ["type", "name", "service_id", "interface"]
            .iter()
            .all(|key| {
                ask.query
                    .last(key)
                    .is_none_or(|value| row.text(key) == value)
            })
    };
    match rest {
        [] => {
            let rows = ask.db.rows(table).filter(wanted).map(show).collect();
            Ok(ask.list(many, many, rows))
        }
        [id] => {
            let row = ask.db.get(table, id).ok_or_else(|| missing(one, id))?;
            Ok(ok(json!({one: show(row)})))
        }
        _ => Err(not_routed()),
    }
}

fn domain(ask: &Ask<'_>) -> Value {
    let row = json!({"id": "default", "name": "Default", "description": "The default domain",
        "enabled": true, "tags": [], "options": {}});
    ask.view("domains", &row)
}

/// `GET /domains[/{id}]`
pub(super) fn domains(ask: &mut Ask<'_>, rest: &[&str]) -> Result {
    let rule = if rest.is_empty() {
        "identity:list_domains"
    } else {
        "identity:get_domain"
    };
    ask.admin(rule)?;
    match rest {
        [] => {
            let wanted = ask.query.last("name").is_none_or(|name| name == "Default");
            Ok(ask.list(
                "domains",
                "domains",
                wanted.then(|| domain(ask)).into_iter().collect(),
            ))
        }
        ["default"] => Ok(ok(json!({"domain": domain(ask)}))),
        [id] => Err(missing("domain", id)),
        _ => Err(not_routed()),
    }
}

/// `GET /auth/domains`: nobody has a role in a domain.
pub(super) fn own_domains(ask: &mut Ask<'_>) -> Result {
    ask.caller()?;
    Ok(ask.list("domains", "auth/domains", Vec::new()))
}

/// `GET /regions`
pub(super) fn regions(ask: &mut Ask<'_>) -> Result {
    ask.caller()?;
    let row = json!({"id": "RegionOne", "description": "", "parent_region_id": null});
    let row = ask.view("regions", &row);
    Ok(ask.list("regions", "regions", vec![row]))
}
