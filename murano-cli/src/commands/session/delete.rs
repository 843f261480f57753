use crate::{consent::Consent, cx::Cx, find, manual::examples, report::Batch};

/// Discard sessions and their edits
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano session delete shop \"$session\"",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Ids of the sessions
    #[arg(value_name = "SESSION", required = true)]
    sessions: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.consent
        .ask(cx, ("discard session", "discard sessions"), &args.sessions)?;
    let env = find::environment(cx, &args.env).await?;
    let mut batch = Batch::new(cx);
    for id in &args.sessions {
        let discarded = env.session(id.as_str()).discard().await;
        if batch.add(discarded.map_err(Into::into)).is_some() {
            cx.ui().note(format!("session {id} is discarded"));
        }
    }
    batch.finish()
}
