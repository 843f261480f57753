use std::time::{Duration, UNIX_EPOCH};

use murano_sandbox::{Clock, Sandbox};
use serde_json::{Value, json};

use crate::support::{User, shop, sign_in};

async fn deployed() -> (Sandbox, Clock, User, String) {
    let clock = Clock::manual(UNIX_EPOCH);
    let sandbox = Sandbox::builder()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    demo.upload(&shop(), &Value::Null).await.ok();
    let env = demo.environment("e").await;
    demo.deploy(
        &env,
        &json!({"?": {"id": "a", "type": "demo.Shop"}, "name": "n"}),
    )
    .await;
    clock.advance(Duration::from_secs(2));
    (sandbox, clock, demo, env)
}

#[tokio::test]
async fn an_action_is_a_deployment_with_a_result() {
    let (_sandbox, clock, demo, env) = deployed().await;
    let path = format!("/v1/environments/{env}/actions");
    let call = async |action: &str, arguments: Value| {
        let called = demo
            .post(&format!("{path}/{action}"), &arguments)
            .await
            .ok();
        let task = format!("{path}/{}", called["task_id"].as_str().unwrap());
        assert_eq!(demo.get(&task).await.ok(), json!({}));
        assert_eq!(demo.status(&env).await, "deploying");
        clock.advance(Duration::from_secs(2));
        demo.get(&task).await.ok()
    };
    let sold = call("a_sell", json!({"what": "bread"})).await;
    assert_eq!(sold, json!({"isException": false, "result": "bread"}));
    let deployment = demo.deployment(&env).await;
    assert_eq!(
        deployment["action"],
        json!({"object_id": "a", "method": "sell", "args": {"what": "bread"}})
    );
    let refused = call("a_close", json!({})).await;
    assert_eq!(refused["isException"], true);
    assert_eq!(refused["result"]["message"], "[demo.Locked]: no key");
    assert_eq!(demo.status(&env).await, "deploy failure");
    let incomplete = call("a_sell", json!({})).await;
    let text = "[demo.Shop::sell(what)] null value violates notNull() contract";
    assert_eq!(incomplete["result"]["message"], text);
    let whole = call(&format!("{env}_deploy"), json!({})).await;
    assert_eq!(whole, json!({"isException": false, "result": null}));
    assert_eq!(demo.status(&env).await, "ready");
    let listed = demo.get("/v1/environments").await.ok();
    assert_eq!(listed["environments"][0]["version"], 5);
}

#[tokio::test]
async fn an_unknown_action_leaves_a_session_behind() {
    let (_sandbox, _clock, demo, env) = deployed().await;
    let path = format!("/v1/environments/{env}/actions");
    assert_eq!(demo.poke(&format!("{path}/a_sell")).await.status, 400);
    assert_eq!(demo.status(&env).await, "ready");
    let unknown = demo.post(&format!("{path}/a_nothing"), &json!({})).await;
    let text = "Action is not found".to_owned();
    assert_eq!(unknown.fault(), (404, "LookupError".to_owned(), text));
    assert_eq!(unknown.json()["error"]["traceback"], Value::Null);
    // Private methods are no actions.
    assert_eq!(
        demo.post(&format!("{path}/a_count"), &json!({}))
            .await
            .status,
        404
    );
    assert_eq!(demo.status(&env).await, "pending");
    let task = demo.get(&format!("{path}/nope")).await;
    let text =
        format!("Result for task with environment_id: {env} and task_id: nope was not found.");
    assert_eq!(task.refusal(), (404, text));
}

#[tokio::test]
async fn static_actions_answer_at_once() {
    let (_sandbox, _clock, demo, _env) = deployed().await;
    let call = async |body: Value| demo.post("/v1/actions", &body).await;
    let shop = |method: &str| json!({"className": "demo.Shop", "methodName": method});
    let mut greet = shop("greet");
    greet["parameters"] = json!({"name": "Ann"});
    greet["classVersion"] = json!(">=0");
    assert_eq!(call(greet.clone()).await.ok(), "Hi Ann");
    let contract = "[demo.Shop::greet(name)] null value violates notNull() contract";
    assert_eq!(
        call(shop("greet")).await.refusal(),
        (400, contract.to_owned())
    );
    let thrown = (503, "[demo.Alarm]: static kaboom".to_owned());
    assert_eq!(call(shop("rob")).await.refusal(), thrown);
    let null = call(json!({"className": "demo.Shop", "methodName": "build",
        "parameters": {"title": "x"}}))
    .await;
    assert_eq!((null.status, null.body.len()), (200, 0));
    let missing = (404, "Method \"nope\" is not found".to_owned());
    assert_eq!(call(shop("nope")).await.refusal(), missing);
    let instance = (
        500,
        "Exception".to_owned(),
        "A class instance is required".to_owned(),
    );
    assert_eq!(call(shop("sell")).await.fault(), instance);
    let text = "Class name and method name must be specified for static action";
    assert_eq!(
        call(json!({"className": "x"})).await.refusal(),
        (400, text.to_owned())
    );
    let text = "Package for class \"x.Y\" is not found";
    let unknown = call(json!({"className": "x.Y", "methodName": "z"})).await;
    assert_eq!(unknown.refusal(), (404, text.to_owned()));
    greet["packageName"] = json!("zz");
    assert_eq!(
        call(greet).await.refusal(),
        (404, "Package \"zz\" is not found".to_owned())
    );
    assert_eq!(call(json!([])).await.fault().1, "AttributeError");
}

#[tokio::test]
async fn classes_have_schemas() {
    let (_sandbox, _clock, demo, _env) = deployed().await;
    let all = demo.get("/v1/schemas/demo.Shop").await.ok();
    let schema = "http://json-schema.org/draft-04/schema#";
    let class = json!({
        "$schema": schema, "type": "object", "additionalProperties": false, "title": "A shop",
        "formSections": {"main": {"title": "Main section", "index": 0}},
        "properties": {
            "name": {"type": "string", "title": "The name", "formSection": "main", "formIndex": 6},
            "size": {"type": ["integer", "null"], "default": 3},
            "till": {"type": ["muranoObject", "null"], "muranoType": "demo.Till"},
        },
    });
    let builder = json!({"$schema": schema, "type": "object", "additionalProperties": false,
        "formSections": {}, "properties": {"title": {"type": "string"}}});
    assert_eq!(all, json!({"": class, "build": builder}));
    let some = demo.get("/v1/schemas/demo.Shop/build,%20greet").await.ok();
    assert_eq!(some, json!({"build": builder}));
    let wrong = demo.get("/v1/schemas/demo.Shop?classVersion=abc").await;
    let text = "Invalid simple block 'abc'".to_owned();
    assert_eq!(wrong.fault(), (400, "ValueError".to_owned(), text));
    let elsewhere = demo.get("/v1/schemas/nope.X?packageName=demo.Shop").await;
    let text = "Class \"nope.X\" is not found in demo.Shop/0.0.0";
    assert_eq!(elsewhere.refusal(), (404, text.to_owned()));
}
