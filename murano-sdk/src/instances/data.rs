//! What the service tells of instances.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    id::{InstanceId, ProjectId},
    state::states,
    time::Timestamp,
};

states! {
    /// What an instance is doing. [`Era::Nimble`](super::Era::Nimble) has the first five only and
    /// stays `active` whatever happens to the power.
    InstanceStatus {
        /// It is being made.
        Building = "building",
        /// It runs; with Nimble also when it is switched off.
        Active = "active",
        /// It is being removed.
        Deleting = "deleting",
        /// It is gone.
        Deleted = "deleted",
        /// What was last done to it has failed.
        Error = "error",
        /// It is being switched on.
        PoweringOn = "powering-on",
        /// It is being switched off.
        PoweringOff = "powering-off",
        /// It was asked to switch itself off.
        SoftPoweringOff = "soft-powering-off",
        /// It is being switched off and on.
        Rebooting = "rebooting",
        /// It was asked to restart itself.
        SoftRebooting = "soft-rebooting",
        /// It is switched off.
        Stopped = "stopped",
        /// Its image is being written anew.
        Rebuilding = "rebuilding",
        /// Its operators work on it.
        Maintenance = "maintenance",
    }
}

impl InstanceStatus {
    /// Whether nothing is going on.
    ///
    /// ```
    /// use murano_sdk::instances::InstanceStatus;
    /// assert!(InstanceStatus::Stopped.is_stable() && !InstanceStatus::Rebooting.is_stable());
    /// ```
    pub fn is_stable(&self) -> bool {
        matches!(
            self,
            Self::Active | Self::Error | Self::Deleted | Self::Stopped | Self::Maintenance
        )
    }
}

states! {
    /// What the power of an instance is.
    PowerState {
        /// Switched on.
        On = "power on",
        /// Switched off.
        Off = "power off",
        /// On its way from on to on.
        Rebooting = "rebooting",
        /// Nobody knows.
        Error = "error",
    }
}

impl PowerState {
    /// Whether it is on, in the word of the service or of its documents.
    ///
    /// ```
    /// use murano_sdk::instances::PowerState;
    /// assert!(PowerState::On.is_on() && PowerState::from("on").is_on() && !PowerState::Off.is_on());
    /// ```
    pub fn is_on(&self) -> bool {
        matches!(self.as_str(), "power on" | "on")
    }

    /// Whether it is off, in the word of the service or of its documents.
    ///
    /// ```
    /// use murano_sdk::instances::PowerState;
    /// assert!(PowerState::Off.is_off() && !PowerState::Rebooting.is_off());
    /// ```
    pub fn is_off(&self) -> bool {
        matches!(self.as_str(), "power off" | "off")
    }
}

/// An instance. Its members have the names the service gives them, which differ with the
/// [`Era`](super::Era); [`flavor`](Self::flavor), [`properties`](Self::properties) and
/// [`ip_addresses`](Self::ip_addresses) read either. A plain list has a few members only, and while
/// no machine is attached there is no power state.
///
/// ```
/// use murano_sdk::instances::Instance;
///
/// let json = r#"{"uuid": "u", "name": "db", "flavor_uuid": "f", "metadata": {"role": "db"},
///     "addresses": {"net": [{"addr": "10.0.0.4", "type": "fixed"}]}}"#;
/// let server: Instance = serde_json::from_str(json)?;
/// assert_eq!(server.flavor(), Some("f"));
/// assert_eq!(server.properties().unwrap()["role"], "db");
/// assert_eq!(server.ip_addresses(), ["10.0.0.4"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Instance {
    /// Identifier.
    pub uuid: InstanceId,
    /// Name, not unique.
    #[serde(default, deserialize_with = "crate::lenient::text")]
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What it is doing.
    pub status: Option<InstanceStatus>,
    /// What its power is.
    pub power_state: Option<PowerState>,
    /// Whether it is guarded against changes of its power, rebuilding and deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// Type or flavor, while instances are no servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type_uuid: Option<String>,
    /// Flavor of a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavor_uuid: Option<String>,
    /// Image on its disk.
    pub image_uuid: Option<String>,
    /// Where it stands.
    pub availability_zone: Option<String>,
    /// Ports by their ids, while instances are no servers; empty until it is built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_info: Option<BTreeMap<String, Port>>,
    /// Addresses of a server by network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<BTreeMap<String, Vec<Address>>>,
    /// Values of the user by name, while instances are no servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<Map<String, Value>>,
    /// Values of the user by name, of a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Name of the key pair whose owner may log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// Why a server is in the status `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<InstanceFault>,
    /// Project that owns it.
    pub project_id: Option<ProjectId>,
    /// User who made it.
    pub user_id: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// When it first ran.
    pub launched_at: Option<Timestamp>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Instance {
    /// Id of its flavor, which Nimble calls a type.
    pub fn flavor(&self) -> Option<&str> {
        let flavor = self.flavor_uuid.as_deref();
        let flavor = flavor.or(self.instance_type_uuid.as_deref());
        // So an example of the service's documents calls it.
        flavor.or_else(|| self.unknown.get("server_type_uuid")?.as_str())
    }

    /// Values of the user by name.
    pub fn properties(&self) -> Option<&Map<String, Value>> {
        self.metadata.as_ref().or(self.extra.as_ref())
    }

    /// All its addresses, fixed and floating.
    pub fn ip_addresses(&self) -> Vec<&str> {
        let ports = self.network_info.iter().flat_map(BTreeMap::values);
        let fixed = ports.flat_map(Port::ip_addresses);
        let lists = self.addresses.iter().flat_map(BTreeMap::values);
        let named = lists.flatten().map(|address| address.addr.as_str());
        fixed.chain(named).collect()
    }
}

/// A connection of an instance that is no server, as the instance lists it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Port {
    /// Network it leads to.
    pub network: Option<String>,
    /// Address of the hardware.
    pub mac_address: Option<String>,
    /// Its addresses.
    #[serde(default)]
    pub fixed_ips: Vec<FixedIp>,
    /// Its only address, as older services put it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_ip: Option<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Port {
    fn ip_addresses(&self) -> impl Iterator<Item = &str> {
        let many = self.fixed_ips.iter().map(|ip| ip.ip_address.as_str());
        many.chain(self.fixed_ip.as_deref())
    }
}

/// An address of a port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FixedIp {
    /// The address.
    pub ip_address: String,
    /// Subnetwork it is from.
    pub subnet_id: Option<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// An address of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Address {
    /// The address.
    pub addr: String,
    /// `fixed` or `floating`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// A connection of an instance to a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Nic {
    /// Port of the network service.
    pub port_id: String,
    /// Network it leads to.
    pub network_id: Option<String>,
    /// Address of the hardware.
    pub mac_address: Option<String>,
    /// Its addresses.
    #[serde(default)]
    pub fixed_ips: Vec<FixedIp>,
    /// Address by which it is reached from outside.
    pub floating_ip: Option<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Nic {
    /// The same from the entry of a port in an instance.
    pub(super) fn of_port(port_id: String, port: Port) -> Self {
        let only = port.fixed_ip.map(|ip_address| FixedIp {
            ip_address,
            subnet_id: None,
            unknown: Map::new(),
        });
        Self {
            port_id,
            network_id: port.network,
            mac_address: port.mac_address,
            fixed_ips: port.fixed_ips.into_iter().chain(only).collect(),
            floating_ip: None,
            unknown: port.unknown,
        }
    }
}

/// Why an instance is in the status `error`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InstanceFault {
    /// A status of HTTP.
    pub code: Option<i64>,
    /// Name of the failure.
    #[serde(default, deserialize_with = "crate::lenient::text")]
    pub message: String,
    /// What happened.
    pub detail: Option<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// What an instance is doing, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InstanceStates {
    /// What it is doing; Nimble does not tell it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<InstanceStatus>,
    /// What its power is.
    pub power_state: Option<PowerState>,
    /// What its power is going to be; Nimble alone tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_power_state: Option<PowerState>,
    /// Whether it is guarded; Nimble has no locks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// A kind of machine, which Nimble calls a type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Flavor {
    /// Identifier.
    pub uuid: String,
    /// Name, not unique.
    #[serde(default, deserialize_with = "crate::lenient::text")]
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Whether every project may use it.
    #[serde(default)]
    pub is_public: bool,
    /// Members this version does not know, such as those of a single era.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}
