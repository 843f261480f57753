use murano_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::sign_in;

#[tokio::test]
async fn services_live_in_the_session_until_it_is_deployed() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let env = demo.environment("e").await;
    let path = format!("/v1/environments/{env}/services");
    assert_eq!(demo.get(&path).await.ok(), json!([]));
    assert_eq!(demo.get(&format!("{path}/any/thing")).await.ok(), json!([]));
    let session = demo.session(&env).await;
    let app = json!({"?": {"id": "a", "type": "x.Y"}, "name": "one", "o": {"k": {"d": 1}}});
    assert_eq!(demo.within(&session, "POST", (&path, &app)).await.ok(), app);
    let more = json!([{"?": {"id": "b", "type": "x.Y"}}, {"?": {"id": "b", "type": "x.Y"}}]);
    assert_eq!(
        demo.within(&session, "POST", (&path, &more)).await.ok(),
        more
    );
    let below = format!("{path}/a");
    assert_eq!(
        demo.within(&session, "POST", (&below, &app)).await.ok(),
        app
    );
    assert_eq!(demo.get(&path).await.ok(), json!([]));
    let within = async |path: &str| demo.within(&session, "GET", (path, &Value::Null)).await;
    let listed = within(&path).await.ok();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert_eq!(
        listed[0]["?"],
        json!({"id": "a", "type": "x.Y", "status": "pending"})
    );
    assert_eq!(within(&format!("{path}/a")).await.ok(), app);
    assert_eq!(within(&format!("{path}/a/o/k/d/and/more")).await.ok(), 1);
    let unknown = within(&format!("{path}/nope")).await;
    assert_eq!((unknown.status, unknown.body.len()), (200, 0));
    assert_eq!(within(&format!("{path}/nope/x")).await.status, 404);
    assert_eq!(within(&format!("{path}/9")).await.fault().1, "IndexError");
}

#[tokio::test]
async fn writes_check_the_session_first() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let env = demo.environment("e").await;
    let path = format!("/v1/environments/{env}/services");
    let app = json!({"?": {"id": "a", "type": "x.Y"}});
    let text = "X-Configuration-Session header which indicates to the session is missed";
    let missing = (400, text.to_owned());
    assert_eq!(demo.post(&path, &app).await.refusal(), missing);
    assert_eq!(demo.json("PUT", &path, &json!([])).await.refusal(), missing);
    assert_eq!(demo.delete(&format!("{path}/a")).await.refusal(), missing);
    let unknown = demo.within("nope", "POST", (&path, &app)).await;
    assert_eq!(
        unknown.refusal(),
        (404, "Session <SessionId nope> is not found".to_owned())
    );
    let session = demo.session(&env).await;
    let empty = demo.within(&session, "POST", (&path, &json!({}))).await;
    let text = "Request body is empty: please, provide application object model";
    assert_eq!(empty.refusal(), (400, text.to_owned()));
    // The session of another environment is accepted and used.
    let other = demo.environment("other").await;
    let elsewhere = format!("/v1/environments/{other}/services");
    demo.within(&session, "POST", (&elsewhere, &app)).await.ok();
    let listed = demo
        .within(&session, "GET", (&path, &Value::Null))
        .await
        .ok();
    assert_eq!(listed[0]["?"]["id"], "a");
    demo.poke(&format!("/v1/environments/{env}/sessions/{session}/deploy"))
        .await
        .ok();
    let late = demo.within(&session, "POST", (&path, &app)).await;
    let text = format!("Session <SessionId {session}> is already in deployment state");
    assert_eq!(late.refusal(), (403, text));
}

#[tokio::test]
async fn services_are_replaced_and_removed_by_path() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let env = demo.environment("e").await;
    let path = format!("/v1/environments/{env}/services");
    let session = demo.session(&env).await;
    let call = async |method: &str, below: &str, body: Value| {
        demo.within(&session, method, (&format!("{path}{below}"), &body))
            .await
    };
    let apps = json!([{"?": {"id": "a"}, "name": "x"}, {"?": {"id": "b"}}]);
    assert_eq!(call("PUT", "", apps.clone()).await.ok(), apps);
    let model = format!("/v1/environments/{env}/model/%3F/updated");
    let updated = demo
        .within(&session, "GET", (&model, &Value::Null))
        .await
        .ok();
    assert_eq!(
        updated.as_str().unwrap().len(),
        "2026-01-02 03:04:05.000006".len()
    );
    assert_eq!(call("PUT", "/a/name", json!("new")).await.ok(), "new");
    assert_eq!(call("PUT", "/a", json!({})).await.status, 400);
    assert_eq!(call("PUT", "/a/name/deep", json!(1)).await.status, 400);
    assert_eq!(
        call("PUT", "/1", json!({"?": {"id": "c"}})).await.status,
        200
    );
    let range = "list assignment index out of range".to_owned();
    assert_eq!(
        call("PUT", "/9", json!(1)).await.fault(),
        (404, "IndexError".to_owned(), range)
    );
    assert_eq!(call("DELETE", "/b", Value::Null).await.status, 404);
    assert_eq!(call("DELETE", "/a/name", Value::Null).await.status, 200);
    assert_eq!(call("DELETE", "/c", Value::Null).await.status, 200);
    let left = call("GET", "", Value::Null).await.ok();
    assert_eq!(left, json!([{"?": {"id": "a", "status": "pending"}}]));
    assert_eq!(call("DELETE", "", Value::Null).await.status, 200);
    assert_eq!(call("DELETE", "", Value::Null).await.status, 404);
}

#[tokio::test]
async fn one_broken_service_breaks_the_list() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let env = demo.environment("e").await;
    let path = format!("/v1/environments/{env}/services");
    let session = demo.session(&env).await;
    demo.within(&session, "POST", (&path, &json!({"name": "no root"})))
        .await
        .ok();
    assert_eq!(
        demo.within(&session, "GET", (&path, &Value::Null))
            .await
            .status,
        404
    );
    let env = format!("/v1/environments/{env}");
    let shown = demo.within(&session, "GET", (&env, &Value::Null)).await;
    assert_eq!(
        shown.fault(),
        (404, "KeyError".to_owned(), "'?'".to_owned())
    );
}
