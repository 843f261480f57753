//! Starting, asking and stopping a sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::disk::{self, Disk, Lock};
use crate::engine;
use crate::server::{self, Settings, Shared};
use crate::state::Store;
use crate::{Call, Clock, Fault, Fenix, MoganEra, Snapshot};

/// A running Keystone and Murano. Dropping it stops the server and forgets everything that is not in a
/// [folder](Builder::data_dir).
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

/// A user every sandbox begins with. User and project are in the domain with the id `default`, the endpoints in the
/// region `RegionOne`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Name of the entry in [`Sandbox::clouds_yaml`].
    pub cloud: &'static str,
    /// Name of the user.
    pub user: &'static str,
    /// Password of the user, which is no secret.
    pub password: &'static str,
    /// Name of the project.
    pub project: &'static str,
}

/// The users every sandbox begins with, the ordinary one first.
///
/// ```
/// assert_eq!(murano_sandbox::ACCOUNTS[0].cloud, "sandbox");
/// ```
pub const ACCOUNTS: [Account; 4] = [
    account("sandbox", "demo", "demo", "demo"),
    account("sandbox-demo2", "demo2", "demo2", "demo"),
    account("sandbox-alt", "alt", "alt", "alt"),
    account("sandbox-admin", "admin", "secret", "admin"),
];

const fn account(
    cloud: &'static str,
    user: &'static str,
    password: &'static str,
    project: &'static str,
) -> Account {
    Account {
        cloud,
        user,
        password,
        project,
    }
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
    image_limit_mib: u64,
    token_time: Duration,
    seed: Option<u64>,
    data_dir: Option<PathBuf>,
    lock_wait: Duration,
    fenix: Fenix,
    reply_time: Option<Duration>,
    mogan: MoganEra,
    password_prefix: String,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            deploy_time: Duration::from_secs(2),
            clock: Clock::system(),
            package_limit_mib: 5,
            image_limit_mib: u64::MAX,
            token_time: Duration::from_secs(3600),
            seed: None,
            data_dir: None,
            lock_wait: Duration::from_secs(10),
            fenix: Fenix::Early,
            reply_time: None,
            mogan: MoganEra::default(),
            password_prefix: String::new(),
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

    /// Largest image that may be uploaded, in MiB; any unless told. The data of images with more than 8 MiB is counted
    /// and hashed, but not kept.
    pub fn image_limit_mib(mut self, limit: u64) -> Self {
        self.image_limit_mib = limit;
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

    /// Keeps everything in this folder instead of in memory alone, and begins with what is there.
    ///
    /// The folder is made when it is missing. An answer is sent when its changes are safe on the disk, so that nothing
    /// a caller has heard of is lost when the process is killed. One sandbox at a time uses a folder;
    /// deployments go on by the clock while none does. Faults, the log and the statistics of the host are not kept.
    /// A [`seed`](Self::seed) is that of a new folder; others go on as they were made.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use murano_sandbox::Sandbox;
    ///
    /// let folder = std::env::temp_dir().join(format!("sandbox-{}", std::process::id()));
    /// let sandbox = Sandbox::builder().data_dir(&folder).start().await?;
    /// sandbox.stop().await?;
    /// // The users, projects and packages of the first are there again.
    /// let again = Sandbox::builder().data_dir(&folder).start().await?;
    /// again.stop().await?;
    /// # std::fs::remove_dir_all(folder) }
    /// ```
    pub fn data_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.data_dir = Some(folder.as_ref().to_owned());
        self
    }

    /// How long to wait for a folder that another sandbox uses; ten seconds unless told.
    pub fn lock_wait(mut self, time: Duration) -> Self {
        self.lock_wait = time;
        self
    }

    /// The Fenix beside Murano; an early one unless told.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use std::time::Duration;
    /// use murano_sandbox::{Fenix, Sandbox};
    ///
    /// let patient = Sandbox::builder().reply_time(Duration::from_secs(600));
    /// let sandbox = patient.fenix(Fenix::Late).start().await?;
    /// # drop(sandbox); Ok(()) }
    /// ```
    pub fn fenix(mut self, fenix: Fenix) -> Self {
        self.fenix = fenix;
        self
    }

    /// How long projects have to reply to a maintenance session, in each state of it. Unless told they have 20 s, 60 s
    /// where they have to scale, and a session that begins earlier than 20 s from now fails.
    pub fn reply_time(mut self, time: Duration) -> Self {
        self.reply_time = Some(time);
        self
    }

    /// The Mogan beside Murano; the earliest unless told.
    pub fn mogan(mut self, era: MoganEra) -> Self {
        self.mogan = era;
        self
    }

    /// Puts this before the password of each of the [`ACCOUNTS`], so that a test can look for passwords where none must
    /// be: as they are, they are also names of users. Counts for a new folder only.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// let sandbox = murano_sandbox::Sandbox::builder().password_prefix("hush-").start().await?;
    /// assert!(sandbox.clouds_yaml().contains("password: hush-demo\n"));
    /// # sandbox.stop().await }
    /// ```
    pub fn password_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.password_prefix = prefix.into();
        self
    }

    /// Opens the port and serves it in a task of the current runtime.
    ///
    /// # Errors
    ///
    /// * When the address cannot be listened on.
    /// * [`ResourceBusy`](std::io::ErrorKind::ResourceBusy) when another sandbox uses the folder for longer than
    ///   [`lock_wait`](Self::lock_wait).
    /// * [`InvalidData`](std::io::ErrorKind::InvalidData) when the folder holds something that no sandbox has written,
    ///   or a newer one, or that is damaged.
    pub async fn start(self) -> std::io::Result<Sandbox> {
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            let text = format!("cannot listen on {}: {error}", self.listen);
            std::io::Error::new(error.kind(), text)
        })?;
        let address = listener.local_addr()?;
        let settings = Settings {
            deploy_time: crate::clock::length(self.deploy_time),
            package_limit_mib: self.package_limit_mib,
            image_limit_mib: self.image_limit_mib,
            token_time: crate::clock::length(self.token_time),
            address,
            fenix: self.fenix,
            reply_time: self.reply_time.map(crate::clock::length),
            mogan: self.mogan,
            password_prefix: self.password_prefix.clone(),
        };
        let store = self.store().await?;
        let shared = Arc::new(Shared::new(settings, self.clock, store)?);
        let (shutdown, stopped) = oneshot::channel();
        let task = tokio::spawn(server::serve(listener, Arc::clone(&shared), stopped));
        Ok(Sandbox {
            address,
            shared,
            shutdown: Some(shutdown),
            task,
        })
    }

    async fn store(&self) -> std::io::Result<Store> {
        let Some(folder) = &self.data_dir else {
            return Ok(Store::new(self.seed));
        };
        let lock = Lock::take(folder, self.lock_wait).await?;
        let seed = self.seed;
        // A damaged database may take long to repair.
        tokio::task::spawn_blocking(move || Store::open(Disk::open(lock)?, seed))
            .await
            .map_err(std::io::Error::other)?
    }

    /// Removes what sandboxes have kept in the [folder](Self::data_dir), readable or not, and returns whether there was
    /// something. The folder itself stays, with an empty lock file.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start) when another sandbox uses the folder, and when a file cannot be removed.
    pub async fn reset(self) -> std::io::Result<bool> {
        match &self.data_dir {
            Some(folder) if folder.try_exists()? => {
                disk::remove(&Lock::take(folder, self.lock_wait).await?)
            }
            _ => Ok(false),
        }
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

    /// A `clouds.yaml` with an entry for each of the [`ACCOUNTS`].
    pub fn clouds_yaml(&self) -> String {
        let prefix = &self.shared.settings.password_prefix;
        let entry = |account: &Account| {
            let Account {
                cloud,
                user,
                password,
                project,
            } = account;
            format!(
                "  {cloud}:\n    region_name: RegionOne\n    auth:\n      auth_url: {}\n      \
                 username: {user}\n      password: {prefix}{password}\n      project_name: {project}\n      \
                 user_domain_id: default\n      project_domain_id: default\n",
                self.auth_url()
            )
        };
        format!(
            "clouds:\n{}",
            ACCOUNTS.iter().map(entry).collect::<String>()
        )
    }

    /// The store, told the time.
    pub(crate) fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.shared.store()
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

    /// What the sandbox knows now: to look behind the API, and to come back to with [`restore`](Self::restore).
    pub fn snapshot(&self) -> Snapshot {
        let mut store = self.store();
        engine::settle(&mut store);
        store.snapshot()
    }

    /// Goes back to a snapshot of this sandbox, so that many tests can begin with what was prepared once. Tokens of
    /// that moment are good again; the log and the faults stay.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use murano_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let prepared = sandbox.snapshot();
    /// sandbox.restore(&prepared)
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unsupported`](std::io::ErrorKind::Unsupported) with a [folder](Builder::data_dir).
    pub fn restore(&self, snapshot: &Snapshot) -> std::io::Result<()> {
        self.store().restore(snapshot)
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
        let ended = self.wait().await;
        self.shared.close();
        ended
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
        // Calls under way may outlive the task for a moment; the folder is free from now on.
        self.shared.close();
    }
}
