//! Package repositories: where packages, bundles and images come from that are not in the catalog yet.
//!
//! A repository is a folder, on this computer or behind a web server:
//!
//! | path | what |
//! | --- | --- |
//! | `apps/FQN.zip`, `apps/FQN.VERSION.zip` | packages |
//! | `bundles/NAME.bundle` | [`Bundle`]s |
//! | `images/NAME` | images of virtual machines |
//!
//! In a folder on this computer the files may also lie beside each other, without the three folders.
//! There is no index, so behind a web server a package is found by its name, or by its name and the
//! version as it is asked for, alone.
//!
//! Nothing is sent but the request: no token, no password, no client certificate. Downloads are bounded
//! in size and time, a few redirects are followed (never from https to http), and what broke off is asked
//! for again.

mod bundle;
mod fetch;
mod folder;
mod image;
mod names;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub use bundle::{Bundle, BundlePackage};
pub use fetch::{FetchBundle, FetchPackage};
pub use image::FetchImage;
pub(crate) use names::{is_url, refuse as refuse_name};

use crate::{
    auth::{Settings, transport_options},
    error::{Error, Result},
    transport::{Options, Transport, without_user},
};

/// Larger than any package a server is set up for, in bytes.
const LARGEST_PACKAGE: u64 = 256 << 20;
/// Larger than any disk of an image, in bytes.
const LARGEST_IMAGE: u64 = 64 << 30;
/// Longest time for a package or a bundle.
const TIME: Duration = Duration::from_secs(600);
/// Longest time for an image.
const IMAGE_TIME: Duration = Duration::from_secs(6 * 3600);

/// Where packages are fetched from. Clones share connections.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use murano_sdk::archive::PackageFile;
/// # let place = tempfile::tempdir()?;
/// # let folder = place.path();
/// # std::fs::create_dir(folder.join("apps"))?;
/// # PackageFile::pack("../tests/data/packages/greeter", folder.join("apps/com.example.Greeter.zip"))?;
/// use murano_sdk::repository::Repository;
///
/// let location = folder.display().to_string(); // or https://apps.example/repository
/// let repository = Repository::builder().location(&location).build()?;
/// assert_eq!(repository.location(), Some(&*location));
/// let greeter = repository.package("com.example.Greeter").await?;
/// assert_eq!(greeter.manifest().version, "0.3.1");
/// assert!(repository.package_at("https://me:secret@apps.example/greeter.zip").await.is_err());
/// assert!(repository.image("debian.qcow2").to_file(folder.join("disk")).await.is_err());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Repository {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    place: Place,
    transport: Transport,
    largest_package: u64,
    time: Option<Duration>,
}

#[derive(Clone, Debug)]
enum Place {
    /// None: only what has a URL of its own can be fetched.
    Nowhere,
    Folder {
        root: PathBuf,
        shown: String,
    },
    /// The URL ends in a slash.
    Web(String),
}

impl Repository {
    /// A repository in the making. Without a location it fetches what has a URL of its own.
    pub fn builder() -> RepositoryBuilder {
        RepositoryBuilder {
            location: None,
            options: None,
            largest_package: LARGEST_PACKAGE,
            time: None,
        }
    }

    /// Where it is, as it was given.
    pub fn location(&self) -> Option<&str> {
        match &self.inner.place {
            Place::Nowhere => None,
            Place::Folder { shown, .. } => Some(shown),
            Place::Web(url) => Some(url),
        }
    }

    /// Whether it is a folder of this computer.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self.inner.place, Place::Folder { .. })
    }

    /// A repository of nothing but URLs, which connects like another one.
    pub(crate) fn nowhere_like(other: Option<&Self>) -> Result<Self> {
        match other {
            Some(other) => Ok(other.moved(Place::Nowhere)),
            None => Self::builder().build(),
        }
    }

    fn moved(&self, place: Place) -> Self {
        Self {
            inner: Arc::new(Inner {
                place,
                transport: Transport::new(self.inner.transport.options().clone()),
                ..*self.inner
            }),
        }
    }

    /// The folder around a local bundle as a repository, with the same limits: its packages and images
    /// lie beside it, or in `apps` and `images` beside the folder `bundles` it is in.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use murano_sdk::archive::PackageFile;
    /// # let place = tempfile::tempdir()?;
    /// # let folder = place.path();
    /// # PackageFile::pack("../tests/data/packages/greeter", folder.join("com.example.Greeter.zip"))?;
    /// use murano_sdk::repository::{Bundle, Repository};
    ///
    /// let path = folder.join("greetings.bundle");
    /// std::fs::write(&path, Bundle::of([("com.example.Greeter", None)]).to_json())?;
    /// let beside = Repository::builder().build()?.beside(&path);
    /// let bundle = beside.bundle("greetings").await?;
    /// for package in &bundle.packages {
    ///     println!("{}", beside.package(&package.name).await?.manifest().version);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn beside(&self, bundle: impl AsRef<Path>) -> Self {
        let folder = match bundle.as_ref().parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let root = match (folder.file_name(), folder.parent()) {
            (Some(name), Some(parent)) if name == "bundles" => parent,
            _ => folder,
        };
        let root = if root.as_os_str().is_empty() {
            Path::new(".")
        } else {
            root
        };
        let place = Place::Folder {
            root: root.to_owned(),
            shown: root.display().to_string(),
        };
        self.moved(place)
    }

    /// A package by its full name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where the repository has none of this name and
    /// version; [`ErrorKind::Config`](crate::ErrorKind::Config) where there is no repository;
    /// [`ErrorKind::Archive`](crate::ErrorKind::Archive) where what is there is no such package.
    pub fn package(&self, name: impl Into<String>) -> FetchPackage {
        FetchPackage::named(self.clone(), name.into())
    }

    /// A package at a URL of its own.
    ///
    /// # Errors
    ///
    /// As [`package`](Self::package).
    pub fn package_at(&self, url: impl Into<String>) -> FetchPackage {
        FetchPackage::at(self.clone(), url.into())
    }

    /// A bundle by its name, or at a URL of its own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound);
    /// [`ErrorKind::Archive`](crate::ErrorKind::Archive) where what is there is no bundle.
    pub fn bundle(&self, name_or_url: impl Into<String>) -> FetchBundle {
        FetchBundle::new(self.clone(), name_or_url.into())
    }

    /// An image by its name, or at a URL of its own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub fn image(&self, name_or_url: impl Into<String>) -> FetchImage {
        FetchImage::new(self.clone(), name_or_url.into())
    }
}

/// Settings of a [`Repository`].
///
/// ```
/// use murano_sdk::{auth::Settings, repository::Repository};
/// use std::time::Duration;
///
/// let mut settings = Settings::new();
/// settings.set("cacert", "/etc/ssl/private-ca.pem");
/// let repository = Repository::builder()
///     .location("https://apps.example/repository")
///     .settings(&settings)?
///     .largest_package(5 << 20)
///     .total_timeout(Duration::from_secs(60))
///     .build()?;
/// assert_eq!(repository.location(), Some("https://apps.example/repository/"));
/// # Ok::<(), murano_sdk::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is no repository before it is built"]
pub struct RepositoryBuilder {
    location: Option<String>,
    options: Option<Options>,
    largest_package: u64,
    time: Option<Duration>,
}

impl RepositoryBuilder {
    /// Where it is: a URL that begins with `http://` or `https://`, with or without a slash at its end,
    /// or a folder.
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// How to connect, as for a client: `cacert`, `insecure`, `connect_timeout` and `api_timeout`, the
    /// longest time without a byte. All else is left alone; nobody is told who you are.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where a value is malformed.
    pub fn settings(mut self, settings: &Settings) -> Result<Self> {
        let agent = concat!("murano-sdk/", env!("CARGO_PKG_VERSION"));
        self.options = Some(transport_options(settings, agent.to_owned())?);
        Ok(self)
    }

    pub(crate) fn options(mut self, options: &Options) -> Self {
        self.options = Some(options.clone());
        self
    }

    /// Largest package that is fetched, in bytes; 256 MiB by default.
    pub fn largest_package(mut self, bytes: u64) -> Self {
        self.largest_package = bytes;
        self
    }

    /// Longest time for one download; by default ten minutes, six hours for an image.
    pub fn total_timeout(mut self, limit: Duration) -> Self {
        self.time = Some(limit);
        self
    }

    /// The repository. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where the location is neither a folder nor a URL.
    pub fn build(self) -> Result<Repository> {
        let place = match self.location.as_deref() {
            None | Some("") => Place::Nowhere,
            Some(location) => place(location)?,
        };
        let mut options = match self.options {
            Some(options) => options,
            None => transport_options(
                &Settings::new(),
                concat!("murano-sdk/", env!("CARGO_PKG_VERSION")).to_owned(),
            )?,
        };
        // A certificate says who you are.
        options.tls.cert = None;
        options.tls.key = None;
        Ok(Repository {
            inner: Arc::new(Inner {
                place,
                transport: Transport::new(options),
                largest_package: self.largest_package,
                time: self.time,
            }),
        })
    }
}

fn place(location: &str) -> Result<Place> {
    if names::is_url(location) {
        let shown = without_user(location);
        if shown != location {
            let text = format!("repository {shown}: the URL has a name or a password in it");
            return Err(Error::config(text));
        }
        if location.contains(['?', '#']) {
            let text = format!("repository {shown}: the URL of a folder has no `?` and no `#`");
            return Err(Error::config(text));
        }
        let url = location.trim_end_matches('/');
        return Ok(Place::Web(format!("{url}/")));
    }
    if location.contains("://") {
        let text = format!(
            "repository {}: it must be a folder, or a URL that begins with http:// or https://",
            without_user(location)
        );
        return Err(Error::config(text));
    }
    if !Path::new(location).is_dir() {
        let text = format!("repository {location}: there is no such folder");
        return Err(Error::config(text));
    }
    Ok(Place::Folder {
        root: PathBuf::from(location),
        shown: location.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_location_is_a_folder_whatever_its_end() {
        for location in ["http://h/a/repo", "http://h/a/repo/", "http://h/a/repo//"] {
            let repository = Repository::builder().location(location).build().unwrap();
            assert_eq!(repository.location(), Some("http://h/a/repo/"));
        }
        let nowhere = Repository::builder().location("").build().unwrap();
        assert_eq!(nowhere.location(), None);
    }

    #[test]
    fn what_is_no_location_is_told() {
        for (location, part) in [
            ("ftp://h/x", "must be a folder, or a URL"),
            ("file:///x", "must be a folder, or a URL"),
            ("http://me:secret@h/x", "a name or a password"),
            ("http://h/x?y", "no `?`"),
            ("no/such", "no such folder"),
        ] {
            let error = Repository::builder()
                .location(location)
                .build()
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            let text = error.to_string();
            assert!(text.contains(part) && !text.contains("secret"), "{text}");
        }
    }
}
