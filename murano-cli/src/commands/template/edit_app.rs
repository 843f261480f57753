use std::path::PathBuf;

use murano_sdk::model::{add_missing_ids, fill_placeholders, object_id};
use serde_json::Value;

use super::{find_app, services};
use crate::{cx::Cx, files, manual::examples, output::RecordArgs};

/// Put an object model in the place of an application of a template
///
/// Where it has no id, it gets that of the application. The application goes to the end of the list.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template edit-app market first greeter.json",
))]
pub(crate) struct Args {
    /// Name or id of the template
    template: String,
    /// Id, name or class of the application
    app: String,
    /// Object model, as JSON; - is standard input
    file: PathBuf,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let mut new = files::read_json(cx, &args.file)?;
    fill_placeholders(&mut new);
    let (services, apps) = services(cx, &args.template).await?;
    let old = object_id(find_app(&args.template, &apps, &args.app)?).unwrap_or_default();
    if let Some(Value::Object(system)) = new.get_mut("?") {
        system.entry("id").or_insert_with(|| old.into());
    }
    add_missing_ids(&mut new);
    services.replace(old, &new).await?;
    cx.print_value(&new, &args.output)
}
