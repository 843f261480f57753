//! Fenix, on the sandbox alone.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use murano_sandbox::Sandbox;
use murano_sdk::{
    Client, ErrorKind, MaintenanceId, Result,
    maintenance::{
        ActionPlugin, GroupConstraints, InstanceAction, InstanceConstraints, MaintenanceHandle,
        MaintenancePlan, MaintenanceState, ProjectHandle, ProjectReply,
    },
};

use crate::{
    Outcome,
    cloud::{Cloud, MINUTE},
    promises,
};

promises![
    made_listed_read_and_deleted,
    projects_reply_to_the_end,
    refusals_and_silence_fail,
    a_failed_one_goes_on,
    details_are_told,
    constraints_of_instances_are_set_read_and_removed,
    constraints_of_groups_are_set_read_and_removed,
    there_is_room_for_three,
    unknown_ones_are_not_found,
    an_early_service_says_what_it_lacks,
    waits_end_with_the_session,
    its_own_endpoint_and_type_count,
];

/// In an hour.
fn plan() -> MaintenancePlan {
    MaintenancePlan::new(SystemTime::now() + 60 * MINUTE)
}

async fn made(client: &Client, plan: &MaintenancePlan) -> Result<MaintenanceHandle> {
    let made = client.maintenance().create(plan).await?;
    Ok(client.maintenance().session(made.session_id))
}

async fn seen_by(client: &Client, session: &MaintenanceHandle) -> Result<ProjectHandle> {
    let project = client.project_id().await?.expect("a project");
    Ok(client.maintenance().session(session.id()).project(project))
}

async fn made_listed_read_and_deleted(cloud: Cloud) -> Outcome {
    let plan = plan()
        .host("compute-1")
        .host("compute-2")
        .metadata("openstack_release", "Ussuri")
        .action(ActionPlugin::new("dummy", "host"))
        .download("https://updates.example/SW1.tar.gz");
    let fenix = cloud.admin.maintenance();
    assert_eq!(fenix.list().await?, []);
    let session = made(&cloud.admin, &plan).await?;
    assert_eq!(fenix.list().await?, [session.id().clone()]);
    let read = session.get().await?;
    assert_eq!(read.state, MaintenanceState::Maintenance);
    assert_eq!(read.session_id.as_ref(), Some(session.id()));
    assert_eq!(fenix.all().await?, [read]);
    session.delete().await?;
    assert_eq!(fenix.list().await?, []);
    Ok(())
}

/// Consents to the state for all instances that it touches.
async fn agree(ours: &ProjectHandle, state: &MaintenanceState) -> Result<usize> {
    let touched = ours.get().await?.instance_ids;
    let mut reply = ProjectReply::ack(state);
    if state.needs_actions() {
        for id in &touched {
            reply = reply.instance(id, InstanceAction::Migrate);
        }
    }
    ours.reply(&reply).await?;
    Ok(touched.len())
}

async fn projects_reply_to_the_end(cloud: Cloud) -> Outcome {
    let at = SystemTime::now();
    let session = made(&cloud.admin, &MaintenancePlan::new(at)).await?;
    let projects = [
        seen_by(&cloud.member, &session).await?,
        seen_by(&cloud.other, &session).await?,
    ];
    let mut touched = Vec::new();
    for state in [
        MaintenanceState::Maintenance,
        MaintenanceState::ScaleIn,
        MaintenanceState::PrepareMaintenance,
        MaintenanceState::PlannedMaintenance,
        MaintenanceState::MaintenanceComplete,
    ] {
        let wait = session.wait().until(state.clone()).interval(cloud.pace());
        assert!(wait.timeout(MINUTE).await?.state.asks_projects());
        for ours in &projects {
            touched.push(agree(ours, &state).await?);
        }
    }
    assert_eq!(touched, [2, 2, 2, 2, 1, 1, 1, 1, 2, 2]);
    let end = session.wait().interval(cloud.pace()).await?;
    assert_eq!(end.state, MaintenanceState::MaintenanceDone);
    Ok(())
}

async fn refusals_and_silence_fail(cloud: Cloud) -> Outcome {
    let session = made(&cloud.admin, &plan()).await?;
    let ours = seen_by(&cloud.member, &session).await?;
    ours.reply(&ProjectReply::nack(&MaintenanceState::Maintenance))
        .await?;
    let error = session.wait().interval(cloud.pace()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeploymentFailed);
    let text = format!("maintenance session {} failed", session.id());
    assert_eq!(error.to_string(), text);
    let hasty = Sandbox::builder().reply_time(Duration::ZERO).start();
    let hasty = hasty.await?;
    let admin = client_of(&hasty, ("admin", "secret"))?;
    let session = made(&admin, &plan()).await?;
    let state = session.get().await?.state;
    assert_eq!(state, MaintenanceState::MaintenanceFailed);
    Ok(())
}

/// A client of another sandbox.
fn client_of(sandbox: &Sandbox, (user, password): (&str, &str)) -> Result<Client> {
    let client = Client::builder().auth_url(sandbox.auth_url());
    client.password(user, password).project(user).build()
}

/// A session whose time has come already.
async fn failed(cloud: &Cloud) -> Result<MaintenanceHandle> {
    let session = made(&cloud.admin, &plan()).await?;
    let ours = seen_by(&cloud.member, &session).await?;
    let refusal = ProjectReply::nack(&MaintenanceState::Maintenance);
    ours.reply(&refusal).await?;
    Ok(session)
}

async fn a_failed_one_goes_on(cloud: Cloud) -> Outcome {
    let session = failed(&cloud).await?;
    let accepted = session
        .update(Some(&MaintenanceState::MaintenanceComplete))
        .await?;
    assert_eq!(accepted.session_id, *session.id());
    for client in [&cloud.member, &cloud.other] {
        let ours = seen_by(client, &session).await?;
        agree(&ours, &MaintenanceState::MaintenanceComplete).await?;
    }
    session.wait().interval(cloud.pace()).await?;
    Ok(())
}

async fn details_are_told(cloud: Cloud) -> Outcome {
    let session = made(&cloud.admin, &plan().host("cmp-7")).await?;
    let detail = session.detail().await?;
    assert_eq!(detail["hosts"][0]["hostname"], "cmp-7");
    let unknown = cloud.admin.maintenance().session("nope").detail().await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

async fn constraints_of_instances_are_set_read_and_removed(cloud: Cloud) -> Outcome {
    let project = cloud.member.project_id().await?.expect("a project");
    let instance = cloud.member.maintenance().instance("i-1");
    let missing = instance.get().await.unwrap_err();
    let text = "no constraints of instance \"i-1\" found";
    assert_eq!(
        (missing.kind(), &*missing.to_string()),
        (ErrorKind::NotFound, text)
    );
    let mut wanted = InstanceConstraints::new(project, "web-1").group("g");
    wanted.lead_time = 40;
    instance.set(&wanted).await?;
    wanted.instance_id = "i-1".into();
    assert_eq!(instance.get().await?, wanted);
    instance.unset().await?;
    assert_eq!(
        instance.unset().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    Ok(())
}

async fn constraints_of_groups_are_set_read_and_removed(cloud: Cloud) -> Outcome {
    let project = cloud.member.project_id().await?.expect("a project");
    let group = cloud.member.maintenance().instance_group("g");
    assert_eq!(group.get().await.unwrap_err().kind(), ErrorKind::NotFound);
    let mut wanted = GroupConstraints::new(project, "web");
    wanted.anti_affinity_group = true;
    group.set(&wanted).await?;
    wanted.group_id = "g".into();
    assert_eq!(group.get().await?, wanted);
    group.unset().await?;
    assert_eq!(group.get().await.unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

async fn there_is_room_for_three(cloud: Cloud) -> Outcome {
    for _ in 0..3 {
        made(&cloud.admin, &plan()).await?;
    }
    let error = made(&cloud.admin, &plan()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Conflict, Some(509))
    );
    assert!(
        error.to_string().contains("delete those that have ended"),
        "{error}"
    );
    Ok(())
}

async fn unknown_ones_are_not_found(cloud: Cloud) -> Outcome {
    let session = cloud.admin.maintenance().session("nope");
    let project = session.project("p");
    let reply = ProjectReply::ack(&MaintenanceState::ScaleIn);
    for error in [
        session.get().await.unwrap_err(),
        session.update(None).await.unwrap_err(),
        session.delete().await.unwrap_err(),
        project.get().await.unwrap_err(),
        project.reply(&reply).await.unwrap_err(),
        session.wait().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        let text = error.to_string();
        assert!(
            text.starts_with("maintenance session \"nope\" not found"),
            "{text}"
        );
    }
    let session = made(&cloud.admin, &plan()).await?;
    let error = session.project("stranger").reply(&reply).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!(
        error
            .to_string()
            .contains("project stranger may have no part"),
        "{error}"
    );
    Ok(())
}

async fn an_early_service_says_what_it_lacks(_: Cloud) -> Outcome {
    let sandbox = Sandbox::start().await?;
    let fenix = client_of(&sandbox, ("demo", "demo"))?.maintenance();
    let made = fenix.create(&plan()).await?;
    let session = fenix.session(made.session_id);
    for error in [
        session.detail().await.unwrap_err(),
        fenix.instance("i").get().await.unwrap_err(),
        fenix.instance_group("g").unset().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("version is too old"), "{error}");
    }
    // An update is taken, and nothing happens.
    let state = MaintenanceState::MaintenanceComplete;
    session.update(Some(&state)).await?;
    assert_eq!(session.get().await?.state, MaintenanceState::Maintenance);
    let error = fenix.session("nope").delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    Ok(())
}

async fn waits_end_with_the_session(cloud: Cloud) -> Outcome {
    let session = failed(&cloud).await?;
    let states = Arc::new(Mutex::new(Vec::new()));
    let noted = states.clone();
    let wait = session.wait().until(MaintenanceState::MaintenanceFailed);
    let wait = wait.observe(move |session| noted.lock().unwrap().push(session.state.clone()));
    assert_eq!(wait.await?.state, MaintenanceState::MaintenanceFailed);
    assert_eq!(
        *states.lock().unwrap(),
        [MaintenanceState::MaintenanceFailed]
    );
    let waiting = made(&cloud.admin, &plan()).await?;
    let wait = waiting
        .wait()
        .interval(cloud.pace())
        .timeout(Duration::ZERO);
    let error = wait.await.unwrap_err();
    let text = "the maintenance session did not reach MAINTENANCE_DONE within 0 s";
    assert_eq!(
        (error.kind(), &*error.to_string()),
        (ErrorKind::Timeout, text)
    );
    waiting.delete().await?;
    let error = waiting.wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("it is deleted, or"), "{error}");
    Ok(())
}

async fn its_own_endpoint_and_type_count(cloud: Cloud) -> Outcome {
    let sandbox = cloud.sandbox.as_ref().expect("the sandbox");
    let session = made(&cloud.admin, &plan()).await?;
    let expected: [MaintenanceId; 1] = [session.id().clone()];
    for end in ["/fenix", "/fenix/", "/fenix/v1", "/fenix/v1/"] {
        let url = format!("{}{end}", sandbox.endpoint());
        let client = cloud.member_with(&[("maintenance_endpoint_override", &url)]);
        assert_eq!(client.maintenance().list().await?, expected, "{end}");
    }
    let client = cloud.member_with(&[("maintenance_service_type", "identity")]);
    let error = client.maintenance().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let client = cloud.member_with(&[("maintenance_interface", "internal")]);
    let error = client.maintenance().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoService);
    assert!(
        error.to_string().contains("no internal endpoint"),
        "{error}"
    );
    // Settings of Murano are not those of Fenix.
    let client = cloud.member_with(&[("endpoint_override", "http://127.0.0.1:9")]);
    assert_eq!(client.maintenance().list().await?, expected);
    Ok(())
}
