//! What is done with one instance.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    Era, GetInstance, Goal, InstanceStates, InstanceStatus, Nic, Port, PowerAction,
    RebuildInstance, UpdateInstance, WaitInstance,
};
use crate::{
    client::Client,
    error::{Error, ErrorKind, Result},
    id::InstanceId,
    request::Request,
};

/// One instance, by its id; there is an example at the [module](super).
#[derive(Clone, Debug)]
pub struct InstanceHandle {
    pub(super) client: Client,
    id: InstanceId,
}

impl InstanceHandle {
    pub(crate) fn new(client: Client, id: InstanceId) -> Self {
        Self { client, id }
    }

    /// The instance's id.
    pub fn id(&self) -> &InstanceId {
        &self.id
    }

    /// Reads it: `GET /instances/{id}` or `GET /servers/{id}`.
    pub fn get(&self) -> GetInstance {
        GetInstance {
            instance: self.clone(),
            fields: None,
        }
    }

    /// Changes its name, description or values: `PATCH /instances/{id}` or `PATCH /servers/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for what the service would not take; [`ErrorKind::Rejected`] for what cannot be changed.
    pub fn update(&self) -> UpdateInstance {
        UpdateInstance {
            instance: self.clone(),
            operations: Vec::new(),
            properties: Vec::new(),
        }
    }

    /// Starts to delete it: `DELETE /instances/{id}` or `DELETE /servers/{id}`. That one is being
    /// deleted already is no error.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] while it is locked.
    pub async fn delete(&self) -> Result<()> {
        let era = self.era().await?;
        let outcome = self.unit(self.request(era, Request::delete, &[])).await;
        match outcome {
            // Nimble stumbles over its own clock where a deletion is going on.
            Err(error) if error.kind() == ErrorKind::Server && self.is_going_away().await => Ok(()),
            outcome => outcome,
        }
    }

    async fn is_going_away(&self) -> bool {
        match self.get().await {
            Ok(instance) => matches!(
                instance.status,
                Some(InstanceStatus::Deleting | InstanceStatus::Deleted)
            ),
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }

    /// What it is doing, in short: `GET /instances/{id}/states`, or what `GET /servers/{id}` has of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] with Nimble before it is built, and where it never was.
    pub async fn states(&self) -> Result<InstanceStates> {
        let era = self.era().await?;
        let request = match era {
            Era::Nimble | Era::Instances => self.request(era, Request::get, &["states"]),
            Era::Servers => {
                let server = self.get().fields(["status", "power_state", "locked"]);
                let server = server.await?;
                return Ok(InstanceStates {
                    status: server.status,
                    power_state: server.power_state,
                    target_power_state: None,
                    locked: server.locked,
                    unknown: serde_json::Map::new(),
                });
            }
        };
        let outcome = self.json(request).await;
        self.explained(era, outcome).await
    }

    /// Changes its power: `PUT /instances/{id}/states/power` or `PUT /servers/{id}/states/power`. It
    /// has begun when the call returns; see [`PowerAction::goal`] and [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] while something else goes on, or it is locked; [`ErrorKind::Unsupported`]
    /// for what the service is too old for.
    pub async fn power(&self, action: PowerAction) -> Result<()> {
        let era = self.era().await?;
        if matches!(action, PowerAction::SoftOff | PowerAction::SoftReboot) {
            era.needs(Era::Instances, "ask an instance to switch itself")?;
        }
        let request = self.request(era, Request::put, &["states", "power"]);
        let request = request.json(json!({ "target": action.as_str() }));
        let outcome = self.unit(request).await;
        self.explained(era, outcome).await
    }

    /// Nimble fails where there is no machine yet, and does not say so.
    async fn explained<T>(&self, era: Era, outcome: Result<T>) -> Result<T> {
        let error = match outcome {
            Err(error) if era == Era::Nimble && error.kind() == ErrorKind::Server => error,
            outcome => return outcome,
        };
        let Ok(instance) = self.get().fields(["name", "status"]).await else {
            return Err(error);
        };
        Err(match instance.status {
            None | Some(InstanceStatus::Active) => error,
            Some(status) => {
                let text = format!(
                    "instance \"{}\" is {status}: its power is not known",
                    instance.name
                );
                let request_id = error.request_id().map(str::to_owned);
                Error::new(ErrorKind::State, text)
                    .with_request_id(request_id)
                    .with_source(error)
            }
        })
    }

    /// Guards it against changes of its power, rebuilding and deletion: `PUT
    /// /instances/{id}/states/lock` or `PUT /servers/{id}/states/lock`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] with [`Era::Nimble`].
    pub async fn lock(&self) -> Result<()> {
        self.set_lock(true).await
    }

    /// Takes the guard away: `PUT /instances/{id}/states/lock` or `PUT /servers/{id}/states/lock`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] where an administrator has locked it; [`ErrorKind::Unsupported`] with
    /// [`Era::Nimble`].
    pub async fn unlock(&self) -> Result<()> {
        self.set_lock(false).await
    }

    async fn set_lock(&self, locked: bool) -> Result<()> {
        let era = self.era().await?;
        era.needs(Era::Instances, "lock instances")?;
        let request = self.request(era, Request::put, &["states", "lock"]);
        self.unit(request.json(json!({ "target": locked }))).await
    }

    /// Starts to write its image anew; all that is on its disk is lost: `PUT
    /// /instances/{id}/states/provision` or `PUT /servers/{id}/states/provision`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] while something else goes on, or it is locked; [`ErrorKind::Unsupported`]
    /// for what the service is too old for.
    pub fn rebuild(&self) -> RebuildInstance {
        RebuildInstance {
            instance: self.clone(),
            image: None,
            preserve_ephemeral: false,
        }
    }

    /// Its connections: `GET /servers/{id}/networks` or `GET /instances/{id}/networks`; where the
    /// service has no such call or fails in it, what the instance itself says.
    pub async fn networks(&self) -> Result<Vec<Nic>> {
        #[derive(Deserialize)]
        struct Answer {
            nics: Option<Vec<Nic>>,
            ports: Option<BTreeMap<String, Port>>,
        }
        let era = self.era().await?;
        if era != Era::Nimble {
            let answer = self.json::<Answer>(self.request(era, Request::get, &["networks"]));
            match answer.await {
                Ok(Answer { nics, ports }) => {
                    let nics = nics.unwrap_or_default().into_iter();
                    return Ok(nics.chain(of_ports(ports)).collect());
                }
                // The last service with instances crashes here.
                Err(error) if error.kind() == ErrorKind::Server && era == Era::Instances => {}
                Err(error) => return Err(error),
            }
        }
        let read = self.get().fields(["network_info"]).await?;
        Ok(of_ports(read.network_info).collect())
    }

    /// Waits until the instance reaches a state.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DeploymentFailed`] where the instance failed on the way; [`ErrorKind::Timeout`].
    pub fn wait(&self, goal: Goal) -> WaitInstance {
        WaitInstance::new(self.clone(), goal)
    }

    pub(super) async fn era(&self) -> Result<Era> {
        Era::of(&self.client).await
    }

    /// A request below this instance.
    pub(super) fn request(&self, era: Era, make: fn(&[&str]) -> Request, rest: &[&str]) -> Request {
        let mut path = vec![self.id.as_str()];
        path.extend(rest);
        era.request(make, &path)
    }

    pub(super) async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        let outcome = self.client.json(request).await;
        outcome.map_err(|error| self.named(error))
    }

    pub(super) async fn unit(&self, request: Request) -> Result<()> {
        let outcome = self.client.unit(request).await;
        outcome.map_err(|error| self.named(error))
    }

    /// Nimble does not say what it did not find.
    fn named(&self, error: Error) -> Error {
        if error.kind() == ErrorKind::NotFound
            && error.to_string() == "Resource could not be found."
        {
            let text = format!("instance \"{}\" not found", self.id);
            return error.with_message(text);
        }
        error
    }
}

fn of_ports(ports: Option<BTreeMap<String, Port>>) -> impl Iterator<Item = Nic> {
    let ports = ports.unwrap_or_default().into_iter();
    ports.map(|(id, port)| Nic::of_port(id, port))
}
