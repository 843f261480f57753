use std::time::Duration;

use murano_sdk::{
    ErrorKind, Result,
    actions::Action,
    environments::{EnvironmentHandle, EnvironmentStatus, Goal},
    model,
};
use serde_json::{Map, Value, json};

use crate::{
    Outcome,
    cloud::{Cloud, MINUTE, greeter, name},
};

crate::promises![
    listed_when_deployed,
    called_with_arguments,
    results_come_when_the_task_has_ended,
    a_failed_one_gives_the_reason,
    unknown_ones_are_never_sent,
    several_of_a_name_are_told_apart,
    busy_environments_refuse_them,
    other_projects_are_kept_out,
    unknown_tasks_are_not_found,
    static_methods_return_at_once,
    static_failures_are_told_apart,
    static_classes_are_found_by_version_and_package,
];

/// An environment with one deployed greeter, and the greeter's id.
async fn deployed(cloud: &Cloud) -> Result<(EnvironmentHandle, String)> {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    let app = greeter("one");
    cloud.deploy(&env, &app).await?;
    Ok((env, model::object_id(&app).expect("an id").to_owned()))
}

async fn call(cloud: &Cloud, env: &EnvironmentHandle, action: &Action) -> Result<Value> {
    let task = env.actions().call(&action.id).await?;
    task.wait().interval(cloud.pace()).timeout(MINUTE).await
}

fn arguments(arguments: &Value) -> Map<String, Value> {
    arguments.as_object().cloned().expect("an object")
}

async fn listed_when_deployed(cloud: Cloud) -> Outcome {
    let fresh = cloud.environment().await?;
    assert_eq!(fresh.actions().list().await?, []);
    let (env, app) = deployed(&cloud).await?;
    let listed = env.actions().list().await?;
    let deploy = listed
        .iter()
        .find(|action| action.object_id == env.id().as_str());
    assert_eq!(deploy.map(|action| action.name.as_str()), Some("deploy"));
    let echo = env.actions().find("echo").await?;
    assert_eq!(
        (echo.id, echo.title.as_str(), echo.enabled),
        (format!("{app}_echo"), "Echo", true)
    );
    assert_eq!(echo.object_class.as_deref(), Some("com.example.Greeter"));
    assert_eq!(
        echo.extra.get("description"),
        Some(&json!("Returns its argument"))
    );
    cloud.clean(&fresh).await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn called_with_arguments(cloud: Cloud) -> Outcome {
    let (env, _) = deployed(&cloud).await?;
    let actions = env.actions();
    let echo = actions.find("com.example.Greeter.echo").await?;
    for text in ["hello", "Ж \"x\"\n\u{1F600}", ""] {
        let task = actions.call(&echo.id).argument("text", text).await?;
        let result = task.wait().interval(cloud.pace()).timeout(MINUTE).await?;
        assert_eq!(result, json!(text));
        assert_eq!(task.result().await?, Some(json!(text)));
    }
    let given = arguments(&json!({ "text": "all" }));
    let task = actions.call(&echo.id).arguments(given).await?;
    assert_eq!(
        task.wait().interval(cloud.pace()).timeout(MINUTE).await?,
        json!("all")
    );
    let answer = call(&cloud, &env, &actions.find("answer").await?).await?;
    assert_eq!(
        answer,
        json!({ "number": 42, "words": ["forty", "two"], "known": true, "more": null })
    );
    cloud.clean(&env).await?;
    Ok(())
}

async fn results_come_when_the_task_has_ended(cloud: Cloud) -> Outcome {
    let (env, app) = deployed(&cloud).await?;
    let linger = env.actions().find("linger").await?;
    let task = env
        .actions()
        .call(&linger.id)
        .argument("seconds", 1)
        .await?;
    assert_eq!(task.result().await?, None);
    let wait = task.wait().interval(Duration::from_millis(1));
    let error = wait.timeout(Duration::from_millis(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    let result = task.wait().interval(cloud.pace()).timeout(MINUTE).await?;
    assert_eq!(result, json!("rested"));
    // Whoever has only the id gets the same.
    assert_eq!(env.actions().task(task.id()).result().await?, Some(result));

    // A task is a deployment, with reports.
    let deployment = task.deployment().get().await?;
    let action = deployment.action.expect("what was called");
    assert_eq!(
        (
            action.object_id.as_deref(),
            action.method.as_deref(),
            &action.args
        ),
        (Some(app.as_str()), Some("linger"), &json!({ "seconds": 1 }))
    );
    let reports = task.deployment().reports().await?;
    assert_eq!(reports[0].text, "Action linger is scheduled");
    cloud.clean(&env).await?;
    Ok(())
}

async fn a_failed_one_gives_the_reason(cloud: Cloud) -> Outcome {
    let (env, _) = deployed(&cloud).await?;
    let refuse = env.actions().find("refuse").await?;
    let error = call(&cloud, &env, &refuse).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeploymentFailed);
    assert_eq!(
        error.to_string(),
        "the action failed: [com.example.NoGreeting]: nobody is there to greet"
    );
    let idle = env
        .wait(Goal::Idle)
        .interval(cloud.pace())
        .timeout(MINUTE)
        .await?;
    assert_eq!(
        idle.and_then(|env| env.status),
        Some(EnvironmentStatus::DeployFailure)
    );
    // A missing argument is the result of the task, not of the call.
    let echo = env.actions().find("echo").await?;
    let error = call(&cloud, &env, &echo).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeploymentFailed);
    assert!(
        error.to_string().contains("violates notNull() contract"),
        "{error}"
    );
    cloud.clean(&env).await?;
    Ok(())
}

async fn unknown_ones_are_never_sent(cloud: Cloud) -> Outcome {
    let (env, _) = deployed(&cloud).await?;
    let deployments = env.deployments().list().await?.len();
    if let Some(sandbox) = &cloud.sandbox {
        sandbox.clear_log();
    }
    for text in [
        "nope",
        "",
        "0123456789abcdef0123456789abcdef_echo",
        "one.nope",
    ] {
        let error = env.actions().find(text).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::NotFound, None),
            "{text}"
        );
        assert!(
            error.to_string().contains(&format!("\"{text}\"")),
            "{error}"
        );
    }
    if let Some(sandbox) = &cloud.sandbox {
        assert!(sandbox.log().iter().all(|call| call.method == "GET"));
    }
    // No session was left behind, as the server does for an unknown id.
    assert_eq!(env.get().await?.status, Some(EnvironmentStatus::Ready));
    let error = env.actions().call("nope").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::NotFound, Some(404))
    );
    assert_eq!(error.to_string(), "Action is not found");
    assert_eq!(error.fault(), Some("LookupError"));
    assert_eq!(env.get().await?.status, Some(EnvironmentStatus::Pending));
    assert_eq!(env.deployments().list().await?.len(), deployments);
    cloud.clean(&env).await?;
    Ok(())
}

async fn several_of_a_name_are_told_apart(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    let apps = [greeter("one"), greeter("two")];
    let session = env.open_session().await?;
    session.services().add_many(&apps).await?;
    let running = session.deploy().await?;
    running
        .wait()
        .interval(cloud.pace())
        .timeout(MINUTE)
        .await?;

    let [one, two] = [&apps[0], &apps[1]].map(|app| model::object_id(app).expect("an id"));
    for text in ["echo", "Echo", "com.example.Greeter.echo"] {
        let error = env.actions().find(text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Ambiguous, "{text}: {error}");
        let mut ids: Vec<_> = error.candidates().iter().map(|c| c.id.clone()).collect();
        ids.sort();
        let mut both = [format!("{one}_echo"), format!("{two}_echo")];
        both.sort();
        assert_eq!(ids, both);
        assert!(
            error.candidates().iter().any(|c| c.label.contains("two")),
            "{error}"
        );
    }
    for text in [
        format!("{two}_echo"),
        format!("{two}.echo"),
        "two.echo".to_owned(),
    ] {
        assert_eq!(env.actions().find(&text).await?.object_id, two, "{text}");
    }
    cloud.clean(&env).await?;
    Ok(())
}

async fn busy_environments_refuse_them(cloud: Cloud) -> Outcome {
    let (env, _) = deployed(&cloud).await?;
    let linger = env.actions().find("linger").await?;
    let task = env
        .actions()
        .call(&linger.id)
        .argument("seconds", 1)
        .await?;
    let error = env.actions().call(&linger.id).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Forbidden, Some(403)),
        "{error}"
    );
    task.wait().interval(cloud.pace()).timeout(MINUTE).await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn other_projects_are_kept_out(cloud: Cloud) -> Outcome {
    let (env, app) = deployed(&cloud).await?;
    let stranger = cloud.other.environment(env.id()).actions();
    for error in [
        stranger.list().await.unwrap_err(),
        stranger.call(format!("{app}_echo")).await.unwrap_err(),
        stranger.task("nope").result().await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Forbidden, Some(403)),
            "{error}"
        );
    }
    cloud.clean(&env).await?;
    Ok(())
}

async fn unknown_tasks_are_not_found(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let task = env.actions().task("nope");
    for error in [
        task.result().await.unwrap_err(),
        task.wait().await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::NotFound, Some(404)),
            "{error}"
        );
        assert!(
            error.to_string().contains("task_id: nope was not found"),
            "{error}"
        );
    }
    cloud.clean(&env).await?;
    Ok(())
}

async fn static_methods_return_at_once(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let call = |method| cloud.member.call_static("com.example.Greeter", method);
    assert_eq!(call("nothing").await?, Value::Null);
    let built = call("crowd")
        .arguments(arguments(&json!({ "people": 3 })))
        .await?;
    assert_eq!(built[0]["?"]["type"], "com.example.Greeter");
    let greeting = call("greeting").arguments(arguments(&json!({ "name": "Zed" })));
    assert_eq!(greeting.await?, json!("Hello, Zed!"));
    assert_eq!(built[0]["size"], 3);
    Ok(())
}

async fn static_failures_are_told_apart(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    cloud.package("library").await?;
    let member = &cloud.member;
    let greeter = |method: &str| member.call_static("com.example.Greeter", method);
    let nowhere = name("com.example.Nowhere").replace('-', "");
    for (what, call, kind, status, text) in [
        (
            "a missing argument",
            greeter("greeting"),
            ErrorKind::Rejected,
            400,
            "violates notNull() contract",
        ),
        (
            "no method",
            greeter("nope"),
            ErrorKind::NotFound,
            404,
            "Method \"nope\" is not found",
        ),
        (
            "a private method",
            member
                .call_static("com.example.phrases.Phrase", "louder")
                .arguments(arguments(&json!({ "words": "hush" }))),
            ErrorKind::NotFound,
            404,
            "louder is not an action",
        ),
        (
            "no class",
            member.call_static(&nowhere, "x"),
            ErrorKind::NotFound,
            404,
            "is not found",
        ),
        (
            "no names",
            member.call_static("", ""),
            ErrorKind::Rejected,
            400,
            "must be specified",
        ),
        (
            "a thrown exception",
            greeter("refusal"),
            ErrorKind::Server,
            503,
            "[com.example.NoGreeting]: nobody is there to greet",
        ),
        (
            "an object's method",
            greeter("echo"),
            ErrorKind::Server,
            500,
            "A class instance is required",
        ),
    ] {
        let error = call.await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (kind, Some(status)),
            "{what}: {error}"
        );
        assert!(error.to_string().contains(text), "{what}: {error}");
        assert_eq!(error.attempts(), 1, "{what}: it may have done something");
    }
    let few = greeter("crowd").arguments(arguments(&json!({ "people": 1 })));
    assert_eq!(few.await.unwrap_err().kind(), ErrorKind::Rejected);
    Ok(())
}

async fn static_classes_are_found_by_version_and_package(cloud: Cloud) -> Outcome {
    cloud.package("versioned").await?;
    let release = || cloud.member.call_static("com.example.Versioned", "release");
    assert_eq!(release().version("=1.2.0").await?, json!("1.2.0"));
    assert_eq!(
        release()
            .version(">=1.0")
            .package("com.example.Versioned")
            .await?,
        json!("1.2.0")
    );
    let error = release().version("fresh").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400)),
        "{error}"
    );
    let error = release()
        .version(">=1.0")
        .package("com.example.Nowhere")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::NotFound, Some(404)),
        "{error}"
    );
    Ok(())
}
