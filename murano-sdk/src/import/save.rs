//! Packages, with all they require, in a folder that is a repository for a site without a network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Plan;
use super::events::{Event, Observer};
use super::images::fetch_image;
use crate::{
    archive::{PackageFile, RequiredImage, requirement, version},
    error::{Error, ErrorKind, Result},
    repository::{Bundle, Repository, is_url, refuse_name},
    request::awaitable,
};

/// Request of [`Plan::save`]. Awaited, it writes the packages of the plan below a folder, which is made
/// where it is missing, in the layout of a [repository](crate::repository).
///
/// A package is `apps/FQN.zip`, and, where it is required by its version, `apps/FQN.VERSION.zip`, too. Of
/// several versions the newest is `FQN.zip`, and each has a file with its version. Files that are there
/// are replaced, each when the new one is complete.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let place = tempfile::tempdir()?;
/// # let folder = place.path().join("site");
/// use murano_sdk::{archive::PackageFile, import::Plan, repository::{Bundle, Repository}};
///
/// let greeter = PackageFile::open("../tests/data/packages/greeter")?;
/// let plan = Plan::of([greeter]).await?;
/// let bundle = Bundle::of([("com.example.Greeter", Some("0.3"))]);
/// let saved = plan.save(&folder).version("com.example.Greeter", "0.3").images(&[]).bundle("greetings", bundle);
/// let saved = saved.observe(|event| println!("{event:?}")).await?;
/// assert!(saved.iter().all(|file| file.outcome.is_ok()));
///
/// let site = Repository::builder().location(folder.display().to_string()).build()?;
/// assert_eq!(site.bundle("greetings").await?.packages.len(), 1);
/// assert!(site.package("com.example.Greeter").version("0.3.1").await.is_ok());
/// assert!(folder.join("apps/com.example.Greeter.0.3.zip").is_file());
///
/// plan.save(&folder).flat(true).await?;
/// assert!(folder.join("com.example.Greeter.zip").is_file());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct Save {
    plan: Plan,
    folder: PathBuf,
    flat: bool,
    versions: Vec<(String, String)>,
    images: Option<Vec<Repository>>,
    bundle: Option<(String, Bundle)>,
    observer: Observer,
}

/// A file of a repository that was written, or was not.
#[derive(Debug)]
#[non_exhaustive]
pub struct SavedFile {
    /// What is in it.
    pub kind: SavedKind,
    /// Name of the package, the image or the bundle.
    pub name: String,
    /// Full name of the package that asks for the image.
    pub package: Option<String>,
    /// Where it is.
    pub path: PathBuf,
    /// Why it is not there.
    pub outcome: Result<()>,
}

/// What is in a file of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SavedKind {
    /// A package.
    Package,
    /// An image.
    Image,
    /// A bundle.
    Bundle,
}

impl Plan {
    /// Writes the packages into a folder.
    pub fn save(&self, folder: impl AsRef<Path>) -> Save {
        Save {
            plan: self.clone(),
            folder: folder.as_ref().to_owned(),
            flat: false,
            versions: Vec::new(),
            images: None,
            bundle: None,
            observer: Observer::default(),
        }
    }
}

impl Save {
    /// Puts all files beside each other, without the folders `apps`, `images` and `bundles`.
    pub fn flat(mut self, flat: bool) -> Self {
        self.flat = flat;
        self
    }

    /// Gives the package of this name a second file, with the version as it is written here.
    pub fn version(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.versions.push((name.into(), version.into()));
        self
    }

    /// Fetches the images that the packages ask for, too: from these repositories or from their URLs.
    pub fn images(mut self, repositories: &[Repository]) -> Self {
        self.images = Some(repositories.to_vec());
        self
    }

    /// Writes a bundle, too, when all packages are written.
    pub fn bundle(mut self, name: impl Into<String>, bundle: Bundle) -> Self {
        self.bundle = Some((name.into(), bundle));
        self
    }

    /// Is told what is fetched.
    pub fn observe(mut self, observer: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(Arc::new(observer));
        self
    }

    async fn send(self) -> Result<Vec<SavedFile>> {
        if let Some((name, _)) = &self.bundle
            && let Some(why) = refuse_name(name)
        {
            return Err(Error::invalid(format!(
                "the name of the bundle {name:?} {why}"
            )));
        }
        let mut results = Vec::new();
        let files = self.files();
        for (place, (name, file)) in files.iter().enumerate() {
            let folder = self.make("apps")?;
            let mut outcome = Ok(());
            let mut path = PathBuf::new();
            for file_name in self.file_names(place, &files) {
                path = folder.join(file_name);
                outcome = outcome.and(file.write_to(&path));
            }
            results.push(SavedFile {
                kind: SavedKind::Package,
                name: name.clone(),
                package: None,
                path,
                outcome,
            });
            if let Some(repositories) = &self.images {
                self.save_images(name, file, repositories, &mut results)
                    .await?;
            }
        }
        let is_whole = results
            .iter()
            .all(|it| it.outcome.is_ok() || it.kind != SavedKind::Package);
        if let Some((name, bundle)) = self.bundle.as_ref().filter(|_| is_whole) {
            let path = self.make("bundles")?.join(format!("{name}.bundle"));
            let outcome = crate::archive::write_text(&path, &bundle.to_json());
            results.push(SavedFile {
                kind: SavedKind::Bundle,
                name: name.clone(),
                package: None,
                path,
                outcome,
            });
        }
        Ok(results)
    }

    /// The archives in the order of the plan, with the names of their packages.
    fn files(&self) -> Vec<(String, PackageFile)> {
        let steps = self.plan.steps.iter().zip(&self.plan.files);
        steps
            .filter_map(|(step, file)| Some((step.name.clone(), file.clone()?)))
            .collect()
    }

    /// A folder of the repository.
    fn make(&self, name: &str) -> Result<PathBuf> {
        let folder = if self.flat {
            self.folder.clone()
        } else {
            self.folder.join(name)
        };
        std::fs::create_dir_all(&folder).map_err(|error| Error::io("make", &folder, error))?;
        Ok(folder)
    }

    /// The names of the files of a package, by its place among those that are saved.
    fn file_names(&self, place: usize, files: &[(String, PackageFile)]) -> Vec<String> {
        let manifest = files[place].1.manifest();
        let (name, version) = (&manifest.full_name, &manifest.version);
        let parsed = |text: &String| semver::Version::parse(text).ok();
        let others = files.iter().enumerate();
        let mut others = others.filter(|(other, (known, _))| *other != place && known == name);
        let is_only = others.clone().next().is_none();
        let is_newest =
            others.all(|(_, (_, other))| parsed(&other.manifest().version) < parsed(version));
        let mut names = Vec::new();
        let required = self.plan.steps.iter().flat_map(|step| &step.requires);
        let exact = required
            .filter(|it| it.name == *name)
            .filter_map(|it| requirement::exact(it.range.as_deref()?));
        let asked = self.versions.iter().filter(|(known, _)| known == name);
        let asked = asked.map(|(_, version)| version.as_str());
        for text in exact.chain(asked) {
            let is_this = requirement::fits(text, version)
                || version::normalize(text).as_ref() == Some(version);
            if is_this && refuse_name(text).is_none() {
                names.push(format!("{name}.{text}.zip"));
            }
        }
        if !is_only {
            names.push(format!("{name}.{version}.zip"));
        }
        if is_only || is_newest {
            names.push(format!("{name}.zip"));
        }
        names
    }

    async fn save_images(
        &self,
        package: &str,
        file: &PackageFile,
        repositories: &[Repository],
        results: &mut Vec<SavedFile>,
    ) -> Result<()> {
        let result = |name: String, path: PathBuf, outcome| SavedFile {
            kind: SavedKind::Image,
            name,
            package: Some(package.to_owned()),
            path,
            outcome,
        };
        let images = match file.required_images() {
            Ok(images) => images,
            Err(error) => {
                results.push(result("images.lst".to_owned(), PathBuf::new(), Err(error)));
                return Ok(());
            }
        };
        for image in images {
            let folder = self.make("images")?;
            let name = file_name(&image);
            if let Some(why) = refuse_name(name) {
                let text = format!("the name of the image {name:?} {why}");
                let error = Error::new(ErrorKind::Archive, text);
                results.push(result(image.name.clone(), PathBuf::new(), Err(error)));
                continue;
            }
            let path = folder.join(name);
            let outcome = fetch_image(repositories, &image, &path, &self.observer).await;
            results.push(result(image.name.clone(), path, outcome.map(drop)));
        }
        Ok(())
    }
}

/// What an image is called in a repository: what the list gives in place of a URL, else its name.
fn file_name(image: &RequiredImage) -> &str {
    let other = image.url.as_deref().filter(|url| !is_url(url));
    other.unwrap_or(&image.name)
}

awaitable!(Save => Vec<SavedFile>);
