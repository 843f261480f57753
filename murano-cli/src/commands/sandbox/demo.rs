use std::{
    ffi::OsString,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use murano_sandbox::Sandbox;
use murano_sdk::auth::Settings;
use serde_json::Value;

use crate::{
    cli,
    cx::Cx,
    files,
    manual::examples,
    report::Failure,
    ui::{Streams, Ui},
};

/// Show the main job, from a package to a deployed application, on an imitated cloud
///
/// Each command is run as it is shown, in this process and on a sandbox that ends with it.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano sandbox demo",
))]
pub(crate) struct Args {}

/// The package that is deployed: path and text of its files.
const PACKAGE: [(&str, &str); 2] = [
    ("manifest.yaml", include_str!("demo-package/manifest.yaml")),
    (
        "Classes/Kiosk.yaml",
        include_str!("demo-package/Classes/Kiosk.yaml"),
    ),
];
/// Long enough to see reports come.
const DEPLOY_TIME: Duration = Duration::from_secs(1);

pub(crate) async fn run(Args {}: Args, cx: &Cx) -> anyhow::Result<()> {
    let folder = files::private_folder()?;
    let package = folder.path().join("kiosk");
    write_package(&package)?;
    let sandbox = Sandbox::builder().deploy_time(DEPLOY_TIME).start().await?;
    let demo = Demo::new(cx, &sandbox);
    demo.tell(&format!(
        "# a Keystone and a Murano are imitated at {}\n",
        sandbox.endpoint()
    ))?;
    let outcome = demo.main_job(&package.display().to_string()).await;
    outcome?;
    demo.tell("# done; the imitated cloud is gone\n")
}

fn write_package(folder: &Path) -> io::Result<()> {
    for (path, text) in PACKAGE {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}

struct Demo<'a> {
    cx: &'a Cx,
    settings: Settings,
}

impl<'a> Demo<'a> {
    fn new(cx: &'a Cx, sandbox: &Sandbox) -> Self {
        let mut settings = Settings::new();
        settings.set("auth_url", sandbox.auth_url());
        for (key, value) in [
            ("username", "demo"),
            ("password", "demo"),
            ("project_name", "demo"),
        ] {
            settings.set(key, value);
        }
        Self { cx, settings }
    }

    async fn main_job(&self, package: &str) -> anyhow::Result<()> {
        self.step(&["package", "import", package]).await?;
        self.step(&["package", "list", "--owned"]).await?;
        self.step(&["env", "create", "market"]).await?;
        let session = self
            .step(&["session", "create", "market", "-f", "json"])
            .await?;
        let session: Value = serde_json::from_str(&session)?;
        let session = session["id"].as_str().unwrap_or_default();
        let add = [
            "app",
            "add",
            "market",
            "com.example.Kiosk",
            "--name",
            "kiosk",
        ];
        let options = [
            "--set",
            "ware=lemonade",
            "--set",
            "price=2.5",
            "--session",
            session,
        ];
        self.step(&[&add[..], &options[..]].concat()).await?;
        self.step(&["session", "deploy", "market", session, "--wait"])
            .await?;
        self.step(&["app", "show", "market", "kiosk"]).await?;
        self.step(&["deployment", "list", "market"]).await?;
        self.step(&["deployment", "logs", "market"]).await?;
        self.step(&["env", "delete", "market", "--wait"]).await?;
        self.step(&["package", "delete", "com.example.Kiosk"])
            .await?;
        Ok(())
    }

    /// Runs a command line of this program, shown as it would be typed; gives what it printed.
    async fn step(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let line = format!("murano {}", arguments.join(" "));
        self.tell(&format!("$ {line}"))?;
        let screen = Screen {
            ui: self.cx.ui().clone(),
            kept: Arc::default(),
        };
        let arguments = ["murano"]
            .iter()
            .chain(arguments)
            .map(OsString::from)
            .collect();
        let streams = Streams::merged(screen.clone());
        // Boxed, because this command is one of those that the line may be.
        let code = Box::pin(cli::run(arguments, streams, Some(self.settings.clone()))).await;
        self.tell("")?;
        if code != 0 {
            let text = format!("`{line}` ended with exit code {code}");
            return Err(Failure::Other(text).into());
        }
        Ok(screen.text())
    }

    fn tell(&self, text: &str) -> anyhow::Result<()> {
        Ok(self.cx.ui().result(&format!("{text}\n"))?)
    }
}

/// The terminal of the demonstration: prints and remembers.
#[derive(Clone)]
struct Screen {
    ui: Ui,
    kept: Arc<Mutex<Vec<u8>>>,
}

impl Screen {
    fn text(&self) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        self.ui.result(&String::from_utf8_lossy(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
