//! A Keystone v3 that is large enough for the users of a catalog.
//!
//! It signs users in, says who a token belongs to and manages users, projects, roles, grants and
//! application credentials. Domains cannot be added: there is only `Default`.

mod accounts;
mod app_credentials;
mod catalog;
mod grants;
mod seed;
mod sign_in;
mod tokens;

use axum::http::Method;
use serde_json::{Value, json};

use crate::json::Fields as _;
use crate::query::Query;
use crate::state::{Store, Table};

pub(crate) use seed::{SERVICE_PROJECT, add_neighbours, seed};
pub(crate) use tokens::caller;

/// The user behind a valid token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caller {
    pub(crate) user_id: String,
    pub(crate) user_name: String,
    /// Empty when the token has no scope.
    pub(crate) project_id: String,
    pub(crate) is_admin: bool,
}

/// Everything an identity call is made of.
pub(crate) struct Ask<'a> {
    pub(crate) db: &'a mut Store,
    /// Scheme, host and port the caller used, such as `http://127.0.0.1:4711`.
    pub(crate) origin: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) subject: Option<&'a str>,
    pub(crate) query: &'a Query,
    /// The parsed body; null when there is none.
    pub(crate) body: Value,
    /// How long a new token lives, in microseconds.
    pub(crate) token_time: i64,
}

/// What Keystone answers.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Empty body when null.
    pub(crate) body: Value,
    pub(crate) subject: Option<String>,
}

type Result<T = Answer> = std::result::Result<T, Answer>;

impl Ask<'_> {
    /// The caller, or the refusal every call without a valid token gets.
    fn caller(&self) -> Result<Caller> {
        self.token
            .and_then(|token| caller(self.db, token))
            .ok_or_else(unauthorized)
    }

    /// The caller if an administrator; `rule` is the name the refusal shows.
    fn admin(&self, rule: &str) -> Result<Caller> {
        let caller = self.caller()?;
        if caller.is_admin {
            Ok(caller)
        } else {
            Err(forbidden(rule))
        }
    }

    fn base(&self) -> String {
        format!("{}/identity/v3", self.origin)
    }

    /// A row as Keystone shows it: without what starts with an underscore, with a link to itself.
    fn view(&self, kind: &str, row: &Value) -> Value {
        let mut shown = row.clone();
        if let Some(members) = shown.as_object_mut() {
            members.retain(|key, _| !key.starts_with('_'));
        }
        shown.set(
            "links",
            json!({"self": format!("{}/{kind}/{}", self.base(), row.text("id"))}),
        );
        shown
    }

    /// A list under its name, with the links Keystone adds to lists.
    fn list(&self, key: &str, path: &str, rows: Vec<Value>) -> Answer {
        let links =
            json!({"next": null, "self": format!("{}/{path}", self.base()), "previous": null});
        let mut body = json!({});
        body.set(key, rows);
        body.set("links", links);
        ok(body)
    }
}

fn ok(body: Value) -> Answer {
    Answer {
        status: 200,
        body,
        subject: None,
    }
}

fn created(body: Value) -> Answer {
    Answer {
        status: 201,
        body,
        subject: None,
    }
}

fn no_content() -> Answer {
    Answer {
        status: 204,
        body: Value::Null,
        subject: None,
    }
}

fn refusal(status: u16, title: &str, message: &str) -> Answer {
    let body = json!({"error": {"code": status, "message": message, "title": title}});
    Answer {
        status,
        body,
        subject: None,
    }
}

pub(crate) fn unauthorized() -> Answer {
    refusal(
        401,
        "Unauthorized",
        "The request you have made requires authentication.",
    )
}

fn forbidden(rule: &str) -> Answer {
    let message = format!("You are not authorized to perform the requested action: {rule}.");
    refusal(403, "Forbidden", &message)
}

fn missing(kind: &str, id: &str) -> Answer {
    refusal(404, "Not Found", &format!("Could not find {kind}: {id}."))
}

fn not_routed() -> Answer {
    refusal(404, "Not Found", "The resource could not be found.")
}

fn expecting(what: &str, place: &str) -> Answer {
    let message = format!(
        "Expecting to find {what} in {place}. The server could not comply with the request since it \
         is either malformed or otherwise incorrect. The client is assumed to be in error."
    );
    refusal(400, "Bad Request", &message)
}

fn conflict(kind: &str, name: &str) -> Answer {
    let message = format!(
        "Conflict occurred attempting to store {kind} - Duplicate entry found with name {name}."
    );
    refusal(409, "Conflict", &message)
}

/// The answer to a call whose changes could not be stored.
pub(crate) fn not_stored(error: &std::io::Error) -> Answer {
    refusal(500, "Internal Server Error", &error.to_string())
}

fn version(origin: &str) -> Value {
    json!({
        "id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{origin}/identity/v3/")}],
        "media-types": [{"base": "application/json",
            "type": "application/vnd.openstack.identity-v3+json"}],
    })
}

/// Answers a call below `/identity`.
pub(crate) fn handle(ask: &mut Ask<'_>, method: &Method, path: &[&str]) -> Answer {
    let path: Vec<&str> = path
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    let result = match path.as_slice() {
        [] => Ok(Answer {
            status: 300,
            body: json!({"versions": {"values": [version(ask.origin)]}}),
            subject: None,
        }),
        ["v3"] => Ok(ok(json!({"version": version(ask.origin)}))),
        ["v3", rest @ ..] => dispatch(ask, method, rest),
        _ => Err(not_routed()),
    };
    result.unwrap_or_else(|refused| refused)
}

fn dispatch(ask: &mut Ask<'_>, method: &Method, path: &[&str]) -> Result {
    match (method.as_str(), path) {
        ("POST", ["auth", "tokens"]) => sign_in::sign_in(ask),
        ("GET" | "HEAD", ["auth", "tokens"]) => tokens::validate(ask),
        ("DELETE", ["auth", "tokens"]) => tokens::revoke(ask),
        ("GET", ["auth", "catalog"]) => catalog::show(ask),
        ("GET", ["auth", "projects"]) => accounts::own_projects(ask),
        ("GET", ["auth", "domains"]) => catalog::own_domains(ask),
        (_, ["users", user, "application_credentials", rest @ ..]) => {
            app_credentials::handle(ask, method, user, rest)
        }
        ("GET", ["users", user, "projects"]) => accounts::projects_of(ask, user),
        ("GET", ["role_assignments"]) => grants::assignments(ask),
        (_, ["projects", project, "users", user, "roles", rest @ ..]) => {
            grants::handle(ask, method, (project, user), rest)
        }
        (_, ["users", rest @ ..]) => accounts::handle(ask, &accounts::USERS, method, rest),
        (_, ["projects", rest @ ..]) => accounts::handle(ask, &accounts::PROJECTS, method, rest),
        (_, ["roles", rest @ ..]) => accounts::handle(ask, &accounts::ROLES, method, rest),
        ("GET", ["domains", rest @ ..]) => catalog::domains(ask, rest),
        ("GET", ["regions"]) => catalog::regions(ask),
        ("GET", ["services", rest @ ..]) => catalog::rows(ask, Table::Services, rest),
        ("GET", ["endpoints", rest @ ..]) => catalog::rows(ask, Table::Endpoints, rest),
        _ => Err(not_routed()),
    }
}
