//! Imports: packages with everything they require, from files and a repository into the catalog.
//!
//! First a [`Plan`] is made: which packages are uploaded, in which order, and which are there already. It
//! is made without changing anything, and for the same packages, catalog and repository it is always the
//! same. Then it is [carried out](Plan::import), and [`Imported`] says what became of each package.
//!
//! A requirement is met by a package that is imported at the same time, else by one the project sees in
//! the catalog, else by one of the repository. The core library `io.murano` is part of every Murano.
//! Packages that require each other in a circle are legal; where the circle is entered decides the order.

mod carry;
mod catalog;
mod events;
mod images;
mod order;
mod outcome;
mod queue;
mod replace;
mod resolve;
mod run;
mod save;

use std::sync::Arc;

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use serde::{Serialize, Serializer};

pub use events::Event;
pub use images::ImageResult;
pub use outcome::{Imported, OnConflict, Outcome, StepResult};
pub use run::Import;
pub use save::{Save, SavedFile, SavedKind};

use crate::{
    archive::PackageFile,
    client::Client,
    error::{Error, ErrorKind, Result},
    repository::Repository,
    request::awaitable,
};
pub(crate) use catalog::Catalog;
use events::Observer;
use resolve::{Found, Need, Resolver};

/// How many packages are fetched or uploaded at the same time.
const AT_ONCE: usize = 4;

/// The library that no repository need have.
const CORE: &str = "io.murano";

/// What an import would do, step by step.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// use murano_sdk::{archive::PackageFile, import::{Action, Plan}};
///
/// let greeter = PackageFile::open("../tests/data/packages/greeter")?;
/// let plan = Plan::of([greeter]).catalog(&murano).await?;
/// let steps: Vec<_> = plan.steps.iter().map(|step| (step.action, &*step.name)).collect();
/// assert_eq!(steps, [(Action::Installed, "io.murano"), (Action::Upload, "com.example.Greeter")]);
/// assert_eq!(plan.steps[0].required_by, ["com.example.Greeter"]);
/// assert!(plan.cycles.is_empty() && plan.warnings.is_empty() && plan.is_complete());
/// assert_eq!(plan.file(1).unwrap().manifest().version, "0.3.1");
///
/// let done = plan.import(&murano).await;
/// assert_eq!(done.packages()[0].fully_qualified_name, "com.example.Greeter");
/// assert_eq!(done.errors().count(), 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// What is done, in this order: what is required comes before what requires it.
    pub steps: Vec<Step>,
    /// Packages that require each other in a circle, each named once, from the first that is met.
    pub cycles: Vec<Vec<String>>,
    /// What somebody should look at before.
    pub warnings: Vec<String>,
    #[serde(skip)]
    files: Vec<Option<PackageFile>>,
}

/// One package of a [`Plan`].
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// What is to be done.
    pub action: Action,
    /// Full name of the package.
    #[serde(rename = "package")]
    pub name: String,
    /// Its version, where it is known; the catalog does not tell.
    pub version: Option<String>,
    /// Where it comes from: a file, a URL, or `catalog`; for what is missing, what was looked for.
    pub source: String,
    /// Whether it was asked for, and is not only required by another.
    pub main: bool,
    /// Full names of the packages of the plan that require it.
    pub required_by: Vec<String>,
    /// What it requires, in the order of its manifest; not known of what is installed.
    pub requires: Vec<Requirement>,
}

/// What a package requires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Requirement {
    /// Full name.
    #[serde(rename = "package")]
    pub name: String,
    /// Range of versions, as the manifest has it.
    pub range: Option<String>,
    /// Number of the step that meets it, counted from 0.
    pub step: usize,
}

/// What a [`Step`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// It is uploaded.
    Upload,
    /// It would be uploaded, but the project has a package of this name already. Only known where it was
    /// [looked for](PlanImport::foresee).
    Conflict,
    /// It is in the catalog already.
    Installed,
    /// It is nowhere to be found.
    Missing,
}

impl Action {
    /// The word for it.
    ///
    /// ```
    /// assert_eq!(murano_sdk::import::Action::Upload.as_str(), "upload");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Conflict => "conflict",
            Self::Installed => "installed",
            Self::Missing => "missing",
        }
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

impl Plan {
    /// A plan for these packages, in this order. Given twice, a version of a package counts once.
    pub fn of(files: impl IntoIterator<Item = PackageFile>) -> PlanImport {
        PlanImport {
            files: files.into_iter().collect(),
            repositories: Vec::new(),
            client: None,
            requirements: true,
            skip_missing: false,
            foresee: false,
            observer: Observer::default(),
        }
    }

    /// Whether nothing of it is missing.
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| step.action != Action::Missing)
    }

    /// The archive of a step, by the number of the step; none where nothing is uploaded.
    pub fn file(&self, step: usize) -> Option<&PackageFile> {
        self.files.get(step)?.as_ref()
    }

    /// Carries it out.
    pub fn import(self, client: &Client) -> Import {
        Import::new(client.clone(), self)
    }
}

/// Request of [`Plan::of`].
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let place = tempfile::tempdir()?;
/// # let folder = place.path();
/// # std::fs::write(folder.join("manifest.yaml"), "FullName: io.example.Shop\nType: Library\nRequire: {io.example.Till: '>=1'}\n")?;
/// use murano_sdk::{ErrorKind, archive::PackageFile, import::{Action, Event, Plan}};
///
/// let shop = PackageFile::open(folder)?;
/// let repository = murano.repository(".")?;
/// let plan = || Plan::of([shop.clone()]).catalog(&murano).repository(&repository);
/// let error = plan().await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// let plan = plan().skip_missing(true).foresee(true).observe(|event| match event {
///     Event::Transfer { name, progress } => println!("{name}: {} bytes", progress.done),
///     _ => {}
/// });
/// let plan = plan.await?;
/// assert_eq!(plan.steps[0].action, Action::Missing);
/// assert_eq!(Plan::of([shop]).requirements(false).await?.steps.len(), 1);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct PlanImport {
    files: Vec<PackageFile>,
    repositories: Vec<Repository>,
    client: Option<Client>,
    requirements: bool,
    skip_missing: bool,
    foresee: bool,
    observer: Observer,
}

impl PlanImport {
    /// Fetches from here what is required and not there; repeated, from the next one what is not in the
    /// first.
    pub fn repository(mut self, repository: &Repository) -> Self {
        self.repositories.push(repository.clone());
        self
    }

    /// Asks this client's catalog first. Without it nothing but the core library is there.
    pub fn catalog(mut self, client: &Client) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// Whether requirements are looked at; by default they are.
    pub fn requirements(mut self, wanted: bool) -> Self {
        self.requirements = wanted;
        self
    }

    /// Makes a step of the action [`Action::Missing`] of what is nowhere to be found, in place of an
    /// error.
    pub fn skip_missing(mut self, skip: bool) -> Self {
        self.skip_missing = skip;
        self
    }

    /// Looks in the catalog for what would be in the way of an upload.
    pub fn foresee(mut self, foresee: bool) -> Self {
        self.foresee = foresee;
        self
    }

    /// Is told what is fetched. Up to four packages are on their way at the same time.
    pub fn observe(mut self, observer: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(Arc::new(observer));
        self
    }

    async fn send(self) -> Result<Plan> {
        let catalog = self.client.clone().map(Catalog::new);
        let mut plan = self.resolve(catalog.as_ref()).await?;
        let missing = plan
            .steps
            .iter()
            .filter(|step| step.action == Action::Missing);
        let missing: Vec<String> = missing.map(told).collect();
        if !missing.is_empty() && !self.skip_missing {
            return Err(Error::not_found(missing.join("; ")));
        }
        plan.warnings.extend(missing);
        if let Some(catalog) = catalog.filter(|_| self.foresee) {
            let uploads = plan.steps.iter_mut();
            let uploads = uploads.filter(|step| step.action == Action::Upload);
            for step in uploads {
                if catalog.own(&step.name).await?.is_some() {
                    step.action = Action::Conflict;
                }
            }
        }
        Ok(plan)
    }

    /// Answers the questions of the search in their order, and looks for the next answers meanwhile.
    async fn resolve(&self, catalog: Option<&Catalog>) -> Result<Plan> {
        let mut resolver = Resolver::new(self.files.clone(), self.requirements);
        let (mut begun, mut answers) = (Vec::new(), Vec::new());
        let mut running = FuturesUnordered::new();
        while let Some(need) = resolver.next() {
            let found = loop {
                let room = AT_ONCE.saturating_sub(running.len());
                for next in resolver.ahead(&begun, room) {
                    begun.push(next.clone());
                    running.push(async { (self.find(catalog, &next).await, next) });
                }
                if let Some(at) = answers.iter().position(|(_, known)| *known == need) {
                    break answers.swap_remove(at).0;
                }
                match running.next().await {
                    Some(answer) => answers.push(answer),
                    None => break self.find(catalog, &need).await,
                }
            };
            resolver.answer(need, found?)?;
        }
        Ok(resolver.plan())
    }

    async fn find(&self, catalog: Option<&Catalog>, need: &Need) -> Result<Found> {
        if need.name == CORE {
            return Ok(Found::Installed {
                version: None,
                note: None,
            });
        }
        let mut there = None;
        if let Some(catalog) = catalog {
            let seen = catalog.look(&need.name, need.range.as_deref()).await?;
            match seen {
                catalog::Seen::Fits { version, note } => {
                    return Ok(Found::Installed { version, note });
                }
                catalog::Seen::Other(versions) => there = Some(versions.join(", ")),
                catalog::Seen::Nothing => {}
            }
        }
        let asked = match (&there, catalog) {
            (Some(versions), _) => format!("the catalog has {versions} only, and "),
            (None, Some(_)) => "it is not in the catalog, and ".to_owned(),
            (None, None) => String::new(),
        };
        let mut reason = None;
        let repositories = self.repositories.iter();
        for repository in repositories.filter(|it| it.location().is_some()) {
            match self.fetch(repository, need).await {
                Ok(file) => return Ok(Found::Package(Box::new(file))),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    reason = Some(error.to_string());
                }
                Err(error) => {
                    let text = format!("{error}; {} requires it", need.required_by);
                    return Err(error.with_message(text));
                }
            }
        }
        let reason = reason.unwrap_or_else(|| "no repository is named".to_owned());
        Ok(Found::Missing(format!("{asked}{reason}")))
    }

    async fn fetch(&self, repository: &Repository, need: &Need) -> Result<PackageFile> {
        let mut fetch = repository.package(&need.name);
        if let Some(range) = &need.range {
            fetch = fetch.range(range);
        }
        self.observer.tell(Event::Fetching { name: &need.name });
        fetch.progress(self.observer.transfer(&need.name)).await
    }
}

/// What is said about a package that is nowhere.
fn told(step: &Step) -> String {
    let (name, by) = (&step.name, step.required_by.join(", "));
    let range = step
        .version
        .as_ref()
        .map_or(String::new(), |range| format!(" {range}"));
    format!(
        "package {name}{range} is required by {by}, but {}",
        step.source
    )
}

awaitable!(PlanImport => Plan);
