//! Files applied to a sandbox: by two at once, and where things go wrong.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use murano_sandbox::{Call, Clock, Fault, Sandbox};
use murano_sdk::{
    Client, Error, ErrorKind,
    archive::PackageFile,
    environments::{EnvironmentHandle, EnvironmentStatus},
    manifest::{Applied, Document, DryRun, Event, Variables},
    model::{Application, object_id, object_name},
    templates::Visibility,
};

const PAUSE: Duration = Duration::from_millis(5);

struct Desk {
    sandbox: Sandbox,
    murano: Client,
}

impl Desk {
    async fn new(deploy_time: u64) -> Self {
        let time = Duration::from_millis(deploy_time);
        let sandbox = Sandbox::builder().deploy_time(time).start().await.unwrap();
        let murano = client(&sandbox, "demo");
        Self { sandbox, murano }
    }

    async fn apply(&self, text: &str) -> Result<Applied, Error> {
        apply(&self.murano, text).await
    }

    async fn env(&self, name: &str) -> EnvironmentHandle {
        self.murano.environments().find(name).await.unwrap()
    }

    /// Ids and names of the applications, and one property of each.
    async fn there(&self, name: &str) -> Vec<(String, String, i64)> {
        let services = self.env(name).await.services().list().await.unwrap();
        let about = |app: &serde_json::Value| {
            let (id, name) = (object_id(app).unwrap(), object_name(app).unwrap());
            (
                id.to_owned(),
                name.to_owned(),
                app["port"].as_i64().unwrap_or_default(),
            )
        };
        services.iter().map(about).collect()
    }

    /// Calls that ended well, by method and the end of their path.
    fn count(&self, method: &str, end: &str) -> usize {
        let fits =
            |call: &&Call| call.method == method && call.path.ends_with(end) && call.status == 200;
        self.sandbox.log().iter().filter(fits).count()
    }

    /// Calls, however they ended.
    fn count_any(&self, method: &str, end: &str) -> usize {
        let fits = |call: &&Call| call.method == method && call.path.ends_with(end);
        self.sandbox.log().iter().filter(fits).count()
    }

    /// Every session that was opened was deployed or discarded.
    fn no_session_is_left(&self) {
        let deleted = |call: &&Call| {
            call.method == "DELETE" && call.path.contains("/sessions/") && call.status == 200
        };
        let deleted = self.sandbox.log().iter().filter(deleted).count();
        let deployed = self.count("POST", "/deploy");
        assert_eq!(self.count("POST", "/configure"), deployed + deleted);
    }
}

fn client(sandbox: &Sandbox, user: &str) -> Client {
    let client = Client::builder().auth_url(sandbox.auth_url());
    client.password(user, user).project("demo").build().unwrap()
}

fn document(text: &str) -> Document {
    Document::parse(text, &Variables::new()).unwrap().remove(0)
}

/// Applies a document and waits for the end.
async fn apply(murano: &Client, text: &str) -> Result<Applied, Error> {
    let applied = document(text).apply(murano).interval(PAUSE).await?;
    if let Some(wait) = applied.wait() {
        wait.interval(PAUSE).await?;
    }
    Ok(applied)
}

fn shop(applications: &str) -> String {
    format!(
        "name: shop\npackages:\n  com.example.Peer: {{path: ../tests/data/packages/peer}}\n\
         applications: {{{applications}}}"
    )
}

#[tokio::test]
async fn of_two_at_once_none_is_lost() {
    let desk = Desk::new(10).await;
    let other = client(&desk.sandbox, "demo2");
    desk.apply(&shop("")).await.unwrap();
    for round in 1..=20 {
        // Each has an application of its own, and both want another port for the common one.
        let mine = shop(&format!(
            "a: {{class: com.example.Peer, properties: {{port: {round}}}}}, c: {{class: com.example.Peer, properties: {{port: {round}1}}}}"
        ));
        let theirs = shop(&format!(
            "b: {{class: com.example.Peer, properties: {{port: {round}, peer: {{$ref: c}}}}}}, c: {{class: com.example.Peer, properties: {{port: {round}2}}}}"
        ));
        desk.sandbox.clear_log();
        let (one, two) = tokio::join!(apply(&desk.murano, &mine), apply(&other, &theirs));
        assert!(one.unwrap().is_deployed() && two.unwrap().is_deployed());
        assert_eq!(desk.count("POST", "/deploy"), 2);
        desk.no_session_is_left();
        let mut ports: Vec<(String, i64)> = desk
            .there("shop")
            .await
            .into_iter()
            .map(|(_, name, port)| (name, port))
            .collect();
        ports.sort();
        let common = ports.pop().unwrap();
        assert_eq!(ports, [("a".to_owned(), round), ("b".to_owned(), round)]);
        assert!(
            [(round * 10 + 1), (round * 10 + 2)].contains(&common.1),
            "{common:?}"
        );
        // The one that was deployed last has all it wanted.
        let mut empty = 0;
        for text in [&mine, &theirs] {
            empty += usize::from(document(text).plan(&desk.murano).await.unwrap().is_empty());
        }
        assert_eq!(empty, 1);
        assert_eq!(
            desk.env("shop").await.get().await.unwrap().status,
            Some(EnvironmentStatus::Ready)
        );
    }
}

#[tokio::test]
async fn two_that_create_the_same_make_one() {
    let desk = Desk::new(10).await;
    let other = client(&desk.sandbox, "demo2");
    desk.apply(&shop("").replace("shop", "depot"))
        .await
        .unwrap();
    let [mine, theirs] =
        ["a", "b"].map(|name| shop(&format!("{name}: {{class: com.example.Peer}}")));
    let (one, two) = tokio::join!(apply(&desk.murano, &mine), apply(&other, &theirs));
    assert!(one.unwrap().is_deployed() && two.unwrap().is_deployed());
    let mut names: Vec<String> = desk
        .there("shop")
        .await
        .into_iter()
        .map(|app| app.1)
        .collect();
    names.sort();
    assert_eq!(names, ["a", "b"]);
    desk.no_session_is_left();
}

#[tokio::test]
async fn where_nothing_differs_nothing_is_sent() {
    let desk = Desk::new(0).await;
    let text = shop(
        "a: {class: com.example.Peer, properties: {port: 1, peer: {$ref: b}}}, b: {class: com.example.Peer}",
    );
    desk.apply(&text).await.unwrap();
    let before = desk.there("shop").await;
    desk.sandbox.clear_log();
    assert!(!desk.apply(&text).await.unwrap().is_deployed());
    let changes = desk
        .sandbox
        .log()
        .into_iter()
        .filter(|call| call.method != "GET")
        .count();
    assert_eq!(changes, 0);
    let applied = desk
        .apply(&text.replace("port: 1", "port: 2"))
        .await
        .unwrap();
    assert_eq!(applied.plan.changes().len(), 1);
    assert_eq!(desk.count("POST", "/deploy"), 1);
    let ids = |there: &[(String, String, i64)]| -> Vec<String> {
        there.iter().map(|app| app.0.clone()).collect()
    };
    assert_eq!(ids(&before), ids(&desk.there("shop").await));
}

#[tokio::test]
async fn what_fails_before_the_deployment_leaves_nothing() {
    let desk = Desk::new(0).await;
    let refusal = |method: &str, path: &str| {
        Fault::on(method, path).answer(400, r#"{"message": "no", "code": "400", "title": "Bad"}"#)
    };
    desk.sandbox
        .order(refusal("PUT", "/v1/environments/*/services"));
    let text = shop("a: {class: com.example.Peer}");
    let error = desk.apply(&text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert!(desk.murano.environments().list().await.unwrap().is_empty());
    desk.no_session_is_left();

    desk.apply(&text).await.unwrap();
    desk.sandbox
        .order(refusal("POST", "/v1/environments/*/deploy"));
    let changed = text.replace("Peer}", "Peer, properties: {port: 5}}");
    assert!(desk.apply(&changed).await.is_err());
    desk.no_session_is_left();
    assert_eq!(desk.there("shop").await[0].2, 80);

    let stop = Arc::new(AtomicBool::new(true));
    let stopped = document(&changed)
        .apply(&desk.murano)
        .stop_when(&stop)
        .await;
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Interrupted);
    desk.no_session_is_left();
}

#[tokio::test]
async fn a_plan_is_for_what_was_there() {
    let desk = Desk::new(0).await;
    desk.apply(&shop("a: {class: com.example.Peer}"))
        .await
        .unwrap();
    let plan =
        document(&shop("a: {class: com.example.Peer, properties: {port: 5}}")).plan(&desk.murano);
    let plan = plan.await.unwrap();
    desk.apply(&shop("b: {class: com.example.Peer}"))
        .await
        .unwrap();
    let error = plan.apply(&desk.murano).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    assert_eq!(
        error.to_string(),
        "environment \"shop\" was deployed by somebody else in between"
    );
    desk.no_session_is_left();
}

#[tokio::test]
async fn a_lost_race_is_run_once_more() {
    let desk = Desk::new(0).await;
    desk.apply(&shop("a: {class: com.example.Peer}"))
        .await
        .unwrap();
    let invalid = r#"{"message": "Session <SessionId x> is invalid: environment has been updated or updating right now with other session<br /><br />\n\n\n", "code": "403 Forbidden", "title": "Forbidden"}"#;
    let refuse = || Fault::on("POST", "/v1/environments/*/deploy").answer(403, invalid);
    desk.sandbox.order(refuse().times(2));
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    let text = shop("a: {class: com.example.Peer, properties: {port: 5}}");
    let apply = document(&text).apply(&desk.murano).observe(move |event| {
        if let Event::Overtaken { name, error } = event {
            seen.lock().unwrap().push((name.to_owned(), error.kind()));
        }
    });
    apply
        .await
        .unwrap()
        .wait()
        .unwrap()
        .interval(PAUSE)
        .await
        .unwrap();
    assert_eq!(
        *told.lock().unwrap(),
        vec![("shop".to_owned(), ErrorKind::State); 2]
    );
    desk.no_session_is_left();
    assert_eq!(desk.there("shop").await[0].2, 5);

    desk.sandbox.order(refuse().times(3));
    let again = document(&text.replace("port: 5", "port: 6"));
    let error = again.apply(&desk.murano).attempts(3).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    desk.no_session_is_left();
}

#[tokio::test]
async fn sessions_are_handed_over_one_at_a_time() {
    let desk = Desk::new(0).await;
    desk.apply(&shop("a: {class: com.example.Peer}"))
        .await
        .unwrap();
    desk.sandbox.clear_log();
    let mark = format!("deploying-{}", desk.env("shop").await.id());
    let text = shop("a: {class: com.example.Peer, properties: {port: 5}}");
    // Somebody else is about to deploy.
    let theirs = desk.murano.templates().create(&mark).await.unwrap();
    let gate = async {
        while desk.count_any("POST", "/v1/templates") < 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(desk.count("POST", "/deploy"), 0);
        desk.murano.template(&theirs.id).delete().await.unwrap();
    };
    let (applied, ()) = tokio::join!(desk.apply(&text), gate);
    assert!(applied.unwrap().is_deployed());
    assert_eq!(desk.there("shop").await[0].2, 5);
    // Their mark is gone, and ours, too.
    let left = desk.murano.templates().list(Visibility::All).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    let log = desk.sandbox.log();
    let order = |call: &&Call| {
        let (method, path) = (call.method.as_str(), call.path.as_str());
        call.status == 200
            && (method, path.contains("/v1/templates")) != ("GET", true)
            && (path.contains("/v1/templates") || path.ends_with("/deploy"))
    };
    let order: Vec<_> = log
        .iter()
        .filter(order)
        .map(|call| call.method.as_str())
        .collect();
    assert_eq!(order, ["POST", "DELETE", "POST", "POST", "DELETE"]);
}

#[tokio::test]
async fn without_templates_it_goes_without_marks() {
    let desk = Desk::new(0).await;
    let forbidden = Fault::on("POST", "/v1/templates").answer(403, "no templates here");
    desk.sandbox.order(forbidden);
    let applied = desk.apply(&shop("a: {class: com.example.Peer}")).await;
    assert!(applied.unwrap().is_deployed());
    // What cannot be said is no yes.
    let text = shop("a: {class: com.example.Peer, properties: {port: 5}}");
    let broken = Fault::on("POST", "/v1/templates")
        .times(9)
        .answer(500, "broken");
    desk.sandbox.order(broken);
    let error = desk.apply(&text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    desk.no_session_is_left();
}

#[tokio::test]
async fn who_waits_for_a_mark_can_be_stopped() {
    let desk = Desk::new(0).await;
    desk.apply(&shop("a: {class: com.example.Peer}"))
        .await
        .unwrap();
    let mark = format!("deploying-{}", desk.env("shop").await.id());
    desk.murano.templates().create(&mark).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let text = shop("a: {class: com.example.Peer, properties: {port: 5}}");
    let apply = document(&text).apply(&desk.murano).stop_when(&stop);
    let apply = apply.observe(move |event| {
        if matches!(event, Event::Busy { .. }) {
            seen.store(true, Ordering::SeqCst);
        }
    });
    assert_eq!(apply.await.unwrap_err().kind(), ErrorKind::Interrupted);
    desk.no_session_is_left();
    assert_ne!(desk.there("shop").await[0].2, 5);
}

#[tokio::test]
async fn marks_of_those_who_are_gone_are_removed() {
    let clock = Clock::manual(SystemTime::now() - Duration::from_secs(1400));
    let sandbox = Sandbox::builder().deploy_time(Duration::ZERO);
    let sandbox = sandbox.clock(clock.clone()).start().await.unwrap();
    let murano = client(&sandbox, "demo");
    let desk = Desk { sandbox, murano };
    desk.apply(&shop("")).await.unwrap();
    let mark = format!("deploying-{}", desk.env("shop").await.id());
    desk.murano.templates().create(&mark).await.unwrap();
    clock.advance(Duration::from_secs(700));
    let applied = desk.apply(&shop("a: {class: com.example.Peer}")).await;
    assert!(applied.unwrap().is_deployed());
    let left = desk.murano.templates().list(Visibility::All).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    // Who may not remove it goes without one of their own.
    desk.murano.templates().create(&mark).await.unwrap();
    let forbidden = Fault::on("DELETE", "/v1/templates/*").answer(403, "not yours");
    desk.sandbox.order(forbidden);
    let text = shop("a: {class: com.example.Peer, properties: {port: 5}}");
    assert!(desk.apply(&text).await.unwrap().is_deployed());
}

#[tokio::test]
async fn an_environment_that_is_closed_for_good_is_told() {
    let desk = Desk::new(0).await;
    desk.apply(&shop("a: {class: com.example.Peer}"))
        .await
        .unwrap();
    let invalid = r#"{"message": "Session <SessionId x> is invalid: environment has been updated or updating right now with other session<br /><br />\n\n\n", "code": "403 Forbidden", "title": "Forbidden"}"#;
    let refuse = Fault::on("PUT", "/v1/environments/*/services").times(99);
    desk.sandbox.order(refuse.answer(403, invalid));
    let text = shop("a: {class: com.example.Peer, properties: {port: 5}}");
    let error = desk.apply(&text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let told = "takes no session although nothing is being deployed";
    assert!(error.to_string().contains(told), "{error}");
    assert_eq!(desk.count_any("PUT", "/services"), 5 + 1);
    desk.no_session_is_left();
}

#[tokio::test]
async fn a_trial_on_the_server_is_discarded() {
    let desk = Desk::new(0).await;
    desk.apply(&shop("a: {class: com.example.Peer}"))
        .await
        .unwrap();
    let changed = document(&shop(
        "a: {class: com.example.Peer, properties: {port: 5}}, b: {class: com.example.Peer}",
    ));
    let tried = changed
        .apply(&desk.murano)
        .dry_run(DryRun::Server)
        .await
        .unwrap();
    assert!(!tried.is_deployed() && tried.plan.changes().len() == 2);
    assert_eq!(desk.count("PUT", "/services"), 2);
    assert_eq!(desk.count("POST", "/deploy"), 1);
    desk.no_session_is_left();
    assert_eq!(desk.there("shop").await.len(), 1);
}

#[tokio::test]
async fn a_failed_deployment_is_tried_again() {
    let desk = Desk::new(0).await;
    let text = "name: shop\npackages: {com.example.Failing: {path: ../tests/data/packages/failing}}\n\
                applications: {a: {class: com.example.Failing}}";
    assert_eq!(
        desk.apply(text).await.unwrap_err().kind(),
        ErrorKind::DeploymentFailed
    );
    let plan = document(text).plan(&desk.murano).await.unwrap();
    assert!(!plan.is_empty() && plan.patch(true).is_empty());
    assert_eq!(plan.changes()[0].path, ["status"]);
    assert_eq!(
        desk.apply(text).await.unwrap_err().kind(),
        ErrorKind::DeploymentFailed
    );
}

#[tokio::test]
async fn a_template_is_as_it_was_when_it_cannot_be_written() {
    let desk = Desk::new(0).await;
    let text = "kind: template\nname: plan\napplications: {a: {class: A, properties: {n: 1}}, b: {class: B}}";
    desk.apply(text).await.unwrap();
    let id = desk
        .murano
        .templates()
        .list(Visibility::All)
        .await
        .unwrap()
        .remove(0)
        .id;
    let before = desk.murano.template(&id).services().list().await.unwrap();
    let refuse = Fault::on("POST", "/v1/templates/*/services").answer(400, "no");
    desk.sandbox.order(refuse);
    let changed = text.replace("n: 1", "n: 2");
    assert!(desk.apply(&changed).await.is_err());
    let mut after = desk.murano.template(&id).services().list().await.unwrap();
    after.sort_by_key(|app| object_name(app).map(str::to_owned));
    assert_eq!(after, before);
    desk.apply(&changed).await.unwrap();
    assert!(
        document(&changed)
            .plan(&desk.murano)
            .prune(true)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn applications_of_a_template_that_have_no_id_are_left_alone() {
    let desk = Desk::new(0).await;
    let model =
        serde_json::json!({ "?": { "type": "A", "name": "a" }, "part": { "?": { "type": "P" } } });
    let body = serde_json::json!({ "name": "plan", "services": [model] });
    let create = desk.murano.raw("POST", "/templates");
    let create = create.header("Content-Type", "application/json");
    let made = create.body(body.to_string()).await.unwrap();
    assert!(made.is_success());
    let same = "kind: template\nname: plan\napplications: {a: {class: A, properties: {part: {$class: P}}}}";
    let plan = document(same).plan(&desk.murano).await.unwrap();
    assert!(plan.is_empty(), "{:?}", plan.changes());
    for other in [
        "applications: {a: {class: A, properties: {n: 1}}}",
        "applications: {a: {class: A}, b: {class: B, properties: {a: {$ref: a}}}}",
    ] {
        let other = format!("kind: template\nname: plan\ndescription: new\n{other}");
        let error = desk.apply(&other).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        assert!(error.to_string().contains("has no id"), "{error}");
    }
    assert_eq!(desk.count("PUT", "") + desk.count("DELETE", ""), 0);
    assert!(document(same).plan(&desk.murano).await.unwrap().is_empty());
}

#[tokio::test]
async fn packages_have_to_be_what_was_asked_for() {
    let desk = Desk::new(0).await;
    let of = |package: &str| format!("name: shop\npackages:\n  {package}");
    for (package, kind) in [
        (
            "com.example.Peer: {path: ../tests/data/packages/greeter}",
            ErrorKind::Invalid,
        ),
        (
            "com.example.Peer: {path: ../tests/data/packages/peer, version: '>=1'}",
            ErrorKind::Invalid,
        ),
        (
            "com.example.Peer: {path: ../tests/data/packages/none}",
            ErrorKind::Io,
        ),
        ("com.example.Peer:", ErrorKind::NotFound),
    ] {
        assert_eq!(
            desk.apply(&of(package)).await.unwrap_err().kind(),
            kind,
            "{package}"
        );
    }
    assert!(desk.murano.environments().list().await.unwrap().is_empty());
    let repository = tempfile::tempdir().unwrap();
    let peer = PackageFile::open("../tests/data/packages/peer").unwrap();
    peer.write_to(repository.path().join("com.example.Peer.zip"))
        .unwrap();
    let from = repository.path().display();
    desk.apply(&of(&format!("com.example.Peer: {{repository: '{from}'}}")))
        .await
        .unwrap();
    let newer = desk
        .apply(&of("com.example.Peer: '>=1'"))
        .await
        .unwrap_err();
    assert_eq!(newer.kind(), ErrorKind::Conflict);
    assert_eq!(
        newer.to_string(),
        "package com.example.Peer is in the catalog in version 0.2.0, and not in >=1"
    );
}

#[tokio::test]
async fn the_way_back_needs_the_secrets() {
    let desk = Desk::new(0).await;
    desk.apply(&shop(
        "a: {class: com.example.Peer, properties: {password: x, part: {$class: com.example.Part}}}",
    ))
    .await
    .unwrap();
    let before = desk.there("shop").await;
    desk.apply(&shop(
        "a: {class: com.example.Peer, properties: {port: 5, part: null}}",
    ))
    .await
    .unwrap();
    let env = desk.env("shop").await;
    // What the engine has filled in meanwhile is no difference.
    let changes = env.rollback().plan().await.unwrap().changes();
    let mut places: Vec<String> = changes
        .iter()
        .map(|change| change.path[2..].join("/"))
        .collect();
    places.sort();
    assert_eq!(places, ["part", "port", "runs"]);
    let applied = env.rollback().apply().await.unwrap();
    applied.wait().unwrap().interval(PAUSE).await.unwrap();
    assert_eq!(desk.there("shop").await, before);
    let app = env.services().list().await.unwrap().remove(0);
    assert_eq!(
        (&app["password"], app["part"]["size"].as_i64()),
        (&"x".into(), Some(1))
    );

    let other = document(&shop("b: {class: com.example.Peer}"));
    let applied = other.apply(&desk.murano).prune(true).await.unwrap();
    applied.wait().unwrap().interval(PAUSE).await.unwrap();
    let error = env.rollback().apply().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("(password)"), "{error}");
    desk.no_session_is_left();
}

#[tokio::test]
async fn what_others_made_is_exported_and_left_alone() {
    let desk = Desk::new(0).await;
    desk.apply(&shop("")).await.unwrap();
    let env = desk.env("shop").await;
    let session = env.open_session().await.unwrap();
    let peer = || Application::new("com.example.Peer");
    let named = peer().name("named").build();
    session
        .services()
        .add_many(&[peer().build(), peer().build(), named])
        .await
        .unwrap();
    session
        .deploy()
        .await
        .unwrap()
        .wait()
        .interval(PAUSE)
        .await
        .unwrap();
    let exported = env.export().await.unwrap().document;
    assert_eq!(exported.applications.len(), 3);
    assert!(
        exported
            .plan(&desk.murano)
            .prune(true)
            .await
            .unwrap()
            .is_empty()
    );
    let applied = desk
        .apply(&shop("new: {class: com.example.Peer}"))
        .await
        .unwrap();
    assert_eq!(applied.plan.changes().len(), 1);
    assert_eq!(env.services().list().await.unwrap().len(), 4);
}

#[tokio::test]
async fn an_export_says_what_somebody_wished() {
    let desk = Desk::new(0).await;
    desk.apply(&shop("a: {class: com.example.Peer, properties: {port: 5, part: {$class: com.example.Part, size: 1}}}"))
        .await
        .unwrap();
    let exported = desk.env("shop").await.export().await.unwrap().document;
    let app = &exported.to_value()["applications"]["a"];
    let part = serde_json::json!({ "$class": "com.example.Part" });
    assert_eq!(
        app["properties"],
        serde_json::json!({ "port": 5, "part": part, "runs": 1 })
    );
    assert!(exported.plan(&desk.murano).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_way_back_undoes_nothing_unseen() {
    let desk = Desk::new(0).await;
    for port in [1, 2] {
        let text = shop(&format!(
            "a: {{class: com.example.Peer, properties: {{port: {port}}}}}"
        ));
        desk.apply(&text).await.unwrap();
    }
    let invalid = r#"{"message": "Session <SessionId x> is invalid: environment has been updated or updating right now with other session<br /><br />\n\n\n", "code": "403 Forbidden", "title": "Forbidden"}"#;
    desk.sandbox
        .order(Fault::on("POST", "/v1/environments/*/deploy").answer(403, invalid));
    let env = desk.env("shop").await;
    let error = env.rollback().apply().attempts(5).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    desk.no_session_is_left();
    let applied = env.rollback().apply().await.unwrap();
    applied.wait().unwrap().interval(PAUSE).await.unwrap();
    assert_eq!(desk.there("shop").await[0].2, 1);
}
