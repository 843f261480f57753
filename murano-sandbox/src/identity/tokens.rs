//! Tokens: making, showing, checking, revoking.

use serde_json::{Value, json};

use super::{Answer, Ask, Caller, Result, grants, missing, no_content, refusal};
use crate::clock::token_text;
use crate::json::Fields as _;
use crate::state::{Store, Table};

/// Whom a new token is for.
#[derive(Debug, Default)]
pub(super) struct Grant {
    pub(super) user: String,
    /// No scope when absent.
    pub(super) project: Option<String>,
    pub(super) methods: Vec<String>,
    /// The credential that was used, with the roles it is limited to.
    pub(super) app_credential: Option<String>,
    /// Audit id and end of the token this one was made from.
    pub(super) parent: Option<(String, i64)>,
}

/// Stores a token and returns its id.
pub(super) fn issue(db: &mut Store, grant: Grant, token_time: i64) -> String {
    forget_expired(db);
    let id = format!("gAAAAA{}{}{}", db.new_id(), db.new_id(), db.new_id());
    // Keystone counts in whole seconds.
    let now = db.now() - db.now().rem_euclid(1_000_000);
    let audit = db.new_id()[..22].to_owned();
    let (audits, end) = match grant.parent {
        Some((parent, end)) => (vec![audit, parent], end),
        None => (vec![audit], now + token_time),
    };
    db.put(
        Table::Tokens,
        json!({"id": id, "user_id": grant.user, "project_id": grant.project,
            "methods": grant.methods, "issued_at": now, "expires_at": end, "audit_ids": audits,
            "app_credential_id": grant.app_credential}),
    );
    id
}

/// Removes tokens that have ended, oldest first. They live equally long, so the first that is valid ends the search.
fn forget_expired(db: &mut Store) {
    let expired = |row: &&Value| row.number("expires_at") <= db.now();
    let ended = db.rows(Table::Tokens).take_while(expired);
    let ended: Vec<String> = ended.map(|row| row.text("id").to_owned()).collect();
    for id in ended {
        db.remove(Table::Tokens, &id);
    }
}

/// The stored token, unless it has ended or its user is gone or disabled.
pub(super) fn valid<'a>(db: &'a Store, token: &str) -> Option<&'a Value> {
    let row = db.get(Table::Tokens, token)?;
    let user = db.get(Table::Users, row.text("user_id"))?;
    let credential = row.text("app_credential_id");
    let known = credential.is_empty() || db.get(Table::AppCredentials, credential).is_some();
    (row.number("expires_at") > db.now() && user.flag("enabled") && known).then_some(row)
}

/// Who a token belongs to.
pub(crate) fn caller(db: &Store, token: &str) -> Option<Caller> {
    let row = valid(db, token)?;
    let user = db.get(Table::Users, row.text("user_id"))?;
    let is_admin = roles(db, row)
        .iter()
        .any(|role| role.text("name") == "admin");
    Some(Caller {
        user_id: user.text("id").to_owned(),
        user_name: user.text("name").to_owned(),
        project_id: row.text("project_id").to_owned(),
        is_admin,
    })
}

/// The roles a token carries.
pub(super) fn roles(db: &Store, token: &Value) -> Vec<Value> {
    let granted = grants::roles_of(db, token.text("project_id"), token.text("user_id"));
    match db.get(Table::AppCredentials, token.text("app_credential_id")) {
        Some(credential) => {
            let allowed = credential.items("roles");
            let is_allowed = |role: &Value| allowed.iter().any(|a| a.text("id") == role.text("id"));
            granted.into_iter().filter(is_allowed).collect()
        }
        None => granted,
    }
}

/// The document that describes a token.
pub(super) fn describe(ask: &Ask<'_>, row: &Value) -> Value {
    let domain = json!({"id": "default", "name": "Default"});
    let user = ask.db.get(Table::Users, row.text("user_id"));
    let mut token = json!({
        "methods": row["methods"],
        "user": {"domain": domain, "id": row["user_id"],
            "name": user.map(|user| user["name"].clone()), "password_expires_at": null},
        "audit_ids": row["audit_ids"],
        "expires_at": token_text(row.number("expires_at")),
        "issued_at": token_text(row.number("issued_at")),
    });
    if let Some(project) = ask.db.get(Table::Projects, row.text("project_id")) {
        token.set(
            "project",
            json!({"domain": domain, "id": project["id"], "name": project["name"]}),
        );
        token.set("is_domain", false);
        let short = |role: &Value| json!({"id": role["id"], "name": role["name"]});
        token.set(
            "roles",
            roles(ask.db, row).iter().map(short).collect::<Vec<_>>(),
        );
        if !ask.query.has("nocatalog") {
            token.set("catalog", super::catalog::entries(ask));
        }
    }
    if let Some(credential) = ask
        .db
        .get(Table::AppCredentials, row.text("app_credential_id"))
    {
        let restricted = !credential.flag("unrestricted");
        token.set(
            "application_credential",
            json!({"id": credential["id"], "name": credential["name"], "restricted": restricted}),
        );
    }
    json!({"token": token})
}

/// The token named by `X-Subject-Token`, if the caller may see it.
fn subject<'a>(ask: &'a Ask<'_>, rule: &str) -> Result<&'a Value> {
    let caller = ask.caller()?;
    let unknown = || refusal(404, "Not Found", "Could not recognize Fernet token");
    let id = ask.subject.ok_or_else(|| missing("token", "None"))?;
    let row = valid(ask.db, id).ok_or_else(unknown)?;
    if caller.is_admin || caller.user_id == row.text("user_id") {
        Ok(row)
    } else {
        Err(super::forbidden(rule))
    }
}

/// `GET /auth/tokens`
pub(super) fn validate(ask: &mut Ask<'_>) -> Result {
    let row = subject(ask, "identity:validate_token")?;
    let id = row.text("id").to_owned();
    Ok(Answer {
        status: 200,
        body: describe(ask, row),
        subject: Some(id),
    })
}

/// `DELETE /auth/tokens`
pub(super) fn revoke(ask: &mut Ask<'_>) -> Result {
    let id = subject(ask, "identity:revoke_token")?.text("id").to_owned();
    ask.db.remove(Table::Tokens, &id);
    Ok(no_content())
}
