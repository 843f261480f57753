//! How long a token is used: the clock of this machine need not be that of the cloud.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use murano_sdk::Client;
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

/// Three calls in a row against a Keystone whose tokens live from one time to another.
async fn logins(issued: Option<&str>, expires: &str) -> usize {
    let server = MockServer::start().await;
    let token = json!({ "token": { "issued_at": issued, "expires_at": expires } });
    let answer = ResponseTemplate::new(201)
        .insert_header("X-Subject-Token", "t")
        .set_body_json(token);
    Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(answer)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "environments": [] })))
        .mount(&server)
        .await;
    let builder = Client::builder()
        .auth_url(server.uri())
        .endpoint(server.uri());
    let client = builder.password("demo", "x").project("demo").build();
    let client = client.unwrap();
    for _ in 0..3 {
        client.environments().list().await.unwrap();
    }
    let all = server.received_requests().await.unwrap();
    all.iter()
        .filter(|request| request.method.as_str() == "POST")
        .count()
}

#[tokio::test]
async fn a_clock_that_is_wrong_costs_no_logins() {
    // This machine is years ahead of the cloud, or years behind.
    for (issued, expires) in [
        ("2020-01-02T03:04:05.000000Z", "2020-01-02T04:04:05.000000Z"),
        ("2099-01-02T03:04:05.000000Z", "2099-01-02T04:04:05.000000Z"),
    ] {
        assert_eq!(logins(Some(issued), expires).await, 1, "{issued}");
    }
}

#[tokio::test]
async fn a_short_life_costs_no_login_per_call() {
    let (issued, expires) = ("2026-01-02T03:04:05Z", "2026-01-02T03:04:35Z");
    assert_eq!(logins(Some(issued), expires).await, 1);
}

#[tokio::test]
async fn a_token_that_is_over_before_it_is_used_is_left_to_the_server() {
    let at = "2026-01-02T03:04:05Z";
    assert_eq!(logins(Some(at), at).await, 1);
    assert_eq!(logins(None, at).await, 1);
}

#[tokio::test]
async fn a_401_of_another_service_is_about_the_token_whatever_it_says() {
    let server = MockServer::start().await;
    let token = json!({ "token": { "expires_at": "2099-01-02T04:04:05Z" } });
    let token = ResponseTemplate::new(201)
        .insert_header("X-Subject-Token", "t")
        .set_body_json(token);
    Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(token)
        .expect(2)
        .mount(&server)
        .await;
    let refusal =
        json!({ "message": "This server could not verify you", "code": "401 Unauthorized" });
    Mock::given(path("/v2/images"))
        .respond_with(ResponseTemplate::new(401).set_body_json(refusal))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/v2/images"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "images": [] })))
        .mount(&server)
        .await;
    let builder = Client::builder()
        .auth_url(server.uri())
        .set("image_endpoint_override", server.uri());
    let client = builder.password("demo", "x").project("demo").build();
    assert!(client.unwrap().images().list().await.unwrap().is_empty());
}
