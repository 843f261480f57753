//! `murano instance`: bare-metal instances of Mogan, a neighbour of Murano.

mod create;
mod delete;
mod flavors;
mod list;
mod lock;
mod power;
mod rebuild;
mod show;
mod states;
mod unlock;
mod update;
mod zones;

use std::{future::IntoFuture as _, time::Duration};

use murano_sdk::{
    ErrorKind,
    instances::{Flavor, Goal, Instance, InstanceHandle, InstanceStates},
};
use serde::Serialize;
use serde_json::json;

use crate::{
    cx::Cx,
    find::{self, Kind},
    follow,
    output::columns,
    report::{Batch, Failure, OrHint as _, hinted},
};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Create(create::Args),
    Update(update::Args),
    Delete(delete::Args),
    Power(power::Args),
    States(states::Args),
    Lock(lock::Args),
    Unlock(unlock::Args),
    Rebuild(rebuild::Args),
    Flavors(flavors::Args),
    Zones(zones::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Create(args) => create::run(args, cx).await,
        Verb::Update(args) => update::run(args, cx).await,
        Verb::Delete(args) => delete::run(args, cx).await,
        Verb::Power(args) => power::run(args, cx).await,
        Verb::States(args) => states::run(args, cx).await,
        Verb::Lock(args) => lock::run(args, cx).await,
        Verb::Unlock(args) => unlock::run(args, cx).await,
        Verb::Rebuild(args) => rebuild::run(args, cx).await,
        Verb::Flavors(args) => flavors::run(args, cx).await,
        Verb::Zones(args) => zones::run(args, cx).await,
    }
}

columns!(Instance: Instance {
    uuid              "ID"                brief => |i| i.uuid.as_str().into(),
    name              "Name"              brief => |i| i.name.as_str().into(),
    status            "Status"            brief => |i| json!(i.status),
    power_state       "Power"             full  => |i| json!(i.power_state),
    addresses         "Addresses"         full  => |i| i.ip_addresses().join(", ").into(),
    flavor            "Flavor"            full  => |i| json!(i.flavor()),
    image             "Image"             full  => |i| json!(i.image_uuid),
    availability_zone "Availability Zone" full  => |i| json!(i.availability_zone),
    description       "Description"       full  => |i| json!(i.description),
    properties        "Properties"        full  => |i| json!(i.properties()),
    locked            "Locked"            full  => |i| json!(i.locked),
    key_name          "Key"               full  => |i| json!(i.key_name),
    fault             "Fault"             full  => |i| json!(i.fault),
    project_id        "Project"           full  => |i| json!(i.project_id),
    user_id           "User"              full  => |i| json!(i.user_id),
    created_at        "Created"           full  => |i| json!(i.created_at),
    updated_at        "Updated"           full  => |i| json!(i.updated_at),
    launched_at       "Launched"          full  => |i| json!(i.launched_at),
});

columns!(InstanceStates {
    status             "Status"       brief => |s| json!(s.status),
    power_state        "Power"        brief => |s| json!(s.power_state),
    target_power_state "Target Power" brief => |s| json!(s.target_power_state),
    locked             "Locked"       brief => |s| json!(s.locked),
});

columns!(Flavor {
    uuid        "ID"          brief => |f| f.uuid.as_str().into(),
    name        "Name"        brief => |f| f.name.as_str().into(),
    description "Description" brief => |f| json!(f.description),
    is_public   "Public"      full  => |f| f.is_public.into(),
});

/// A place where instances can stand.
#[derive(Serialize)]
struct Zone {
    name: String,
}

columns!(Zone {
    name "Name" brief => |z| z.name.as_str().into(),
});

/// Whether to wait for the end of what a command begins.
#[derive(clap::Args)]
pub(crate) struct WaitArgs {
    /// Wait until it is done
    #[arg(long)]
    wait: bool,
    /// Longest time to wait for each, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = follow::duration)]
    timeout: Duration,
}

/// Waits until an instance reaches a state. Ctrl-C ends the waiting, not what goes on.
async fn wait(
    cx: &Cx,
    (name, instance): (&str, &InstanceHandle),
    goal: Goal,
    limit: Duration,
) -> anyhow::Result<Option<Instance>> {
    let _spinner = cx.ui().spinner("waiting");
    let hint = || format!("`murano instance show {name}` tells how far it is");
    tokio::select! {
        ended = instance.wait(goal).timeout(limit).into_future() => {
            ended.or_hint(ErrorKind::Timeout, hint)
        }
        _ = tokio::signal::ctrl_c() => {
            let text = "no longer waiting, the instance goes on";
            Err(hinted(Failure::Interrupted(text.to_owned()), hint()))
        }
    }
}

/// What a command does with each of several instances.
struct Work<'a> {
    /// What is said when it has begun, behind the name.
    begun: &'a str,
    /// What is said when it has ended, and what is waited for then.
    ended: (&'a str, Goal),
}

/// Begins it with each instance, then waits where that is wanted: as many as possible are done.
async fn each(
    cx: &Cx,
    names: &[String],
    (work, args): (Work<'_>, &WaitArgs),
    begin: impl AsyncFn(&InstanceHandle) -> murano_sdk::Result<()>,
) -> anyhow::Result<()> {
    let mut batch = Batch::new(cx);
    let mut begun = Vec::new();
    for name in names {
        let outcome = async {
            let instance = find::instance(cx, name).await?;
            begin(&instance).await.or_hint(ErrorKind::State, || {
                format!("`murano instance show {name}` tells what it is doing")
            })?;
            Ok(instance)
        };
        if let Some(instance) = batch.add(outcome.await) {
            begun.push((name, instance));
        }
    }
    let (ended, goal) = work.ended;
    for (name, instance) in begun {
        if goal == Goal::Deleted {
            cx.names().remove(Kind::Instance, name);
        }
        if !args.wait {
            cx.ui().note(format!("instance \"{name}\" {}", work.begun));
            continue;
        }
        let outcome = wait(cx, (name, &instance), goal, args.timeout).await;
        if batch.add(outcome).is_some() {
            cx.ui().note(format!("instance \"{name}\" {ended}"));
        }
    }
    batch.finish()
}

/// Reads `NAME=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = pair.ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
