//! Changes to a package of the catalog, in the server's own dialect of JSON Patch.

use serde_json::{Value, json};

use super::{Package, PackageHandle};
use crate::{
    error::Result,
    request::{Request, awaitable},
};

/// Request of [`PackageHandle::update`]. Several changes are made at once or not at all.
///
/// ```
/// # use murano_sdk::{Client, archive::PackageFile};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let file = PackageFile::open("../tests/data/packages/greeter")?;
/// # let uploaded = murano.packages().upload(&file).await?;
/// let package = murano.package(&uploaded.id);
/// let update = package.update().name("Greeter 2").description("says hello").enabled(false);
/// let changed = update.tags(["hello"]).categories(["Web"]).public(false).await?;
/// assert_eq!((&*changed.name, changed.enabled), ("Greeter 2", false));
/// package.update().add_tags(["hi"]).add_categories(["SAP"]).await?;
/// let changed = package.update().remove_tags(["hello"]).remove_categories(["Web"]).await?;
/// assert_eq!((changed.tags, changed.categories), (vec!["hi".to_owned()], vec!["SAP".to_owned()]));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct UpdatePackage {
    package: PackageHandle,
    operations: Vec<Value>,
}

impl UpdatePackage {
    pub(super) fn new(package: PackageHandle) -> Self {
        Self {
            package,
            operations: Vec::new(),
        }
    }

    /// Name for people, at most 80 characters.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.operation("replace", "/name", name.into().into())
    }

    /// What it does.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.operation("replace", "/description", text.into().into())
    }

    /// Offers it or not.
    pub fn enabled(self, enabled: bool) -> Self {
        self.operation("replace", "/enabled", enabled.into())
    }

    /// Shows it to all projects, for administrators, or to them no longer.
    pub fn public(self, public: bool) -> Self {
        self.operation("replace", "/is_public", public.into())
    }

    /// Exactly these tags.
    pub fn tags<S: Into<String>>(self, tags: impl IntoIterator<Item = S>) -> Self {
        self.operation("replace", "/tags", unique(tags))
    }

    /// These tags in addition. The server fails for one the package has already: see
    /// [`Package::tags`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Server`](crate::ErrorKind::Server) for a tag it has already, and on a server that keeps
    /// its data in `SQLite` for one that no package has yet.
    pub fn add_tags<S: Into<String>>(self, tags: impl IntoIterator<Item = S>) -> Self {
        self.operation("add", "/tags", unique(tags))
    }

    /// These tags no longer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for a tag it has not.
    pub fn remove_tags<S: Into<String>>(self, tags: impl IntoIterator<Item = S>) -> Self {
        self.operation("remove", "/tags", unique(tags))
    }

    /// Exactly these categories, which must exist.
    pub fn categories<S: Into<String>>(self, categories: impl IntoIterator<Item = S>) -> Self {
        self.operation("replace", "/categories", unique(categories))
    }

    /// These categories in addition. The server fails for one the package is in already.
    pub fn add_categories<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self {
        self.operation("add", "/categories", unique(names))
    }

    /// These categories no longer.
    pub fn remove_categories<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self {
        self.operation("remove", "/categories", unique(names))
    }

    fn operation(mut self, op: &str, path: &str, value: Value) -> Self {
        let mut operation = json!({ "op": op, "path": path });
        operation["value"] = value;
        self.operations.push(operation);
        self
    }

    fn request(&self) -> Request {
        Request::patch(&self.package.path()).typed(
            "application/murano-packages-json-patch",
            Value::Array(self.operations.clone()),
        )
    }

    async fn send(self) -> Result<Package> {
        self.package.client.json(self.request()).await
    }
}

/// The server takes a list with a repetition for malformed.
pub(super) fn unique<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Value {
    let mut unique: Vec<String> = Vec::new();
    for item in items.into_iter().map(Into::into) {
        if !unique.contains(&item) {
            unique.push(item);
        }
    }
    unique.into()
}

awaitable!(UpdatePackage => Package);
