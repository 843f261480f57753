//! Makes a bare-metal instance, waits for it, notes something about it, switches it off and removes it,
//! whichever Mogan the cloud has.
//!
//! `cargo run -p murano-sdk --example bare_metal`
#![allow(clippy::print_stdout, reason = "a program prints")]

use std::{error::Error, time::Duration};

use murano_sdk::{
    Client, ErrorKind,
    instances::{Goal, Network, PowerAction},
};

const IMAGE: &str = "efe0a06f-ca95-4808-b41e-9f55b9c5eb98";
const NETWORK: &str = "c1940655-8b8e-4370-b8f9-03ba1daeca31";

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = murano_sandbox::Sandbox::builder();
    let sandbox = sandbox.deploy_time(Duration::ZERO).start().await?;
    let murano = Client::builder()
        .auth_url(sandbox.auth_url())
        .password("demo", "demo")
        .project("demo")
        .build()?;
    let instances = murano.instances();
    println!("the service is {}", instances.era().await?);

    let flavor = instances.find_flavor("bm.small").await?;
    let create = instances.create("db-1", IMAGE, flavor.uuid, Network::new(NETWORK));
    let made = create.property("role", "db").await?;
    let db = murano.instance(&made.uuid);
    let wait = db.wait(Goal::Active).timeout(Duration::from_secs(3600));
    let wait = wait.observe(|now| println!("{}: {:?}", now.name, now.status));
    if let Some(active) = wait.await? {
        println!("it runs at {}", active.ip_addresses().join(", "));
    }

    db.update().property("tier", "gold").await?;
    match db.lock().await {
        Err(error) if error.kind() == ErrorKind::Unsupported => println!("{error}"),
        other => other?,
    }
    db.power(PowerAction::Off).await?;
    db.wait(PowerAction::Off.goal()).await?;
    db.delete().await?;
    db.wait(Goal::Deleted).await?;
    Ok(())
}
