//! Calls that make something, and whose answer gets lost: nothing is made twice, and nothing is left unmade.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::{path::Path, time::Duration};

use murano_sandbox::{Fault, Sandbox};
use murano_sdk::{
    Client, ErrorKind, archive::PackageFile, environments::EnvironmentHandle, model::Application,
    templates::Visibility,
};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const ENVIRONMENTS: &str = "/v1/environments";

async fn sandbox() -> (Sandbox, Client) {
    let sandbox = Sandbox::builder().deploy_time(Duration::ZERO);
    let sandbox = sandbox.start().await.unwrap();
    let client = logged_in(&sandbox, "demo");
    (sandbox, client)
}

fn logged_in(sandbox: &Sandbox, who: &str) -> Client {
    let builder = Client::builder().auth_url(sandbox.auth_url());
    builder
        .password(who, if who == "admin" { "secret" } else { who })
        .project(who)
        .build()
        .unwrap()
}

/// What may happen to a call: it takes effect and its answer is cut, or is nonsense; or something on the way answers
/// in place of the server.
fn accidents(path: &str) -> [Fault; 4] {
    let on = || Fault::on("POST", path);
    [
        on().cut(0),
        on().cut(10),
        on().garble(),
        on().answer(503, "busy"),
    ]
}

/// How often a path was posted to.
fn posts(sandbox: &Sandbox, path: &str) -> usize {
    let calls = sandbox.log();
    calls
        .iter()
        .filter(|call| call.method == "POST" && call.path == path)
        .count()
}

async fn shop(client: &Client) -> EnvironmentHandle {
    client.environment(client.environments().create("shop").await.unwrap().id)
}

#[tokio::test]
async fn environments_are_created_once() {
    let (sandbox, client) = sandbox().await;
    for (number, accident) in accidents(ENVIRONMENTS).into_iter().enumerate() {
        sandbox.clear_log();
        sandbox.order(accident);
        let name = format!("shop-{number}");
        let made = client.environments().create(&name).await.unwrap();
        assert_eq!(
            client.environments().find(&name).await.unwrap().id(),
            &made.id
        );
        assert_eq!(
            posts(&sandbox, ENVIRONMENTS),
            if number == 3 { 2 } else { 1 }
        );
    }
    assert_eq!(client.environments().list().await.unwrap().len(), 4);
}

#[tokio::test]
async fn what_was_there_before_is_nobodys() {
    let server = MockServer::start().await;
    let old = json!({ "id": "e1", "name": "shop", "tenant_id": "p1", "version": 0, "status": "ready",
                      "created": "2026-01-02T03:04:05", "updated": "2026-01-02T03:04:05" });
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "environments": [old] })))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path(ENVIRONMENTS))
        .respond_with(ResponseTemplate::new(504))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path(ENVIRONMENTS))
        .respond_with(ResponseTemplate::new(409))
        .mount(&server)
        .await;
    let client = Client::builder().endpoint(server.uri()).token("t");
    let error = client
        .build()
        .unwrap()
        .environments()
        .create("shop")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn an_outcome_that_stays_unknown_is_told() {
    let (sandbox, client) = sandbox().await;
    sandbox.order(
        Fault::on("POST", ENVIRONMENTS)
            .times(u32::MAX)
            .answer(503, "busy"),
    );
    let error = client.environments().create("shop").await.unwrap_err();
    assert_eq!(
        (error.status(), error.attempts(), error.is_outcome_unknown()),
        (Some(503), 3, true)
    );
    assert_eq!(posts(&sandbox, ENVIRONMENTS), 3);
}

#[tokio::test]
async fn a_server_that_asks_for_a_minute_and_more_is_not_waited_for() {
    let (sandbox, client) = sandbox().await;
    sandbox.order(
        Fault::on("POST", ENVIRONMENTS)
            .answer(429, "busy")
            .header("Retry-After", "61"),
    );
    let error = client.environments().create("shop").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));
    assert_eq!(posts(&sandbox, ENVIRONMENTS), 1);
}

#[tokio::test]
async fn applications_are_added_once_and_deployed_once() {
    let (sandbox, client) = sandbox().await;
    let shop = shop(&client).await;
    for number in 0..4 {
        let path = |rest: &str| format!("{ENVIRONMENTS}/{}/{rest}", shop.id());
        sandbox.order(accidents(&path("configure"))[number].clone());
        sandbox.order(accidents(&path("services"))[number].clone());
        sandbox.order(accidents(&path("sessions/*/deploy"))[number].clone());
        let session = shop.open_session().await.unwrap();
        let app = Application::new("io.murano.Application").build();
        session.services().add(&app).await.unwrap();
        session.deploy().await.unwrap().wait().await.unwrap();
        assert_eq!(shop.services().list().await.unwrap().len(), number + 1);
        assert_eq!(shop.deployments().list().await.unwrap().len(), number + 1);
    }
}

#[tokio::test]
async fn packages_templates_and_categories_are_made_once() {
    let (sandbox, client) = sandbox().await;
    let admin = logged_in(&sandbox, "admin");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/packages/greeter");
    for number in 0..4 {
        for list in [
            "/v1/catalog/packages",
            "/v1/templates",
            "/v1/catalog/categories",
        ] {
            sandbox.order(accidents(list)[number].clone());
        }
        let name = format!("made-{number}");
        client.templates().create(&name).await.unwrap();
        admin.categories().create(&name).await.unwrap();
        let file = PackageFile::open(&folder).unwrap();
        let package = client.packages().upload(&file).await.unwrap();
        client.package(&package.id).delete().await.unwrap();
    }
    assert_eq!(
        client
            .templates()
            .list(Visibility::All)
            .await
            .unwrap()
            .len(),
        4
    );
    let categories = client.categories().list().await.unwrap();
    assert_eq!(
        categories
            .iter()
            .filter(|category| category.name.starts_with("made-"))
            .count(),
        4
    );
}

#[tokio::test]
async fn applications_of_templates_are_added_once_and_removed_once() {
    let (sandbox, client) = sandbox().await;
    let made = client.templates().create("shop").await.unwrap();
    let services = client.template(made.id).services();
    let list = "/v1/templates/*/services";
    for (number, accident) in accidents(list).into_iter().enumerate() {
        sandbox.order(accident);
        let app = Application::new("io.murano.Application").id(format!("app-{number}"));
        services.add(&app.build()).await.unwrap();
        assert_eq!(services.list().await.unwrap().len(), number + 1);
    }
    let one = |number: u32| Fault::on("DELETE", &format!("{list}/app-{number}"));
    for (number, accident) in [one(0).cut(0), one(1).cut(10)].into_iter().enumerate() {
        sandbox.order(accident);
        services.remove(&format!("app-{number}")).await.unwrap();
    }
    assert_eq!(services.list().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_copy_whose_answer_is_lost_is_told() {
    let (sandbox, client) = sandbox().await;
    let create = client.templates().create("shop").public(true);
    let template = client.template(create.await.unwrap().id);
    sandbox.order(Fault::on("POST", "/v1/templates/*/clone").cut(10));
    let error = template.clone_as("copy", false).await.unwrap_err();
    assert!(error.is_outcome_unknown());
    let again = template.clone_as("copy", false).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_login_is_tried_again() {
    for accident in accidents("/identity/v3/auth/tokens") {
        let (sandbox, client) = sandbox().await;
        sandbox.order(accident);
        let outcome = client.environments().list().await;
        // Nonsense is no loss.
        match outcome {
            Ok(list) => assert_eq!(
                (list.len(), posts(&sandbox, "/identity/v3/auth/tokens")),
                (0, 2)
            ),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Decode);
                assert!(!error.is_outcome_unknown());
            }
        }
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_is_asked_for_again() {
    let (sandbox, client) = sandbox().await;
    shop(&client).await;
    sandbox.order(Fault::on("GET", ENVIRONMENTS).times(2).cut(10));
    assert_eq!(client.environments().list().await.unwrap().len(), 1);
    sandbox.order(Fault::on("GET", ENVIRONMENTS).times(3).cut(10));
    assert_eq!(
        client.environments().list().await.unwrap_err().kind(),
        ErrorKind::Transport
    );
}
