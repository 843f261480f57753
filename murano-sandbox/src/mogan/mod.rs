//! A Mogan beside Murano: instances on bare metal, in any of the shapes the service had.
//!
//! There are no machines: an instance is a row whose status follows the clock. What the engine of the
//! service would do takes the time of a deployment.

mod changes;
mod engine;
mod errors;
mod instances;
mod requests;
mod seed;
mod view;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, header};
use serde_json::{Value, json};

use crate::identity::{self, Caller};
use crate::query::Query;
use crate::server::{self, Answered, Shared, text_header};
use crate::state::Store;
use crate::{accept, errors::TOKEN_REFUSED};
use errors::Refusal;

pub(crate) use seed::seed;

/// First segment of every path of the service, which is also its type in the catalog.
pub(crate) const ROOT: &str = "baremetal_compute";
/// The header of its request ids.
const REQUEST_ID: &str = "openstack-request-id";

/// Which Mogan a sandbox imitates.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// use murano_sandbox::{MoganEra, Sandbox};
///
/// let sandbox = Sandbox::builder().mogan(MoganEra::Servers).start().await?;
/// # drop(sandbox); Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MoganEra {
    /// The one of December 2016, called Nimble; this one unless told.
    #[default]
    Nimble,
    /// The one of April 2017, the last that has instances.
    Instances,
    /// The last one, in which instances are called servers.
    Servers,
}

impl MoganEra {
    fn collection(self) -> &'static str {
        match self {
            Self::Nimble | Self::Instances => "instances",
            Self::Servers => "servers",
        }
    }

    fn flavors(self) -> &'static str {
        match self {
            Self::Nimble => "types",
            Self::Instances | Self::Servers => "flavors",
        }
    }

    fn flavor_key(self) -> &'static str {
        match self {
            Self::Nimble | Self::Instances => "instance_type_uuid",
            Self::Servers => "flavor_uuid",
        }
    }

    fn properties_key(self) -> &'static str {
        match self {
            Self::Nimble | Self::Instances => "extra",
            Self::Servers => "metadata",
        }
    }

    /// What messages call an instance.
    fn noun(self) -> &'static str {
        match self {
            Self::Nimble | Self::Instances => "Instance",
            Self::Servers => "Server",
        }
    }

    /// What the rules of the policy begin with.
    fn policy(self) -> &'static str {
        match self {
            Self::Nimble => "nimble:instance",
            Self::Instances => "mogan:instance",
            Self::Servers => "mogan:server",
        }
    }

    /// The name the service gives itself.
    fn product(self) -> &'static str {
        match self {
            Self::Nimble => "Nimble",
            Self::Instances | Self::Servers => "Mogan",
        }
    }
}

/// Everything a controller works with.
struct Cx<'a> {
    db: &'a mut Store,
    who: &'a Caller,
    era: MoganEra,
    query: &'a Query,
    body: Value,
    /// Root of the service, without the version.
    base: String,
    /// How long the engine works on something, in microseconds.
    work_time: i64,
}

/// An answer with success.
struct Reply {
    status: u16,
    body: Value,
    location: Option<String>,
}

impl Reply {
    fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body,
            location: None,
        }
    }

    fn empty(status: u16) -> Self {
        Self {
            status,
            body: Value::Null,
            location: None,
        }
    }
}

/// Answers a call below the root of the service.
pub(crate) async fn answer(
    shared: &Shared,
    parts: &Parts,
    (origin, path): (&str, &[&str]),
    body: Body,
) -> Answered {
    let bytes = server::read(body).await;
    let era = shared.settings.mogan;
    let base = format!("{origin}/{ROOT}");
    let path: Vec<&str> = path.iter().copied().filter(|it| !it.is_empty()).collect();
    let path = match path.as_slice() {
        [] => {
            return document(&json!({ "name": format!("OpenStack {} API", era.product()),
            "description": "Machines without a hypervisor, imitated." }));
        }
        ["v1"] => return document(&view::version(era, &base)),
        ["v1", rest @ ..] => rest,
        _ => return refused(&errors::routing(404, "404 Not Found", errors::NO_RESOURCE)),
    };
    let token = text_header(&parts.headers, "x-auth-token");
    let Some(who) = token.and_then(|token| identity::caller(&shared.store(), token)) else {
        let mut response = server::json_response(401, &TOKEN_REFUSED);
        server::challenge(&mut response, origin);
        return Answered {
            id_header: None,
            ..response.into()
        };
    };
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let mut store = shared.store();
    let mut cx = Cx {
        db: &mut store,
        who: &who,
        era,
        query: &query,
        body: Value::Null,
        base,
        work_time: shared.settings.deploy_time,
    };
    engine::settle(cx.db);
    let mut outcome = requests::read(&mut cx, parts, &bytes)
        .and_then(|()| requests::run(&mut cx, parts.method.as_str(), path));
    if let Err(error) = store.commit() {
        outcome = Err(errors::server(error.to_string()));
    }
    let mut answered = match &outcome {
        Ok(reply) => identified(respond(reply)),
        Err(refusal) => refused(refusal),
    };
    answered.user = Some(who.user_name);
    answered
}

/// A document that is read without a token.
fn document(body: &Value) -> Answered {
    identified(respond(&Reply::ok(body.clone())))
}

fn identified(response: Response<Body>) -> Answered {
    Answered {
        id_header: Some(REQUEST_ID),
        ..response.into()
    }
}

fn respond(reply: &Reply) -> Response<Body> {
    if reply.body.is_null() {
        let status = axum::http::StatusCode::from_u16(reply.status).unwrap_or_default();
        return with_location(server::empty(status), reply.location.as_deref());
    }
    let body = Body::from(crate::json::ascii(&reply.body));
    let response = server::respond(reply.status, "application/json; charset=UTF-8", body);
    with_location(response, reply.location.as_deref())
}

fn with_location(mut response: Response<Body>, location: Option<&str>) -> Response<Body> {
    if let Some(Ok(value)) = location.map(HeaderValue::from_str) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

fn refused(refusal: &Refusal) -> Answered {
    let body = json!({ "error_message": refusal.message });
    let mut answered = identified(server::json_response(refusal.status, &body));
    if refusal.is_of_routing {
        answered.id_header = None;
        let note = (refusal.status == 404).then(|| "no such route of Mogan".to_owned());
        answered.note = note;
    }
    answered
}

/// Whether the header admits what the service sends.
fn accepts(header: Option<&str>) -> bool {
    header.is_none_or(|header| accept::best(header, &["application/json"]).is_some())
}
