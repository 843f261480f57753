use murano_sdk::{model::object_id, services::Services};

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
    let env = find::environment(cx, &args.env).await?;
    let place = (&env, args.session.as_deref());
    let removed = edit_in_session(cx, &args.env, place, async |services| {
        let mut batch = Batch::new(cx);
        let mut removed = 0;
        for app in &args.apps {
            if batch.add(remove(services, app).await).is_some() {
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

async fn remove(services: &Services, text: &str) -> anyhow::Result<()> {
    let all = services.list().await?;
    let app = find::application(&all, text)?;
    Ok(services.remove(object_id(app).unwrap_or_default()).await?)
}
