//! The sandbox inside the process, for commands with `--os-cloud sandbox`.

use std::{io, sync::mpsc, thread, time::Duration};

use murano_sandbox::{Account, Builder};
use murano_sdk::auth::Settings;
use tokio::sync::oneshot;

use crate::{
    config,
    report::{self, Failure},
};

/// Who tries out maintenance types the replies of the projects, which takes longer than 20 s.
const REPLY_TIME: Duration = Duration::from_secs(600);

/// A sandbox in a thread of its own. Dropping it ends the sandbox and frees its folder.
pub(crate) struct Local {
    pub(crate) auth_url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Local {
    /// Starts the sandbox of the user on a free port of this computer.
    pub(crate) fn start(config: &config::Sandbox) -> anyhow::Result<Self> {
        let (ready, started) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let builder = builder(config);
        let serve = move || {
            if let Err(error) = serve(builder, &ready, stopped) {
                // The other end waits for one message, which may have been sent.
                let _ = ready.send(Err(error));
            }
        };
        let thread = thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(serve)?;
        let auth_url = started.recv()?.map_err(|error| failure(&error))?;
        Ok(Self {
            auth_url,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // All it has answered is stored, so there is nothing left that could fail.
            let _ = thread.join();
        }
    }
}

/// The sandbox as the user has set it up.
pub(crate) fn builder(config: &config::Sandbox) -> Builder {
    murano_sandbox::Sandbox::builder()
        .data_dir(&config.folder)
        .deploy_time(config.deploy_time)
        .lock_wait(config.wait)
        .fenix(config.fenix)
        .reply_time(REPLY_TIME)
        .mogan(config.mogan)
}

fn serve(
    builder: Builder,
    ready: &mpsc::Sender<io::Result<String>>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let sandbox = builder.start().await?;
        // Who waits for it goes on only after this.
        let _ = ready.send(Ok(sandbox.auth_url()));
        // The sender says nothing, it goes away.
        let _ = stopped.await;
        Ok(())
    })
}

/// Everything for a login but the address.
pub(crate) fn settings(account: &Account) -> Settings {
    let mut settings = Settings::new();
    for (key, value) in [
        ("username", account.user),
        ("password", account.password),
        ("project_name", account.project),
        ("user_domain_id", "default"),
        ("project_domain_id", "default"),
        ("region_name", "RegionOne"),
    ] {
        settings.set(key, value);
    }
    settings
}

/// Says what to do about a sandbox that cannot be started.
pub(crate) fn failure(error: &io::Error) -> anyhow::Error {
    let hint = match error.kind() {
        io::ErrorKind::ResourceBusy => {
            "MURANO_SANDBOX_DIR names another folder, MURANO_SANDBOX_WAIT the time to wait; for several \
             programs at once there is `murano sandbox serve`"
        }
        io::ErrorKind::InvalidData => "`murano sandbox reset` removes what is there",
        _ => return Failure::Other(error.to_string()).into(),
    };
    report::hinted(Failure::Other(error.to_string()), hint)
}
