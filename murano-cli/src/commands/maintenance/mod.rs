//! `murano maintenance`: maintenance sessions of Fenix, and what projects say to them.

mod at;
mod create;
mod delete;
mod detail;
mod group_set;
mod group_show;
mod group_unset;
mod instance_set;
mod instance_show;
mod instance_unset;
mod list;
mod project_show;
mod reply;
mod show;
mod update;

use std::{future::IntoFuture as _, time::Duration};

use murano_sdk::{
    ErrorKind, ProjectId,
    maintenance::{
        GroupConstraints, InstanceConstraints, MaintenanceHandle, MaintenanceSession,
        MaintenanceState,
    },
};
use serde_json::json;

use crate::{
    cx::Cx,
    follow,
    output::columns,
    report::{Failure, OrHint as _, hinted},
};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Create(Box<create::Args>),
    Update(update::Args),
    Delete(delete::Args),
    Detail(detail::Args),
    ProjectShow(project_show::Args),
    Reply(reply::Args),
    InstanceShow(instance_show::Args),
    InstanceSet(instance_set::Args),
    InstanceUnset(instance_unset::Args),
    GroupShow(group_show::Args),
    GroupSet(group_set::Args),
    GroupUnset(group_unset::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Create(args) => create::run(*args, cx).await,
        Verb::Update(args) => update::run(args, cx).await,
        Verb::Delete(args) => delete::run(args, cx).await,
        Verb::Detail(args) => detail::run(args, cx).await,
        Verb::ProjectShow(args) => project_show::run(args, cx).await,
        Verb::Reply(args) => reply::run(args, cx).await,
        Verb::InstanceShow(args) => instance_show::run(args, cx).await,
        Verb::InstanceSet(args) => instance_set::run(args, cx).await,
        Verb::InstanceUnset(args) => instance_unset::run(args, cx).await,
        Verb::GroupShow(args) => group_show::run(args, cx).await,
        Verb::GroupSet(args) => group_set::run(args, cx).await,
        Verb::GroupUnset(args) => group_unset::run(args, cx).await,
    }
}

columns!(MaintenanceSession {
    session_id "Session" brief => |s| json!(s.session_id),
    state      "State"   brief => |s| s.state.as_str().into(),
});

columns!(InstanceConstraints {
    instance_id           "Instance"         brief => |i| i.instance_id.as_str().into(),
    instance_name         "Name"             brief => |i| i.instance_name.as_str().into(),
    project_id            "Project"          brief => |i| i.project_id.as_str().into(),
    group_id              "Group"            brief => |i| i.group_id.as_str().into(),
    migration_type        "Migration"        brief => |i| i.migration_type.as_str().into(),
    max_interruption_time "Max Interruption" brief => |i| i.max_interruption_time.into(),
    lead_time             "Lead Time"        brief => |i| i.lead_time.into(),
    resource_mitigation   "Mitigation"       brief => |i| i.resource_mitigation.into(),
});

columns!(GroupConstraints {
    group_id               "Group"         brief => |g| g.group_id.as_str().into(),
    group_name             "Name"          brief => |g| g.group_name.as_str().into(),
    project_id             "Project"       brief => |g| g.project_id.as_str().into(),
    anti_affinity_group    "Anti-affinity" brief => |g| g.anti_affinity_group.into(),
    max_instances_per_host "Max per Host"  brief => |g| g.max_instances_per_host.into(),
    max_impacted_members   "Max Impacted"  brief => |g| g.max_impacted_members.into(),
    recovery_time          "Recovery Time" brief => |g| g.recovery_time.into(),
    resource_mitigation    "Mitigation"    brief => |g| g.resource_mitigation.into(),
});

/// Options of commands that can wait for a state.
#[derive(clap::Args)]
pub(crate) struct WaitArgs {
    /// Wait for the end, or with `=STATE` for that state; a failed session ends the waiting
    #[arg(long, value_name = "STATE", value_parser = state, num_args = 0..=1)]
    #[arg(require_equals = true, default_missing_value = "MAINTENANCE_DONE")]
    wait: Option<MaintenanceState>,
    /// Longest time to wait, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = follow::duration)]
    timeout: Duration,
}

/// A state as people write it: `scale-in` is `SCALE_IN`.
fn state(text: &str) -> Result<MaintenanceState, String> {
    if text.is_empty() {
        return Err("write a state, such as SCALE_IN".to_owned());
    }
    let word = text.to_uppercase().replace('-', "_");
    Ok(MaintenanceState::from(word.as_str()))
}

/// The session as it is, or after the waiting that is wanted. Ctrl-C ends the waiting, not the session.
async fn reached(
    cx: &Cx,
    session: &MaintenanceHandle,
    args: WaitArgs,
) -> anyhow::Result<MaintenanceSession> {
    let Some(goal) = args.wait else {
        return session.get().await.or_hint(ErrorKind::NotFound, sessions);
    };
    let _spinner = cx.ui().spinner("maintenance");
    let (ui, mut last) = (cx.ui().clone(), None);
    let wait = session.wait().until(goal).timeout(args.timeout);
    let wait = wait.observe(move |session| {
        let state = Some(session.state.clone());
        if last != state {
            ui.note(&session.state);
            last = state;
        }
    });
    let again = || {
        format!(
            "`murano maintenance show {}` tells how far it is",
            session.id()
        )
    };
    tokio::select! {
        ended = wait.into_future() => {
            ended.or_hint(ErrorKind::Timeout, again).or_hint(ErrorKind::NotFound, sessions)
        }
        _ = tokio::signal::ctrl_c() => {
            let text = "no longer waiting, the maintenance goes on";
            Err(hinted(Failure::Interrupted(text.to_owned()), again()))
        }
    }
}

fn sessions() -> String {
    "`murano maintenance list` shows the sessions".to_owned()
}

/// The project of this id, else that of the login.
async fn project(cx: &Cx, id: Option<String>) -> anyhow::Result<ProjectId> {
    if let Some(id) = id {
        return Ok(id.into());
    }
    cx.client()?.project_id().await?.ok_or_else(|| {
        let text = "the login tells no project: name one with --project";
        Failure::Usage(text.to_owned()).into()
    })
}

/// Whole seconds, as the service counts.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
