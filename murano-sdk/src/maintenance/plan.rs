//! What a maintenance session is made of.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::MaintenanceState;
use crate::{
    error::{Error, Result},
    time::Timestamp,
};

/// What is to be done: the body of a new session. It can be read from a file of the service's own
/// form.
///
/// ```
/// use murano_sdk::maintenance::MaintenancePlan;
///
/// let plan: MaintenancePlan = serde_json::from_str(
///     r#"{"maintenance_at": "2030-01-31 22:00:00", "hosts": ["compute-1"], "workflow": "default",
///         "actions": [{"plugin": "dummy", "type": "host"}]}"#,
/// )?;
/// assert_eq!(plan.state.as_str(), "MAINTENANCE");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MaintenancePlan {
    /// Hosts to take out of service; with none the service finds them itself.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// State to begin in. The service begins in `MAINTENANCE` whatever it says.
    #[serde(default = "first_state")]
    pub state: MaintenanceState,
    /// When the work begins. It is sent in UTC, as the service wants it, to the second. Projects
    /// need some time before, 20 s by default, or the session fails.
    pub maintenance_at: Timestamp,
    /// Hints for the projects.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// Name of the workflow.
    #[serde(default = "default_workflow")]
    pub workflow: String,
    /// Plug-ins to run on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionPlugin>,
    /// What to fetch before: URLs, or what the workflow takes in their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub download: Vec<Value>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

fn first_state() -> MaintenanceState {
    MaintenanceState::Maintenance
}

fn default_workflow() -> String {
    "default".to_owned()
}

/// A plug-in of the service that a workflow runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActionPlugin {
    /// Name of the plug-in.
    pub plugin: String,
    /// When it runs: `pre`, `post`, or for each `host`, `compute` or `controller`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is told.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ActionPlugin {
    /// A plug-in by its name and its type: `pre`, `post`, `host`, `compute` or `controller`.
    pub fn new(plugin: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            plugin: plugin.into(),
            kind: kind.into(),
            metadata: Map::new(),
            extra: Map::new(),
        }
    }

    /// Adds something the plug-in is told.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }
}

impl MaintenancePlan {
    /// The default workflow at this time, for the hosts that the service finds.
    pub fn new(at: impl Into<Timestamp>) -> Self {
        Self {
            hosts: Vec::new(),
            state: first_state(),
            maintenance_at: at.into(),
            metadata: Map::new(),
            workflow: default_workflow(),
            actions: Vec::new(),
            download: Vec::new(),
            extra: Map::new(),
        }
    }

    /// Adds a host.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// Runs another workflow.
    pub fn workflow(mut self, name: impl Into<String>) -> Self {
        self.workflow = name.into();
        self
    }

    /// Adds a hint for the projects.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Adds a plug-in to run on the way.
    pub fn action(mut self, plugin: ActionPlugin) -> Self {
        self.actions.push(plugin);
        self
    }

    /// Adds a URL to fetch before.
    pub fn download(mut self, url: impl Into<String>) -> Self {
        self.download.push(url.into().into());
        self
    }

    /// The body to send. The service answers all mistakes with the same bare failure, so those
    /// that can be seen here are told here.
    pub(super) fn body(&self) -> Result<Value> {
        let at = &self.maintenance_at;
        let Some(utc) = at.utc_text() else {
            return Err(Error::invalid(format!(
                "\"{at}\" is no time: write it as 2030-01-31T22:00:00Z"
            )));
        };
        if self.workflow.is_empty() {
            return Err(Error::invalid("the name of the workflow is empty"));
        }
        if self.hosts.iter().any(String::is_empty) {
            return Err(Error::invalid("the name of a host is empty"));
        }
        for action in &self.actions {
            if action.plugin.is_empty() || action.kind.is_empty() {
                let text = "an action needs the name of its plug-in and its type, such as host";
                return Err(Error::invalid(text));
            }
        }
        let mut plan = self.clone();
        plan.maintenance_at = utc.as_str().into();
        serde_json::to_value(plan).map_err(|error| Error::invalid(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_sent_as_the_service_reads_them() {
        for at in [
            "2030-01-31 22:00:00",
            "2030-01-31T22:00:00Z",
            "2030-02-01T00:00:00.25+02:00",
        ] {
            let body = MaintenancePlan::new(at).body().unwrap();
            assert_eq!(body["maintenance_at"], "2030-01-31 22:00:00", "{at}");
        }
    }

    #[test]
    fn the_smallest_plan_has_what_the_service_needs() {
        let body = MaintenancePlan::new("2030-01-31 22:00:00").body().unwrap();
        let wanted = json!({ "hosts": [], "state": "MAINTENANCE", "metadata": {},
            "maintenance_at": "2030-01-31 22:00:00", "workflow": "default" });
        assert_eq!(body, wanted);
    }

    #[test]
    fn mistakes_are_told_before_anything_is_sent() {
        let plan = || MaintenancePlan::new("2030-01-31 22:00:00");
        for (plan, told) in [
            (MaintenancePlan::new("tomorrow"), "\"tomorrow\" is no time"),
            (plan().workflow(""), "workflow"),
            (plan().host(""), "host"),
            (plan().action(ActionPlugin::new("a", "")), "type"),
        ] {
            let error = plan.body().unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
