use murano_sdk::ErrorKind;

use crate::{
    consent::Consent,
    cx::Cx,
    find::{self, Kind},
    manual::examples,
    report::{Batch, OrHint as _},
};

/// Delete categories that no package is in (administrators only)
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano category delete Toys --os-cloud sandbox-admin",
))]
pub(crate) struct Args {
    /// Names or ids
    #[arg(value_name = "CATEGORY", required = true)]
    categories: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.consent.ask(
        cx,
        ("delete category", "delete categories"),
        &args.categories,
    )?;
    let mut batch = Batch::new(cx);
    for text in &args.categories {
        if batch.add(delete(cx, text).await).is_some() {
            cx.names().remove(Kind::Category, text);
            cx.ui().note(format!("category \"{text}\" is deleted"));
        }
    }
    batch.finish()
}

async fn delete(cx: &Cx, text: &str) -> anyhow::Result<()> {
    let categories = cx.client()?.categories();
    let find = async || find::listed_category(cx, text).await;
    let delete = async |id: &str, _: Option<&_>| Ok(categories.delete(id).await?);
    let deleted = find::at_its_word(text, find, |category| category.id.as_str(), delete).await;
    deleted.or_hint(ErrorKind::Conflict, || {
        format!("`murano package list --category \"{text}\"` shows what is in it")
    })
}
