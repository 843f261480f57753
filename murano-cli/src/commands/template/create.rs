use std::path::PathBuf;

use murano_sdk::{ErrorKind, templates::Template};

use super::read_apps;
use crate::{cx::Cx, manual::examples, output::RecordArgs, report::OrHint as _};

/// Create a template
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template create fair",
    "murano template create fair --public --app greeter.json",
))]
pub(crate) struct Args {
    /// Name, unique in the project
    name: String,
    /// Show it to all projects; they can change and delete it, too
    #[arg(long, alias = "is-public")]
    public: bool,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Object model of an application, or a list of them, as JSON; - is standard input. Repeated,
    /// several
    #[arg(long = "app", value_name = "FILE")]
    apps: Vec<PathBuf>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Template>()?;
    let mut apps = Vec::new();
    for file in &args.apps {
        apps.extend(read_apps(cx, file)?);
    }
    let mut create = cx.client()?.templates().create(&args.name);
    create = create.public(args.public);
    if let Some(text) = args.description {
        create = create.description(text);
    }
    if !apps.is_empty() {
        create = create.services(apps);
    }
    let created = create.await.or_hint(ErrorKind::Conflict, || {
        format!(
            "`murano template show {}` shows the one that is there",
            args.name
        )
    })?;
    cx.print_record(&created, &args.output)
}
