//! A repository in a folder of this computer.

use std::path::{Path, PathBuf};

use super::{bundle, names};
use crate::{
    archive::PackageFile,
    error::{Error, ErrorKind, Result, io_reason},
};

/// The packages of this name below a repository's root, in an order that does not change: archives and
/// folders called `NAME`, `NAME.zip` or `NAME.VERSION.zip`.
pub(super) fn packages(root: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in [root.join("apps"), root.to_owned()] {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("read", &folder, error)),
        };
        let mut here = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| Error::io("read", &folder, error))?;
            if entry
                .file_name()
                .to_str()
                .is_some_and(|file| fits(file, name))
            {
                here.push(entry.path());
            }
        }
        here.sort();
        found.extend(here);
    }
    Ok(found)
}

fn fits(file: &str, name: &str) -> bool {
    let Some(rest) = file.strip_prefix(name) else {
        return false;
    };
    let version = rest
        .strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(".zip"));
    matches!(rest, "" | ".zip")
        || version.is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()))
}

/// The newest of these packages that is wanted. The first one that cannot be opened is told only where
/// none is.
pub(super) fn newest(
    candidates: Vec<PathBuf>,
    wanted: impl Fn(&PackageFile) -> Result<()>,
) -> Option<Result<PackageFile>> {
    let mut best: Option<(semver::Version, PackageFile)> = None;
    let mut refused = None;
    for path in candidates {
        let file = PackageFile::open(&path).and_then(|file| wanted(&file).map(|()| file));
        let file = match file {
            Ok(file) => file,
            Err(error) => {
                refused.get_or_insert(error);
                continue;
            }
        };
        // A manifest that was opened has a whole version.
        let Ok(version) = semver::Version::parse(&file.manifest().version) else {
            continue;
        };
        if best.as_ref().is_none_or(|(known, _)| version > *known) {
            best = Some((version, file));
        }
    }
    match (best, refused) {
        (Some((_, file)), _) => Some(Ok(file)),
        (None, Some(error)) => Some(Err(error)),
        (None, None) => None,
    }
}

/// A file of a repository's folder `images` or `bundles`, or beside the packages.
pub(super) fn file(root: &Path, folder: &str, name: &str) -> Result<Option<PathBuf>> {
    if let Some(why) = names::refuse(name) {
        return Err(Error::invalid(format!("the name {name:?} {why}")));
    }
    let places = [root.join(folder).join(name), root.join(name)];
    Ok(places.into_iter().find(|path| path.is_file()))
}

pub(super) fn read_bundle(path: &Path) -> Result<bundle::Bundle> {
    bundle::Bundle::open(path)
}

/// Copies a file and gives its size in bytes.
pub(super) fn copy(from: &Path, to: &mut std::fs::File, limit: u64) -> Result<u64> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| {
        let text = format!("{}: {}", from.display(), io_reason(&error));
        Error::new(ErrorKind::Io, text).with_source(error)
    };
    let mut source = std::fs::File::open(from).map_err(failed)?.take(limit + 1);
    let size = std::io::copy(&mut source, to).map_err(failed)?;
    if size > limit {
        let text = format!(
            "{}: it is larger than the {limit} bytes allowed",
            from.display()
        );
        return Err(Error::new(ErrorKind::Rejected, text));
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_package_are_told_from_those_of_others() {
        for file in ["a.B", "a.B.zip", "a.B.1.zip", "a.B.1.0.0-rc.zip"] {
            assert!(fits(file, "a.B"), "{file}");
        }
        for file in ["a.Bc.zip", "a.B.C.zip", "a.B.1.tar", "a.zip", "a.B.bundle"] {
            assert!(!fits(file, "a.B"), "{file}");
        }
    }

    #[test]
    fn names_are_looked_at_before_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(folder.path().join("secret"), "x").unwrap();
        for name in ["../secret", "/etc/passwd", "..", ""] {
            let error = file(&root, "images", name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
        assert!(file(&root, "images", "none").unwrap().is_none());
    }
}
