use murano_sdk::packages::Package;

use super::{open, packages};
use crate::{
    cx::Cx,
    import::{self, ImportArgs, PlanRow, reason},
    manual::examples,
    output::OutputArgs,
};

/// Import the packages of bundles, with everything they require
///
/// A bundle is a file that lists packages, JSON or YAML. What a file on this computer lists is looked for
/// beside it first, then where its Url says, then in the repository.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano bundle import repository/bundles/demo.bundle",
    "murano bundle import demo --repo-url repository --dry-run",
))]
pub(crate) struct Args {
    /// Bundles: files, URLs, or names in the repository
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::AnyPath)]
    files: Vec<String>,
    #[command(flatten)]
    import: ImportArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    if args.import.dry_run {
        args.output.check::<PlanRow>()?;
    } else {
        args.output.check::<Package>()?;
    }
    let repository = cx.repository()?;
    let (mut files, mut repositories) = (Vec::new(), Vec::new());
    for text in &args.files {
        let opened = match open(cx, &repository, text).await {
            Err(error) if cx.classic().is_some() => {
                cx.classic_line(complaint(text, &error))?;
                continue;
            }
            opened => opened?,
        };
        let skip = args.import.requirements.skip_missing;
        files.extend(packages(cx, &opened, skip).await?);
        repositories.extend(opened.repositories);
    }
    if files.is_empty() {
        cx.ui()
            .note("the bundle names no packages: nothing is done");
        return Ok(());
    }
    import::import(cx, files, &repositories, (&args.import, &args.output)).await
}

/// What the old client said about a bundle that it could not use.
pub(super) fn complaint(text: &str, error: &anyhow::Error) -> String {
    let error_kind = error.downcast_ref::<murano_sdk::Error>();
    if error_kind.is_some_and(|error| error.kind() == murano_sdk::ErrorKind::Archive) {
        return "Can't parse bundle contents".to_owned();
    }
    format!(
        "Failed to create bundle for '{text}', reason: {}",
        reason(error)
    )
}
