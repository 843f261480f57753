//! Images of a repository, on their way to a file.

use std::{path::Path, sync::Arc};

use super::{
    IMAGE_TIME, LARGEST_IMAGE, Place, Repository,
    fetch::{blocking, web},
    folder, names,
};
use crate::{
    archive::quote,
    error::{Error, Result},
    packages::{keep_mode, temporary},
    request::{OnProgress, Progress},
    transport::Wanted,
};

/// Request of [`Repository::image`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let place = tempfile::tempdir()?;
/// # let folder = place.path();
/// # std::fs::write(folder.join("debian.qcow2"), "a disk")?;
/// # use murano_sdk::repository::Repository;
/// let repository = Repository::builder().location(folder.display().to_string()).build()?;
/// let image = repository.image("debian.qcow2").largest(1 << 30);
/// let image = image.progress(|got| println!("{} bytes", got.done));
/// assert_eq!(image.to_file(folder.join("copy")).await?, 6);
/// assert!(repository.image("../../etc/passwd").to_file(folder.join("x")).await.is_err());
/// # Ok(()) }
/// ```
#[must_use = "requests do nothing until one of its methods is awaited"]
pub struct FetchImage {
    repository: Repository,
    name: String,
    largest: u64,
    progress: Option<OnProgress>,
}

impl std::fmt::Debug for FetchImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FetchImage")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl FetchImage {
    pub(super) fn new(repository: Repository, name: String) -> Self {
        Self {
            repository,
            name,
            largest: LARGEST_IMAGE,
            progress: None,
        }
    }

    /// Largest image that is fetched, in bytes; 64 GiB by default.
    pub fn largest(mut self, bytes: u64) -> Self {
        self.largest = bytes;
        self
    }

    /// Is told how many bytes have arrived.
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    /// Writes the image to a file and gives its size in bytes. The file appears, or is replaced, when the
    /// image is complete; after an error it is as before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound);
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) where the folder cannot be written.
    pub async fn to_file(self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let source = self.source()?;
        let named = |error| Error::io("write", path, error);
        let temporary = temporary(folder).map_err(named)?;
        let (file, place) = temporary.into_parts();
        let (file, size) = match source {
            Source::Url(url) => {
                let wanted = Wanted {
                    url: &url,
                    limit: self.largest,
                    time: self.repository.inner.time.unwrap_or(IMAGE_TIME),
                    progress: self.progress.as_ref(),
                };
                let mut file = tokio::fs::File::from_std(file);
                let transport = &self.repository.inner.transport;
                let size = transport.fetch(&wanted, &mut file).await?;
                (file, size)
            }
            Source::File(from) => {
                let limit = self.largest;
                let (file, size) = blocking(move || {
                    let mut file = file;
                    let size = folder::copy(&from, &mut file, limit)?;
                    Ok((file, size))
                })
                .await?;
                (tokio::fs::File::from_std(file), size)
            }
        };
        file.sync_all().await.map_err(named)?;
        keep_mode(&file, path).await.map_err(named)?;
        place.persist(path).map_err(|error| named(error.error))?;
        Ok(size)
    }

    fn source(&self) -> Result<Source> {
        if names::is_url(&self.name) {
            return Ok(Source::Url(self.name.clone()));
        }
        if let Some(why) = names::refuse(&self.name) {
            let text = format!("the name of the image {} {why}", quote(&self.name));
            return Err(Error::invalid(text));
        }
        match &self.repository.inner.place {
            Place::Nowhere => Err(Error::config(format!(
                "no repository is named to fetch the image {} from",
                quote(&self.name)
            ))),
            Place::Web(base) => Ok(Source::Url(web(base, "images", &self.name))),
            Place::Folder { root, shown } => {
                let found = folder::file(root, "images", &self.name)?.map(Source::File);
                found.ok_or_else(|| {
                    let name = &self.name;
                    Error::not_found(format!("image {name} is not in the repository {shown}"))
                })
            }
        }
    }
}

enum Source {
    Url(String),
    File(std::path::PathBuf),
}
