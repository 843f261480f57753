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
    let package = find::package(cx, text).await?;
    cx.client()?.package(package.id).delete().await?;
    for name in [&package.fully_qualified_name, &package.name] {
        cx.names().remove(Kind::Package, name);
    }
    Ok(())
}
