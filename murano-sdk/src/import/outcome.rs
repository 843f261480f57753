//! What became of an import.

use super::{ImageResult, Step};
use crate::{
    error::{Error, ErrorKind},
    packages::Package,
};

/// What to do where the catalog has a package that is in the way of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnConflict {
    /// The upload has failed.
    Fail,
    /// What is there stays.
    Skip,
    /// What is there is replaced.
    Update,
    /// Nothing more is done.
    Abort,
}

/// What became of an import.
#[derive(Debug)]
#[non_exhaustive]
pub struct Imported {
    /// One result for each step of the plan, in its order.
    pub results: Vec<StepResult>,
    /// What became of the images that the packages ask for, where [they were brought](super::Import::images).
    pub images: Vec<ImageResult>,
    /// Whether it ended early because that was the answer to a conflict.
    pub aborted: bool,
}

/// What became of one package.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepResult {
    /// The step of the plan.
    pub step: Step,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a [`Step`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It was in the catalog before.
    Installed,
    /// It is nowhere, and was left out.
    Missing,
    /// It is in the catalog now.
    Uploaded(Box<Package>),
    /// It is in the catalog in place of another one.
    Replaced(Box<Package>),
    /// What was in the way has stayed.
    Skipped,
    /// It is not in the catalog; what it should have replaced is as it was, or the error says otherwise.
    Failed(Error),
    /// It was left out, because it requires what has failed, or because the import ended early.
    NotTried,
}

impl Outcome {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Missing => "missing",
            Self::Uploaded(_) => "uploaded",
            Self::Replaced(_) => "replaced",
            Self::Skipped => "skipped",
            Self::Failed(_) => "failed",
            Self::NotTried => "not tried",
        }
    }

    pub(super) fn is_bad(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::NotTried)
    }
}

impl Imported {
    /// Whether all that was to be uploaded is in the catalog, or was left out on purpose, and all images
    /// are there. A cloud without an image service has no images to miss.
    pub fn is_complete(&self) -> bool {
        let lacks = |image: &ImageResult| {
            let error = image.outcome.as_ref().err();
            error.is_some_and(|error| error.kind() != ErrorKind::NoService)
        };
        !self.results.iter().any(|result| result.outcome.is_bad()) && !self.images.iter().any(lacks)
    }

    /// The packages that are new in the catalog, in the order of the plan.
    pub fn packages(&self) -> Vec<&Package> {
        let results = self.results.iter();
        let packages = results.filter_map(|result| match &result.outcome {
            Outcome::Uploaded(package) | Outcome::Replaced(package) => Some(&**package),
            _ => None,
        });
        packages.collect()
    }

    /// What has failed, and why.
    pub fn errors(&self) -> impl Iterator<Item = (&Step, &Error)> {
        self.results
            .iter()
            .filter_map(|result| match &result.outcome {
                Outcome::Failed(error) => Some((&result.step, error)),
                _ => None,
            })
    }
}
