//! The main job in one program: a package, an environment, an application, a deployment. It runs on
//! a sandbox; `Client::from_env()` in place of the builder takes it to a real cloud.
//!
//! `cargo run -p murano-sdk --example main_job`
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program prints"
)]

use std::{error::Error, time::Duration};

use murano_sdk::{Client, archive::PackageFile, environments::Goal, model::Application};

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = murano_sandbox::Sandbox::start().await?;
    let murano = Client::builder()
        .auth_url(sandbox.auth_url())
        .password("demo", "demo")
        .project("demo")
        .build()?;

    // A folder is packed into a temporary archive, and checked before anything is sent.
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/data/packages/greeter"
    );
    let package = murano
        .packages()
        .upload(&PackageFile::open(folder)?)
        .categories(["Web"])
        .await?;
    println!("uploaded {}", package.fully_qualified_name);

    let shop = murano.environments().create("shop").await?;
    let shop = murano.environment(&shop.id);
    let session = shop.open_session().await?;
    let greeter = Application::new(&package.fully_qualified_name)
        .version(">=0")
        .set("name", "Ann");
    session.services().add(&greeter.build()).await?;

    let running = session.deploy().await?;
    let done = running
        .wait()
        .timeout(Duration::from_secs(60))
        .observe(|report| println!("{}: {}", report.level, report.text))
        .await?;
    println!("deployment {} ended: {}", done.id, done.state);

    shop.delete().await?;
    shop.wait(Goal::Deleted)
        .timeout(Duration::from_secs(60))
        .await?;
    murano.package(&package.id).delete().await?;
    Ok(())
}
