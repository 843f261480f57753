use std::time::{Duration, Instant};

use murano_sandbox::{Fault, Sandbox};
use serde_json::json;

use crate::support::{send, sign_in};

#[tokio::test]
async fn an_ordered_answer_comes_once_and_nothing_is_done() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let busy = Fault::on("POST", "/v1/environments")
        .nth(2)
        .answer(503, "busy");
    sandbox.order(busy.header("Retry-After", "1"));
    demo.environment("one").await;
    let refused = demo.post("/v1/environments", &json!({"name": "two"})).await;
    assert_eq!((refused.status, refused.text().as_str()), (503, "busy"));
    assert_eq!(refused.header("retry-after"), "1");
    assert!(refused.header("x-openstack-request-id").starts_with("req-"));
    demo.environment("two").await;
}

#[tokio::test]
async fn a_token_can_be_refused_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    sandbox.order(Fault::on("GET", "/v1/*").refuse_token());
    let refused = demo.get("/v1/environments").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["error"]["code"], 401);
    assert_eq!(demo.get("/v1/environments").await.status, 200);
}

#[tokio::test]
async fn answers_are_cut_and_garbled_after_the_work_is_done() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    sandbox.order(Fault::on("POST", "/v1/environments").cut(10));
    let headers = [
        ("X-Auth-Token", demo.token.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = json!({"name": "cut"}).to_string();
    let cut = send(
        &demo.base,
        "POST",
        "/v1/environments",
        (&headers, body.as_bytes()),
    )
    .await;
    assert!(cut.is_err(), "{cut:?}");
    sandbox.order(Fault::on("GET", "/v1/environments").garble());
    let garbled = demo.get("/v1/environments").await;
    assert!(garbled.text().starts_with("####"), "{}", garbled.text());
    let listed = demo.get("/v1/environments").await.ok();
    assert_eq!(listed["environments"][0]["name"], "cut");
}

#[tokio::test]
async fn a_delay_and_a_fault_that_is_taken_back() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    sandbox.order(Fault::on("*", "*").delay(Duration::from_millis(60)));
    let start = Instant::now();
    demo.get("/v1/environments").await.ok();
    assert!(start.elapsed() >= Duration::from_millis(60));
    sandbox.order(Fault::on("*", "*").times(9).answer(500, ""));
    sandbox.clear_faults();
    demo.get("/v1/environments").await.ok();
}

#[tokio::test]
async fn the_log_tells_what_happened() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    sandbox.order(Fault::on("GET", "/v1/stats").answer(500, ""));
    let listed = demo.get("/v1/environments?x=1").await;
    demo.get("/v1/stats").await;
    let log = sandbox.log();
    let brief: Vec<_> = log
        .iter()
        .map(|call| {
            (
                call.method.as_str(),
                call.path.as_str(),
                call.status,
                call.user.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        brief,
        [
            ("POST", "/identity/v3/auth/tokens", 201, None),
            ("GET", "/v1/environments?x=1", 200, Some("demo")),
            ("GET", "/v1/stats", 500, None),
        ]
    );
    assert_eq!(log[1].request_id, listed.header("x-openstack-request-id"));
    assert_eq!(log[2].note.as_deref(), Some("ordered fault: answered 500"));
    sandbox.clear_log();
    assert!(sandbox.log().is_empty());
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let sandbox = Sandbox::builder().seed(7).start().await.unwrap();
        let demo = sign_in(&sandbox, "demo").await;
        // Looking often does not change what comes after.
        for _ in 0..ids.len() * 3 {
            demo.get("/v1/environments").await.ok();
        }
        ids.push(demo.environment("e").await);
        sandbox.stop().await.unwrap();
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_dropped_sandbox_no_longer_answers() {
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox.endpoint().replace("http://", "");
    assert!(tokio::net::TcpStream::connect(&address).await.is_ok());
    drop(sandbox);
    for _ in 0..1000 {
        if tokio::net::TcpStream::connect(&address).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the port is still open");
}
