//! Packages that a document needs: which are missing, and where they come from.

use std::path::Path;

use serde_json::Value;

use super::{Document, NeededPackage, notation};
use crate::{
    archive::{PackageFile, requirement},
    client::Client,
    error::{Error, ErrorKind, Result},
    import::{self, Catalog},
};

/// The packages that the catalog lacks. What an application was deployed with need not be looked for.
pub(super) async fn missing(
    client: &Client,
    document: &Document,
    model: &Value,
) -> Result<Vec<NeededPackage>> {
    let mut missing = Vec::new();
    let catalog = Catalog::new(client.clone());
    for package in &document.packages {
        if uses(&model["services"], package) {
            continue;
        }
        if let Some(other) = catalog
            .lacks(&package.name, package.version.as_deref())
            .await?
        {
            if !other.is_empty() {
                let (name, other) = (&package.name, other.join(", "));
                let wanted = package.version.as_deref().unwrap_or_default();
                let text = format!(
                    "package {name} is in the catalog in version {other}, and not in {wanted}"
                );
                return Err(Error::new(ErrorKind::Conflict, text));
            }
            missing.push(package.clone());
        }
    }
    Ok(missing)
}

/// Whether an object was deployed with a package that will do.
fn uses(value: &Value, needed: &NeededPackage) -> bool {
    if let (_, Some(version), Some(package)) = notation::parts(value)
        && package == needed.name
    {
        let range = needed.version.as_deref().unwrap_or_default();
        return requirement::fits(range, version);
    }
    match value {
        Value::Array(items) => items.iter().any(|item| uses(item, needed)),
        Value::Object(members) => members.values().any(|value| uses(value, needed)),
        _ => false,
    }
}

/// What an import of the package and of what it requires would do.
pub(super) async fn plan_import(client: &Client, package: &NeededPackage) -> Result<import::Plan> {
    let name = &package.name;
    let place = package.repository.as_deref();
    let repository = place.map(|place| client.repository(place)).transpose()?;
    let file = match (&package.path, &repository) {
        (Some(path), _) => open(path).await?,
        (None, Some(repository)) => {
            let mut fetch = repository.package(name);
            if let Some(range) = &package.version {
                fetch = fetch.range(range);
            }
            fetch.await?
        }
        (None, None) => {
            let text = format!(
                "package {name} is not in the catalog, and the file names neither path nor repository for it"
            );
            return Err(Error::not_found(text));
        }
    };
    let manifest = file.manifest();
    let range = package.version.as_deref().unwrap_or_default();
    if manifest.full_name != *name || !requirement::fits(range, &manifest.version) {
        let (found, version, path) = (
            &manifest.full_name,
            &manifest.version,
            file.path().display(),
        );
        let text = format!("{path} has package {found} {version}, and not {name} {range}");
        return Err(Error::invalid(text.trim_end()));
    }
    let plan = import::Plan::of([file]).catalog(client);
    match &repository {
        Some(repository) => plan.repository(repository).await,
        None => plan.await,
    }
}

async fn open(path: &Path) -> Result<PackageFile> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || PackageFile::open(path)).await;
    opened.unwrap_or_else(|error| Err(Error::new(ErrorKind::Io, error.to_string())))
}
