//! What happens to a command when the wire goes wrong, at any byte of what it says or hears.
//!
//! `MURANO_TEST_FAULTS=all` tries many times as many places as a usual run.

mod proxy;

use std::{
    fmt::Write as _,
    path::Path,
    process::{Output, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use proxy::{Fault, Harm, Proxy, Way};

use crate::{cloud::Cloud, program::Program, secrets};

/// Longest a command may take, with all its attempts.
const LIMIT: Duration = Duration::from_secs(30);
const HARMS: [Harm; 7] = [
    Harm::Reset,
    Harm::Cut,
    Harm::Silence,
    Harm::Delay,
    Harm::Slice,
    Harm::Garble,
    Harm::Repeat,
];

/// A command, and what must hold whatever happens to it.
struct Job {
    name: &'static str,
    /// Lines that prepare it, over a sound wire. What one with `-f value` prints stands for `{}` in what follows.
    before: &'static [&'static str],
    line: &'static str,
    /// A list, and how many entries it has when the job is done. It never has more.
    done: (&'static str, usize),
    /// The file it writes.
    file: Option<&'static str>,
}

const IMPORT: &str = "package import PACKAGES/greeter --quiet";
const OPEN: &str = "session create shop -f value -c id";
const ADD: &str = "app add shop com.example.Greeter --name Ann --session {} --quiet";

const JOBS: &[Job] = &[
    Job {
        name: "log in and list",
        before: &["env create shop --quiet"],
        line: "env list -f json --no-cache",
        done: ("env list -f json", 1),
        file: None,
    },
    Job {
        name: "create an environment",
        before: &["env list --quiet"],
        line: "env create shop",
        done: ("env list -f json", 1),
        file: None,
    },
    Job {
        name: "import a package",
        before: &["env list --quiet"],
        line: "package import PACKAGES/greeter --exists-action skip",
        done: ("package list --owned -f json", 1),
        file: None,
    },
    Job {
        name: "download a package",
        before: &[IMPORT],
        line: "package download com.example.Greeter greeter.zip",
        done: ("package list --owned -f json", 1),
        file: Some("greeter.zip"),
    },
    Job {
        name: "open a session",
        before: &["env create shop --quiet"],
        line: "session create shop",
        done: ("env list -f json", 1),
        file: None,
    },
    Job {
        name: "add an application",
        before: &[IMPORT, "env create shop --quiet", OPEN],
        line: "app add shop com.example.Greeter --name Ann --session {}",
        done: ("app list shop --session {} -f json", 1),
        file: None,
    },
    Job {
        name: "deploy and wait",
        before: &[IMPORT, "env create shop --quiet", OPEN, ADD],
        line: "session deploy shop {} --wait",
        done: ("deployment list shop -f json", 1),
        file: None,
    },
    Job {
        name: "delete an environment",
        before: &["env create shop --quiet"],
        line: "env delete shop --wait",
        done: ("env list -f json", 0),
        file: None,
    },
];

/// A cloud on which a job is prepared.
struct Stage<'a> {
    cloud: Cloud,
    job: &'a Job,
    /// What `{}` stands for.
    kept: String,
}

impl<'a> Stage<'a> {
    fn set(job: &'a Job) -> Self {
        let mut stage = Self {
            cloud: Cloud::start(),
            job,
            kept: String::new(),
        };
        for line in job.before {
            let output = stage.program(line).output().unwrap();
            assert!(output.status.success(), "{line}: {output:?}");
            if line.contains("-f value") {
                let printed = String::from_utf8(output.stdout).unwrap();
                printed.trim().clone_into(&mut stage.kept);
            }
        }
        stage
    }

    fn program(&self, line: &str) -> Program {
        let packages = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/packages");
        let words: Vec<String> = line
            .split(' ')
            .map(|word| word.replace("{}", &self.kept).replace("PACKAGES", packages))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.cloud.murano(&words)
    }

    /// The job over a wire; `None` where it did not end in time.
    fn run(&self, proxy: &Proxy) -> Option<Output> {
        let url = format!("http://127.0.0.1:{}", proxy.port);
        let mut command = self.program(self.job.line);
        command
            .env("OS_AUTH_URL", format!("{url}/identity/v3"))
            .env("MURANO_URL", &url)
            .args(&["--api-timeout", "1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if begun.elapsed() > LIMIT {
                child.kill().unwrap();
                child.wait().unwrap();
                return None;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let output = child.wait_with_output().unwrap();
        secrets::check(&output.stdout, self.job.line);
        secrets::check(&output.stderr, self.job.line);
        Some(output)
    }

    fn port(&self) -> u16 {
        let text = std::fs::read_to_string(self.cloud.folder().join("clouds.yaml")).unwrap();
        let (_, rest) = text.split_once("http://127.0.0.1:").unwrap();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    }

    /// Entries of the list that tells how far the job is; none where it is not to be had.
    fn entries(&self) -> usize {
        let output = self.program(self.job.done.0).output().unwrap();
        let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        list.as_array().map_or(0, Vec::len)
    }
}

/// What a fault has brought about that it must not; empty where all is well.
fn violations(job: &Job, fault: Fault) -> String {
    let stage = Stage::set(job);
    let proxy = Proxy::start(stage.port(), Some(fault));
    let mut wrong = String::new();
    let Some(output) = stage.run(&proxy) else {
        return format!("does not end within {LIMIT:?}");
    };
    let stderr = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    let lies = fault.harm.lies() && proxy.has_struck();
    match code {
        Some(0) => {}
        _ if fault.harm.is_harmless() => write!(wrong, "notices a harmless wire; ").unwrap(),
        Some(1..=7) if output.stdout.is_empty() => {}
        Some(1..=7) => write!(wrong, "fails with something on stdout; ").unwrap(),
        // 101 is a panic, no code is a signal.
        _ => write!(wrong, "ends with {code:?}; ").unwrap(),
    }
    let tells = |line: &str| line.starts_with("error: ") || line.starts_with("{\"kind\"");
    if code != Some(0) && stderr.lines().filter(|line| tells(line)).count() != 1 {
        write!(wrong, "not one error is told; ").unwrap();
    }
    files(&stage, code == Some(0), &mut wrong);
    if !lies {
        let (entries, all) = (stage.entries(), job.done.1);
        if code == Some(0) && entries != all {
            write!(wrong, "succeeds with {entries} of {all}; ").unwrap();
        }
        if entries > all.max(1) {
            write!(wrong, "{entries} of {all} are there; ").unwrap();
        }
        if code != Some(0) {
            again(&stage, &mut wrong);
        }
    }
    if !wrong.is_empty() {
        write!(wrong, "exit {code:?}, {}", stderr.trim()).unwrap();
    }
    wrong
}

/// Whether there is the file that was asked for and no other.
fn files(stage: &Stage, succeeded: bool, wrong: &mut String) {
    let known = [
        "clouds.yaml",
        "tmp",
        ".cache",
        ".local",
        ".config",
        "Library",
    ];
    for entry in std::fs::read_dir(stage.cloud.folder()).unwrap() {
        let name = entry.unwrap().file_name();
        let name = name.to_str().unwrap();
        let is_asked_for = stage.job.file == Some(name) && succeeded;
        if !known.contains(&name) && !is_asked_for {
            write!(wrong, "leaves {name}; ").unwrap();
        }
    }
    if std::fs::read_dir(stage.cloud.folder().join("tmp"))
        .unwrap()
        .next()
        .is_some()
    {
        write!(wrong, "leaves a temporary file; ").unwrap();
    }
    if let Some(file) = stage.job.file.filter(|_| succeeded) {
        let path = stage.cloud.folder().join(file);
        if !is_archive(&path) {
            write!(wrong, "{file} is no archive; ").unwrap();
        }
    }
}

fn is_archive(path: &Path) -> bool {
    let end = std::fs::read(path).unwrap_or_default();
    end.len() > 22 && end[end.len() - 22..].starts_with(b"PK\x05\x06")
}

/// The next run, over a sound wire, does what is left to do: it succeeds, or says that it is done.
fn again(stage: &Stage, wrong: &mut String) {
    let output = stage.program(stage.job.line).output().unwrap();
    let code = output.status.code();
    if !matches!(code, Some(0 | 3 | 5)) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        write!(
            wrong,
            "the next run ends with {code:?}: {}; ",
            stderr.trim()
        )
        .unwrap();
    }
    let (entries, all) = (stage.entries(), stage.job.done.1);
    if entries != all {
        write!(wrong, "{entries} of {all} after the next run; ").unwrap();
    }
}

/// Places on a wire: the ends, and some between that are other ones for each harm.
fn places(length: u64, count: u64, harm: usize) -> impl Iterator<Item = u64> {
    let step = (length / count).max(1);
    let shift = u64::try_from(harm).unwrap() * step / 7;
    (0..length)
        .step_by(usize::try_from(step).unwrap())
        .map(move |at| (at + shift).min(length - 1))
}

fn faults(job: &Job, count: u64) -> Vec<Fault> {
    let stage = Stage::set(job);
    let proxy = Proxy::start(stage.port(), None);
    let output = stage.run(&proxy).unwrap();
    assert!(output.status.success(), "{}: {output:?}", job.name);
    assert_eq!(stage.entries(), job.done.1, "{}", job.name);
    let mut all = Vec::new();
    for (way, length) in [Way::Request, Way::Answer].into_iter().zip(proxy.passed()) {
        for (number, harm) in HARMS.into_iter().enumerate() {
            // A request that says something else is another request.
            if way == Way::Request && harm.lies() {
                continue;
            }
            all.extend(places(length, count, number).map(|at| Fault { way, at, harm }));
        }
    }
    all
}

#[expect(
    clippy::disallowed_methods,
    reason = "a setting of the test, not of the program"
)]
fn is_thorough() -> bool {
    std::env::var_os("MURANO_TEST_FAULTS").is_some()
}

#[test]
fn a_bad_wire_does_no_harm() {
    let count = if is_thorough() { 200 } else { 5 };
    let points: Vec<(&Job, Fault)> = JOBS
        .iter()
        .flat_map(|job| {
            faults(job, count)
                .into_iter()
                .map(move |fault| (job, fault))
        })
        .collect();
    let (next, wrong) = (Mutex::new(points.iter()), Mutex::new(Vec::new()));
    // Most of the time a command waits for its next attempt.
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let Some((job, fault)) = next.lock().unwrap().next() else {
                        break;
                    };
                    let text = violations(job, *fault);
                    if !text.is_empty() {
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("{}, {fault}: {text}", job.name));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!(
        "{} commands, {} points tried, violations {}",
        JOBS.len(),
        points.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
