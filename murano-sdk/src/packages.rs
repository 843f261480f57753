//! Packages of the catalog: search, upload, download, removal.

mod transfer;
mod update;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
pub use transfer::{DownloadPackage, UploadPackage};
pub(crate) use transfer::{keep_mode, temporary};
pub use update::UpdatePackage;

use crate::{
    archive::PackageFile,
    client::Client,
    error::{Candidate, Error, ErrorKind, Result},
    id::{PackageId, ProjectId, looks_like_id},
    lenient,
    page::{Page, Pager},
    request::{Accept, Request, awaitable},
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
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: String,
    /// Who made it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub author: String,
    /// Who supplies it, as its manifest says.
    #[serde(default)]
    pub supplier: Value,
    /// Words to find it by.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub tags: Vec<String>,
    /// Categories it is in.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub categories: Vec<String>,
    /// Classes it has.
    #[serde(
        default,
        alias = "class_definition",
        deserialize_with = "lenient::texts"
    )]
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
///
/// ```
/// # use murano_sdk::{Client, archive::PackageFile};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let file = PackageFile::open("../tests/data/packages/greeter")?;
/// let packages = murano.packages();
/// let greeter = packages.upload(&file).await?;
/// assert_eq!(packages.get(&greeter.id).await?, greeter);
/// assert_eq!(packages.find("com.example.Greeter").await?, greeter);
/// let own = packages.list().owned(true).await?;
/// assert_eq!(own, [greeter]);
/// # Ok(()) }
/// ```
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
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Forbidden`] for a private package of another project.
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
        UploadPackage::new(self.client.clone(), file.clone())
    }
}

/// One package, by its id.
///
/// ```
/// # use murano_sdk::{Client, archive::PackageFile};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let file = PackageFile::open("../tests/data/packages/greeter")?;
/// # let uploaded = murano.packages().upload(&file).await?;
/// let greeter = murano.package(&uploaded.id);
/// assert!(greeter.ui().await?.contains("Forms"));
/// assert!(greeter.logo().await?.is_some() && greeter.supplier_logo().await?.is_some());
/// let archive = std::env::temp_dir().join(format!("{}.zip", greeter.id()));
/// greeter.download().to_file(&archive).await?;
/// # std::fs::remove_file(&archive)?;
/// greeter.update().description("says hello").await?;
/// assert_eq!(greeter.get().await?.description, "says hello");
/// greeter.delete().await?;
/// # Ok(()) }
/// ```
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

    /// Changes it: `PATCH /catalog/packages/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] for the package of another project, or to publish without the admin
    /// role; [`ErrorKind::Rejected`] for an unknown category.
    pub fn update(&self) -> UpdatePackage {
        UpdatePackage::new(self.clone())
    }

    /// Its UI definition, YAML; empty where it has none: `GET /catalog/packages/{id}/ui`.
    pub async fn ui(&self) -> Result<String> {
        let bytes = self.file("ui", Accept::Text).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Its logo, an image; `None` where it has none: `GET /catalog/packages/{id}/logo`.
    pub async fn logo(&self) -> Result<Option<Vec<u8>>> {
        let bytes = self.file("logo", Accept::Bytes).await?;
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    /// The logo of its supplier: `GET /catalog/packages/{id}/supplier_logo`.
    pub async fn supplier_logo(&self) -> Result<Option<Vec<u8>>> {
        let bytes = self.file("supplier_logo", Accept::Bytes).await?;
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    async fn file(&self, name: &str, accept: Accept) -> Result<Vec<u8>> {
        let [catalog, packages, id] = self.path();
        let request = Request::get(&[catalog, packages, id, name]).accept(accept);
        let mut answer = self.client.send(&request).await?;
        answer.body().await
    }

    /// Fetches the archive as it was uploaded: `GET /catalog/packages/{id}/download`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Forbidden`] for a private package of another project.
    pub fn download(&self) -> DownloadPackage {
        DownloadPackage::new(self.clone())
    }

    fn path(&self) -> [&str; 3] {
        ["catalog", "packages", self.id.as_str()]
    }
}

/// Request of [`Packages::list`]. Awaited, it gives all packages found; [`pager`](Self::pager)
/// fetches page by page.
///
/// ```
/// # use murano_sdk::{Client, packages::PackageKind};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let list = || murano.packages().list();
/// let shops = list().search("shop;till").kind(&PackageKind::Application).category("Web");
/// assert!(shops.tag("demo").tag("test").include_disabled(true).await?.is_empty());
/// let core = list().fqn("io.murano").name("Core library").class_name("io.murano.Environment");
/// let core = core.await?;
/// assert_eq!(list().id(&core[0].id).await?, core);
/// let mut pager = list().order_by("fqn").descending(true).catalog(true).page_size(1).pager();
/// let first = pager.next().await?.unwrap();
/// let rest = list().order_by("fqn").descending(true).marker(&first.id).await?;
/// assert_eq!(pager.collect().await?, rest);
/// # Ok(()) }
/// ```
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
        Request::get(&["catalog", "packages"]).page(&self.query, marker)
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

awaitable! {
    ListPackages => Vec<Package>,
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
                       "class_definition": ["a.B"], "author": 5, "description": null}"#;
        let package: Package = serde_json::from_str(json).unwrap();
        assert_eq!(package.class_definitions, ["a.B"]);
        assert!(package.enabled);
    }

    #[test]
    fn what_a_manifest_has_as_numbers_comes_as_numbers() {
        let json = r#"{"id": "1", "fully_qualified_name": "a.B", "name": "7", "type": "Application",
                       "tags": [5, true, "x"], "categories": null, "class_definitions": ["a.B"]}"#;
        let package: Package = serde_json::from_str(json).unwrap();
        assert_eq!(package.tags, ["5", "true", "x"]);
        assert!(package.categories.is_empty());
    }
}
