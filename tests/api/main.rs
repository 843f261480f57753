//! Promises of the SDK, kept against the sandbox always, and against a real Murano where
//! `MURANO_TEST_CLOUD`, `MURANO_TEST_ALT_CLOUD` and `MURANO_TEST_ADMIN_CLOUD` name entries of
//! `clouds.yaml`: members of two projects and an administrator.

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
mod deployments;
mod environments;
mod packages;
mod schemas;
mod services;
mod sessions;
mod statistics;
mod templates;

use std::{future::Future, pin::Pin, process::ExitCode};

use cloud::Cloud;
use libtest_mimic::{Arguments, Failed, Trial};

pub(crate) type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;
type Run = fn(Cloud) -> Pin<Box<dyn Future<Output = Outcome>>>;

/// One promise and the function that shows it.
pub(crate) struct Promise {
    name: &'static str,
    run: Run,
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
        }
    }

    fn trial(&self, place: Place) -> Trial {
        let run = self.run;
        let name = format!("{}::{}", place.name(), self.name);
        Trial::test(name, move || {
            keep(run, place).map_err(|error| Failed::from(error.to_string()))
        })
    }
}

#[derive(Clone, Copy)]
enum Place {
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

fn keep(run: Run, place: Place) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let cloud = match place {
            Place::Sandbox => Cloud::sandbox().await?,
            Place::Live => Cloud::live().await?,
        };
        run(cloud).await
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let promises: Vec<Promise> = [
        auth::promises(),
        environments::promises(),
        sessions::promises(),
        services::promises(),
        deployments::promises(),
        packages::promises(),
        templates::promises(),
        categories::promises(),
        actions::promises(),
        schemas::promises(),
        statistics::promises(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut places = vec![Place::Sandbox];
    if cloud::is_live() {
        places.push(Place::Live);
    }
    let trials = places
        .iter()
        .flat_map(|place| promises.iter().map(|promise| promise.trial(*place)));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
