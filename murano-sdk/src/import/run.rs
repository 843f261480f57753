//! Carrying out a plan.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::catalog::Catalog;
use super::events::{Event, Observer};
use super::images::{ImageResult, Images};
use super::outcome::{Imported, OnConflict, Outcome, StepResult};
use super::{Action, Plan, Step};
use crate::{
    archive::PackageFile,
    client::Client,
    error::{Error, ErrorKind},
    packages::UploadPackage,
    repository::Repository,
};

type Ask = Box<dyn FnMut(&Step, &Error) -> OnConflict + Send>;

/// Request of [`Plan::import`]. Awaited, it uploads the packages of the plan one after the other. It does
/// not fail: [`Imported`] tells of each package what became of it.
///
/// A package whose requirement has failed is not tried.
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
/// let asked = asked.on_dependency_conflict(OnConflict::Skip).alike(true);
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

    /// Ends before the next package when this becomes true. A package that is being replaced is finished.
    pub fn stop_when(mut self, stop: &Arc<AtomicBool>) -> Self {
        self.stop = Some(stop.clone());
        self
    }

    /// Is told what happens.
    pub fn observe(mut self, observer: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(Arc::new(observer));
        self
    }

    async fn send(mut self) -> Imported {
        let steps = std::mem::take(&mut self.plan.steps);
        let files = std::mem::take(&mut self.plan.files);
        let catalog = Catalog::new(self.client.clone());
        let mut results: Vec<StepResult> = Vec::with_capacity(steps.len());
        let (mut images, mut aborted) = (Vec::new(), false);
        for (number, (step, file)) in steps.into_iter().zip(files).enumerate() {
            let stopped = self
                .stop
                .as_ref()
                .is_some_and(|it| it.load(Ordering::SeqCst));
            let is_bad = |needed: usize| {
                let known = results.get(needed);
                needed < number && known.is_some_and(|result| result.outcome.is_bad())
            };
            let lacks = step.requires.iter().any(|needed| is_bad(needed.step));
            let outcome = match (step.action, file) {
                (Action::Installed, _) => Outcome::Installed,
                (_, None) => Outcome::Missing,
                _ if aborted || stopped || lacks => Outcome::NotTried,
                (_, Some(file)) => {
                    images.extend(self.bring_images(&step, &file).await);
                    let outcome = self.upload(&catalog, &step, &file).await;
                    aborted = outcome.is_none();
                    outcome.unwrap_or(Outcome::NotTried)
                }
            };
            self.tell(&step, &outcome);
            results.push(StepResult { step, outcome });
        }
        Imported {
            results,
            images,
            aborted,
        }
    }

    async fn bring_images(&mut self, step: &Step, file: &PackageFile) -> Vec<ImageResult> {
        let Some(repositories) = &self.images else {
            return Vec::new();
        };
        let images = Images {
            client: &self.client,
            repositories,
            observer: &self.observer,
            public: self.wishes_for(step).public == Some(true),
        };
        images.bring(step, file).await
    }

    fn wishes_for(&self, step: &Step) -> Wishes {
        if step.main || self.alike {
            self.wishes.clone()
        } else {
            Wishes::default()
        }
    }

    fn tell(&self, step: &Step, outcome: &Outcome) {
        self.observer.tell(match outcome {
            Outcome::Uploaded(package) | Outcome::Replaced(package) => {
                Event::Uploaded { step, package }
            }
            Outcome::Skipped => Event::Skipped { step },
            Outcome::Failed(error) => Event::Failed { step, error },
            _ => return,
        });
    }

    /// Uploads one package; none where all shall end.
    async fn upload(
        &mut self,
        catalog: &Catalog,
        step: &Step,
        file: &PackageFile,
    ) -> Option<Outcome> {
        let wishes = self.wishes_for(step);
        self.observer.tell(Event::Uploading { step });
        let upload = wishes.upload(&self.client, file);
        let error = match upload.progress(self.observer.transfer(&step.name)).await {
            Ok(package) => return Some(Outcome::Uploaded(Box::new(package))),
            Err(error) => error,
        };
        if error.kind() != ErrorKind::Conflict {
            return Some(Outcome::Failed(error));
        }
        self.observer.tell(Event::Conflict {
            step,
            error: &error,
        });
        match self.choice(step, &error) {
            OnConflict::Fail => Some(Outcome::Failed(error)),
            OnConflict::Skip => Some(Outcome::Skipped),
            OnConflict::Abort => {
                self.observer.tell(Event::Aborted { step });
                None
            }
            OnConflict::Update => {
                let replaced = super::replace::Replacement {
                    catalog,
                    observer: &self.observer,
                    step,
                    file,
                };
                let outcome = replaced.run(&wishes, error).await;
                Some(match outcome {
                    Ok(package) => Outcome::Replaced(Box::new(package)),
                    Err(error) => Outcome::Failed(error),
                })
            }
        }
    }

    fn choice(&mut self, step: &Step, error: &Error) -> OnConflict {
        let dependency = self.on_dependency_conflict.filter(|_| !step.main);
        match (dependency.or(self.on_conflict), &mut self.ask) {
            (Some(choice), _) => choice,
            (None, Some(ask)) => ask(step, error),
            (None, None) => OnConflict::Fail,
        }
    }
}

impl IntoFuture for Import {
    type Output = Imported;
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Imported> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
