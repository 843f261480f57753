use murano_sdk::packages::Package;

use crate::{cx::Cx, find, manual::examples, report::Failure};

/// Show the form of a package: its UI definition, as YAML
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package ui Greeter > ui.yaml",
))]
pub(crate) struct Args {
    /// Id, fully qualified name or name
    package: String,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let (_, text) = definition(cx, &args.package).await?;
    Ok(cx.ui().result(&text)?)
}

/// A package and the text of its UI definition.
pub(crate) async fn definition(cx: &Cx, package: &str) -> anyhow::Result<(Package, String)> {
    let package = find::package(cx, package).await?;
    let text = cx.client()?.package(&package.id).ui().await?;
    if text.trim().is_empty() {
        let name = &package.fully_qualified_name;
        return Err(Failure::NotFound(format!("package \"{name}\" has no UI definition")).into());
    }
    Ok((package, text))
}
