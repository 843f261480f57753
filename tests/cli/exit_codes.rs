//! Every command fails as the others do: exit codes, and with `-f json` one object on stderr. The commands are
//! those of `murano reference`, and so are the arguments they need, so that a new one is here by itself.

use std::{
    process::Output,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::Value;

use crate::{cloud::Cloud, program::Program, transcript};

/// Commands that need no cloud.
const LOCAL: [&str; 12] = [
    "auth status",
    "bundle save",
    "completion",
    "config show",
    "logout",
    "man",
    "package check",
    "package create",
    "package deps",
    "package save",
    "sandbox demo",
    "sandbox reset",
];

/// Tells what is wrong as its result.
const DOCTOR: &str = "doctor";

/// Serves until it is stopped.
const ENDLESS: &str = "sandbox serve";

/// What the usage of a command does not say that it needs.
const MORE: [(&str, &str); 21] = [
    ("action call", "hello.again"),
    ("app add", "io.murano.Application"),
    ("action result", "task"),
    ("app edit", "patch.json"),
    ("app show", "hello"),
    ("bundle import", "--repo-url repository"),
    ("bundle save", "--repo-url repository --path site"),
    ("env model-edit", "patch.json"),
    ("export", "shop"),
    ("instance update", "--name new"),
    ("maintenance create", "--at +2h --host compute-1"),
    ("maintenance group-set", "--name web"),
    ("maintenance instance-set", "--name web-1 --group web"),
    ("maintenance update", "--state SCALE_IN"),
    ("package create", "--template heat.yaml --output made.zip"),
    ("package save", "--path saved"),
    ("package update", "--name new"),
    ("sandbox reset", "--yes"),
    ("session deploy", "session"),
    ("template add-app", "app.json"),
    ("template update", "store"),
];

/// What stands for a placeholder; the name of anything where it is not here.
fn sample(command: &str, placeholder: &str) -> &'static str {
    match (command, placeholder) {
        ("bundle import" | "bundle save", _) => "demo",
        ("package logo", "FILE") => "logo.png",
        (command, "FILE") if command.starts_with("package") => "greeter",
        ("apply" | "diff", "FILE") => "shop.yaml",
        ("app replace", "FILE") => "apps.json",
        (_, "FILE") => "app.json",
        ("api", "METHOD") => "get",
        ("api", "PATH") => "/environments",
        ("instance power", "ACTION") => "on",
        ("instance create", "IMAGE" | "NETWORK") => "c1940655-8b8e-4370-b8f9-03ba1daeca31",
        (_, "SHELL") => "bash",
        (_, "FOLDER") => "pages",
        _ => "thing",
    }
}

/// A command of the reference.
struct Leaf {
    /// Its words without `murano`.
    name: String,
    /// The same with what it cannot do without.
    line: Vec<String>,
    has_format: bool,
}

impl Leaf {
    fn read(section: &str) -> Option<Self> {
        let usage = section.split("\nUsage: `murano ").nth(1)?;
        let usage = usage.split_once('`')?.0;
        let (name, needs) = usage.split_once(" [OPTIONS]")?;
        let mut line: Vec<String> = name.split(' ').map(str::to_owned).collect();
        for word in needs
            .split_whitespace()
            .filter(|word| !word.starts_with('['))
        {
            let word = word.trim_end_matches("...").trim_start_matches('<');
            // Of alternatives the first.
            let word = word.trim_end_matches('>').split('|').next()?;
            line.push(match word {
                option if option.starts_with("--") => option.to_owned(),
                placeholder => sample(name, placeholder).to_owned(),
            });
        }
        if let Some((_, more)) = MORE.iter().find(|(command, _)| *command == name) {
            line.extend(more.split(' ').map(str::to_owned));
        }
        Some(Self {
            has_format: section.contains("\n- `-f, --format <FORMAT>`"),
            name: name.to_owned(),
            line,
        })
    }

    fn check(&self, cloud: &Cloud) -> Result<(), String> {
        let unknown = "--no-such-option";
        self.fails(cloud, &[], Some(unknown), 2)?;
        if LOCAL.contains(&&*self.name) {
            let mut program = limited(cloud, &["--os-auth-url", "http://127.0.0.1:1/v3"]);
            let output = program.args(&self.line).output().unwrap();
            return self.is(output.status.code() == Some(0), "needs no cloud", &output);
        }
        if self.name == DOCTOR || self.name == ENDLESS {
            return Ok(());
        }
        self.fails(cloud, &["--os-password", "hush-wrong"], None, 4)?;
        self.fails(cloud, &["--os-auth-url", "http://127.0.0.1:1/v3"], None, 1)
    }

    /// Runs the command with these options before it and this one behind it, for people and for programs.
    fn fails(
        &self,
        cloud: &Cloud,
        before: &[&str],
        behind: Option<&str>,
        code: i32,
    ) -> Result<(), String> {
        let mut line = self.line.clone();
        line.extend(behind.map(str::to_owned));
        let mut program = limited(cloud, before);
        let output = program.args(&line).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let is_as_usual = output.stdout.is_empty() && told.starts_with("error: ");
        let what = format!("exit code {code}, one error on stderr, nothing on stdout");
        self.is(
            output.status.code() == Some(code) && is_as_usual,
            &what,
            &output,
        )?;
        if !self.has_format {
            return Ok(());
        }
        let output = program.args(&["-f", "json"]).output().unwrap();
        let what = format!("exit code {code} and one object on stderr alone");
        self.is(
            output.status.code() == Some(code)
                && output.stdout.is_empty()
                && is_error(&output.stderr, code),
            &what,
            &output,
        )
    }

    fn is(&self, holds: bool, what: &str, output: &Output) -> Result<(), String> {
        if holds {
            return Ok(());
        }
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Err(format!(
            "murano {}: it should be: {what}\n  it was: {}\n  out: {}\n  err: {}",
            self.line.join(" "),
            output.status,
            text(&output.stdout),
            text(&output.stderr)
        ))
    }
}

/// The program with these options; ended when it does not end by itself.
fn limited(cloud: &Cloud, options: &[&str]) -> Program {
    let mut program = cloud.program("timeout");
    program
        .args(&["60", env!("CARGO_BIN_EXE_murano")])
        .args(options);
    program
}

/// Whether this is one error as programs get it.
fn is_error(stderr: &[u8], code: i32) -> bool {
    let text = String::from_utf8_lossy(stderr);
    let Ok(Value::Object(error)) = serde_json::from_str(&text) else {
        return false;
    };
    let has_all = [
        "kind",
        "message",
        "hint",
        "status",
        "request_id",
        "exit_code",
    ]
    .iter()
    .all(|member| error.contains_key(*member));
    let kind = match code {
        1 => "transport",
        2 => "usage",
        _ => "unauthorized",
    };
    let told_by_keystone = error["status"] == 401
        && error["request_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req-"));
    text.lines().count() == 1
        && has_all
        && error["kind"] == kind
        && error["exit_code"] == code
        && error["message"]
            .as_str()
            .is_some_and(|message| !message.is_empty())
        && (code != 4 || told_by_keystone)
}

/// The files that the samples name.
fn prepare(cloud: &Cloud) {
    let packages = transcript::folder().join("../data/packages");
    for place in ["greeter", "repository/apps/com.example.Greeter"] {
        let script = format!(
            "mkdir -p {place} && cp -R {}/greeter/. {place}",
            packages.display()
        );
        let copied = cloud.program("sh").args(&["-c", &script]).status();
        assert!(copied.unwrap().success());
    }
    let model = r#"{"?": {"type": "io.murano.Application"}}"#;
    for (file, text) in [
        ("app.json", model),
        ("apps.json", &format!("[{model}]")),
        ("patch.json", r#"[{"op": "remove", "path": "/services/0"}]"#),
        ("shop.yaml", "kind: environment\nname: shop\n"),
        ("heat.yaml", "heat_template_version: 2013-05-23\n"),
        (
            "repository/bundles/demo.bundle",
            r#"{"Packages": [{"Name": "com.example.Greeter"}]}"#,
        ),
    ] {
        let path = cloud.folder().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn every_command_fails_in_the_same_way() {
    let cloud = Cloud::start();
    prepare(&cloud);
    let reference = cloud.run(&["reference"]);
    let leaves: Vec<Leaf> = reference.split("\n##").filter_map(Leaf::read).collect();
    assert!(
        leaves.len() > 90,
        "only {} commands were found",
        leaves.len()
    );
    for name in LOCAL.iter().chain(MORE.iter().map(|(name, _)| name)) {
        let exists = leaves.iter().any(|leaf| leaf.name == *name);
        assert!(exists, "there is no `murano {name}` any more");
    }
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(leaf) = leaves.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = leaf.check(&cloud) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
