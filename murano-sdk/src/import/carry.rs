//! Carrying out the steps of a plan, several at a time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::sync::Mutex;

use super::catalog::Catalog;
use super::events::{Event, Observer};
use super::images::{ImageResult, Images};
use super::outcome::{OnConflict, Outcome};
use super::queue::Queue;
use super::replace::Replacement;
use super::run::{Ask, Wishes};
use super::{Action, Step};
use crate::{
    archive::PackageFile,
    client::Client,
    error::{Error, ErrorKind},
    packages::Package,
    repository::Repository,
};

/// What is the same for all steps.
pub(super) struct Work {
    pub(super) client: Client,
    pub(super) catalog: Catalog,
    pub(super) wishes: Wishes,
    pub(super) alike: bool,
    pub(super) images: Option<Vec<Repository>>,
    /// Two packages may ask for the same image, which is to be brought once.
    pub(super) one_image: Mutex<()>,
    pub(super) observer: Observer,
}

/// Who decides what becomes of what is in the way.
pub(super) struct Judge {
    pub(super) on_conflict: Option<OnConflict>,
    pub(super) on_dependency_conflict: Option<OnConflict>,
    pub(super) ask: Option<Ask>,
}

/// How the upload of a step ended.
struct Attempt<'a> {
    number: usize,
    file: &'a PackageFile,
    images: Vec<ImageResult>,
    uploaded: Result<Package, Error>,
}

/// The steps, and what has become of them so far.
pub(super) struct Carried<'a> {
    work: &'a Work,
    steps: &'a [Step],
    files: &'a [Option<PackageFile>],
    queue: Queue,
    outcomes: Vec<Option<Outcome>>,
    /// The images of each step, once they were brought.
    images: Vec<Option<Vec<ImageResult>>>,
    aborted: bool,
}

impl Judge {
    fn known(&self, step: &Step) -> Option<OnConflict> {
        let dependency = self.on_dependency_conflict.filter(|_| !step.main);
        dependency.or(self.on_conflict)
    }

    fn choice(&mut self, step: &Step, error: &Error) -> OnConflict {
        match (self.known(step), &mut self.ask) {
            (Some(choice), _) => choice,
            (None, Some(ask)) => ask(step, error),
            (None, None) => OnConflict::Fail,
        }
    }

    /// Whether what is in the way ends everything: nothing else may be on its way then.
    fn may_abort(&self, steps: &[Step]) -> bool {
        let mut known = steps.iter().map(|step| self.known(step));
        known.any(|choice| choice == Some(OnConflict::Abort))
    }

    /// Whether nothing leaves the catalog, whatever is in the way, and nothing ends early.
    fn is_harmless(&self, steps: &[Step]) -> bool {
        steps.iter().all(|step| match self.known(step) {
            Some(choice) => matches!(choice, OnConflict::Fail | OnConflict::Skip),
            None => self.ask.is_none(),
        })
    }
}

impl<'a> Carried<'a> {
    pub(super) fn new(work: &'a Work, steps: &'a [Step], files: &'a [Option<PackageFile>]) -> Self {
        Self {
            work,
            steps,
            files,
            queue: Queue::new(steps, files),
            outcomes: steps.iter().map(|_| None).collect(),
            images: steps.iter().map(|_| None).collect(),
            aborted: false,
        }
    }

    /// Carries out all steps. What is in the way of one is dealt with when everything before it is done and
    /// nothing else is on its way: then the catalog is as if there had never been more than one at a time.
    pub(super) async fn run(
        mut self,
        mut judge: Judge,
        (mut at_once, stop): (usize, Option<Arc<AtomicBool>>),
    ) -> (Vec<Outcome>, Vec<ImageResult>, bool) {
        let is_stopped = || stop.as_ref().is_some_and(|it| it.load(Ordering::SeqCst));
        let is_harmless = judge.is_harmless(self.steps);
        if judge.may_abort(self.steps) {
            at_once = 1;
        }
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < at_once
                && let Some(number) = self.queue.next()
            {
                self.queue.begin(number);
                match self.to_upload(number, is_stopped()) {
                    Ok(file) => running.push(self.attempt(number, file)),
                    Err(outcome) => self.finish(number, outcome),
                }
            }
            let Some(attempt) = running.next().await else {
                break;
            };
            let Attempt { number, file, .. } = attempt;
            self.images[number].get_or_insert(attempt.images);
            match attempt.uploaded {
                Ok(package) => self.finish(number, Outcome::Uploaded(Box::new(package))),
                Err(error) if error.kind() != ErrorKind::Conflict => {
                    self.finish(number, Outcome::Failed(error));
                }
                Err(error) if is_harmless || self.queue.is_alone(number) => {
                    self.settle((number, file), error, &mut judge).await;
                }
                // What is in the way may be gone when those before are done: tried again then.
                Err(_) => {
                    at_once = 1;
                    self.queue.put_back(number);
                }
            }
        }
        let outcomes = self.outcomes.into_iter();
        let outcomes = outcomes.map(|outcome| outcome.unwrap_or(Outcome::NotTried));
        let images = self.images.into_iter().flatten().flatten();
        (outcomes.collect(), images.collect(), self.aborted)
    }

    /// The archive of a step, or what becomes of a step that is not tried.
    fn to_upload(&self, number: usize, is_stopped: bool) -> Result<&'a PackageFile, Outcome> {
        let step = &self.steps[number];
        let is_bad = |needed: usize| {
            let outcome = self.outcomes[needed].as_ref();
            needed < number && outcome.is_some_and(Outcome::is_bad)
        };
        match (step.action, &self.files[number]) {
            (Action::Installed, _) => Err(Outcome::Installed),
            (_, None) => Err(Outcome::Missing),
            _ if self.aborted || is_stopped => Err(Outcome::NotTried),
            _ if step.requires.iter().any(|needed| is_bad(needed.step)) => Err(Outcome::NotTried),
            (_, Some(file)) => Ok(file),
        }
    }

    fn finish(&mut self, number: usize, outcome: Outcome) {
        self.work.tell(&self.steps[number], &outcome);
        self.outcomes[number] = Some(outcome);
        self.queue.finish(number);
    }

    /// Brings the images of a step, unless they were, and uploads its package.
    fn attempt(
        &self,
        number: usize,
        file: &'a PackageFile,
    ) -> impl Future<Output = Attempt<'a>> + use<'a> {
        let (work, step) = (self.work, &self.steps[number]);
        let wants_images = self.images[number].is_none();
        async move {
            let mut images = Vec::new();
            if wants_images {
                images = work.bring_images(step, file).await;
            }
            let uploaded = work.upload(step, file).await;
            Attempt {
                number,
                file,
                images,
                uploaded,
            }
        }
    }

    /// Deals with what is in the way of a step.
    async fn settle(
        &mut self,
        (number, file): (usize, &PackageFile),
        error: Error,
        judge: &mut Judge,
    ) {
        let (step, observer) = (&self.steps[number], &self.work.observer);
        observer.tell(Event::Conflict {
            step,
            error: &error,
        });
        let outcome = match judge.choice(step, &error) {
            OnConflict::Fail => Outcome::Failed(error),
            OnConflict::Skip => Outcome::Skipped,
            OnConflict::Abort => {
                observer.tell(Event::Aborted { step });
                self.aborted = true;
                Outcome::NotTried
            }
            OnConflict::Update => {
                let replacement = Replacement {
                    catalog: &self.work.catalog,
                    observer,
                    step,
                    file,
                };
                let replaced = replacement.run(&self.work.wishes_for(step), error).await;
                match replaced {
                    Ok(package) => Outcome::Replaced(Box::new(package)),
                    Err(error) => Outcome::Failed(error),
                }
            }
        };
        self.finish(number, outcome);
    }
}

impl Work {
    async fn bring_images(&self, step: &Step, file: &PackageFile) -> Vec<ImageResult> {
        let Some(repositories) = &self.images else {
            return Vec::new();
        };
        let images = Images {
            client: &self.client,
            repositories,
            observer: &self.observer,
            public: self.wishes_for(step).public == Some(true),
        };
        let _only = self.one_image.lock().await;
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

    async fn upload(&self, step: &Step, file: &PackageFile) -> Result<Package, Error> {
        self.observer.tell(Event::Uploading { step });
        let upload = self.wishes_for(step).upload(&self.client, file);
        upload.progress(self.observer.transfer(&step.name)).await
    }
}
