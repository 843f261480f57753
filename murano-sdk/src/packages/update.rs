//! Changes to a package of the catalog, in the server's own dialect of JSON Patch.

use serde_json::{Value, json};

use super::{Package, PackageHandle};
use crate::{
    error::Result,
    request::{Request, awaitable},
};

/// Request of [`PackageHandle::update`]. Several changes are made at once or not at all.
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
    pub fn add_tags<S: Into<String>>(self, tags: impl IntoIterator<Item = S>) -> Self {
        self.operation("add", "/tags", unique(tags))
    }

    /// These tags no longer.
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
