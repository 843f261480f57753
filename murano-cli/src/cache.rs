//! Names that commands have met: a small file for each cloud and login, from which completion takes what it
//! offers, so that the prompt waits for no cloud.
//!
//! Commands write it on the way. It may be out of date, and nothing fails because of it.

use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    fs,
    hash::{Hash as _, Hasher as _},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use crate::{find::Kind, output::steers};

type Table = BTreeMap<Kind, Vec<String>>;

/// Names of one kind that are kept, the newest.
const MOST: usize = 1000;
/// Bytes of the longest name that is kept.
const LONGEST: usize = 255;
/// Bytes of the largest file that is read; a whole one is smaller.
const LARGEST: u64 = 2 * 1024 * 1024;

/// The names that one login has met.
pub(crate) struct Names {
    /// None where nothing is kept.
    path: Option<PathBuf>,
}

impl Names {
    /// Those of a login, in a folder of the user; none without a folder.
    pub(crate) fn of(login: &str, folder: Option<&Path>) -> Self {
        // A release of Rust may hash otherwise: then the names are met anew.
        let mut hash = DefaultHasher::new();
        login.hash(&mut hash);
        let file = format!("{:016x}.json", hash.finish());
        Self {
            path: folder.map(|folder| folder.join("names").join(file)),
        }
    }

    /// None, and none are kept.
    pub(crate) fn none() -> Self {
        Self { path: None }
    }

    /// The names of a kind, in the order in which they were met.
    pub(crate) fn get(&self, kind: Kind) -> Vec<String> {
        self.read().remove(&kind).unwrap_or_default()
    }

    /// These are all that there are.
    pub(crate) fn replace<T: AsRef<str>>(&self, kind: Kind, names: &[T]) {
        self.change(|table| {
            table.remove(&kind);
            for name in names {
                add(table, kind, name.as_ref());
            }
        });
    }

    /// These are there, too.
    pub(crate) fn add<T: AsRef<str>>(&self, kind: Kind, names: &[T]) {
        self.change(|table| {
            for name in names {
                add(table, kind, name.as_ref());
            }
        });
    }

    /// This one is there no longer.
    pub(crate) fn remove(&self, kind: Kind, name: &str) {
        self.change(|table| {
            if let Some(names) = table.get_mut(&kind) {
                names.retain(|known| known != name);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Table)) {
        let Some(path) = &self.path else { return };
        let before = self.read();
        let mut table = before.clone();
        change(&mut table);
        if table != before {
            // Without them there is less to complete, no more.
            let _ = write(path, &table);
        }
    }

    fn read(&self) -> Table {
        let read = |path: &PathBuf| -> io::Result<Table> {
            let mut bytes = Vec::new();
            fs::File::open(path)?
                .take(LARGEST)
                .read_to_end(&mut bytes)?;
            let mut table: Table = serde_json::from_slice(&bytes)?;
            for names in table.values_mut() {
                names.retain(|name| is_kept(name));
            }
            Ok(table)
        };
        let table = self.path.as_ref().map(read);
        table.and_then(Result::ok).unwrap_or_default()
    }
}

/// Shells are told one name on each line.
fn is_kept(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST && !name.contains(steers)
}

fn add(table: &mut Table, kind: Kind, name: &str) {
    if !is_kept(name) {
        return;
    }
    let names = table.entry(kind).or_default();
    if names.iter().any(|known| known == name) {
        return;
    }
    names.push(name.to_owned());
    if names.len() > MOST {
        names.remove(0);
    }
}

/// The file appears, or is replaced, when it is complete; others cannot read it.
fn write(path: &Path, table: &Table) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    let mut make = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.recursive(true).create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec(table)?)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Names {
        Names::of("cloud", Some(folder))
    }

    #[test]
    fn names_come_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let kept = names(folder.path());
        assert!(kept.get(Kind::Environment).is_empty());
        kept.add(
            Kind::Environment,
            &[
                "shop",
                "depot",
                "shop",
                "",
                "a\nb",
                "a\u{9b}2J",
                "\u{202e}b",
            ],
        );
        kept.add(Kind::Package, &["com.example.Greeter"]);
        kept.remove(Kind::Environment, "shop");
        let kept = names(folder.path());
        assert_eq!(kept.get(Kind::Environment), ["depot"]);
        kept.replace(Kind::Environment, &["z", "a"]);
        assert_eq!(kept.get(Kind::Environment), ["z", "a"]);
        assert_eq!(kept.get(Kind::Package), ["com.example.Greeter"]);
        let other = Names::of("other", Some(folder.path()));
        assert!(other.get(Kind::Environment).is_empty());
    }

    #[test]
    fn the_file_stays_small_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let kept = names(&folder.path().join("murano"));
        let many: Vec<String> = (0..MOST + 5).map(|n| format!("{n:0250}")).collect();
        kept.add(Kind::Template, &many);
        kept.add(Kind::Template, &["x".repeat(LONGEST + 1)]);
        assert_eq!(kept.get(Kind::Template), many[5..]);
        let path = kept.path.unwrap();
        assert!(fs::metadata(&path).unwrap().len() * 4 < LARGEST);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
        }
    }

    #[test]
    fn what_is_broken_or_cannot_be_written_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        let kept = names(folder.path());
        kept.add(Kind::Category, &["Web"]);
        fs::write(kept.path.as_ref().unwrap(), "{\"category\": [").unwrap();
        assert!(kept.get(Kind::Category).is_empty());
        kept.add(Kind::Category, &["Games"]);
        assert_eq!(kept.get(Kind::Category), ["Games"]);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for nowhere in [names(&file), Names::of("cloud", None)] {
            nowhere.add(Kind::Category, &["Web"]);
            assert!(nowhere.get(Kind::Category).is_empty());
        }
    }
}
