//! `POST /auth/tokens`: signing in by password, token or application credential.

use serde_json::Value;

use super::tokens::{self, Grant};
use super::{Answer, Ask, Result, expecting, grants, unauthorized};
use crate::clock;
use crate::json::Fields as _;
use crate::state::{Store, Table};

/// Checks the credentials and the scope, answers 201 with the new token in `X-Subject-Token`.
pub(super) fn sign_in(ask: &mut Ask<'_>) -> Result {
    let auth = ask
        .body
        .get("auth")
        .cloned()
        .ok_or_else(|| expecting("auth", "request body"))?;
    let identity = auth
        .get("identity")
        .ok_or_else(|| expecting("identity", "auth"))?;
    let methods = identity.items("methods");
    if methods.is_empty() {
        return Err(expecting("methods", "identity"));
    }
    let mut grant = Grant::default();
    for method in methods.iter().filter_map(Value::as_str) {
        let payload = identity
            .get(method)
            .ok_or_else(|| expecting(method, "identity"))?;
        let proved = match method {
            "password" => password(ask.db, payload)?,
            "token" => token(ask.db, payload)?,
            "application_credential" => app_credential(ask.db, payload)?,
            _ => return Err(unauthorized()),
        };
        if !grant.user.is_empty() && grant.user != proved.user {
            return Err(unauthorized());
        }
        let mut methods = std::mem::take(&mut grant.methods);
        methods.push(method.to_owned());
        methods.extend(
            proved
                .methods
                .iter()
                .filter(|known| *known != method)
                .cloned(),
        );
        grant = Grant { methods, ..proved };
    }
    grant.project = scope(ask.db, &auth, &grant)?;
    let id = tokens::issue(ask.db, grant, ask.token_time);
    let row = ask.db.get(Table::Tokens, &id).ok_or_else(unauthorized)?;
    let body = tokens::describe(ask, row);
    Ok(Answer {
        status: 201,
        body,
        subject: Some(id),
    })
}

fn password(db: &Store, payload: &Value) -> Result<Grant> {
    let user = payload
        .get("user")
        .ok_or_else(|| expecting("user", "password"))?;
    let secret = user
        .get("password")
        .ok_or_else(|| expecting("password", "user"))?;
    let row = find_user(db, user)?;
    if row.flag("enabled") && row["_password"] == *secret {
        Ok(Grant {
            user: row.text("id").to_owned(),
            ..Grant::default()
        })
    } else {
        Err(unauthorized())
    }
}

fn token(db: &Store, payload: &Value) -> Result<Grant> {
    let row = tokens::valid(db, payload.text("id")).ok_or_else(unauthorized)?;
    let first = row
        .items("audit_ids")
        .last()
        .and_then(Value::as_str)
        .unwrap_or_default();
    let methods = row
        .items("methods")
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned);
    Ok(Grant {
        user: row.text("user_id").to_owned(),
        methods: methods.collect(),
        parent: Some((first.to_owned(), row.number("expires_at"))),
        ..Grant::default()
    })
}

fn app_credential(db: &Store, payload: &Value) -> Result<Grant> {
    let row = if let Some(id) = payload.get("id").and_then(Value::as_str) {
        db.get(Table::AppCredentials, id)
    } else {
        let user = payload
            .get("user")
            .ok_or_else(|| expecting("user", "application_credential"))?;
        let owner = find_user(db, user)?.text("id").to_owned();
        let name = payload.text("name").to_owned();
        db.rows(Table::AppCredentials)
            .find(|row| row.text("user_id") == owner && row.text("name") == name)
    };
    let row = row.ok_or_else(unauthorized)?;
    let over = row["expires_at"]
        .as_str()
        .and_then(clock::parse)
        .is_some_and(|at| at <= db.now());
    let enabled = db
        .get(Table::Users, row.text("user_id"))
        .is_some_and(|user| user.flag("enabled"));
    if over || !enabled || payload.get("secret") != row.get("_secret") {
        return Err(unauthorized());
    }
    Ok(Grant {
        user: row.text("user_id").to_owned(),
        project: Some(row.text("project_id").to_owned()),
        app_credential: Some(row.text("id").to_owned()),
        ..Grant::default()
    })
}

/// A user by id, or by name within a domain.
fn find_user<'a>(db: &'a Store, user: &Value) -> Result<&'a Value> {
    if let Some(id) = user.get("id").and_then(Value::as_str) {
        return db.get(Table::Users, id).ok_or_else(unauthorized);
    }
    let name = user
        .get("name")
        .and_then(Value::as_str)
        .ok_or_else(|| expecting("name", "user"))?;
    let domain = user
        .get("domain")
        .ok_or_else(|| expecting("domain", "user"))?;
    let row = db
        .find(Table::Users, "name", name)
        .filter(|_| is_default(domain));
    row.ok_or_else(unauthorized)
}

fn is_default(domain: &Value) -> bool {
    match domain.get("id") {
        Some(id) => id == "default",
        // Keystone's database compares names without regard to case.
        None => domain.text("name").eq_ignore_ascii_case("default"),
    }
}

/// The project asked for, if the user has a role in it.
fn scope(db: &Store, auth: &Value, grant: &Grant) -> Result<Option<String>> {
    // An application credential brings its scope with it and allows no other.
    if grant.app_credential.is_some() {
        return if auth.get("scope").is_none() {
            Ok(grant.project.clone())
        } else {
            Err(unauthorized())
        };
    }
    let Some(scope) = auth.get("scope") else {
        return Ok(None);
    };
    if scope == "unscoped" || scope.get("unscoped").is_some() {
        return Ok(None);
    }
    let project = scope.get("project").ok_or_else(unauthorized)?;
    let row = if let Some(id) = project.get("id").and_then(Value::as_str) {
        db.get(Table::Projects, id)
    } else {
        let name = project.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| expecting("name", "project"))?;
        let domain = project
            .get("domain")
            .ok_or_else(|| expecting("domain", "project"))?;
        db.find(Table::Projects, "name", name)
            .filter(|_| is_default(domain))
    };
    let id = row
        .filter(|row| row.flag("enabled"))
        .map(|row| row.text("id").to_owned());
    let id = id.ok_or_else(unauthorized)?;
    if grants::roles_of(db, &id, &grant.user).is_empty() {
        Err(unauthorized())
    } else {
        Ok(Some(id))
    }
}
