//! What a real Fenix answered (`tests/data/recorded-fenix`), replayed to the client: what it sends is
//! what was recorded, what it decodes comes out whole, and each error is one readable line.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::PathBuf,
    thread,
};

use murano_sdk::{
    Client, Error, ErrorKind, MaintenanceId,
    maintenance::{
        AcceptedMaintenance, InstanceConstraints, MaintenancePlan, MaintenanceSession,
        MaintenanceState, ProjectInstances, ProjectReply,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{any, method, path},
};

const SESSION: &str = "4584268c-e5e6-11f1-8f98-02fc00000001";
const PROJECT: &str = "97390de409cc4d3192b48dd8ccf04662";
const UNKNOWN: &str = "11111111-2222-3333-4444-555555555555";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/recorded-fenix")
}

fn read(file: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn names(of: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder().join(of)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_json = |name: &String| name.rsplit_once('.').is_some_and(|(_, end)| end == "json");
    let mut names: Vec<String> = names.filter(is_json).collect();
    names.sort();
    names
}

fn answer(recorded: &Value) -> ResponseTemplate {
    let answer = &recorded["response"];
    let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
    ResponseTemplate::new(status).set_body_raw(
        answer["text"].as_str().unwrap(),
        answer["content_type"].as_str().unwrap(),
    )
}

/// A service that knows one exchange, and of the others what they answered.
async fn replay(file: &str) -> (MockServer, Client) {
    let server = MockServer::start().await;
    for file in [file, "error-show-session-unknown.json"] {
        let recorded = read(file);
        let request = &recorded["request"];
        Mock::given(method(request["method"].as_str().unwrap()))
            .and(path(request["path"].as_str().unwrap()))
            .respond_with(answer(&recorded))
            .mount(&server)
            .await;
    }
    let client = client(&format!("{}/v1", server.uri()));
    (server, client)
}

fn client(endpoint: &str) -> Client {
    let client = Client::builder().set("auth_type", "none");
    let client = client.endpoint("http://127.0.0.1:9");
    client
        .set("maintenance_endpoint_override", endpoint)
        .build()
        .unwrap()
}

/// The first request was the recorded one; what is read or removed has no body.
async fn sent(server: &MockServer, file: &str) {
    let recorded = &read(file)["request"];
    let requests = server.received_requests().await.unwrap();
    let first = &requests[0];
    assert_eq!(first.method.as_str(), recorded["method"], "{file}");
    assert_eq!(first.url.path(), recorded["path"], "{file}");
    match recorded.get("body") {
        Some(body) => assert_eq!(first.body_json::<Value>().unwrap(), *body, "{file}"),
        None => assert!(is_bare(first), "{file}"),
    }
}

fn is_bare(request: &Request) -> bool {
    request.body.is_empty() && !request.headers.contains_key("content-length")
}

fn through<T: DeserializeOwned + Serialize>(value: &Value) -> Value {
    let decoded: T = serde_json::from_str(&value.to_string()).unwrap();
    serde_json::to_value(decoded).unwrap()
}

/// What the SDK makes of a recorded body.
fn kept(request: bool, call: &str, body: &Value) -> Option<Value> {
    let under = call.split('/').count() - 3;
    match (call.split(' ').next().unwrap(), under, request) {
        ("POST", 0, true) => Some(through::<MaintenancePlan>(body)),
        ("POST", 0, false) | ("PUT", 1, false) => Some(through::<AcceptedMaintenance>(body)),
        ("GET", 1, false) => Some(through::<MaintenanceSession>(body)),
        ("GET", 2, false) => Some(through::<Option<ProjectInstances>>(body)),
        ("PUT", 2, _) => Some(through::<ProjectReply>(body)),
        _ => None,
    }
}

#[test]
fn every_recorded_body_comes_out_as_it_went_in() {
    let mut seen = 0;
    let files = names(".");
    let good = files
        .iter()
        .filter(|name| !name.starts_with("error-") && !name.starts_with("notification-"));
    for file in good {
        let recorded = read(file);
        let request = &recorded["request"];
        let call = format!(
            "{} {}",
            request["method"].as_str().unwrap(),
            request["path"].as_str().unwrap()
        );
        let answer: Value =
            serde_json::from_str(recorded["response"]["text"].as_str().unwrap()).unwrap();
        let bodies = [(true, request.get("body")), (false, Some(&answer))];
        for (is_request, body) in bodies {
            if let Some(body) = body
                && let Some(kept) = kept(is_request, &call, body)
            {
                seen += 1;
                assert_eq!(kept, *body, "{file}");
            }
        }
    }
    assert!(seen > 20, "only {seen} bodies");
}

#[test]
fn every_documented_body_comes_out_as_it_went_in() {
    let mut seen = 0;
    for file in names("documented") {
        seen += 1;
        let body = read(&format!("documented/{file}"));
        let kept = match file.as_str() {
            "create-maintenance-session-post-200.json" => through::<AcceptedMaintenance>(&body),
            "create-maintenance-session-post.json" => {
                let mut kept = through::<MaintenancePlan>(&body);
                // The service needs what its documentation leaves out.
                for (at, action) in kept["actions"]
                    .as_array_mut()
                    .unwrap()
                    .iter_mut()
                    .enumerate()
                {
                    if body["actions"][at].get("metadata").is_none() {
                        assert_eq!(
                            action.as_object_mut().unwrap().remove("metadata"),
                            Some(json!({}))
                        );
                    }
                }
                kept
            }
            "get-maintenance-session-get-200.json" => through::<MaintenanceSession>(&body),
            "get-project-maintenance-session-post-200.json" => through::<ProjectInstances>(&body),
            "input-from-project-to-maintenance-session-put.json" => through::<ProjectReply>(&body),
            // The list is read by the client: see below.
            "get-maintenance-sessions-get-200.json" => body.clone(),
            other => panic!("{other} is new"),
        };
        assert_eq!(kept, body, "{file}");
    }
    assert_eq!(seen, 6);
}

#[tokio::test]
async fn sessions_are_made_as_they_were() {
    for file in ["create-session.json", "create-session-minimal.json"] {
        let (server, client) = replay(file).await;
        let plan = read(file)["request"]["body"].to_string();
        let plan: MaintenancePlan = serde_json::from_str(&plan).unwrap();
        let made = client.maintenance().create(&plan).await.unwrap();
        assert_eq!(made.session_id.as_str().len(), 36);
        sent(&server, file).await;
    }
}

#[tokio::test]
async fn both_lists_are_read() {
    let listed = async |file: &str| {
        let (server, client) = replay(file).await;
        let list = client.maintenance().list().await.unwrap();
        sent(&server, file).await;
        list
    };
    assert_eq!(
        listed("list-sessions.json").await,
        [MaintenanceId::from(SESSION)]
    );
    assert_eq!(listed("list-sessions-empty.json").await, []);
    let body = read("documented/get-maintenance-sessions-get-200.json");
    let list = answered(200, &body.to_string()).await;
    assert_eq!(list.1.maintenance().list().await.unwrap().len(), 1);
    let none = answered(200, "{}").await;
    let error = none.1.maintenance().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn sessions_are_read_changed_and_deleted() {
    for (file, state) in [
        ("show-session.json", "MAINTENANCE"),
        ("show-session-scale-in.json", "SCALE_IN"),
        ("show-session-done.json", "MAINTENANCE_DONE"),
        ("show-session-after-update.json", "MAINTENANCE_DONE"),
    ] {
        let (server, client) = replay(file).await;
        let session = client.maintenance().session(SESSION).get().await.unwrap();
        assert_eq!(session.state.as_str(), state);
        sent(&server, file).await;
    }
    let failed = read("show-session-failed.json")["request"]["path"].clone();
    let failed = failed.as_str().unwrap().rsplit('/').next().unwrap();
    let (_server, client) = replay("show-session-failed.json").await;
    let session = client.maintenance().session(failed).get().await.unwrap();
    assert_eq!(session.state, MaintenanceState::MaintenanceFailed);
    for (file, id, state) in [
        (
            "update-session.json",
            SESSION,
            MaintenanceState::PlannedMaintenance,
        ),
        (
            "update-session-unknown.json",
            UNKNOWN,
            MaintenanceState::Maintenance,
        ),
    ] {
        let (server, client) = replay(file).await;
        let session = client.maintenance().session(id);
        assert_eq!(
            session
                .update(Some(&state))
                .await
                .unwrap()
                .session_id
                .as_str(),
            id
        );
        sent(&server, file).await;
    }
    let (server, client) = replay("delete-session.json").await;
    client
        .maintenance()
        .session(SESSION)
        .delete()
        .await
        .unwrap();
    sent(&server, "delete-session.json").await;
}

#[tokio::test]
async fn projects_see_and_reply_as_they_did() {
    for (file, count) in [
        ("project-show.json", 2),
        ("project-show-prepare-maintenance.json", 1),
    ] {
        let (server, client) = replay(file).await;
        let ours = client.maintenance().session(SESSION).project(PROJECT);
        assert_eq!(ours.get().await.unwrap().instance_ids.len(), count);
        sent(&server, file).await;
    }
    let replies = names(".")
        .into_iter()
        .filter(|name| name.starts_with("project-reply-"));
    let mut seen = 0;
    for file in replies {
        let recorded = read(&file);
        let id = recorded["request"]["path"]
            .as_str()
            .unwrap()
            .split('/')
            .nth(3)
            .unwrap();
        let reply = recorded["request"]["body"].to_string();
        let reply: ProjectReply = serde_json::from_str(&reply).unwrap();
        let (server, client) = replay(&file).await;
        client
            .maintenance()
            .session(id)
            .project(PROJECT)
            .reply(&reply)
            .await
            .unwrap();
        sent(&server, &file).await;
        seen += 1;
    }
    assert_eq!(seen, 6);
}

/// A service that has one answer to everything.
async fn answered(status: u16, body: &str) -> (MockServer, Client) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_raw(body, "application/json");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let client = client(&server.uri());
    (server, client)
}

/// The call that an error was recorded of, as the SDK makes it.
async fn fail(client: &Client, recorded: &Value) -> Error {
    let request = &recorded["request"];
    let path: Vec<&str> = request["path"].as_str().unwrap().split('/').collect();
    let fenix = client.maintenance();
    let plan = MaintenancePlan::new("2030-01-31 22:00:00");
    let reply = ProjectReply::ack(&MaintenanceState::Maintenance);
    let outcome = match (request["method"].as_str().unwrap(), &path[3..]) {
        ("POST", []) => fenix.create(&plan).await.map(drop),
        ("GET", [] | [""]) => fenix.list().await.map(drop),
        ("DELETE", []) => fenix.session(SESSION).delete().await,
        ("GET", [id]) if path[2] == "instance_group" => {
            fenix.instance_group(*id).get().await.map(drop)
        }
        ("GET", [id]) => fenix.session(*id).get().await.map(drop),
        ("DELETE", [id]) => fenix.session(*id).delete().await,
        ("GET", [id, project]) => fenix.session(*id).project(*project).get().await.map(drop),
        ("PUT", [id, project]) => fenix.session(*id).project(*project).reply(&reply).await,
        other => panic!("{other:?} is new"),
    };
    outcome.unwrap_err()
}

/// Each recorded error: its file, what it means, and its line.
fn errors() -> Vec<(&'static str, ErrorKind, String)> {
    let old = "this Fenix does not know the call: its version is too old for it, or the endpoint is not that of Fenix";
    let bare = "the server failed: Unknown Error";
    let no_part =
        format!("{bare}; project nosuchproject may have no part in maintenance session {SESSION}");
    let our_part = format!("{bare}; project {PROJECT} may have no part in maintenance session ");
    let missing = |id: &str| format!("maintenance session \"{id}\" not found");
    let full =
        "there are as many maintenance sessions as the service takes: delete those that have ended";
    vec![
        (
            "create-session-bad-json",
            ErrorKind::Server,
            bare.to_owned(),
        ),
        (
            "create-session-empty-actions",
            ErrorKind::Server,
            bare.to_owned(),
        ),
        ("create-session-no-nova", ErrorKind::Server, bare.to_owned()),
        (
            "create-session-too-many",
            ErrorKind::Conflict,
            full.to_owned(),
        ),
        (
            "create-session-unknown-workflow",
            ErrorKind::Server,
            bare.to_owned(),
        ),
        ("delete-session-unknown", ErrorKind::Server, bare.to_owned()),
        (
            "delete-session-with-body",
            ErrorKind::Rejected,
            "HTTP status 400".to_owned(),
        ),
        (
            "instance-group-not-in-this-version",
            ErrorKind::Unsupported,
            old.to_owned(),
        ),
        ("method-not-allowed", ErrorKind::Unsupported, old.to_owned()),
        (
            "project-reply-no-state",
            ErrorKind::Server,
            our_part.clone() + SESSION,
        ),
        (
            "project-reply-unknown-project",
            ErrorKind::Server,
            no_part.clone(),
        ),
        (
            "project-reply-unknown-session",
            ErrorKind::Server,
            our_part + UNKNOWN,
        ),
        ("project-show-unknown-project", ErrorKind::Server, no_part),
        ("root", ErrorKind::Unsupported, old.to_owned()),
        (
            "show-session-deleted",
            ErrorKind::NotFound,
            missing(SESSION),
        ),
        (
            "show-session-unknown",
            ErrorKind::NotFound,
            missing(UNKNOWN),
        ),
        (
            "show-session-with-body",
            ErrorKind::Rejected,
            "HTTP status 400".to_owned(),
        ),
        ("trailing-slash", ErrorKind::Unsupported, old.to_owned()),
    ]
}

#[tokio::test]
async fn every_recorded_error_is_one_readable_line() {
    let expected = errors();
    let files = names(".")
        .into_iter()
        .filter(|name| name.starts_with("error-"));
    assert!(
        files.eq(expected
            .iter()
            .map(|(name, ..)| format!("error-{name}.json")))
    );
    for (name, kind, text) in expected {
        let mut recorded = read(&format!("error-{name}.json"));
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(answer(&recorded))
            .mount(&server)
            .await;
        if name == "root" {
            recorded["request"]["path"] = "/v1/maintenance".into();
        }
        let error = fail(&client(&server.uri()), &recorded).await;
        assert_eq!((error.kind(), error.to_string()), (kind, text), "{name}");
        assert_eq!(
            error.status().map(u64::from),
            recorded["response"]["status"].as_u64(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_bare_failure_is_asked_after() {
    for file in [
        "error-delete-session-unknown.json",
        "error-project-reply-unknown-session.json",
    ] {
        let (server, client) = replay(file).await;
        let nobody = ResponseTemplate::new(200).set_body_raw("null", "application/json");
        let sees =
            Mock::given(method("GET")).and(path(format!("/v1/maintenance/{UNKNOWN}/{PROJECT}")));
        sees.respond_with(nobody).mount(&server).await;
        let error = fail(&client, &read(file)).await;
        assert_eq!(error.kind(), ErrorKind::NotFound, "{file}: {error}");
    }
    let unknown = read("project-show-unknown-session.json");
    let (_server, client) = answered(200, unknown["response"]["text"].as_str().unwrap()).await;
    let error = fail(&client, &unknown).await;
    assert_eq!(
        error.to_string(),
        format!("maintenance session \"{UNKNOWN}\" not found")
    );
}

#[tokio::test]
async fn details_of_an_old_service_are_told_apart() {
    let (server, client) = replay("show-session.json").await;
    let detail = Mock::given(path(format!("/v1/maintenance/{SESSION}/detail")));
    detail
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    let detail = Mock::given(path(format!("/v1/maintenance/{UNKNOWN}/detail")));
    let null = ResponseTemplate::new(200).set_body_raw("null\n", "application/json");
    detail.respond_with(null).mount(&server).await;
    let told = async |id: &str| client.maintenance().session(id).detail().await.unwrap_err();
    assert_eq!(told(SESSION).await.kind(), ErrorKind::Unsupported);
    assert_eq!(told(UNKNOWN).await.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_deletion_succeeds_with_and_without_words() {
    for (status, body) in [(200, "{}"), (202, ""), (204, "")] {
        let (server, client) = answered(status, body).await;
        client.maintenance().session("s").delete().await.unwrap();
        client.maintenance().instance("i").unset().await.unwrap();
        client
            .maintenance()
            .instance_group("g")
            .unset()
            .await
            .unwrap();
        let wanted = InstanceConstraints::new("p", "web");
        client
            .maintenance()
            .instance("i")
            .set(&wanted)
            .await
            .unwrap();
        let requests = server.received_requests().await.unwrap();
        assert!(requests[..3].iter().all(is_bare));
        assert_eq!(
            requests[3].body_json::<Value>().unwrap()["instance_id"],
            "i"
        );
    }
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_has_succeeded() {
    let (server, client) = replay("error-delete-session-unknown.json").await;
    let lost = ResponseTemplate::new(503).insert_header("Retry-After", "0");
    let first = Mock::given(method("DELETE")).respond_with(lost);
    first.up_to_n_times(1).with_priority(1).mount(&server).await;
    client
        .maintenance()
        .session(UNKNOWN)
        .delete()
        .await
        .unwrap();
}

/// The same where the answer had begun. Of a session that is gone the service says that it has failed itself.
#[tokio::test]
async fn a_deletion_whose_answer_broke_off_has_succeeded() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        // The body has a byte less than is said, then a session is looked for that is not there.
        let gone = r#"{"status": 500, "message": "Unknown Error"}"#;
        let missing = r#"{"error": "Invalid session"}"#;
        for (status, body, length) in [
            ("200 OK", "{", 2),
            ("500 INTERNAL SERVER ERROR", gone, gone.len()),
            ("404 NOT FOUND", missing, missing.len()),
        ] {
            let mut stream = listener.accept().unwrap().0;
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            let head = "Connection: close\r\nContent-Type: application/json\r\nContent-Length:";
            write!(stream, "HTTP/1.1 {status}\r\n{head} {length}\r\n\r\n{body}").unwrap();
        }
    });
    let session = client(&endpoint).maintenance().session(UNKNOWN);
    session.delete().await.unwrap();
    served.join().unwrap();
}

#[tokio::test]
async fn refused_tokens_and_rejected_bodies_have_their_words() {
    let told = async |status: u16, body: &str| {
        let (_server, client) = answered(status, body).await;
        client.maintenance().list().await.unwrap_err()
    };
    let token = r#"{"error": {"code": 401, "title": "Unauthorized", "message": "x"}}"#;
    let error = told(401, token).await;
    assert_eq!(
        (error.kind(), &*error.to_string()),
        (ErrorKind::Unauthorized, "Fenix refused the token")
    );
    let error = told(422, "'workflow' is a required\nproperty").await;
    assert_eq!(
        (error.kind(), &*error.to_string()),
        (ErrorKind::Rejected, "'workflow' is a required property")
    );
    let error = told(400, r#"{"error_message": "{\"faultstring\": \"no\"}"}"#).await;
    assert_eq!(error.to_string(), "no");
    let error = told(400, r#"{"faultstring": "not so"}"#).await;
    assert_eq!(error.to_string(), "not so");
}

/// A cloud whose catalog has one service at this path of it.
async fn cloud(kind: &str, endpoint: &str) -> (MockServer, Client) {
    let server = MockServer::start().await;
    let url = format!("{}{endpoint}", server.uri());
    let catalog = json!([{ "type": kind, "name": "x", "endpoints": [
        { "interface": "public", "region_id": "r", "url": url }] }]);
    let token = json!({ "token": { "expires_at": "2099-01-02T03:04:05Z", "catalog": catalog } });
    let token = ResponseTemplate::new(201)
        .insert_header("X-Subject-Token", "t")
        .set_body_json(token);
    Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(token)
        .mount(&server)
        .await;
    let list = answer(&read("list-sessions.json"));
    Mock::given(method("GET"))
        .and(path("/fenix/v1/maintenance"))
        .respond_with(list)
        .mount(&server)
        .await;
    let client = Client::builder()
        .auth_url(server.uri())
        .password("ann", "secret")
        .project("shop");
    (server, client.build().unwrap())
}

#[tokio::test]
async fn it_is_found_by_its_types_and_completed_by_its_version() {
    for (kind, endpoint) in [
        ("maintenance", "/fenix/v1"),
        ("maintenance", "/fenix/v1/"),
        ("maintenance", "/fenix"),
        ("fenix", "/fenix/v1"),
    ] {
        let (server, client) = cloud(kind, endpoint).await;
        assert_eq!(
            client.maintenance().list().await.unwrap().len(),
            1,
            "{kind} {endpoint}"
        );
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests[1].headers["x-auth-token"], "t");
    }
    let (_server, client) = cloud("application-catalog", "").await;
    let error = client.maintenance().list().await.unwrap_err();
    let text =
        "this cloud has no service of type maintenance (the catalog has: application-catalog)";
    assert_eq!(
        (error.kind(), &*error.to_string()),
        (ErrorKind::NoService, text)
    );
}
