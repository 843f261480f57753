//! What fuzzing gives bytes to, without a socket: the form an archive is uploaded with, class files, and
//! whole calls. The tests give them the corpus and all that was found before.
//!
//! A target that reads several texts takes them apart at lines that are `%%%`.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, UNIX_EPOCH};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response};
use futures_util::stream;
use serde_json::Value;

use crate::clock::Clock;
use crate::errors::Result;
use crate::server::{self, Settings, Shared};
use crate::state::{Snapshot, Store};
use crate::upload::{self, Upload};
use crate::{ACCOUNTS, archive, classes, hot, yaml};

/// A name, also that of the folder in `fuzz/corpus`, and the reader.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this crate.
pub const TARGETS: [Target; 3] = [
    ("calls", calls),
    ("classes", class_files),
    ("multipart", multipart),
];

/// Most calls of one input.
const MOST_CALLS: usize = 6;
/// Largest answer that is looked at, in bytes.
const LARGEST: usize = 64 << 20;

fn run<T>(work: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .ok()?;
    Some(runtime.block_on(work))
}

/// The label of a form on a line of its own, and the form: in pieces it is the same as at once.
fn multipart(data: &[u8]) {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (label, body) = (&data[..end], &data[end + 1..]);
    let Ok(label) = HeaderValue::from_bytes(label) else {
        return;
    };
    let Some(whole) = run(form(&label, body, body.len())) else {
        return;
    };
    for size in [1, 7] {
        let pieces = run(form(&label, body, size));
        assert!(pieces.is_some_and(|pieces| is_same(&pieces, &whole)));
    }
    if let Ok(Upload {
        archive: Some(bytes),
        ..
    }) = whole
    {
        // Opened or refused.
        let _ = archive::open(bytes);
    }
}

async fn form(label: &HeaderValue, body: &[u8], size: usize) -> Result<Upload> {
    let pieces = body.chunks(size.max(1)).map(Bytes::copy_from_slice);
    let pieces: Vec<_> = pieces.map(Ok::<_, std::io::Error>).collect();
    let parts = uploading(label, body.len());
    upload::read(&parts, Body::from_stream(stream::iter(pieces)), 1).await
}

/// The head of an upload, as the server hands it on.
fn uploading(label: &HeaderValue, length: usize) -> Parts {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.headers.insert("content-type", label.clone());
    parts.headers.insert(CONTENT_LENGTH, length.into());
    parts
}

fn is_same(one: &Result<Upload>, other: &Result<Upload>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => format!("{one:?}") == format!("{other:?}"),
        (one, other) => one.is_err() && other.is_err(),
    }
}

/// A class file, a value of its properties, and a template of Heat.
fn class_files(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut texts = text.split("\n%%%\n");
    let mut next = || texts.next().unwrap_or_default();
    let (file, value, template) = (next(), next(), next());
    let value: Value = serde_json::from_str(value).unwrap_or_default();
    for class in yaml::documents(file)
        .iter()
        .flat_map(|documents| classes::read(documents, "io.example.Shop"))
    {
        for property in &class.properties {
            property.contract.schema();
            // What was accepted once is what it is to be.
            if let Ok(accepted) = property.contract.accept(&value) {
                assert_eq!(property.contract.accept(&accepted), Ok(accepted));
            }
        }
        let kept = serde_json::to_value(&class).unwrap_or_default();
        let read = serde_json::from_value::<classes::Class>(kept);
        assert!(read.is_ok_and(|read| read == class), "{class:?}");
    }
    let manifest = yaml::document(file).unwrap_or_default();
    // Made or refused.
    let _ = hot::user_interface("io.example.Shop", "1.0.0", &manifest, template);
}

/// Calls one after the other: method and path on a line, headers, an empty line, the body. `$1` stands for
/// the id in the first answer, and so on.
fn calls(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some(prepared) = &*PREPARED else {
        return;
    };
    // Ids and stamps behind those that are taken.
    let clock = clock(1);
    let mut store = Store::new(Some(8));
    let restored = store.restore(&prepared.state);
    let Ok(shared) = restored.and_then(|()| Shared::new(settings(), clock.clone(), store)) else {
        return;
    };
    let shared = Arc::new(shared);
    run(async {
        let mut ids: Vec<String> = Vec::new();
        for call in text.split("\n%%%\n").take(MOST_CALLS) {
            let mut call = call.to_owned();
            for (at, id) in ids.iter().enumerate() {
                call = call.replace(&format!("${}", at + 1), id);
            }
            let answer = match request(&call, &prepared.token) {
                Some(request) => answer(&shared, request).await,
                None => Value::Null,
            };
            ids.push(answer["id"].as_str().unwrap_or("none").to_owned());
            clock.advance(Duration::from_secs(3));
        }
    });
}

/// A fresh sandbox that somebody has signed in to. To fill its catalog takes longer than most inputs do.
struct Prepared {
    state: Snapshot,
    token: HeaderValue,
}

static PREPARED: LazyLock<Option<Prepared>> = LazyLock::new(|| {
    let shared = Shared::new(settings(), clock(0), Store::new(Some(7))).ok()?;
    let shared = Arc::new(shared);
    let token = run(token(&shared))??;
    let state = shared.store().snapshot();
    Some(Prepared { state, token })
});

fn clock(seconds: u64) -> Clock {
    Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045 + seconds))
}

fn settings() -> Settings {
    Settings {
        deploy_time: 1,
        package_limit_mib: 5,
        image_limit_mib: 1,
        token_time: 3_600_000_000,
        address: ([127, 0, 0, 1], 8082).into(),
        fenix: crate::Fenix::default(),
        reply_time: None,
        mogan: crate::MoganEra::default(),
        password_prefix: String::new(),
    }
}

/// An administrator's, who may do everything.
async fn token(shared: &Arc<Shared>) -> Option<HeaderValue> {
    let account = ACCOUNTS.last()?;
    let domain = serde_json::json!({"id": "default"});
    let user =
        serde_json::json!({"name": account.user, "password": account.password, "domain": domain});
    let login = serde_json::json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"name": account.project, "domain": domain}},
    }});
    let request = Request::post("/identity/v3/auth/tokens").body(Body::from(login.to_string()));
    let response = server::handle(State(Arc::clone(shared)), request.ok()?).await;
    response.headers().get("x-subject-token").cloned()
}

fn request(call: &str, token: &HeaderValue) -> Option<Request> {
    let (head, body) = call.split_once("\n\n").unwrap_or((call, ""));
    let mut lines = head.lines();
    let (method, path) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(path);
    let headers = request.headers_mut()?;
    headers.insert("x-auth-token", token.clone());
    headers.insert(CONTENT_LENGTH, body.len().into());
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value).ok()?);
    }
    request.body(Body::from(body.to_owned())).ok()
}

/// What is labelled as JSON is JSON, and what was crashed says so.
async fn answer(shared: &Arc<Shared>, request: Request) -> Value {
    let response: Response<Body> = server::handle(State(Arc::clone(shared)), request).await;
    let label = response.headers().get("content-type");
    let is_json = label.is_some_and(|label| label == "application/json");
    let bytes = to_bytes(response.into_body(), LARGEST).await;
    let bytes = bytes.unwrap_or_default();
    let value = serde_json::from_slice(&bytes);
    assert!(!is_json || bytes.is_empty() || value.is_ok(), "{bytes:?}");
    value.unwrap_or_default()
}

#[cfg(test)]
#[path = "../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_kept_is_read() {
        super::replay::all(&super::TARGETS);
    }

    #[test]
    fn calls_find_a_sandbox() {
        assert!(super::PREPARED.is_some());
    }
}
