//! A new archive in place of an old one, without ever losing both.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use tempfile::TempPath;

use super::Step;
use super::catalog::Catalog;
use super::events::{Event, Observer};
use super::run::Wishes;
use crate::{
    archive::PackageFile,
    error::{Error, ErrorKind, Result},
    packages::{Package, UploadPackage},
};

/// One package that is about to be replaced.
pub(super) struct Replacement<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) observer: &'a Observer,
    pub(super) step: &'a Step,
    pub(super) file: &'a PackageFile,
}

/// The archive of a deleted package. Where nobody says that it is in the catalog again, it is kept.
struct Backup<'a> {
    path: Option<TempPath>,
    name: &'a str,
    observer: &'a Observer,
}

impl Backup<'_> {
    fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(""))
    }

    /// The archive is not needed any longer.
    fn release(mut self) {
        drop(self.path.take());
    }
}

impl Drop for Backup<'_> {
    fn drop(&mut self) {
        // Here too when the import is given up in the middle.
        if let Some(path) = self.path.take()
            && let Ok(path) = path.keep()
        {
            self.observer.tell(Event::Kept {
                name: self.name,
                path: &path,
            });
        }
    }
}

impl Replacement<'_> {
    /// Replaces the package that is in the way, which the server called a `conflict`.
    pub(super) async fn run(&self, wishes: &Wishes, conflict: Error) -> Result<Package> {
        let Some(old) = self.catalog.own(&self.step.name).await? else {
            return Err(self.foreign(conflict).await?);
        };
        let mut wanted = wishes.clone();
        wanted.public = wishes.public.or(Some(old.is_public));
        wanted.enabled = wishes.enabled.or(Some(old.enabled));
        if wishes.categories.is_empty() {
            wanted.categories.clone_from(&old.categories);
        }
        self.check_classes(&old, wanted.public == Some(true))
            .await?;
        self.check_categories(&wishes.categories).await?;
        if wanted.public == Some(true) && wishes.public != Some(true) {
            // The server looks at the right to publish before it looks at what is in the way.
            let rehearsal = wanted.upload(self.catalog.client(), self.file).await;
            match rehearsal {
                Ok(package) => return Ok(package),
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        let backup = Backup {
            path: None,
            name: &self.step.name,
            observer: self.observer,
        };
        let archive = self.catalog.archive(&old).await?;
        self.swap(&old, &wanted, (backup, archive)).await
    }

    async fn swap(
        &self,
        old: &Package,
        wanted: &Wishes,
        (mut backup, archive): (Backup<'_>, TempPath),
    ) -> Result<Package> {
        let client = self.catalog.client();
        self.observer.tell(Event::Deleting {
            step: self.step,
            package: old,
        });
        backup.path = Some(archive);
        if let Err(error) = client.package(&old.id).delete().await {
            // It may have happened although no answer came.
            match client.package(&old.id).get().await {
                Err(gone) if gone.kind() == ErrorKind::NotFound => {}
                Ok(_) => {
                    backup.release();
                    return Err(error);
                }
                // Nobody knows: the archive is kept.
                Err(_) => return Err(self.left(&backup, &error)),
            }
        }
        let upload = wanted.upload(client, self.file);
        let upload = upload.progress(self.observer.transfer(&self.step.name));
        let error = match upload.await {
            Ok(package) => {
                backup.release();
                return Ok(package);
            }
            Err(error) => error,
        };
        match self.put_back(old, backup.path()).await {
            Ok(Back::Whole) => {
                backup.release();
                let text = format!("{error}; the package that was there is put back");
                Err(error.with_message(text))
            }
            Ok(Back::Private) => {
                backup.release();
                let text = format!(
                    "{error}; the package that was there is put back, but it is not public any longer"
                );
                Err(error.with_message(text))
            }
            Ok(Back::New(package)) => {
                backup.release();
                Ok(*package)
            }
            Err(second) => {
                tracing::warn!(%second, "the old package could not be put back");
                Err(self.left(&backup, &error))
            }
        }
    }

    fn left(&self, backup: &Backup<'_>, error: &Error) -> Error {
        let (name, path) = (&self.step.name, backup.path().display());
        let text = format!(
            "{error}; package {name} may be gone from the catalog, its archive is kept as {path}: \
             import that file again"
        );
        Error::new(error.kind(), text).with_request_id(error.request_id().map(str::to_owned))
    }

    /// Uploads the old archive and makes of the package what it was.
    async fn put_back(&self, old: &Package, archive: &Path) -> Result<Back> {
        let client = self.catalog.client();
        let mut former = Wishes {
            public: Some(old.is_public),
            enabled: Some(old.enabled),
            categories: old.categories.clone(),
            tags: old.tags.clone(),
        };
        let again = || UploadPackage::again(client.clone(), archive);
        let mut uploaded = former.apply(again().await?).await;
        if old.is_public
            && let Err(error) = &uploaded
            && matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::Conflict)
        {
            former.public = Some(false);
            uploaded = former.apply(again().await?).await;
        }
        let package = match uploaded {
            Ok(package) => package,
            // One of the uploads had gone well, and only its answer was lost.
            Err(error) => match self.catalog.own(&self.step.name).await? {
                Some(package) if package.id != old.id => {
                    let there = self.catalog.archive(&package).await?;
                    if !are_alike(&there, archive)? {
                        return Ok(Back::New(Box::new(package)));
                    }
                    package
                }
                _ => return Err(error),
            },
        };
        self.like(&package, old).await?;
        Ok(if old.is_public && !package.is_public {
            Back::Private
        } else {
            Back::Whole
        })
    }

    /// Changes what was changed after the old package had been uploaded.
    async fn like(&self, package: &Package, old: &Package) -> Result<()> {
        let mut update = self.catalog.client().package(&package.id).update();
        let mut differs = false;
        if package.name != old.name {
            differs = true;
            update = update.name(&old.name);
        }
        if package.description != old.description {
            differs = true;
            update = update.description(&old.description);
        }
        if package.tags.iter().any(|tag| !old.tags.contains(tag)) {
            differs = true;
            update = update.tags(&old.tags);
        }
        if differs {
            update.await?;
        }
        Ok(())
    }

    /// What is in the way when the project has no package of this name.
    async fn foreign(&self, conflict: Error) -> Result<Error> {
        for class in self.file.manifest().class_names() {
            for owned in [true, false] {
                let found = self.catalog.with_class(&class, owned).await?;
                if let Some(package) = found.first() {
                    return Ok(self.taken(&class, package));
                }
            }
        }
        let name = &self.step.name;
        let text = format!(
            "{conflict}; the project has no package {name} that could be replaced: the one in the way \
             belongs to another project"
        );
        Ok(conflict.with_message(text))
    }

    /// Fails where the new archive has a class of another package than the one it replaces: the server
    /// would refuse it after the old one is gone.
    async fn check_classes(&self, old: &Package, public: bool) -> Result<()> {
        for class in self.file.manifest().class_names() {
            let is_new = !old.class_definitions.contains(&class);
            let publishes = public && !old.is_public;
            if !is_new && !publishes {
                continue;
            }
            let mut found = self.catalog.with_class(&class, true).await?;
            if public {
                let all = self.catalog.with_class(&class, false).await?;
                found.extend(all.into_iter().filter(|package| package.is_public));
            }
            if let Some(other) = found.iter().find(|package| package.id != old.id) {
                return Err(self.taken(&class, other));
            }
        }
        Ok(())
    }

    async fn check_categories(&self, wanted: &[String]) -> Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let known = self.catalog.client().categories().list().await?;
        let unknown = |name: &&String| !known.iter().any(|category| category.name == **name);
        match wanted.iter().find(unknown) {
            Some(name) => {
                let text = format!("Category '{name}' doesn't exist");
                Err(Error::new(ErrorKind::Rejected, text))
            }
            None => Ok(()),
        }
    }

    fn taken(&self, class: &str, other: &Package) -> Error {
        let (name, other, id) = (&self.step.name, &other.fully_qualified_name, &other.id);
        let text = format!(
            "package {name} cannot be replaced: its class {class} is in the package {other} ({id}), too"
        );
        Error::new(ErrorKind::Conflict, text)
    }
}

/// Whether two files have the same content.
fn are_alike(one: &Path, other: &Path) -> Result<bool> {
    let (mut a, mut b) = (read(one)?, read(other)?);
    loop {
        let left = a
            .fill_buf()
            .map_err(|error| Error::io("read", one, error))?;
        let right = b
            .fill_buf()
            .map_err(|error| Error::io("read", other, error))?;
        let length = left.len().min(right.len());
        if length == 0 || left[..length] != right[..length] {
            return Ok(left.is_empty() && right.is_empty());
        }
        a.consume(length);
        b.consume(length);
    }
}

fn read(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
    Ok(BufReader::new(file))
}

/// How the old package is in the catalog again.
enum Back {
    Whole,
    /// As it was, but private: to publish it was not allowed.
    Private,
    /// Not at all, for the new one is there.
    New(Box<Package>),
}
