//! What happens to a command when the wire goes wrong, at any byte of what it says or hears.
//!
//! `MURANO_TEST_FAULTS=all` tries many times as many places as a usual run; `MURANO_TEST_FAULTS_OF=app` those of
//! commands with this in their lines alone.

mod jobs;
mod proxy;
mod stage;

use std::{fmt::Write as _, sync::Mutex, thread};

use jobs::{JOBS, Job, SILENT, Trait};
use proxy::{Fault, Harm, Way};
use stage::{Census, Files, LIMIT, Run, Stage, World};

use crate::cloud::Cloud;

const HARMS: [Harm; 7] = [
    Harm::Reset,
    Harm::Cut,
    Harm::Silence,
    Harm::Delay,
    Harm::Slice,
    Harm::Garble,
    Harm::Repeat,
];

/// What a job does over a sound wire.
struct Sound {
    before: Run,
    after: Run,
    /// Bytes that go each way.
    lengths: [u64; 2],
}

impl Sound {
    /// Or what keeps the job from being done even so.
    fn of(stage: &Stage) -> Result<Self, String> {
        let after = stage.run(None).ok_or("does not end over a sound wire")?;
        let (code, stderr) = (after.code(), after.stderr());
        if code != Some(stage.job.code()) {
            return Err(format!("ends with {code:?} over a sound wire: {stderr}"));
        }
        let lengths = stage.proxy.passed();
        if lengths.contains(&0) {
            return Err("says or hears nothing".to_owned());
        }
        stage.restore();
        let before = stage.before();
        if !stage.job.changes() && before.census != after.census {
            return Err("changes something".to_owned());
        }
        Ok(Self {
            before,
            after,
            lengths,
        })
    }
}

/// What a fault has brought about that it must not; empty where all is well.
fn violations(stage: &Stage, sound: &Sound, fault: Fault) -> String {
    let job = stage.job;
    let Some(run) = stage.run(Some(fault)) else {
        return format!("does not end within {LIMIT:?}");
    };
    let struck = stage.proxy.struck();
    let lies = fault.harm.lies() && struck.is_some();
    let mut wrong = said(job, &run, fault);
    let succeeded = run.code() == Some(job.code());
    files(stage, sound, &run, succeeded && !lies, &mut wrong);
    if !lies {
        let is_same =
            job.is(Trait::Varies) || job.changes() || run.stdout() == sound.after.stdout();
        if succeeded && !is_same {
            let (told, wanted) = (run.stdout(), sound.after.stdout());
            write!(wrong, "prints {told:?} and not {wanted:?}; ").unwrap();
        }
        state(sound, &run, succeeded, &mut wrong);
        sessions(sound, &run, struck.as_deref(), &mut wrong);
        if !succeeded && job.changes() {
            again(stage, sound, &run, &mut wrong);
        }
    }
    if !wrong.is_empty() {
        let (code, stderr) = (run.code(), run.stderr());
        write!(wrong, "exit {code:?}, at {struck:?}: {}", stderr.trim()).unwrap();
    }
    stage.restore();
    wrong
}

/// Looks at exit code and output.
fn said(job: &Job, run: &Run, fault: Fault) -> String {
    let mut wrong = String::new();
    let (code, stderr) = (run.code(), run.stderr());
    if code == Some(job.code()) {
        return wrong;
    }
    // What breaks is a transport error or a timeout, what lies may be anything.
    let is_right = match code {
        _ if fault.harm.is_harmless() => false,
        Some(1 | 7) => true,
        Some(2..=6) => fault.harm.lies(),
        // 101 is a panic, no code is a signal.
        _ => false,
    };
    if !is_right {
        write!(wrong, "ends with {code:?}; ").unwrap();
    }
    if !run.output.stdout.is_empty() && !job.is(Trait::Streams) && !job.is(Trait::Tells) {
        write!(wrong, "fails with something on stdout; ").unwrap();
    }
    let tells = |line: &&str| line.starts_with("error: ") || line.starts_with("{\"kind\"");
    let errors = stderr.lines().filter(tells).count();
    let is_told = if job.is(Trait::Old) {
        !stderr.is_empty()
    } else {
        errors == 1 || job.is(Trait::Tells)
    };
    if !is_told {
        write!(wrong, "tells {errors} errors; ").unwrap();
    }
    wrong
}

/// Whether there are the files that were asked for and no others: each is as it was or as it should be.
fn files(stage: &Stage, sound: &Sound, run: &Run, is_done: bool, wrong: &mut String) {
    let is_whole = |files: &Files, name, content| files.get(name) == Some(content);
    for (name, content) in &run.files {
        let asked = sound.after.files.contains_key(name);
        let known = is_whole(&sound.before.files, name, content)
            || is_whole(&sound.after.files, name, content)
            || (asked && !is_done && run.code() == Some(stage.job.code()));
        if !known {
            write!(wrong, "leaves {}; ", name.display()).unwrap();
        }
    }
    if is_done && run.files != sound.after.files {
        write!(wrong, "does not leave what was asked for; ").unwrap();
    }
    if !stage.is_tidy() {
        write!(wrong, "leaves a temporary file; ").unwrap();
    }
}

/// Whether nothing is there twice, and all is there where the job has succeeded.
fn state(sound: &Sound, run: &Run, succeeded: bool, wrong: &mut String) {
    let (before, after) = (&sound.before.census, &sound.after.census);
    for (table, (count, _)) in &run.census {
        let most = before[table].0.max(after[table].0);
        if *count > most && *table != "sessions" {
            write!(wrong, "{count} of {most} {table}; ").unwrap();
        }
    }
    if succeeded {
        compare(&run.census, after, "", wrong);
    }
}

/// Tells which tables are not as they should be. Sessions that were lost may be there, too.
fn compare(now: &Census, wanted: &Census, when: &str, wrong: &mut String) {
    for (table, wanted) in wanted {
        let now = &now[table];
        let is_there = match *table {
            "sessions" => wanted.1.iter().all(|row| now.1.contains(row)),
            _ => wanted == now,
        };
        if !is_there {
            write!(wrong, "{table} are {now:?}{when} and not {wanted:?}; ").unwrap();
        }
    }
}

/// Whether every session that is left open is named, or could not be: its opening was never answered.
fn sessions(sound: &Sound, run: &Run, struck: Option<&str>, wrong: &mut String) {
    let told = run.stderr() + &String::from_utf8_lossy(&run.output.stdout);
    let opens = ["/configure ", "/create-environment "];
    let is_lost = struck.is_some_and(|line| opens.iter().any(|path| line.contains(path)));
    let opened = run.sessions.difference(&sound.before.sessions);
    let unknown = opened.filter(|id| !told.contains(*id));
    if unknown.count() > usize::from(is_lost) {
        write!(wrong, "leaves a session open without a word; ").unwrap();
    }
}

/// The next run, over a sound wire, does what is left to do: it succeeds, or says that it is done.
fn again(stage: &Stage, sound: &Sound, first: &Run, wrong: &mut String) {
    let job = stage.job;
    let is_untouched = first.census == sound.before.census;
    if job.is(Trait::Twice) && !is_untouched {
        let told = first.stderr();
        let is_named = |id: &String| told.contains(id.as_str());
        if !told.contains("may have taken effect") && !first.sessions.iter().any(is_named) {
            write!(wrong, "does not tell that it has taken effect; ").unwrap();
        }
        return;
    }
    let Some(run) = stage.run(None) else {
        write!(wrong, "the next run does not end; ").unwrap();
        return;
    };
    let code = run.code();
    let is_done = match code {
        Some(3 | 5) => true,
        Some(1) => job.is(Trait::Old),
        code => code == Some(job.code()),
    };
    if !is_done {
        let stderr = run.stderr();
        write!(
            wrong,
            "the next run ends with {code:?}: {}; ",
            stderr.trim()
        )
        .unwrap();
    }
    compare(
        &run.census,
        &sound.after.census,
        " after the next run",
        wrong,
    );
}

/// Places on a wire, evenly, and other ones for each harm.
fn places(length: u64, count: u64, shift: f64) -> impl Iterator<Item = u64> {
    let count = count.min(length);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place need not be exact"
    )]
    (0..count).map(move |number| {
        let at = (number as f64 + shift) / count as f64 * length as f64;
        (at as u64).min(length - 1)
    })
}

fn faults(job: &Job, sound: &Sound, count: u64) -> Vec<Fault> {
    let seed = job.line.bytes().map(u64::from).sum();
    let mut random = fastrand::Rng::with_seed(seed);
    let mut all = Vec::new();
    for (way, length) in [Way::Request, Way::Answer].into_iter().zip(sound.lengths) {
        for harm in HARMS {
            // A request that says something else is another request.
            if way == Way::Request && harm.lies() {
                continue;
            }
            let places = places(length, count, random.f64());
            all.extend(places.map(|at| Fault { way, at, harm }));
        }
    }
    all
}

#[expect(
    clippy::disallowed_methods,
    reason = "settings of the test, not of the program"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Tries a job, and gives the number of faults and what they have brought about.
fn play(job: &Job, world: &World) -> (usize, Vec<String>) {
    let count = match setting("MURANO_TEST_FAULTS").as_deref() {
        Some("all") => 40,
        Some(count) => count.parse().unwrap(),
        None if job.is(Trait::Main) => 4,
        None => 1,
    };
    let stage = Stage::set(job, world);
    let sound = match Sound::of(&stage) {
        Ok(sound) => sound,
        Err(text) => return (0, vec![format!("{}: {text}", job.line)]),
    };
    let all = faults(job, &sound, count);
    let wrong = all.iter().filter_map(|fault| {
        let text = violations(&stage, &sound, *fault);
        (!text.is_empty()).then(|| format!("{}, {fault}: {text}", job.line))
    });
    let wrong = wrong.collect();
    (all.len(), wrong)
}

#[test]
fn a_bad_wire_does_no_harm() {
    let world = World::make();
    let wanted = setting("MURANO_TEST_FAULTS_OF").unwrap_or_default();
    let jobs: Vec<&Job> = JOBS
        .iter()
        .filter(|job| job.line.contains(&wanted))
        .collect();
    let (next, tried) = (Mutex::new(jobs.iter()), Mutex::new((0, Vec::new())));
    // Most of the time a command waits for its next attempt.
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                loop {
                    let Some(job) = next.lock().unwrap().next() else {
                        break;
                    };
                    let (count, wrong) = play(job, &world);
                    let mut tried = tried.lock().unwrap();
                    tried.0 += count;
                    tried.1.extend(wrong);
                }
            });
        }
    });
    let (points, wrong) = tried.into_inner().unwrap();
    println!(
        "{} commands, {points} points tried, violations {}",
        jobs.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_meets_a_bad_wire() {
    let reference = Cloud::none().run(&["reference"]);
    let usages = reference.split("\nUsage: `murano ").skip(1);
    let names = usages.filter_map(|usage| Some(usage.split_once(" [OPTIONS]")?.0));
    let names: Vec<&str> = names.collect();
    assert!(names.len() > 90, "only {} commands were found", names.len());
    let is_tried = |name: &str| {
        let begins = |job: &Job| {
            job.line
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        JOBS.iter().any(begins)
    };
    for name in &names {
        let (tried, silent) = (is_tried(name), SILENT.contains(name));
        assert!(
            tried != silent,
            "`murano {name}` is in JOBS: {tried}, and in SILENT: {silent}"
        );
    }
    for name in SILENT {
        assert!(
            names.contains(&name),
            "there is no `murano {name}` any more"
        );
    }
}
