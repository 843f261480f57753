//! What a promise is shown on: a sandbox of its own, or the real Murano, one promise at a time.

use std::{cell::RefCell, path::PathBuf, rc::Rc, sync::Arc, time::Duration};

use murano_sandbox::{Builder, Fenix, MoganEra, Sandbox};
use murano_sdk::{
    Client, ErrorKind, Result, archive::PackageFile, auth::Settings,
    environments::EnvironmentHandle, fresh_id, model::Application, packages::Package,
};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use crate::coverage::LiveLog;

const VARIABLES: [&str; 3] = [
    "MURANO_TEST_CLOUD",
    "MURANO_TEST_ALT_CLOUD",
    "MURANO_TEST_ADMIN_CLOUD",
];

/// The real server keeps its data in `SQLite`, which takes one writer at a time.
static LIVE: Mutex<()> = Mutex::const_new(());

pub(crate) struct Cloud {
    /// A member of a project.
    pub(crate) member: Client,
    /// A member of another project.
    pub(crate) other: Client,
    /// An administrator, in a project of its own.
    pub(crate) admin: Client,
    /// Settings of the member, to build clients that differ in one of them.
    pub(crate) settings: Settings,
    /// The sandbox, where it is one.
    pub(crate) sandbox: Option<Arc<Sandbox>>,
    /// Sandboxes with another Mogan, whose calls count too.
    pub(crate) further: Rc<RefCell<Vec<Arc<Sandbox>>>>,
    _turn: Option<MutexGuard<'static, ()>>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "these variables are the suite's own settings"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub(crate) fn is_live() -> bool {
    VARIABLES.iter().all(|name| variable(name).is_some())
}

/// The list of the real server's requests, where it is named.
pub(crate) fn live_log() -> std::io::Result<Option<LiveLog>> {
    variable("MURANO_TEST_LOG").map(LiveLog::open).transpose()
}

impl Cloud {
    pub(crate) async fn sandbox() -> std::io::Result<Self> {
        Self::with(Sandbox::builder()).await
    }

    /// A sandbox of its own with another Mogan beside it.
    pub(crate) async fn with_mogan(&self, era: MoganEra) -> std::io::Result<Self> {
        let cloud = Self::with(Sandbox::builder().mogan(era)).await?;
        self.further.borrow_mut().extend(cloud.sandbox.clone());
        Ok(cloud)
    }

    async fn with(builder: Builder) -> std::io::Result<Self> {
        let sandbox = builder
            .deploy_time(Duration::from_millis(150))
            .fenix(Fenix::Late)
            .reply_time(MINUTE)
            .image_limit_mib(8)
            .start()
            .await?;
        let settings = |user: &str, project: &str| {
            let mut settings = Settings::new();
            settings.set("auth_url", sandbox.auth_url());
            settings.set("username", user);
            settings.set("password", user);
            settings.set("project_name", project);
            settings
        };
        let mut admin = settings("admin", "admin");
        admin.set("password", "secret");
        let member = settings("demo", "demo");
        Ok(Self {
            member: client(&member),
            other: client(&settings("alt", "alt")),
            admin: client(&admin),
            settings: member,
            sandbox: Some(Arc::new(sandbox)),
            further: Rc::default(),
            _turn: None,
        })
    }

    pub(crate) async fn live() -> Result<Self> {
        let turn = LIVE.lock().await;
        let [member, other, admin] =
            VARIABLES.map(|name| Settings::load(Some(&variable(name).unwrap_or_default())));
        let member = member?;
        Ok(Self {
            member: client(&member),
            other: client(&other?),
            admin: client(&admin?),
            settings: member,
            sandbox: None,
            further: Rc::default(),
            _turn: Some(turn),
        })
    }

    /// A client like the member's with some settings changed.
    pub(crate) fn member_with(&self, changes: &[(&str, &str)]) -> Client {
        let mut settings = self.settings.clone();
        for (key, value) in changes {
            settings.set(key, *value);
        }
        client(&settings)
    }

    /// Pause between two looks while waiting.
    pub(crate) fn pace(&self) -> Duration {
        Duration::from_millis(if self.sandbox.is_some() { 20 } else { 300 })
    }

    /// A fresh environment of the member.
    pub(crate) async fn environment(&self) -> Result<EnvironmentHandle> {
        let env = self.member.environments().create(name("env")).await?;
        Ok(self.member.environment(env.id))
    }

    /// The package of a folder in `tests/data/packages`, uploaded by the member if need be.
    pub(crate) async fn package(&self, folder: &str) -> Result<Package> {
        let file = PackageFile::open(package_folder(folder))?;
        match self.member.packages().upload(&file).await {
            Err(error) if error.kind() == ErrorKind::Conflict => {
                self.member
                    .packages()
                    .find(&file.manifest().full_name)
                    .await
            }
            other => other,
        }
    }

    /// Adds an application through a session of its own and deploys it to the end.
    pub(crate) async fn deploy(&self, env: &EnvironmentHandle, application: &Value) -> Result<()> {
        let session = env.open_session().await?;
        session.services().add(application).await?;
        let running = session.deploy().await?;
        running.wait().interval(self.pace()).timeout(MINUTE).await?;
        Ok(())
    }

    /// Removes an environment for good, whatever state it is in.
    pub(crate) async fn clean(&self, env: &EnvironmentHandle) -> Result<()> {
        env.delete().abandon(true).await
    }
}

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn client(settings: &Settings) -> Client {
    Client::builder()
        .settings(settings.clone())
        .build()
        .expect("complete settings")
}

/// A name nobody else has.
pub(crate) fn name(stem: &str) -> String {
    format!("{stem}-{}", &fresh_id()[..12])
}

pub(crate) fn package_folder(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("../tests/data/packages").join(name)
}

/// An application of the class of the package `greeter`.
pub(crate) fn greeter(name: &str) -> Value {
    Application::new("com.example.Greeter")
        .set("name", name)
        .build()
}
