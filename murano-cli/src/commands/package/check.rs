use std::path::{Path, PathBuf};

use murano_sdk::archive::{self, Finding, Severity};
use serde::Serialize;

use crate::{
    cx::Cx,
    manual::examples,
    output::{Format, OutputArgs, columns},
    report::{Batch, Failure},
};

/// Look for mistakes in packages, without a server
///
/// Errors are what a server refuses, or takes and cannot use; warnings are what someone should look
/// at. Fails when there are errors.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package check ./greeter --strict",
))]
pub(crate) struct Args {
    /// Archives (.zip) or folders
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Fail when there are warnings, too
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is said about one of the packages.
#[derive(Serialize)]
pub(super) struct Row {
    package: String,
    place: String,
    #[serde(flatten)]
    finding: Finding,
}

columns!(Row {
    package  "Package"  brief => |row| row.package.as_str().into(),
    severity "Severity" brief => |row| row.finding.severity.as_str().into(),
    place    "Place"    brief => |row| row.place.as_str().into(),
    text     "Text"     brief => |row| row.finding.text.as_str().into(),
    file     "File"     full  => |row| row.finding.file.clone().into(),
    line     "Line"     full  => |row| row.finding.line.into(),
    column   "Column"   full  => |row| row.finding.column.into(),
});

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Row>()?;
    let mut batch = Batch::new(cx);
    let mut rows = Vec::new();
    for path in &args.files {
        let Some(found) = batch.add(look(path).await) else {
            continue;
        };
        if found.is_empty() {
            cx.ui()
                .note(format!("{}: nothing to find fault with", path.display()));
        }
        rows.extend(found);
    }
    if !rows.is_empty() || args.output.format != Format::Table {
        cx.print_list(&rows, &args.output)?;
    }
    batch.finish()?;
    let is_error = |row: &&Row| row.finding.severity == Severity::Error;
    let errors = rows.iter().filter(is_error).count();
    let warnings = rows.len() - errors;
    if !rows.is_empty() {
        let text = format!("errors: {errors}, warnings: {warnings}");
        cx.ui().note(text);
    }
    if errors > 0 || args.strict && warnings > 0 {
        return Err(Failure::Shown(1).into());
    }
    Ok(())
}

/// Packs where need be, and reads; that is work that blocks.
async fn look(path: &Path) -> anyhow::Result<Vec<Row>> {
    let owned = path.to_owned();
    let findings = tokio::task::spawn_blocking(move || archive::check(owned)).await??;
    let row = |finding: Finding| Row {
        package: path.display().to_string(),
        place: finding.place(),
        finding,
    };
    Ok(findings.into_iter().map(row).collect())
}
