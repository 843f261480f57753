//! Users, projects and roles.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    Ask, Caller, Result, conflict, created, expecting, missing, no_content, not_routed, ok, seed,
};
use crate::json::Fields as _;
use crate::state::Table;

/// A kind of row an administrator manages.
pub(super) struct Kind {
    table: Table,
    one: &'static str,
    many: &'static str,
    /// Members a change may touch.
    open: &'static [&'static str],
}

pub(super) const USERS: Kind = Kind {
    table: Table::Users,
    one: "user",
    many: "users",
    open: &[
        "name",
        "enabled",
        "description",
        "email",
        "default_project_id",
    ],
};
pub(super) const PROJECTS: Kind = Kind {
    table: Table::Projects,
    one: "project",
    many: "projects",
    open: &["name", "enabled", "description", "tags"],
};
pub(super) const ROLES: Kind = Kind {
    table: Table::Roles,
    one: "role",
    many: "roles",
    open: &["name", "description"],
};

/// `/users`, `/projects` and `/roles` with what is below.
pub(super) fn handle(ask: &mut Ask<'_>, kind: &Kind, method: &Method, rest: &[&str]) -> Result {
    match (method.as_str(), rest) {
        ("GET", []) => list(ask, kind),
        ("POST", []) => create(ask, kind),
        ("GET", [id]) => show(ask, kind, id),
        ("PATCH", [id]) => change(ask, kind, id),
        ("DELETE", [id]) => delete(ask, kind, id),
        _ => Err(not_routed()),
    }
}

fn list(ask: &mut Ask<'_>, kind: &Kind) -> Result {
    ask.admin(&format!("identity:list_{}", kind.many))?;
    let wanted = |row: &&Value| {
        ["name", "domain_id"]
            .iter()
            .all(|key| match ask.query.last(key) {
                Some(value) => row.text(key) == value,
                None => true,
            })
    };
    let rows: Vec<Value> = ask
        .db
        .rows(kind.table)
        .filter(wanted)
        .map(|row| ask.view(kind.many, row))
        .collect();
    Ok(ask.list(kind.many, kind.many, rows))
}

fn show(ask: &mut Ask<'_>, kind: &Kind, id: &str) -> Result {
    let caller = ask.caller()?;
    if !caller.is_admin && caller.user_id != id && caller.project_id != id {
        return Err(super::forbidden(&format!("identity:get_{}", kind.one)));
    }
    let row = ask
        .db
        .get(kind.table, id)
        .ok_or_else(|| missing(kind.one, id))?;
    Ok(ok(json!({kind.one: ask.view(kind.many, row)})))
}

fn create(ask: &mut Ask<'_>, kind: &Kind) -> Result {
    ask.admin(&format!("identity:create_{}", kind.one))?;
    let given = ask.body.get(kind.one).cloned();
    let given = given.ok_or_else(|| expecting(kind.one, "request body"))?;
    let name = given.text("name").to_owned();
    if name.is_empty() {
        return Err(expecting("name", kind.one));
    }
    if ask.db.find(kind.table, "name", &name).is_some() {
        return Err(conflict(kind.one, &name));
    }
    let id = ask.db.new_id();
    let mut row = match kind.table {
        Table::Users => seed::user_row(&id, &name, given.text("password")),
        Table::Projects => seed::project_row(&id, &name, given.text("description")),
        _ => json!({"id": id, "name": name, "domain_id": null, "description": null, "options": {}}),
    };
    copy_open(kind, &given, &mut row);
    let shown = ask.view(kind.many, &row);
    ask.db.put(kind.table, row);
    Ok(created(json!({kind.one: shown})))
}

fn copy_open(kind: &Kind, given: &Value, row: &mut Value) {
    for key in kind.open {
        if let Some(value) = given.get(*key) {
            row.set(key, value.clone());
        }
    }
    if let (Table::Users, Some(password)) = (kind.table, given.get("password")) {
        row.set("_password", password.clone());
    }
}

fn change(ask: &mut Ask<'_>, kind: &Kind, id: &str) -> Result {
    ask.admin(&format!("identity:update_{}", kind.one))?;
    let mut row = ask
        .db
        .get(kind.table, id)
        .cloned()
        .ok_or_else(|| missing(kind.one, id))?;
    let given = ask
        .body
        .get(kind.one)
        .ok_or_else(|| expecting(kind.one, "request body"))?;
    let name = given.text("name").to_owned();
    if ask
        .db
        .find(kind.table, "name", &name)
        .is_some_and(|other| other.text("id") != id)
    {
        return Err(conflict(kind.one, &name));
    }
    copy_open(kind, given, &mut row);
    let shown = ask.view(kind.many, &row);
    ask.db.put(kind.table, row);
    Ok(ok(json!({kind.one: shown})))
}

fn delete(ask: &mut Ask<'_>, kind: &Kind, id: &str) -> Result {
    ask.admin(&format!("identity:delete_{}", kind.one))?;
    ask.db
        .remove(kind.table, id)
        .ok_or_else(|| missing(kind.one, id))?;
    let key = format!("{}_id", kind.one);
    for table in [Table::Grants, Table::Tokens, Table::AppCredentials] {
        ask.db.remove_where(table, &key, id);
    }
    Ok(no_content())
}

/// `GET /auth/projects`
pub(super) fn own_projects(ask: &mut Ask<'_>) -> Result {
    let Caller { user_id, .. } = ask.caller()?;
    Ok(projects(ask, &user_id, "auth/projects"))
}

/// `GET /users/{user}/projects`
pub(super) fn projects_of(ask: &mut Ask<'_>, user: &str) -> Result {
    let caller = ask.caller()?;
    if !caller.is_admin && caller.user_id != user {
        return Err(super::forbidden("identity:list_user_projects"));
    }
    Ok(projects(ask, user, &format!("users/{user}/projects")))
}

fn projects(ask: &Ask<'_>, user: &str, path: &str) -> super::Answer {
    let granted = |row: &&Value| {
        ask.db.rows(Table::Grants).any(|grant| {
            grant.text("user_id") == user && grant.text("project_id") == row.text("id")
        })
    };
    let rows = ask.db.rows(Table::Projects).filter(granted);
    ask.list(
        "projects",
        path,
        rows.map(|row| ask.view("projects", row)).collect(),
    )
}
