//! Packages of the catalog: search, upload, download, removal.

use std::{path::Path, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::{
    archive::PackageFile,
    client::Client,
    error::{Candidate, Error, ErrorKind, Result},
    id::{PackageId, ProjectId, looks_like_id},
    page::{Page, Pager},
    request::{Accept, Body, OnProgress, Progress, Request, Upload, awaitable},
    state::states,
    time::Timestamp,
};

states! {
    /// What a package is for.
    PackageKind {
        /// Can be put into an environment.
        Application = "Application",
        /// Is used by other packages.
        Library = "Library",
    }
}

/// A package as the catalog describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Package {
    /// Identifier, the only one the API takes.
    pub id: PackageId,
    /// Dotted name, such as `com.example.Shop`.
    pub fully_qualified_name: String,
    /// Name for people.
    pub name: String,
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: PackageKind,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// Who made it.
    #[serde(default)]
    pub author: String,
    /// Who supplies it, as its manifest says.
    #[serde(default)]
    pub supplier: Value,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Categories it is in.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Classes it has.
    #[serde(default, alias = "class_definition")]
    pub class_definitions: Vec<String>,
    /// Whether other projects see it.
    #[serde(default)]
    pub is_public: bool,
    /// Whether it is offered.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Project that owns it.
    #[serde(default)]
    pub owner_id: Option<ProjectId>,
    /// When it was uploaded.
    pub created: Option<Timestamp>,
    /// When it was last changed; tags and categories do not count.
    pub updated: Option<Timestamp>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

fn yes() -> bool {
    true
}

/// The packages of the catalog.
#[derive(Clone, Debug)]
pub struct Packages {
    client: Client,
}

impl Packages {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Searches packages: `GET /catalog/packages`. A member sees the packages of the project and
    /// the public ones, an administrator all, unless the search says otherwise.
    pub fn list(&self) -> ListPackages {
        ListPackages {
            client: self.client.clone(),
            query: Vec::new(),
        }
    }

    /// Reads one package by its id: `GET /catalog/packages/{id}`.
    pub async fn get(&self, id: impl Into<PackageId>) -> Result<Package> {
        self.client.package(id).get().await
    }

    /// Finds one package by id, fully qualified name or name, disabled ones too. Where both the
    /// project and others have one of the name, the project's own is meant, as the engine sees it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Ambiguous`] where several have the name.
    pub async fn find(&self, text: &str) -> Result<Package> {
        if looks_like_id(text) {
            match self.get(text).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                found => return found,
            }
        }
        let mut found = self.list().fqn(text).include_disabled(true).await?;
        if found.is_empty() {
            found = self.list().name(text).include_disabled(true).await?;
        }
        if found.len() > 1
            && let Some(project) = self.client.project_id().await?
        {
            let own = |package: &Package| package.owner_id.as_ref() == Some(&project);
            if found.iter().filter(|package| own(package)).count() == 1 {
                found.retain(own);
            }
        }
        let Some(last) = found.pop() else {
            return Err(Error::not_found(format!("package \"{text}\" not found")));
        };
        if found.is_empty() {
            return Ok(last);
        }
        found.push(last);
        let label = |package: &Package| {
            let owner = package.owner_id.as_ref().map_or("", ProjectId::as_str);
            format!("{} of project {owner}", package.fully_qualified_name)
        };
        let candidates = found
            .iter()
            .map(|package| Candidate::new(package.id.as_str(), label(package)));
        Err(Error::ambiguous("package", text, candidates.collect()))
    }

    /// Uploads a package file: `POST /catalog/packages`. It is read from disk while it is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] where the project has the package or one of its classes already;
    /// [`ErrorKind::Forbidden`] for a public one without the admin role; [`ErrorKind::Rejected`]
    /// where the file is larger than the server takes, or a category is unknown.
    pub fn upload(&self, file: &PackageFile) -> UploadPackage {
        UploadPackage {
            client: self.client.clone(),
            file: file.clone(),
            metadata: Map::new(),
            progress: None,
        }
    }
}

/// One package, by its id.
#[derive(Clone, Debug)]
pub struct PackageHandle {
    client: Client,
    id: PackageId,
}

impl PackageHandle {
    pub(crate) fn new(client: Client, id: PackageId) -> Self {
        Self { client, id }
    }

    /// The package's id.
    pub fn id(&self) -> &PackageId {
        &self.id
    }

    /// Reads it: `GET /catalog/packages/{id}`.
    pub async fn get(&self) -> Result<Package> {
        self.client.json(Request::get(&self.path())).await
    }

    /// Removes it from the catalog: `DELETE /catalog/packages/{id}`. Environments that use it are
    /// not asked.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] for the package of another project.
    pub async fn delete(&self) -> Result<()> {
        self.client.unit(Request::delete(&self.path())).await
    }

    /// Fetches the archive as it was uploaded: `GET /catalog/packages/{id}/download`.
    pub fn download(&self) -> DownloadPackage {
        DownloadPackage {
            package: self.clone(),
            progress: None,
        }
    }

    fn path(&self) -> [&str; 3] {
        ["catalog", "packages", self.id.as_str()]
    }
}

/// Request of [`Packages::list`]. Awaited, it gives all packages found; [`pager`](Self::pager)
/// fetches page by page.
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct ListPackages {
    client: Client,
    query: Vec<(String, String)>,
}

impl ListPackages {
    /// Exactly this fully qualified name.
    pub fn fqn(self, name: impl Into<String>) -> Self {
        self.with("fqn", name)
    }

    /// Exactly this name for people.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with("name", name)
    }

    /// Has a class of exactly this name.
    pub fn class_name(self, class: impl Into<String>) -> Self {
        self.with("class_name", class)
    }

    /// `Application` or `Library`.
    pub fn kind(self, kind: &PackageKind) -> Self {
        self.with("type", kind.as_str())
    }

    /// Has this id; repeated, any of them.
    pub fn id(self, id: impl Into<PackageId>) -> Self {
        self.with("id", id.into().as_str())
    }

    /// Is in this category; repeated, in any of them.
    pub fn category(self, category: impl Into<String>) -> Self {
        self.with("category", category)
    }

    /// Has this tag; repeated, any of them.
    pub fn tag(self, tag: impl Into<String>) -> Self {
        self.with("tag", tag)
    }

    /// Has one of these words (separated by `,` or `;`) in any of its texts.
    pub fn search(self, words: impl Into<String>) -> Self {
        self.with("search", words)
    }

    /// Only those of the project.
    pub fn owned(self, owned: bool) -> Self {
        self.flag("owned", owned)
    }

    /// Disabled ones too.
    pub fn include_disabled(self, include: bool) -> Self {
        self.flag("include_disabled", include)
    }

    /// What a member would see, for administrators, who otherwise see everything.
    pub fn catalog(self, catalog: bool) -> Self {
        self.flag("catalog", catalog)
    }

    /// Sorts by `name` (the default), `fqn` or `created`; repeated, by the next one among equals.
    pub fn order_by(self, key: impl Into<String>) -> Self {
        self.with("order_by", key)
    }

    /// Sorts downwards.
    pub fn descending(self, descending: bool) -> Self {
        if descending {
            self.with("sort_dir", "desc")
        } else {
            self
        }
    }

    /// Packages per call, 1 to 100; the server's default is 20.
    pub fn page_size(self, packages: u32) -> Self {
        self.with("limit", packages.to_string())
    }

    /// Starts after this package.
    pub fn marker(self, id: impl Into<PackageId>) -> Self {
        self.with("marker", id.into().as_str())
    }

    /// The packages one by one, fetched as they are needed.
    pub fn pager(self) -> Pager<Package> {
        Pager::new(move |marker| {
            let request = self.request(marker);
            let client = self.client.clone();
            async move {
                #[derive(Deserialize)]
                struct Answer {
                    packages: Vec<Package>,
                    next_marker: Option<String>,
                }
                let answer: Answer = client.json(request).await?;
                Ok(Page {
                    items: answer.packages,
                    next: answer.next_marker,
                })
            }
        })
    }

    fn request(&self, marker: Option<String>) -> Request {
        let mut request = Request::get(&["catalog", "packages"]);
        request.query.clone_from(&self.query);
        if let Some(marker) = marker {
            request.query.retain(|(name, _)| name != "marker");
            request = request.query("marker", Some(marker));
        }
        request
    }

    async fn send(self) -> Result<Vec<Package>> {
        self.pager().collect().await
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    fn flag(self, name: &str, on: bool) -> Self {
        if on { self.with(name, "true") } else { self }
    }
}

/// Request of [`Packages::upload`].
#[must_use = "requests do nothing until awaited"]
pub struct UploadPackage {
    client: Client,
    file: PackageFile,
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
        // The server takes a list with a repetition for malformed.
        let mut unique: Vec<String> = Vec::new();
        for item in items.into_iter().map(Into::into) {
            if !unique.contains(&item) {
                unique.push(item);
            }
        }
        self.metadata.insert(key.to_owned(), unique.into());
        self
    }

    fn request(&self) -> Request {
        let mut request = Request::post(&["catalog", "packages"]);
        request.body = Body::Upload(Upload {
            path: self.file.path().to_owned(),
            size: self.file.size(),
            file_name: self.file.file_name().to_owned(),
            metadata: Value::Object(self.metadata.clone()),
            progress: self.progress.clone(),
        });
        request
    }

    async fn send(self) -> Result<Package> {
        // The file is held until the end: one packed from a folder is removed with its last holder.
        self.client.json(self.request()).await
    }
}

/// Request of [`PackageHandle::download`].
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
    /// [`ErrorKind::Io`] where the folder cannot be written.
    pub async fn to_file(self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // Asked before the disk is touched, so that a wrong id leaves no trace.
        let mut answer = self.open().await?;
        let named = |error| Error::io("write", path, error);
        let temporary = tempfile::Builder::new()
            .prefix(".murano-")
            .tempfile_in(folder);
        let (file, temporary) = temporary.map_err(named)?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        let size = self.copy(&mut answer, &mut file).await?;
        file.sync_all().await.map_err(named)?;
        // A temporary file is private to its owner; a download is an ordinary file.
        keep_ordinary_mode(&file, path).await.map_err(named)?;
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

/// Gives a file the mode of the one it replaces, else the mode new files have.
#[cfg(unix)]
async fn keep_ordinary_mode(file: &tokio::fs::File, replaced: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = tokio::fs::metadata(replaced)
        .await
        .map_or(0o644, |old| old.permissions().mode());
    file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))
        .await
}

#[cfg(not(unix))]
async fn keep_ordinary_mode(_: &tokio::fs::File, _: &Path) -> std::io::Result<()> {
    Ok(())
}

awaitable! {
    ListPackages => Vec<Package>,
    UploadPackage => Package,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_the_search() {
        let client = Client::builder()
            .endpoint("http://127.0.0.1:1")
            .token("t")
            .build()
            .unwrap();
        let list = client
            .packages()
            .list()
            .tag("a")
            .tag("b")
            .owned(true)
            .marker("first");
        let query = |request: Request| {
            let pairs = request
                .query
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join("&")
        };
        assert_eq!(
            query(list.request(None)),
            "tag=a&tag=b&owned=true&marker=first"
        );
        assert_eq!(
            query(list.request(Some("m".into()))),
            "tag=a&tag=b&owned=true&marker=m"
        );
    }

    #[test]
    fn the_documented_singular_decodes() {
        let json = r#"{"id": "1", "fully_qualified_name": "a.B", "name": "B", "type": "Application",
                       "class_definition": ["a.B"]}"#;
        let package: Package = serde_json::from_str(json).unwrap();
        assert_eq!(package.class_definitions, ["a.B"]);
        assert!(package.enabled);
    }
}
