//! Glance v2: records of images, and their data.
//!
//! Data is counted and hashed as it comes. Up to [`data::KEPT`] bytes of an image are kept, too, so that what was
//! uploaded can be fetched again; nobody starts machines from larger ones here.

mod data;
mod digest;
mod list;
mod records;
mod schema;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode, header};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::errors::{Failure, Result, explained, generic};
use crate::identity::{self, Caller};
use crate::json::Fields as _;
use crate::routes::Target;
use crate::server::{self, Answered, Shared, text_header};
use crate::state::{Store, Table};

/// A call of a caller who is known.
struct Ask<'a> {
    shared: &'a Shared,
    parts: &'a Parts,
    who: &'a Caller,
    target: &'a Target<'a>,
}

/// Answers a call; `target.path` is what follows the address in the catalog.
pub(crate) async fn answer(
    shared: &Shared,
    parts: &Parts,
    target: Target<'_>,
    body: Body,
) -> Answered {
    let accepted = text_header(&parts.headers, "accept");
    let Some((&"v2", path)) = target.path.split_first() else {
        drain(body).await;
        let status = if target.path == ["versions"] {
            200
        } else {
            300
        };
        return server::json_response(status, &versions(target.origin)).into();
    };
    let token = text_header(&parts.headers, "x-auth-token");
    let who = token.and_then(|token| identity::caller(&shared.store(), token));
    let Some(who) = who else {
        drain(body).await;
        let mut response = refuse(&unauthorized(), accepted);
        server::challenge(&mut response, target.origin);
        return response.into();
    };
    let ask = Ask {
        shared,
        parts,
        who: &who,
        target: &target,
    };
    let outcome = run(&ask, path, body).await;
    let unknown = matches!(outcome, Ok(None));
    let outcome = outcome.and_then(|found| found.ok_or_else(|| generic(404)));
    let response = outcome.unwrap_or_else(|failure| refuse(&failure, accepted));
    let note = unknown.then(|| format!("no such route: {} {}", parts.method, parts.uri.path()));
    Answered {
        user: Some(who.user_name),
        note,
        ..response.into()
    }
}

/// The answer of a route; none for a path that is unknown.
async fn run(ask: &Ask<'_>, path: &[&str], body: Body) -> Result<Option<Response<Body>>> {
    let method = ask.parts.method.as_str();
    if let ("PUT", ["images", id, "file"]) = (method, path) {
        return data::upload(ask, id, body).await.map(Some);
    }
    let bytes = server::read(body).await;
    let mut store = ask.shared.store();
    let reply = match (method, path) {
        ("GET", ["images"]) => list::list(ask, &store),
        ("POST", ["images"]) => records::create(ask, &mut store, &bytes),
        ("GET", ["images", id]) => records::show(ask, &store, id),
        ("PATCH", ["images", id]) => records::patch(ask, &mut store, id, &bytes),
        ("DELETE", ["images", id]) => records::delete(ask, &mut store, id),
        ("GET", ["images", id, "file"]) => data::download(ask, &store, id),
        ("GET", ["schemas", "image"]) => Ok(server::json_response(200, &schema::image())),
        ("GET", ["schemas", "images"]) => Ok(server::json_response(200, &schema::images())),
        ("GET", ["info", "import"]) => {
            let methods =
                json!({"description": "Import methods available.", "type": "array", "value": []});
            Ok(server::json_response(
                200,
                &json!({"import-methods": methods}),
            ))
        }
        (_, ["images"] | ["images", _] | ["images", _, "file"]) => {
            let text = format!("The method {method} is not allowed for this resource. ");
            Err(explained(405, text))
        }
        _ => return Ok(None),
    };
    let stored = store.commit();
    stored.map_err(|error| explained(500, error))?;
    reply.map(Some)
}

/// What is said to a call without a good token; the service's words, not those of the token layer.
fn unauthorized() -> Failure {
    explained(
        401,
        "This server could not verify that you are authorized to access the document you requested. Either you \
         supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply \
         the credentials required.",
    )
}

fn refuse(failure: &Failure, accept: Option<&str>) -> Response<Body> {
    let rendered = failure.render(accept);
    server::respond(
        rendered.status,
        rendered.content_type,
        Body::from(rendered.body),
    )
}

/// Reads what nobody wants, so that the caller sees the answer and not a broken connection.
async fn drain(body: Body) {
    let mut pieces = body.into_data_stream();
    while let Some(Ok(_)) = pieces.next().await {}
}

fn versions(origin: &str) -> Value {
    let link = json!({"rel": "self", "href": format!("{origin}/image/v2/")});
    let version = |id: &str, status: &str| json!({"id": id, "status": status, "links": [link]});
    json!({"versions": [
        version("v2.9", "CURRENT"),
        version("v2.5", "SUPPORTED"),
        version("v2.1", "SUPPORTED"),
        version("v2.0", "SUPPORTED"),
    ]})
}

/// The record of an image that the caller sees.
fn seen<'a>(ask: &Ask<'_>, store: &'a Store, id: &str) -> Option<&'a Value> {
    let visible = |row: &&Value| {
        let own = row.text("owner") == ask.who.project_id;
        own || ask.who.is_admin || ["public", "community"].contains(&row.text("visibility"))
    };
    store.get(Table::Images, id).filter(visible)
}

fn missing(id: &str) -> Failure {
    explained(404, format!("No image found with ID {id}"))
}

/// The record of an image that the caller may change; `action` is what the refusal calls the change.
fn own<'a>(ask: &Ask<'_>, store: &'a Store, id: &str, action: &str) -> Result<&'a Value> {
    let row = seen(ask, store, id).ok_or_else(|| missing(id))?;
    if ask.who.is_admin || row.text("owner") == ask.who.project_id {
        return Ok(row);
    }
    Err(not_authorized(action))
}

fn not_authorized(action: &str) -> Failure {
    let text = format!("You are not authorized to complete {action} action.");
    explained(403, text)
}

/// A record as the service shows it.
fn view(row: &Value) -> Value {
    let id = row.text("id").to_owned();
    let mut shown = row.clone();
    shown.set("self", format!("/v2/images/{id}"));
    shown.set("file", format!("/v2/images/{id}/file"));
    shown.set("schema", "/v2/schemas/image");
    shown
}

/// The name of an image's data among the blobs.
fn blob(id: &str) -> String {
    format!("image/{id}")
}

fn with_header(mut response: Response<Body>, name: &'static str, value: &str) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(value) {
        let name = header::HeaderName::from_static(name);
        response.headers_mut().insert(name, value);
    }
    response
}

/// The answer to what succeeds and says nothing.
fn done() -> Response<Body> {
    server::empty(StatusCode::NO_CONTENT)
}
