//! Carrying out a plan.

use std::{
    pin::Pin,
    sync::{Arc, atomic::AtomicBool},
};

use tokio::sync::Mutex;

use super::carry::{Carried, Judge, Work};
use super::catalog::Catalog;
use super::events::{Event, Observer};
use super::outcome::{Imported, OnConflict, StepResult};
use super::{AT_ONCE, Plan, Step};
use crate::{
    archive::PackageFile, client::Client, error::Error, packages::UploadPackage,
    repository::Repository,
};

pub(super) type Ask = Box<dyn FnMut(&Step, &Error) -> OnConflict + Send>;

/// Request of [`Plan::import`]. Awaited, it uploads the packages of the plan, up to four at the same time. It
/// does not fail: [`Imported`] tells of each package what became of it.
///
/// A package waits for those that it requires. One whose requirement has failed is not tried. Of packages
/// with the same name or class the first is uploaded first. From the first conflict on that may be answered by
/// replacing or by ending it is one package at a time, and such a conflict is dealt with in the order of the plan.
///
/// A package is replaced in an order in which it cannot get lost. Before anything is deleted it is found
/// out whether the new one will be taken, and the archive of the old one is fetched. The new one has
/// categories of the old one, is public and is enabled as the old one was, unless something else is asked
/// for. When it is refused nevertheless, the old one is put back as it was. A replaced package has a new
/// id.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// use murano_sdk::{ErrorKind, archive::PackageFile, import::{Event, OnConflict, Outcome, Plan}};
/// use std::sync::{Arc, atomic::AtomicBool};
///
/// let greeter = PackageFile::open("../tests/data/packages/greeter")?;
/// let plan = || Plan::of([greeter.clone()]).requirements(false);
/// let first = plan().await?.import(&murano).categories(["Web"]).tags(["demo"]).public(false).enabled(true).await;
/// assert!(first.is_complete());
///
/// let again = plan().await?.import(&murano).await;
/// let Outcome::Failed(error) = &again.results[0].outcome else { panic!() };
/// assert_eq!(error.kind(), ErrorKind::Conflict);
///
/// let stop = Arc::new(AtomicBool::new(false));
/// let update = plan().await?.import(&murano).on_conflict(OnConflict::Update).stop_when(&stop).images(&[]);
/// let update = update.observe(|event| if let Event::Deleting { package, .. } = event {
///     println!("{} goes", package.id);
/// });
/// let update = update.await;
/// assert!(update.is_complete() && !update.aborted);
/// assert_eq!(update.packages()[0].categories, ["Web"]);
/// assert_eq!((update.errors().count(), update.images.len()), (0, 0));
///
/// let asked = plan().await?.import(&murano).ask(|step, error| {
///     println!("{}: {error}", step.name);
///     OnConflict::Skip
/// });
/// let asked = asked.on_dependency_conflict(OnConflict::Skip).alike(true).at_once(2);
/// assert_eq!(asked.await.results[0].outcome.as_str(), "skipped");
/// # Ok(()) }
/// ```
#[must_use = "requests do nothing until awaited"]
pub struct Import {
    client: Client,
    plan: Plan,
    wishes: Wishes,
    alike: bool,
    on_conflict: Option<OnConflict>,
    on_dependency_conflict: Option<OnConflict>,
    ask: Option<Ask>,
    stop: Option<Arc<AtomicBool>>,
    images: Option<Vec<Repository>>,
    at_once: usize,
    observer: Observer,
}

impl std::fmt::Debug for Import {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import")
            .field("plan", &self.plan)
            .field("wishes", &self.wishes)
            .finish_non_exhaustive()
    }
}

/// How packages are to be in the catalog, where something is said about it.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    pub(super) public: Option<bool>,
    pub(super) enabled: Option<bool>,
    pub(super) categories: Vec<String>,
    pub(super) tags: Vec<String>,
}

impl Wishes {
    pub(super) fn upload(&self, client: &Client, file: &PackageFile) -> UploadPackage {
        self.apply(client.packages().upload(file))
    }

    pub(super) fn apply(&self, mut upload: UploadPackage) -> UploadPackage {
        if let Some(public) = self.public {
            upload = upload.public(public);
        }
        if let Some(enabled) = self.enabled {
            upload = upload.enabled(enabled);
        }
        if !self.categories.is_empty() {
            upload = upload.categories(&self.categories);
        }
        if !self.tags.is_empty() {
            upload = upload.tags(&self.tags);
        }
        upload
    }
}

impl Import {
    pub(super) fn new(client: Client, plan: Plan) -> Self {
        Self {
            client,
            plan,
            wishes: Wishes::default(),
            alike: false,
            on_conflict: None,
            on_dependency_conflict: None,
            ask: None,
            stop: None,
            images: None,
            at_once: AT_ONCE,
            observer: Observer::default(),
        }
    }

    /// Shows the packages that were asked for to all projects, or to their own only; for administrators.
    pub fn public(mut self, public: bool) -> Self {
        self.wishes.public = Some(public);
        self
    }

    /// Offers the packages that were asked for, or not.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.wishes.enabled = Some(enabled);
        self
    }

    /// Puts the packages that were asked for into these categories, which must exist.
    pub fn categories<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.wishes.categories = names.into_iter().map(Into::into).collect();
        self
    }

    /// Adds these to the tags of the packages that were asked for.
    pub fn tags<S: Into<String>>(mut self, tags: impl IntoIterator<Item = S>) -> Self {
        self.wishes.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Whether what is only required is treated like what was asked for; by default it is private,
    /// enabled, without categories and with its own tags.
    pub fn alike(mut self, alike: bool) -> Self {
        self.alike = alike;
        self
    }

    /// What to do where a package is in the way. Without it [`ask`](Self::ask) decides, and without that
    /// the upload has failed.
    pub fn on_conflict(mut self, choice: OnConflict) -> Self {
        self.on_conflict = Some(choice);
        self
    }

    /// The same for packages that are only required; without it they are treated like the others.
    pub fn on_dependency_conflict(mut self, choice: OnConflict) -> Self {
        self.on_dependency_conflict = Some(choice);
        self
    }

    /// Asks somebody at each conflict that nothing else is said about.
    pub fn ask(mut self, ask: impl FnMut(&Step, &Error) -> OnConflict + Send + 'static) -> Self {
        self.ask = Some(Box::new(ask));
        self
    }

    /// Brings the images that the packages ask for, before the packages: what is missing in the image
    /// service is fetched from these repositories or from its own URL. A package is uploaded even where
    /// an image cannot be brought. New images are public where the packages are.
    pub fn images(mut self, repositories: &[Repository]) -> Self {
        self.images = Some(repositories.to_vec());
        self
    }

    /// Uploads so many packages at the same time at most; 4 by default, and at least 1. With 1 all happens in
    /// the order of the plan.
    pub fn at_once(mut self, most: usize) -> Self {
        self.at_once = most.max(1);
        self
    }

    /// Ends before the next package when this becomes true. What is on its way is finished.
    pub fn stop_when(mut self, stop: &Arc<AtomicBool>) -> Self {
        self.stop = Some(stop.clone());
        self
    }

    /// Is told what happens. Between two events about a package there may be some about others.
    pub fn observe(mut self, observer: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(Arc::new(observer));
        self
    }

    fn send(self) -> Pin<Box<dyn Future<Output = Imported> + Send>> {
        let work = Work {
            catalog: Catalog::new(self.client.clone()),
            client: self.client,
            wishes: self.wishes,
            alike: self.alike,
            images: self.images,
            one_image: Mutex::new(()),
            observer: self.observer,
        };
        let judge = Judge {
            on_conflict: self.on_conflict,
            on_dependency_conflict: self.on_dependency_conflict,
            ask: self.ask,
        };
        let Plan { steps, files, .. } = self.plan;
        let (at_once, stop) = (self.at_once, self.stop);
        Box::pin(async move {
            let carried = Carried::new(&work, &steps, &files);
            let (outcomes, images, aborted) = carried.run(judge, (at_once, stop)).await;
            let results = steps.into_iter().zip(outcomes);
            let results = results.map(|(step, outcome)| StepResult { step, outcome });
            Imported {
                results: results.collect(),
                images,
                aborted,
            }
        })
    }
}

impl IntoFuture for Import {
    type Output = Imported;
    type IntoFuture = Pin<Box<dyn Future<Output = Imported> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}
