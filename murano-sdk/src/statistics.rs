//! What the service counts: running instances and its own requests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    client::Client, environments::EnvironmentHandle, error::Result, request::Request,
    time::Timestamp,
};

/// How long one instance or application has been running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InstanceStatistics {
    /// 200 for an instance, 100 for an application, 0 for what is neither.
    #[serde(rename = "type")]
    pub kind: i64,
    /// Its class.
    pub type_name: Option<String>,
    /// Name for people.
    pub type_title: Option<String>,
    /// Id of the object.
    pub instance_id: String,
    /// Number of units, where it counts them.
    #[serde(default)]
    pub unit_count: Option<i64>,
    /// Whether it is still tracked.
    #[serde(default)]
    pub active: bool,
    /// Seconds, up to now or up to when it was last tracked.
    #[serde(default)]
    pub duration: i64,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Sums over all instances of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AggregatedStatistics {
    /// 200 for instances, 100 for applications, 0 for what is neither.
    #[serde(rename = "type")]
    pub kind: i64,
    /// Seconds in all.
    pub duration: i64,
    /// Number of instances.
    pub count: i64,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The statistics of one environment.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let shop = murano.environment(murano.environments().create("shop").await?.id);
/// let statistics = shop.statistics();
/// for sum in statistics.aggregated().await? {
///     println!("{} of kind {}: {} s", sum.count, sum.kind, sum.duration);
/// }
/// let running = statistics.raw().await?.iter().filter(|one| one.active).count();
/// assert_eq!((running, statistics.raw_of("nobody").await?.len()), (0, 0));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct EnvironmentStatistics {
    env: EnvironmentHandle,
}

impl EnvironmentStatistics {
    pub(crate) fn new(env: EnvironmentHandle) -> Self {
        Self { env }
    }

    /// Every instance: `GET /environments/{e}/instance-statistics/raw`. The server does not look
    /// whether the environment exists.
    pub async fn raw(&self) -> Result<Vec<InstanceStatistics>> {
        self.get(&["raw"]).await
    }

    /// One instance: `GET /environments/{e}/instance-statistics/raw/{i}`. Empty where it is unknown.
    pub async fn raw_of(&self, instance: &str) -> Result<Vec<InstanceStatistics>> {
        self.get(&["raw", instance]).await
    }

    /// Sums by kind: `GET /environments/{e}/instance-statistics/aggregated`.
    pub async fn aggregated(&self) -> Result<Vec<AggregatedStatistics>> {
        self.get(&["aggregated"]).await
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, rest: &[&str]) -> Result<Vec<T>> {
        let mut path = self.env.path(&["instance-statistics"]);
        path.extend(rest);
        self.env.client().json(Request::get(&path)).await
    }
}

/// What one host of the API counts about its requests, refreshed every few minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestStatistics {
    /// Row of the server's table.
    pub id: i64,
    /// Host of the API.
    pub host: String,
    /// Requests since it was started. Calls of the catalog are not counted.
    #[serde(alias = "requests_count")]
    pub request_count: i64,
    /// Those that failed.
    #[serde(alias = "errors_count")]
    pub error_count: i64,
    /// Seconds.
    pub average_response_time: f64,
    /// Requests by project, as a text that holds JSON: see [`per_project`](Self::per_project).
    pub requests_per_tenant: Option<String>,
    /// Requests per second.
    pub requests_per_second: f64,
    /// Failed requests per second.
    pub errors_per_second: f64,
    /// Processors of the host.
    pub cpu_count: Option<i64>,
    /// Load of the processors in percent.
    #[serde(default)]
    pub cpu_percent: Value,
    /// When it was first counted.
    pub created: Option<Timestamp>,
    /// When it was last counted.
    pub updated: Option<Timestamp>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl RequestStatistics {
    /// Requests by project id; empty where the server's text is not understood.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// murano.environments().list().await?;
    /// let project = murano.project_id().await?.unwrap();
    /// assert_eq!(murano.request_statistics().await?[0].per_project()[project.as_str()], 1);
    /// # Ok(()) }
    /// ```
    pub fn per_project(&self) -> BTreeMap<String, u64> {
        let text = self.requests_per_tenant.as_deref().unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    }
}

impl Client {
    /// Counts of requests, one row per host of the API: `GET /stats`. Anybody may read them.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// for host in murano.request_statistics().await? {
    ///     println!("{}: {} requests", host.host, host.request_count);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn request_statistics(&self) -> Result<Vec<RequestStatistics>> {
        self.json(Request::get(&["stats"])).await
    }
}
