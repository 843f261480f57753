use murano_sdk::{model::object_id, services::Services};
use serde_json::Value;

use super::edit_in_session;
use crate::{consent::Consent, cx::Cx, find, manual::examples, report::Batch};

/// Remove applications from an environment
///
/// They go with the deployment of the session. Without `--session` a fresh one is opened, and named
/// on stderr.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano app delete shop hello",
    "murano app delete shop hello --session \"$session\"",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Ids, names or classes of the applications
    #[arg(value_name = "APP", required = true)]
    apps: Vec<String>,
    /// Session to edit
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.consent.ask(
        cx,
        ("remove application", "remove applications"),
        &args.apps,
    )?;
    let place = (&*args.env, args.session.as_deref());
    let removed = edit_in_session(cx, &args.env, place, async |services| {
        let mut batch = Batch::new(cx);
        let mut removed = 0;
        let mut all = services.list().await?;
        for app in &args.apps {
            if batch.add(remove(services, &mut all, app).await).is_some() {
                cx.ui().note(format!("application \"{app}\" is removed"));
                removed += 1;
            }
        }
        let outcome = batch.finish();
        // A session without any edit is of no use; one with some is, whatever else has failed.
        if removed == 0 {
            outcome.map(Ok)
        } else {
            Ok(outcome)
        }
    });
    removed.await?
}

/// Removes one of those that are there.
async fn remove(services: &Services, all: &mut Vec<Value>, text: &str) -> anyhow::Result<()> {
    let id = object_id(find::application(all, text)?)
        .unwrap_or_default()
        .to_owned();
    services.remove(&id).await?;
    find::forget_application(all, &id);
    Ok(())
}
