//! `murano app`: applications of an environment, which the API calls services.

mod add;
mod delete;
mod edit;
mod fill;
mod form;
mod list;
pub(crate) mod model;
mod replace;
mod show;

use murano_sdk::{
    environments::EnvironmentHandle,
    model::{object_class, object_id, object_name},
    services::Services,
    sessions::{Open, Session},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{commands::session, cx::Cx, find, output::columns};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Add(add::Args),
    Edit(edit::Args),
    Replace(replace::Args),
    Delete(delete::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Add(args) => add::run(args, cx).await,
        Verb::Edit(args) => edit::run(args, cx).await,
        Verb::Replace(args) => replace::run(args, cx).await,
        Verb::Delete(args) => delete::run(args, cx).await,
    }
}

/// An application, as its object model.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct App(pub(crate) Value);

columns!(App {
    id     "ID"     brief => |a| json!(object_id(&a.0)),
    name   "Name"   brief => |a| json!(object_name(&a.0)),
    type   "Type"   brief => |a| json!(object_class(&a.0)),
    status "Status" full  => |a| a.0.pointer("/?/status").cloned().unwrap_or_default(),
});

/// The applications as a session has them, or as they are deployed, and the way to their parts. The session
/// is asked for: the service shows those of any environment, and about one that is unknown or closed it is vague.
async fn services(
    cx: &Cx,
    env: &str,
    session: Option<&str>,
) -> anyhow::Result<(Services, Vec<Value>)> {
    let list = async |env: EnvironmentHandle| {
        let services = match session {
            Some(id) => env.session(id).check().await?.services(),
            None => env.services(),
        };
        let apps = services.list().await?;
        Ok((services, apps))
    };
    find::in_environment(cx, env, list).await
}

/// Edits the applications in a session: see [`session::edit`].
async fn edit_in_session<T>(
    cx: &Cx,
    name: &str,
    place: (&str, Option<&str>),
    edit: impl AsyncFnOnce(&Services) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let edit = async |session: &Session<Open>| edit(&session.services()).await;
    session::edit(cx, name, place, edit).await
}
