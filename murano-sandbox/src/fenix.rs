//! A Fenix beside Murano: maintenance sessions, answered as the real service answers them.
//!
//! It has no Nova to look into: each project has two instances, which sit on the hosts of a session in turn.

mod late;
mod session;
mod workflow;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, header};
use serde_json::{Value, json};

use crate::errors::Failure;
use crate::identity;
use crate::server::{self, Answered, Settings, Shared, text_header};
use crate::state::Store;

/// Which Fenix a sandbox has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fenix {
    /// From 2019: sessions and what projects reply to them. It looks at no token, its update of a session does
    /// nothing, and whatever is wrong with a call is a bare 500.
    #[default]
    Early,
    /// From 2020 on: besides, it wants a token, failed sessions go on from a state, there are details of sessions and
    /// constraints of instances and their groups. What is added was never seen answering, so its answers are a guess.
    Late,
}

/// What a call is answered with.
#[derive(Debug, PartialEq)]
struct Reply {
    status: u16,
    body: Value,
    /// Methods of the path, for a call with another one.
    allow: Option<&'static str>,
}

impl Reply {
    fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            body,
            allow: None,
        }
    }

    /// A failure that is said in one sentence.
    fn refusal(status: u16, text: &str) -> Self {
        Self::new(status, json!({ "error": text }))
    }

    fn into_response(self) -> Response<Body> {
        // Of a crash the framework says as much; only its label is of another kind.
        let label = match self.status {
            500 => "text/html; charset=utf-8",
            _ => "application/json",
        };
        let body = match self.status {
            204 => Body::empty(),
            _ => Body::from(crate::json::ascii(&self.body) + "\n"),
        };
        let mut response = server::respond(self.status, label, body);
        let headers = response.headers_mut();
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        // It serves one call after the other, each on a connection of its own.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        Self::new(200, body)
    }
}

type Result<T = Reply> = std::result::Result<T, Reply>;

/// Whatever is wrong inside.
fn crash() -> Reply {
    Reply::new(500, json!({"status": 500, "message": "Unknown Error"}))
}

fn unknown_path() -> Reply {
    let text = "The requested URL was not found on the server.  If you entered the URL manually please check your \
                spelling and try again.";
    Reply::new(404, json!({ "message": text }))
}

fn unknown_session() -> Reply {
    Reply::refusal(404, "Invalid session")
}

fn unknown_method(allow: &'static str) -> Reply {
    let text = "The method is not allowed for the requested URL.";
    Reply {
        allow: Some(allow),
        ..Reply::new(405, json!({ "message": text }))
    }
}

/// One call.
struct Ask<'a> {
    db: &'a mut Store,
    settings: &'a Settings,
    /// Where the path was called.
    url: String,
    bytes: &'a [u8],
}

impl Ask<'_> {
    fn is_late(&self) -> bool {
        self.settings.fenix == Fenix::Late
    }

    /// The body, which has to be a JSON object.
    fn body(&self) -> Result<Value> {
        match serde_json::from_slice(self.bytes) {
            Ok(body @ Value::Object(_)) => Ok(body),
            _ => Err(crash()),
        }
    }
}

/// Answers a call below `/fenix`.
pub(crate) async fn answer(
    shared: &Shared,
    parts: &Parts,
    (origin, path): (&str, &[&str]),
    body: Body,
) -> Answered {
    let bytes = server::read(body).await;
    let mut store = shared.store();
    let token = text_header(&parts.headers, "x-auth-token");
    let user = token.and_then(|token| identity::caller(&store, token));
    if user.is_none() && shared.settings.fenix == Fenix::Late {
        let refused = Failure::Token.render(None);
        let body = Body::from(refused.body);
        let mut response = server::respond(refused.status, refused.content_type, body);
        server::challenge(&mut response, origin);
        return response.into();
    }
    let mut ask = Ask {
        db: &mut store,
        settings: &shared.settings,
        url: format!("{origin}{}", parts.uri.path()),
        bytes: &bytes,
    };
    workflow::settle(ask.db, ask.settings);
    let reply = dispatch(&mut ask, parts.method.as_str(), path);
    workflow::settle(ask.db, ask.settings);
    let mut reply = reply.unwrap_or_else(|refused| refused);
    if store.commit().is_err() {
        reply = crash();
    }
    let note = (reply.status == 404 && reply.body.get("message").is_some())
        .then(|| format!("no such route: {} {}", parts.method, parts.uri.path()));
    Answered {
        user: user.map(|user| user.user_name),
        note,
        ..reply.into_response().into()
    }
}

fn dispatch(ask: &mut Ask<'_>, method: &str, path: &[&str]) -> Result {
    let Some((&"v1", path)) = path.split_first() else {
        return Err(unknown_path());
    };
    if path.iter().any(|segment| segment.is_empty()) {
        // A slash at the end, too.
        return Err(unknown_path());
    }
    let is_late = ask.is_late();
    let has_body = !ask.bytes.is_empty();
    match (method, path) {
        ("GET" | "DELETE", _) if has_body => Err(Reply::new(400, json!({}))),
        ("POST", ["maintenance"]) => session::create(ask),
        ("GET", ["maintenance"]) => Ok(session::list(ask)),
        (_, ["maintenance"]) => Err(unknown_method("HEAD, POST, GET, OPTIONS")),
        ("GET", ["maintenance", id]) => session::show(ask, id),
        ("PUT", ["maintenance", id]) => session::update(ask, id),
        ("DELETE", ["maintenance", id]) => session::delete(ask, id),
        (_, ["maintenance", _]) => Err(unknown_method("HEAD, PUT, GET, DELETE, OPTIONS")),
        ("GET", ["maintenance", id, "detail"]) if is_late => late::detail(ask, id),
        ("GET", ["maintenance", id, project]) => session::of_project(ask, id, project),
        ("PUT", ["maintenance", id, project]) => session::reply(ask, id, project),
        (_, ["maintenance", _, _]) => Err(unknown_method("HEAD, PUT, GET, OPTIONS")),
        ("GET", [kind @ ("instance" | "instance_group"), id]) if is_late => {
            late::constraints(ask, kind, id)
        }
        ("PUT", [kind @ ("instance" | "instance_group"), id]) if is_late => {
            late::set_constraints(ask, kind, id)
        }
        ("DELETE", [kind @ ("instance" | "instance_group"), id]) if is_late => {
            late::unset_constraints(ask, kind, id)
        }
        (_, ["instance" | "instance_group", _]) if is_late => {
            Err(unknown_method("HEAD, PUT, GET, DELETE, OPTIONS"))
        }
        _ => Err(unknown_path()),
    }
}
