use std::path::{Path, PathBuf};

use json_patch::Patch;
use murano_sdk::{model::fill_placeholders, services::Services};
use serde_json::Value;

use super::{App, edit_in_session};
use crate::{cx::Cx, files, manual::examples, output::OutputArgs, report::Failure};

/// Change the applications of an environment by a JSON Patch (RFC 6902)
///
/// The patch works on the list of applications; /0 is the first one, /- the place behind the last.
/// Each text ===id1=== in a value becomes a fresh id, the same text the same id.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano app edit shop apps.patch.json",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Patch, as JSON; - is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    patch: PathBuf,
    /// Session to edit
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<App>()?;
    let patch = read_patch(cx, &args.patch)?;
    let place = (&*args.env, args.session.as_deref());
    let edited = edit_in_session(cx, &args.env, place, async |services| {
        apply(services, &patch).await
    });
    let edited: Vec<App> = edited.await?.into_iter().map(App).collect();
    cx.print_list(&edited, &args.output)
}

fn read_patch(cx: &Cx, file: &Path) -> anyhow::Result<Patch> {
    let mut patch = files::read_json(cx, file)?;
    fill_placeholders(&mut patch);
    serde_json::from_value(patch).map_err(|error| {
        let text = format!("{} is no JSON Patch: {error}", files::source(file));
        Failure::Other(text).into()
    })
}

async fn apply(services: &Services, patch: &Patch) -> anyhow::Result<Vec<Value>> {
    let mut document = Value::Array(services.list().await?);
    json_patch::patch(&mut document, patch)
        .map_err(|error| Failure::Other(format!("the patch does not fit: {error}")))?;
    let Value::Array(applications) = document else {
        let text = "the patch leaves no list of applications";
        return Err(Failure::Other(text.to_owned()).into());
    };
    services.replace(&applications).await?;
    Ok(applications)
}
