//! Whether every route of the API is reached: the table `docs/api-coverage.md` against the SDK's
//! sources, the promises, and the calls that were answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::{Outcome, Place};

const TABLE: &str = include_str!("../../docs/api-coverage.md");
/// The services of the table; the numbers of a neighbour's rows begin with its letter.
const SERVICES: [Service; 4] = [
    Service {
        title: "",
        letter: "",
        prefix: "/v1/",
        routes: 57,
        is_live: true,
    },
    Service {
        title: " of Fenix",
        letter: "F",
        prefix: "/fenix/v1/",
        routes: 14,
        is_live: false,
    },
    Service {
        title: " of Glance",
        letter: "G",
        prefix: GLANCE,
        routes: 6,
        is_live: true,
    },
    Service {
        title: " of Mogan",
        letter: "M",
        prefix: "/baremetal_compute/v1/",
        routes: 23,
        is_live: false,
    },
];
/// The sandbox has its Glance below a path, a real one has an address of its own.
const GLANCE: &str = "/image/v2/";
/// Begins the name of the SDK in the requests; the engine's own requests have another one.
const AGENT: &str = "murano-sdk/";

/// A service with a table of its own.
#[derive(Debug)]
struct Service {
    title: &'static str,
    letter: &'static str,
    /// Where the sandbox has it, and a real one the catalog's service.
    prefix: &'static str,
    routes: usize,
    /// Whether the real service of the live suite may be there.
    is_live: bool,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    number: usize,
    prefix: &'static str,
    method: String,
    path: String,
    sdk: String,
    command: String,
    promise: String,
}

/// An answered call: method, path and status.
pub(crate) type Answered = (String, String, u16);

/// The rows of a service, as far as they can be read.
fn rows(table: &str, service: &Service) -> Vec<Row> {
    let cell = |cell: &str| cell.trim().trim_matches('`').to_owned();
    let row = |line: &str| {
        let cells: Vec<String> = line.trim().trim_matches('|').split('|').map(cell).collect();
        let [number, method, path, sdk, command, promise] = <[String; 6]>::try_from(cells).ok()?;
        Some(Row {
            number: number.strip_prefix(service.letter)?.parse().ok()?,
            prefix: service.prefix,
            method,
            path,
            sdk,
            command,
            promise,
        })
    };
    let lines = table.lines().filter(|line| line.starts_with("| "));
    lines.filter_map(row).collect()
}

impl Row {
    fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether a call is one of this route's.
    fn is_reached_by(&self, method: &str, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or(path);
        let Some(path) = path.strip_prefix(self.prefix) else {
            return false;
        };
        let mut given = path.split('/');
        for wanted in self.path.split('/').skip(1) {
            match (wanted, given.next()) {
                // Whatever is left, be it the slash alone that asks for the whole model.
                ("{path}", Some(_)) => return self.method == method,
                (name, Some(segment)) if name.starts_with('{') && !segment.is_empty() => {}
                (word, Some(segment)) if word == segment => {}
                _ => return false,
            }
        }
        self.method == method && given.next().is_none()
    }

    /// Whether one of the calls, answered with success, is of this row of the table.
    fn is_answered_in(&self, rows: &[Row], calls: &[Answered]) -> bool {
        calls.iter().any(|(method, path, status)| {
            let row = of_call(rows, method, path);
            (200..300).contains(status) && row.is_some_and(|row| row.number == self.number)
        })
    }
}

/// The row of a call: the first that fits, so that words stand before names.
fn of_call<'a>(rows: &'a [Row], method: &str, path: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.is_reached_by(method, path))
}

/// What is wrong with the table itself, given the names of all promises.
pub(crate) fn check_table(promises: &[&str]) -> Outcome {
    let mut wrong = Vec::new();
    for service in &SERVICES {
        wrong.extend(mistakes(service, promises)?);
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("docs/api-coverage.md: {}", wrong.join("; ")).into())
    }
}

fn mistakes(service: &Service, promises: &[&str]) -> std::io::Result<Vec<String>> {
    let rows = rows(TABLE, service);
    let Service { letter, routes, .. } = service;
    let mut wrong = Vec::new();
    for number in 1..=*routes {
        match rows.iter().filter(|row| row.number == number).count() {
            1 => {}
            count => wrong.push(format!("{count} rows have the number {letter}{number}")),
        }
    }
    if rows.len() != *routes {
        let title = service.title;
        wrong.push(format!("{} rows{title} instead of {routes}", rows.len()));
    }
    let mut seen = BTreeSet::new();
    for row in &rows {
        if !seen.insert(row.route()) {
            wrong.push(format!("{} occurs twice", row.route()));
        }
        if !promises.contains(&row.promise.as_str()) {
            wrong.push(format!("{}: no promise `{}`", row.route(), row.promise));
        }
        if !row.command.starts_with("murano ") {
            wrong.push(format!("{}: no command", row.route()));
        }
        if !is_in_sdk(&row.sdk)? {
            wrong.push(format!("{}: the SDK has no `{}`", row.route(), row.sdk));
        }
        let path = row.path.replace(['{', '}'], "");
        let sample = format!("{}{}", row.prefix.trim_end_matches('/'), path);
        let reached = of_call(&rows, &row.method, &sample).map(|row| row.number);
        if reached != Some(row.number) {
            wrong.push(format!("{sample} is a call of the route {reached:?}"));
        }
    }
    Ok(wrong)
}

/// Whether a type of the SDK has this public function: `Type::function`.
fn is_in_sdk(name: &str) -> std::io::Result<bool> {
    let Some((owner, function)) = name.split_once("::") else {
        return Ok(false);
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let owners = [format!("impl {owner} {{"), format!("impl {owner}<")];
    let functions = [
        ("fn", "("),
        ("fn", "<"),
        ("async fn", "("),
        ("async fn", "<"),
    ]
    .map(|(kind, end)| format!("pub {kind} {function}{end}"));
    for source in sources(&folder)? {
        let text = std::fs::read_to_string(source)?;
        for block in text.split("\nimpl").skip(1) {
            let block = format!("impl{}", block.split("\n}").next().unwrap_or(block));
            let is_owner = owners.iter().any(|owner| block.starts_with(owner));
            if is_owner && functions.iter().any(|function| block.contains(function)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn sources(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

/// The promises that were kept, and the calls each of them made where that is known.
#[derive(Default)]
struct Kept {
    sandbox: BTreeMap<&'static str, Vec<Answered>>,
    live: BTreeSet<&'static str>,
}

static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

/// Notes that a promise was kept.
pub(crate) fn note(place: Place, promise: &'static str, calls: Vec<Answered>) {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default();
    match place {
        Place::Sandbox => drop(kept.sandbox.insert(promise, calls)),
        Place::Live => drop(kept.live.insert(promise)),
    }
}

/// After the run: a line for each place and service where every promise was kept, or what was not
/// reached. `live` are the promises that are shown on a real server too.
pub(crate) fn check_calls(
    (promises, live): (&[&str], &[&str]),
    log: Option<&LiveLog>,
) -> Outcome<Vec<String>> {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).take();
    let kept = kept.unwrap_or_default();
    let is_whole = promises.iter().all(|name| kept.sandbox.contains_key(name));
    let is_live = live.iter().all(|name| kept.live.contains(name));
    let mut lines = Vec::new();
    for service in SERVICES.iter().filter(|_| is_whole) {
        let rows = rows(TABLE, service);
        let reached = |row: &&Row| {
            let calls = kept.sandbox.get(row.promise.as_str());
            calls.is_some_and(|calls| row.is_answered_in(&rows, calls))
        };
        lines.push(count("sandbox", (service, &rows), reached)?);
    }
    for service in SERVICES.iter().filter(|service| is_live && service.is_live) {
        let rows = rows(TABLE, service);
        lines.push(match log {
            None => "live: MURANO_TEST_LOG is not set, so no routes are counted".to_owned(),
            Some(log) => {
                let calls = log.calls()?;
                let is_there = |(_, path, _): &Answered| path.starts_with(service.prefix);
                if !service.title.is_empty() && !calls.iter().any(is_there) {
                    lines.push(format!("live: there is no service{}", service.title));
                    continue;
                }
                count("live", (service, &rows), |row| {
                    row.is_answered_in(&rows, &calls)
                })?
            }
        });
    }
    Ok(lines)
}

fn count(
    place: &str,
    (service, rows): (&Service, &[Row]),
    reached: impl Fn(&&Row) -> bool,
) -> Outcome<String> {
    let (good, bad): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(reached);
    let Service { title, routes, .. } = service;
    let line = format!(
        "{place}: {} of {routes} routes{title} answered with a 2xx",
        good.len()
    );
    if good.len() == *routes && bad.is_empty() {
        return Ok(line);
    }
    let missing: Vec<String> = bad
        .iter()
        .map(|row| format!("\n  {} (by {})", row.route(), row.promise))
        .collect();
    Err(format!("{line}; not reached:{}", missing.concat()).into())
}

/// The real server's list of requests, from where it ended before the first promise.
pub(crate) struct LiveLog {
    path: PathBuf,
    start: u64,
}

impl LiveLog {
    pub(crate) fn open(path: String) -> std::io::Result<Self> {
        let path = PathBuf::from(path);
        let start = std::fs::metadata(&path)?.len();
        Ok(Self { path, start })
    }

    fn calls(&self) -> std::io::Result<Vec<Answered>> {
        let mut file = std::fs::File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok(text.lines().filter_map(answered).collect())
    }
}

/// A line of the server's list: time, method, path, status, milliseconds, agent.
fn answered(line: &str) -> Option<Answered> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [_, method, path, status, _, agent] = cells.try_into().ok()?;
    let path = match path.strip_prefix("/v2/") {
        Some(path) => format!("{GLANCE}{path}"),
        None => path.to_owned(),
    };
    let call = (method.to_owned(), path, status.parse().ok()?);
    agent.contains(AGENT).then_some(call)
}

/// The checks of this file's own reading.
pub(crate) fn check_reading() -> Outcome {
    let row = |method: &str, path: &str| Row {
        number: 1,
        prefix: "/v1/",
        method: method.to_owned(),
        path: path.to_owned(),
        sdk: String::new(),
        command: String::new(),
        promise: String::new(),
    };
    let model = row("GET", "/environments/{e}/model/{path}");
    assert!(model.is_reached_by("GET", "/v1/environments/1/model/"));
    assert!(model.is_reached_by("GET", "/v1/environments/1/model/a/b?c=/d"));
    assert!(!model.is_reached_by("GET", "/v1/environments/1/model"));
    assert!(!model.is_reached_by("POST", "/v1/environments/1/model/a"));
    let patch = row("PATCH", "/environments/{e}/model/");
    assert!(patch.is_reached_by("PATCH", "/v1/environments/1/model/"));
    let one = row("GET", "/environments/{e}");
    assert!(one.is_reached_by("GET", "/v1/environments/1?x=y"));
    assert!(!one.is_reached_by("GET", "/v1/environments/"));
    assert!(!one.is_reached_by("GET", "/v1/environments/1/services"));
    assert!(!one.is_reached_by("GET", "/identity/v3/auth/tokens"));

    let line = "2026-01-02T03:04:05.678Z\tGET\t/v1/stats?a=b\t200\t12\tx murano-sdk/0.1.0";
    let call = ("GET".to_owned(), "/v1/stats?a=b".to_owned(), 200);
    assert_eq!(answered(line), Some(call));
    assert_eq!(
        answered(&line.replace("murano-sdk", "python-muranoclient")),
        None
    );
    assert_eq!(answered("no line of the list"), None);
    let image = answered(&line.replace("/v1/stats", "/v2/images"));
    assert_eq!(
        image.map(|call| call.1).as_deref(),
        Some("/image/v2/images?a=b")
    );

    let table = "| # | method |\n| --- | --- |\n| 7 | GET | `/a` | `B::c` | `murano d` | `e::f` |\n\
                 | F7 | GET | `/{a}` | `B::c` | `murano d` | `e::f` |\n";
    let [murano, fenix, ..] = &SERVICES;
    let read = rows(table, murano);
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].number, read[0].path.as_str()), (7, "/a"));
    let others = rows(table, fenix);
    assert_eq!(others.len(), 1);
    assert!(
        others[0].is_reached_by("GET", "/fenix/v1/b") && !others[0].is_reached_by("GET", "/v1/b")
    );
    let both = [row("GET", "/m/{s}/detail"), row("GET", "/m/{s}/{p}")];
    let found = of_call(&both, "GET", "/v1/m/1/detail").map(|row| row.path.as_str());
    assert_eq!(found, Some("/m/{s}/detail"));
    assert!(is_in_sdk("Environments::list")? && is_in_sdk("Session::deploy")?);
    assert!(!is_in_sdk("Environments::upload")? && !is_in_sdk("Nothing::list")?);
    let failed = count("here", (murano, &read), |_| false)
        .unwrap_err()
        .to_string();
    assert!(
        failed.contains("0 of 57") && failed.contains("GET /a"),
        "{failed}"
    );
    Ok(())
}
