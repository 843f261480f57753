//! Searches the catalog page by page and downloads what it finds, with progress.
//!
//! `cargo run -p murano-sdk --example search_and_download`
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program prints"
)]

use std::error::Error;

use murano_sdk::{Client, packages::PackageKind};

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = murano_sandbox::Sandbox::start().await?;
    let murano = Client::builder()
        .auth_url(sandbox.auth_url())
        .password("demo", "demo")
        .project("demo")
        .build()?;

    let folder = tempfile::tempdir()?;
    let mut found = murano
        .packages()
        .list()
        .kind(&PackageKind::Library)
        .page_size(10)
        .pager();
    while let Some(package) = found.next().await? {
        let path = folder.path().join(format!("{}.zip", package.id));
        let download = murano.package(&package.id).download();
        let size = download
            .progress(|now| eprintln!("{} bytes", now.done))
            .to_file(&path)
            .await?;
        println!("{}: {size} bytes", package.fully_qualified_name);
    }
    Ok(())
}
