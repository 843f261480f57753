use std::path::{Path, PathBuf};

use murano_sdk::model::{add_missing_ids, fill_placeholders};
use serde_json::Value;

use super::{App, edit_in_session};
use crate::{cx::Cx, files, manual::examples, output::OutputArgs, report::Failure};

/// Put a list of applications in the place of those of an environment
///
/// Applications that are not in the list go with the deployment of the session. Ids are added where
/// they are missing, ===id1=== becomes an id.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano app list shop -f json > apps.json && murano app replace shop apps.json",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// List of object models, as JSON; - is standard input
    file: PathBuf,
    /// Session to edit
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<App>()?;
    let apps = list(cx, &args.file)?;
    let place = (&*args.env, args.session.as_deref());
    let replaced = edit_in_session(cx, &args.env, place, async |services| {
        Ok(services.replace(&apps).await?)
    });
    replaced.await?;
    let apps: Vec<App> = apps.into_iter().map(App).collect();
    cx.print_list(&apps, &args.output)
}

fn list(cx: &Cx, file: &Path) -> anyhow::Result<Vec<Value>> {
    let mut apps = files::read_json(cx, file)?;
    fill_placeholders(&mut apps);
    add_missing_ids(&mut apps);
    if let Value::Array(apps) = apps {
        return Ok(apps);
    }
    let text = format!("{} is no list of applications", files::source(file));
    Err(Failure::Other(text).into())
}
