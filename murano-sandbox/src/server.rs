//! The listener, and the way every call takes before a controller sees it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::faults::{Faults, Strike};
use crate::fenix::{self, Fenix};
use crate::identity;
use crate::image;
use crate::log::{Call, Log};
use crate::mogan;
use crate::query::{Query, decode};
use crate::routes;
use crate::seed;
use crate::state::{Ids, Store};

/// Largest body of a call that is not an upload.
const BODY_LIMIT: usize = 64 << 20;

/// How much of a body is read that nobody wanted, bytes.
const DRAIN_LIMIT: usize = 256 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(10);

const REQUEST_ID: &str = "x-openstack-request-id";

/// What the builder decided. Times are microseconds.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) deploy_time: i64,
    pub(crate) package_limit_mib: u64,
    pub(crate) image_limit_mib: u64,
    pub(crate) token_time: i64,
    pub(crate) address: SocketAddr,
    pub(crate) fenix: Fenix,
    /// How long projects have for a reply to a maintenance session, in every state of it.
    pub(crate) reply_time: Option<i64>,
    pub(crate) mogan: mogan::MoganEra,
    /// What the passwords of a fresh sandbox begin with.
    pub(crate) password_prefix: String,
}

/// What all calls share.
#[derive(Debug)]
pub(crate) struct Shared {
    store: Mutex<Store>,
    request_ids: Mutex<Ids>,
    clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
}

impl Shared {
    pub(crate) fn new(settings: Settings, clock: Clock, mut store: Store) -> std::io::Result<Self> {
        store.set_now(clock.now());
        // Request ids have a source of their own, so that polling does not change the ids of objects.
        let request_ids = Mutex::new(store.other_ids());
        if store.is_new() {
            identity::seed(&mut store, &settings.password_prefix);
            seed::seed(&mut store);
        }
        // A folder may be older than the services beside Murano.
        identity::add_neighbours(&mut store);
        mogan::seed(&mut store);
        store.commit()?;
        Ok(Self {
            store: Mutex::new(store),
            request_ids,
            clock,
            settings,
            log: Log::default(),
            faults: Faults::default(),
        })
    }

    /// The store, told the time.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.set_now(self.clock.now());
        store
    }

    /// Lets go of the disk, if there is one.
    pub(crate) fn close(&self) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.close();
    }

    fn request_id(&self) -> String {
        let mut ids = self
            .request_ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        format!("req-{}", ids.next().hyphenated())
    }
}

/// Scheme, host and port under which a caller on this computer reaches the address.
pub(crate) fn origin(address: SocketAddr) -> String {
    let host = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(host, address.port()))
}

/// Serves until told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let app = Router::new()
        .fallback(handle)
        // Uploads are limited where they are read, with the service's own words.
        .layer(DefaultBodyLimit::disable())
        .with_state(shared);
    let until = async {
        if stopped.await.is_err() {
            // The sender went away without a word: the task is about to be aborted.
            std::future::pending::<()>().await;
        }
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(until)
        .await
}

/// An answer and what the log shall say about the call.
pub(crate) struct Answered {
    pub(crate) response: Response<Body>,
    pub(crate) user: Option<String>,
    pub(crate) note: Option<String>,
    /// The header of the request id, where the answer comes by the place that adds it.
    pub(crate) id_header: Option<&'static str>,
}

impl From<Response<Body>> for Answered {
    fn from(response: Response<Body>) -> Self {
        Self {
            response,
            user: None,
            note: None,
            id_header: Some(REQUEST_ID),
        }
    }
}

pub(crate) async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let method = request.method().to_string();
    let uri = request.uri().clone();
    let path = uri
        .path_and_query()
        .map_or_else(|| uri.to_string(), ToString::to_string);
    let strike = shared.faults.strike(&method, uri.path());
    if let Some(delay) = strike.as_ref().and_then(|strike| strike.delay) {
        pause(delay).await;
    }
    let (request, rest) = watch(request);
    let mut answered = match strike.as_ref().and_then(Strike::answer) {
        Some(response) => response.into(),
        None => answer(&shared, request).await,
    };
    // Who announces a body and stops in the middle is answered all the same.
    let _ = tokio::time::timeout(DRAIN_TIME, drain(rest)).await;
    if let Some(strike) = &strike {
        answered.note = Some(strike.note());
        answered.response = strike.spoil(answered.response).await;
    }
    let request_id = shared.request_id();
    // A crash in the fault layer happens behind the place where the id is added; Fenix adds none.
    let status = answered.response.status().as_u16();
    if !answered.response.headers().contains_key(header::CONNECTION)
        && let Some(name) = answered.id_header
        && let Ok(value) = HeaderValue::from_str(&request_id)
    {
        answered.response.headers_mut().insert(name, value);
    }
    shared.log.add(Call {
        method,
        path,
        status,
        request_id,
        user: answered.user,
        note: answered.note,
    });
    answered.response
}

/// A request, and its body once more for when the answer is ready.
fn watch(request: Request) -> (Request, impl Stream<Item = Result<Bytes, axum::Error>>) {
    let (parts, body) = request.into_parts();
    let body = Arc::new(Mutex::new(body.into_data_stream()));
    let pieces = || {
        let body = Arc::clone(&body);
        stream::poll_fn(move |context| {
            let mut body = body.lock().unwrap_or_else(PoisonError::into_inner);
            body.poll_next_unpin(context)
        })
    };
    let request = Request::from_parts(parts, Body::from_stream(pieces()));
    (request, pieces())
}

/// Reads what nobody wanted. A connection that is closed before everything was read may take the answer along, and
/// the caller would see, or not, a broken connection in its place.
async fn drain(mut rest: impl Stream<Item = Result<Bytes, axum::Error>> + Unpin) {
    let mut left = DRAIN_LIMIT;
    while let Some(Ok(piece)) = rest.next().await
        && left > piece.len()
    {
        left -= piece.len();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the delay was ordered by the test"
)]
async fn pause(delay: std::time::Duration) {
    tokio::time::sleep(delay).await;
}

/// The value of a header that is text.
pub(crate) fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn answer(shared: &Shared, request: Request) -> Answered {
    let (parts, body) = request.into_parts();
    let host = text_header(&parts.headers, "host");
    let origin = host.map_or_else(
        || origin(shared.settings.address),
        |host| format!("http://{host}"),
    );
    let path = decode(parts.uri.path(), false);
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.split_first() {
        _ if parts.method == Method::OPTIONS => empty(StatusCode::OK).into(),
        Some((&"identity", rest)) => {
            let (response, user) =
                identity_call(shared, &parts.method, &parts, (&origin, rest, body)).await;
            Answered {
                user,
                ..response.into()
            }
        }
        Some((&"image", rest)) => {
            let query = Query::parse(parts.uri.query().unwrap_or_default());
            let target = routes::Target {
                path: rest,
                query: &query,
                origin: &origin,
            };
            image::answer(shared, &parts, target, body).await
        }
        Some((&"fenix", rest)) => fenix::answer(shared, &parts, (&origin, rest), body).await,
        Some((&mogan::ROOT, rest)) => mogan::answer(shared, &parts, (&origin, rest), body).await,
        Some((&"v1", rest)) => {
            let query = Query::parse(parts.uri.query().unwrap_or_default());
            routes::answer(
                shared,
                &parts,
                routes::Target {
                    path: rest,
                    query: &query,
                    origin: &origin,
                },
                body,
            )
            .await
        }
        _ => version_list(&origin).into(),
    }
}

/// The document that is served without a token.
fn version_list(origin: &str) -> Response<Body> {
    let link = json!({"rel": "self", "href": format!("{origin}/v1/")});
    let body = json!({"versions": [{"id": "v1.0", "status": "CURRENT", "links": [link]}]});
    json_response(300, &body)
}

async fn identity_call(
    shared: &Shared,
    method: &Method,
    parts: &axum::http::request::Parts,
    (origin, path, body): (&str, &[&str], Body),
) -> (Response<Body>, Option<String>) {
    let bytes = axum::body::to_bytes(body, BODY_LIMIT)
        .await
        .unwrap_or_default();
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let mut store = shared.store();
    let token = text_header(&parts.headers, "x-auth-token");
    let user = token
        .and_then(|token| identity::caller(&store, token))
        .map(|who| who.user_name);
    let mut ask = identity::Ask {
        db: &mut store,
        origin,
        token,
        subject: text_header(&parts.headers, "x-subject-token"),
        query: &query,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
        token_time: shared.settings.token_time,
    };
    let mut answer = identity::handle(&mut ask, method, path);
    if let Err(error) = store.commit() {
        answer = identity::not_stored(&error);
    }
    let mut response = json_response(answer.status, &answer.body);
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("X-Auth-Token"));
    if let Some(subject) = answer
        .subject
        .and_then(|id| HeaderValue::from_str(&id).ok())
    {
        headers.insert("x-subject-token", subject);
    }
    if answer.status == 401 {
        challenge(&mut response, origin);
    }
    (response, user)
}

/// Tells where tokens are made; part of every 401.
pub(crate) fn challenge(response: &mut Response<Body>, origin: &str) {
    let text = format!("Keystone uri=\"{origin}/identity/v3\"");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, value);
    }
}

/// The bytes of a body, up to a limit far beyond any honest document.
pub(crate) async fn read(body: Body) -> Bytes {
    axum::body::to_bytes(body, BODY_LIMIT)
        .await
        .unwrap_or_default()
}

pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A labelled answer.
pub(crate) fn respond(status: u16, content_type: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

/// A JSON answer; null becomes an empty body.
pub(crate) fn json_response(status: u16, body: &Value) -> Response<Body> {
    let body = if body.is_null() {
        Body::empty()
    } else {
        Body::from(crate::json::ascii(body))
    };
    respond(status, "application/json", body)
}
