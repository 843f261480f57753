//! Roles of users in projects.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Ask, Result, missing, no_content, not_routed};
use crate::json::Fields as _;
use crate::state::{Store, Table};

/// Gives a user a role in a project.
pub(super) fn grant(db: &mut Store, project: &str, user: &str, role: &str) {
    let id = format!("{project}/{user}/{role}");
    db.put(
        Table::Grants,
        json!({"id": id, "project_id": project, "user_id": user, "role_id": role}),
    );
}

/// The roles of a user in a project.
pub(super) fn roles_of(db: &Store, project: &str, user: &str) -> Vec<Value> {
    db.rows(Table::Grants)
        .filter(|row| row.text("project_id") == project && row.text("user_id") == user)
        .filter_map(|row| db.get(Table::Roles, row.text("role_id")))
        .cloned()
        .collect()
}

/// `/projects/{project}/users/{user}/roles[/{role}]`
pub(super) fn handle(
    ask: &mut Ask<'_>,
    method: &Method,
    (project, user): (&str, &str),
    rest: &[&str],
) -> Result {
    let rule = match method.as_str() {
        "GET" | "HEAD" if rest.is_empty() => "identity:list_grants",
        "GET" | "HEAD" => "identity:check_grant",
        "PUT" => "identity:create_grant",
        "DELETE" => "identity:revoke_grant",
        _ => return Err(not_routed()),
    };
    ask.admin(rule)?;
    exists(ask.db, Table::Projects, "project", project)?;
    exists(ask.db, Table::Users, "user", user)?;
    match (method.as_str(), rest) {
        ("GET", []) => {
            let rows = roles_of(ask.db, project, user);
            let rows = rows.iter().map(|row| ask.view("roles", row)).collect();
            Ok(ask.list(
                "roles",
                &format!("projects/{project}/users/{user}/roles"),
                rows,
            ))
        }
        (verb, [role]) => {
            exists(ask.db, Table::Roles, "role", role)?;
            let id = format!("{project}/{user}/{role}");
            let known = ask.db.get(Table::Grants, &id).is_some();
            match verb {
                "PUT" => grant(ask.db, project, user, role),
                _ if !known => return Err(missing("role assignment", role)),
                "DELETE" => drop(ask.db.remove(Table::Grants, &id)),
                _ => {}
            }
            Ok(no_content())
        }
        _ => Err(not_routed()),
    }
}

fn exists(db: &Store, table: Table, kind: &str, id: &str) -> Result<()> {
    db.get(table, id)
        .map(|_| ())
        .ok_or_else(|| missing(kind, id))
}

/// `GET /role_assignments`
pub(super) fn assignments(ask: &mut Ask<'_>) -> Result {
    ask.admin("identity:list_role_assignments")?;
    let wanted = |key: &str, value: &str| ask.query.last(key).is_none_or(|asked| asked == value);
    let rows = ask
        .db
        .rows(Table::Grants)
        .filter(|row| wanted("user.id", row.text("user_id")))
        .filter(|row| wanted("scope.project.id", row.text("project_id")))
        .filter(|row| wanted("role.id", row.text("role_id")))
        .map(|row| assignment(ask, row))
        .collect();
    Ok(ask.list("role_assignments", "role_assignments", rows))
}

fn assignment(ask: &Ask<'_>, row: &Value) -> Value {
    let names = ask.query.has("include_names");
    let part = |table: Table, id: &Value, domain: bool| {
        let mut part = json!({"id": id});
        if names {
            let found = ask.db.get(table, id.as_str().unwrap_or_default());
            part.set(
                "name",
                found.map(|row| row["name"].clone()).unwrap_or_default(),
            );
            if domain {
                part.set("domain", json!({"id": "default", "name": "Default"}));
            }
        }
        part
    };
    let (project, user, role) = (
        row.text("project_id"),
        row.text("user_id"),
        row.text("role_id"),
    );
    let link = format!(
        "{}/projects/{project}/users/{user}/roles/{role}",
        ask.base()
    );
    json!({
        "links": {"assignment": link},
        "scope": {"project": part(Table::Projects, &row["project_id"], true)},
        "user": part(Table::Users, &row["user_id"], true),
        "role": part(Table::Roles, &row["role_id"], false),
    })
}
