//! Deployments: runs of the engine over an environment, their reports and their ends. Actions and
//! deletions are runs too.

use std::{collections::HashSet, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    client::Client,
    environments::{EnvironmentHandle, EnvironmentStatus},
    error::{Error, ErrorKind, Result},
    id::{DeploymentId, EnvironmentId, SessionId},
    model,
    request::{Request, awaitable},
    state::states,
    time::Timestamp,
    wait::{self, Look, Patience, Watch},
};

states! {
    /// What the reports of a run say. A run that died without a report says `success`, so judge by
    /// [`Deployment::failure`].
    DeploymentState {
        /// Going on, nothing bad reported.
        Running = "running",
        /// Going on, with warnings.
        RunningWithWarnings = "running_w_warnings",
        /// Going on, with errors.
        RunningWithErrors = "running_w_errors",
        /// Ended, nothing bad reported.
        Success = "success",
        /// Ended, with warnings.
        CompletedWithWarnings = "completed_w_warnings",
        /// Ended, with errors.
        CompletedWithErrors = "completed_w_errors",
    }
}

states! {
    /// Weight of a report.
    ReportLevel {
        /// For information.
        Info = "info",
        /// Something to look at.
        Warning = "warning",
        /// Something failed.
        Error = "error",
    }
}

/// One run of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Deployment {
    /// Identifier; the task id of an action is the same.
    pub id: DeploymentId,
    /// Environment it ran on.
    pub environment_id: EnvironmentId,
    /// What its reports say.
    pub state: DeploymentState,
    /// When it was ordered.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended; null while it runs.
    pub finished: Option<Timestamp>,
    /// What was called; null for a deletion.
    pub action: Option<DeploymentAction>,
    /// `{}` while it runs, then `isException` and `result`.
    #[serde(default)]
    pub result: Value,
    /// Object model that was handed to the engine, secrets blanked by the server.
    #[serde(default)]
    pub description: Value,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The method a run called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeploymentAction {
    /// Object it was called on.
    pub object_id: Option<String>,
    /// Name of the method; `deploy` on the environment for a deployment.
    pub method: Option<String>,
    /// Its arguments.
    #[serde(default)]
    pub args: Value,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Deployment {
    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        self.finished.is_some()
    }

    /// Why it failed; `None` while it runs and when it succeeded.
    ///
    /// ```
    /// let json = r#"{"id": "d", "environment_id": "e", "state": "success", "finished": "2026-01-02T03:04:05",
    ///                "result": {"isException": true, "result": {"message": "out of stock"}}}"#;
    /// let run: murano_sdk::deployments::Deployment = serde_json::from_str(json).unwrap();
    /// assert!(run.is_finished());
    /// assert_eq!(run.failure().as_deref(), Some("out of stock"));
    /// ```
    pub fn failure(&self) -> Option<String> {
        if !self.is_finished() {
            return None;
        }
        if self.result.get("isException") == Some(&Value::Bool(true)) {
            let told = self
                .result
                .pointer("/result/message")
                .and_then(Value::as_str);
            return Some(told.unwrap_or("the engine does not say why").to_owned());
        }
        (self.state == DeploymentState::CompletedWithErrors)
            .then(|| "it finished with errors".to_owned())
    }
}

/// What the engine or an application reports while it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Identifier.
    pub id: String,
    /// Run it belongs to.
    pub task_id: Option<DeploymentId>,
    /// Object it is about; null for what the API reports itself.
    pub entity_id: Option<String>,
    /// Always null.
    #[serde(default)]
    pub entity: Value,
    /// Weight.
    pub level: ReportLevel,
    /// What is reported.
    pub text: String,
    /// More of it.
    pub details: Option<String>,
    /// When it arrived.
    pub created: Option<Timestamp>,
    /// When it was made.
    pub updated: Option<Timestamp>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[derive(Deserialize)]
struct DeploymentList {
    deployments: Vec<Deployment>,
}

/// The deployments of one environment.
#[derive(Clone, Debug)]
pub struct Deployments {
    env: EnvironmentHandle,
}

impl Deployments {
    pub(crate) fn new(env: EnvironmentHandle) -> Self {
        Self { env }
    }

    /// All of them, newest first: `GET /environments/{e}/deployments`.
    pub async fn list(&self) -> Result<Vec<Deployment>> {
        let request = Request::get(&self.env.path(&["deployments"]));
        Ok(self
            .env
            .client()
            .json::<DeploymentList>(request)
            .await?
            .deployments)
    }

    /// The newest one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there was none yet.
    pub async fn latest(&self) -> Result<Deployment> {
        self.list()
            .await?
            .into_iter()
            .next()
            .ok_or_else(|| Error::not_found("the environment has not been deployed yet"))
    }
}

/// The deployments of all environments of the project.
#[derive(Clone, Debug)]
pub struct AllDeployments {
    client: Client,
}

impl AllDeployments {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// All of them, in no certain order: `GET /deployments`.
    pub async fn list(&self) -> Result<Vec<Deployment>> {
        let request = Request::get(&["deployments"]);
        Ok(self
            .client
            .json::<DeploymentList>(request)
            .await?
            .deployments)
    }
}

/// One deployment, by its id.
///
/// ```
/// # use murano_sdk::{Client, model::Application};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(std::time::Duration::ZERO).start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # use std::time::Duration;
/// # let shop = murano.environment(murano.environments().create("shop").await?.id);
/// # let session = shop.open_session().await?;
/// # let shop_app = Application::new("io.murano.Application").build();
/// # session.services().add(&shop_app).await?;
/// # session.deploy().await?.wait().interval(Duration::from_millis(5)).await?;
/// let newest = shop.deployments().latest().await?;
/// assert_eq!(shop.deployments().list().await?, murano.deployments().list().await?);
/// let run = shop.deployment(&newest.id);
/// assert_eq!((run.id(), &run.get().await?), (&newest.id, &newest));
/// let wait = run.wait().interval(Duration::from_millis(5)).timeout(Duration::from_secs(60));
/// wait.observe(|report| println!("{}", report.text)).await?;
/// let about_it = run.reports().of_application(shop_app).await?;
/// assert!(about_it.len() < run.reports().await?.len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct DeploymentHandle {
    env: EnvironmentHandle,
    id: DeploymentId,
}

impl DeploymentHandle {
    pub(crate) fn new(env: EnvironmentHandle, id: DeploymentId) -> Self {
        Self { env, id }
    }

    /// The deployment's id.
    pub fn id(&self) -> &DeploymentId {
        &self.id
    }

    /// Reads it, out of the list: the API has no call for a single one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`].
    pub async fn get(&self) -> Result<Deployment> {
        let all = self.env.deployments().list().await?;
        all.into_iter()
            .find(|deployment| deployment.id == self.id)
            .ok_or_else(|| Error::not_found(format!("deployment \"{}\" not found", self.id)))
    }

    /// Its reports, oldest first: `GET /environments/{e}/deployments/{d}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Rejected`] for a deployment of another environment.
    pub fn reports(&self) -> ListReports {
        ListReports {
            env: self.env.clone(),
            id: self.id.clone(),
            service: None,
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DeploymentFailed`] with the engine's reason; [`ErrorKind::Timeout`].
    pub fn wait(&self) -> WaitDeployment {
        WaitDeployment::new(self.env.clone(), Some(self.id.clone()), None)
    }
}

/// Request of [`DeploymentHandle::reports`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct ListReports {
    env: EnvironmentHandle,
    id: DeploymentId,
    service: Option<Value>,
}

impl ListReports {
    /// Only those about this application (its object model) or an object inside it.
    ///
    /// The server has a filter of its own, but refuses the ids that exist; so this is done here.
    pub fn of_application(mut self, application: Value) -> Self {
        self.service = Some(application);
        self
    }

    fn request(&self) -> Request {
        Request::get(&self.env.path(&["deployments", self.id.as_str()]))
    }

    async fn send(self) -> Result<Vec<Report>> {
        #[derive(Deserialize)]
        struct Answer {
            reports: Vec<Report>,
        }
        let mut reports = self
            .env
            .client()
            .json::<Answer>(self.request())
            .await?
            .reports;
        if let Some(application) = &self.service {
            let ids = model::object_ids(application);
            reports.retain(|report| {
                report
                    .entity_id
                    .as_deref()
                    .is_some_and(|id| ids.contains(&id))
            });
        }
        Ok(reports)
    }
}

type ReportObserver = Box<dyn FnMut(&Report) + Send>;

/// Request of [`Session::wait`](crate::sessions::Session::wait) and [`DeploymentHandle::wait`].
/// Gives the finished deployment; one that failed is an error.
#[must_use = "requests do nothing until awaited"]
pub struct WaitDeployment {
    env: EnvironmentHandle,
    id: Option<DeploymentId>,
    session: Option<SessionId>,
    patience: Patience,
    observer: ReportObserver,
    seen: HashSet<String>,
    last_error: Option<String>,
}

impl std::fmt::Debug for WaitDeployment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WaitDeployment")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl WaitDeployment {
    fn new(env: EnvironmentHandle, id: Option<DeploymentId>, session: Option<SessionId>) -> Self {
        Self {
            env,
            id,
            session,
            patience: Patience::default(),
            observer: Box::new(|_| {}),
            seen: HashSet::new(),
            last_error: None,
        }
    }

    /// The run that a session has just started: the answer to a deployment does not name it.
    pub(crate) fn of_session(env: EnvironmentHandle, session: SessionId) -> Self {
        Self::new(env, None, Some(session))
    }

    /// Gives up after this time; 30 minutes by default. The deployment goes on.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.patience.timeout = limit;
        self
    }

    /// Looks at this pace; by default the pauses grow from 1 s to 15 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.patience.interval(interval);
        self
    }

    /// Is shown each report once, in the order of their arrival.
    pub fn observe(mut self, observer: impl FnMut(&Report) + Send + 'static) -> Self {
        self.observer = Box::new(observer);
        self
    }

    async fn send(mut self) -> Result<Deployment> {
        let patience = self.patience;
        wait::until("the deployment has not ended", patience, &mut self).await
    }
}

impl Watch for WaitDeployment {
    type Output = Deployment;

    async fn look(&mut self) -> Result<Look<Deployment>> {
        let id = match self.id.clone() {
            Some(id) => id,
            // While a session is deployed no other run can start, so the newest one is ours.
            None => self
                .id
                .insert(self.env.deployments().latest().await?.id)
                .clone(),
        };
        self.show_new_reports(&id).await?;
        if is_held(&self.env, self.session.as_ref()).await? {
            return Ok(Look::Continue);
        }
        let deployment = self.env.deployment(id.clone()).get().await?;
        if !deployment.is_finished() {
            return Ok(Look::Continue);
        }
        self.show_new_reports(&id).await?;
        match deployment.failure() {
            None => Ok(Look::Done(deployment)),
            Some(reason) => Err(self.failed(&deployment, &reason)),
        }
    }
}

impl WaitDeployment {
    async fn show_new_reports(&mut self, id: &DeploymentId) -> Result<()> {
        for report in self.env.deployment(id.clone()).reports().await? {
            if self.seen.insert(report.id.clone()) {
                if report.level == ReportLevel::Error {
                    self.last_error = Some(report.text.clone());
                }
                (self.observer)(&report);
            }
        }
        Ok(())
    }

    fn failed(&self, deployment: &Deployment, reason: &str) -> Error {
        let thrown = deployment.result.get("isException") == Some(&Value::Bool(true));
        let reason = match &self.last_error {
            Some(reported) if !thrown => reported,
            _ => reason,
        };
        let text = format!(
            "deployment {} failed: {}",
            deployment.id,
            crate::fault::one_line(reason)
        );
        Error::new(ErrorKind::DeploymentFailed, text)
    }
}

/// Whether the environment still says that this session holds it. That is cheaper to read than the
/// list of deployments, each of which carries a whole object model.
async fn is_held(env: &EnvironmentHandle, session: Option<&SessionId>) -> Result<bool> {
    let Some(ours) = session else {
        return Ok(false);
    };
    let env = env.get().await?;
    let busy = env.status.as_ref().is_some_and(EnvironmentStatus::is_busy);
    Ok(busy && env.acquired_by.as_ref() == Some(ours))
}

awaitable! {
    ListReports => Vec<Report>,
    WaitDeployment => Deployment,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(finished: Option<&str>, state: &str, result: &Value) -> Deployment {
        serde_json::from_value(json!({
            "id": "d", "environment_id": "e", "state": state, "finished": finished, "result": result,
        }))
        .unwrap()
    }

    #[test]
    fn a_run_that_died_is_no_success_whatever_its_state_says() {
        let result = json!({ "isException": true, "result": { "message": "boom", "details": "" } });
        let died = deployment(Some("2026-01-02T03:04:05"), "success", &result);
        assert_eq!(died.failure().as_deref(), Some("boom"));
        let fine = json!({ "isException": false, "result": null });
        assert_eq!(deployment(Some("t"), "success", &fine).failure(), None);
        assert!(
            deployment(Some("t"), "completed_w_errors", &fine)
                .failure()
                .is_some()
        );
        assert_eq!(
            deployment(None, "running_w_errors", &json!({})).failure(),
            None
        );
    }
}
