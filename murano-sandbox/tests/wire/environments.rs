use std::time::{Duration, UNIX_EPOCH};

use murano_sandbox::{Clock, Sandbox};
use serde_json::{Value, json};

use crate::support::{SESSION, sign_in};

#[tokio::test]
async fn create_echoes_what_was_sent_and_the_others_do_not() {
    let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045));
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let body = json!({"name": " ünï ", "description_text": "a text", "extra": {"a": 1}});
    let made = demo.post("/v1/environments", &body).await;
    assert!(
        made.text().contains(r#"" \u00fcn\u00ef ""#),
        "{}",
        made.text()
    );
    let made = made.ok();
    let id = made["id"].as_str().unwrap();
    assert_eq!(id.len(), 32);
    let time = "2026-01-02T03:04:05";
    assert_eq!(
        made,
        json!({"name": " ünï ", "description_text": "a text", "extra": {"a": 1},
            "tenant_id": demo.project, "id": id, "version": 0, "created": time, "updated": time})
    );
    let base = json!({"id": id, "name": " ünï ", "description_text": "a text", "version": 0,
        "tenant_id": demo.project, "created": time, "updated": time});
    let mut listed = base.clone();
    listed["status"] = json!("ready");
    assert_eq!(
        demo.get("/v1/environments").await.ok(),
        json!({"environments": [listed]})
    );
    let path = format!("/v1/environments/{id}");
    let mut shown = listed;
    shown["acquired_by"] = Value::Null;
    shown["services"] = json!([]);
    assert_eq!(demo.get(&path).await.ok(), shown);
    clock.advance(Duration::from_secs(5));
    let mut renamed = base;
    renamed["name"] = json!("new");
    renamed["updated"] = json!("2026-01-02T03:04:10");
    assert_eq!(
        demo.json("PUT", &path, &json!({"name": "new", "x": 1}))
            .await
            .ok(),
        renamed
    );
}

#[tokio::test]
async fn a_fresh_model_has_networks_and_what_was_posted() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let body = json!({"name": "e", "region": "r", "?": {"id": "mine", "type": "x", "more": 1}});
    let made = demo.post("/v1/environments", &body).await.ok();
    let path = format!("/v1/environments/{}/model", made["id"].as_str().unwrap());
    let model = demo.get(&format!("{path}/")).await.ok();
    let network = model["defaultNetworks"]["environment"]["?"]["id"].clone();
    assert_eq!(
        model,
        json!({
            "?": {"id": "mine", "type": "io.murano.Environment", "more": 1, "metadata": {}},
            "name": "e", "region": "r",
            "defaultNetworks": {"environment": {
                "?": {"id": network, "type": "io.murano.resources.NovaNetwork"},
                "name": "e-network"}, "flat": null},
        })
    );
    assert_eq!(demo.get(&format!("{path}/%3F/id")).await.ok(), "mine");
    let null = demo.get(&format!("{path}/defaultNetworks/flat")).await;
    assert_eq!(
        (null.status, null.header("content-length"), null.body.len()),
        (200, "0", 0)
    );
    assert_eq!(null.header("content-type"), "application/json");
    assert_eq!(demo.get(&format!("{path}/nope")).await.status, 404);
}

#[tokio::test]
async fn names_are_checked() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let post = async |body: Value| demo.post("/v1/environments", &body).await;
    let missing = (
        400,
        "Please, specify a name of the environment to create".to_owned(),
    );
    assert_eq!(post(json!({})).await.refusal(), missing);
    assert_eq!(post(json!({"name": "  "})).await.refusal(), missing);
    assert_eq!(post(json!([])).await.refusal(), missing);
    let long = (
        400,
        "Environment name should be 255 characters maximum".to_owned(),
    );
    assert_eq!(post(json!({"name": "x".repeat(256)})).await.refusal(), long);
    let text = "'int' object has no attribute 'strip'".to_owned();
    assert_eq!(
        post(json!({"name": 7})).await.fault(),
        (500, "AttributeError".to_owned(), text)
    );
    let first = demo.environment("one").await;
    let taken = (
        409,
        "Environment with specified name already exists".to_owned(),
    );
    assert_eq!(post(json!({"name": "one"})).await.refusal(), taken);
    assert_eq!(
        post(json!({"name": "two", "id": first})).await.refusal(),
        taken
    );
    let second = format!("/v1/environments/{}", demo.environment("two").await);
    let put = async |body: Value| demo.json("PUT", &second, &body).await;
    assert_eq!(put(json!({"name": "one"})).await.refusal(), taken);
    assert_eq!(
        put(json!({})).await.fault(),
        (404, "KeyError".to_owned(), "'name'".to_owned())
    );
    assert_eq!(put(json!({"name": null})).await.ok()["name"], "None");
}

#[tokio::test]
async fn projects_do_not_see_each_other() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    let (demo2, admin) = (
        sign_in(&sandbox, "demo2").await,
        sign_in(&sandbox, "admin").await,
    );
    let env = demo.environment("e").await;
    let path = format!("/v1/environments/{env}");
    let refused = (
        403,
        "User is not authorized to access these tenant resources".to_owned(),
    );
    assert_eq!(alt.get(&path).await.refusal(), refused);
    assert_eq!(alt.delete(&path).await.refusal(), refused);
    assert_eq!(demo2.get(&path).await.status, 200);
    assert_eq!(admin.get(&path).await.status, 200);
    assert_eq!(
        alt.get("/v1/environments").await.ok(),
        json!({"environments": []})
    );
    let all = "/v1/environments?all_tenants=TRUE";
    assert_eq!(
        demo.get(all).await.refusal(),
        (403, "Access was denied to this resource.".into())
    );
    assert_eq!(admin.get(all).await.ok()["environments"][0]["id"], env);
    let one = format!("/v1/environments?tenant={}", demo.project);
    assert_eq!(admin.get(&one).await.ok()["environments"][0]["id"], env);
    assert_eq!(
        admin.get("/v1/environments?all_tenants=1").await.ok()["environments"],
        json!([])
    );
}

#[tokio::test]
async fn the_model_is_patched_in_a_session() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let env = demo.environment("e").await;
    let session = demo.session(&env).await;
    let path = format!("/v1/environments/{env}/model/");
    let patch = async |patch: Value| {
        let media = crate::support::MODEL_PATCH;
        let headers = [("Content-Type", media), (SESSION, session.as_str())];
        demo.raw("PATCH", &path, (&headers, patch.to_string().as_bytes()))
            .await
    };
    let op = |op: &str, path: &str, value: Value| json!([{"op": op, "path": path, "value": value}]);
    let patched = patch(op("replace", "/defaultNetworks/flat", json!(true)))
        .await
        .ok();
    assert_eq!(patched["defaultNetworks"]["flat"], true);
    assert_eq!(
        demo.get(&path).await.ok()["defaultNetworks"]["flat"],
        Value::Null
    );
    patch(op("add", "/services", json!([]))).await.ok();
    patch(op("add", "/services/-", json!({"?": {"id": "a"}})))
        .await
        .ok();
    assert_eq!(
        patch(op("remove", "/services/0", json!({}))).await.ok()["services"],
        json!([])
    );
    assert_eq!(
        patch(op("replace", "/region", json!("r"))).await.refusal(),
        (
            404,
            "can't replace a non-existent object 'region'".to_owned()
        )
    );
    let text = "Method 'add' is not allowed for a path with name 'name'. Allowed operations are: \
                replace";
    assert_eq!(
        patch(op("add", "/name", json!("x"))).await.refusal(),
        (403, text.to_owned())
    );
    let empty = "Request body is empty: please, provide environment object model patch";
    assert_eq!(patch(json!([])).await.refusal(), (400, empty.to_owned()));
    let rename = op("replace", "/name", json!("x"));
    let headerless = demo
        .patch(&path, (crate::support::MODEL_PATCH, &rename))
        .await;
    assert_eq!(headerless.fault().1, "AttributeError");
}

#[tokio::test]
async fn an_untouched_environment_is_deleted_at_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let path = format!("/v1/environments/{}", demo.environment("e").await);
    let deleted = demo.delete(&path).await;
    assert_eq!((deleted.status, deleted.body.len()), (200, 0));
    assert_eq!(demo.get(&path).await.status, 404);
}
