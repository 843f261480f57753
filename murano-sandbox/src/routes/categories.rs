//! `/catalog/categories`

use serde_json::{Value, json};

use super::{Cx, NOTHING, Need, Params, Payload, Reply, Route, package_search};
use crate::clock::seconds_text;
use crate::errors::{Failure, Result, detailed, explained, fault, generic, no_attribute};
use crate::json::{Fields as _, pick, python_type, truthy};
use crate::query::Query;
use crate::state::{Store, Table};

pub(super) const ROUTES: &[Route] = &[
    Route::get("/catalog/categories", list),
    Route::get("/catalog/categories/{category}", show),
    Route::post("/catalog/categories", create).needs(Need::Maybe),
    Route::delete("/catalog/categories/{category}", delete),
];

const SORT_KEYS: [&str; 5] = ["name", "created", "updated", "package_count", "id"];

fn not_found(id: &str) -> Failure {
    detailed(404, format!("Category id '{id}' not found"))
}

/// The packages of every project that name the category.
fn members<'a>(db: &'a Store, row: &'a Value) -> impl Iterator<Item = &'a Value> {
    let holds = |package: &&Value| package.items("categories").contains(&row["name"]);
    db.rows(Table::Packages).filter(holds)
}

fn view(db: &Store, row: &Value) -> Value {
    json!({"updated": seconds_text(row.number("updated")),
        "package_count": members(db, row).count(), "id": row["id"], "name": row["name"],
        "created": seconds_text(row.number("created"))})
}

fn list(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let asked = Asked::read(cx.query)?;
    if let Some(marker) = asked.marker {
        cx.db
            .get(Table::Categories, marker)
            .ok_or_else(|| not_found(marker))?;
    }
    let mut rows: Vec<Value> = cx
        .db
        .rows(Table::Categories)
        .map(|row| view(cx.db, row))
        .collect();
    rows.sort_by(|a, b| {
        let by_key = |key: &&str| {
            a.text(key)
                .cmp(b.text(key))
                .then(a.number(key).cmp(&b.number(key)))
        };
        let ordering = asked
            .keys
            .iter()
            .map(by_key)
            .find(|ordering| ordering.is_ne());
        let ordering = ordering.unwrap_or(std::cmp::Ordering::Equal);
        if asked.descending {
            ordering.reverse()
        } else {
            ordering
        }
    });
    let start = asked
        .marker
        .and_then(|id| rows.iter().position(|row| row.text("id") == id));
    let rows: Vec<Value> = rows
        .into_iter()
        .skip(start.map_or(0, |at| at + 1))
        .take(asked.limit.unwrap_or(usize::MAX))
        .collect();
    let full = asked.limit == Some(rows.len());
    let last = rows.last().filter(|_| full).map(|row| row["id"].clone());
    let mut body = json!({"categories": rows});
    if let Some(last) = last {
        body.set("next_marker", last);
    }
    Ok(body.into())
}

/// The parameters of a list.
struct Asked<'a> {
    keys: Vec<&'a str>,
    descending: bool,
    limit: Option<usize>,
    marker: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn read(query: &'a Query) -> Result<Self> {
        let known = ["sort_keys", "sort_dir", "limit", "marker"];
        if let Some((other, _)) = query.pairs().find(|(key, _)| !known.contains(key)) {
            let text = format!(
                "Bad value passed to filter. Got {other}, expected:{}",
                known.join(", ")
            );
            return Err(detailed(400, text));
        }
        let keys: Vec<&str> = query
            .last("sort_keys")
            .unwrap_or("name")
            .split(',')
            .map(str::trim)
            .collect();
        if let Some(key) = keys.iter().find(|key| !SORT_KEYS.contains(key)) {
            let all = SORT_KEYS.join(", ");
            let text = format!("Invalid sort key: {key}. Must be one of the following: {all}");
            return Err(explained(400, text));
        }
        let descending = match query.last("sort_dir") {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(other) => {
                return Err(explained(400, format!("Invalid sort direction: {other}")));
            }
        };
        let limit = package_search::limit(query)?;
        Ok(Self {
            keys,
            descending,
            limit,
            marker: query.last("marker"),
        })
    }
}

fn show(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("category");
    let row = cx
        .db
        .get(Table::Categories, id)
        .ok_or_else(|| not_found(id))?;
    let mut shown = view(cx.db, row);
    let packages: Vec<Value> = members(cx.db, row)
        .map(|package| pick(package, &["id", "name", "fully_qualified_name"]).into())
        .collect();
    shown.set("packages", packages);
    Ok(shown.into())
}

fn create(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    cx.require_admin()?;
    if matches!(cx.payload, Payload::None) {
        return Err(no_attribute(&Value::Null, "get"));
    }
    let Some(body) = cx.body().as_object() else {
        return Err(no_attribute(cx.body(), "get"));
    };
    let name = match body.get("name") {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        Some(Value::Number(_) | Value::Bool(true)) => return Err(generic(400)),
        Some(other @ (Value::Array(_) | Value::Object(_))) if truthy(other) => {
            let kind = python_type(other);
            let text = format!("Error binding parameter 4: type '{kind}' is not supported");
            return Err(fault(
                "DBError",
                format!("(sqlite3.ProgrammingError) {text}"),
            ));
        }
        _ => {
            return Err(explained(
                400,
                "Please, specify a name of the category to create",
            ));
        }
    };
    if name.chars().count() > 80 {
        return Err(explained(
            400,
            "Category name should be 80 characters maximum",
        ));
    }
    if cx.db.find(Table::Categories, "name", &name).is_some() {
        return Err(explained(
            409,
            "Category with specified name is already exist",
        ));
    }
    let id = cx.db.new_id();
    let now = cx.db.stamp();
    let row = json!({"id": id, "name": name, "created": now, "updated": now});
    let shown = view(cx.db, &row);
    cx.db.put(Table::Categories, row);
    Ok(shown.into())
}

fn delete(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    cx.require_admin()?;
    let id = path.get("category");
    let row = cx
        .db
        .get(Table::Categories, id)
        .ok_or_else(|| not_found(id))?;
    if members(cx.db, row).next().is_some() {
        let text = "It's impossible to delete categories assigned to the package, uploaded to the \
                    catalog";
        return Err(explained(403, text));
    }
    cx.db.remove(Table::Categories, id);
    Ok(NOTHING)
}
