//! What is kept in a folder, and what happens when it cannot be.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant, UNIX_EPOCH};

use murano_sandbox::{Builder, Clock, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{SESSION, User, send, shop, sign_in};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn on(folder: &Path) -> Builder {
    Sandbox::builder().data_dir(folder)
}

/// The answers to these calls, as far as they do not tell the address of the sandbox.
async fn answers(user: &User, paths: &[String]) -> Vec<Value> {
    let mut all = Vec::new();
    for path in paths {
        let answer = user.get(path).await;
        let text = answer.text().replace(&user.base, "http://here");
        all.push(json!([path, answer.status, text]));
    }
    all
}

#[tokio::test]
async fn all_is_there_again() {
    let folder = folder();
    let sandbox = on(folder.path())
        .deploy_time(Duration::ZERO)
        .start()
        .await
        .unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let archive = shop();
    let package = demo
        .upload(&archive, &json!({"categories": ["Web"]}))
        .await
        .ok();
    let package = package["id"].as_str().unwrap().to_owned();
    let doomed = demo.environment("doomed").await;
    let shop = demo.environment("shop").await;
    let market = demo.environment("market").await;
    demo.delete(&format!("/v1/environments/{doomed}?abandon=true"))
        .await;
    let app = json!({"?": {"id": "a1", "type": "demo.Shop"}, "name": "Ann", "size": 1.1});
    demo.deploy(&shop, &app).await;
    let session = demo.session(&market).await;
    let path = format!("/v1/environments/{market}/services");
    demo.within(&session, "POST", (&path, &app)).await.ok();
    let template = demo
        .post("/v1/templates", &json!({"name": "plan"}))
        .await
        .ok();
    let mut paths = vec![
        "/v1/environments".to_owned(),
        "/v1/deployments".to_owned(),
        "/v1/catalog/packages".to_owned(),
        "/v1/catalog/categories".to_owned(),
        "/identity/v3/auth/projects".to_owned(),
        format!("/v1/templates/{}", template["id"].as_str().unwrap()),
        format!("/v1/environments/{market}/sessions/{session}"),
    ];
    for end in ["", "/deployments", "/model/", "/lastStatus"] {
        paths.push(format!("/v1/environments/{shop}{end}"));
    }
    for end in ["", "/ui", "/logo"] {
        paths.push(format!("/v1/catalog/packages/{package}{end}"));
    }
    let before = answers(&demo, &paths).await;
    sandbox.stop().await.unwrap();

    let sandbox = on(folder.path()).start().await.unwrap();
    // The token is one of the things that are kept.
    let again = User {
        base: sandbox.endpoint(),
        ..demo
    };
    assert_eq!(answers(&again, &paths).await, before);
    let download = format!("/v1/catalog/packages/{package}/download");
    let headers = [("Accept", "application/octet-stream")];
    assert_eq!(
        again.raw("GET", &download, (&headers, b"")).await.body,
        archive
    );
    let edited = again
        .within(&session, "GET", (&path, &Value::Null))
        .await
        .ok();
    assert_eq!(edited[0]["?"]["id"], "a1");
    // What is new comes behind what is old.
    again.environment("zoo").await;
    let listed = again.get("/v1/environments").await.ok();
    let names: Vec<&str> = listed["environments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["shop", "market", "zoo"]);
    // What is removed stays away.
    again
        .delete(&format!("/v1/catalog/packages/{package}"))
        .await
        .ok();
    sandbox.stop().await.unwrap();
    let sandbox = on(folder.path()).start().await.unwrap();
    let last = User {
        base: sandbox.endpoint(),
        ..again
    };
    assert_eq!(
        last.raw("GET", &download, (&headers, b"")).await.status,
        404
    );
}

#[tokio::test]
async fn a_deployment_goes_on_while_nothing_runs() {
    let folder = folder();
    let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045));
    let start = || {
        on(folder.path())
            .clock(clock.clone())
            .deploy_time(Duration::from_secs(60))
            .start()
    };
    let sandbox = start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    demo.upload(&shop(), &Value::Null).await.ok();
    let env = demo.environment("shop").await;
    let app = json!({"?": {"id": "a1", "type": "demo.Shop"}, "name": "Ann"});
    demo.deploy(&env, &app).await;
    assert_eq!(demo.status(&env).await, "deploying");
    sandbox.stop().await.unwrap();

    clock.advance(Duration::from_secs(59));
    let sandbox = start().await.unwrap();
    let demo = User {
        base: sandbox.endpoint(),
        ..demo
    };
    assert_eq!(demo.status(&env).await, "deploying");
    sandbox.stop().await.unwrap();

    clock.advance(Duration::from_secs(2));
    let sandbox = start().await.unwrap();
    let demo = User {
        base: sandbox.endpoint(),
        ..demo
    };
    assert_eq!(demo.status(&env).await, "ready");
    let deployment = demo.deployment(&env).await;
    assert_eq!(deployment["state"], "success");
    // It ended when its time had come, not when somebody looked.
    assert_eq!(deployment["finished"], "2026-01-02T03:05:05");
    let reports = format!(
        "/v1/environments/{env}/deployments/{}",
        deployment["id"].as_str().unwrap()
    );
    let told = demo.get(&reports).await.ok();
    sandbox.stop().await.unwrap();

    // What a read has settled is kept as it was shown.
    let sandbox = start().await.unwrap();
    let demo = User {
        base: sandbox.endpoint(),
        ..demo
    };
    assert_eq!(demo.get(&reports).await.ok(), told);
}

#[tokio::test]
async fn ids_of_a_seeded_folder_never_come_twice() {
    let folder = folder();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let sandbox = on(folder.path()).seed(7).start().await.unwrap();
        let demo = sign_in(&sandbox, "demo").await;
        ids.push(demo.environment(&format!("e{}", ids.len())).await);
        sandbox.stop().await.unwrap();
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn a_second_writer_waits_and_then_says_who_is_in_the_way() {
    let folder = folder();
    let first = on(folder.path()).start().await.unwrap();
    let wait = Duration::from_millis(100);
    let start = Instant::now();
    let refused = on(folder.path()).lock_wait(wait).start().await.unwrap_err();
    assert!(start.elapsed() >= wait);
    assert_eq!(refused.kind(), ErrorKind::ResourceBusy);
    let text = refused.to_string();
    let path = folder.path().display().to_string();
    let process = format!("process {}", std::process::id());
    assert!(text.contains(&path) && text.contains(&process), "{text}");
    let refused = on(folder.path()).lock_wait(wait).reset().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ResourceBusy);
    // One that waits long enough gets the folder; a sandbox that is dropped gives it back at once.
    let second = tokio::spawn(on(folder.path()).start());
    tokio::time::timeout(wait, std::future::pending::<()>())
        .await
        .unwrap_err();
    drop(first);
    second.await.unwrap().unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn reset_begins_anew_whatever_there_was() {
    let folder = folder();
    let data = folder.path().join("data");
    assert!(!on(&data).reset().await.unwrap(), "there is no folder yet");
    assert!(!data.exists());
    let sandbox = on(&data).start().await.unwrap();
    sign_in(&sandbox, "demo").await.environment("shop").await;
    sandbox.stop().await.unwrap();
    std::fs::write(data.join("state.redb"), "garbage").unwrap();
    assert!(on(&data).start().await.is_err());
    assert!(on(&data).reset().await.unwrap());
    assert!(!on(&data).reset().await.unwrap());
    let sandbox = on(&data).start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    assert_eq!(
        demo.get("/v1/environments").await.ok()["environments"],
        json!([])
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_folder_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let data = folder.path().join("murano/sandbox");
    on(&data).start().await.unwrap().stop().await.unwrap();
    for folder in [&data, data.parent().unwrap()] {
        let mode = std::fs::metadata(folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

#[tokio::test]
async fn what_is_no_folder_of_a_sandbox_is_an_error_that_names_it() {
    let folder = folder();
    let database = folder.path().join("state.redb");
    on(folder.path())
        .start()
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    let whole = std::fs::read(&database).unwrap();
    for (what, bytes) in [
        ("nothing", &b""[..]),
        ("garbage", b"garbage"),
        ("a long text", &b"murano ".repeat(100_000)),
        ("the first byte", &whole[..1]),
        ("a header", &whole[..4096]),
        ("the first half", &whole[..whole.len() / 2]),
        ("all but the last byte", &whole[..whole.len() - 1]),
    ] {
        std::fs::write(&database, bytes).unwrap();
        let refused = on(folder.path()).start().await.expect_err(what);
        assert_eq!(refused.kind(), ErrorKind::InvalidData, "{what}: {refused}");
        let text = refused.to_string();
        assert!(
            text.contains("state.redb") && text.contains("reset"),
            "{what}: {text}"
        );
        assert!(!text.contains('\n'), "{what}: {text}");
    }
    // A file in the place of the folder.
    let refused = on(&database).start().await.unwrap_err().to_string();
    assert!(refused.contains("state.redb"), "{refused}");
}

#[tokio::test]
async fn a_thousand_environments_are_listed() {
    let folder = folder();
    let sandbox = on(folder.path()).start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    for number in 0..1000 {
        demo.environment(&format!("env{number}")).await;
    }
    sandbox.stop().await.unwrap();
    let sandbox = on(folder.path()).start().await.unwrap();
    let demo = User {
        base: sandbox.endpoint(),
        ..demo
    };
    let listed = demo.get("/v1/environments").await.ok();
    let listed = listed["environments"].as_array().unwrap();
    assert_eq!(listed.len(), 1000);
    for (number, row) in listed.iter().enumerate() {
        assert_eq!(row["name"], format!("env{number}"));
    }
}

#[tokio::test]
async fn a_session_is_used_by_its_header_after_a_restart() {
    let folder = folder();
    let sandbox = on(folder.path()).start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let env = demo.environment("shop").await;
    let session = demo.session(&env).await;
    sandbox.stop().await.unwrap();
    let sandbox = on(folder.path()).start().await.unwrap();
    let headers = [("X-Auth-Token", demo.token.as_str()), (SESSION, &session)];
    let path = format!("/v1/environments/{env}/sessions/{session}/deploy");
    let base = sandbox.endpoint();
    let answer = send(&base, "POST", &path, (&headers, b"")).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}
