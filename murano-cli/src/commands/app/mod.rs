//! `murano app`: applications of an environment, which the API calls services.

mod add;
mod delete;
mod edit;
mod list;
mod model;
mod show;

use murano_sdk::{
    environments::EnvironmentHandle,
    model::{object_class, object_id, object_name},
    services::Services,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{cx::Cx, output::columns, report::OrHint as _};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Add(add::Args),
    Edit(edit::Args),
    Delete(delete::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Add(args) => add::run(args, cx).await,
        Verb::Edit(args) => edit::run(args, cx).await,
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

/// The applications as a session has them, or as they are deployed. The session is asked for: about
/// one that is unknown or closed the service is vague later on.
async fn services(env: &EnvironmentHandle, session: Option<&str>) -> murano_sdk::Result<Services> {
    match session {
        Some(id) => Ok(env.session(id).check().await?.services()),
        None => Ok(env.services()),
    }
}

/// Edits the applications in a session: in the given one, or in a fresh one, which is discarded
/// again where the edit fails. `name` is how the user names the environment.
async fn edit_in_session<T>(
    cx: &Cx,
    name: &str,
    (env, session): (&EnvironmentHandle, Option<&str>),
    edit: impl AsyncFnOnce(&Services) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if session.is_some() {
        let edited = async { edit(&services(env, session).await?).await };
        return edited.await.or_hint(murano_sdk::ErrorKind::State, || {
            format!("`murano session create {name}` opens a session that can be edited")
        });
    }
    let opened = env
        .open_session()
        .await
        .or_hint(murano_sdk::ErrorKind::State, || {
            format!("`murano deployment logs {name} --follow` watches what is going on")
        })?;
    match edit(&opened.services()).await {
        Ok(edited) => {
            let id = opened.id();
            cx.ui().note(format!(
                "session {id} is open: deploy it with `murano session deploy {name} {id}`"
            ));
            Ok(edited)
        }
        Err(error) => {
            if opened.discard().await.is_err() {
                cx.ui()
                    .note("the session opened for it could not be discarded");
            }
            Err(error)
        }
    }
}
