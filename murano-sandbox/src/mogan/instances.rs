//! What can be done with instances.

use serde_json::{Value, json};

use super::engine::{self, Event};
use super::errors::{self, Result};
use super::requests::{all_tenants, check_query, found, target, wrong_target};
use super::{Cx, MoganEra, Reply, changes, seed, view};
use crate::json::Fields as _;
use crate::state::Table;

/// Largest page of a list that has pages.
const PAGE: usize = 1000;

/// The query of lists of servers, besides that of all lists.
const FILTERS: [&str; 5] = ["name", "status", "flavor_uuid", "image_uuid", "flavor_name"];
const PAGING: [&str; 4] = ["limit", "marker", "sort_key", "sort_dir"];

/// `GET /instances`
pub(super) fn list(cx: &mut Cx<'_>) -> Result<Reply> {
    let rows = selected(cx, &["fields"])?;
    let names = cx.query.last("fields").map(str::to_lowercase);
    let (brief, _) = view::brief(cx.era);
    let names: Vec<&str> = match &names {
        Some(names) => names.split(',').map(str::trim).collect(),
        None => brief.to_vec(),
    };
    let show = |row: &Value| {
        let whole = view::whole(row, cx.era, &cx.base, cx.who.is_admin);
        view::some(whole, &names, cx.era)
    };
    let all: Vec<Value> = rows.iter().map(show).collect();
    Ok(Reply::ok(json!({ cx.era.collection(): all })))
}

/// `GET /instances/detail`
pub(super) fn detail(cx: &mut Cx<'_>) -> Result<Reply> {
    let rows = selected(cx, &[])?;
    let show = |row| Value::Object(view::whole(row, cx.era, &cx.base, cx.who.is_admin));
    let all: Vec<Value> = rows.iter().map(show).collect();
    Ok(Reply::ok(json!({ cx.era.collection(): all })))
}

/// The rows of a list, oldest first unless told.
fn selected(cx: &Cx<'_>, further: &[&str]) -> Result<Vec<Value>> {
    let mut known = vec!["all_tenants"];
    known.extend(further);
    if cx.era == MoganEra::Servers {
        known.extend(FILTERS.iter().chain(&PAGING));
    }
    check_query(cx, &known)?;
    let all = all_tenants(cx)?;
    let is_seen = |row: &&Value| all || row.text("project_id") == cx.who.project_id;
    let mut rows: Vec<Value> = cx
        .db
        .rows(Table::Instances)
        .filter(is_seen)
        .cloned()
        .collect();
    if cx.era == MoganEra::Servers {
        rows.retain(|row| fits(cx, row));
        rows = page(cx, rows)?;
    }
    Ok(rows)
}

fn fits(cx: &Cx<'_>, row: &Value) -> bool {
    let flavor_name = || {
        let flavor = cx.db.get(Table::Flavors, row.text("flavor"));
        flavor.map_or("", |flavor| flavor.text("name"))
    };
    FILTERS.iter().all(|name| {
        cx.query.last(name).is_none_or(|wanted| match *name {
            "flavor_uuid" => row.text("flavor") == wanted,
            "image_uuid" => row.text("image") == wanted,
            "flavor_name" => flavor_name() == wanted,
            name => row.text(name) == wanted,
        })
    })
}

fn page(cx: &Cx<'_>, mut rows: Vec<Value>) -> Result<Vec<Value>> {
    let limit = match cx.query.last("limit").map(str::parse::<i64>) {
        None => PAGE,
        Some(Ok(limit)) if limit > 0 => usize::try_from(limit).unwrap_or(PAGE).min(PAGE),
        Some(_) => return Err(errors::client(400, "Limit must be positive")),
    };
    match cx.query.last("sort_key").unwrap_or("id") {
        // The order of creation.
        "id" | "created_at" => {}
        key @ ("name" | "status") => rows.sort_by(|a, b| a.text(key).cmp(b.text(key))),
        key => {
            let text = format!("The sort_key value \"{key}\" is an invalid field for sorting");
            return Err(errors::client(400, text));
        }
    }
    if cx.query.last("sort_dir") == Some("desc") {
        rows.reverse();
    }
    if let Some(marker) = cx.query.last("marker") {
        let place = rows.iter().position(|row| row.text("id") == marker);
        let place = place.ok_or_else(|| errors::no_instance(cx.era, marker))?;
        rows.drain(..=place);
    }
    rows.truncate(limit);
    Ok(rows)
}

/// `POST /instances`
pub(super) fn create(cx: &mut Cx<'_>) -> Result<Reply> {
    let wanted = changes::read(cx)?;
    let (least, most) = (wanted["min_count"].as_u64(), wanted["max_count"].as_u64());
    let least = least.unwrap_or(1);
    let count = most.unwrap_or(least);
    if least > count {
        return Err(errors::client(400, "min_count must be <= max_count"));
    }
    let mut first = None;
    for number in 1..=count {
        let mut row = changes::row(cx, &wanted);
        if count > 1 {
            row.set("name", format!("{}-{number}", wanted.text("name")));
        }
        cx.db.put(Table::Instances, row.clone());
        first.get_or_insert(row);
    }
    let row = first.unwrap_or_default();
    let mut shown = view::whole(&row, cx.era, &cx.base, cx.who.is_admin);
    shown.insert("created_at".to_owned(), view::exact_time(&row["created"]));
    // A path the service does not have.
    let kind = cx.era.noun().to_lowercase();
    Ok(Reply {
        status: 201,
        body: Value::Object(shown),
        location: Some(format!("{}/v1/{kind}/{}", cx.base, row.text("id"))),
    })
}

/// `GET /instances/{id}`
pub(super) fn show(cx: &mut Cx<'_>, id: &str) -> Result<Reply> {
    check_query(cx, &["fields"])?;
    match cx.query.last("fields") {
        Some(names) => members(cx, id, names),
        None => Ok(Reply::ok(shown(cx, &found(cx, id, "get")?))),
    }
}

/// `GET /instances/{id}` with the names of the members wanted.
pub(super) fn members(cx: &Cx<'_>, id: &str, names: &str) -> Result<Reply> {
    let row = found(cx, id, "get")?;
    let names = names.to_lowercase();
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    let whole = view::whole(&row, cx.era, &cx.base, cx.who.is_admin);
    Ok(Reply::ok(view::some(whole, &names, cx.era)))
}

fn shown(cx: &Cx<'_>, row: &Value) -> Value {
    Value::Object(view::whole(row, cx.era, &cx.base, cx.who.is_admin))
}

/// `PATCH /instances/{id}`
pub(super) fn patch(cx: &mut Cx<'_>, id: &str) -> Result<Reply> {
    let mut row = found(cx, id, "update")?;
    changes::patch(&cx.body, cx.era, &mut row)?;
    let mut answer = shown(cx, &row);
    if let (MoganEra::Nimble, Value::Object(members)) = (cx.era, &mut answer) {
        members.remove("power_state");
    }
    let now = cx.db.now();
    row.set("updated", now);
    cx.db.put(Table::Instances, row);
    Ok(Reply::ok(answer))
}

/// `DELETE /instances/{id}`
pub(super) fn delete(cx: &mut Cx<'_>, id: &str) -> Result<Reply> {
    let row = found(cx, id, "delete")?;
    check_lock(cx, &row)?;
    if row.text("status") == "deleting" {
        return match cx.era {
            MoganEra::Nimble => Err(errors::server(
                "can't compare offset-naive and offset-aware datetimes",
            )),
            _ => Ok(Reply::empty(204)),
        };
    }
    let now = cx.db.now();
    let ends = now + cx.work_time;
    cx.db.update(Table::Instances, id, |row| {
        row.set("status", "deleting");
        row.set("updated", now);
        row.set("ends", ends);
    });
    Ok(Reply::empty(204))
}

fn check_lock(cx: &Cx<'_>, row: &Value) -> Result<()> {
    if row["lock"].is_null() {
        return Ok(());
    }
    let text = format!("{} {} is locked", cx.era.noun(), row.text("id"));
    Err(errors::client(400, text))
}

/// `GET /instances/{id}/states`
pub(super) fn states(cx: &mut Cx<'_>, id: &str) -> Result<Reply> {
    let row = found(cx, id, "get_states")?;
    if cx.era == MoganEra::Nimble {
        if row["power"].is_null() {
            return Err(errors::server(format!("u'\\'{id}\\'\\n")));
        }
        return Ok(Reply::ok(view::nimble_power(&row)));
    }
    Ok(Reply::ok(
        json!({ "status": row["status"], "power_state": row["power"],
        "locked": !row["lock"].is_null() }),
    ))
}

/// `PUT /instances/{id}/states/power`
pub(super) fn power(cx: &mut Cx<'_>, id: &str) -> Result<Reply> {
    let row = found(cx, id, "set_power_state")?;
    let target = target(cx, &[])?.as_str().unwrap_or_default();
    let Some(event) = Event::of_power(target, cx.era) else {
        return Err(wrong_target(cx.era));
    };
    check_lock(cx, &row)?;
    engine::begin(cx.db, &row, (event, cx.era), cx.work_time)?;
    Ok(Reply {
        location: Some(format!(
            "{}/v1/{}/{id}/states",
            cx.base,
            cx.era.collection()
        )),
        ..Reply::empty(202)
    })
}

/// `PUT /instances/{id}/states/lock`
pub(super) fn lock(cx: &mut Cx<'_>, id: &str) -> Result<Reply> {
    let row = found(cx, id, "set_lock_state")?;
    let target = target(cx, &[])?;
    let is_yes = |word: &str| matches!(word.to_lowercase().as_str(), "true" | "on" | "1" | "yes");
    let locks = target
        .as_bool()
        .unwrap_or_else(|| target.as_str().is_some_and(is_yes));
    if !locks && row.text("lock") == "admin" && !cx.who.is_admin {
        return Err(errors::client(403, "Forbidden"));
    }
    let owner = if cx.who.is_admin { "admin" } else { "owner" };
    cx.db.update(Table::Instances, id, |row| {
        row.set("lock", locks.then_some(owner));
    });
    Ok(Reply::empty(202))
}

/// `PUT /instances/{id}/states/provision`
pub(super) fn provision(cx: &mut Cx<'_>, id: &str) -> Result<Reply> {
    let row = found(cx, id, "set_provision_state")?;
    let further: &[&str] = match cx.era {
        MoganEra::Servers => &["image_uuid", "preserve_ephemeral"],
        _ => &[],
    };
    if target(cx, further)? != "rebuild" {
        return Err(wrong_target(cx.era));
    }
    check_lock(cx, &row)?;
    engine::begin(cx.db, &row, (Event::Rebuild, cx.era), cx.work_time)?;
    if let Some(image) = cx.body["image_uuid"].as_str().map(str::to_owned) {
        cx.db
            .update(Table::Instances, id, |row| row.set("image", image));
    }
    Ok(Reply::empty(202))
}

/// `GET /instances/{id}/networks`
pub(super) fn networks(cx: &mut Cx<'_>, id: &str) -> Result<Reply> {
    let row = found(cx, id, "get_networks")?;
    if cx.era == MoganEra::Instances {
        // A mistake of the last service that has instances.
        return Err(errors::server(
            "'Instance' object has no attribute 'instance_nics'",
        ));
    }
    Ok(Reply::ok(view::nics(&row)))
}

/// Whether there is such a flavor and such an image, in the words of the era.
pub(super) fn check_parts(cx: &Cx<'_>, flavor: &str, image: &str) -> Result<()> {
    let missing = |kind: [&str; 3], id: &str| {
        Err(match cx.era {
            MoganEra::Nimble => errors::client(400, format!("{} {id} could not be found", kind[0])),
            MoganEra::Instances => {
                errors::client(400, format!("{} {id} could not be found", kind[1]))
            }
            MoganEra::Servers => {
                errors::client(404, format!("{} {id} could not be found.", kind[2]))
            }
        })
    };
    // There is no store of images to ask.
    if image == NO_IMAGE {
        return missing(["Requested image", "Requested image", "Image"], image);
    }
    if !seed::has_flavor(cx.db, flavor) {
        return missing(["InstanceType", "Flavor", "Flavor"], flavor);
    }
    Ok(())
}

/// The only image that is not there.
const NO_IMAGE: &str = "00000000-0000-0000-0000-000000000000";
