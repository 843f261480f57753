use std::time::Duration;

use murano_sdk::{
    DeploymentId, Error, ErrorKind,
    deployments::{DeploymentHandle, Report},
    environments::EnvironmentHandle,
    model::object_ids,
};
use serde_json::Value;

use crate::{
    cx::Cx,
    find, follow,
    manual::examples,
    output::{OutputArgs, Stream},
    report::{Failure, hinted},
};

/// Show what a deployment reported
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano deployment logs shop",
    "murano deployment logs shop --follow",
    "murano deployment logs shop --app hello -f csv",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    /// Id of the deployment; without it the newest one
    deployment: Option<String>,
    /// Show the reports about this application (id, name or class) and what is inside it
    #[arg(long)]
    app: Option<String>,
    /// Show new reports as they come, until the deployment has ended
    #[arg(long)]
    follow: bool,
    /// Longest time to follow, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = follow::duration)]
    timeout: Duration,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Report>()?;
    let (env, id) = if let Some(id) = &args.deployment {
        // The service shows reports to every project, so it is asked for the environment first.
        let env = find::environment(cx, &args.env).await?;
        (env, DeploymentId::from(id.as_str()))
    } else {
        let latest = async |env: EnvironmentHandle| {
            let id = env.deployments().latest().await?.id;
            Ok((env, id))
        };
        find::in_environment(cx, &args.env, latest).await?
    };
    let deployment = env.deployment(id);
    let app = match &args.app {
        Some(app) => Some(application(&env, app).await?),
        None => None,
    };
    let shown = if args.follow {
        follow_reports(cx, &args, &deployment, app.as_ref()).await
    } else {
        list_reports(cx, &args, &deployment, app).await
    };
    shown.map_err(|error| match error.downcast_ref::<Error>() {
        Some(cause) if cause.kind() == ErrorKind::NotFound => unknown(&args.env, deployment.id()),
        _ => error,
    })
}

/// The service does not name what it did not find.
fn unknown(env: &str, id: &DeploymentId) -> anyhow::Error {
    let error = Failure::NotFound(format!("deployment \"{id}\" not found"));
    hinted(
        error,
        format!("`murano deployment list {env}` shows the deployments"),
    )
}

async fn list_reports(
    cx: &Cx,
    args: &Args,
    deployment: &DeploymentHandle,
    app: Option<Value>,
) -> anyhow::Result<()> {
    let mut reports = deployment.reports();
    if let Some(app) = app {
        reports = reports.of_application(app);
    }
    cx.print_list(&reports.await?, &args.output)
}

async fn application(env: &EnvironmentHandle, text: &str) -> anyhow::Result<Value> {
    let applications = env.services().list().await?;
    find::application(&applications, text).cloned()
}

async fn follow_reports(
    cx: &Cx,
    args: &Args,
    deployment: &DeploymentHandle,
    app: Option<&Value>,
) -> anyhow::Result<()> {
    let ids = app.map(object_ids);
    let mut stream = Stream::new("report", &args.output);
    let show = |report: &Report| {
        let entity = report.entity_id.as_deref().unwrap_or_default();
        if ids.as_ref().is_none_or(|ids| ids.contains(&entity)) {
            cx.ui().result(&stream.next(report)?)?;
        }
        Ok(())
    };
    let wait = deployment.wait().timeout(args.timeout);
    follow::watch(cx, &args.env, wait, show).await.map(drop)
}
