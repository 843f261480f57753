//! Archives for tests, also such as no ordinary tool makes.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub(super) const MANIFEST: &str = "FullName: io.example.Shop\nType: Library\n";
pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest";

/// A folder of its own for a test.
pub(super) struct Desk(TempDir);

impl Desk {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes files below `folder`, with the folders they need.
    pub(super) fn folder(&self, folder: &str, files: &[(&str, &[u8])]) -> PathBuf {
        let root = self.path(folder);
        std::fs::create_dir_all(&root).unwrap();
        for (name, content) in files {
            let file = root.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        root
    }

    pub(super) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// An archive of these files, in this order.
    pub(super) fn zip(&self, files: &[(&str, &[u8])]) -> PathBuf {
        self.file("test.zip", &zip(files))
    }
}

/// An archive of these files, stored as they are. A name that ends in `/` makes a folder.
pub(super) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        if name.ends_with('/') {
            zip.add_directory(*name, options).unwrap();
        } else {
            zip.start_file(*name, options).unwrap();
            zip.write_all(content).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

/// Replaces every occurrence of some bytes by as many others, as in the two places of a name.
pub(super) fn forge(mut data: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = (0..=data.len() - from.len())
        .filter(|at| data[*at..].starts_with(from))
        .collect();
    assert!(!places.is_empty(), "{from:?} is not there");
    for at in places {
        data[at..at + to.len()].copy_from_slice(to);
    }
    data
}

/// Changes bytes of both headers of an entry: `local` and `central` are offsets in them.
pub(super) fn forge_headers(data: &mut [u8], name: &str, local: usize, central: usize, to: &[u8]) {
    for (magic, length, offset) in [(b"PK\x03\x04", 30, local), (b"PK\x01\x02", 46, central)] {
        let start = (0..data.len() - length)
            .find(|at| {
                data[*at..].starts_with(magic) && data[at + length..].starts_with(name.as_bytes())
            })
            .unwrap();
        data[start + offset..start + offset + to.len()].copy_from_slice(to);
    }
}

/// The message of an error, without the path it must begin with.
pub(super) fn refusal(path: &Path) -> String {
    let error = super::PackageFile::open(path).unwrap_err();
    let text = error.to_string();
    let path = format!("{}: ", path.display());
    text.strip_prefix(&path)
        .unwrap_or_else(|| panic!("{text} does not begin with {path}"))
        .to_owned()
}
