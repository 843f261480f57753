//! A package on this computer that may be uploaded.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::{NamedTempFile, TempPath};

use super::check::{self, Origin};
use super::finding::{self, Finding};
use super::lint;
use super::manifest::Manifest;
use super::pack;
use super::zipped::Zipped;
use crate::error::io_reason;
use crate::{Error, ErrorKind, Result};

/// A package that was checked: its archive is sound and a server will read it.
///
/// Made from a folder it is a temporary archive, deleted in the end. Made from an
/// archive it is that file, which must not change meanwhile. Clones share the file: it is deleted
/// with the last of them.
#[derive(Clone, Debug)]
pub struct PackageFile {
    /// What the user called it, for messages.
    shown: String,
    place: Arc<Place>,
    file_name: String,
    size: u64,
    manifest: Manifest,
    /// About the manifest and what a server looks at.
    findings: Vec<Finding>,
    entries: Vec<String>,
}

/// Where the archive is.
#[derive(Debug)]
pub(super) enum Place {
    Given(PathBuf),
    /// Deleted in the end.
    Temporary(TempPath),
}

impl AsRef<Path> for Place {
    fn as_ref(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Temporary(path) => path,
        }
    }
}

impl PackageFile {
    /// Opens an archive, or packs a folder, and checks it.
    ///
    /// An archive must be a zip with `manifest.yaml` at its root. What is checked: the names of its
    /// entries (none may lead out of the folder it is unpacked to), their checksums (where it unpacks to
    /// no more than 256 MiB), the manifest, that the files it names are there, that logos are images of
    /// at most 512000 bytes, and that the server can make a form of a Heat template.
    ///
    /// Of a folder everything is packed but `.git`, `.svn`, `.hg`, `__pycache__`, `*.pyc` and
    /// `.DS_Store`. Links and other special files are refused. The archive does not depend on the order,
    /// the times or the permissions of the files: the same files give the same bytes. Memory does not
    /// grow with the size of files.
    ///
    /// ```
    /// use murano_sdk::{ErrorKind, archive::PackageFile};
    ///
    /// let error = PackageFile::open("no/shop.zip").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Io);
    /// assert_eq!(error.to_string(), "no/shop.zip: there is no such file or folder");
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`] when a server would not take the package, [`ErrorKind::Io`] when the file
    /// is missing or may not be read. The message begins with `path` as it was given.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        let (place, origin) = locate(path).map_err(|error| named(&shown, error))?;
        Self::inspect(shown, place, file_name(path), origin)
    }

    /// Packs a folder into the archive `out` and checks it like [`open`](Self::open).
    ///
    /// The archive appears when it is complete and sound, in place of a file that was there. It may be in
    /// the folder itself: it is never packed into itself.
    ///
    /// ```
    /// use murano_sdk::archive::PackageFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// std::fs::write(folder.join("manifest.yaml"), "FullName: io.example.Shop\nType: Library\n")?;
    /// PackageFile::pack(folder, folder.join("shop.zip"))?;
    /// let again = PackageFile::pack(folder, folder.join("shop.zip"))?;
    /// assert_eq!(again.entries(), ["manifest.yaml"]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`ErrorKind::Io`] when `out` cannot be written.
    pub fn pack(folder: impl AsRef<Path>, out: impl AsRef<Path>) -> Result<Self> {
        let (folder, out) = (folder.as_ref(), out.as_ref());
        let shown = folder.display().to_string();
        fs::read_dir(folder).map_err(|error| named(&shown, unreadable(error)))?;
        check::has_manifest(folder).map_err(|error| named(&shown, error))?;
        let mut temporary = pack::temporary_for(out)?;
        pack::write(folder, Some(out), temporary.as_file_mut())
            .map_err(|error| named(&shown, error))?;
        Self::settle(temporary, shown, out)
    }

    /// Checks an archive that was packed a moment ago, which messages call `shown`, and gives it its
    /// name.
    pub(super) fn settle(temporary: NamedTempFile, shown: String, out: &Path) -> Result<Self> {
        let place = Place::Given(temporary.path().to_owned());
        let package = Self::inspect(shown, place, file_name(out), Origin::Folder)?;
        pack::replace(temporary, out)?;
        let (shown, place) = (out.display().to_string(), Place::Given(out.to_owned()));
        Ok(Self {
            shown,
            place: Arc::new(place),
            ..package
        })
    }

    /// Checks an archive that was fetched to a temporary file, which messages call `shown`. What was
    /// fetched is complete or it is no package.
    pub(crate) fn fetched(shown: String, path: TempPath, file_name: String) -> Result<Self> {
        Self::inspect(shown, Place::Temporary(path), file_name, Origin::Archive)
    }

    /// Checks the archive at `place`, which messages call `shown`.
    pub(super) fn inspect(
        shown: String,
        place: Place,
        file_name: String,
        origin: Origin,
    ) -> Result<Self> {
        let look = || {
            let mut zip = Zipped::open(place.as_ref())?;
            // What was packed a moment ago is as it was written.
            if origin == Origin::Archive {
                zip.verify()?;
            }
            let reading = check::package(&mut zip, origin)?;
            let refusal = finding::refusal(&reading.findings);
            let manifest = match (refusal, reading.manifest) {
                (Some(refusal), _) => return Err(refusal),
                (None, Some(manifest)) => manifest,
                (None, None) => return Err(Error::archive("manifest.yaml says nothing")),
            };
            let entries = zip.names().map(str::to_owned).collect();
            Ok((manifest, reading.findings, entries))
        };
        let (manifest, findings, entries) = look().map_err(|error| named(&shown, error))?;
        let size = fs::metadata(&place)
            .map_err(|error| named(&shown, unreadable(error)))?
            .len();
        Ok(Self {
            shown,
            place: Arc::new(place),
            file_name,
            size,
            manifest,
            findings,
            entries,
        })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What messages call it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Where the archive is.
    pub fn path(&self) -> &Path {
        self.place.as_ref().as_ref()
    }

    /// Size of the archive in bytes. Servers take 5 MiB unless they are set up otherwise.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Name of the archive without a folder, such as `shop.zip`: what an upload calls it.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// Names of the files in the archive, sorted by their bytes.
    pub fn entries(&self) -> &[String] {
        &self.entries
    }

    /// Content of a file in the archive, `None` when there is no such file.
    ///
    /// ```
    /// # use murano_sdk::archive::PackageFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// std::fs::write(folder.join("manifest.yaml"), "FullName: io.example.Shop\nType: Library\n")?;
    /// let shop = PackageFile::open(folder)?;
    /// assert!(shop.read("manifest.yaml", 4096)?.is_some());
    /// assert!(shop.read("manifest.yaml", 10).is_err());
    /// assert!(shop.read("images.lst", 4096)?.is_none());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`] when it has more than `limit` bytes or the archive changed.
    pub fn read(&self, entry: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let read = || Zipped::open(self.path())?.read(entry, limit);
        read().map_err(|error| named(&self.shown, error))
    }

    /// What a server takes but someone should look at, a sentence each: misspelt keys, classes that
    /// cannot be loaded, an application without a form and the like. [`check`](super::check()) tells
    /// how grave each is and where it stands.
    ///
    /// ```
    /// # use murano_sdk::archive::PackageFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// std::fs::write(
    ///     folder.join("manifest.yaml"),
    ///     "FullName: io.example.Shop\nType: Library\nAuthors: me\n",
    /// )?;
    /// let warnings = PackageFile::open(folder)?.warnings()?;
    /// assert_eq!(warnings[0], "manifest.yaml: the key \"Authors\" means nothing to Murano");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`] when the archive changed since it was opened.
    pub fn warnings(&self) -> Result<Vec<String>> {
        let look = || lint::rest(&mut Zipped::open(self.path())?, &self.manifest);
        let mut findings = self.findings.clone();
        findings.extend(look().map_err(|error| named(&self.shown, error))?);
        findings.extend(lint::size(self.size));
        Ok(finding::remarks(&findings))
    }

    /// Saves the archive as `path`, where it appears when it is complete, over a file that was there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when `path` cannot be written.
    ///
    /// ```
    /// use murano_sdk::archive::PackageFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let place = tempfile::tempdir()?;
    /// let greeter = PackageFile::open("../tests/data/packages/greeter")?;
    /// assert_eq!((greeter.manifest().full_name.as_str(), greeter.file_name()), ("com.example.Greeter", "greeter.zip"));
    /// let copy = place.path().join(greeter.file_name());
    /// greeter.write_to(&copy)?;
    /// assert_eq!(std::fs::metadata(copy)?.len(), greeter.size());
    /// # Ok(()) }
    /// ```
    pub fn write_to(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut source =
            File::open(self.path()).map_err(|error| named(&self.shown, unreadable(error)))?;
        let mut copy = pack::temporary_for(path)?;
        io::copy(&mut source, copy.as_file_mut())
            .map_err(|error| pack::cannot_write(path, error))?;
        pack::replace(copy, path)
    }
}

/// The archive itself, or one packed of a folder. Messages do not name the path.
pub(super) fn locate(path: &Path) -> Result<(Place, Origin)> {
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if kind.is_dir() {
        Ok((Place::Temporary(packed(path)?), Origin::Folder))
    } else if kind.is_file() {
        File::open(path).map_err(unreadable)?;
        Ok((Place::Given(path.to_owned()), Origin::Archive))
    } else {
        Err(Error::archive("this is neither a file nor a folder"))
    }
}

/// A temporary archive of a folder.
fn packed(folder: &Path) -> Result<TempPath> {
    check::has_manifest(folder)?;
    let failed = |error: io::Error| {
        let text = format!(
            "cannot make a temporary file for the archive: {}",
            io_reason(&error)
        );
        Error::new(ErrorKind::Io, text).with_source(error)
    };
    let mut builder = tempfile::Builder::new();
    let mut file = builder
        .prefix("murano-")
        .suffix(".zip")
        .tempfile()
        .map_err(failed)?;
    pack::write(folder, None, file.as_file_mut())?;
    Ok(file.into_temp_path())
}

/// What an upload calls the package: the file's own name, or that of the folder with `.zip`.
fn file_name(path: &Path) -> String {
    let folder = path.is_dir();
    // `.` and `..` have no name of their own.
    let full = if folder {
        path.canonicalize().unwrap_or_default()
    } else {
        path.to_owned()
    };
    match full
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
    {
        None => "package.zip".to_owned(),
        Some(name) if folder => format!("{name}.zip"),
        Some(name) => name,
    }
}

/// The error of something that a message calls `shown`.
pub(super) fn named(shown: &str, error: Error) -> Error {
    let text = format!("{shown}: {error}");
    error.with_message(text)
}

pub(super) fn unreadable(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, io_reason(&error)).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Desk, MANIFEST, refusal};
    use super::*;

    #[test]
    fn an_archive_is_used_where_it_lies() {
        let desk = Desk::new();
        let path = desk.zip(&[("manifest.yaml", MANIFEST.as_bytes())]);
        let package = PackageFile::open(&path).unwrap();
        assert_eq!((package.path(), package.file_name()), (&*path, "test.zip"));
        assert_eq!(package.size(), fs::metadata(&path).unwrap().len());
        drop(package);
        assert!(path.is_file());
    }

    #[test]
    fn what_is_missing_is_told_from_what_is_bad() {
        let desk = Desk::new();
        let error = PackageFile::open(desk.path("no.zip")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(
            refusal(&desk.path("no.zip")),
            "there is no such file or folder"
        );
        let error = PackageFile::open(desk.file("bad.zip", b"bad")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Archive);
    }

    #[cfg(unix)]
    #[test]
    fn sockets_are_no_packages() {
        let desk = Desk::new();
        let _socket = std::os::unix::net::UnixListener::bind(desk.path("socket")).unwrap();
        assert_eq!(
            refusal(&desk.path("socket")),
            "this is neither a file nor a folder"
        );
    }

    #[test]
    fn changes_after_opening_are_noticed() {
        let desk = Desk::new();
        let path = desk.zip(&[("manifest.yaml", MANIFEST.as_bytes())]);
        let package = PackageFile::open(&path).unwrap();
        fs::write(&path, "something else").unwrap();
        let expected = format!("{}: this is not a zip archive", path.display());
        for error in [
            package.warnings().unwrap_err(),
            package.read("x", 9).unwrap_err(),
        ] {
            assert!(error.to_string().starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn packages_may_cross_threads() {
        fn send_and_sync<T: Send + Sync + 'static>() {}
        send_and_sync::<PackageFile>();
    }
}
