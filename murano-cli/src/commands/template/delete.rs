use super::to_change;
use crate::{
    consent::Consent,
    cx::Cx,
    find::{self, Kind},
    manual::examples,
    report::Batch,
};

/// Delete templates
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template delete stall",
))]
pub(crate) struct Args {
    /// Names or ids
    #[arg(value_name = "TEMPLATE", required = true)]
    templates: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.consent
        .ask(cx, ("delete template", "delete templates"), &args.templates)?;
    let mut batch = Batch::new(cx);
    for text in &args.templates {
        if batch.add(delete(cx, text).await).is_some() {
            cx.names().remove(Kind::Template, text);
            cx.ui().note(format!("template \"{text}\" is deleted"));
        }
    }
    batch.finish()
}

async fn delete(cx: &Cx, text: &str) -> anyhow::Result<()> {
    let client = cx.client()?;
    let find = async || to_change(cx, text, find::listed_template(cx, text).await?).await;
    let delete = async |id: &str, _: Option<&_>| Ok(client.template(id).delete().await?);
    find::at_its_word(text, find, |template| template.id.as_str(), delete).await
}
