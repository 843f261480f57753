//! What the client does when the other end misbehaves: odd single answers, one server per test.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::time::Duration;

use murano_sdk::{Client, ErrorKind};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

const LIST: &str = "/v1/environments";

fn token_body() -> serde_json::Value {
    json!({ "token": {
        "expires_at": "2099-01-02T03:04:05.000000Z",
        "project": { "id": "p1", "name": "demo" },
        "catalog": [],
    } })
}

/// A Keystone that hands out the tokens `t1`, `t2`, … and counts its logins.
async fn keystone(server: &MockServer) {
    let counter = std::sync::atomic::AtomicU32::new(0);
    let answer = move |_: &wiremock::Request| {
        let number = counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        ResponseTemplate::new(201)
            .insert_header("X-Subject-Token", format!("t{number}"))
            .set_body_json(token_body())
    };
    Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(answer)
        .mount(server)
        .await;
}

fn client(server: &MockServer) -> Client {
    let uri = server.uri();
    let builder = Client::builder()
        .auth_url(&uri)
        .password("demo", "hush")
        .project("demo");
    builder
        .endpoint(&uri)
        .idle_timeout(Duration::from_millis(300))
        .build()
        .unwrap()
}

fn empty_list() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "environments": [] }))
}

fn token_refused() -> ResponseTemplate {
    ResponseTemplate::new(401).set_body_json(json!({ "error": {
        "code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication." } }))
}

async fn calls(server: &MockServer, wanted: &str) -> usize {
    let all = server.received_requests().await.unwrap();
    all.iter()
        .filter(|request| request.url.path() == wanted)
        .count()
}

#[tokio::test]
async fn a_busy_server_is_asked_again_as_it_says() {
    let server = MockServer::start().await;
    keystone(&server).await;
    let busy = ResponseTemplate::new(503).insert_header("Retry-After", "0");
    Mock::given(path(LIST))
        .respond_with(busy)
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(path(LIST))
        .respond_with(empty_list())
        .mount(&server)
        .await;
    assert_eq!(client(&server).environments().list().await.unwrap(), []);
    assert_eq!(calls(&server, LIST).await, 3);
}

#[tokio::test]
async fn three_attempts_are_enough() {
    let server = MockServer::start().await;
    keystone(&server).await;
    Mock::given(path(LIST))
        .respond_with(ResponseTemplate::new(502))
        .mount(&server)
        .await;
    let error = client(&server).environments().list().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.attempts()),
        (ErrorKind::Server, Some(502), 3)
    );
    assert_eq!(calls(&server, LIST).await, 3);
}

#[tokio::test]
async fn what_may_have_been_done_is_not_repeated() {
    let server = MockServer::start().await;
    keystone(&server).await;
    let call = "/v1/actions";
    Mock::given(method("POST"))
        .and(path(call))
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    let client = client(&server);
    let error = client.call_static("a.B", "c").await.unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(503), 1));
    assert!(error.is_outcome_unknown());
    assert_eq!(calls(&server, call).await, 1);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_a_deletion() {
    let server = MockServer::start().await;
    keystone(&server).await;
    let one = "/v1/environments/e1";
    Mock::given(path(one))
        .respond_with(ResponseTemplate::new(504))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path(one))
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    client(&server).environment("e1").delete().await.unwrap();
    let error = client(&server)
        .environment("e1")
        .delete()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_callers() {
    let server = MockServer::start().await;
    keystone(&server).await;
    let old = Mock::given(path(LIST)).and(header("X-Auth-Token", "t1"));
    old.respond_with(token_refused()).mount(&server).await;
    let new = Mock::given(path(LIST)).and(header("X-Auth-Token", "t2"));
    new.respond_with(empty_list()).mount(&server).await;
    let client = client(&server);
    let callers = (0..10).map(|_| client.environments().list().into_future());
    for outcome in futures_util::future::join_all(callers).await {
        outcome.unwrap();
    }
    assert_eq!(calls(&server, "/v3/auth/tokens").await, 2);
}

#[tokio::test]
async fn a_token_that_is_never_taken_ends_the_call() {
    let server = MockServer::start().await;
    keystone(&server).await;
    Mock::given(path(LIST))
        .respond_with(token_refused())
        .mount(&server)
        .await;
    let error = client(&server).environments().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(
        (
            calls(&server, LIST).await,
            calls(&server, "/v3/auth/tokens").await
        ),
        (2, 2)
    );
}

#[tokio::test]
async fn another_401_is_no_reason_to_log_in_again() {
    let server = MockServer::start().await;
    keystone(&server).await;
    let body = json!({ "code": "401 Unauthorized", "title": "Unauthorized",
        "message": "User <UserId u> is not authorized to access session <SessionId s>.<br /><br />\n\n\n" });
    let answer = ResponseTemplate::new(401).set_body_json(body);
    Mock::given(path("/v1/environments/e/sessions/s"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let error = client(&server)
        .environment("e")
        .session("s")
        .get()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Forbidden, Some(401))
    );
    assert_eq!(calls(&server, "/v3/auth/tokens").await, 1);
}

#[tokio::test]
async fn no_token_follows_a_redirect() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    keystone(&server).await;
    let away =
        ResponseTemplate::new(302).insert_header("Location", format!("{}{LIST}", elsewhere.uri()));
    Mock::given(path(LIST))
        .respond_with(away)
        .mount(&server)
        .await;
    let error = client(&server).environments().list().await.unwrap_err();
    assert_eq!(error.status(), Some(302));
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_silent_server_is_left_in_time() {
    let server = MockServer::start().await;
    keystone(&server).await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    Mock::given(method("POST"))
        .and(path(LIST))
        .respond_with(late)
        .mount(&server)
        .await;
    let error = client(&server)
        .environments()
        .create("shop")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "the server has been silent for 0.3 s");
}

#[tokio::test]
async fn answers_that_are_no_answers_are_told() {
    for (body, label) in [
        ("{\"environments\": [", "application/json"),
        ("<html>hello</html>", "text/html"),
    ] {
        let server = MockServer::start().await;
        keystone(&server).await;
        let answer = ResponseTemplate::new(200)
            .set_body_raw(body, label)
            .insert_header("X-Openstack-Request-Id", "req-1");
        Mock::given(path(LIST))
            .respond_with(answer)
            .mount(&server)
            .await;
        let error = client(&server).environments().list().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.request_id()),
            (ErrorKind::Decode, Some("req-1")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_keystone_that_is_none_is_named() {
    let server = MockServer::start().await;
    let error = client(&server).environments().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error
            .to_string()
            .starts_with("there is no Keystone v3 at http://127.0.0.1:"),
        "{error}"
    );
}

#[tokio::test]
async fn nothing_secret_is_in_errors_or_debug() {
    let server = MockServer::start().await;
    keystone(&server).await;
    Mock::given(path(LIST))
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    let client = client(&server);
    let error = client.environments().list().await.unwrap_err();
    let told = format!("{error} {error:?} {client:?} {:?}", client.environments());
    assert!(!told.contains("hush") && !told.contains("t1"), "{told}");
}

#[tokio::test]
async fn a_removal_by_place_is_not_repeated() {
    let server = MockServer::start().await;
    keystone(&server).await;
    Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(504))
        .mount(&server)
        .await;
    let client = client(&server);
    let session = client.environment("e").session("s").assume_open();
    for (id, times) in [("0", 1), ("a0", 3)] {
        let error = session.services().remove(id).await.unwrap_err();
        assert_eq!(error.attempts(), times, "{id}");
        let place = format!("/v1/environments/e/services/{id}");
        assert_eq!(
            calls(&server, &place).await,
            usize::try_from(times).unwrap()
        );
    }
    let raw = client.raw("DELETE", "/templates/t/services/00?x=y").await;
    assert_eq!(raw.unwrap().status, 504);
    assert_eq!(calls(&server, "/v1/templates/t/services/00").await, 1);
}

#[tokio::test]
async fn a_session_id_that_no_header_carries_is_told() {
    let server = MockServer::start().await;
    keystone(&server).await;
    let session = client(&server)
        .environment("e")
        .session("a\nX-Auth-Token: b");
    let error = session.assume_open().services().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(
        error.to_string().contains("X-Configuration-Session"),
        "{error}"
    );
}

#[tokio::test]
async fn an_empty_401_is_about_the_token() {
    let server = MockServer::start().await;
    keystone(&server).await;
    Mock::given(path(LIST))
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    let error = client(&server).environments().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(calls(&server, "/v3/auth/tokens").await, 2);
}

#[tokio::test]
async fn passwords_inside_urls_are_not_told() {
    let server = MockServer::start().await;
    let hidden = server.uri().replace("://", "://me:hush@");
    let at = |url: &str, endpoint: &str| {
        let builder = Client::builder().auth_url(url).endpoint(endpoint);
        let builder = builder.password("demo", "x").project("demo");
        let told = format!("{builder:?}");
        let client = builder.build().unwrap();
        (told + &format!("{client:?}"), client)
    };
    // There is no Keystone, it refuses, it is no URL.
    let mut told = Vec::new();
    for status in [404, 401, 500, 200] {
        server.reset().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(status))
            .mount(&server)
            .await;
        let (debug, client) = at(&hidden, &hidden);
        let error = client.environments().list().await.unwrap_err();
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
        told.push(format!("{debug} {error} {error:?}"));
    }
    server.reset().await;
    keystone(&server).await;
    for endpoint in [
        "http://me:hush@",
        "me:hush@cloud:8082",
        "http://me:hush@cloud:port",
        "ftp://me:hush@cloud",
        "http://me:hush@127.0.0.1:1",
    ] {
        let (debug, client) = at(&server.uri(), endpoint);
        let error = client.environments().list().await.unwrap_err();
        told.push(format!("{debug} {error} {error:?}"));
    }
    for told in told {
        assert!(!told.contains("hush"), "{told}");
    }
}

#[tokio::test]
async fn an_endpoint_without_scheme_is_named() {
    let server = MockServer::start().await;
    keystone(&server).await;
    for endpoint in ["cloud:8082", "localhost:8082/v1", "ftp://cloud"] {
        let builder = Client::builder().auth_url(server.uri()).endpoint(endpoint);
        let client = builder.password("demo", "x").project("demo").build();
        let error = client.unwrap().environments().list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.to_string().contains(endpoint), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_download_has_the_mode_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = MockServer::start().await;
    keystone(&server).await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes("zip"))
        .mount(&server)
        .await;
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let mode = |name: &str| std::fs::metadata(place(name)).unwrap().permissions().mode();
    std::fs::write(place("ordinary"), "").unwrap();
    std::fs::write(place("private"), "").unwrap();
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(place("private"), private).unwrap();
    let client = client(&server);
    for name in ["new", "private"] {
        let download = client.package("p").download();
        assert_eq!(download.to_file(place(name)).await.unwrap(), 3);
    }
    assert_eq!(mode("new"), mode("ordinary"), "{:o}", mode("new"));
    assert_eq!(mode("private") & 0o777, 0o600);
}

#[tokio::test]
async fn a_download_that_is_dropped_leaves_nothing() {
    let server = MockServer::start().await;
    keystone(&server).await;
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}", slow.local_addr().unwrap());
    let builder = Client::builder().auth_url(server.uri()).endpoint(at);
    let client = builder.password("demo", "x").project("demo").build();
    let folder = tempfile::tempdir().unwrap();
    let (sent, arrived) = std::sync::mpsc::channel();
    let download = client.unwrap().package("p").download();
    let download = download
        .progress(move |got| sent.send(got.done).unwrap())
        .to_file(folder.path().join("x.zip"));
    let answer = async {
        let (mut stream, _) = slow.accept().await.unwrap();
        let mut request = [0; 2000];
        let read = tokio::io::AsyncReadExt::read(&mut stream, &mut request);
        assert!(read.await.unwrap() > 0);
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nzip";
        tokio::io::AsyncWriteExt::write_all(&mut stream, head)
            .await
            .unwrap();
        std::future::pending::<()>().await;
    };
    let whole = async { tokio::join!(download, answer) };
    let ended = tokio::time::timeout(Duration::from_millis(500), whole).await;
    assert!(ended.is_err() && arrived.try_recv() == Ok(3));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_application_that_cannot_be_replaced_is_put_back() {
    let server = MockServer::start().await;
    keystone(&server).await;
    // Made by somebody else, and no application that this client would add.
    let old = json!({ "?": { "id": "a" } });
    let list = "/v1/templates/t/services";
    let answer = ResponseTemplate::new(200).set_body_json(json!([old]));
    let listed = Mock::given(method("GET")).and(path(list));
    listed.respond_with(answer).mount(&server).await;
    Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let refused = ResponseTemplate::new(413);
    let post = || Mock::given(method("POST")).and(path(list));
    let once = post().respond_with(refused).up_to_n_times(1);
    once.mount(&server).await;
    post()
        .respond_with(ResponseTemplate::new(502))
        .mount(&server)
        .await;
    let new = json!({ "?": { "id": "a", "type": "com.example.Shop" } });
    let services = client(&server).template("t").services();
    let error = services.replace("a", &new).await.unwrap_err();
    assert_eq!(error.status(), Some(413), "{error}");
    let sent = server.received_requests().await.unwrap();
    let is_post = |it: &&wiremock::Request| it.method.as_str() == "POST" && it.url.path() == list;
    let last = sent.iter().rfind(is_post).unwrap();
    assert_eq!(last.body_json::<serde_json::Value>().unwrap(), old);
}

#[tokio::test]
async fn a_deletion_that_was_begun_is_no_failure_when_asked_again() {
    let server = MockServer::start().await;
    keystone(&server).await;
    let one = "/v1/environments/e1";
    Mock::given(method("DELETE"))
        .and(path(one))
        .respond_with(ResponseTemplate::new(504))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let text = "Could not open session for environment <EnvId: e1>, environment has deploying or \
                deleting status.<br /><br />\n\n\n";
    let busy = json!({ "message": text, "code": "403 Forbidden", "title": "Forbidden" });
    Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(403).set_body_json(busy))
        .mount(&server)
        .await;
    let state = |status: &str| {
        let env = json!({ "id": "e1", "name": "n", "tenant_id": "p", "status": status });
        Mock::given(method("GET"))
            .and(path(one))
            .respond_with(ResponseTemplate::new(200).set_body_json(env))
            .up_to_n_times(1)
    };
    state("deleting").mount(&server).await;
    let client = client(&server);
    client.environment("e1").delete().await.unwrap();
    // At the first attempt it is somebody else's.
    let error = client.environment("e1").delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
}
