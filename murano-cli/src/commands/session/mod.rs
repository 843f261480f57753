//! `murano session`: private copies of an environment that are edited, then deployed.

mod create;
mod delete;
mod deploy;
mod show;

use murano_sdk::{
    ErrorKind,
    environments::EnvironmentHandle,
    sessions::{Open, Session, SessionInfo},
};
use serde_json::json;

use crate::{
    cx::Cx,
    output::columns,
    report::{Failure, OrHint as _},
};

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

/// Edits a session: the given one, or a fresh one, which is discarded again where the edit fails.
/// The given one is asked for: about one that is unknown or closed the service is vague later on.
/// `name` is how the user names the environment.
pub(crate) async fn edit<T>(
    cx: &Cx,
    name: &str,
    (env, session): (&EnvironmentHandle, Option<&str>),
    edit: impl AsyncFnOnce(&Session<Open>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if let Some(id) = session {
        let edited = async { edit(&env.session(id).check().await?).await };
        return edited.await.or_hint(ErrorKind::State, || {
            format!("`murano session create {name}` opens a session that can be edited")
        });
    }
    let info = env.open_session().info().await;
    let info = info.or_hint(ErrorKind::State, || {
        format!("`murano deployment logs {name} --follow` watches what is going on")
    })?;
    let opened = env.session(&info.id).assume_open();
    let edited = tokio::select! {
        edited = edit(&opened) => edited,
        _ = tokio::signal::ctrl_c() => {
            Err(Failure::Interrupted("interrupted, nothing is changed".to_owned()).into())
        }
    };
    let id = &info.id;
    match edited {
        Ok(edited) => {
            cx.event("session", &info);
            cx.ui().note(format!(
                "session {id} is open: deploy it with `murano session deploy {name} {id}`"
            ));
            Ok(edited)
        }
        Err(error) => {
            if opened.discard().await.is_err() {
                cx.ui().note(format!(
                    "session {id}, opened for it, could not be discarded"
                ));
            }
            Err(error)
        }
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
