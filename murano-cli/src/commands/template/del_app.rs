use murano_sdk::{model::object_id, templates::TemplateServices};
use serde_json::Value;

use super::{find_app, services};
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
    let (services, mut all) = services(cx, &args.template).await?;
    let mut batch = Batch::new(cx);
    for app in &args.apps {
        if batch
            .add(remove(&services, &mut all, (&args.template, app)).await)
            .is_some()
        {
            cx.ui().note(format!("application \"{app}\" is removed"));
        }
    }
    batch.finish()
}

/// Removes one of those that are there.
async fn remove(
    services: &TemplateServices,
    all: &mut Vec<Value>,
    (name, text): (&str, &str),
) -> anyhow::Result<()> {
    let id = object_id(find_app(name, all, text)?)
        .unwrap_or_default()
        .to_owned();
    services.remove(&id).await?;
    find::forget_application(all, &id);
    Ok(())
}
