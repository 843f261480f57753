use murano_sdk::instances::Instance;

use super::pair;
use crate::{cx::Cx, find, manual::examples, output::RecordArgs, report::Failure};

/// Change name, description or properties of a bare-metal instance
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance update db-1 --name db-2 --property role=standby",
    "murano instance update db-1 --description '' --remove-property role",
))]
pub(crate) struct Args {
    /// Name or id
    instance: String,
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// What it is for; an empty text removes it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Set a property; repeatable
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = pair)]
    properties: Vec<(String, String)>,
    /// Remove a property; repeatable
    #[arg(long = "remove-property", value_name = "NAME", alias = "remove-extra")]
    removed: Vec<String>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Instance>()?;
    let texts = [&args.name, &args.description];
    let changes_nothing = args.properties.is_empty() && args.removed.is_empty();
    if changes_nothing && texts.iter().all(|text| text.is_none()) {
        let text = "nothing is to be changed: give --name, --description, --property or \
                    --remove-property";
        return Err(Failure::Usage(text.to_owned()).into());
    }
    let instance = find::instance(cx, &args.instance).await?;
    let mut update = instance.update();
    if let Some(name) = args.name {
        update = update.name(name);
    }
    if let Some(text) = args.description {
        update = update.description(text);
    }
    for (name, value) in args.properties {
        update = update.property(name, value);
    }
    for name in args.removed {
        update = update.remove_property(name);
    }
    let updated = update.await?;
    // The answer may lack the power and have an old time of change; without them it is still true.
    let shown = instance.get().await.unwrap_or(updated);
    cx.print_record(&shown, &args.output)
}
