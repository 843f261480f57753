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
    find,
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

/// The session of this id, which can be edited. The service is asked for it: it takes edits of the session of
/// another environment, and about one that is unknown or closed it is vague later on.
pub(crate) async fn given(cx: &Cx, env: &str, id: &str) -> anyhow::Result<Session<Open>> {
    let check = async |env: EnvironmentHandle| Ok(env.session(id).check().await?);
    let checked = find::in_environment(cx, env, check).await;
    checked.or_hint(ErrorKind::State, || editable(env))
}

/// What helps where a session cannot be edited. `env` is how the user names the environment.
pub(crate) fn editable(env: &str) -> String {
    format!("`murano session create {env}` opens a session that can be edited")
}

/// Edits a session: the given one, or a fresh one, which is discarded again where the edit fails.
/// `name` is how the user names the environment, `env` what it is to be found by.
pub(crate) async fn edit<T>(
    cx: &Cx,
    name: &str,
    (env, session): (&str, Option<&str>),
    edit: impl AsyncFnOnce(&Session<Open>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if let Some(id) = session {
        let edited = edit(&given(cx, env, id).await?).await;
        return edited.or_hint(ErrorKind::State, || editable(name));
    }
    let open = async |env: EnvironmentHandle| {
        let info = env.open_session().info().await?;
        Ok((env.session(&info.id).assume_open(), info))
    };
    let opened = find::in_environment(cx, env, open).await;
    let (opened, info) = opened.or_hint(ErrorKind::State, || {
        format!("`murano deployment logs {name} --follow` watches what is going on")
    })?;
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
