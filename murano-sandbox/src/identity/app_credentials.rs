//! `/users/{user}/application_credentials`

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    Ask, Result, conflict, created, expecting, missing, no_content, not_routed, ok, tokens,
};
use crate::json::Fields as _;
use crate::state::Table;

/// Lists, makes, shows and removes the credentials of a user. Nobody does so for another.
pub(super) fn handle(ask: &mut Ask<'_>, method: &Method, user: &str, rest: &[&str]) -> Result {
    let verb = match (method.as_str(), rest) {
        ("GET", []) => "list_application_credentials",
        ("GET", [_]) => "get_application_credential",
        ("POST", []) => "create_application_credential",
        ("DELETE", [_]) => "delete_application_credential",
        _ => return Err(not_routed()),
    };
    let caller = ask.caller()?;
    let reading = method == Method::GET && caller.is_admin;
    if caller.user_id != user && !reading {
        return Err(super::forbidden(&format!("identity:{verb}")));
    }
    match (method.as_str(), rest) {
        ("GET", []) => Ok(list(ask, user)),
        ("POST", _) => create(ask, user),
        ("GET", [id]) => {
            let row = find(ask, user, id)?;
            Ok(ok(
                json!({"application_credential": ask.view("application_credentials", row)}),
            ))
        }
        (_, [id]) => {
            find(ask, user, id)?;
            ask.db.remove(Table::AppCredentials, id);
            Ok(no_content())
        }
        _ => Err(not_routed()),
    }
}

fn find<'a>(ask: &'a Ask<'_>, user: &str, id: &str) -> Result<&'a Value> {
    let row = ask
        .db
        .get(Table::AppCredentials, id)
        .filter(|row| row.text("user_id") == user);
    row.ok_or_else(|| missing("Application Credential", id))
}

fn list(ask: &Ask<'_>, user: &str) -> super::Answer {
    let wanted = |row: &&Value| {
        row.text("user_id") == user
            && ask
                .query
                .last("name")
                .is_none_or(|name| row.text("name") == name)
    };
    let rows = ask.db.rows(Table::AppCredentials).filter(wanted);
    let rows = rows
        .map(|row| ask.view("application_credentials", row))
        .collect();
    ask.list(
        "application_credentials",
        &format!("users/{user}/application_credentials"),
        rows,
    )
}

fn create(ask: &mut Ask<'_>, user: &str) -> Result {
    let given = ask.body.get("application_credential").cloned();
    let given = given.ok_or_else(|| expecting("application_credential", "request body"))?;
    let name = given.text("name").to_owned();
    if name.is_empty() {
        return Err(expecting("name", "application_credential"));
    }
    let token = ask.token.and_then(|token| tokens::valid(ask.db, token));
    let token = token.ok_or_else(super::unauthorized)?.clone();
    let used = ask
        .db
        .get(Table::AppCredentials, token.text("app_credential_id"));
    if used.is_some_and(|used| !used.flag("unrestricted")) || token["project_id"].is_null() {
        return Err(super::forbidden("identity:create_application_credential"));
    }
    let taken = ask
        .db
        .rows(Table::AppCredentials)
        .any(|row| row.text("user_id") == user && row.text("name") == name);
    if taken {
        return Err(conflict("application_credential", &name));
    }
    let roles = chosen_roles(ask, &token, given.items("roles"))?;
    let id = ask.db.new_id();
    let secret = match given.get("secret").and_then(Value::as_str) {
        Some(secret) => secret.to_owned(),
        None => format!("{}{}", ask.db.new_id(), ask.db.new_id()),
    };
    let member = |key: &str| given.get(key).cloned().unwrap_or_default();
    let row = json!({
        "id": id, "name": name, "description": member("description"), "user_id": user,
        "project_id": token["project_id"], "system": null, "expires_at": member("expires_at"),
        "unrestricted": member("unrestricted"), "roles": roles, "_secret": secret,
    });
    let mut shown = ask.view("application_credentials", &row);
    shown.set("secret", secret);
    ask.db.put(Table::AppCredentials, row);
    Ok(created(json!({"application_credential": shown})))
}

/// The roles named by id or name; every role of the token when none is named.
fn chosen_roles(ask: &Ask<'_>, token: &Value, named: &[Value]) -> Result<Vec<Value>> {
    let own = tokens::roles(ask.db, token);
    if named.is_empty() {
        return Ok(own);
    }
    let one = |wanted: &Value| {
        let same = |role: &&Value| {
            wanted
                .get("id")
                .map_or(wanted["name"] == role["name"], |id| *id == role["id"])
        };
        let text = if wanted.text("id").is_empty() {
            wanted.text("name")
        } else {
            wanted.text("id")
        };
        own.iter()
            .find(same)
            .cloned()
            .ok_or_else(|| missing("role", text))
    };
    named.iter().map(one).collect()
}
