//! `murano session`: private copies of an environment that are edited, then deployed.

mod create;
mod delete;
mod deploy;
mod show;

use murano_sdk::sessions::SessionInfo;
use serde_json::json;

use crate::{cx::Cx, output::columns};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    Create(create::Args),
    Show(show::Args),
    Delete(delete::Args),
    Deploy(deploy::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::Create(args) => create::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Delete(args) => delete::run(args, cx).await,
        Verb::Deploy(args) => deploy::run(args, cx).await,
    }
}

columns!(SessionInfo {
    id             "ID"          brief => |s| s.id.as_str().into(),
    environment_id "Environment" brief => |s| s.environment_id.as_str().into(),
    state          "State"       brief => |s| s.state.as_str().into(),
    user_id        "User"        full  => |s| json!(s.user_id),
    version        "Version"     full  => |s| s.version.into(),
    created        "Created"     full  => |s| json!(s.created),
    updated        "Updated"     full  => |s| json!(s.updated),
});
