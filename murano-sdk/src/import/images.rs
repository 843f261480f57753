//! The images that packages ask for, on their way to the image service.

use std::path::PathBuf;

use super::Step;
use super::events::{Event, Observer};
use crate::{
    archive::{PackageFile, RequiredImage},
    client::Client,
    error::{Error, ErrorKind, Result, io_reason},
    images::{EnsuredImage, ImageSource},
    repository::{Repository, is_url},
};

/// What became of an image that a package asks for.
#[derive(Debug)]
#[non_exhaustive]
pub struct ImageResult {
    /// Full name of the package.
    pub package: String,
    /// Name of the image; none where the list of images cannot be read.
    pub image: Option<String>,
    /// The image, or why it is not there.
    pub outcome: Result<EnsuredImage>,
}

/// Where images are brought from and to.
pub(super) struct Images<'a> {
    pub(super) client: &'a Client,
    pub(super) repositories: &'a [Repository],
    pub(super) observer: &'a Observer,
    pub(super) public: bool,
}

impl Images<'_> {
    /// Sees to it that all images of a package are there, and tells what became of each.
    pub(super) async fn bring(&self, step: &Step, file: &PackageFile) -> Vec<ImageResult> {
        let result = |image: Option<String>, outcome| {
            let (package, name) = (step.name.clone(), image.as_deref());
            let outcome: Result<EnsuredImage> = outcome;
            self.observer.tell(Event::Image {
                step,
                name,
                outcome: &outcome,
            });
            ImageResult {
                package,
                image,
                outcome,
            }
        };
        let wanted = match file.required_images() {
            Ok(wanted) => wanted,
            Err(error) => return vec![result(None, Err(error))],
        };
        let mut results = Vec::new();
        if !wanted.is_empty() {
            self.observer.tell(Event::Images { step });
        }
        for image in &wanted {
            let outcome = self.ensure(image).await;
            results.push(result(Some(image.name.clone()), outcome));
        }
        results
    }

    async fn ensure(&self, image: &RequiredImage) -> Result<EnsuredImage> {
        // A file that was fetched has to live until it is sent.
        let mut place = tempfile::Builder::new();
        #[cfg(unix)]
        place.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let place = place.prefix("murano-").tempdir();
        let place = place.map_err(|error| {
            let text = format!("cannot make a temporary folder: {}", io_reason(&error));
            Error::new(ErrorKind::Io, text).with_source(error)
        })?;
        let path = place.path().join("image");
        let ensure = self.client.images().ensure(image).public(self.public);
        let ensure = ensure.progress(self.observer.transfer(&image.name));
        ensure
            .from_source(|| async {
                fetch_image(self.repositories, image, &path, self.observer).await?;
                ImageSource::file(&path).await
            })
            .await
    }
}

/// Writes an image to a file: from a repository on this computer, from its own URL, or from a repository
/// on the web, whatever has it first.
pub(super) async fn fetch_image(
    repositories: &[Repository],
    image: &RequiredImage,
    path: &PathBuf,
    observer: &Observer,
) -> Result<u64> {
    let url = image.url.as_deref().filter(|url| is_url(url));
    // In a repository the file may also have the name that the list gives in place of a URL.
    let other = image.url.as_deref().filter(|url| !is_url(url));
    let mut sources: Vec<(&Repository, &str)> = Vec::new();
    let here = repositories.iter().filter(|it| it.is_local());
    sources.extend(here.flat_map(|it| names(image, other).map(move |name| (it, name))));
    let nowhere = Repository::nowhere_like(repositories.first())?;
    sources.extend(url.map(|url| (repositories.first().unwrap_or(&nowhere), url)));
    let there = repositories.iter().filter(|it| !it.is_local());
    sources.extend(there.flat_map(|it| names(image, other).map(move |name| (it, name))));
    let mut refused = None;
    for (repository, name) in sources {
        let fetch = repository.image(name);
        let fetch = fetch.progress(observer.transfer(&image.name));
        match fetch.to_file(path).await {
            Ok(size) => return Ok(size),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                refused.get_or_insert(error);
            }
            // What has a URL of its own may be in a repository, too.
            Err(error) if is_url(name) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(refused.unwrap_or_else(|| {
        let name = &image.name;
        Error::not_found(format!(
            "image {name} has no URL, and no repository is named to fetch it from"
        ))
    }))
}

fn names<'a>(
    image: &'a RequiredImage,
    other: Option<&'a str>,
) -> impl Iterator<Item = &'a str> + use<'a> {
    other.into_iter().chain([image.name.as_str()])
}
