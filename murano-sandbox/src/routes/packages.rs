//! `/catalog/packages`: one package, its files, change and removal.

use axum::body::Bytes;
use serde_json::Value;

use super::{
    Cx, NOTHING, Need, Params, Payload, Reply, Route, Sends, package_search, package_upload,
};
use crate::clock::seconds_text;
use crate::errors::{Failure, Result, detailed, explained, fault};
use crate::identity::Caller;
use crate::json::{Fields as _, pick, python_repr};
use crate::patch::{self, Operation};
use crate::state::{Store, Table};

pub(super) const ROUTES: &[Route] = &[
    Route::get("/catalog/packages", package_search::list),
    Route::post("/catalog/packages", package_upload::create).needs(Need::Upload),
    Route::get("/catalog/packages/{package}", show),
    Route::patch("/catalog/packages/{package}", change).needs(Need::Body),
    Route::delete("/catalog/packages/{package}", delete),
    Route::get("/catalog/packages/{package}/ui", ui).sends(Sends::Text),
    Route::get("/catalog/packages/{package}/logo", logo).sends(Sends::Bytes),
    Route::get("/catalog/packages/{package}/supplier_logo", supplier_logo).sends(Sends::Bytes),
    Route::get("/catalog/packages/{package}/download", download).sends(Sends::Bytes),
];

pub(super) const NAME_LIMIT: usize = 80;

pub(super) fn not_found(id: &str) -> Failure {
    explained(404, format!("Package id '{id}' not found"))
}

/// A package as the service shows it.
pub(super) fn view(row: &Value) -> Value {
    let mut shown = pick(
        row,
        &[
            "id",
            "fully_qualified_name",
            "name",
            "type",
            "description",
            "author",
            "supplier",
            "tags",
            "categories",
            "class_definitions",
            "is_public",
            "enabled",
            "owner_id",
        ],
    );
    for key in ["created", "updated"] {
        shown.insert(key.to_owned(), seconds_text(row.number(key)).into());
    }
    shown.into()
}

/// A package the caller may read.
fn find<'a>(cx: &'a Cx<'_>, id: &str) -> Result<&'a Value> {
    let row = cx
        .db
        .get(Table::Packages, id)
        .ok_or_else(|| not_found(id))?;
    let tenant = &cx.who.project_id;
    if cx.who.is_admin || row.flag("is_public") || row.text("owner_id") == tenant {
        return Ok(row);
    }
    let text = format!("Package '{id}' is not public and not owned by tenant '{tenant}' ");
    Err(explained(403, text))
}

fn owns(who: &Caller, row: &Value) -> bool {
    who.is_admin || row.text("owner_id") == who.project_id
}

fn show(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    find(cx, path.get("package")).map(view).map(Reply::Json)
}

fn ui(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let row = find(cx, path.get("package"))?;
    let content_type = if row.flag("_hot") {
        "text/html; charset=UTF-8"
    } else {
        "text/plain"
    };
    Ok(Reply::Raw {
        content_type,
        bytes: Bytes::from(row.text("_ui").to_owned()),
    })
}

/// A file kept beside a package; no bytes when it has none.
fn file(cx: &Cx<'_>, path: &Params, suffix: &str) -> Result<Reply> {
    let id = path.get("package");
    find(cx, id)?;
    let bytes = cx.db.blob(&format!("{id}{suffix}")).unwrap_or_default();
    Ok(Reply::Raw {
        content_type: "application/octet-stream",
        bytes,
    })
}

fn logo(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    file(cx, path, "/logo")
}

fn supplier_logo(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    file(cx, path, "/supplier_logo")
}

fn download(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    file(cx, path, "")
}

fn delete(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let id = path.get("package");
    let row = find(cx, id)?;
    if !owns(cx.who, row) {
        let text = format!("Package is not owned by the tenant '{}'", cx.who.project_id);
        return Err(explained(403, text));
    }
    cx.db.remove(Table::Packages, id);
    cx.db.remove_where(Table::Classes, "package_id", id);
    for suffix in ["", "/logo", "/supplier_logo"] {
        cx.db.remove_blob(&format!("{id}{suffix}"));
    }
    Ok(NOTHING)
}

pub(super) fn class_clash() -> Failure {
    detailed(
        409,
        "Class with the same full name is already registered in the visibility scope",
    )
}

pub(super) fn name_clash() -> Failure {
    detailed(409, "Package with the same Name is already made public")
}

pub(super) fn check_categories(db: &Store, names: &[Value]) -> Result<()> {
    let unknown = names
        .iter()
        .filter_map(Value::as_str)
        .find(|name| db.find(Table::Categories, "name", name).is_none());
    match unknown {
        Some(name) => Err(explained(400, format!("Category '{name}' doesn't exist"))),
        None => Ok(()),
    }
}

fn change(cx: &mut Cx<'_>, path: &Params) -> Result<Reply> {
    let Payload::Patch(patch::Target::Package, operations) = std::mem::take(&mut cx.payload) else {
        let text = format!("Content-Type must be '{}'", patch::PACKAGE);
        return Err(explained(400, text));
    };
    let id = path.get("package");
    let old = find(cx, id)?.clone();
    if !owns(cx.who, &old) {
        let text = format!(
            "Package '{id}' is not owned by tenant '{}'",
            cx.who.project_id
        );
        return Err(explained(403, text));
    }
    let mut row = old.clone();
    for operation in &operations {
        apply(cx.db, &mut row, operation)?;
    }
    let published = row.flag("is_public") && !old.flag("is_public");
    if published {
        cx.require_admin()?;
        refuse_publishing(cx.db, &row)?;
    }
    let plain = |row: &Value| pick(row, &["name", "description", "enabled", "is_public"]);
    if plain(&row) != plain(&old) {
        let now = cx.db.stamp();
        row.set("updated", now);
    }
    let shown = view(&row);
    cx.db.put(Table::Packages, row);
    Ok(shown.into())
}

fn refuse_publishing(db: &Store, row: &Value) -> Result<()> {
    let others = || {
        db.rows(Table::Packages)
            .filter(|other| other.flag("is_public") && other.text("id") != row.text("id"))
    };
    if others().any(|other| other["fully_qualified_name"] == row["fully_qualified_name"]) {
        return Err(name_clash());
    }
    let own = row.items("class_definitions");
    if others().any(|other| {
        other
            .items("class_definitions")
            .iter()
            .any(|name| own.contains(name))
    }) {
        return Err(class_clash());
    }
    Ok(())
}

fn apply(db: &mut Store, row: &mut Value, operation: &Operation) -> Result<()> {
    let key = operation
        .path
        .first()
        .map(String::as_str)
        .unwrap_or_default();
    let value = &operation.value;
    if !matches!(key, "tags" | "categories") {
        if key == "name"
            && value
                .as_str()
                .is_some_and(|name| name.chars().count() > NAME_LIMIT)
        {
            return Err(explained(
                400,
                "Package name should be 80 characters maximum",
            ));
        }
        row.set(key, value.clone());
        return Ok(());
    }
    let named = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut items = row.items(key).to_vec();
    match operation.op.as_str() {
        "remove" => {
            for item in named {
                let at = items
                    .iter()
                    .position(|known| known == item)
                    .ok_or_else(|| {
                        let text = item
                            .as_str()
                            .map_or_else(|| python_repr(item), str::to_owned);
                        explained(
                            404,
                            format!("Value '{text}' of property '{key}' does not exist."),
                        )
                    })?;
                items.remove(at);
            }
        }
        op => {
            if key == "categories" {
                check_categories(db, named)?;
            }
            if op == "replace" {
                items.clear();
            }
            if named.iter().any(|item| items.contains(item)) {
                let noun = if key == "tags" { "Tag" } else { "Category" };
                // Tags and categories have ids of their own there, which nobody else ever sees.
                let id = db.new_id();
                let text = format!(
                    "Can't attach instance <{noun} at 0x7f0000000000>; another instance with key \
                     (<class 'murano.db.models.{noun}'>, ('{id}',), None) is already present in \
                     this session."
                );
                return Err(fault("InvalidRequestError", text));
            }
            items.extend(named.iter().cloned());
        }
    }
    row.set(key, items);
    Ok(())
}
