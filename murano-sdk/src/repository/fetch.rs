//! What a repository is asked for.

use std::{path::Path, sync::Arc};

use tempfile::{NamedTempFile, TempPath};

use super::{Bundle, Place, Repository, TIME, bundle, folder, names};
use crate::{
    archive::{PackageFile, is_full_name, quote, requirement, version},
    error::{Error, ErrorKind, Result, io_reason},
    request::{OnProgress, Path as UrlPath, Progress, awaitable},
    transport::Wanted,
};

/// How often an archive is fetched that has no announced length and is not complete.
const ATTEMPTS: u32 = 3;

/// Which version of a package is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Version {
    Any,
    Exact(String),
    Range(String),
}

/// Request of [`Repository::package`] and [`Repository::package_at`]. It is checked: complete, sound, and
/// the package that was asked for.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use murano_sdk::{archive::PackageFile, repository::Repository};
/// # let place = tempfile::tempdir()?;
/// # let folder = place.path();
/// # PackageFile::pack("../tests/data/packages/greeter", folder.join("com.example.Greeter.0.3.1.zip"))?;
/// let repository = Repository::builder().location(folder.display().to_string()).build()?;
/// let greeter = || repository.package("com.example.Greeter");
/// assert_eq!(greeter().version("0.3.1").await?.manifest().version, "0.3.1");
/// assert!(greeter().range(">=0.3,<1").progress(|got| println!("{} bytes", got.done)).await.is_ok());
/// let error = greeter().version("2").await.unwrap_err();
/// assert_eq!(error.kind(), murano_sdk::ErrorKind::NotFound);
///
/// let elsewhere = repository.package_at("ftp://apps.example/greeter.zip").full_name("com.example.Greeter");
/// assert!(elsewhere.await.is_err());
/// # Ok(()) }
/// ```
#[must_use = "requests do nothing until awaited"]
pub struct FetchPackage {
    repository: Repository,
    name: Option<String>,
    url: Option<String>,
    version: Version,
    progress: Option<OnProgress>,
}

impl std::fmt::Debug for FetchPackage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FetchPackage")
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl FetchPackage {
    pub(super) fn named(repository: Repository, name: String) -> Self {
        Self {
            repository,
            name: Some(name),
            url: None,
            version: Version::Any,
            progress: None,
        }
    }

    pub(super) fn at(repository: Repository, url: String) -> Self {
        Self {
            repository,
            name: None,
            url: Some(url),
            version: Version::Any,
            progress: None,
        }
    }

    /// The package at the URL must have this full name.
    pub fn full_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Exactly this version, in any of its spellings: `1` is `1.0.0`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Version::Exact(version.into());
        self
    }

    /// A version in this range, as manifests write it: `>=1.0,<2`. In a folder on this computer the
    /// newest one is taken.
    pub fn range(mut self, range: impl Into<String>) -> Self {
        self.version = Version::Range(range.into());
        self
    }

    /// Is told how many bytes have arrived.
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    async fn send(self) -> Result<PackageFile> {
        if let Version::Exact(text) = &self.version
            && (version::normalize(text).is_none() || names::refuse(text).is_some())
        {
            let text = format!("{} is no version, such as 1.0.0", quote(text));
            return Err(Error::invalid(text));
        }
        if let Some(url) = &self.url {
            let file = self.download(url).await?;
            return self.check(&file).map(|()| file);
        }
        let name = self.name.clone().unwrap_or_default();
        if !is_full_name(&name) {
            let text = format!(
                "{} is neither a file nor a full name of a package, such as io.example.Shop",
                quote(&name)
            );
            return Err(Error::invalid(text));
        }
        match &self.repository.inner.place {
            Place::Nowhere => Err(Error::config(format!(
                "no repository is named to fetch {name} from"
            ))),
            Place::Folder { root, .. } => {
                let root = root.clone();
                blocking(move || self.newest(&root, &name)).await
            }
            Place::Web(base) => self.on_the_web(base, &name).await,
        }
    }

    fn newest(self, root: &Path, name: &str) -> Result<PackageFile> {
        let candidates = folder::packages(root, name)?;
        let found = folder::newest(candidates, |file| self.check(file));
        found.unwrap_or_else(|| Err(self.missing(name)))
    }

    async fn on_the_web(&self, base: &str, name: &str) -> Result<PackageFile> {
        let mut other = None;
        let mut first: Option<Error> = None;
        for file_name in self.file_names(name) {
            let url = web(base, "apps", &file_name);
            match self.download(&url).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    first.get_or_insert(error.with_call(format!("GET {url}")));
                }
                Err(error) => return Err(error),
                Ok(file) => match self.check(&file) {
                    Ok(()) => return Ok(file),
                    Err(error) => {
                        other.get_or_insert(error);
                    }
                },
            }
        }
        let missing = self.missing(name).to_string();
        Err(match (other, first) {
            (Some(other), _) => other,
            (None, Some(first)) => first.with_message(missing),
            (None, None) => Error::not_found(missing),
        })
    }

    /// The files that may be the package, the likeliest first.
    fn file_names(&self, name: &str) -> Vec<String> {
        let asked = match &self.version {
            Version::Any => None,
            Version::Exact(version) => Some(version.as_str()),
            Version::Range(range) => requirement::exact(range),
        };
        let mut files = Vec::new();
        if let Some(version) = asked {
            files.push(format!("{name}.{version}.zip"));
            let whole = version::normalize(version).map(|whole| format!("{name}.{whole}.zip"));
            files.extend(whole.filter(|whole| *whole != files[0]));
        }
        files.push(format!("{name}.zip"));
        files
    }

    fn missing(&self, name: &str) -> Error {
        let version = match &self.version {
            Version::Any => String::new(),
            Version::Exact(version) | Version::Range(version) => format!(" {version}"),
        };
        let place = self.repository.location().unwrap_or_default();
        Error::not_found(format!(
            "package {name}{version} is not in the repository {place}"
        ))
    }

    /// Whether it is what was asked for.
    fn check(&self, file: &PackageFile) -> Result<()> {
        let (manifest, shown) = (file.manifest(), file.shown());
        if let Some(name) = self
            .name
            .as_ref()
            .filter(|name| **name != manifest.full_name)
        {
            let found = quote(&manifest.full_name);
            let text = format!("{shown}: this is the package {found}, {name} is wanted");
            return Err(Error::archive(text));
        }
        let (fits, wanted) = match &self.version {
            Version::Any => (true, ""),
            Version::Exact(text) => (
                version::normalize(text).as_ref() == Some(&manifest.version),
                text.as_str(),
            ),
            Version::Range(range) => (requirement::fits(range, &manifest.version), range.as_str()),
        };
        if fits {
            return Ok(());
        }
        let found = &manifest.version;
        let text = format!("{shown}: this is version {found}, {wanted} is wanted");
        Err(Error::not_found(text))
    }

    async fn download(&self, url: &str) -> Result<PackageFile> {
        let inner = &self.repository.inner;
        let wanted = Wanted {
            url,
            limit: inner.largest_package,
            time: inner.time.unwrap_or(TIME),
            progress: self.progress.as_ref(),
        };
        let mut attempt = 1;
        loop {
            let (path, _) = to_temporary(&self.repository, &wanted).await?;
            let (shown, file_name) = (shown(url), last_segment(url));
            let opened = blocking(move || open(shown, path, file_name)).await;
            match opened {
                // It may have been cut off where no length was announced.
                Err(error) if error.kind() == ErrorKind::Transport && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) if error.kind() == ErrorKind::Transport => {
                    let text = error.to_string();
                    return Err(Error::archive(text));
                }
                outcome => return outcome,
            }
        }
    }
}

/// Checks what was fetched. An error of the kind [`ErrorKind::Transport`] is about what may be whole when
/// it is fetched again.
fn open(shown: String, path: TempPath, file_name: String) -> Result<PackageFile> {
    use std::io::Read as _;
    let mut start = Vec::new();
    let file = std::fs::File::open(&path).map_err(|error| Error::io("read", &path, error))?;
    let read = file.take(64).read_to_end(&mut start);
    read.map_err(|error| Error::io("read", &path, error))?;
    if start.trim_ascii_start().starts_with(b"<") {
        return Err(Error::archive(format!(
            "{shown}: this is a web page and no package"
        )));
    }
    let is_zip = start.starts_with(b"PK");
    PackageFile::fetched(shown, path, file_name).map_err(|error| {
        if is_zip && error.to_string().ends_with("not all of one") {
            Error::new(ErrorKind::Transport, error.to_string())
        } else {
            error
        }
    })
}

/// Request of [`Repository::bundle`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let place = tempfile::tempdir()?;
/// # let folder = place.path();
/// # std::fs::create_dir(folder.join("bundles"))?;
/// # std::fs::write(folder.join("bundles/shops.bundle"), r#"{"Packages": [{"Name": "io.example.Shop"}]}"#)?;
/// # use murano_sdk::repository::Repository;
/// let repository = Repository::builder().location(folder.display().to_string()).build()?;
/// assert_eq!(repository.bundle("shops").await?.packages[0].name, "io.example.Shop");
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct FetchBundle {
    repository: Repository,
    name: String,
}

impl FetchBundle {
    pub(super) fn new(repository: Repository, name: String) -> Self {
        Self { repository, name }
    }

    async fn send(self) -> Result<Bundle> {
        if names::is_url(&self.name) {
            return self.download(&self.name).await;
        }
        let plain = self.name.strip_suffix(".bundle").unwrap_or(&self.name);
        if let Some(why) = names::refuse(plain) {
            let text = format!("the name of the bundle {} {why}", quote(&self.name));
            return Err(Error::invalid(text));
        }
        let file = format!("{plain}.bundle");
        let missing = |place: &str| {
            Error::not_found(format!("bundle {plain} is not in the repository {place}"))
        };
        match &self.repository.inner.place {
            Place::Nowhere => Err(Error::config(format!(
                "no repository is named to fetch the bundle {} from",
                quote(plain)
            ))),
            Place::Folder { root, shown } => match folder::file(root, "bundles", &file)? {
                Some(path) => blocking(move || folder::read_bundle(&path)).await,
                None => Err(missing(shown)),
            },
            Place::Web(base) => {
                let found = self.download(&web(base, "bundles", &file)).await;
                found.map_err(|error| match error.kind() {
                    ErrorKind::NotFound => missing(base),
                    _ => error,
                })
            }
        }
    }

    async fn download(&self, url: &str) -> Result<Bundle> {
        let wanted = Wanted {
            url,
            limit: bundle::LARGEST,
            time: self.repository.inner.time.unwrap_or(TIME),
            progress: None,
        };
        let (path, _) = to_temporary(&self.repository, &wanted).await?;
        let shown = shown(url);
        blocking(move || {
            let bytes = bundle::bounded(&path)?;
            Bundle::read(&bytes).map_err(|error| {
                let text = format!("{shown}: {error}");
                error.with_message(text)
            })
        })
        .await
    }
}

/// Fetches to a temporary file that is gone with its path, and gives its size.
async fn to_temporary(repository: &Repository, wanted: &Wanted<'_>) -> Result<(TempPath, u64)> {
    let file = NamedTempFile::with_prefix("murano-").map_err(|error| {
        let text = format!("cannot make a temporary file: {}", io_reason(&error));
        Error::new(ErrorKind::Io, text).with_source(error)
    })?;
    let (file, path) = file.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let size = repository.inner.transport.fetch(wanted, &mut file).await?;
    Ok((path, size))
}

/// The URL of a file in a folder of a repository.
pub(super) fn web(base: &str, folder: &str, file: &str) -> String {
    let path = UrlPath::new(&[folder, file]);
    format!("{base}{}", path.as_str().trim_start_matches('/'))
}

fn shown(url: &str) -> String {
    let url = crate::transport::without_user(url);
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// The name of the file that a URL leads to.
fn last_segment(url: &str) -> String {
    let url = shown(url);
    let name = url.rsplit('/').next().unwrap_or_default();
    if names::refuse(name).is_none() {
        name.to_owned()
    } else {
        "package.zip".to_owned()
    }
}

/// Runs what blocks where it may.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::new(ErrorKind::Io, "a thread ended early").with_source(error))?
}

awaitable! {
    FetchPackage => PackageFile,
    FetchBundle => Bundle,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_tried_in_the_order_of_their_likelihood() {
        let repository = Repository::builder().build().unwrap();
        let names = |fetch: FetchPackage| fetch.file_names("a.B");
        let fetch = || repository.package("a.B");
        assert_eq!(names(fetch()), ["a.B.zip"]);
        assert_eq!(
            names(fetch().version("1.0")),
            ["a.B.1.0.zip", "a.B.1.0.0.zip", "a.B.zip"]
        );
        assert_eq!(names(fetch().range("=1.2.3")), ["a.B.1.2.3.zip", "a.B.zip"]);
        assert_eq!(names(fetch().range(">=1.0")), ["a.B.zip"]);
    }

    #[test]
    fn names_are_one_part_of_a_url() {
        assert_eq!(
            web("http://h/r/", "images", "a b?#.."),
            "http://h/r/images/a%20b%3F%23.."
        );
        assert_eq!(last_segment("https://h/a/b.zip?key=1"), "b.zip");
        assert_eq!(last_segment("https://h/"), "package.zip");
    }

    #[tokio::test]
    async fn bad_names_are_not_asked_for() {
        let repository = Repository::builder()
            .location("http://127.0.0.1:9/x")
            .build()
            .unwrap();
        for name in ["../x", "/etc/x", "..", "a b", ""] {
            let error = repository.package(name).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
            if name != "a b" {
                let error = repository.bundle(name).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
            }
        }
        let error = repository.package("a").version("../1").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}
