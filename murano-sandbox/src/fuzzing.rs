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
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::errors::Result;
use crate::routes::package_upload;
use crate::server::{self, Settings, Shared};
use crate::state::{Snapshot, Store, Table};
use crate::upload::{self, Upload};
use crate::{ACCOUNTS, Fenix, MoganEra, archive, classes, hot, yaml};

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

/// Calls one after the other: method and path on a line, headers, an empty line, the body. `$0` stands for the id of
/// an environment that is deployed, `$1` for the one in the first answer, and so on. A line before all that names an
/// era of Mogan is for the services of that time.
fn calls(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Some(prepared) = &*PREPARED else {
        return;
    };
    let (settings, text) = match text.split_once('\n') {
        Some(("instances", text)) => (later(MoganEra::Instances), text),
        Some(("servers", text)) => (later(MoganEra::Servers), text),
        _ => (settings(), text),
    };
    // Ids and stamps behind those that are taken.
    let clock = clock(60);
    let mut store = Store::new(Some(8));
    let restored = store.restore(&prepared.state);
    let Ok(shared) = restored.and_then(|()| Shared::new(settings, clock.clone(), store)) else {
        return;
    };
    let calls = text.split("\n%%%\n").take(MOST_CALLS);
    run(talk(
        (&Arc::new(shared), &clock),
        calls,
        (&prepared.token, &prepared.id),
    ));
}

/// Longest id that is put into later calls, in bytes: an input may choose some of them.
const LONGEST_ID: usize = 64;

/// Returns the ids in the answers, and before them the one that is given.
async fn talk(
    (shared, clock): (&Arc<Shared>, &Clock),
    calls: impl Iterator<Item = &str>,
    (token, id): (&HeaderValue, &str),
) -> Vec<String> {
    let mut ids = vec![id.to_owned()];
    for call in calls {
        let mut call = call.to_owned();
        for (at, id) in ids.iter().enumerate() {
            call = call.replace(&format!("${at}"), id);
        }
        let answer = match request(&call, token) {
            Some(request) => answer(shared, request).await,
            None => Value::Null,
        };
        let id = id_in(&answer).filter(|id| id.len() <= LONGEST_ID);
        ids.push(id.unwrap_or("none").to_owned());
        clock.advance(Duration::from_secs(3));
    }
    ids
}

/// The first id in an answer, under the names that the services have for it.
fn id_in(answer: &Value) -> Option<&str> {
    let named = ["id", "uuid", "session_id", "task_id"].iter();
    let mut named = named.filter_map(|name| answer[name].as_str());
    named.next().or_else(|| match answer {
        Value::Object(members) => members.values().find_map(id_in),
        Value::Array(items) => items.first().and_then(id_in),
        _ => None,
    })
}

/// A sandbox that somebody has signed in to, with a package and an environment in which it is deployed. To make it
/// takes longer than most inputs do.
struct Prepared {
    state: Snapshot,
    token: HeaderValue,
    /// Of the environment.
    id: String,
}

static PREPARED: LazyLock<Option<Prepared>> = LazyLock::new(|| {
    let clock = clock(0);
    let shared = Shared::new(settings(), clock.clone(), Store::new(Some(7))).ok()?;
    let shared = Arc::new(shared);
    add_package(&shared)?;
    let token = run(token(&shared))??;
    let ids = run(talk(
        (&shared, &clock),
        DEPLOY.split("\n%%%\n"),
        (&token, ""),
    ))?;
    let state = shared.store().snapshot();
    let id = ids.get(1)?.clone();
    Some(Prepared { state, token, id })
});

const DEPLOY: &str = r#"POST /v1/environments
Content-Type: application/json

{"name": "greetings"}
%%%
POST /v1/environments/$1/configure
%%%
POST /v1/environments/$1/services
X-Configuration-Session: $2
Content-Type: application/json

{"?": {"id": "g", "type": "com.example.Greeter", "name": "ann"}, "name": "Ann"}
%%%
POST /v1/environments/$1/sessions/$2/deploy
%%%
GET /v1/environments/$1/deployments"#;

const PACKAGE: [(&str, &str); 3] = [
    (
        "manifest.yaml",
        "Format: MuranoPL/1.4\nType: Application\nFullName: com.example.Greeter\nName: Greeter\n\
         Classes: {com.example.Greeter: Greeter.yaml}\nUI: ui.yaml\n",
    ),
    (
        "Classes/Greeter.yaml",
        include_str!("../../tests/data/packages/greeter/Classes/Greeter.yaml"),
    ),
    (
        "UI/ui.yaml",
        include_str!("../../tests/data/packages/greeter/UI/ui.yaml"),
    ),
];

fn add_package(shared: &Shared) -> Option<()> {
    let bytes = archive::pack(&PACKAGE).ok()?;
    let package = archive::open(bytes.clone()).ok()?;
    let mut store = shared.store();
    let owner = store.find(Table::Projects, "name", "admin")?["id"].clone();
    let choice = json!({"is_public": true, "enabled": true, "categories": [], "tags": []});
    package_upload::store(&mut store, owner.as_str()?, (package, bytes), &choice);
    Some(())
}

fn clock(seconds: u64) -> Clock {
    Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045 + seconds))
}

fn later(mogan: MoganEra) -> Settings {
    Settings {
        fenix: Fenix::Late,
        mogan,
        ..settings()
    }
}

fn settings() -> Settings {
    Settings {
        deploy_time: 1,
        package_limit_mib: 5,
        image_limit_mib: 1,
        token_time: 3_600_000_000,
        address: ([127, 0, 0, 1], 8082).into(),
        fenix: Fenix::default(),
        reply_time: None,
        mogan: MoganEra::default(),
        password_prefix: String::new(),
    }
}

/// An administrator's, who may do everything.
async fn token(shared: &Arc<Shared>) -> Option<HeaderValue> {
    let account = ACCOUNTS.last()?;
    let domain = json!({"id": "default"});
    let user = json!({"name": account.user, "password": account.password, "domain": domain});
    let login = json!({"auth": {
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
    fn calls_find_an_environment_that_is_deployed() {
        let prepared = super::PREPARED.as_ref().unwrap();
        let rows = prepared.state.rows("reports");
        assert!(
            rows.iter().any(|row| row["text"] == "Hello, Ann! (1 of 1)"),
            "{rows:?}"
        );
    }
}
