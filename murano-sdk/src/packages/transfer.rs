//! Archives on their way to the catalog and back.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Map, Value};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::{Package, PackageHandle, update::unique};
use crate::{
    archive::PackageFile,
    client::Client,
    error::{Error, Result},
    outcome,
    request::{Accept, Body, OnProgress, Progress, Request, Upload, awaitable},
};

/// Request of [`Packages::upload`](super::Packages::upload).
///
/// ```
/// # use murano_sdk::{Client, archive::PackageFile};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let admin = Client::builder().auth_url(sandbox.auth_url()).password("admin", "secret").project("admin").build()?;
/// # let file = PackageFile::open("../tests/data/packages/greeter")?;
/// let upload = admin.packages().upload(&file).public(true).enabled(true);
/// let upload = upload.categories(["Web"]).tags(["demo"]);
/// let package = upload.progress(|sent| println!("{} bytes", sent.done)).await?;
/// assert!(package.is_public);
/// # Ok(()) }
/// ```
#[must_use = "requests do nothing until awaited"]
pub struct UploadPackage {
    client: Client,
    path: PathBuf,
    size: u64,
    file_name: String,
    /// Held until the end: one packed from a folder is removed with its last holder.
    file: Option<PackageFile>,
    metadata: Map<String, Value>,
    progress: Option<OnProgress>,
}

impl std::fmt::Debug for UploadPackage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadPackage")
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

impl UploadPackage {
    pub(super) fn new(client: Client, file: PackageFile) -> Self {
        Self {
            client,
            path: file.path().to_owned(),
            size: file.size(),
            file_name: file.file_name().to_owned(),
            file: Some(file),
            metadata: Map::new(),
            progress: None,
        }
    }

    /// An archive that a server has taken before, whatever is to be said against it.
    pub(crate) async fn again(client: Client, path: &Path) -> Result<Self> {
        let data = tokio::fs::metadata(path).await;
        let data = data.map_err(|error| Error::io("read", path, error))?;
        Ok(Self {
            client,
            path: path.to_owned(),
            size: data.len(),
            file_name: "package.zip".to_owned(),
            file: None,
            metadata: Map::new(),
            progress: None,
        })
    }

    /// Shows it to all projects; for administrators.
    pub fn public(mut self, public: bool) -> Self {
        self.metadata.insert("is_public".to_owned(), public.into());
        self
    }

    /// Offers it or not; offered by default.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.metadata.insert("enabled".to_owned(), enabled.into());
        self
    }

    /// Puts it into these categories, which must exist.
    pub fn categories<S: Into<String>>(self, categories: impl IntoIterator<Item = S>) -> Self {
        self.list("categories", categories)
    }

    /// Adds these to the tags of its manifest.
    pub fn tags<S: Into<String>>(self, tags: impl IntoIterator<Item = S>) -> Self {
        self.list("tags", tags)
    }

    /// Is told how many bytes of the file have been sent.
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    fn list<S: Into<String>>(mut self, key: &str, items: impl IntoIterator<Item = S>) -> Self {
        self.metadata.insert(key.to_owned(), unique(items));
        self
    }

    fn request(&self) -> Request {
        let mut request = Request::post(&["catalog", "packages"]);
        request.body = Body::Upload(Upload {
            path: self.path.clone(),
            size: self.size,
            file_name: self.file_name.clone(),
            metadata: Value::Object(self.metadata.clone()),
            progress: self.progress.clone(),
        });
        request
    }

    async fn send(self) -> Result<Package> {
        let send = || self.client.json(self.request());
        let Some(file) = &self.file else {
            return send().await;
        };
        let name = file.manifest().full_name.as_str();
        let wanted = [("fully_qualified_name", name)];
        let list = || {
            let owned = Request::get(&["catalog", "packages"]).flag("owned", true);
            let all = owned.flag("include_disabled", true);
            all.query("fqn", Some(name))
        };
        outcome::known(send, |lost| lost.find(&self.client, list(), &wanted)).await
    }
}

/// Request of [`PackageHandle::download`].
///
/// ```
/// # use murano_sdk::{Client, archive::PackageFile};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let file = PackageFile::open("../tests/data/packages/greeter")?;
/// # let package = murano.packages().upload(&file).await?;
/// let mut archive = Vec::new();
/// let download = murano.package(&package.id).download();
/// let download = download.progress(|got| println!("{} of {:?} bytes", got.done, got.total));
/// let size = download.to_writer(&mut archive).await?;
/// assert_eq!(size, file.size());
/// let path = std::env::temp_dir().join(format!("{}.zip", package.id));
/// assert_eq!(murano.package(&package.id).download().to_file(&path).await?, size);
/// # std::fs::remove_file(&path)?;
/// # Ok(()) }
/// ```
#[must_use = "requests do nothing until one of its methods is awaited"]
pub struct DownloadPackage {
    package: PackageHandle,
    progress: Option<OnProgress>,
}

impl std::fmt::Debug for DownloadPackage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DownloadPackage")
            .field("package", &self.package.id)
            .finish_non_exhaustive()
    }
}

impl DownloadPackage {
    pub(super) fn new(package: PackageHandle) -> Self {
        Self {
            package,
            progress: None,
        }
    }

    /// Is told how many bytes have arrived.
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    /// Writes the archive to a file and returns its size in bytes. The file appears, or is
    /// replaced, when the archive is complete; after an error it is as before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) where the folder cannot be written.
    pub async fn to_file(self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // Asked before the disk is touched, so that a wrong id leaves no trace.
        let mut answer = self.open().await?;
        let named = |error| Error::io("write", path, error);
        let (file, temporary) = temporary(folder).map_err(named)?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        // Before anything is in it: what is replaced may be for its owner alone.
        keep_mode(&file, path).await.map_err(named)?;
        let size = self.copy(&mut answer, &mut file).await?;
        file.sync_all().await.map_err(named)?;
        temporary
            .persist(path)
            .map_err(|error| named(error.error))?;
        Ok(size)
    }

    /// Writes the archive to any writer and returns its size in bytes.
    pub async fn to_writer<W: AsyncWrite + Unpin + Send>(self, writer: &mut W) -> Result<u64> {
        let mut answer = self.open().await?;
        self.copy(&mut answer, writer).await
    }

    fn request(&self) -> Request {
        let [catalog, packages, id] = self.package.path();
        Request::get(&[catalog, packages, id, "download"]).accept(Accept::Bytes)
    }

    async fn open(&self) -> Result<crate::transport::Answer> {
        self.package.client.send(&self.request()).await
    }

    async fn copy<W: AsyncWrite + Unpin + Send>(
        &self,
        answer: &mut crate::transport::Answer,
        writer: &mut W,
    ) -> Result<u64> {
        let failed = |error| Error::io("write", Path::new("the archive"), error);
        let total = answer.length();
        let mut done = 0;
        while let Some(chunk) = answer.chunk().await? {
            let chunk = chunk.as_ref();
            writer.write_all(chunk).await.map_err(failed)?;
            done += chunk.len() as u64;
            if let Some(progress) = &self.progress {
                progress(Progress { done, total });
            }
        }
        writer.flush().await.map_err(failed)?;
        Ok(done)
    }
}

/// A file without a name yet. Unlike other temporary files it is not private to its owner: it has
/// the mode of any new file.
pub(crate) fn temporary(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".murano-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The process's mask is taken from it.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Gives a file the mode of the one it replaces.
#[cfg(unix)]
pub(crate) async fn keep_mode(file: &tokio::fs::File, replaced: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(old) = tokio::fs::metadata(replaced).await else {
        return Ok(());
    };
    let mode = old.permissions().mode() & 0o777;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
        .await
}

#[cfg(not(unix))]
pub(crate) async fn keep_mode(_: &tokio::fs::File, _: &Path) -> std::io::Result<()> {
    Ok(())
}

awaitable!(UploadPackage => Package);
