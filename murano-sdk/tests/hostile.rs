//! Archives, manifests and folders that are made to do harm: each is refused with one line, nothing is
//! written, and neither time nor memory grow with what it says about itself.
//!
//! The archives are written field by field, because no ordinary tool makes them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the settings for tests do not reach functions beside the tests"
)]

#[path = "hostile/raw.rs"]
mod raw;

#[path = "hostile/archives.rs"]
mod archives;
#[path = "hostile/changes.rs"]
mod changes;
#[path = "hostile/folders.rs"]
mod folders;
#[path = "hostile/server.rs"]
mod server;
#[path = "hostile/texts.rs"]
mod texts;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use murano_sdk::ErrorKind;
use murano_sdk::archive::{self, PackageFile};

/// What a hostile archive may cost with a debug build on a machine that is busy with other tests. If it
/// was believed it would be hours; on an idle machine it is less than a second.
const LONGEST: Duration = Duration::from_secs(60);

const MANIFEST: &str = "FullName: io.example.Shop\nType: Library\nDescription: a\n";

/// An empty folder with one more in it, to see that nothing gets out.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        Self(folder)
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("a/b/test.zip");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Everything that is there now, by its name.
    fn all(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut pending = vec![self.0.path().to_owned()];
        while let Some(folder) = pending.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() {
                    pending.push(path.clone());
                }
                found.push(path);
            }
        }
        found.sort();
        found
    }
}

/// Checks that no package is made of these bytes, and gives the reason.
fn refusal(bytes: &[u8]) -> String {
    let desk = Desk::new();
    let path = desk.file(bytes);
    let before = desk.all();
    let start = Instant::now();
    let error = PackageFile::open(&path).unwrap_err();
    let findings = archive::check(&path).unwrap();
    assert!(start.elapsed() < LONGEST, "{:?}: {error}", start.elapsed());
    assert_eq!(error.kind(), ErrorKind::Archive, "{error}");
    assert!(!findings.is_empty(), "{error}");
    assert_eq!(desk.all(), before);
    let text = error.to_string();
    assert!(!text.contains(char::is_control), "{text:?}");
    assert!(text.len() < 2000, "{text}");
    let start = format!("{}: ", path.display());
    text.strip_prefix(&start).unwrap().to_owned()
}

/// Checks that a package can be made of these bytes.
fn accepted(bytes: &[u8]) -> PackageFile {
    let desk = Desk::new();
    let package = PackageFile::open(desk.file(bytes)).unwrap();
    package.warnings().unwrap();
    package
}
