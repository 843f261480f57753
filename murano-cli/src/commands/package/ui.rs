use murano_sdk::packages::{Package, PackageHandle};

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
    let get = async |package: PackageHandle, _: Option<&_>| Ok(package.ui().await?);
    let text = find::in_package(cx, &args.package, get).await?;
    if text.trim().is_empty() {
        return Err(no_definition(&find::package(cx, &args.package).await?));
    }
    Ok(cx.ui().result(&text)?)
}

fn no_definition(package: &Package) -> anyhow::Error {
    let name = &package.fully_qualified_name;
    Failure::NotFound(format!("package \"{name}\" has no UI definition")).into()
}

/// A package and the text of its UI definition.
pub(crate) async fn definition(cx: &Cx, package: &str) -> anyhow::Result<(Package, String)> {
    let package = find::package(cx, package).await?;
    let text = cx.client()?.package(&package.id).ui().await?;
    if text.trim().is_empty() {
        return Err(no_definition(&package));
    }
    Ok((package, text))
}
