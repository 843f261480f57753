use std::time::{Duration, UNIX_EPOCH};

use murano_sandbox::{Clock, Sandbox};
use serde_json::{Value, json};

use crate::support::{User, shop, sign_in, zip};

async fn fresh() -> (Sandbox, Clock, User) {
    let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045));
    let builder = Sandbox::builder()
        .clock(clock.clone())
        .deploy_time(Duration::from_secs(10));
    let sandbox = builder.start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    demo.upload(&shop(), &Value::Null).await.ok();
    (sandbox, clock, demo)
}

/// Level, text and object of the reports so far.
async fn reports(user: &User, env: &str) -> Vec<Value> {
    let task = user.deployment(env).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/environments/{env}/deployments/{task}");
    let all = user.get(&path).await.ok()["reports"]
        .as_array()
        .unwrap()
        .clone();
    all.iter()
        .map(|r| json!([r["level"], r["text"], r["entity_id"]]))
        .collect()
}

#[tokio::test]
async fn a_deployment_takes_its_time_and_rewrites_the_model() {
    let (_sandbox, clock, demo) = fresh().await;
    let env = demo.environment("e").await;
    let app = json!({"?": {"id": "a", "type": "demo.Shop"}, "name": "corner", "junk": 1,
        "password": "p", "till": {"?": {"id": "t", "type": "demo.Till"}}});
    demo.deploy(&env, &app).await;
    let running = demo.deployment(&env).await;
    let time = "2026-01-02T03:04:05";
    let mut hidden = app.clone();
    hidden["password"] = json!("*** SANITIZED ***");
    let root = json!({"id": env, "type": "io.murano.Environment", "metadata": {}});
    assert_eq!(
        running,
        json!({"id": running["id"], "environment_id": env, "state": "running", "created": time,
            "updated": time, "started": time, "finished": null, "result": {},
            "action": {"object_id": env, "method": "deploy", "args": {}},
            "description": {"?": root, "name": "e", "services": [hidden],
                "defaultNetworks": running["description"]["defaultNetworks"]}})
    );
    clock.advance(Duration::from_secs(6));
    let halfway = [
        json!(["info", "Action deploy is scheduled", null]),
        json!(["info", "shelves are filled", "a"]),
    ];
    assert_eq!(reports(&demo, &env).await, halfway);
    clock.advance(Duration::from_secs(4));
    let done = demo.deployment(&env).await;
    assert_eq!(
        done["result"],
        json!({"isException": false, "result": null})
    );
    assert_eq!(
        (&done["state"], &done["finished"]),
        (&json!("success"), &json!("2026-01-02T03:04:15"))
    );
    let last = json!(["info", "Deployment finished", null]);
    assert_eq!(reports(&demo, &env).await.last(), Some(&last));

    let model = demo
        .get(&format!("/v1/environments/{env}/model/"))
        .await
        .ok();
    let deploy = json!({"enabled": true, "name": "deploy", "title": "deploy"});
    assert_eq!(
        model["?"],
        json!({"type": "io.murano.Environment/0.0.0@io.murano", "id": env, "name": null,
            "metadata": {}, "_actions": {format!("{env}_deploy"): deploy}})
    );
    assert_eq!(
        (&model["region"], &model["regions"][""]["name"]),
        (&json!(""), &json!(""))
    );
    let action = |name: &str, title: &str| json!({"enabled": true, "name": name, "title": title});
    assert_eq!(
        model["services"],
        json!([{
            "?": {"type": "demo.Shop/0.0.0@demo.Shop", "id": "a", "name": null, "metadata": null,
                "_actions": {"a_sell": action("sell", "Sell one"), "a_close": action("close", "close"),
                    "a_greet": action("greet", "greet"), "a_rob": action("rob", "rob"),
                    "a_build": action("build", "build")}},
            "name": "corner", "size": 3,
            "till": {"?": {"type": "demo.Till/0.0.0@demo.Shop", "id": "t", "name": null,
                "metadata": null, "_actions": {}}, "cash": 0},
            "takings": null,
        }])
    );
    let last = demo
        .get(&format!("/v1/environments/{env}/lastStatus"))
        .await
        .ok();
    assert_eq!(last["lastStatuses"]["a"]["text"], "shelves are filled");
}

#[tokio::test]
async fn an_unknown_class_fails_while_loading() {
    let (_sandbox, clock, demo) = fresh().await;
    let env = demo.environment("e").await;
    demo.deploy(
        &env,
        &json!({"?": {"id": "a", "type": "demo.Nowhere"}, "name": "x"}),
    )
    .await;
    clock.advance(Duration::from_secs(10));
    let text = "Package for class \"demo.Nowhere\" is not found";
    let done = demo.deployment(&env).await;
    assert_eq!(done["result"]["isException"], true);
    assert_eq!(done["result"]["result"]["message"], text);
    assert_eq!(done["state"], "completed_w_errors");
    assert_eq!(
        reports(&demo, &env).await[1..],
        [
            json!(["error", text, env]),
            json!(["info", "Deployment finished with errors", null])
        ]
    );
    let shown = demo.get(&format!("/v1/environments/{env}")).await.ok();
    assert_eq!(
        (&shown["status"], &shown["version"]),
        (&json!("deploy failure"), &json!(1))
    );
    assert_eq!(
        shown["services"],
        json!([{"?": {"id": "a", "type": "demo.Nowhere", "status": "deploy failure"}, "name": "x"}])
    );
    // The engine never got past loading, so there is nothing to clean up.
    demo.delete(&format!("/v1/environments/{env}")).await.ok();
    assert_eq!(
        demo.get(&format!("/v1/environments/{env}")).await.status,
        404
    );
}

#[tokio::test]
async fn a_method_that_throws_fails_the_run() {
    let (_sandbox, clock, demo) = fresh().await;
    let env = demo.environment("e").await;
    demo.deploy(&env, &json!({"?": {"id": "b", "type": "demo.Burnt"}}))
        .await;
    clock.advance(Duration::from_secs(10));
    let text = "[demo.Fire]: the roof is gone";
    let done = demo.deployment(&env).await;
    assert_eq!(done["result"]["result"]["message"], text);
    let details = done["result"]["result"]["details"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        details.starts_with("demo.Fire: the roof is gone\n"),
        "{details}"
    );
    assert_eq!(
        reports(&demo, &env).await[1..3],
        [
            json!(["info", "smells of smoke", "b"]),
            json!(["error", text, env])
        ]
    );
    assert_eq!(demo.status(&env).await, "deploy failure");
    // A newer success covers the failure.
    let session = demo.session(&env).await;
    assert_eq!(demo.status(&env).await, "deploy failure");
    let services = format!("/v1/environments/{env}/services");
    demo.within(&session, "DELETE", (&services, &Value::Null))
        .await
        .ok();
    demo.poke(&format!("/v1/environments/{env}/sessions/{session}/deploy"))
        .await
        .ok();
    clock.advance(Duration::from_secs(10));
    assert_eq!(demo.status(&env).await, "ready");
}

#[tokio::test]
async fn contracts_are_checked_while_loading() {
    let (_sandbox, clock, demo) = fresh().await;
    let place = "[io.murano.Environment.applications[0]] [demo.Shop";
    for (name, app, text) in [
        (
            "a",
            json!({}),
            ".name] null value violates notNull() contract",
        ),
        (
            "b",
            json!({"name": "n", "size": "x"}),
            ".size] Value 'x' violates int() contract",
        ),
    ] {
        let env = demo.environment(name).await;
        let mut app = app;
        app["?"] = json!({"id": "a", "type": "demo.Shop"});
        demo.deploy(&env, &app).await;
        clock.advance(Duration::from_secs(10));
        let done = demo.deployment(&env).await;
        assert_eq!(
            done["result"]["result"]["message"],
            format!("{place}{text}")
        );
    }
}

#[tokio::test]
async fn an_application_can_order_how_its_run_goes() {
    let (_sandbox, clock, demo) = fresh().await;
    let env = demo.environment("e").await;
    let orders = json!({"reports": ["one", "two"], "seconds": 3, "fail": "no luck"});
    let app = json!({"?": {"id": "a", "type": "demo.Shop"}, "name": "n", "sandbox": orders});
    demo.deploy(&env, &app).await;
    clock.advance(Duration::from_secs(2));
    assert_eq!(demo.status(&env).await, "deploying");
    clock.advance(Duration::from_secs(1));
    assert_eq!(demo.status(&env).await, "deploy failure");
    let texts: Vec<Value> = reports(&demo, &env)
        .await
        .iter()
        .map(|r| r[1].clone())
        .collect();
    assert_eq!(texts[1..4], ["one", "two", "shelves are filled"]);
    assert_eq!(texts[4], "no luck");
    let shown = demo
        .get(&format!("/v1/environments/{env}/services/a/sandbox"))
        .await
        .ok();
    assert_eq!(shown, orders);
}

#[tokio::test]
async fn a_class_of_another_version_is_never_deployed() {
    let (sandbox, clock, demo) = fresh().await;
    let manifest =
        "FullName: demo.Late\nType: Application\nVersion: 1.2\nClasses: {demo.Late: l.yaml}";
    let class = "Namespaces: {=: demo, std: io.murano}\nName: Late\nExtends: std:Application\n";
    let files = [
        ("manifest.yaml", manifest.as_bytes()),
        ("Classes/l.yaml", class.as_bytes()),
    ];
    demo.upload(&zip(&files), &Value::Null).await.ok();
    let stuck = demo.environment("stuck").await;
    demo.deploy(&stuck, &json!({"?": {"id": "a", "type": "demo.Late"}}))
        .await;
    clock.advance(Duration::from_secs(100_000));
    // The token has ended meanwhile.
    let demo = sign_in(&sandbox, "demo").await;
    assert_eq!(demo.status(&stuck).await, "deploying");
    let running = demo.deployment(&stuck).await;
    assert_eq!(
        (&running["state"], &running["finished"]),
        (&json!("running_w_errors"), &Value::Null)
    );
    let path = format!("/v1/environments/{stuck}");
    assert_eq!(demo.delete(&path).await.status, 403);
    assert_eq!(
        demo.delete(&format!("{path}?abandon=true")).await.status,
        200
    );
    for (name, root) in [
        (
            "a",
            json!({"id": "a", "type": "demo.Late", "classVersion": ">=0"}),
        ),
        ("b", json!({"id": "a", "type": "demo.Late/1.2.0@demo.Late"})),
    ] {
        let env = demo.environment(name).await;
        demo.deploy(&env, &json!({"?": root})).await;
        clock.advance(Duration::from_secs(10));
        let kind = demo
            .get(&format!("/v1/environments/{env}/model/services/0/%3F/type"))
            .await
            .ok();
        assert_eq!(kind, "demo.Late/1.2.0@demo.Late");
    }
}

#[tokio::test]
async fn reports_check_little_and_filter_badly() {
    let (sandbox, clock, demo) = fresh().await;
    let alt = sign_in(&sandbox, "alt").await;
    let env = demo.environment("e").await;
    demo.deploy(
        &env,
        &json!({"?": {"id": "a", "type": "demo.Shop"}, "name": "n"}),
    )
    .await;
    clock.advance(Duration::from_secs(10));
    let task = demo.deployment(&env).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/environments/{env}/deployments/{task}");
    assert_eq!(
        alt.get(&path).await.ok()["reports"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        alt.get(&format!("/v1/environments/{env}/deployments"))
            .await
            .status,
        403
    );
    assert_eq!(demo.get(&format!("{path}?service_id=a")).await.status, 400);
    assert_eq!(
        demo.get(&format!("{path}?service_id=x")).await.ok(),
        json!({"reports": []})
    );
    let wrong = format!("/v1/environments/nope/deployments/{task}");
    assert_eq!(demo.get(&wrong).await.status, 400);
    let unknown = format!("/v1/environments/{env}/deployments/nope");
    assert_eq!(demo.get(&unknown).await.status, 404);
    assert_eq!(
        demo.get("/v1/deployments").await.ok()["deployments"][0]["id"],
        json!(task)
    );
    assert_eq!(
        alt.get("/v1/deployments").await.ok(),
        json!({"deployments": []})
    );
}

#[tokio::test]
async fn instances_are_counted() {
    let (_sandbox, clock, demo) = fresh().await;
    let class = "Namespaces: {=: demo, std: io.murano}\nName: Host\nExtends: std:Application\n\
                 Properties: {vm: {Contract: $.class(std:Object)}}\n\
                 Methods:\n  deploy:\n    Body:\n      - $.reportDeployed(title => 'A host', unitCount => 2)\n";
    let manifest = "FullName: demo.Host\nType: Application\nClasses: {demo.Host: h.yaml}";
    let files = [
        ("manifest.yaml", manifest.as_bytes()),
        ("Classes/h.yaml", class.as_bytes()),
    ];
    demo.upload(&zip(&files), &Value::Null).await.ok();
    let env = demo.environment("e").await;
    let vm = json!({"?": {"id": "v", "type": "io.murano.resources.LinuxMuranoInstance"}});
    demo.deploy(
        &env,
        &json!({"?": {"id": "h", "type": "demo.Host"}, "vm": vm}),
    )
    .await;
    clock.advance(Duration::from_secs(20));
    let path = format!("/v1/environments/{env}/instance-statistics");
    assert_eq!(
        demo.get(&format!("{path}/raw")).await.ok(),
        json!([
            {"type": 100, "duration": 10, "type_name": "demo.Host", "unit_count": 2,
                "instance_id": "h", "type_title": "A host", "active": true},
            {"type": 200, "duration": 10, "type_name": "io.murano.resources.LinuxMuranoInstance",
                "unit_count": null, "instance_id": "v", "type_title": null, "active": true},
        ])
    );
    assert_eq!(
        demo.get(&format!("{path}/aggregated")).await.ok(),
        json!([{"type": 100, "duration": 10, "count": 1}, {"type": 200, "duration": 10, "count": 1}])
    );
    demo.delete(&format!("/v1/environments/{env}")).await.ok();
    clock.advance(Duration::from_secs(50));
    let one = demo.get(&format!("{path}/raw/v")).await.ok();
    assert_eq!(
        (&one[0]["active"], &one[0]["duration"]),
        (&json!(false), &json!(20))
    );
    let stats = demo.get("/v1/stats").await.ok();
    let counts: Value =
        serde_json::from_str(stats[0]["requests_per_tenant"].as_str().unwrap()).unwrap();
    assert_eq!(counts[&demo.project], stats[0]["request_count"]);
}
