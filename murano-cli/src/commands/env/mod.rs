//! `murano env`: environments.

mod create;
mod delete;
mod deploy;
mod list;
mod model_edit;
mod model_show;
mod rename;
mod rollback;
mod show;
mod status;
mod wait;
mod watch;

use murano_sdk::environments::Environment;
use serde_json::json;

use crate::{cx::Cx, output::columns};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Create(create::Args),
    Rename(rename::Args),
    Delete(delete::Args),
    Deploy(deploy::Args),
    Rollback(rollback::Args),
    Status(status::Args),
    Wait(wait::Args),
    Watch(watch::Args),
    ModelShow(model_show::Args),
    ModelEdit(model_edit::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Create(args) => create::run(args, cx).await,
        Verb::Rename(args) => rename::run(args, cx).await,
        Verb::Delete(args) => delete::run(args, cx).await,
        Verb::Deploy(args) => deploy::run(args, cx).await,
        Verb::Rollback(args) => rollback::run(args, cx).await,
        Verb::Status(args) => status::run(args, cx).await,
        Verb::Wait(args) => wait::run(args, cx).await,
        Verb::Watch(args) => watch::run(args, cx).await,
        Verb::ModelShow(args) => model_show::run(args, cx).await,
        Verb::ModelEdit(args) => model_edit::run(args, cx).await,
    }
}

columns!(Environment: Environment {
    id               "ID"          brief => |e| e.id.as_str().into(),
    name             "Name"        brief => |e| e.name.as_str().into(),
    status           "Status"      brief => |e| json!(e.status),
    created          "Created"     brief => |e| json!(e.created),
    updated          "Updated"     brief => |e| json!(e.updated),
    tenant_id        "Project"     full  => |e| e.tenant_id.as_str().into(),
    version          "Version"     full  => |e| e.version.into(),
    description_text "Description" full  => |e| e.description_text.as_str().into(),
    acquired_by      "Acquired By" full  => |e| json!(e.acquired_by),
    services         "Services"    full  => |e| json!(e.services),
});
