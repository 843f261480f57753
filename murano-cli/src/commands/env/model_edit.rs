use std::path::{Path, PathBuf};

use murano_sdk::model::{PatchOp, fill_placeholders};
use serde_json::{Value, json};

use crate::{
    commands::session, config, cx::Cx, editor, files, manual::examples, output::DocumentArgs,
    report::Failure,
};

/// Change the object model of an environment by a JSON Patch, and show it
///
/// The operations are add, replace and remove, which are all that the service knows. Applications
/// are better changed by `murano app edit`. Each text ===id1=== in a value becomes a fresh id, the
/// same text the same id.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env model-edit shop patch.json",
))]
pub(crate) struct Args {
    /// Name or id
    env: String,
    /// Patch, as JSON; - is standard input. Without it the patch is read from standard input, or
    /// written in $EDITOR where that is a terminal
    file: Option<PathBuf>,
    /// Session to edit
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    output: DocumentArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let standard_input = PathBuf::from("-");
    let patch = match &args.file {
        Some(file) => files::read_json(cx, file)?,
        None if !cx.ui().in_is_terminal() => files::read_json(cx, &standard_input)?,
        None => written(&args.env)?,
    };
    let name = args.file.as_deref().unwrap_or(&standard_input);
    let operations = operations(name, patch)?;
    let place = (&*args.env, args.session.as_deref());
    let model = session::edit(cx, &args.env, place, async |session| {
        Ok(session.patch_model(&operations).await?)
    });
    cx.print_parts(&model.await?, (args.output.format(), &args.output.query))
}

/// A patch that the user writes now.
fn written(env: &str) -> anyhow::Result<Value> {
    let example = json!([{ "op": "replace", "path": "/name", "value": env }]);
    let example = format!("{example:#}\n");
    let editor = config::editor().ok_or_else(|| {
        let text = "name a file with the patch, or set EDITOR to write it now";
        Failure::Usage(text.to_owned())
    })?;
    let text = editor::edit(&editor, "patch.json", &example)?;
    if text.trim() == example.trim() || text.trim().is_empty() {
        let text = "the patch was left as it is proposed, nothing is changed";
        return Err(Failure::Other(text.to_owned()).into());
    }
    files::json("the patch", &text)
}

fn operations(file: &Path, mut patch: Value) -> anyhow::Result<Vec<PatchOp>> {
    fill_placeholders(&mut patch);
    let wrong = |text: String| {
        let name = files::source(file);
        anyhow::Error::from(Failure::Other(format!("{name} is no patch: {text}")))
    };
    let Value::Array(items) = patch else {
        return Err(wrong("it has to be a list of operations".to_owned()));
    };
    if items.is_empty() {
        return Err(wrong("it has no operation".to_owned()));
    }
    let read = |(number, item): (usize, Value)| {
        let op = item.get("op").and_then(Value::as_str).map(str::to_owned);
        match op.as_deref() {
            Some(op @ ("move" | "copy" | "test")) => Err(wrong(format!(
                "operation {} is `{op}`, the service knows add, replace and remove only",
                number + 1
            ))),
            _ => serde_json::from_value(item)
                .map_err(|error| wrong(format!("operation {}: {error}", number + 1))),
        }
    };
    items.into_iter().enumerate().map(read).collect()
}
