//! Plans carried out: what is needed is imported, one session is opened, edited and deployed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::Value;

use super::{
    Applied, DryRun, Event, NeededPackage, Plan,
    mark::Mark,
    packages,
    plan::Aim,
    server::{self, Place},
    template,
};
use crate::{
    client::Client,
    environments::{EnvironmentHandle, EnvironmentStatus, Goal},
    error::{Error, ErrorKind, Result},
    id::SessionId,
    import::Outcome,
    model::{PatchOp, without_status},
    request::awaitable,
    sessions::{Open, Session},
    transport,
};

/// How often a plan is made before somebody else is too fast.
const ATTEMPTS: u32 = 20;

/// How often an idle environment is refused before it counts as closed for good.
const REFUSALS: u32 = 5;

type Observer = Box<dyn FnMut(Event<'_>) + Send>;

/// Request of [`Document::apply`](super::Document::apply), [`Plan::apply`] and
/// [`Rollback::apply`](super::Rollback::apply).
#[must_use = "requests do nothing until awaited"]
pub struct Apply {
    client: Client,
    aim: Option<Aim>,
    plan: Option<Plan>,
    dry_run: Option<DryRun>,
    attempts: u32,
    patience: Option<Duration>,
    interval: Option<Duration>,
    by_schema: bool,
    stop: Option<Arc<AtomicBool>>,
    observer: Observer,
}

impl std::fmt::Debug for Apply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Apply")
            .field("aim", &self.aim)
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// Why a plan was not carried out.
enum Trouble {
    /// What it was made for has changed.
    Overtaken(Error),
    Failed(Error),
}

/// The environment, and the session that is being deployed.
type Done = (Option<EnvironmentHandle>, Option<SessionId>);

/// How often an environment was refused in a row although nobody had changed it.
#[derive(Default)]
struct Refusals {
    version: Option<i64>,
    count: u32,
}

impl Refusals {
    /// Gives who was faster the time to show.
    async fn add(&mut self, plan: &Plan, error: Error) -> Result<()> {
        let version = plan.present.as_ref().map(|present| present.version);
        if version.is_none() || version != self.version {
            (self.version, self.count) = (version, 1);
            return Ok(());
        }
        self.count += 1;
        if self.count >= REFUSALS {
            let text = format!(
                "environment \"{}\" takes no session although nothing is being deployed: for the service a \
                 deployment that has ended still goes on, and the environment can only be exported, abandoned and \
                 made again",
                plan.name
            );
            let id = error.request_id().map(str::to_owned);
            return Err(Error::new(ErrorKind::Conflict, text).with_request_id(id));
        }
        transport::pause(transport::backoff(self.count)).await;
        Ok(())
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Apply {
    pub(super) fn new(client: Client, aim: Aim) -> Self {
        Self {
            client,
            // What was deployed once has been taken.
            by_schema: matches!(aim, Aim::Document { .. }),
            aim: Some(aim),
            plan: None,
            dry_run: None,
            attempts: ATTEMPTS,
            patience: None,
            interval: None,
            stop: None,
            observer: Box::new(|_| {}),
        }
    }

    pub(super) fn of_plan(client: Client, plan: Plan) -> Self {
        Self {
            client,
            aim: None,
            plan: Some(plan),
            dry_run: None,
            attempts: 1,
            patience: None,
            interval: None,
            by_schema: true,
            stop: None,
            observer: Box::new(|_| {}),
        }
    }

    /// Removes applications that the document does not name.
    pub fn prune(mut self, prune: bool) -> Self {
        if let Some(aim) = &mut self.aim {
            aim.prune(prune);
        }
        self
    }

    /// Changes nothing.
    pub fn dry_run(mut self, how: DryRun) -> Self {
        self.dry_run = Some(how);
        self
    }

    /// How often what is there is read and compared again when others are faster; 20 times by default. A plan
    /// and the way back to an earlier deployment are for what was there: they are not tried again.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// How long the end of another deployment is waited for, each time; 30 minutes by default.
    pub fn patience(mut self, limit: Duration) -> Self {
        self.patience = Some(limit);
        self
    }

    /// Looks at this pace for that end; by default the pauses grow from 1 s to 15 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Ends it when this becomes true, as long as nothing is deployed: a session that is open is discarded.
    pub fn stop_when(mut self, stop: &Arc<AtomicBool>) -> Self {
        self.stop = Some(Arc::clone(stop));
        self
    }

    /// Takes properties as they are. Otherwise each class of a new or changed application is asked what it takes,
    /// and what it does not take ends it with [`ErrorKind::Invalid`] before anything is changed: the server would
    /// drop such a property without a word.
    pub fn unchecked(mut self) -> Self {
        self.by_schema = false;
        self
    }

    /// Is told what happens.
    pub fn observe(mut self, observer: impl FnMut(Event<'_>) + Send + 'static) -> Self {
        self.observer = Box::new(observer);
        self
    }

    async fn send(mut self) -> Result<Applied> {
        let mut left = self.attempts;
        let mut refusals = Refusals::default();
        loop {
            let plan = self.next_plan().await?;
            (self.observer)(Event::Planned(&plan));
            if plan.is_empty() || self.dry_run == Some(DryRun::Client) {
                return Ok(Applied::nothing(plan));
            }
            if self.dry_run.is_none() {
                self.import(&plan.packages).await?;
            }
            check(self.stop.as_ref())?;
            if self.by_schema {
                super::check::check(&self.client, &plan).await?;
            }
            left -= 1;
            match self.carry_out(&plan).await {
                Ok((environment, session)) => {
                    return Ok(Applied {
                        plan,
                        environment,
                        session,
                    });
                }
                Err(Trouble::Overtaken(error)) if left > 0 && self.may_compare_again() => {
                    let name = plan.name();
                    (self.observer)(Event::Overtaken {
                        name,
                        error: &error,
                    });
                    refusals.add(&plan, error).await?;
                }
                Err(Trouble::Failed(error) | Trouble::Overtaken(error)) => return Err(error),
            }
        }
    }

    /// A document is put over whatever is there. What an earlier deployment had would undo what somebody
    /// else has just deployed.
    fn may_compare_again(&self) -> bool {
        matches!(self.aim, Some(Aim::Document { .. }))
    }

    /// The plan for what is there when the engine is not at work.
    async fn next_plan(&mut self) -> Result<Plan> {
        loop {
            let plan = match (self.plan.take(), &self.aim) {
                (Some(plan), _) => return Ok(plan),
                (None, Some(aim)) => aim.plan(&self.client).await?,
                (None, None) => return Err(Error::invalid("there is no plan")),
            };
            let present = plan
                .present
                .as_ref()
                .filter(|_| self.dry_run != Some(DryRun::Client));
            let is_busy = |status: &EnvironmentStatus| status.is_busy();
            let busy = present.filter(|it| it.status.as_ref().is_some_and(is_busy));
            let Some(Place::Environment(env)) = busy.map(|present| &present.place) else {
                return Ok(plan);
            };
            (self.observer)(Event::Busy { name: plan.name() });
            until_idle(env, (self.patience, self.interval)).await?;
        }
    }

    async fn import(&mut self, packages: &[NeededPackage]) -> Result<()> {
        for package in packages {
            let plan = packages::plan_import(&self.client, package).await?;
            let imported = plan.import(&self.client).await;
            for result in imported.results {
                if let Outcome::Failed(error) = result.outcome {
                    return Err(error);
                }
            }
            (self.observer)(Event::Imported {
                name: &package.name,
            });
        }
        Ok(())
    }

    async fn carry_out(&mut self, plan: &Plan) -> Result<Done, Trouble> {
        let Some(present) = &plan.present else {
            return self.create(plan).await;
        };
        match &present.place {
            Place::Environment(env) => {
                if !plan.needs_run() {
                    return Ok((Some(env.clone()), None));
                }
                let session = self.deploy(env, plan, present.version).await?;
                Ok((Some(env.clone()), session))
            }
            Place::Template(_) if self.dry_run.is_some() => Ok((None, None)),
            Place::Template(template) => Ok(template::write(template, plan)
                .await
                .map(|()| (None, None))?),
        }
    }

    async fn create(&mut self, plan: &Plan) -> Result<Done, Trouble> {
        if self.dry_run.is_some() {
            return Ok((None, None));
        }
        let taken = |error: Error| match error.kind() {
            ErrorKind::Conflict => Trouble::Overtaken(error),
            _ => Trouble::Failed(error),
        };
        let text = |key: &str| plan.after.get(key).and_then(Value::as_str);
        let description = text("description_text");
        if plan.kind == super::Kind::Template {
            let mut create = self.client.templates().create(&plan.name);
            if let Some(description) = description {
                create = create.description(description);
            }
            let public = plan.after.get("is_public") == Some(&Value::Bool(true));
            let create = create
                .public(public)
                .services(server::services(&plan.after).to_vec());
            create.await.map_err(taken)?;
            (self.observer)(Event::Created(plan));
            return Ok((None, None));
        }
        let mut create = self.client.environments().create(&plan.name);
        if let Some(description) = description {
            create = create.description(description);
        }
        if let Some(region) = text("region") {
            create = create.region(region);
        }
        if let Some(networks) = plan.after.get("defaultNetworks") {
            create = create.default_networks(networks.clone());
        }
        let made = create.await.map_err(taken)?;
        let env = self.client.environment(&made.id);
        (self.observer)(Event::Created(plan));
        if server::services(&plan.after).is_empty() {
            return Ok((Some(env), None));
        }
        match self.deploy(&env, plan, made.version).await {
            Ok(session) => Ok((Some(env), session)),
            Err(trouble) => {
                // Nothing half-done stays. Where somebody else has begun to use it, it is theirs.
                if matches!(trouble, Trouble::Failed(_)) {
                    let _ = env.delete().await;
                }
                Err(trouble)
            }
        }
    }

    /// One session from its opening to its deployment; whatever comes between, it does not stay open.
    async fn deploy(
        &mut self,
        env: &EnvironmentHandle,
        plan: &Plan,
        version: i64,
    ) -> Result<Option<SessionId>, Trouble> {
        let opened = env.open_session().info().await.map_err(overtaken)?;
        let handle = env.session(&opened.id);
        let session = handle.assume_open();
        let prove = self.dry_run == Some(DryRun::Server);
        let stop = self.stop.clone();
        let written = async {
            if opened.version != version {
                let name = &plan.name;
                let text =
                    format!("environment \"{name}\" was deployed by somebody else in between");
                return Err(Error::new(ErrorKind::State, text));
            }
            write(&session, plan, prove).await?;
            check(stop.as_ref())
        };
        if let Err(error) = written.await {
            let _ = handle.discard().await;
            return Err(overtaken(error));
        }
        if prove {
            handle.discard().await?;
            return Ok(None);
        }
        let go_on = || check(stop.as_ref());
        let wait = || (self.observer)(Event::Busy { name: &plan.name });
        let handed_over = match Mark::take(env, go_on, wait).await {
            Ok(mark) => {
                // What ends it may have come while the mark was taken.
                let handed_over = match go_on() {
                    Ok(()) => session.deploy().await.map(drop),
                    Err(error) => Err(error),
                };
                if handed_over.is_ok() {
                    (self.observer)(Event::Deploying(env));
                }
                mark.release().await;
                handed_over
            }
            Err(error) => Err(error),
        };
        if let Err(error) = handed_over {
            let _ = handle.discard().await;
            return Err(overtaken(error));
        }
        Ok(Some(opened.id))
    }
}

async fn write(session: &Session<Open>, plan: &Plan, prove: bool) -> Result<()> {
    let wanted = server::services(&plan.after);
    if server::services(&plan.before) != wanted {
        session.services().replace(wanted).await?;
    }
    if plan.present.is_some() {
        let mut operations = Vec::new();
        for key in ["region", "defaultNetworks"] {
            if let Some(value) = plan
                .after
                .get(key)
                .filter(|new| plan.before.get(key) != Some(new))
            {
                let (path, value) = (format!("/{key}"), value.clone());
                operations.push(PatchOp::Replace { path, value });
            }
        }
        if !operations.is_empty() {
            session.patch_model(&operations).await?;
        }
    }
    if prove {
        let there = session
            .services()
            .list()
            .await?
            .into_iter()
            .map(without_status);
        if !there.eq(wanted.iter().cloned()) {
            let text = "the session does not have what was written to it";
            return Err(Error::new(ErrorKind::Server, text));
        }
    }
    Ok(())
}

/// Fails where it is to end.
fn check(stop: Option<&Arc<AtomicBool>>) -> Result<()> {
    if stop.is_some_and(|stop| stop.load(Ordering::SeqCst)) {
        let text = "interrupted before anything was deployed";
        return Err(Error::new(ErrorKind::Interrupted, text));
    }
    Ok(())
}

async fn until_idle(
    env: &EnvironmentHandle,
    (limit, interval): (Option<Duration>, Option<Duration>),
) -> Result<()> {
    let mut wait = env.wait(Goal::Idle);
    if let Some(limit) = limit {
        wait = wait.timeout(limit);
    }
    if let Some(interval) = interval {
        wait = wait.interval(interval);
    }
    match wait.await {
        // It was being deleted.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// What the rules of sessions refuse is no failure: somebody else was faster.
fn overtaken(error: Error) -> Trouble {
    match error.kind() {
        ErrorKind::State => Trouble::Overtaken(error),
        _ => Trouble::Failed(error),
    }
}

awaitable!(Apply => Applied);
