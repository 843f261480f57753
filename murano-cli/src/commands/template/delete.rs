use super::find_to_change;
use crate::{consent::Consent, cx::Cx, find::Kind, manual::examples, report::Batch};

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
    let template = find_to_change(cx, text).await?;
    Ok(cx.client()?.template(template.id).delete().await?)
}
