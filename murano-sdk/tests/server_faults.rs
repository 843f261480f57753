//! What a server in trouble does in the middle of longer work: tokens that end, answers without end, a restart.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    thread,
    time::Duration,
};

use murano_sandbox::{Builder, Fault, Sandbox};
use murano_sdk::{
    Client, ErrorKind,
    archive::PackageFile,
    model::Application,
    sessions::{Deploying, Session},
};

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

#[expect(clippy::disallowed_methods, reason = "the service is away for a while")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
