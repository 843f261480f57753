//! From a folder to an archive, always the same one for the same files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::names;
use super::zipped::MAX_ENTRIES;
use crate::error::io_reason;
use crate::{Error, ErrorKind, Result};

/// The same for every entry: who may read the files here says nothing about the package.
const PERMISSIONS: u32 = 0o644;
const LEVEL: i64 = 6;
/// From this size on an entry gets 64-bit sizes. Below the limit of 4 GiB, for what does not compress
/// grows a little.
const LARGE: u64 = 0xF000_0000;

/// A file for an archive.
pub(super) struct Member {
    /// Path in the archive, parts joined with `/`.
    pub(super) name: String,
    pub(super) content: Content,
}

pub(super) enum Content {
    File(PathBuf),
    Bytes(Vec<u8>),
}

/// Writes the files below `folder` to `out`, but the one at `leave_out`, which is the archive to be.
pub(super) fn write(folder: &Path, leave_out: Option<&Path>, out: &mut File) -> Result<()> {
    let files = find(folder, leave_out)?;
    if files.is_empty() {
        return Err(Error::archive("the folder holds no files"));
    }
    write_all(files, out)
}

/// Writes an archive of these files, in the order of their names.
pub(super) fn write_all(mut files: Vec<Member>, out: &mut File) -> Result<()> {
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let mut zip = ZipWriter::new(BufWriter::new(out));
    for file in &files {
        add(&mut zip, file)?;
    }
    let written = zip
        .finish()
        .map_err(io::Error::from)
        .and_then(|mut out| out.flush());
    written.map_err(|error| {
        Error::archive(format!("cannot write the archive: {}", io_reason(&error)))
            .with_source(error)
    })
}

fn add<W: Write + io::Seek>(zip: &mut ZipWriter<W>, member: &Member) -> Result<()> {
    let name = member.name.as_str();
    let failed = |error: io::Error| {
        let text = format!("cannot pack {name:?}: {}", io_reason(&error));
        Error::archive(text).with_source(error)
    };
    let (mut reader, size): (Box<dyn Read>, u64) = match &member.content {
        Content::Bytes(bytes) => (Box::new(bytes.as_slice()), bytes.len() as u64),
        Content::File(path) => {
            let file = File::open(path).map_err(failed)?;
            let data = file.metadata().map_err(failed)?;
            if !data.is_file() {
                return Err(Error::archive(format!(
                    "{name:?} is no longer a regular file"
                )));
            }
            (Box::new(file), data.len())
        }
    };
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(PERMISSIONS)
        .system(System::Unix)
        .large_file(size >= LARGE);
    zip.start_file(name, options)
        .map_err(|error| failed(error.into()))?;
    io::copy(&mut reader, zip).map_err(failed)?;
    Ok(())
}

/// All regular files below a folder but the one at `leave_out`, sorted by the bytes of their names,
/// which are relative to the folder. No link is followed.
pub(super) fn find(folder: &Path, leave_out: Option<&Path>) -> Result<Vec<Member>> {
    let own = leave_out.and_then(canonical_file);
    let is_own = |path: &Path| own.is_some() && canonical_file(path) == own;
    let mut files = Vec::new();
    let mut problems = Vec::new();
    let mut pending = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = pending.pop() {
        let failed = |error: io::Error| {
            let place = if prefix.is_empty() {
                "the folder"
            } else {
                &prefix
            };
            Error::archive(format!("cannot read {place}: {}", io_reason(&error))).with_source(error)
        };
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else {
                let name = entry.path();
                problems.push(format!("{} has a name that is not UTF-8", name.display()));
                continue;
            };
            if names::is_by_product(&name) {
                continue;
            }
            let name = format!("{prefix}{name}");
            if let Some(reason) = names::refuse(&name) {
                problems.push(format!("{name:?} {reason}"));
            } else if kind.is_symlink() {
                problems.push(format!(
                    "{name:?} is a symbolic link, put the file itself there"
                ));
            } else if kind.is_dir() {
                pending.push((entry.path(), format!("{name}/")));
            } else if !kind.is_file() {
                problems.push(format!("{name:?} is no regular file"));
            } else if !is_own(&entry.path()) {
                let content = Content::File(entry.path());
                files.push(Member { name, content });
            }
            // A folder chosen by mistake may hold millions.
            if files.len().max(problems.len()).max(pending.len()) > MAX_ENTRIES {
                let text = format!("the folder holds more than {MAX_ENTRIES} files");
                return Err(Error::archive(text));
            }
        }
    }
    if problems.is_empty() {
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(files)
    } else {
        // The file system lists in an order of its own.
        problems.sort();
        Err(Error::archive(super::finding::join(&problems)))
    }
}

/// The one true path of a file that need not exist yet.
pub(super) fn canonical_file(path: &Path) -> Option<PathBuf> {
    let folder = folder_of(path).canonicalize().ok()?;
    Some(folder.join(path.file_name()?))
}

/// The folder a file is in or will be in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// A temporary file that [`replace`] can turn into `path`, with the permissions of ordinary new files.
pub(super) fn temporary_for(path: &Path) -> Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(names::PARTIAL.0).suffix(names::PARTIAL.1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What the umask leaves of it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
        .tempfile_in(folder_of(path))
        .map_err(|error| cannot_write(path, error))
}

/// Gives a complete file its name, at once and over what was there.
pub(super) fn replace(file: NamedTempFile, path: &Path) -> Result<()> {
    file.persist(path)
        .map(drop)
        .map_err(|error| cannot_write(path, error.error))
}

/// Writes a text file, which appears, or is replaced, when it is complete.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<()> {
    let mut file = temporary_for(path)?;
    file.write_all(text.as_bytes())
        .map_err(|error| cannot_write(path, error))?;
    replace(file, path)
}

pub(super) fn cannot_write(path: &Path, error: io::Error) -> Error {
    let text = format!(
        "{}: cannot write this file: {}",
        path.display(),
        io_reason(&error)
    );
    Error::new(ErrorKind::Io, text).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::super::PackageFile;
    use super::super::sample::{Desk, MANIFEST, refusal};
    use std::collections::BTreeMap;
    use std::fs;

    const GOOD: (&str, &[u8]) = ("manifest.yaml", MANIFEST.as_bytes());

    fn bytes(package: &PackageFile) -> Vec<u8> {
        fs::read(package.path()).unwrap()
    }

    #[test]
    fn by_products_are_left_out() {
        let desk = Desk::new();
        let folder = desk.folder(
            "shop",
            &[
                GOOD,
                (".git/config", b""),
                ("Resources/.svn/x", b""),
                (".hg/x", b""),
                ("Resources/__pycache__/x", b""),
                ("Resources/x.pyc", b""),
                ("Resources/.DS_Store", b""),
                ("Resources/.gitignore", b""),
                ("Resources/scripts/run.sh", b"echo"),
            ],
        );
        let package = PackageFile::open(&folder).unwrap();
        let expected = [
            "Resources/.gitignore",
            "Resources/scripts/run.sh",
            "manifest.yaml",
        ];
        assert_eq!(package.entries(), expected);
        assert_eq!(package.file_name(), "shop.zip");
        assert_eq!(package.size(), bytes(&package).len() as u64);
    }

    #[test]
    fn the_temporary_archive_goes_with_its_last_holder() {
        let desk = Desk::new();
        let package = PackageFile::open(desk.folder("shop", &[GOOD])).unwrap();
        let path = package.path().to_owned();
        let clone = package.clone();
        drop(package);
        assert!(path.is_file());
        drop(clone);
        assert!(!path.exists());
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let desk = Desk::new();
        let one = desk.folder("one", &[GOOD, ("b", b"1"), ("a", b"2")]);
        let two = desk.folder("two", &[("a", b"2"), GOOD, ("b", b"1"), ("a.pyc", b"")]);
        let old = fs::File::options().write(true).open(two.join("a")).unwrap();
        old.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let one = PackageFile::open(one).unwrap();
        let two = PackageFile::open(two).unwrap();
        assert_eq!(bytes(&one), bytes(&two));
        let data = bytes(&one);
        // Time and date of the local header: 1980-01-01 00:00:00.
        assert_eq!(data[10..14], [0, 0, 0x21, 0]);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_do_not_matter() {
        use std::os::unix::fs::PermissionsExt as _;
        let desk = Desk::new();
        let folder = desk.folder("shop", &[GOOD, ("run.sh", b"echo")]);
        let before = bytes(&PackageFile::open(&folder).unwrap());
        fs::set_permissions(folder.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(bytes(&PackageFile::open(&folder).unwrap()), before);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_odd_names_are_refused_by_name() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        let desk = Desk::new();
        let folder = desk.folder("shop", &[GOOD, ("Resources/a\\b", b"")]);
        std::os::unix::fs::symlink("/etc/passwd", folder.join("secret")).unwrap();
        std::os::unix::fs::symlink("/", folder.join("Resources/all")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.join(".git")).unwrap();
        fs::write(folder.join(OsStr::from_bytes(b"caf\xe9")), "").unwrap();
        let socket = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
        let text = refusal(&folder);
        for part in [
            "\"secret\" is a symbolic link",
            "\"Resources/all\" is a symbolic link",
            "\"Resources/a\\\\b\" has a backslash in its name",
            "not UTF-8",
            "\"socket\" is no regular file",
        ] {
            assert!(text.contains(part), "{text:?} does not tell {part:?}");
        }
        assert!(!text.contains(".git"), "{text}");
        drop(socket);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_folder_itself_is_followed() {
        let desk = Desk::new();
        let folder = desk.folder("shop", &[GOOD]);
        std::os::unix::fs::symlink(folder, desk.path("link")).unwrap();
        assert_eq!(
            PackageFile::open(desk.path("link")).unwrap().entries(),
            ["manifest.yaml"]
        );
    }

    #[test]
    fn an_archive_is_not_packed_into_itself() {
        let desk = Desk::new();
        let folder = desk.folder("shop", &[GOOD]);
        let out = folder.join("shop.zip");
        let first = bytes(&PackageFile::pack(&folder, &out).unwrap());
        let package = PackageFile::pack(&folder, &out).unwrap();
        assert_eq!((package.path(), package.file_name()), (&*out, "shop.zip"));
        assert_eq!(bytes(&package), first);
        drop(package);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        // What else lies there belongs to the package.
        let other = PackageFile::pack(&folder, folder.join("other.zip")).unwrap();
        assert_eq!(other.entries(), ["manifest.yaml", "shop.zip"]);
    }

    #[test]
    fn nothing_appears_when_the_package_is_bad() {
        let desk = Desk::new();
        let folder = desk.folder("shop", &[("manifest.yaml", b"Type: App")]);
        let out = desk.file("shop.zip", b"older");
        let error = PackageFile::pack(&folder, &out).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{}: manifest.yaml: Type is", folder.display())),
            "{error}"
        );
        assert_eq!(fs::read(&out).unwrap(), b"older");
        assert_eq!(fs::read_dir(desk.path("")).unwrap().count(), 2);
    }

    #[test]
    fn saved_archives_are_ordinary_files() {
        let desk = Desk::new();
        let package = PackageFile::open(desk.folder("shop", &[GOOD])).unwrap();
        let out = desk.file("out.zip", b"older");
        package.write_to(&out).unwrap();
        assert_eq!(fs::read(&out).unwrap(), bytes(&package));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let usual = fs::metadata(desk.file("usual", b""))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(fs::metadata(&out).unwrap().permissions().mode(), usual);
        }
        let error = package.write_to(desk.path("no/out.zip")).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Io);
        let expected = format!(
            "{}: cannot write this file",
            desk.path("no/out.zip").display()
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
    }

    #[test]
    fn folders_without_a_package() {
        let desk = Desk::new();
        assert_eq!(
            refusal(&desk.folder("empty", &[])),
            "the folder has no manifest.yaml"
        );
        assert_eq!(
            refusal(&desk.folder("outer", &[("shop/manifest.yaml", MANIFEST.as_bytes())])),
            "the package is inside of this folder, in \"shop\": name that folder"
        );
        assert_eq!(
            refusal(&desk.folder("short", &[("manifest.yml", b"")])),
            "\"manifest.yml\" must be called manifest.yaml"
        );
        let error = PackageFile::pack(desk.path("none"), desk.path("x.zip")).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("none: there is no such file or folder"),
            "{error}"
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(48))]

        #[test]
        fn any_tree_packs_the_same_in_any_order(
            tree in proptest::collection::btree_map(
                "[a-c é.]{1,3}(/[a-c0-9_-]{1,3}){0,3}",
                proptest::collection::vec(0_u8.., 0..200),
                1..12,
            ),
            turn in 0_usize..12,
        ) {
            // Names that some file systems take for the same are refused.
            let fits = |name: &str| name.split('/').all(|part| part.trim_end_matches(['.', ' ']) == part);
            // A name must not be a file and a folder.
            let names: Vec<&String> = tree.keys().collect();
            let clashes = |name: &str| names.iter().any(|other| other.starts_with(&format!("{name}/")));
            let mut files: Vec<(&str, &[u8])> = tree
                .iter()
                .filter(|(name, _)| fits(name) && !clashes(name))
                .map(|(name, content)| (&**name, &**content))
                .chain([GOOD])
                .collect();
            let expected: BTreeMap<&str, &[u8]> = files.iter().copied().collect();
            let desk = Desk::new();
            let one = PackageFile::open(desk.folder("one", &files)).unwrap();
            let turn = turn % files.len();
            files.rotate_left(turn);
            files.reverse();
            let two = PackageFile::open(desk.folder("two", &files)).unwrap();
            proptest::prop_assert_eq!(bytes(&one), bytes(&two));
            proptest::prop_assert!(one.entries().iter().eq(expected.keys()));
            for (name, content) in expected {
                let found = one.read(name, 1000).unwrap().unwrap();
                proptest::prop_assert_eq!(&found[..], content);
            }
            // What was packed passes as an archive from elsewhere, too.
            proptest::prop_assert!(PackageFile::open(one.path()).is_ok());
        }
    }
}
