use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use murano_sdk::{
    ErrorKind,
    deployments::{DeploymentState, ReportLevel},
    environments::{EnvironmentStatus, Goal},
    model::{self, Application},
};

use crate::{
    Outcome,
    cloud::{Cloud, MINUTE, greeter},
};

crate::promises![
    reports_are_followed_to_the_end,
    a_failed_one_gives_the_reason,
    an_unknown_class_fails_with_its_name,
    any_version_of_a_package_can_be_named,
    waiting_has_an_end,
    listed_for_one_environment_and_for_all,
    unknown_ones_are_not_found,
    a_second_one_removes_the_application,
];

async fn reports_are_followed_to_the_end(cloud: Cloud) -> Outcome {
    let package = cloud.package("slow").await?;
    let env = cloud.environment().await?;
    let app = Application::new(&package.fully_qualified_name)
        .set("seconds", 0)
        .build();
    let session = env.open_session().await?;
    session.services().add(&app).await?;
    let running = session.deploy().await?;
    let texts = Arc::new(Mutex::new(Vec::new()));
    let seen = texts.clone();
    let wait = running.wait().interval(cloud.pace()).timeout(MINUTE);
    let done = wait
        .observe(move |report| seen.lock().unwrap().push(report.text.clone()))
        .await?;
    assert_eq!(
        (done.state.clone(), done.failure()),
        (DeploymentState::Success, None)
    );
    let texts = texts.lock().unwrap().clone();
    assert_eq!(
        texts.first().map(String::as_str),
        Some("Action deploy is scheduled")
    );
    assert!(
        texts.contains(&"Deployment finished".to_owned()),
        "{texts:?}"
    );

    let handle = env.deployment(&done.id);
    let all = handle.reports().await?;
    assert!(
        all.iter().all(|report| report.level == ReportLevel::Info),
        "{all:?}"
    );
    let own = handle.reports().of_application(app.clone()).await?;
    assert!(!own.is_empty() && own.len() < all.len(), "{own:?}");
    assert!(
        own.iter()
            .all(|report| report.entity_id.as_deref() == model::object_id(&app))
    );
    // Following one that has ended shows it at once.
    assert_eq!(handle.wait().await?.id, done.id);
    cloud.clean(&env).await?;
    Ok(())
}

async fn a_failed_one_gives_the_reason(cloud: Cloud) -> Outcome {
    let package = cloud.package("failing").await?;
    let env = cloud.environment().await?;
    let app = Application::new(&package.fully_qualified_name)
        .version(">=0")
        .build();
    let error = cloud.deploy(&env, &app).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeploymentFailed);
    let latest = env.deployments().latest().await?;
    let reason = latest.failure().expect("a reason");
    assert!(
        !reason.is_empty() && error.to_string().contains(&reason),
        "{error} / {reason}"
    );
    assert_eq!(
        env.get().await?.status,
        Some(EnvironmentStatus::DeployFailure)
    );
    let waited = env.wait(Goal::Ready).await.unwrap_err();
    assert_eq!(waited.kind(), ErrorKind::DeploymentFailed);
    cloud.clean(&env).await?;
    Ok(())
}

async fn an_unknown_class_fails_with_its_name(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let app = Application::new("com.example.Nowhere").build();
    let error = cloud.deploy(&env, &app).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeploymentFailed);
    assert!(
        error
            .to_string()
            .contains("Package for class \"com.example.Nowhere\" is not found")
    );
    cloud.clean(&env).await?;
    Ok(())
}

async fn any_version_of_a_package_can_be_named(cloud: Cloud) -> Outcome {
    let package = cloud.package("versioned").await?;
    let env = cloud.environment().await?;
    let app = Application::new(&package.fully_qualified_name)
        .version(">=0")
        .build();
    cloud.deploy(&env, &app).await?;
    let deployed = env.services().list().await?;
    assert_eq!(
        model::object_class(&deployed[0]),
        Some(package.fully_qualified_name.as_str())
    );
    let class = deployed[0]["?"]["type"].as_str().unwrap_or_default();
    assert!(class.contains("/1.2.0@"), "{class}");
    cloud.clean(&env).await?;
    Ok(())
}

async fn waiting_has_an_end(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    session.services().add(&greeter("one")).await?;
    let running = session.deploy().await?;
    let error = running
        .wait()
        .timeout(Duration::from_millis(1))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    // The deployment goes on all the same.
    env.wait(Goal::Ready)
        .interval(cloud.pace())
        .timeout(MINUTE)
        .await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn listed_for_one_environment_and_for_all(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    assert_eq!(env.deployments().list().await?, []);
    assert_eq!(
        env.deployments().latest().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    cloud.deploy(&env, &greeter("one")).await?;
    let listed = env.deployments().list().await?;
    let [only] = listed.as_slice() else {
        panic!("{listed:?}")
    };
    let action = only.action.as_ref().expect("what was called");
    assert_eq!(action.method.as_deref(), Some("deploy"));
    assert_eq!(only.description["services"][0]["name"], "one");
    let all = cloud.member.deployments().list().await?;
    assert!(all.iter().any(|deployment| deployment.id == only.id));
    cloud.clean(&env).await?;
    Ok(())
}

async fn unknown_ones_are_not_found(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let nowhere = env.deployment("nope");
    assert_eq!(nowhere.get().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(
        nowhere.reports().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        nowhere.wait().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    cloud.clean(&env).await?;
    Ok(())
}

async fn a_second_one_removes_the_application(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    let app = greeter("one");
    cloud.deploy(&env, &app).await?;
    let session = env.open_session().await?;
    session
        .services()
        .remove(model::object_id(&app).expect("an id"))
        .await?;
    let running = session.deploy().await?;
    running
        .wait()
        .interval(cloud.pace())
        .timeout(MINUTE)
        .await?;
    let after = env.get().await?;
    assert_eq!(
        (after.version, after.services.map(|all| all.len())),
        (2, Some(0))
    );
    assert_eq!(env.deployments().list().await?.len(), 2);
    cloud.clean(&env).await?;
    Ok(())
}
