use std::{future::IntoFuture as _, time::Duration};

use murano_sdk::{
    ErrorKind,
    environments::{EnvironmentHandle, Goal},
};

use crate::{
    consent::{Consent, insist},
    cx::Cx,
    find::{self, Kind},
    follow,
    manual::examples,
    report::{Batch, Failure, OrHint as _, hinted},
};

/// Delete environments and what they have in the cloud
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env delete shop --wait",
    "murano env delete --abandon shop",
))]
pub(crate) struct Args {
    /// Names or ids
    #[arg(value_name = "ENV", required = true)]
    envs: Vec<String>,
    /// Forget the environments in any state and leave their resources in the cloud alone
    #[arg(long)]
    abandon: bool,
    /// Wait until they are gone
    #[arg(long)]
    wait: bool,
    /// Longest time to wait for each, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = follow::duration)]
    timeout: Duration,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let mut batch = Batch::new(cx);
    let named = if args.consent.is_needed(cx) {
        asked_for(cx, &args, &mut batch).await?
    } else {
        let as_named = |name: &String| (name.clone(), name.clone());
        args.envs.iter().map(as_named).collect()
    };
    let mut begun = Vec::new();
    for (name, env) in &named {
        if let Some(env) = batch.add(delete(cx, (name, env), args.abandon).await) {
            begun.push((name, env));
        }
    }
    for (name, env) in begun {
        if args.wait {
            if batch
                .add(wait(cx, name, &env, args.timeout).await)
                .is_none()
            {
                continue;
            }
            cx.ui().note(format!("environment \"{name}\" is deleted"));
        } else if args.abandon {
            cx.ui().note(format!("environment \"{name}\" is forgotten"));
        } else {
            cx.ui()
                .note(format!("deletion of environment \"{name}\" has begun"));
        }
    }
    batch.finish()
}

/// The environments that there are, each as the user calls it and by its id, after the question about them.
async fn asked_for(
    cx: &Cx,
    args: &Args,
    batch: &mut Batch<'_>,
) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for name in &args.envs {
        if let Some(env) = batch.add(find::environment(cx, name).await) {
            found.push((name.as_str(), env));
        }
    }
    if !found.is_empty() {
        insist(cx, &question(&found, args.abandon).await)?;
    }
    let with_id =
        |(name, env): &(&str, EnvironmentHandle)| ((*name).to_owned(), env.id().to_string());
    Ok(found.iter().map(with_id).collect())
}

/// Asks with the number of applications, where the service tells it.
async fn question(found: &[(&str, EnvironmentHandle)], abandon: bool) -> String {
    let mut all = Vec::new();
    for (name, env) in found {
        let apps = env.services().list().await.map_or(0, |apps| apps.len());
        all.push(match apps {
            0 => format!("\"{name}\""),
            1 => format!("\"{name}\" and its application"),
            apps => format!("\"{name}\" and its {apps} applications"),
        });
    }
    let verb = if abandon { "forget" } else { "delete" };
    let noun = if found.len() == 1 {
        "environment"
    } else {
        "environments"
    };
    format!("{verb} {noun} {}?", all.join(", "))
}

/// Deletes the environment that the user calls `name`, and that `env` is to be found by.
async fn delete(
    cx: &Cx,
    (name, env): (&str, &str),
    abandon: bool,
) -> anyhow::Result<EnvironmentHandle> {
    let delete = async |env: EnvironmentHandle| {
        env.delete().abandon(abandon).await?;
        Ok(env)
    };
    let deleted = find::in_environment(cx, env, delete).await;
    let env = deleted.or_hint(ErrorKind::State, || {
        format!("`murano env delete --abandon {name}` forgets it as it is, what it has in the cloud stays")
    })?;
    cx.names().remove(Kind::Environment, name);
    Ok(env)
}

async fn wait(cx: &Cx, name: &str, env: &EnvironmentHandle, limit: Duration) -> anyhow::Result<()> {
    let _spinner = cx.ui().spinner("deleting");
    let hint = || format!("`murano env show {name}` tells how far it is");
    tokio::select! {
        ended = env.wait(Goal::Deleted).timeout(limit).into_future() => {
            ended.or_hint(ErrorKind::Timeout, hint)?;
            Ok(())
        }
        _ = tokio::signal::ctrl_c() => {
            let text = "no longer waiting, the deletion goes on";
            Err(hinted(Failure::Interrupted(text.to_owned()), hint()))
        }
    }
}
