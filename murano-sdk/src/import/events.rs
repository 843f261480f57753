//! What is told while packages are on their way.

use std::{fmt, path::Path, sync::Arc};

use super::Step;
use crate::{
    error::{Error, Result},
    images::EnsuredImage,
    packages::Package,
    request::Progress,
};

/// Something that happens during an import, for an observer.
///
/// ```
/// use murano_sdk::import::Event;
///
/// fn told(event: &Event<'_>) -> Option<String> {
///     match event {
///         Event::Fetching { name } => Some(format!("fetching {name}")),
///         Event::Uploaded { step, package } => Some(format!("{} is {}", step.name, package.id)),
///         _ => None,
///     }
/// }
/// # assert!(told(&Event::Fetching { name: "x" }).is_some());
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A package is looked for in the repository.
    Fetching {
        /// Full name.
        name: &'a str,
    },
    /// Bytes of a package or an image are on their way, here or there.
    Transfer {
        /// Full name of the package, or name of the image.
        name: &'a str,
        /// How many.
        progress: Progress,
    },
    /// A package is about to be uploaded.
    Uploading {
        /// The step of the plan.
        step: &'a Step,
    },
    /// A package asks for images.
    Images {
        /// The step of the plan.
        step: &'a Step,
    },
    /// An image that a package asks for is there, or is not.
    Image {
        /// The step of the plan.
        step: &'a Step,
        /// Its name; none where the list of images cannot be read.
        name: Option<&'a str>,
        /// The image, or why it is not there.
        outcome: &'a Result<EnsuredImage>,
    },
    /// The catalog has a package that is in the way.
    Conflict {
        /// The step of the plan.
        step: &'a Step,
        /// What the server said.
        error: &'a Error,
    },
    /// What is in the way stays.
    Skipped {
        /// The step of the plan.
        step: &'a Step,
    },
    /// What is in the way stays, and nothing more is done.
    Aborted {
        /// The step of the plan.
        step: &'a Step,
    },
    /// The package that is replaced is about to be deleted. Its archive is in a temporary file.
    Deleting {
        /// The step of the plan.
        step: &'a Step,
        /// The package of the catalog.
        package: &'a Package,
    },
    /// It is in the catalog.
    Uploaded {
        /// The step of the plan.
        step: &'a Step,
        /// What the catalog says of it.
        package: &'a Package,
    },
    /// It is not.
    Failed {
        /// The step of the plan.
        step: &'a Step,
        /// Why.
        error: &'a Error,
    },
    /// A package was deleted to be replaced, and neither the new one nor the old one is in the catalog:
    /// the archive of the old one is left in this file.
    Kept {
        /// Full name.
        name: &'a str,
        /// The file.
        path: &'a Path,
    },
}

type Tell = dyn Fn(Event<'_>) + Send + Sync;

/// Whoever is told.
#[derive(Clone, Default)]
pub(super) struct Observer(Option<Arc<Tell>>);

impl Observer {
    pub(super) fn new(observer: Arc<Tell>) -> Self {
        Self(Some(observer))
    }

    pub(super) fn tell(&self, event: Event<'_>) {
        if let Some(observer) = &self.0 {
            observer(event);
        }
    }

    /// A callback for the bytes of one package.
    pub(super) fn transfer(&self, name: &str) -> impl Fn(Progress) + Send + Sync + 'static {
        let (this, name) = (self.clone(), name.to_owned());
        move |progress| {
            this.tell(Event::Transfer {
                name: &name,
                progress,
            });
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer" } else { "None" })
    }
}
