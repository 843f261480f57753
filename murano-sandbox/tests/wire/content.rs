use std::io::ErrorKind;

use murano_sandbox::Sandbox;
use serde_json::json;

use crate::support::{shop, sign_in};

#[tokio::test]
async fn content_is_there_before_the_first_call() {
    let sandbox = Sandbox::start().await.unwrap();
    let package = sandbox.add_package("demo", shop()).unwrap();
    let app = json!({"?": {"id": "a1", "type": "io.murano.Application"}});
    let env = sandbox
        .add_environment("demo", "market", vec![app])
        .unwrap();
    assert!(sandbox.log().is_empty());

    let demo = sign_in(&sandbox, "demo").await;
    let shown = demo
        .get(&format!("/v1/catalog/packages/{package}"))
        .await
        .ok();
    assert_eq!(shown["id"], json!(package));
    let shown = demo.get(&format!("/v1/environments/{env}")).await.ok();
    assert_eq!(
        (&shown["name"], &shown["status"]),
        (&json!("market"), &json!("ready"))
    );
    assert_eq!(shown["services"][0]["?"]["id"], json!("a1"));
}

#[tokio::test]
async fn content_that_makes_no_sense_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let kind = |outcome: std::io::Result<String>| outcome.unwrap_err().kind();
    assert_eq!(
        kind(sandbox.add_package("demo", vec![1, 2, 3])),
        ErrorKind::InvalidData
    );
    assert_eq!(
        kind(sandbox.add_package("nobody", shop())),
        ErrorKind::NotFound
    );
    sandbox
        .add_environment("demo", "market", Vec::new())
        .unwrap();
    let again = sandbox.add_environment("demo", "market", Vec::new());
    assert_eq!(kind(again), ErrorKind::InvalidData);
    assert!(sandbox.add_environment("alt", "market", Vec::new()).is_ok());
}
