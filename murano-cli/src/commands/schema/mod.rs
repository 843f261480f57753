//! `murano schema`: what classes take.

mod show;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{cx::Cx, output::columns};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    Show(show::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::Show(args) => show::run(args, cx).await,
    }
}

/// A property of a class, or an argument of one of its model builders.
#[derive(Serialize)]
struct Row {
    method: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    required: bool,
    default: Option<Value>,
    title: Option<String>,
    help: Option<String>,
}

columns!(Row {
    method   "Method"   brief => |r| r.method.as_str().into(),
    name     "Name"     brief => |r| r.name.as_str().into(),
    type     "Type"     brief => |r| r.kind.as_str().into(),
    required "Required" brief => |r| r.required.into(),
    default  "Default"  brief => |r| json!(r.default),
    title    "Title"    brief => |r| json!(r.title.as_ref().or(r.help.as_ref())),
    help     "Help"     full  => |r| json!(r.help),
});
