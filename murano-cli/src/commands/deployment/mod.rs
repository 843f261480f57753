//! `murano deployment`: what the engine did.

mod list;
mod logs;
mod show;

use murano_sdk::deployments::{Deployment, DeploymentState, Report};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{cx::Cx, output::columns};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Logs(logs::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Logs(args) => logs::run(args, cx).await,
    }
}

/// A deployment and what became of it.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    deployment: Deployment,
    failure: Option<String>,
}

impl From<Deployment> for Row {
    fn from(deployment: Deployment) -> Self {
        let failure = deployment.failure();
        Self {
            deployment,
            failure,
        }
    }
}

impl Row {
    /// The server's word, but for a run that has failed and is called a success.
    fn state(&self) -> &str {
        match (&self.deployment.state, &self.failure) {
            (DeploymentState::Success, Some(_)) => "failed",
            (state, _) => state.as_str(),
        }
    }

    fn method(&self) -> Value {
        let action = self.deployment.action.as_ref();
        json!(action.and_then(|action| action.method.as_deref()))
    }
}

columns!(Row {
    id             "ID"          brief => |r| r.deployment.id.as_str().into(),
    state          "State"       brief => |r| r.state().into(),
    created        "Created"     brief => |r| json!(r.deployment.created),
    updated        "Updated"     brief => |r| json!(r.deployment.updated),
    finished       "Finished"    brief => |r| json!(r.deployment.finished),
    environment_id "Environment" full  => |r| r.deployment.environment_id.as_str().into(),
    action         "Action"      full  => |r| r.method(),
    started        "Started"     full  => |r| json!(r.deployment.started),
    failure        "Failure"     full  => |r| json!(r.failure),
});

columns!(Report {
    created   "Created" brief => |r| json!(r.created),
    level     "Level"   brief => |r| r.level.as_str().into(),
    text      "Text"    brief => |r| r.text.as_str().into(),
    details   "Details" full  => |r| json!(r.details),
    entity_id "Object"  full  => |r| json!(r.entity_id),
    task_id   "Task"    full  => |r| json!(r.task_id),
    id        "ID"      full  => |r| r.id.as_str().into(),
});
