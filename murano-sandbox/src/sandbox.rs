//! Starting, asking and stopping a sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::server::{self, Settings, Shared};
use crate::{Call, Clock, Fault};

/// A running Keystone and Murano. Dropping it stops the server and forgets everything.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// use murano_sandbox::Sandbox;
///
/// let sandbox = Sandbox::start().await?;
/// assert!(sandbox.auth_url().ends_with("/identity/v3"));
/// assert!(sandbox.clouds_yaml().contains("sandbox-admin:"));
/// assert!(sandbox.log().is_empty());
/// sandbox.stop().await
/// # }
/// ```
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    shutdown: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

/// Settings of a sandbox that is not running yet.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// use std::time::{Duration, UNIX_EPOCH};
/// use murano_sandbox::{Clock, Sandbox};
///
/// let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045));
/// let sandbox = Sandbox::builder()
///     .clock(clock.clone())
///     .deploy_time(Duration::from_secs(30))
///     .seed(7)
///     .start()
///     .await?;
/// // Every deployment that was started before ends now.
/// clock.advance(Duration::from_secs(30));
/// # drop(sandbox); Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing runs until `start` is called"]
pub struct Builder {
    listen: SocketAddr,
    deploy_time: Duration,
    clock: Clock,
    package_limit_mib: u64,
    token_time: Duration,
    seed: Option<u64>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            deploy_time: Duration::from_secs(2),
            clock: Clock::system(),
            package_limit_mib: 5,
            token_time: Duration::from_secs(3600),
            seed: None,
        }
    }
}

impl Builder {
    /// Listens here instead of on a free port of 127.0.0.1.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// How long the imitated engine works on a deployment, a deletion or an action; two seconds unless told.
    pub fn deploy_time(mut self, time: Duration) -> Self {
        self.deploy_time = time;
        self
    }

    /// Reads the time here.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Largest archive that may be uploaded, in MiB; 5 unless told.
    pub fn package_limit_mib(mut self, limit: u64) -> Self {
        self.package_limit_mib = limit;
        self
    }

    /// How long a token lives; an hour unless told.
    pub fn token_time(mut self, time: Duration) -> Self {
        self.token_time = time;
        self
    }

    /// Makes ids the same in every run that makes the same calls in the same order.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Opens the port and serves it in a task of the current runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn start(self) -> std::io::Result<Sandbox> {
        let listener = TcpListener::bind(self.listen).await?;
        let address = listener.local_addr()?;
        let settings = Settings {
            deploy_time: crate::clock::length(self.deploy_time),
            package_limit_mib: self.package_limit_mib,
            token_time: crate::clock::length(self.token_time),
            address,
        };
        let shared = Arc::new(Shared::new(settings, self.clock, self.seed));
        let (shutdown, stopped) = oneshot::channel();
        let task = tokio::spawn(server::serve(listener, Arc::clone(&shared), stopped));
        Ok(Sandbox {
            address,
            shared,
            shutdown: Some(shutdown),
            task,
        })
    }
}

impl Sandbox {
    /// Starts with the usual settings on a free port of 127.0.0.1. Any number may run in one process.
    ///
    /// # Errors
    ///
    /// When no port can be opened.
    pub async fn start() -> std::io::Result<Self> {
        Self::builder().start().await
    }

    /// Settings to change before the start.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Address of the identity service, such as `http://127.0.0.1:4711/identity/v3`.
    pub fn auth_url(&self) -> String {
        format!("{}/identity/v3", self.endpoint())
    }

    /// Address of the application catalog, such as `http://127.0.0.1:4711`.
    pub fn endpoint(&self) -> String {
        server::origin(self.address)
    }

    /// A `clouds.yaml` with an entry per user: `sandbox` (demo), `sandbox-demo2`, `sandbox-alt`
    /// and `sandbox-admin`.
    pub fn clouds_yaml(&self) -> String {
        let entry = |(name, user, password, project): &(&str, &str, &str, &str)| {
            format!(
                "  {name}:\n    region_name: RegionOne\n    auth:\n      auth_url: {}\n      \
                 username: {user}\n      password: {password}\n      project_name: {project}\n      \
                 user_domain_id: default\n      project_domain_id: default\n",
                self.auth_url()
            )
        };
        let entries = [
            ("sandbox", "demo", "demo", "demo"),
            ("sandbox-demo2", "demo2", "demo2", "demo"),
            ("sandbox-alt", "alt", "alt", "alt"),
            ("sandbox-admin", "admin", "secret", "admin"),
        ];
        format!("clouds:\n{}", entries.iter().map(entry).collect::<String>())
    }

    /// The calls answered so far, in order, those to the identity service included.
    pub fn log(&self) -> Vec<Call> {
        self.shared.log.all()
    }

    /// Forgets the calls answered so far.
    pub fn clear_log(&self) {
        self.shared.log.clear();
    }

    /// Lets something go wrong with a coming call.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use murano_sandbox::{Fault, Sandbox};
    ///
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.order(Fault::on("GET", "/v1/environments").answer(503, "{}").header("Retry-After", "1"));
    /// # Ok(()) }
    /// ```
    pub fn order(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Cancels the faults that have not struck.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Waits for the server to end, which it does only when it fails: for a server in the foreground.
    ///
    /// # Errors
    ///
    /// Whatever ended the server.
    pub async fn wait(&mut self) -> std::io::Result<()> {
        (&mut self.task)
            .await
            .unwrap_or_else(|broken| Err(std::io::Error::other(broken)))
    }

    /// Finishes the answers under way and stops.
    ///
    /// # Errors
    ///
    /// When the server had ended with an error before.
    pub async fn stop(mut self) -> std::io::Result<()> {
        if let Some(shutdown) = self.shutdown.take() {
            // Nobody listens when the server has ended already.
            let _ = shutdown.send(());
        }
        self.wait().await
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}
