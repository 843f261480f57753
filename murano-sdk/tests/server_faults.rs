//! What a server in trouble does: odd answers, and in the middle of longer work tokens that end, answers without end, a
//! restart, a clock that jumps.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant, UNIX_EPOCH},
};

use murano_sandbox::{Builder, Clock, Fault, Sandbox};
use murano_sdk::{
    Client, ErrorKind,
    archive::PackageFile,
    model::Application,
    sessions::{Deploying, Session},
};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

const ENVIRONMENTS: &str = "/v1/environments";
const PACKAGES: &str = "/v1/catalog/packages";

async fn started(builder: Builder) -> (Sandbox, Client) {
    let sandbox = builder.start().await.unwrap();
    let builder = Client::builder().auth_url(sandbox.auth_url());
    let client = builder.password("demo", "demo").project("demo").build();
    (sandbox, client.unwrap())
}

fn package(name: &str) -> PackageFile {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/packages");
    PackageFile::open(packages.join(name)).unwrap()
}

fn logins(sandbox: &Sandbox) -> usize {
    let calls = sandbox.log();
    let is_login = |path: &str| path.ends_with("/auth/tokens");
    calls
        .iter()
        .filter(|call| call.method == "POST" && is_login(&call.path))
        .count()
}

#[tokio::test]
async fn a_token_that_is_refused_between_two_pages_is_replaced() {
    let (sandbox, client) = started(Sandbox::builder()).await;
    for name in ["greeter", "slow", "library"] {
        client.packages().upload(&package(name)).await.unwrap();
    }
    sandbox.order(Fault::on("GET", PACKAGES).nth(2).refuse_token());
    let pages = client.packages().list().owned(true).page_size(1).pager();
    assert_eq!(pages.collect().await.unwrap().len(), 3);
    assert_eq!(logins(&sandbox), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_after_an_upload_costs_another_upload() {
    let (sandbox, client) = started(Sandbox::builder()).await;
    sandbox.order(Fault::on("POST", PACKAGES).refuse_token());
    client.packages().upload(&package("greeter")).await.unwrap();
    assert_eq!(client.packages().list().owned(true).await.unwrap().len(), 1);
    assert_eq!(logins(&sandbox), 2);
}

/// A deployment that goes on.
async fn deploying(client: &Client) -> Session<Deploying> {
    let shop = client.environment(client.environments().create("shop").await.unwrap().id);
    let session = shop.open_session().await.unwrap();
    let app = Application::new("io.murano.Application").build();
    session.services().add(&app).await.unwrap();
    session.deploy().await.unwrap()
}

#[tokio::test]
async fn tokens_may_end_during_a_wait() {
    let short = Sandbox::builder()
        .token_time(Duration::from_secs(1))
        .deploy_time(Duration::from_secs(3));
    let (sandbox, client) = started(short).await;
    let running = deploying(&client).await;
    running
        .wait()
        .interval(Duration::from_millis(100))
        .await
        .unwrap();
    assert!(logins(&sandbox) >= 3, "{}", logins(&sandbox));
}

#[tokio::test]
async fn a_service_may_be_restarted_during_a_wait() {
    let folder = tempfile::tempdir().unwrap();
    let place = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let again = || {
        let builder = Sandbox::builder().listen(place).data_dir(folder.path());
        builder.deploy_time(Duration::from_secs(2))
    };
    let (sandbox, client) = started(again()).await;
    let running = deploying(&client).await;
    let shop = running.environment().id().clone();
    let waited =
        tokio::spawn(async move { running.wait().interval(Duration::from_millis(100)).await });
    sandbox.stop().await.unwrap();
    pause(Duration::from_millis(500)).await;
    let sandbox = again().start().await.unwrap();
    assert_eq!(waited.await.unwrap().unwrap().environment_id, shop);
    sandbox.stop().await.unwrap();
}

#[tokio::test]
async fn an_answer_without_end_is_ended() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"environments\": [";
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(&[b' '; 1 << 13]).is_ok() {}
        }
    });
    let client = Client::builder().endpoint(url).token("t").build().unwrap();
    let error = client.environments().list().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string()),
        (
            ErrorKind::Decode,
            "the answer is larger than 128 MiB".to_owned()
        )
    );
}

type Headers = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says() {
    let (sandbox, client) = started(Sandbox::builder()).await;
    let cases: [(u16, u64, Headers); 4] = [
        (429, 0, &[]),
        (503, 0, &[]),
        (503, 1, &[("Retry-After", "1")]),
        (
            429,
            1,
            &[
                ("Date", "Fri, 02 Jan 2026 03:04:05 GMT"),
                ("Retry-After", "Fri, 02 Jan 2026 03:04:06 GMT"),
            ],
        ),
    ];
    for (status, seconds, headers) in cases {
        let busy = |method| {
            let busy = Fault::on(method, ENVIRONMENTS).answer(status, "busy");
            let all = headers.iter();
            all.fold(busy, |busy, (name, value)| busy.header(name, value))
        };
        sandbox.order(busy("GET"));
        sandbox.order(busy("POST"));
        let begun = Instant::now();
        client.environments().list().await.unwrap();
        let name = format!("shop-{status}-{seconds}");
        client.environments().create(&name).await.unwrap();
        let waited = begun.elapsed();
        assert!(waited >= Duration::from_secs(2 * seconds), "{headers:?}");
    }
    assert_eq!(client.environments().list().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_server_that_fails_is_told_in_one_line() {
    let (sandbox, client) = started(Sandbox::builder()).await;
    let long = "x".repeat(1 << 20);
    for (body, told) in [
        ("", "HTTP status 500"),
        ("null", "HTTP status 500"),
        ("{\"error\": 5}", "HTTP status 500"),
        (
            "<html><head><title>500</title></head><body><h1>500</h1>\n<p>It is\tbroken</p></body></html>",
            "It is broken",
        ),
        (
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in b\n    c()\nKeyError: 'd'\n",
            "KeyError: 'd'",
        ),
        ("\u{1b}[31mred\r\nand more", "red"),
        (&long, "xxx"),
    ] {
        sandbox.clear_log();
        sandbox.order(Fault::on("GET", ENVIRONMENTS).answer(500, body));
        let error = client.environments().list().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status(), error.attempts()),
            (ErrorKind::Server, Some(500), 1)
        );
        let text = error.to_string();
        assert!(text.starts_with("the server failed: "), "{text}");
        assert!(text.contains(told), "{text}");
        assert!(
            text.len() < 1100 && !text.contains(char::is_control),
            "{text}"
        );
        assert!(!text.contains('<') && !text.contains("a.py"), "{text}");
    }
}

/// A client that has a token, of one server for everything.
fn with_token(url: &str) -> Client {
    Client::builder().endpoint(url).token("t").build().unwrap()
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let any = Mock::given(wiremock::matchers::any());
    any.respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn what_an_answer_is_called_does_not_matter() {
    for label in [
        "text/html",
        "text/plain; charset=latin-1",
        "application/octet-stream",
        "no type at all",
    ] {
        let json = ResponseTemplate::new(200).set_body_raw("{\"environments\": []}", label);
        let server = answering(json).await;
        let list = with_token(&server.uri()).environments().list().await;
        assert_eq!(list.unwrap(), [], "{label}");
        let page = ResponseTemplate::new(200).set_body_raw("<html></html>", "application/json");
        let server = answering(page).await;
        let error = with_token(&server.uri()).environments().list().await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn nothing_follows_a_redirect() {
    let elsewhere = answering(ResponseTemplate::new(200).set_body_json(json!({}))).await;
    for status in [301, 302, 303, 307, 308] {
        let away = ResponseTemplate::new(status)
            .insert_header("Location", format!("{}/v1/x", elsewhere.uri()));
        let server = answering(away).await;
        let client = with_token(&server.uri());
        let errors = [
            client.environments().list().await.unwrap_err(),
            client.environments().create("shop").await.unwrap_err(),
            client
                .packages()
                .upload(&package("greeter"))
                .await
                .unwrap_err(),
            client
                .package("p")
                .download()
                .to_writer(&mut Vec::new())
                .await
                .unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.status(), Some(status), "{error}");
        }
        assert_eq!(
            client.raw("GET", "/environments").await.unwrap().status,
            status
        );
        let login = Client::builder()
            .auth_url(server.uri())
            .endpoint(server.uri());
        let login = login.password("demo", "hush").project("demo").build();
        let error = login.unwrap().environments().list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_choice_of_versions_is_no_answer() {
    let versions = json!({ "versions": [{ "id": "v1.0", "status": "CURRENT",
        "links": [{ "rel": "self", "href": "http://127.0.0.1:1/v1/" }] }] });
    let server = answering(ResponseTemplate::new(300).set_body_json(versions)).await;
    let error = with_token(&server.uri())
        .environments()
        .list()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Config, Some(300))
    );
    assert!(
        error
            .to_string()
            .starts_with("the endpoint is not the root of a Murano API"),
        "{error}"
    );
}

/// A Murano and Keystone that breaks into the first upload with a 401. Gives its address and the lengths of uploads.
fn interrupting() -> (String, Arc<Mutex<Vec<usize>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let uploads = Arc::new(Mutex::new(Vec::new()));
    let seen = uploads.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while reader.read_line(&mut head).unwrap() > 2 {}
            let answer = if head.starts_with("GET ") {
                "200 OK\r\n\r\n{\"packages\": []}".to_owned()
            } else if head.contains("/auth/tokens") {
                // A body of this size comes with its head.
                "201 Created\r\nX-Subject-Token: t\r\n\r\n{\"token\": {\"expires_at\": \"2099-01-02T03:04:05Z\"}}".to_owned()
            } else if seen.lock().unwrap().is_empty() {
                reader.read_exact(&mut [0; 1 << 13]).unwrap();
                seen.lock().unwrap().push(1 << 13);
                let refusal =
                    json!({ "error": { "code": 401, "message": "requires authentication" } });
                format!("401 Unauthorized\r\n\r\n{refusal}")
            } else {
                seen.lock().unwrap().push(body(&mut reader, &head));
                let package = json!({ "id": "p", "fully_qualified_name": "a.Big", "name": "Big", "type": "Library" });
                format!("200 OK\r\n\r\n{package}")
            };
            let mut stream = stream;
            let _ = write!(
                stream,
                "HTTP/1.1 {}",
                answer.replacen("\r\n", "\r\nConnection: close\r\n", 1)
            );
            // A connection that is closed before everything was read may take the answer along.
            let _ = stream.shutdown(Shutdown::Write);
            let _ = io::copy(&mut reader, &mut io::sink());
        }
    });
    (url, uploads)
}

/// Reads a body to its end, and gives its length.
fn body(reader: &mut BufReader<TcpStream>, head: &str) -> usize {
    let length = head.to_lowercase();
    let length = length.split("content-length: ").nth(1).unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    body.len()
}

#[tokio::test]
async fn a_token_that_is_refused_within_an_upload_costs_another_upload() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "FullName: a.Big\nType: Library\n";
    std::fs::write(folder.path().join("manifest.yaml"), manifest).unwrap();
    std::fs::create_dir(folder.path().join("Resources")).unwrap();
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..))
        .take(8 << 20)
        .collect();
    std::fs::write(folder.path().join("Resources/noise"), noise).unwrap();
    let file = PackageFile::open(folder.path()).unwrap();
    let (url, uploads) = interrupting();
    let client = Client::builder().auth_url(&url).endpoint(&url);
    let client = client
        .password("demo", "x")
        .project("demo")
        .build()
        .unwrap();
    assert_eq!(
        client.packages().upload(&file).await.unwrap().id.as_str(),
        "p"
    );
    let uploads = uploads.lock().unwrap().clone();
    assert_eq!(uploads.len(), 2);
    assert!(
        u64::try_from(uploads[1]).unwrap() > file.size(),
        "{uploads:?}"
    );
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_ends_tokens_and_no_wait() {
    let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045));
    let patient = Sandbox::builder().clock(clock.clone());
    let patient = patient
        .token_time(Duration::from_secs(60))
        .deploy_time(Duration::from_secs(3600));
    let (sandbox, client) = started(patient).await;
    let running = deploying(&client).await;
    let waiting = running
        .wait()
        .interval(Duration::from_millis(50))
        .into_future();
    let waited = tokio::spawn(waiting);
    let asked = || {
        sandbox
            .log()
            .iter()
            .filter(|call| call.path.contains("/deployments"))
            .count()
    };
    while asked() < 2 {
        pause(Duration::from_millis(10)).await;
    }
    clock.advance(Duration::from_secs(86400));
    waited.await.unwrap().unwrap();
    assert_eq!(logins(&sandbox), 2);
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_nothing_twice() {
    let server = MockServer::start().await;
    let made = json!({ "id": "e1", "name": "shop", "tenant_id": "p1", "version": 0, "status": "ready",
                       "created": "2026-01-02T03:04:05", "updated": "2026-01-02T03:04:05" });
    let list = ResponseTemplate::new(200).set_body_json(json!({ "environments": [made] }));
    let list = list.insert_header("Date", "Thu, 01 Jan 2026 03:04:05 GMT");
    Mock::given(method("GET"))
        .respond_with(list)
        .mount(&server)
        .await;
    let lost = Mock::given(method("POST")).respond_with(ResponseTemplate::new(504));
    lost.expect(1).mount(&server).await;
    let client = with_token(&server.uri());
    let shop = client.environments().create("shop").await.unwrap();
    assert_eq!(shop.id.as_str(), "e1");
}

#[expect(clippy::disallowed_methods, reason = "the service is away for a while")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
