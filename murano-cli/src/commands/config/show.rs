use murano_sdk::auth::Settings;
use serde::Serialize;

use crate::{
    config,
    cx::Cx,
    manual::examples,
    output::{OutputArgs, columns},
};

/// Show the settings that are in force, each with the place it comes from
///
/// Secrets are masked. An option wins over a variable, a variable over a file.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano config show",
    "murano config show --os-region-name RegionTwo -f json",
))]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

/// One setting.
#[derive(Serialize)]
struct Line {
    name: String,
    value: String,
    source: String,
}

pub(crate) fn run(args: &Args, cx: &Cx) -> anyhow::Result<()> {
    let settings = cx.settings()?;
    cx.print_list(&lines(&settings), &args.output)
}

fn lines(settings: &Settings) -> Vec<Line> {
    let shown = settings.iter().map(|(name, setting)| Line {
        name: name.to_owned(),
        value: settings.shown(name).unwrap_or_default(),
        source: config::place(&setting.source),
    });
    shown.collect()
}

columns!(Line {
    name   "Name"   brief => |l| l.name.as_str().into(),
    value  "Value"  brief => |l| l.value.as_str().into(),
    source "Source" brief => |l| l.source.as_str().into(),
});
