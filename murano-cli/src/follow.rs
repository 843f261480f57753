//! Watching a deployment until it ends, or the user has seen enough.

use std::{future::IntoFuture as _, time::Duration};

use murano_sdk::{
    DeploymentId, ErrorKind,
    deployments::{Deployment, Report, WaitDeployment},
    environments::{Environment, EnvironmentHandle},
    sessions::{Deploying, Open, Session},
};
use tokio::sync::mpsc;

use crate::{
    cx::Cx,
    find,
    output::RecordArgs,
    report::{Failure, OrHint as _, hinted},
};

/// Options of commands that may wait for a deployment.
#[derive(clap::Args)]
pub(crate) struct WaitArgs {
    /// Wait for the end and show the reports
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,
    /// Return at once (the default)
    #[arg(long, overrides_with = "wait")]
    no_wait: bool,
    /// Longest time to wait, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = duration)]
    timeout: Duration,
}

impl WaitArgs {
    /// The time to wait, where it is wanted.
    pub(crate) fn patience(&self) -> Option<Duration> {
        (self.wait && !self.no_wait).then_some(self.timeout)
    }
}

/// Options of commands that start a deployment.
#[derive(clap::Args)]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    output: RecordArgs,
}

impl DeployArgs {
    /// Fails where the environment cannot be printed as it is wanted.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        self.output.check::<Environment>()
    }
}

/// Reads a time such as `90s`, `30m`, `2h`, `1.5h` or `90`, which are seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let (number, unit) = units
        .iter()
        .find_map(|(word, unit)| Some((text.strip_suffix(word)?, *unit)))
        .unwrap_or((text, 1.0));
    let number: Option<f64> = number.trim().parse().ok();
    number
        .and_then(|number| Duration::try_from_secs_f64(number * unit).ok())
        .ok_or_else(|| "write a number and its unit, such as 90s, 30m or 2h".to_owned())
}

/// Hands a session to the engine. `env` is how the user names the environment.
pub(crate) async fn start(env: &str, session: Session<Open>) -> anyhow::Result<Session<Deploying>> {
    session.deploy().await.or_hint(ErrorKind::State, || {
        format!(
            "a session can be deployed once, and not after another one was: open a new one with \
             `murano session create {env}` and repeat the edits"
        )
    })
}

/// The same with a session that the user has named.
pub(crate) async fn start_given(
    cx: &Cx,
    env: &str,
    session: &str,
) -> anyhow::Result<Session<Deploying>> {
    let deploy =
        async |found: EnvironmentHandle| start(env, found.session(session).assume_open()).await;
    find::in_environment(cx, env, deploy).await
}

/// Waits for a deployment where that is wanted, then prints the environment.
pub(crate) async fn finish(
    cx: &Cx,
    env: &str,
    session: &Session<Deploying>,
    deploy: &DeployArgs,
) -> anyhow::Result<()> {
    settle(cx, env, session.wait(), deploy.wait.patience()).await?;
    let mut shown = session.environment().get();
    if cx.classic().is_some() && deploy.wait.patience().is_none() {
        // The session can be read until it is deployed, and has the applications already.
        shown = shown.session(session.id());
    }
    cx.print_record(&shown.await?, &deploy.output)
}

/// Waits for the end of a deployment where that is wanted, else tells how to watch it.
pub(crate) async fn settle(
    cx: &Cx,
    env: &str,
    wait: WaitDeployment,
    patience: Option<Duration>,
) -> anyhow::Result<()> {
    let Some(timeout) = patience else {
        cx.ui().note(format!(
            "the deployment has begun: watch it with `murano deployment logs {env} --follow`"
        ));
        return Ok(());
    };
    let reports = |report: &Report| {
        cx.ui().note(line(report));
        cx.event("report", report);
        Ok(())
    };
    watch(cx, env, wait.timeout(timeout), reports)
        .await
        .map(drop)
}

/// Waits for the end of a deployment and shows each report as it comes. Ctrl-C ends the watching,
/// not the deployment.
pub(crate) async fn watch(
    cx: &Cx,
    env: &str,
    wait: WaitDeployment,
    mut show: impl FnMut(&Report) -> anyhow::Result<()>,
) -> anyhow::Result<Deployment> {
    let _spinner = cx.ui().spinner("deploying");
    let (sender, mut reports) = mpsc::unbounded_channel();
    let wait = wait.observe(move |report| {
        // Nobody takes it when the watching has ended.
        let _ = sender.send(report.clone());
    });
    let mut wait = wait.into_future();
    // One for the whole time, so that no signal is lost between two reports.
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut id: Option<DeploymentId> = None;
    let ended = loop {
        tokio::select! {
            biased;
            Some(report) = reports.recv() => {
                id = report.task_id.clone().or(id);
                show(&report)?;
            }
            ended = &mut wait => break ended,
            _ = &mut interrupted => {
                let text = "no longer watching, the deployment goes on";
                return Err(hinted(Failure::Interrupted(text.to_owned()), again(env, id.as_ref())));
            }
        }
    };
    while let Ok(report) = reports.try_recv() {
        id = report.task_id.clone().or(id);
        show(&report)?;
    }
    ended.or_hint(ErrorKind::Timeout, || again(env, id.as_ref()))
}

fn again(env: &str, id: Option<&DeploymentId>) -> String {
    let id = id.map(|id| format!(" {id}")).unwrap_or_default();
    format!("`murano deployment logs {env}{id} --follow` watches it again")
}

/// A report on one line: when, how bad, what.
pub(crate) fn line(report: &Report) -> String {
    let time = report.created.as_ref().map_or("", |time| time.as_str());
    let details = report.details.as_deref().unwrap_or_default();
    let text = format!("{time}  {}  {} {details}", report.level, report.text);
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_their_unit() {
        assert_eq!(duration("30m"), Ok(Duration::from_secs(1800)));
        assert_eq!(duration("1.5h"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "m", "-1s", "soon", "1d", "infs"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
