//! What the catalog has already.

use crate::{
    archive::{PackageFile, requirement},
    client::Client,
    error::{Error, ErrorKind, Result, io_reason},
    packages::Package,
};

/// The catalog as a project sees it.
#[derive(Clone, Debug)]
pub(crate) struct Catalog {
    client: Client,
}

/// What is there of a package.
pub(super) enum Seen {
    /// One that fits, in a version that is known where it was looked at.
    Fits {
        version: Option<String>,
        note: Option<String>,
    },
    /// Others, in these versions.
    Other(Vec<String>),
    Nothing,
}

impl Catalog {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Looks for a package in a range of versions. The catalog does not tell versions, so the archive
    /// is looked into where they matter.
    pub(super) async fn look(&self, name: &str, range: Option<&str>) -> Result<Seen> {
        let found = self.client.packages().list().fqn(name).catalog(true);
        let mut found = found.include_disabled(true).await?;
        let own = self.client.project_id().await?;
        let foreign = |package: &Package| own.is_some() && package.owner_id != own;
        // As the engine does: the project's own first, and what is offered.
        found.retain(|package| package.enabled || !foreign(package));
        found.sort_by_key(|package| (!package.enabled, foreign(package)));
        let mut others = Vec::new();
        for package in &found {
            let version = match range {
                Some(_) => self.version(package).await?,
                None => None,
            };
            if let (Some(range), Some(version)) = (range, &version)
                && !requirement::fits(range, version)
            {
                others.push(version.clone());
                continue;
            }
            let note = (!package.enabled).then(|| format!("package {name} is there, but disabled"));
            return Ok(Seen::Fits { version, note });
        }
        Ok(if others.is_empty() {
            Seen::Nothing
        } else {
            Seen::Other(others)
        })
    }

    /// Versions that are there of a package of which none will do; none where one will.
    pub(crate) async fn lacks(
        &self,
        name: &str,
        range: Option<&str>,
    ) -> Result<Option<Vec<String>>> {
        Ok(match self.look(name, range).await? {
            Seen::Fits { .. } => None,
            Seen::Other(versions) => Some(versions),
            Seen::Nothing => Some(Vec::new()),
        })
    }

    /// The version in the manifest; none where the archive is not as ours would be.
    async fn version(&self, package: &Package) -> Result<Option<String>> {
        let file = self.archive(package).await?;
        let opened = tokio::task::spawn_blocking(move || {
            let version = PackageFile::open(&file).map(|file| file.manifest().version.clone());
            // The file is gone with its path.
            drop(file);
            version
        });
        Ok(opened.await.ok().and_then(Result::ok))
    }

    /// The archive of a package in a temporary file.
    pub(super) async fn archive(&self, package: &Package) -> Result<tempfile::TempPath> {
        let place = tempfile::Builder::new()
            .prefix("murano-")
            .suffix(".zip")
            .tempfile();
        let place = place.map_err(|error| {
            let text = format!("cannot make a temporary file: {}", io_reason(&error));
            Error::new(ErrorKind::Io, text).with_source(error)
        })?;
        let place = place.into_temp_path();
        self.client
            .package(&package.id)
            .download()
            .to_file(&place)
            .await?;
        Ok(place)
    }

    /// The project's own package of this name, disabled or not.
    pub(super) async fn own(&self, name: &str) -> Result<Option<Package>> {
        let found = self.client.packages().list().fqn(name).owned(true);
        Ok(found.include_disabled(true).await?.into_iter().next())
    }

    /// Packages with this class, of the project or of all.
    pub(super) async fn with_class(&self, class: &str, owned: bool) -> Result<Vec<Package>> {
        let found = self.client.packages().list().class_name(class).owned(owned);
        found.include_disabled(true).await
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }
}
