use murano_sdk::ErrorKind;

use super::sessions;
use crate::{
    consent::Consent,
    cx::Cx,
    manual::examples,
    report::{Batch, OrHint as _},
};

/// Delete maintenance sessions; those under way stop (administrators only)
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance delete \"$maintenance\"",
))]
pub(crate) struct Args {
    /// Ids of the sessions
    #[arg(value_name = "SESSION", required = true)]
    sessions: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.consent.ask(
        cx,
        ("delete maintenance session", "delete maintenance sessions"),
        &args.sessions,
    )?;
    let fenix = cx.client()?.maintenance();
    let mut batch = Batch::new(cx);
    for id in &args.sessions {
        let deleted = fenix.session(id.as_str()).delete().await;
        if let Err(error) = &deleted
            && error.kind() == ErrorKind::NoService
        {
            // Once is enough.
            return Ok(deleted?);
        }
        if batch
            .add(deleted.or_hint(ErrorKind::NotFound, sessions))
            .is_some()
        {
            cx.ui().note(format!("maintenance session {id} is deleted"));
        }
    }
    batch.finish()
}
