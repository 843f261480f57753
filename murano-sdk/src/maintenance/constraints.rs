//! What projects want for their instances in maintenance, known to versions from 2020 on.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{explained, to_fenix};
use crate::{
    client::Client,
    error::{Error, ErrorKind, Result},
    id::ProjectId,
    request::Request,
};

/// What a project wants for one of its instances.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use murano_sandbox::{Fenix, Sandbox};
/// # let sandbox = Sandbox::builder().fenix(Fenix::Late).start().await?;
/// # let demo = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// use murano_sdk::maintenance::{GroupConstraints, InstanceConstraints};
///
/// let project = demo.project_id().await?.expect("a project");
/// let mut group = GroupConstraints::new(&project, "web");
/// group.max_impacted_members = 1;
/// let web = demo.maintenance().instance_group("g1");
/// web.set(&group).await?;
/// assert_eq!(web.get().await?.group_name, "web");
///
/// let mut wanted = InstanceConstraints::new(&project, "web-1").group("g1");
/// wanted.max_interruption_time = 30;
/// let instance = demo.maintenance().instance("i1");
/// instance.set(&wanted).await?;
/// assert_eq!(instance.get().await?.max_interruption_time, 30);
/// instance.unset().await?;
/// web.unset().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InstanceConstraints {
    /// Identifier of the instance; set from the URL when it is sent.
    #[serde(default)]
    pub instance_id: String,
    /// Project of the instance.
    pub project_id: ProjectId,
    /// Group the instance is in; empty for none.
    #[serde(default)]
    pub group_id: String,
    /// Name of the instance.
    #[serde(default)]
    pub instance_name: String,
    /// Longest interruption it stands, in seconds.
    #[serde(default)]
    pub max_interruption_time: u64,
    /// How it may be moved: `MIGRATE`, `LIVE_MIGRATE`, `OWN_ACTION`, or what the workflow knows.
    #[serde(default)]
    pub migration_type: String,
    /// Whether something stands in for it meanwhile.
    #[serde(default)]
    pub resource_mitigation: bool,
    /// Time the project needs before, in seconds.
    #[serde(default)]
    pub lead_time: u64,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What a project wants for a group of its instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupConstraints {
    /// Identifier of the group; set from the URL when it is sent.
    #[serde(default)]
    pub group_id: String,
    /// Project of the group.
    pub project_id: ProjectId,
    /// Name of the group.
    #[serde(default)]
    pub group_name: String,
    /// Whether its instances are on different hosts.
    #[serde(default)]
    pub anti_affinity_group: bool,
    /// Most of its instances on one host; 0 for any number.
    #[serde(default)]
    pub max_instances_per_host: u32,
    /// Most of its instances that may be down at a time.
    #[serde(default)]
    pub max_impacted_members: u32,
    /// Time the group needs after one of them was down, in seconds.
    #[serde(default)]
    pub recovery_time: u64,
    /// Whether something stands in for them meanwhile.
    #[serde(default)]
    pub resource_mitigation: bool,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl InstanceConstraints {
    /// An instance that the service may migrate at any time.
    pub fn new(project: impl Into<ProjectId>, name: impl Into<String>) -> Self {
        Self {
            instance_id: String::new(),
            project_id: project.into(),
            group_id: String::new(),
            instance_name: name.into(),
            max_interruption_time: 0,
            migration_type: "MIGRATE".to_owned(),
            resource_mitigation: false,
            lead_time: 0,
            extra: Map::new(),
        }
    }

    /// Puts the instance into a group.
    pub fn group(mut self, id: impl Into<String>) -> Self {
        self.group_id = id.into();
        self
    }
}

impl GroupConstraints {
    /// A group of which one instance may be down at a time.
    pub fn new(project: impl Into<ProjectId>, name: impl Into<String>) -> Self {
        Self {
            group_id: String::new(),
            project_id: project.into(),
            group_name: name.into(),
            anti_affinity_group: false,
            max_instances_per_host: 0,
            max_impacted_members: 1,
            recovery_time: 0,
            resource_mitigation: false,
            extra: Map::new(),
        }
    }
}

/// The constraints of one instance: a client and an id.
#[derive(Clone, Debug)]
pub struct InstanceConstraintsHandle {
    client: Client,
    id: String,
}

/// The constraints of one group of instances: a client and an id.
#[derive(Clone, Debug)]
pub struct GroupConstraintsHandle {
    client: Client,
    id: String,
}

impl InstanceConstraintsHandle {
    pub(super) fn new(client: Client, id: String) -> Self {
        Self { client, id }
    }

    /// Reads the constraints: `GET /instance/{instance}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Unsupported`] for a service from before 2020.
    pub async fn get(&self) -> Result<InstanceConstraints> {
        read(&self.client, ["instance", &self.id]).await
    }

    /// Sets the constraints, in place of those there were: `PUT /instance/{instance}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`]; [`ErrorKind::Unsupported`] for a service from before 2020.
    pub async fn set(&self, constraints: &InstanceConstraints) -> Result<()> {
        let mut constraints = constraints.clone();
        constraints.instance_id.clone_from(&self.id);
        write(&self.client, ["instance", &self.id], json!(constraints)).await
    }

    /// Removes the constraints: `DELETE /instance/{instance}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Unsupported`] for a service from before 2020.
    pub async fn unset(&self) -> Result<()> {
        remove(&self.client, ["instance", &self.id]).await
    }
}

impl GroupConstraintsHandle {
    pub(super) fn new(client: Client, id: String) -> Self {
        Self { client, id }
    }

    /// Reads the constraints: `GET /instance_group/{group}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Unsupported`] for a service from before 2020.
    pub async fn get(&self) -> Result<GroupConstraints> {
        read(&self.client, ["instance_group", &self.id]).await
    }

    /// Sets the constraints, in place of those there were: `PUT /instance_group/{group}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`]; [`ErrorKind::Unsupported`] for a service from before 2020.
    pub async fn set(&self, constraints: &GroupConstraints) -> Result<()> {
        let mut constraints = constraints.clone();
        constraints.group_id.clone_from(&self.id);
        write(
            &self.client,
            ["instance_group", &self.id],
            json!(constraints),
        )
        .await
    }

    /// Removes the constraints: `DELETE /instance_group/{group}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Unsupported`] for a service from before 2020.
    pub async fn unset(&self) -> Result<()> {
        remove(&self.client, ["instance_group", &self.id]).await
    }
}

async fn read<T: serde::de::DeserializeOwned>(client: &Client, path: [&str; 2]) -> Result<T> {
    let read = client.json::<Option<T>>(to_fenix(Request::get(&path)));
    read.await
        .map_err(|error| named(explained(error), path))?
        .ok_or_else(|| missing(path))
}

async fn write(client: &Client, path: [&str; 2], body: Value) -> Result<()> {
    let request = to_fenix(Request::put(&path).json(body));
    client.unit(request).await.map_err(explained)
}

async fn remove(client: &Client, path: [&str; 2]) -> Result<()> {
    let request = to_fenix(Request::delete(&path));
    let removed = client.unit(request).await;
    removed.map_err(|error| named(explained(error), path))
}

fn named(error: Error, path: [&str; 2]) -> Error {
    match error.kind() {
        ErrorKind::NotFound => missing(path).with_status(404).with_source(error),
        _ => error,
    }
}

fn missing([kind, id]: [&str; 2]) -> Error {
    let kind = kind.replace('_', " ");
    Error::not_found(format!("no constraints of {kind} \"{id}\" found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_consumers_send_comes_out_whole() {
        let instance = json!({ "instance_id": "i", "project_id": "p", "group_id": "g",
            "instance_name": "web-1", "max_interruption_time": 120, "migration_type": "MIGRATION",
            "resource_mitigation": true, "lead_time": 40, "new": [1] });
        let read: InstanceConstraints = serde_json::from_str(&instance.to_string()).unwrap();
        assert_eq!(json!(read), instance);
        let group = json!({ "group_id": "g", "project_id": "p", "group_name": "web",
            "anti_affinity_group": true, "max_instances_per_host": 1, "max_impacted_members": 1,
            "recovery_time": 4, "resource_mitigation": true, "new": {} });
        let read: GroupConstraints = serde_json::from_str(&group.to_string()).unwrap();
        assert_eq!(json!(read), group);
    }
}
