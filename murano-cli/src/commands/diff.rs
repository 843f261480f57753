//! `murano diff`: what `murano apply` would change.

use murano_sdk::manifest::Plan;
use serde_json::{Value, json};

use crate::{
    cx::Cx,
    manifest::{self, FileArgs},
    manual::examples,
    output::Format,
    report::Failure,
};

/// Show what differs between files and what is deployed
///
/// The exit code is 0 where nothing differs and 8 where something does. With `-f json` it is a JSON Patch (RFC
/// 6902) for what `murano env model-show` prints; of several documents a list with the kind, the name and the patch of
/// each.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano diff -f hello.yaml",
    "murano diff -f hello.yaml -f json",
))]
pub(crate) struct Args {
    #[command(flatten)]
    files: FileArgs,
    /// Show passwords and the like, too
    #[arg(long)]
    show_secrets: bool,
    /// How to print: as text with + and -, or as a JSON Patch in JSON or YAML
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json", "yaml"])]
    #[arg(help_heading = "Output")]
    format: Option<String>,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let format = match (args.format.as_deref(), args.files.format()) {
        (Some("json"), _) | (None, Some(Format::Json)) => Some(Format::Json),
        (Some("yaml"), _) | (None, Some(Format::Yaml)) => Some(Format::Yaml),
        (None, Some(Format::Csv | Format::Value)) => {
            let text = "a difference is printed as text, JSON or YAML";
            return Err(Failure::Usage(text.to_owned()).into());
        }
        _ => None,
    };
    let mut plans = Vec::new();
    for document in args.files.documents(cx)? {
        plans.push(document.plan(cx.client()?).prune(args.files.prune).await?);
    }
    for note in plans.iter().flat_map(Plan::notes) {
        cx.ui().note(note);
    }
    let patch = |plan: &Plan| json!(plan.patch(args.show_secrets));
    match (format, plans.as_slice()) {
        (Some(format), [only]) => cx.print_document(&patch(only), format)?,
        (Some(format), several) => {
            let named = |plan: &Plan| json!({ "kind": plan.kind().as_str(), "name": plan.name(), "patch": patch(plan) });
            let all: Value = several.iter().map(named).collect();
            cx.print_document(&all, format)?;
        }
        (None, plans) => {
            for plan in plans {
                cx.ui()
                    .styled(&manifest::text(cx.ui(), plan, args.show_secrets))?;
            }
        }
    }
    if plans.iter().all(Plan::is_empty) {
        cx.ui().note("nothing differs");
        return Ok(());
    }
    Err(Failure::Differs.into())
}
