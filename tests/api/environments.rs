use murano_sdk::{
    ErrorKind,
    environments::{EnvironmentStatus, Goal, existing_network},
    model::PatchOp,
};
use serde_json::json;

use crate::{
    Outcome,
    cloud::{Cloud, greeter, name},
};

crate::promises![
    created_listed_read_renamed_and_deleted,
    created_with_all_options,
    names_are_unique_in_a_project,
    found_by_name_and_by_id,
    unknown_ones_are_not_found,
    blank_names_are_refused,
    ids_stay_one_segment,
    other_projects_are_kept_out,
    only_administrators_see_all_projects,
    model_is_read_by_path_and_patched,
    abandoned_at_once,
    last_status_has_every_application,
    waiting_for_a_deletion_ends_when_it_is_gone,
    reads_through_an_unknown_session_fail,
];

async fn created_listed_read_renamed_and_deleted(cloud: Cloud) -> Outcome {
    let (first, second) = (name("first"), name("second"));
    let environments = cloud.member.environments();
    let made = environments.create(&first).await?;
    assert_eq!((made.name.as_str(), made.version), (first.as_str(), 0));
    assert!(
        made.created
            .as_ref()
            .is_some_and(|time| time.unix_seconds().is_some())
    );
    let listed = environments.list().await?;
    let ours = listed
        .iter()
        .find(|env| env.id == made.id)
        .expect("it is listed");
    assert_eq!(ours.status, Some(EnvironmentStatus::Ready));

    let env = cloud.member.environment(&made.id);
    let shown = env.get().await?;
    assert_eq!(shown.services.as_deref(), Some(&[][..]));
    let renamed = env.rename(&second).await?;
    assert_eq!((renamed.id, renamed.name), (made.id.clone(), second));
    env.delete().await?;
    let gone = env.get().await.unwrap_err();
    assert_eq!(
        (gone.kind(), gone.status()),
        (ErrorKind::NotFound, Some(404))
    );
    Ok(())
}

async fn created_with_all_options(cloud: Cloud) -> Outcome {
    let create = cloud.member.environments().create(name("full"));
    let networks = existing_network(Some("net"), Some("subnet"));
    let made = create
        .description("front end")
        .region("RegionOne")
        .default_networks(networks.clone())
        .await?;
    assert_eq!(made.description_text, "front end");
    let env = cloud.member.environment(&made.id);
    assert_eq!(env.model().path("region").await?, json!("RegionOne"));
    assert_eq!(env.model().path("defaultNetworks").await?, networks);
    cloud.clean(&env).await?;
    Ok(())
}

async fn names_are_unique_in_a_project(cloud: Cloud) -> Outcome {
    let taken = name("taken");
    let made = cloud.member.environments().create(&taken).await?;
    let error = cloud
        .member
        .environments()
        .create(&taken)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(409))
    );
    assert_eq!(
        error.to_string(),
        "Environment with specified name already exists"
    );
    assert!(error.request_id().is_some_and(|id| id.starts_with("req-")));
    let free = cloud.other.environments().create(&taken).await?;
    cloud.other.environment(free.id).delete().await?;
    cloud.clean(&cloud.member.environment(made.id)).await?;
    Ok(())
}

async fn found_by_name_and_by_id(cloud: Cloud) -> Outcome {
    let called = name("called");
    let made = cloud.member.environments().create(&called).await?;
    for text in [called.as_str(), made.id.as_str()] {
        let found = cloud.member.environments().find(text).await?;
        assert_eq!(found.id(), &made.id);
        let whole = cloud.member.environments().find(text).get().await?;
        assert_eq!(
            (whole.name.as_str(), whole.services.is_some()),
            (called.as_str(), true)
        );
    }
    cloud.clean(&cloud.member.environment(made.id)).await?;
    Ok(())
}

async fn unknown_ones_are_not_found(cloud: Cloud) -> Outcome {
    for text in ["no-such-environment", "0123456789abcdef0123456789abcdef"] {
        let error = cloud.member.environments().find(text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(
            error.to_string(),
            format!("environment \"{text}\" not found")
        );
    }
    let error = cloud.member.environments().get("nope").await.unwrap_err();
    assert_eq!(error.to_string(), "Environment with id nope not found");
    Ok(())
}

async fn blank_names_are_refused(cloud: Cloud) -> Outcome {
    let error = cloud.member.environments().create("  ").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400))
    );
    let long = "x".repeat(256);
    let error = cloud.member.environments().create(long).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Environment name should be 255 characters maximum"
    );
    let env = cloud.environment().await?;
    let error = env.rename(" ").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400))
    );
    let taken = cloud.environment().await?;
    let error = env.rename(&taken.get().await?.name).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(409))
    );
    cloud.clean(&taken).await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn ids_stay_one_segment(cloud: Cloud) -> Outcome {
    for id in [
        "../catalog/categories",
        "a/b?c=d#e",
        "..",
        ".",
        "",
        "%2e%2e",
        "ж",
    ] {
        let error = cloud.member.environments().get(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{id:?}: {error}");
    }
    Ok(())
}

async fn other_projects_are_kept_out(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let stranger = cloud.other.environment(env.id());
    for error in [
        stranger.get().await.unwrap_err(),
        stranger.rename("mine").await.unwrap_err(),
        stranger.delete().await.unwrap_err(),
        stranger.open_session().await.unwrap_err(),
        stranger.deployments().list().await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Forbidden, Some(403)),
            "{error}"
        );
    }
    assert_eq!(cloud.admin.environment(env.id()).get().await?.id, *env.id());
    cloud.clean(&env).await?;
    Ok(())
}

async fn only_administrators_see_all_projects(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let list = cloud.member.environments().list();
    let error = list.all_projects(true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    let all = cloud.admin.environments().list().all_projects(true).await?;
    assert!(all.iter().any(|found| found.id == *env.id()));
    let project = cloud.member.project_id().await?.expect("a scoped token");
    let one = cloud.admin.environments().list().project(&project).await?;
    assert!(!one.is_empty() && one.iter().all(|found| found.tenant_id == project));
    cloud.clean(&env).await?;
    Ok(())
}

async fn model_is_read_by_path_and_patched(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let model = env.model().await?;
    assert_eq!(model["?"]["type"], "io.murano.Environment");
    assert_eq!(env.model().path("/?/type").await?, model["?"]["type"]);
    assert_eq!(env.model().path("defaultNetworks/flat").await?, json!(null));
    let error = env.model().path("no/such").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    let session = env.open_session().await?;
    let change = |path: &str, value| PatchOp::Replace {
        path: path.to_owned(),
        value,
    };
    let patched = session
        .patch_model(&[change("/defaultNetworks/flat", json!(true))])
        .await?;
    assert_eq!(patched["defaultNetworks"]["flat"], json!(true));
    let seen = env
        .model()
        .path("defaultNetworks/flat")
        .session(session.id())
        .await?;
    assert_eq!(seen, json!(true));
    let add = PatchOp::Add {
        path: "/name".to_owned(),
        value: json!("x"),
    };
    let error = session.patch_model(&[add]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    let app = greeter("one");
    session.services().add(&app).await?;
    let removed = session
        .patch_model(&[PatchOp::Remove {
            path: "/services/0".to_owned(),
        }])
        .await?;
    assert_eq!(removed["services"], json!([]));
    session.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn abandoned_at_once(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    session.services().add(&greeter("one")).await?;
    session.deploy().await?;
    env.delete().abandon(true).await?;
    assert_eq!(env.get().await.unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

async fn last_status_has_every_application(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    let app = greeter("one");
    cloud.deploy(&env, &app).await?;
    let id = app["?"]["id"].as_str().expect("an id");
    let statuses = env.last_status(None).await?;
    let report = statuses.get(id).and_then(Option::as_ref);
    assert_eq!(
        report.and_then(|report| report.entity_id.as_deref()),
        Some(id),
        "{statuses:?}"
    );
    let session = env.open_session().await?;
    let added = greeter("two");
    session.services().add(&added).await?;
    let statuses = env.last_status(Some(session.id())).await?;
    let added = added["?"]["id"].as_str().expect("an id");
    assert_eq!((statuses.len(), statuses.get(added)), (2, Some(&None)));
    session.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn waiting_for_a_deletion_ends_when_it_is_gone(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    cloud.deploy(&env, &greeter("one")).await?;
    let ready = env.wait(Goal::Ready).interval(cloud.pace()).await?;
    assert_eq!(
        ready.and_then(|env| env.status),
        Some(EnvironmentStatus::Ready)
    );
    env.delete().await?;
    let gone = env
        .wait(Goal::Deleted)
        .interval(cloud.pace())
        .timeout(crate::cloud::MINUTE)
        .await?;
    assert_eq!(gone, None);
    Ok(())
}

async fn reads_through_an_unknown_session_fail(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let error = env.get().session("nope").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert_eq!(error.to_string(), "Session <SessionId nope> is not found");
    // Elsewhere the server crashes on it, and says so in one line.
    let unknown = "nope".into();
    for error in [
        env.model().session("nope").await.unwrap_err(),
        env.last_status(Some(&unknown)).await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Server, Some(500)),
            "{error}"
        );
        assert_eq!(error.fault(), Some("AttributeError"));
        assert_eq!(error.to_string().lines().count(), 1);
    }
    cloud.clean(&env).await?;
    Ok(())
}
