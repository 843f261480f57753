//! Where a job is played: a cloud in which everything is prepared, and to which everything goes back.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use murano_sandbox::{MoganEra, Snapshot};

use super::{
    jobs::{FILES, Job, Trait, WORLD},
    proxy::{Fault, Harm, Proxy},
};
use crate::{cloud::Cloud, import::Web, program::Program, secrets};

/// Longest a command may take, with all its attempts.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// What is in a folder, by path.
pub(super) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// How many rows each table has, and those that are not as they were before the job, without what differs from run to
/// run.
pub(super) type Census = BTreeMap<&'static str, (usize, Vec<String>)>;

const TABLES: [&str; 11] = [
    "environments",
    "sessions",
    "templates",
    "packages",
    "classes",
    "categories",
    "images",
    "deployments",
    "instances",
    "maintenance_sessions",
    "maintenance_constraints",
];

/// What every job finds. It is made once.
pub(super) struct World {
    snapshot: Snapshot,
    files: Files,
    names: HashMap<String, String>,
}

impl World {
    pub(super) fn make() -> Self {
        let mut place = Place::new();
        for (name, text) in FILES {
            write(&place.cloud.folder().join(name), text.as_bytes());
        }
        for line in WORLD {
            place.prepare(line);
        }
        // What is younger than two seconds may be taken for what a lost call has made.
        thread::sleep(Duration::from_secs(3));
        let mut files = listing(place.cloud.folder());
        files.retain(|path, _| !is_own(path) && path != Path::new("clouds.yaml"));
        Self {
            snapshot: place.cloud.sandbox().snapshot(),
            files,
            names: place.names,
        }
    }
}

/// A cloud and what stands for names in lines.
struct Place {
    cloud: Cloud,
    names: HashMap<String, String>,
}

impl Place {
    fn new() -> Self {
        Self {
            // Long enough for a long run, and less than what the maintenance session begins in.
            cloud: Cloud::of(
                Cloud::builder()
                    .mogan(MoganEra::Instances)
                    .reply_time(Duration::from_secs(7000)),
            ),
            names: HashMap::new(),
        }
    }

    /// Runs a line that has to succeed, and keeps what it prints where it has a name.
    fn prepare(&mut self, line: &str) {
        let (name, line) = match line.split_once('=') {
            Some((name, line)) if !name.contains(' ') => (Some(name), line),
            _ => (None, line),
        };
        let output = self.program(line).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        if let Some(name) = name {
            let printed = String::from_utf8(output.stdout).unwrap();
            let name = format!("{{{name}}}");
            self.names.insert(name, printed.trim().to_owned());
        }
    }

    fn program(&self, line: &str) -> Program {
        let packages = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/packages");
        let mut line = line.replace("PACKAGES", packages);
        line = line.replace("ADMIN", "--os-cloud sandbox-admin");
        for (name, value) in &self.names {
            line = line.replace(name, value);
        }
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        self.cloud.murano(&words)
    }
}

/// What is left of a run.
pub(super) struct Run {
    pub(super) output: Output,
    pub(super) files: Files,
    pub(super) census: Census,
    /// Ids of the sessions that wait to be deployed.
    pub(super) sessions: BTreeSet<String>,
}

impl Run {
    pub(super) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub(super) fn stdout(&self) -> String {
        masked(&String::from_utf8_lossy(&self.output.stdout))
    }

    pub(super) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

/// A cloud on which a job is prepared, behind a wire.
pub(super) struct Stage<'a> {
    pub(super) job: &'a Job,
    pub(super) proxy: Proxy,
    place: Place,
    start: Snapshot,
    files: Files,
}

impl<'a> Stage<'a> {
    pub(super) fn set(job: &'a Job, world: &World) -> Self {
        let mut place = Place::new();
        place.names.clone_from(&world.names);
        let cloud = &place.cloud;
        cloud.sandbox().restore(&world.snapshot).unwrap();
        for (path, content) in &world.files {
            write(&cloud.folder().join(path), content);
        }
        let endpoint = cloud.sandbox().endpoint();
        let proxy = if job.is_about_repository() {
            let web = Web::start(cloud.folder().join("site"), "");
            Proxy::start(port(&web.url))
        } else {
            Proxy::start(port(&endpoint))
        };
        let near = format!("http://127.0.0.1:{}", proxy.port);
        if job.is_about_repository() {
            place
                .names
                .insert("REPO".to_owned(), format!("{near}/site"));
        } else {
            let settings = cloud.sandbox().clouds_yaml().replace(&endpoint, &near);
            fs::write(cloud.folder().join("clouds.yaml"), settings).unwrap();
        }
        place.prepare("env list --quiet");
        if job.line.contains("ADMIN") {
            place.prepare("env list --quiet ADMIN");
        }
        for line in job.before {
            place.prepare(line);
        }
        Self {
            job,
            proxy,
            start: place.cloud.sandbox().snapshot(),
            files: listing(place.cloud.folder()),
            place,
        }
    }

    /// The job over the wire with this fault; `None` where it did not end in time.
    pub(super) fn run(&self, fault: Option<Fault>) -> Option<Run> {
        self.proxy.arm(fault);
        let mut command = self.place.program(self.job.line);
        // Only of what is silent nothing is expected; a machine that is busy is not to be taken for it.
        let is_silent = fault.is_some_and(|fault| fault.harm == Harm::Silence);
        command.args(&["--api-timeout", if is_silent { "2" } else { "30" }]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
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
        if !self.job.is(Trait::Token) {
            secrets::check(&output.stdout, self.job.line);
        }
        secrets::check(&output.stderr, self.job.line);
        Some(self.look(output))
    }

    /// What is there before the job.
    pub(super) fn before(&self) -> Run {
        let output = self.place.program("--version").output().unwrap();
        self.look(output)
    }

    fn look(&self, output: Output) -> Run {
        let now = self.place.cloud.sandbox().snapshot();
        let census = |table| {
            let (rows, before) = (now.rows(table), self.start.rows(table));
            let changed = rows.iter().filter(|row| !before.contains(row));
            let mut changed: Vec<String> = changed.map(|row| masked(&row.to_string())).collect();
            changed.sort();
            (rows.len(), changed)
        };
        let open = now.rows("sessions").into_iter();
        let open = open.filter(|row| row["state"] == "opened");
        Run {
            output,
            files: visible(&listing(self.place.cloud.folder())),
            census: TABLES.map(|table| (table, census(table))).into(),
            sessions: open
                .filter_map(|row| row["id"].as_str().map(str::to_owned))
                .collect(),
        }
    }

    /// Whether nothing is left in the folder for temporary files.
    pub(super) fn is_tidy(&self) -> bool {
        let mut left = fs::read_dir(self.place.cloud.folder().join("tmp")).unwrap();
        left.next().is_none()
    }

    /// Makes everything as it was before the job.
    pub(super) fn restore(&self) {
        let folder = self.place.cloud.folder();
        for entry in fs::read_dir(folder.join("tmp")).unwrap() {
            remove(&entry.unwrap().path());
        }
        for path in listing(folder).keys() {
            if !self.files.contains_key(path) {
                remove(&folder.join(path));
            }
        }
        for (path, content) in &self.files {
            let path = folder.join(path);
            if fs::read(&path).ok().as_ref() != Some(content) {
                write(&path, content);
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            }
        }
        self.place.cloud.sandbox().restore(&self.start).unwrap();
    }
}

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else {
        fs::remove_file(path).unwrap();
    }
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn port(url: &str) -> u16 {
    let port = url.trim_start_matches("http://127.0.0.1:");
    port.trim_end_matches("/site").parse().unwrap()
}

/// Whether the program keeps it for itself, such as tokens.
fn is_own(path: &Path) -> bool {
    path.starts_with(".cache") || path.starts_with(".local") || path.starts_with(".config")
}

/// All files below a folder, but temporary ones.
fn listing(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap();
            if name == Path::new("tmp") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(name.to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The files that the user sees.
fn visible(files: &Files) -> Files {
    let seen = files.iter().filter(|(path, _)| !is_own(path));
    seen.map(|(path, content)| (path.clone(), content.clone()))
        .collect()
}

/// The text without ids and times.
fn masked(text: &str) -> String {
    let is_id = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c) || c == '-';
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let id = rest.find(|c| !is_id(c)).unwrap_or(rest.len());
        let digits = rest[..id].chars().filter(|c| *c != '-').count();
        let length = time_length(rest.as_bytes());
        let end = if length > 0 { length } else { id };
        if length > 0 || digits >= 13 {
            out.push('#');
        } else {
            out.push_str(&rest[..end.max(first.len_utf8())]);
        }
        rest = &rest[end.max(first.len_utf8())..];
    }
    out
}

/// Length of the time that a text begins with.
fn time_length(text: &[u8]) -> usize {
    let fits = |(sign, byte): (&u8, &u8)| match sign {
        b'0' => byte.is_ascii_digit(),
        b'T' => b"T ".contains(byte),
        _ => sign == byte,
    };
    let form = b"0000-00-00T00:00:00";
    if text.len() < form.len() || !form.iter().zip(text).all(fits) {
        return 0;
    }
    let rest = &text[form.len()..];
    let more = rest
        .iter()
        .take_while(|byte| b"0123456789.:Z+".contains(byte));
    form.len() + more.count()
}

#[test]
fn what_differs_from_run_to_run_is_masked() {
    let id = "0123456789abcdef0123456789abcdef";
    let text = format!(
        "{{\"id\":\"{id}_echo\",\"at\":2026-01-02T03:04:05Z,\"due\":1767323045000000,\"size\":7}}"
    );
    assert_eq!(
        masked(&text),
        "{\"id\":\"#_echo\",\"at\":#,\"due\":#,\"size\":7}"
    );
    assert_eq!(masked("| 7 – 2026-01-02 03:04:05.678+00:00 |"), "| 7 – # |");
}
