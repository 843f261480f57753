//! Bare-metal instances of Mogan, a neighbour of Murano that clouds may have beside it.
//!
//! Whoever never calls [`Client::instances`](crate::Client::instances) pays nothing for it: no setting
//! is needed and no call is made.
//!
//! ```
//! # use murano_sdk::Client;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::time::Duration;
//! # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(Duration::ZERO).start().await?;
//! # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
//! use murano_sdk::{ErrorKind, instances::{Goal, Network, PowerAction}};
//!
//! # let flavor = murano.instances().find_flavor("bm.small").await?.uuid;
//! # let (image, lan) = ("efe0a06f-ca95-4808-b41e-9f55b9c5eb98", "c1940655-8b8e-4370-b8f9-03ba1daeca31");
//! let made = murano.instances().create("db-1", image, flavor, Network::new(lan)).await?;
//! let db = murano.instance(&made.uuid);
//! let wait = db.wait(Goal::Active).interval(Duration::from_millis(5)).timeout(Duration::from_secs(60));
//! let ready = wait.observe(|instance| println!("{:?}", instance.status)).await?.unwrap();
//! assert_eq!(ready.ip_addresses().len(), db.networks().await?.len());
//!
//! let update = db.update().name("db").description("orders").property("tier", "gold");
//! assert_eq!(update.await?.name, "db");
//! let update = db.update().remove_property("tier");
//! # use murano_sdk::model::PatchOp;
//! update.operation(PatchOp::Remove { path: "/description".into() }).await?;
//!
//! db.power(PowerAction::Off).await?;
//! db.wait(PowerAction::Off.goal()).interval(Duration::from_millis(5)).await?;
//! assert!(db.states().await?.power_state.unwrap().is_off());
//!
//! // This service is too old for some calls.
//! for refused in [db.lock().await, db.unlock().await, db.rebuild().image(image).preserve_ephemeral(true).await] {
//!     assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
//! }
//! db.delete().await?;
//! assert_eq!(db.wait(Goal::Deleted).await?, None);
//! # Ok(()) }
//! ```

mod create;
mod data;
mod era;
mod handle;
mod requests;
#[cfg(test)]
mod tests;
mod wait;

pub use create::{CreateInstance, Network};
pub use data::{
    Address, FixedIp, Flavor, Instance, InstanceFault, InstanceStates, InstanceStatus, Nic, Port,
    PowerState,
};
pub use era::Era;
pub use handle::InstanceHandle;
pub use requests::{
    FindInstance, GetInstance, ListInstanceDetails, ListInstances, RebuildInstance, UpdateInstance,
};
use serde::Deserialize;
pub use wait::{Goal, WaitInstance};

use crate::{
    auth::service::BAREMETAL,
    client::Client,
    error::{Candidate, Error, Result},
    id::InstanceId,
    request::Request,
};

/// What the power of an instance shall do.
///
/// ```
/// use murano_sdk::instances::PowerAction;
/// assert_eq!(PowerAction::SoftOff.as_str(), "soft_off");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PowerAction {
    /// Switch on.
    On,
    /// Switch off.
    Off,
    /// Switch off and on.
    Reboot,
    /// Ask the system to switch itself off; from [`Era::Instances`] on.
    SoftOff,
    /// Ask the system to restart itself; from [`Era::Instances`] on.
    SoftReboot,
}

impl PowerAction {
    /// The service's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Reboot => "reboot",
            Self::SoftOff => "soft_off",
            Self::SoftReboot => "soft_reboot",
        }
    }

    /// What is reached when it is done.
    ///
    /// ```
    /// use murano_sdk::instances::{Goal, PowerAction};
    /// assert_eq!(PowerAction::SoftOff.goal(), Goal::Off);
    /// ```
    pub fn goal(self) -> Goal {
        match self {
            Self::On | Self::Reboot | Self::SoftReboot => Goal::On,
            Self::Off | Self::SoftOff => Goal::Off,
        }
    }
}

/// The instances of a project.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// use murano_sdk::instances::{Era, Network};
///
/// let instances = murano.instances();
/// assert_eq!(instances.era().await?, Era::Nimble);
/// let small = instances.find_flavor("bm.small").await?;
/// assert!(instances.flavors().await?.contains(&small));
/// let zones = instances.availability_zones().await?;
///
/// let (image, lan) = ("efe0a06f-ca95-4808-b41e-9f55b9c5eb98", "c1940655-8b8e-4370-b8f9-03ba1daeca31");
/// let create = instances.create("db-1", image, &small.uuid, Network::new(lan));
/// let create = create.network(Network::new(lan).port_type("10GE")).property("role", "db");
/// let made = create.description("orders").availability_zone(&zones[0]).await?;
///
/// let listed = instances.list().all_projects(false).fields(["name", "power_state"]).await?;
/// assert_eq!((listed[0].name.as_str(), &listed[0].status), ("db-1", &None));
/// let whole = instances.list_details().all_projects(true).await?;
/// assert_eq!(whole[0].properties().unwrap()["role"], "db");
/// assert_eq!(instances.find("db-1").await?.id(), &made.uuid);
/// assert_eq!(instances.find("db-1").get().await?.flavor(), Some(small.uuid.as_str()));
/// assert_eq!(instances.get(&made.uuid).fields(["status"]).await?.name, "");
///
/// // What came with later states of the service.
/// let later = instances.create("db-2", image, &small.uuid, Network::new(lan)).count(1..=2);
/// let later = later.key_name("mine").user_data("#!/bin/sh").file("/etc/motd", "hello");
/// let later = later.hint("group", "7bf27e42-23ee-4e8a-a8a5-ddfd67c3e777").member("adminPass", "hush");
/// assert!(later.await.unwrap_err().to_string().contains("is Nimble, which cannot"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Instances {
    client: Client,
}

impl Instances {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Which Mogan it is: `GET /` of the version, once per client.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoService`](crate::ErrorKind::NoService) where the cloud has none.
    pub async fn era(&self) -> Result<Era> {
        Era::of(&self.client).await
    }

    /// Lists instances with their names and states: `GET /instances` or `GET /servers`, page by page
    /// where there are pages.
    pub fn list(&self) -> ListInstances {
        ListInstances {
            client: self.client.clone(),
            all_projects: false,
            fields: None,
        }
    }

    /// Lists instances with all there is about them: `GET /instances/detail` or `GET /servers/detail`.
    pub fn list_details(&self) -> ListInstanceDetails {
        ListInstanceDetails {
            client: self.client.clone(),
            all_projects: false,
        }
    }

    /// Creates an instance of an image and a flavor, which are given by their ids: `POST /instances` or
    /// `POST /servers`. It is being built when the call returns; see [`InstanceHandle::wait`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for what the service would not take, before anything is sent;
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for an unknown image or flavor; [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for what the
    /// service is too old for.
    pub fn create(
        &self,
        name: impl Into<String>,
        image: impl Into<String>,
        flavor: impl Into<String>,
        network: Network,
    ) -> CreateInstance {
        let client = self.client.clone();
        CreateInstance::new(client, [name.into(), image.into(), flavor.into()], network)
    }

    /// Reads one instance by its id: `GET /instances/{id}` or `GET /servers/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound); [`ErrorKind::Forbidden`](crate::ErrorKind::Forbidden) for the instance of another project.
    pub fn get(&self, id: impl Into<InstanceId>) -> GetInstance {
        self.client.instance(id).get()
    }

    /// Finds one instance by name or id. Awaited, it gives a handle; [`FindInstance::get`] gives the
    /// data.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound); [`ErrorKind::Ambiguous`](crate::ErrorKind::Ambiguous) where several have the name.
    pub fn find(&self, name_or_id: impl Into<String>) -> FindInstance {
        FindInstance {
            client: self.client.clone(),
            text: name_or_id.into(),
        }
    }

    /// The kinds of machines: `GET /types` or `GET /flavors`.
    pub async fn flavors(&self) -> Result<Vec<Flavor>> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(alias = "types")]
            flavors: Vec<Flavor>,
        }
        let era = self.era().await?;
        let request = Request::get(&[era.flavors()]).to(&BAREMETAL);
        Ok(self.client.json::<Answer>(request).await?.flavors)
    }

    /// Finds one kind of machine by id or name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound); [`ErrorKind::Ambiguous`](crate::ErrorKind::Ambiguous) where several have the name.
    pub async fn find_flavor(&self, name_or_id: &str) -> Result<Flavor> {
        let mut all = self.flavors().await?;
        if let Some(place) = all.iter().position(|flavor| flavor.uuid == name_or_id) {
            return Ok(all.swap_remove(place));
        }
        all.retain(|flavor| flavor.name == name_or_id);
        if all.len() > 1 {
            let candidate = |flavor: Flavor| {
                Candidate::new(flavor.uuid, flavor.description.unwrap_or_default())
            };
            let candidates = all.into_iter().map(candidate).collect();
            return Err(Error::ambiguous("flavor", name_or_id, candidates));
        }
        let text = || format!("flavor \"{name_or_id}\" not found");
        all.pop().ok_or_else(|| Error::not_found(text()))
    }

    /// Where instances can stand: `GET /availability_zones`.
    pub async fn availability_zones(&self) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Answer {
            availability_zones: Vec<String>,
        }
        let request = Request::get(&["availability_zones"]).to(&BAREMETAL);
        let answer: Answer = self.client.json(request).await?;
        Ok(answer.availability_zones)
    }
}
