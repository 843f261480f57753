use murano_sdk::{ErrorKind, model};
use serde_json::{Value, json};

use crate::{
    Outcome,
    cloud::{Cloud, greeter},
};

crate::promises![
    added_read_changed_and_removed,
    several_at_once_and_the_whole_list,
    what_would_break_the_environment_is_not_sent,
    the_computed_status_is_not_written_back,
    all_are_removed_at_once,
    members_are_set_at_any_depth,
    a_path_below_is_no_place_to_add_to,
];

fn id(application: &Value) -> &str {
    model::object_id(application).expect("an id")
}

async fn added_read_changed_and_removed(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    let services = session.services();
    let app = greeter("one");
    assert_eq!(services.add(&app).await?, app);
    assert_eq!(
        services.get(&format!("{}/name", id(&app))).await?,
        json!("one")
    );
    services.set(id(&app), "name", json!("two")).await?;
    assert_eq!(services.get(id(&app)).await?["name"], json!("two"));
    assert_eq!(services.get("nobody").await?, Value::Null);
    services.remove(id(&app)).await?;
    assert_eq!(services.list().await?, [] as [Value; 0]);
    let error = services.remove("nobody").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    session.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn several_at_once_and_the_whole_list(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    let services = session.services();
    let apps = [greeter("one"), greeter("two"), greeter("three")];
    services.add_many(&apps).await?;
    services.add_many(&[]).await?;
    let names = |apps: Vec<Value>| {
        apps.iter()
            .map(|app| app["name"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(services.list().await?), ["one", "two", "three"]);
    services.replace(&apps[1..]).await?;
    assert_eq!(names(services.list().await?), ["two", "three"]);
    services.replace(&[]).await?;
    assert_eq!(services.list().await?.len(), 0);
    session.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn what_would_break_the_environment_is_not_sent(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    for bad in [
        json!({}),
        json!({ "name": "x" }),
        json!({ "?": { "id": "i" } }),
        json!([]),
    ] {
        let error = session.services().add(&bad).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Invalid, None),
            "{error}"
        );
    }
    // Without a session the server refuses to write.
    let error = env.services().add(&greeter("one")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400)),
        "{error}"
    );
    assert_eq!(env.services().list().await?.len(), 0);
    session.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn the_computed_status_is_not_written_back(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    let services = session.services();
    services.add(&greeter("one")).await?;
    let read = services.list().await?;
    assert!(read[0]["?"]["status"].is_string());
    services.replace(&read).await?;
    let stored = services.get(id(&read[0])).await?;
    assert_eq!(stored["?"].get("status"), None);
    session.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn all_are_removed_at_once(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    let services = session.services();
    let error = services.clear().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "nothing was ever added");
    services.add_many(&[greeter("one"), greeter("two")]).await?;
    services.clear().await?;
    assert_eq!(services.list().await?, [] as [Value; 0]);
    let error = env.services().clear().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400)),
        "{error}"
    );
    session.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn members_are_set_at_any_depth(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    let services = session.services();
    let mut app = greeter("one");
    app["instance"] = json!({ "?": { "id": "vm", "type": "com.example.Vm" }, "disks": [1] });
    services.add(&app).await?;
    let set = json!({ "big": 12_345_678_901_234_567_890_u64, "half": 0.5, "none": null });
    services
        .set(id(&app), "instance/flavour", set.clone())
        .await?;
    assert_eq!(
        services
            .get(&format!("{}/instance/flavour", id(&app)))
            .await?,
        set
    );
    services.set(id(&app), "instance/disks/0", json!(2)).await?;
    assert_eq!(
        services.get(&format!("{}/instance", id(&app))).await?["disks"],
        json!([2])
    );
    let error = services.set(id(&app), "/", json!(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Invalid, None));
    let error = services
        .set(id(&app), "no/such/parent", json!(1))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    session.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn a_path_below_is_no_place_to_add_to(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    let app = greeter("one");
    // The server says yes and stores nothing, which is why only a raw call gets there.
    let path = format!("/environments/{}/services/{}", env.id(), id(&app));
    let call = cloud.member.raw("POST", path).body(app.to_string());
    let answer = call
        .header("X-Configuration-Session", session.id().as_str())
        .await?;
    assert_eq!((answer.status, answer.json()), (200, Some(app)));
    assert_eq!(session.services().list().await?, [] as [Value; 0]);
    session.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}
