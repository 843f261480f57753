use std::time::{Duration, UNIX_EPOCH};

use murano_sandbox::{Clock, Sandbox};
use serde_json::{Value, json};

use crate::support::sign_in;

#[tokio::test]
async fn only_who_opened_a_session_may_look() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, demo2) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "demo2").await,
    );
    let (alt, admin) = (
        sign_in(&sandbox, "alt").await,
        sign_in(&sandbox, "admin").await,
    );
    let env = demo.environment("e").await;
    let id = demo.session(&env).await;
    let path = format!("/v1/environments/{env}/sessions/{id}");
    let shown = demo.get(&path).await.ok();
    assert_eq!(
        shown,
        json!({"id": id, "environment_id": env, "user_id": demo.id, "state": "opened",
            "version": 0, "created": shown["created"], "updated": shown["updated"]})
    );
    assert_eq!(demo.status(&env).await, "pending");
    for user in [&demo2, &admin] {
        let text = format!(
            "User <UserId {}> is not authorized to access session <SessionId {id}>.",
            user.id
        );
        let answer = user.get(&path).await;
        assert_eq!(answer.refusal(), (401, text));
        assert!(
            answer
                .header("www-authenticate")
                .starts_with("Keystone uri=")
        );
    }
    assert_eq!(alt.get(&path).await.status, 403);
    let elsewhere = demo
        .get(&format!("/v1/environments/nope/sessions/{id}"))
        .await;
    let text = format!("Session <SessionId {id}> is not tied with Environment <EnvId nope>");
    assert_eq!(elsewhere.refusal(), (400, text));
    let unknown = demo
        .get(&format!("/v1/environments/{env}/sessions/nope"))
        .await;
    assert_eq!(
        unknown.refusal(),
        (404, "Session <SessionId nope> is not found".to_owned())
    );
    assert_eq!(demo.delete(&path).await.status, 200);
    assert_eq!(demo.status(&env).await, "ready");
}

#[tokio::test]
async fn the_first_deployment_wins_and_the_others_are_invalid_for_ever() {
    let clock = Clock::manual(UNIX_EPOCH);
    let builder = Sandbox::builder()
        .clock(clock.clone())
        .deploy_time(Duration::from_secs(10));
    let sandbox = builder.start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let env = demo.environment("e").await;
    let (first, second) = (demo.session(&env).await, demo.session(&env).await);
    let path = |id: &str| format!("/v1/environments/{env}/sessions/{id}");
    let deployed = demo.poke(&format!("{}/deploy", path(&first))).await;
    assert_eq!((deployed.status, deployed.body.len()), (200, 0));
    let shown = demo.get(&format!("/v1/environments/{env}")).await.ok();
    assert_eq!(
        (&shown["status"], &shown["acquired_by"]),
        (&json!("deploying"), &json!(first))
    );
    assert_eq!(demo.get(&path(&first)).await.ok()["state"], "deploying");
    let text =
        format!("Session <SessionId {first}> is already deployed or deployment is in progress");
    assert_eq!(
        demo.poke(&format!("{}/deploy", path(&first)))
            .await
            .refusal(),
        (403, text)
    );
    let text =
        format!("Session <SessionId: {first}> is in deploying state and could not be deleted");
    assert_eq!(demo.delete(&path(&first)).await.refusal(), (403, text));
    let invalid = |id: &str| {
        let text =
            "is invalid: environment has been updated or updating right now with other session";
        (403, format!("Session <SessionId {id}> {text}"))
    };
    let busy = format!(
        "Could not open session for environment <EnvId: {env}>, environment has deploying or \
         deleting status."
    );
    let configure = format!("/v1/environments/{env}/configure");
    for answer in [
        demo.poke(&configure).await,
        demo.delete(&format!("/v1/environments/{env}")).await,
    ] {
        assert_eq!(answer.refusal(), (403, busy.clone()));
    }
    assert_eq!(demo.get(&path(&second)).await.refusal(), invalid(&second));
    clock.advance(Duration::from_secs(10));
    for id in [&first, &second] {
        assert_eq!(demo.get(&path(id)).await.refusal(), invalid(id));
        assert_eq!(
            demo.poke(&format!("{}/deploy", path(id))).await.refusal(),
            invalid(id)
        );
    }
    assert_eq!(demo.status(&env).await, "ready");
    let listed = demo.get("/v1/environments").await.ok();
    assert_eq!(listed["environments"][0]["version"], 1);
    assert_eq!(demo.poke(&configure).await.ok()["version"], 1);
}

#[tokio::test]
async fn a_processed_environment_passes_through_deleting() {
    let clock = Clock::manual(UNIX_EPOCH);
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let env = demo.environment("e").await;
    demo.deploy(&env, &Value::Null).await;
    clock.advance(Duration::from_secs(2));
    let path = format!("/v1/environments/{env}");
    assert_eq!(demo.delete(&path).await.status, 200);
    let shown = demo.get(&path).await.ok();
    assert_eq!(
        (&shown["status"], &shown["acquired_by"]),
        (&json!("deleting"), &Value::Null)
    );
    let deletion = demo.deployment(&env).await;
    assert_eq!(
        (&deletion["action"], &deletion["state"]),
        (&Value::Null, &json!("running"))
    );
    assert_eq!(deletion["description"], json!({"services": []}));
    clock.advance(Duration::from_secs(2));
    assert_eq!(demo.get(&path).await.status, 404);
    assert_eq!(
        demo.get("/v1/deployments").await.ok(),
        json!({"deployments": []})
    );
}

#[tokio::test]
async fn a_deletion_that_fails_leaves_an_environment_without_a_model() {
    let clock = Clock::manual(UNIX_EPOCH);
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let uploaded = demo
        .upload(&crate::support::shop(), &Value::Null)
        .await
        .ok();
    let env = demo.environment("e").await;
    let app = json!({"?": {"id": "a", "type": "demo.Shop"}, "name": "n"});
    demo.deploy(&env, &app).await;
    clock.advance(Duration::from_secs(2));
    let package = format!("/v1/catalog/packages/{}", uploaded["id"].as_str().unwrap());
    assert_eq!(demo.delete(&package).await.status, 200);
    let path = format!("/v1/environments/{env}");
    demo.delete(&path).await.ok();
    clock.advance(Duration::from_secs(2));
    let shown = demo.get(&path).await.ok();
    assert_eq!(
        (&shown["status"], &shown["services"]),
        (&json!("delete failure"), &Value::Null)
    );
    assert_eq!(shown["version"], 2);
    let services = demo.get(&format!("{path}/services")).await;
    assert_eq!((services.status, services.body.len()), (200, 0));
    assert_eq!(
        demo.get(&format!("{path}/lastStatus")).await.ok(),
        json!({"lastStatuses": {}})
    );
    let session = demo.session(&env).await;
    let add = format!("{path}/services");
    let text = format!("Environment <EnvId {env}> is not found");
    let added = demo.within(&session, "POST", (&add, &app)).await;
    assert_eq!(added.refusal(), (404, text));
    assert_eq!(demo.delete(&format!("{path}?abandon=1")).await.status, 200);
    assert_eq!(demo.status(&env).await, "deleting");
    assert_eq!(
        demo.delete(&format!("{path}?abandon=True")).await.status,
        200
    );
    assert_eq!(demo.get(&path).await.status, 404);
}
