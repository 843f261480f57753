use murano_sdk::packages::{Package, PackageHandle};

use crate::{
    consent::Consent,
    cx::Cx,
    find::{self, Kind},
    manual::examples,
    report::Batch,
};

/// Delete packages from the catalog
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package delete com.example.Printer",
))]
pub(crate) struct Args {
    /// Ids, fully qualified names or names
    #[arg(value_name = "PACKAGE", required = true)]
    packages: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.consent
        .ask(cx, ("delete package", "delete packages"), &args.packages)?;
    let mut batch = Batch::new(cx);
    for text in &args.packages {
        if batch.add(delete(cx, text).await).is_some() {
            cx.done(text, format!("package \"{text}\" is deleted"))?;
        }
    }
    batch.finish()
}

async fn delete(cx: &Cx, text: &str) -> anyhow::Result<()> {
    let delete = async |package: PackageHandle, known: Option<&Package>| {
        package.delete().await?;
        for name in known
            .iter()
            .flat_map(|it| [&it.fully_qualified_name, &it.name])
        {
            cx.names().remove(Kind::Package, name);
        }
        Ok(())
    };
    find::in_package(cx, text, delete).await
}
