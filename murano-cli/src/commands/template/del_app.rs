use murano_sdk::{model::object_id, templates::TemplateServices};

use super::find_app;
use crate::{consent::Consent, cx::Cx, find, manual::examples, report::Batch};

/// Remove applications from a template
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template del-app market first",
))]
pub(crate) struct Args {
    /// Name or id of the template
    template: String,
    /// Ids, names or classes of the applications
    #[arg(value_name = "APP", required = true)]
    apps: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.consent.ask(
        cx,
        ("remove application", "remove applications"),
        &args.apps,
    )?;
    let template = find::template(cx, &args.template).await?;
    let services = cx.client()?.template(&template.id).services();
    let mut batch = Batch::new(cx);
    for app in &args.apps {
        if batch
            .add(remove(&services, &args.template, app).await)
            .is_some()
        {
            cx.ui().note(format!("application \"{app}\" is removed"));
        }
    }
    batch.finish()
}

async fn remove(services: &TemplateServices, name: &str, text: &str) -> anyhow::Result<()> {
    let all = services.list().await?;
    let app = find_app(name, &all, text)?;
    services.remove(object_id(app).unwrap_or_default()).await?;
    Ok(())
}
