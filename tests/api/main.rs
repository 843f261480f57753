//! Promises of the SDK, kept against the sandbox always, and against a real Murano where
//! `MURANO_TEST_CLOUD`, `MURANO_TEST_ALT_CLOUD` and `MURANO_TEST_ADMIN_CLOUD` name entries of
//! `clouds.yaml`: members of two projects and an administrator.
//!
//! Services beside Murano are shown on the sandbox alone.
//!
//! A whole run also shows that every route of the API was reached; on a real Murano where
//! `MURANO_TEST_LOG` names the file with its requests.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test program with a main of its own, which the settings for tests do not reach"
)]

mod actions;
mod auth;
mod categories;
mod cloud;
mod coverage;
mod deployments;
mod environments;
mod images;
mod instances;
mod maintenance;
mod packages;
mod schemas;
mod services;
mod sessions;
mod statistics;
mod templates;

use std::{future::Future, pin::Pin, process::ExitCode};

use cloud::Cloud;
use libtest_mimic::{Arguments, Failed, Trial};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
type Run = fn(Cloud) -> Pin<Box<dyn Future<Output = Outcome>>>;

/// One promise and the function that shows it.
pub(crate) struct Promise {
    name: &'static str,
    run: Run,
    /// Whether it is shown on a real server too.
    is_live: bool,
}

/// Lists a module's functions: `promises![create, rename]`.
macro_rules! promises {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn promises() -> Vec<crate::Promise> {
            vec![$(crate::Promise::new(
                concat!(module_path!(), "::", stringify!($name)),
                |cloud| Box::pin($name(cloud)),
            )),*]
        }
    };
}
pub(crate) use promises;

impl Promise {
    pub(crate) fn new(path: &'static str, run: Run) -> Self {
        // Without the name of the binary in front.
        Self {
            name: path.split_once("::").map_or(path, |(_, rest)| rest),
            run,
            is_live: true,
        }
    }

    /// Shown on the sandbox alone, because the live suite has no such service.
    fn on_sandbox(self) -> Self {
        Self {
            is_live: false,
            ..self
        }
    }

    fn is_shown_on(&self, place: Place) -> bool {
        self.is_live || matches!(place, Place::Sandbox)
    }

    fn trial(&self, place: Place) -> Trial {
        let (run, promise) = (self.run, self.name);
        let name = format!("{}::{promise}", place.name());
        Trial::test(name, move || {
            let calls = keep(run, place).map_err(|error| Failed::from(error.to_string()))?;
            coverage::note(place, promise, calls);
            Ok(())
        })
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Place {
    Sandbox,
    Live,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Live => "live",
        }
    }
}

/// Runs a promise and returns the calls that its sandbox has answered.
fn keep(run: Run, place: Place) -> Outcome<Vec<coverage::Answered>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let cloud = match place {
            Place::Sandbox => Cloud::sandbox().await?,
            Place::Live => Cloud::live().await?,
        };
        let (sandbox, further) = (cloud.sandbox.clone(), cloud.further.clone());
        run(cloud).await?;
        let further = further.take();
        let sandboxes = sandbox.into_iter().chain(further);
        let log = sandboxes.flat_map(|sandbox| sandbox.log());
        let answered = |call: murano_sandbox::Call| (call.method, call.path, call.status);
        Ok(log.map(answered).collect())
    })
}

fn all_promises() -> Vec<Promise> {
    let neighbours = [maintenance::promises(), instances::promises()];
    let neighbours = neighbours.into_iter().flatten();
    let neighbours = neighbours.map(Promise::on_sandbox);
    [
        auth::promises(),
        environments::promises(),
        sessions::promises(),
        services::promises(),
        deployments::promises(),
        packages::promises(),
        images::promises(),
        templates::promises(),
        categories::promises(),
        actions::promises(),
        schemas::promises(),
        statistics::promises(),
    ]
    .into_iter()
    .flatten()
    .chain(neighbours)
    .collect()
}

/// The table of routes is checked like a promise, without a server.
fn table_trials(names: Vec<&'static str>) -> [Trial; 2] {
    let told = |outcome: Outcome| outcome.map_err(|error| Failed::from(error.to_string()));
    [
        Trial::test("coverage::every_row_names_what_there_is", move || {
            told(coverage::check_table(&names))
        }),
        Trial::test("coverage::calls_are_told_by_their_routes", move || {
            told(coverage::check_reading())
        }),
    ]
}

#[expect(clippy::print_stdout, reason = "the figures of the run")]
fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let promises = all_promises();
    let names: Vec<&'static str> = promises.iter().map(|promise| promise.name).collect();
    let live = promises.iter().filter(|promise| promise.is_live);
    let live: Vec<&'static str> = live.map(|promise| promise.name).collect();
    let mut places = vec![Place::Sandbox];
    let mut log = None;
    if cloud::is_live() {
        places.push(Place::Live);
        log = match cloud::live_log() {
            Ok(log) => log,
            Err(error) => {
                println!("MURANO_TEST_LOG: {error}");
                return ExitCode::FAILURE;
            }
        };
    }
    let trials = places.iter().flat_map(|place| {
        let shown = promises
            .iter()
            .filter(|promise| promise.is_shown_on(*place));
        shown.map(|promise| promise.trial(*place))
    });
    let trials = trials.chain(table_trials(names.clone())).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.has_failed() {
        return conclusion.exit_code();
    }
    match coverage::check_calls((&names, &live), log.as_ref()) {
        Ok(lines) => {
            for line in lines {
                println!("{line}");
            }
            ExitCode::SUCCESS
        }
        Err(missing) => {
            println!("{missing}");
            ExitCode::FAILURE
        }
    }
}
