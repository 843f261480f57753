//! A sandbox in a thread of its own, and the program pointed to it.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use murano_sandbox::{Builder, Fault, Fenix, Sandbox};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::{program::Program, secrets};

/// An imitated cloud and a folder to work in. Both go with it.
pub(crate) struct Cloud {
    folder: TempDir,
    sandbox: Option<Arc<Sandbox>>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<()>>,
}

impl Cloud {
    /// A folder where no cloud is known.
    pub(crate) fn none() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        Self {
            folder,
            sandbox: None,
            stop: None,
            server: None,
        }
    }

    pub(crate) fn start() -> Self {
        Self::with_faults(Vec::new())
    }

    /// A cloud in which these things go wrong.
    pub(crate) fn with_faults(faults: Vec<Fault>) -> Self {
        let cloud = Self::of(Self::builder());
        for fault in faults {
            cloud.sandbox().order(fault);
        }
        cloud
    }

    /// How clouds are for tests.
    pub(crate) fn builder() -> Builder {
        // Deployments end at once, unless an application orders something else.
        let builder = Sandbox::builder().deploy_time(Duration::ZERO);
        let builder = builder.password_prefix(secrets::MARK).fenix(Fenix::Late);
        builder.reply_time(Duration::from_secs(600))
    }

    pub(crate) fn of(builder: Builder) -> Self {
        let mut cloud = Self::none();
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::channel();
        let server = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let sandbox = Arc::new(builder.start().await.unwrap());
                ready.send(sandbox.clone()).unwrap();
                let _ = stopped.await;
                if let Some(sandbox) = Arc::into_inner(sandbox) {
                    sandbox.stop().await.unwrap();
                }
            });
        });
        let sandbox = started.recv().unwrap();
        std::fs::write(cloud.folder().join("clouds.yaml"), sandbox.clouds_yaml()).unwrap();
        cloud.sandbox = Some(sandbox);
        cloud.stop = Some(stop);
        cloud.server = Some(server);
        cloud
    }

    /// The imitated cloud itself.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A program that sees nothing of the caller's environment.
    pub(crate) fn program(&self, program: &str) -> Program {
        let binary = Path::new(env!("CARGO_BIN_EXE_murano"));
        let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
        let mut command = Command::new(program);
        command
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder())
            .env("TMPDIR", self.folder().join("tmp"))
            .env("OS_CLOUD", "sandbox")
            // The keyring is not the test's; what it would keep is in a file of the home folder.
            .env("MURANO_KEYRING", "none")
            .stdin(Stdio::null());
        Program::new(command)
    }

    /// The program under test.
    pub(crate) fn murano(&self, arguments: &[&str]) -> Program {
        let mut command = self.program(env!("CARGO_BIN_EXE_murano"));
        command.args(arguments);
        command
    }

    /// Runs the program, which has to succeed, and gives its output.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.murano(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        drop(self.sandbox.take());
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
        if !thread::panicking() {
            secrets::check_files(self.folder());
        }
    }
}
