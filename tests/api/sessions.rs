use murano_sdk::{ErrorKind, sessions::SessionState};

use crate::{
    Outcome,
    cloud::{Cloud, MINUTE, greeter},
};

crate::promises![
    opened_read_and_discarded,
    edits_stay_in_the_session_until_deployed,
    the_second_of_two_deployments_is_refused,
    a_deployed_session_cannot_be_used_again,
    sessions_belong_to_their_user_and_environment,
    unknown_sessions_are_not_found,
];

async fn opened_read_and_discarded(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let opened = env.open_session().info().await?;
    assert_eq!(
        (&opened.state, &opened.environment_id),
        (&SessionState::Opened, env.id())
    );
    let handle = env.session(&opened.id);
    assert_eq!(handle.get().await?, opened);
    assert_eq!(handle.check().await?.id(), &opened.id);
    assert_eq!(
        env.get().await?.status.map(|s| s.to_string()).as_deref(),
        Some("pending")
    );
    handle.discard().await?;
    assert_eq!(handle.get().await.unwrap_err().kind(), ErrorKind::NotFound);
    cloud.clean(&env).await?;
    Ok(())
}

async fn edits_stay_in_the_session_until_deployed(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    session.services().add(&greeter("one")).await?;
    assert_eq!(session.services().list().await?.len(), 1);
    assert_eq!(env.services().list().await?.len(), 0);
    let seen = env.get().session(session.id()).await?;
    assert_eq!(seen.services.map(|all| all.len()), Some(1));
    session.discard().await?;
    assert_eq!(env.services().list().await?.len(), 0);
    cloud.clean(&env).await?;
    Ok(())
}

async fn the_second_of_two_deployments_is_refused(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    let first = env.open_session().await?;
    let second = env.open_session().await?;
    let stale = env.session(second.id());
    first.services().add(&greeter("one")).await?;
    let running = first.deploy().await?;
    running
        .wait()
        .interval(cloud.pace())
        .timeout(MINUTE)
        .await?;
    let error = second.deploy().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::State, Some(403)),
        "{error}"
    );
    let error = stale
        .assume_open()
        .services()
        .add(&greeter("two"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State, "{error}");
    stale.discard().await?;
    cloud.clean(&env).await?;
    Ok(())
}

async fn a_deployed_session_cannot_be_used_again(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    let session = env.open_session().await?;
    let handle = env.session(session.id());
    session.services().add(&greeter("one")).await?;
    let running = session.deploy().await?;
    let busy = env.open_session().await.unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::State, "{busy}");
    running
        .wait()
        .interval(cloud.pace())
        .timeout(MINUTE)
        .await?;
    assert_eq!(handle.get().await.unwrap_err().kind(), ErrorKind::State);
    assert_eq!(
        handle.assume_open().deploy().await.unwrap_err().kind(),
        ErrorKind::State
    );
    cloud.clean(&env).await?;
    Ok(())
}

async fn sessions_belong_to_their_user_and_environment(cloud: Cloud) -> Outcome {
    let (env, another) = (cloud.environment().await?, cloud.environment().await?);
    let session = env.open_session().info().await?;
    // Not even the administrator may: and a new login would not help.
    let error = cloud
        .admin
        .environment(env.id())
        .session(&session.id)
        .get()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Forbidden, Some(401)),
        "{error}"
    );
    let error = another.session(&session.id).get().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Rejected, Some(400)),
        "{error}"
    );
    cloud.clean(&env).await?;
    cloud.clean(&another).await?;
    Ok(())
}

async fn unknown_sessions_are_not_found(cloud: Cloud) -> Outcome {
    let env = cloud.environment().await?;
    let nowhere = env.session("nope");
    for error in [
        nowhere.get().await.unwrap_err(),
        nowhere.discard().await.unwrap_err(),
        nowhere.assume_open().deploy().await.unwrap_err(),
        nowhere
            .assume_open()
            .services()
            .add(&greeter("one"))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert_eq!(error.to_string(), "Session <SessionId nope> is not found");
    }
    cloud.clean(&env).await?;
    Ok(())
}
