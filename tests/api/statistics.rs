use murano_sdk::model;

use crate::{
    Outcome,
    cloud::{Cloud, MINUTE, greeter},
};

crate::promises![
    deployed_applications_are_counted,
    unknown_environments_have_none,
    hosts_count_their_requests,
];

async fn deployed_applications_are_counted(cloud: Cloud) -> Outcome {
    cloud.package("greeter").await?;
    let env = cloud.environment().await?;
    let app = greeter("one");
    let id = model::object_id(&app).expect("an id");
    cloud.deploy(&env, &app).await?;
    let statistics = env.statistics();
    let all = statistics.raw().await?;
    let own = statistics.raw_of(id).await?;
    let [row] = own.as_slice() else {
        panic!("{own:?}")
    };
    assert!(all.iter().any(|one| one.instance_id == id), "{all:?}");
    assert_eq!(
        (
            row.kind,
            row.type_name.as_deref(),
            row.active,
            row.unit_count
        ),
        (100, Some("com.example.Greeter"), true, Some(1))
    );
    assert!((0..60).contains(&row.duration), "{row:?}");
    let sums = statistics.aggregated().await?;
    let sum = sums.iter().find(|sum| sum.kind == 100);
    assert_eq!(sum.map(|sum| sum.count), Some(1), "{sums:?}");
    assert_eq!(statistics.raw_of("nobody").await?, []);

    // What was removed is kept, and no longer active.
    let session = env.open_session().await?;
    session.services().remove(id).await?;
    let running = session.deploy().await?;
    running
        .wait()
        .interval(cloud.pace())
        .timeout(MINUTE)
        .await?;
    let after = statistics.raw_of(id).await?;
    assert_eq!(
        after.iter().map(|row| row.active).collect::<Vec<_>>(),
        [false]
    );
    cloud.clean(&env).await?;
    Ok(())
}

async fn unknown_environments_have_none(cloud: Cloud) -> Outcome {
    let nowhere = cloud.member.environment("nope").statistics();
    assert_eq!(nowhere.raw().await?, []);
    assert_eq!(nowhere.raw_of("nobody").await?, []);
    assert_eq!(nowhere.aggregated().await?, []);
    Ok(())
}

async fn hosts_count_their_requests(cloud: Cloud) -> Outcome {
    cloud.member.environments().list().await?;
    let hosts = cloud.member.request_statistics().await?;
    // A real server writes its first row minutes after its start.
    assert!(cloud.sandbox.is_none() || hosts.len() == 1, "{hosts:?}");
    for host in hosts {
        let projects = host.per_project();
        let counted: u64 = projects.values().sum();
        assert!(
            i64::try_from(counted)? <= host.request_count,
            "{projects:?}"
        );
        assert!(host.request_count == 0 || counted > 0, "{projects:?}");
        assert!(host.error_count <= host.request_count);
        assert!(
            host.created
                .is_some_and(|time| time.unix_seconds().is_some())
        );
    }
    Ok(())
}
