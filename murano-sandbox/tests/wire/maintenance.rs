//! Fenix beside Murano, early and late.

use std::time::{Duration, UNIX_EPOCH};

use murano_sandbox::{Builder, Clock, Fenix, Sandbox};
use serde_json::{Value, json};

use crate::support::{Answer, User, send, sign_in};

const PATH: &str = "/fenix/v1/maintenance";

fn clock() -> Clock {
    Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045)) // 2026-01-02T03:04:05
}

fn built(clock: &Clock) -> Builder {
    let builder = Sandbox::builder().clock(clock.clone());
    builder.deploy_time(Duration::from_secs(5))
}

fn plan(at: &str) -> Value {
    json!({"hosts": ["cmp-1", "cmp-2"], "state": "MAINTENANCE", "maintenance_at": at, "metadata": {},
        "workflow": "default"})
}

const LATER: &str = "2026-01-02 03:05:05";

async fn begun(user: &User, plan: &Value) -> String {
    let made = user.post(PATH, plan).await.ok();
    made["session_id"].as_str().unwrap().to_owned()
}

async fn state(user: &User, id: &str) -> Value {
    let session = user.get(&format!("{PATH}/{id}")).await.ok();
    assert_eq!(session["session_id"], id);
    session["state"].clone()
}

async fn reply(user: &User, id: &str, body: &Value) -> Answer {
    let path = format!("{PATH}/{id}/{}", user.project);
    user.json("PUT", &path, body).await
}

async fn instances(user: &User, id: &str) -> Value {
    let path = format!("{PATH}/{id}/{}", user.project);
    user.get(&path).await.ok()["instance_ids"].clone()
}

fn crashed(answer: &Answer) {
    assert_eq!(answer.status, 500, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let expected = json!({"status": 500, "message": "Unknown Error"});
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn a_session_goes_through_its_workflow_as_projects_reply() {
    let clock = clock();
    let sandbox = built(&clock).start().await.unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    let id = begun(&demo, &plan(LATER)).await;
    let all = async |body: Value| {
        for user in [&demo, &alt] {
            assert_eq!(reply(user, &id, &body).await.ok(), body);
        }
    };
    assert_eq!(state(&demo, &id).await, "MAINTENANCE");
    assert_eq!(instances(&demo, &id).await.as_array().unwrap().len(), 2);
    all(json!({"state": "ACK_MAINTENANCE"})).await;
    // All have agreed, and the time has not come.
    assert_eq!(state(&demo, &id).await, "MAINTENANCE");
    clock.advance(Duration::from_secs(60));
    assert_eq!(state(&demo, &id).await, "SCALE_IN");
    all(json!({"state": "ACK_SCALE_IN"})).await;
    assert_eq!(state(&demo, &id).await, "PREPARE_MAINTENANCE");
    let moved = async |state: &str| {
        for user in [&demo, &alt] {
            let touched = instances(user, &id).await;
            let [one] = touched.as_array().unwrap().as_slice() else {
                panic!("{touched}")
            };
            let mut actions = json!({});
            actions[one.as_str().unwrap()] = "MIGRATE".into();
            let body = json!({"state": state, "instance_actions": actions});
            reply(user, &id, &body).await.ok();
        }
    };
    moved("ACK_PREPARE_MAINTENANCE").await;
    assert_eq!(state(&demo, &id).await, "START_MAINTENANCE");
    clock.advance(Duration::from_secs(5));
    assert_eq!(state(&demo, &id).await, "PLANNED_MAINTENANCE");
    moved("ACK_PLANNED_MAINTENANCE").await;
    clock.advance(Duration::from_secs(5));
    assert_eq!(state(&demo, &id).await, "MAINTENANCE_COMPLETE");
    all(json!({"state": "ACK_MAINTENANCE_COMPLETE"})).await;
    assert_eq!(state(&demo, &id).await, "MAINTENANCE_DONE");
    assert_eq!(demo.get(PATH).await.ok(), json!({"sessions": [id]}));
    let path = format!("{PATH}/{id}");
    assert_eq!(demo.delete(&path).await.ok(), json!({}));
    let gone = demo.get(&path).await;
    assert_eq!(
        (gone.status, gone.json()),
        (404, json!({"error": "Invalid session"}))
    );
    crashed(&demo.delete(&path).await);
}

#[tokio::test]
async fn refusals_silence_and_haste_fail_a_session() {
    let clock = clock();
    let sandbox = built(&clock).start().await.unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    let refused = begun(&demo, &plan(LATER)).await;
    reply(&demo, &refused, &json!({"state": "NACK_MAINTENANCE"}))
        .await
        .ok();
    assert_eq!(state(&demo, &refused).await, "MAINTENANCE_FAILED");
    let silent = begun(&demo, &plan(LATER)).await;
    reply(&alt, &silent, &json!({"state": "ACK_MAINTENANCE"}))
        .await
        .ok();
    clock.advance(Duration::from_secs(19));
    assert_eq!(state(&demo, &silent).await, "MAINTENANCE");
    clock.advance(Duration::from_secs(1));
    assert_eq!(state(&demo, &silent).await, "MAINTENANCE_FAILED");
    let hasty = begun(&demo, &plan("2026-01-02T03:04:30")).await;
    assert_eq!(state(&demo, &hasty).await, "MAINTENANCE_FAILED");
    let full = demo.post(PATH, &plan(LATER)).await;
    assert_eq!(
        (full.status, full.json()),
        (509, json!({"error": "Too many sessions"}))
    );
}

#[tokio::test]
async fn instances_need_an_action_each() {
    let clock = clock();
    let sandbox = built(&clock)
        .reply_time(Duration::from_secs(600))
        .start()
        .await
        .unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    // With a time of its own it does not mind a work that begins at once.
    let mut plan = plan("2026-01-02");
    plan.as_object_mut().unwrap().remove("hosts");
    let id = begun(&demo, &plan).await;
    for step in ["MAINTENANCE", "SCALE_IN"] {
        for user in [&demo, &alt] {
            let body = json!({"state": format!("ACK_{step}")});
            reply(user, &id, &body).await.ok();
        }
    }
    assert_eq!(state(&demo, &id).await, "PREPARE_MAINTENANCE");
    reply(&demo, &id, &json!({"state": "ACK_PREPARE_MAINTENANCE"}))
        .await
        .ok();
    assert_eq!(state(&demo, &id).await, "MAINTENANCE_FAILED");
}

#[tokio::test]
async fn all_mistakes_in_a_plan_are_one_crash() {
    let clock = clock();
    let sandbox = built(&clock).start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    for (member, value) in [
        ("maintenance_at", json!("2026-01-02T03:05:05Z")),
        ("maintenance_at", json!("soon")),
        ("maintenance_at", Value::Null),
        ("metadata", Value::Null),
        ("workflow", json!("nosuch")),
        ("workflow", Value::Null),
        ("actions", json!([])),
        ("actions", json!([{"plugin": "a", "type": "host"}])),
    ] {
        let mut plan = plan(LATER);
        plan[member] = value;
        crashed(&demo.post(PATH, &plan).await);
    }
    let mut plan = plan(LATER);
    plan["actions"] = json!([{"plugin": "a", "type": "host", "metadata": {}}]);
    begun(&demo, &plan).await;
    let json = [("Content-Type", "application/json")];
    crashed(
        &send(&demo.base, "POST", PATH, (&json, b"{bad"))
            .await
            .unwrap(),
    );
}

#[tokio::test]
async fn an_early_one_has_no_tokens_and_few_words() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let plain = async |method: &str, path: &str, body: &[u8]| {
        let answer = send(
            &demo.base,
            method,
            path,
            (&[("X-Auth-Token", "junk")], body),
        );
        answer.await.unwrap()
    };
    let listed = plain("GET", PATH, b"").await;
    assert_eq!(
        (listed.status, listed.json()),
        (200, json!({"sessions": []}))
    );
    assert_eq!(listed.header("x-openstack-request-id"), "");
    let id = "11111111-2222-3333-4444-555555555555";
    let path = format!("{PATH}/{id}");
    for (method, at) in [("GET", PATH), ("GET", &path), ("DELETE", &path)] {
        let refused = plain(method, at, b"{}").await;
        assert_eq!((refused.status, refused.json()), (400, json!({})), "{at}");
    }
    let unknown = plain("GET", &format!("{path}/{}", demo.project), b"").await;
    assert_eq!((unknown.status, unknown.text().as_str()), (200, "null\n"));
    let updated = plain("PUT", &path, b"{}").await;
    let url = format!("{}{path}", demo.base);
    assert_eq!(updated.ok(), json!({"maintenance": url, "session_id": id}));
    crashed(&plain("PUT", &path, b"").await);
    let words = "The requested URL was not found on the server.";
    for at in [
        "/fenix/",
        "/fenix/v1",
        &format!("{PATH}/"),
        "/fenix/v1/instance_group/1",
    ] {
        let missing = plain("GET", at, b"").await;
        let text = missing.json()["message"].as_str().unwrap().to_owned();
        assert!(
            missing.status == 404 && text.starts_with(words),
            "{at}: {text}"
        );
    }
    let wrong = plain("DELETE", PATH, b"").await;
    assert_eq!(wrong.status, 405);
    assert_eq!(wrong.header("allow"), "HEAD, POST, GET, OPTIONS");
    let demo_id = begun(&demo, &plan("2099-01-02 03:04:05")).await;
    let outside = plain("GET", &format!("{PATH}/{demo_id}/nosuchproject"), b"").await;
    crashed(&outside);
    // Details are those of a project of that name.
    crashed(&plain("GET", &format!("{PATH}/{demo_id}/detail"), b"").await);
    crashed(&reply(&demo, &demo_id, &json!({"instance_ids": []})).await);
}

#[tokio::test]
async fn a_late_one_has_tokens_details_and_constraints() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let builder = built(&clock).fenix(Fenix::Late).data_dir(folder.path());
    let sandbox = builder.clone().start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let refused = send(&demo.base, "GET", PATH, (&[], b"")).await.unwrap();
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (401, &json!(401))
    );
    let id = begun(&demo, &plan("2026-01-02 03:04:06")).await;
    assert_eq!(state(&demo, &id).await, "MAINTENANCE_FAILED");
    let path = format!("{PATH}/{id}");
    demo.json("PUT", &path, &json!({"state": "START_MAINTENANCE"}))
        .await
        .ok();
    assert_eq!(state(&demo, &id).await, "START_MAINTENANCE");
    let detail = demo.get(&format!("{path}/detail")).await.ok();
    assert_eq!(detail["hosts"][0]["hostname"], "cmp-1");
    let unknown = demo.get(&format!("{PATH}/nope/detail")).await;
    assert_eq!(unknown.status, 404);
    let group = json!({"group_id": "g", "project_id": demo.project, "group_name": "web"});
    let path = "/fenix/v1/instance_group/g";
    assert_eq!(demo.get(path).await.status, 404);
    assert_eq!(demo.json("PUT", path, &json!({})).await.status, 400);
    demo.json("PUT", path, &group).await.ok();
    // All of it is there again.
    sandbox.stop().await.unwrap();
    let again = builder.start().await.unwrap();
    let demo = sign_in(&again, "demo").await;
    assert_eq!(state(&demo, &id).await, "START_MAINTENANCE");
    assert_eq!(demo.get(path).await.ok(), group);
    assert_eq!(demo.delete(path).await.status, 204);
    assert_eq!(demo.delete(path).await.status, 404);
}
