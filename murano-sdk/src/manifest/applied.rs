//! What happens while a plan is carried out, and what becomes of it.

use super::{Plan, server::Place};
use crate::{
    deployments::WaitDeployment, environments::EnvironmentHandle, error::Error, id::SessionId,
};

/// How far a trial goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DryRun {
    /// The plan is made, nothing is sent that changes anything.
    Client,
    /// The environment is edited in a session, which is read back and discarded. Where there is no
    /// environment yet, and for templates, it is the plan alone.
    Server,
}

/// Something that happens while a document is applied, for an observer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The engine is at work on the environment; its end is waited for.
    Busy {
        /// Name of the environment.
        name: &'a str,
    },
    /// It is known what differs.
    Planned(&'a Plan),
    /// A package is in the catalog now.
    Imported {
        /// Full name.
        name: &'a str,
    },
    /// The environment or template is there now.
    Created(&'a Plan),
    /// What is there has changed since the plan was made: another one will be made.
    Overtaken {
        /// Name of the environment.
        name: &'a str,
        /// How.
        error: &'a Error,
    },
    /// The session was handed to the engine.
    Deploying(&'a EnvironmentHandle),
}

/// What became of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Applied {
    /// What was done; of a trial, what would be.
    pub plan: Plan,
    /// The environment; none of a template, and of a trial where there is none yet.
    pub environment: Option<EnvironmentHandle>,
    /// The session that is being deployed; none where nothing had to be.
    pub session: Option<SessionId>,
}

impl Applied {
    /// Nothing had to be done, or was to be.
    pub(super) fn nothing(plan: Plan) -> Self {
        let environment = match plan.present.as_ref().map(|present| &present.place) {
            Some(Place::Environment(env)) => Some(env.clone()),
            _ => None,
        };
        Self {
            plan,
            environment,
            session: None,
        }
    }

    /// Whether a deployment was begun.
    pub fn is_deployed(&self) -> bool {
        self.session.is_some()
    }

    /// Waits for the end of the deployment; none where there is none.
    pub fn wait(&self) -> Option<WaitDeployment> {
        let (env, session) = (self.environment.clone()?, self.session.clone()?);
        Some(WaitDeployment::of_session(env, session))
    }
}
