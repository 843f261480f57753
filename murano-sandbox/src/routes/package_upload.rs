//! `POST /catalog/packages`: checking and storing an archive.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::package_schema;
use super::packages::{self, NAME_LIMIT};
use super::{Cx, Params, Payload, Reply};
use crate::archive::{self, Package};
use crate::errors::{Result, detailed, explained, generic};
use crate::json::{Fields as _, Object};
use crate::state::{Store, Table};
use crate::upload::Upload;

/// Takes an upload or says what is wrong with it, in the order in which the service looks.
pub(super) fn create(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let Payload::Upload(upload) = std::mem::take(&mut cx.payload) else {
        return Err(explained(400, "Content-Type must be 'multipart/form-data'"));
    };
    if upload.parts > 2 {
        return Err(generic(400));
    }
    if upload.too_large {
        let limit = cx.settings.package_limit_mib;
        let text = format!("Uploading file is too large. The limit is {limit} Mb");
        return Err(explained(400, text));
    }
    let Upload {
        metadata,
        archive: Some(bytes),
        ..
    } = upload
    else {
        return Err(explained(
            400,
            "There is no file package with application description",
        ));
    };
    let metadata = metadata.and_then(|text| serde_json::from_str::<Object>(&text).ok());
    let mut choice = json!({"is_public": false, "enabled": true, "categories": [], "tags": []});
    let metadata = metadata.unwrap_or_default();
    package_schema::check(&metadata)?;
    for (key, value) in metadata {
        choice.set(&key, value);
    }
    if choice.flag("is_public") {
        cx.require_admin()?;
    }
    if bytes.is_empty() {
        return Err(explained(400, "Uploading file can't be empty"));
    }
    let package = archive::open(bytes.clone())?;
    let name = package.facts["name"].as_str().ok_or_else(|| generic(400))?;
    if name.chars().count() > NAME_LIMIT {
        return Err(explained(
            400,
            "Package name should be 80 characters maximum",
        ));
    }
    refuse_clashes(cx, &package, &choice)?;
    let id = store(cx.db, &cx.who.project_id, (package, bytes), &choice);
    Ok(cx
        .db
        .get(Table::Packages, &id)
        .map(packages::view)
        .unwrap_or_default()
        .into())
}

/// Refuses what is already taken, in the order in which the service looks.
fn refuse_clashes(cx: &Cx<'_>, package: &Package, choice: &Value) -> Result<()> {
    let (project, public) = (&cx.who.project_id, choice.flag("is_public"));
    let shares_class = |row: &Value| {
        let known = row.items("class_definitions");
        package
            .class_names
            .iter()
            .any(|name| known.iter().any(|known| known == name))
    };
    let in_scope =
        |row: &Value| row.text("owner_id") == project || (public && row.flag("is_public"));
    if cx
        .db
        .rows(Table::Packages)
        .any(|row| in_scope(row) && shares_class(row))
    {
        return Err(packages::class_clash());
    }
    let same_name = |row: &Value| row.text("fully_qualified_name") == package.full_name;
    if public
        && cx
            .db
            .rows(Table::Packages)
            .any(|row| row.flag("is_public") && same_name(row))
    {
        return Err(packages::name_clash());
    }
    packages::check_categories(cx.db, choice.items("categories"))?;
    if cx
        .db
        .rows(Table::Packages)
        .any(|row| row.text("owner_id") == project && same_name(row))
    {
        return Err(detailed(
            409,
            "Package with specified full name is already registered",
        ));
    }
    Ok(())
}

/// Stores a package with its classes and files and returns its id.
pub(crate) fn store(
    db: &mut Store,
    owner: &str,
    (package, bytes): (Package, Bytes),
    choice: &Value,
) -> String {
    let id = db.new_id();
    let now = db.stamp();
    let mut tags = package.tags;
    tags.extend(
        choice
            .items("tags")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned),
    );
    let mut unique: Vec<String> = Vec::new();
    for tag in tags {
        if !unique.contains(&tag) {
            unique.push(tag);
        }
    }
    let mut row = package.facts;
    row.set("id", id.as_str());
    row.set("tags", unique);
    row.set("class_definitions", package.class_names);
    row.set("owner_id", owner);
    for key in ["categories", "is_public", "enabled"] {
        row.set(key, choice[key].clone());
    }
    for key in ["created", "updated"] {
        row.set(key, now);
    }
    row.set("_version", package.version);
    row.set("_ui", package.ui);
    row.set("_hot", package.is_hot);
    db.put(Table::Packages, row);
    for class in package.classes {
        let key = format!("{id}/{}", class.name);
        let class = serde_json::to_value(class).unwrap_or_default();
        db.put(
            Table::Classes,
            json!({"id": key, "package_id": id, "class": class}),
        );
    }
    db.put_blob(&id, bytes);
    for (suffix, image) in [
        ("/logo", package.logo),
        ("/supplier_logo", package.supplier_logo),
    ] {
        if let Some(image) = image {
            db.put_blob(&format!("{id}{suffix}"), Bytes::from(image));
        }
    }
    id
}
