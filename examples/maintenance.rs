//! Maintenance with Fenix: an administrator starts a session, two projects agree with all it asks. It
//! runs on a sandbox; `Client::from_env()` in place of the builders takes it to a real cloud.
//!
//! `cargo run -p murano-sdk --example maintenance`
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program prints"
)]

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use murano_sdk::{
    Client, MaintenanceId,
    maintenance::{InstanceAction, MaintenancePlan, MaintenanceState, ProjectReply},
};

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // A real service waits 20 s for replies; this one lets the work begin at once.
    let sandbox = murano_sandbox::Sandbox::builder()
        .deploy_time(Duration::from_millis(100))
        .reply_time(Duration::from_secs(60))
        .start()
        .await?;
    let client = |user: &str, password: &str| {
        let client = Client::builder().auth_url(sandbox.auth_url());
        client.password(user, password).project(user).build()
    };
    let admin = client("admin", "secret")?;
    let projects = [client("demo", "demo")?, client("alt", "alt")?];

    let plan = MaintenancePlan::new(SystemTime::now())
        .host("compute-1")
        .host("compute-2")
        .metadata("openstack_release", "Ussuri");
    let made = admin.maintenance().create(&plan).await?;
    let session = admin.maintenance().session(made.session_id);
    println!("session {}", session.id());

    // Each project replies to each state that asks it. A real one hears of them on the message bus.
    loop {
        let state = session.get().await?.state;
        println!("{state}");
        if state.is_final() {
            break;
        }
        for project in &projects {
            if state.asks_projects() {
                agree(project, session.id(), &state).await?;
            }
        }
        if state == MaintenanceState::StartMaintenance {
            // Hosts are worked on; see what comes of it.
            let next = session.wait().until(MaintenanceState::PlannedMaintenance);
            let next = next.interval(Duration::from_millis(50));
            // There is no such state after the last host.
            let _ = next.timeout(Duration::from_millis(500)).await;
        }
    }
    session.delete().await?;
    Ok(())
}

/// Lets the service migrate what the state touches, and agrees.
async fn agree(
    project: &Client,
    session: &MaintenanceId,
    state: &MaintenanceState,
) -> Result<(), Box<dyn Error>> {
    let id = project.project_id().await?.ok_or("no project")?;
    let ours = project.maintenance().session(session).project(id);
    let mut reply = ProjectReply::ack(state);
    if state.needs_actions() {
        for instance in ours.get().await?.instance_ids {
            reply = reply.instance(instance, InstanceAction::Migrate);
        }
    }
    ours.reply(&reply).await?;
    Ok(())
}
