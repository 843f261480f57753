use std::path::PathBuf;

use crate::{
    cx::Cx,
    files::{self, Readers},
    find,
    manual::examples,
    report::Failure,
};

/// Save the logo of a package, an image
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package logo Greeter logo.png",
    "murano package logo Greeter - --supplier > logo.png",
))]
pub(crate) struct Args {
    /// Id, fully qualified name or name
    package: String,
    /// Where to; - is standard output
    file: PathBuf,
    /// The logo of its supplier
    #[arg(long)]
    supplier: bool,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    files::check_target(cx, &args.file, "an image")?;
    let package = find::package(cx, &args.package).await?;
    let name = &package.fully_qualified_name;
    let handle = cx.client()?.package(&package.id);
    let (what, image) = if args.supplier {
        ("supplier logo", handle.supplier_logo().await?)
    } else {
        ("logo", handle.logo().await?)
    };
    let image =
        image.ok_or_else(|| Failure::NotFound(format!("package \"{name}\" has no {what}")))?;
    if files::save(cx, &args.file, &image, Readers::Usual)? {
        let path = args.file.display();
        cx.ui()
            .note(format!("the {what} of package \"{name}\" is in {path}"));
    }
    Ok(())
}
