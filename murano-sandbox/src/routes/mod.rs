//! The routes of Murano v1: one file per noun, each with a table of its paths beside what they do.

mod actions;
mod categories;
mod deployments;
pub(crate) mod environments;
mod models;
mod package_schema;
mod package_search;
pub(crate) mod package_upload;
mod packages;
mod route;
mod schemas;
mod services;
mod sessions;
mod statistics;
mod template_services;
mod templates;

use std::time::Instant;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, header};
use serde_json::Value;

use crate::errors::{self, Failure, Result, generic};
use crate::identity::{self, Caller};
use crate::patch::{self, Operation};
use crate::query::Query;
use crate::server::{self, Answered, Settings, Shared, text_header};
use crate::state::Store;
use crate::upload::{self, Upload};
use crate::{accept, engine};

pub(crate) use route::{Need, Params, Route, Sends};

/// Every route of the service.
fn table() -> impl Iterator<Item = &'static Route> {
    [
        environments::ROUTES,
        models::ROUTES,
        sessions::ROUTES,
        services::ROUTES,
        deployments::ROUTES,
        actions::ROUTES,
        schemas::ROUTES,
        templates::ROUTES,
        template_services::ROUTES,
        packages::ROUTES,
        categories::ROUTES,
        statistics::ROUTES,
    ]
    .into_iter()
    .flatten()
}

/// The body of a call after its type and syntax were checked.
#[derive(Debug, Default)]
pub(crate) enum Payload {
    #[default]
    None,
    Json(Value),
    Patch(patch::Target, Vec<Operation>),
    Upload(Upload),
}

/// Everything a controller works with.
pub(crate) struct Cx<'a> {
    pub(crate) db: &'a mut Store,
    pub(crate) who: &'a Caller,
    pub(crate) query: &'a Query,
    /// Value of `X-Configuration-Session`, unless empty.
    pub(crate) session: Option<&'a str>,
    pub(crate) payload: Payload,
    pub(crate) settings: &'a Settings,
}

impl Cx<'_> {
    /// The JSON body; null when there is none.
    pub(crate) fn body(&self) -> &Value {
        match &self.payload {
            Payload::Json(value) => value,
            _ => &Value::Null,
        }
    }

    /// Refuses members of ordinary projects.
    pub(crate) fn require_admin(&self) -> Result<()> {
        if self.who.is_admin {
            Ok(())
        } else {
            Err(generic(403))
        }
    }
}

/// What a controller returns.
#[derive(Debug, PartialEq)]
pub(crate) enum Reply {
    Json(Value),
    Raw {
        content_type: &'static str,
        bytes: axum::body::Bytes,
    },
}

impl From<Value> for Reply {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

/// An empty answer.
pub(crate) const NOTHING: Reply = Reply::Json(Value::Null);

/// Where a call goes.
pub(crate) struct Target<'a> {
    /// Decoded segments behind `/v1`.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a Query,
    pub(crate) origin: &'a str,
}

/// Answers a call below `/v1`: token, route, body, `Accept`, controller, in this order.
pub(crate) async fn answer(
    shared: &Shared,
    parts: &Parts,
    target: Target<'_>,
    body: Body,
) -> Answered {
    let accepted = text_header(&parts.headers, "accept").map(str::to_owned);
    let token = text_header(&parts.headers, "x-auth-token");
    let who = token.and_then(|token| identity::caller(&shared.store(), token));
    let Some(who) = who else {
        // What was sent is read, so that the caller sees the answer and not a broken connection.
        server::read(body).await;
        return refuse(&Failure::Token, accepted.as_deref(), target.origin).into();
    };
    let start = Instant::now();
    let outcome = run(shared, parts, &target, (&who, body)).await;
    let took = (outcome.is_err(), start.elapsed());
    statistics::count(&mut shared.store(), target.path, &who.project_id, took);
    let unknown = matches!(outcome, Err((_, true)));
    let response = match outcome {
        Ok(response) => response,
        Err((failure, _)) => refuse(&failure, accepted.as_deref(), target.origin),
    };
    let note = unknown.then(|| format!("no such route: {} {}", parts.method, parts.uri.path()));
    Answered {
        user: Some(who.user_name),
        note,
        ..response.into()
    }
}

/// The flag of a failure says that the path is unknown.
async fn run(
    shared: &Shared,
    parts: &Parts,
    target: &Target<'_>,
    (who, body): (&Caller, Body),
) -> std::result::Result<Response<Body>, (Failure, bool)> {
    let Some((route, params)) = find(parts.method.as_str(), target.path) else {
        server::read(body).await;
        return Err((generic(404), true));
    };
    let known = |failure| (failure, false);
    let limit = shared.settings.package_limit_mib;
    let payload = payload(route.need, parts, body, limit)
        .await
        .map_err(known)?;
    let media = negotiate(route.sends, text_header(&parts.headers, "accept")).map_err(known)?;
    match (route.need, &payload) {
        (Need::Nothing, Payload::None) | (Need::Maybe | Need::Upload, _) => {}
        (Need::Nothing, _) | (Need::Body, Payload::None) => return Err(known(generic(400))),
        (Need::Body, _) => {}
    }
    let mut store = shared.store();
    engine::settle(&mut store);
    let mut cx = Cx {
        db: &mut store,
        who,
        query: target.query,
        session: text_header(&parts.headers, "x-configuration-session").filter(|id| !id.is_empty()),
        payload,
        settings: &shared.settings,
    };
    let reply = (route.run)(&mut cx, &params);
    let stored = store.commit();
    drop(store);
    stored.map_err(|error| known(errors::fault("DBError", error.to_string())))?;
    match (reply.map_err(known)?, media) {
        (
            Reply::Raw {
                content_type,
                bytes,
            },
            _,
        ) => Ok(server::respond(200, content_type, Body::from(bytes))),
        (Reply::Json(_), "application/octet-stream") => Err(known(errors::fault(
            "TypeError",
            "'dict' object is not callable",
        ))),
        (Reply::Json(value), _) => Ok(server::json_response(200, &value)),
    }
}

fn refuse(failure: &Failure, accept: Option<&str>, origin: &str) -> Response<Body> {
    let rendered = failure.render(accept);
    let mut response = server::respond(
        rendered.status,
        rendered.content_type,
        Body::from(rendered.body),
    );
    if rendered.status == 401 {
        server::challenge(&mut response, origin);
    }
    if matches!(failure, Failure::Traceback(_)) {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The route for a path, with the named parts of it.
fn find(method: &str, path: &[&str]) -> Option<(&'static Route, Params)> {
    // A doubled slash behind the version is overlooked.
    let start = path.iter().position(|segment| !segment.is_empty())?;
    let path = &path[start..];
    table()
        .filter(|route| route.method == method)
        .find_map(|route| Some((route, route::fit(route.path, path)?)))
}

/// Picks the type of the answer.
fn negotiate(sends: Sends, accept: Option<&str>) -> Result<&'static str> {
    let offers: &[&'static str] = match sends {
        Sends::Json => &[
            "application/json",
            "application/xml",
            "application/octet-stream",
        ],
        Sends::Text => &["text/plain"],
        Sends::Bytes => &["application/octet-stream"],
    };
    match accept {
        None => Ok(offers.first().copied().unwrap_or("application/json")),
        Some(accept) => accept::best(accept, offers).ok_or_else(|| errors::not_acceptable(accept)),
    }
}

/// Reads a body and checks its type and syntax.
async fn payload(need: Need, parts: &Parts, body: Body, limit: u64) -> Result<Payload> {
    let declared = text_header(&parts.headers, "content-type").unwrap_or("text/plain");
    let media = declared
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let length = text_header(&parts.headers, "content-length").and_then(|n| n.parse::<u64>().ok());
    if need == Need::Upload && media == "multipart/form-data" && length.is_some_and(|n| n > 0) {
        return upload::read(parts, body, limit).await.map(Payload::Upload);
    }
    let bytes = server::read(body).await;
    // The service looks at the announced length alone: a body without one is not seen.
    if length.is_none_or(|length| length == 0) || bytes.is_empty() {
        return Ok(Payload::None);
    }
    let parsed = || {
        serde_json::from_slice::<Value>(&bytes)
            .map_err(|_| errors::explained(400, "Malformed request body"))
    };
    match media.as_str() {
        "application/json" => parsed().map(Payload::Json),
        patch::ENVIRONMENT_MODEL => patch_of(patch::Target::Model, &parsed()?),
        patch::PACKAGE => patch_of(patch::Target::Package, &parsed()?),
        "application/xml" => Err(Failure::Traceback("xml.sax.SAXParseException".to_owned())),
        // A form is a list of parts to the other controllers, and none of them knows what to do with it.
        "multipart/form-data" => Ok(Payload::Json(Value::Array(Vec::new()))),
        _ => Err(errors::unsupported_media(&media)),
    }
}

fn patch_of(target: patch::Target, document: &Value) -> Result<Payload> {
    patch::read(document, target).map(|operations| Payload::Patch(target, operations))
}
