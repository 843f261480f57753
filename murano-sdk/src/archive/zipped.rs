//! The zip archive: the only file that names the library which reads it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::result::{ZipError, ZipResult};
use zip::{CompressionMethod, ZipArchive};

use super::manifest::quote;
use super::{directory, names};
use crate::error::io_reason;
use crate::{Error, Result};

/// More entries than any package has; the bound keeps hostile directories small in memory.
pub(super) const MAX_ENTRIES: usize = 65_535;
/// Archives that unpack to more than this are not read through to look for damage.
const MAX_VERIFIED: u64 = 256 * 1024 * 1024;
/// Small, because it is filled anew for each of the headers between the contents.
const BUFFER: usize = 512;
/// Flag of an entry whose name is UTF-8.
const IS_UTF8: u16 = 1 << 11;
/// An archive that unpacks to more than this, and to so many times its own size, is made to do harm.
const MAX_TIGHT: u64 = 64 * 1024 * 1024;
const TIGHT: u128 = 100;
/// File type bits of a Unix mode and the two types an entry may have.
const TYPE_BITS: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// An archive that was looked through for everything that makes unpacking a risk.
pub(super) struct Zipped {
    archive: ZipArchive<BufReader<File>>,
    /// Files and their numbers in the archive; folders have no entry of interest.
    files: BTreeMap<String, usize>,
    /// The same by names in small letters, to tell what was perhaps meant.
    lowercase: HashMap<String, String>,
}

impl Zipped {
    /// Messages do not name the file: the caller knows what its user called it.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path)
            .map_err(|error| Error::archive(io_reason(&error)).with_source(error))?;
        let directory = directory::look(&mut file)?;
        let archive = ZipArchive::new(BufReader::with_capacity(BUFFER, file))
            .map_err(|error| directory::no_archive().with_source(error))?;
        let files = files(&archive)?;
        let is_other = archive.central_directory_start() != directory.offset
            || archive.len() as u64 != directory.entries;
        if is_other {
            return Err(directory::no_archive());
        }
        refuse_bomb(&archive, directory.length)?;
        let lowercase = files
            .keys()
            .map(|name| (name.to_lowercase(), name.clone()))
            .collect();
        let mut zipped = Self {
            archive,
            files,
            lowercase,
        };
        zipped
            .archive
            .validate_header_consistency()
            .map_err(|error| {
                let text =
                    "the directory of the archive contradicts its content: pack the files again";
                Error::archive(text).with_source(error)
            })?;
        Ok(zipped)
    }

    /// Names of the files, sorted by their bytes.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// A file whose name differs in capital letters only.
    pub(super) fn similar(&self, name: &str) -> Option<&str> {
        self.lowercase.get(&name.to_lowercase()).map(String::as_str)
    }

    /// Unpacked size of a file as the archive tells it, `None` when there is no such file.
    pub(super) fn size(&self, name: &str) -> Option<u64> {
        let entry = self.archive.by_index_data(*self.files.get(name)?).ok()?;
        Some(entry.size())
    }

    /// Content of a file, `None` when there is no such file. Never holds more than `limit` bytes,
    /// whatever the archive says about sizes.
    pub(super) fn read(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let Some(&index) = self.files.get(name) else {
            return Ok(None);
        };
        let entry = self
            .archive
            .by_index(index)
            .map_err(|error| damaged(name, error))?;
        let size = entry.size();
        let mut data = Vec::new();
        if size <= limit {
            entry
                .take(limit + 1)
                .read_to_end(&mut data)
                .map_err(|error| damaged(name, error))?;
        }
        let found = data.len() as u64;
        if size > limit || found > limit {
            let text = format!("{name} is larger than the {limit} bytes that are allowed");
            return Err(Error::archive(text));
        }
        if found != size {
            return Err(damaged(name, "wrong size"));
        }
        Ok(Some(data))
    }

    /// Reads every entry to its end, as the server will, and compares sizes and checksums. Does nothing
    /// for archives that claim to unpack to more than [`MAX_VERIFIED`].
    pub(super) fn verify(&mut self) -> Result<()> {
        if total(&self.archive) > u128::from(MAX_VERIFIED) {
            return Ok(());
        }
        for (name, &index) in &self.files {
            let entry = self
                .archive
                .by_index(index)
                .map_err(|error| damaged(name, error))?;
            let size = entry.size();
            let read = io::copy(&mut entry.take(size + 1), &mut io::sink());
            if read.map_err(|error| damaged(name, error))? != size {
                return Err(damaged(name, "wrong size"));
            }
        }
        Ok(())
    }
}

/// What the files unpack to by what the directory says, also of those that say it behind their data.
fn total(archive: &ZipArchive<BufReader<File>>) -> u128 {
    let entries = (0..archive.len()).filter_map(|index| archive.by_index_data(index).ok());
    entries.map(|entry| u128::from(entry.size())).sum()
}

/// Fails where little data makes a lot, by what the archive says; that it lies is found by reading.
fn refuse_bomb(archive: &ZipArchive<BufReader<File>>, length: u64) -> Result<()> {
    let total = total(archive);
    if total <= u128::from(MAX_TIGHT) || total / TIGHT < u128::from(length) {
        return Ok(());
    }
    let text = format!(
        "the archive of {length} bytes unpacks to {total}: no package does, what is repeated in it does not \
         belong there"
    );
    Err(Error::archive(text))
}

fn damaged(name: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::archive(format!(
        "the entry {} is damaged, get or pack the archive again",
        quote(name)
    ))
    .with_source(error)
}

/// The files of an archive, after a look at every entry.
fn files(archive: &ZipArchive<BufReader<File>>) -> Result<BTreeMap<String, usize>> {
    if archive.has_duplicate_names() {
        return Err(Error::archive(
            "the archive has several entries of the same name",
        ));
    }
    let mut files = BTreeMap::new();
    let mut folders = BTreeSet::new();
    let mut folded: HashMap<String, String> = HashMap::new();
    for index in 0..archive.len() {
        let (name, is_folder) = entry(archive, index)?;
        if !is_folder
            && let Some(other) = folded.insert(names::fold(&name), name.clone())
            && other != name
        {
            return Err(Error::archive(format!(
                "the entries {} and {} are one file on many systems: rename one of them",
                quote(&other),
                quote(&name)
            )));
        }
        let known = files.contains_key(&name) || !is_folder && folders.contains(&name);
        if known {
            return Err(Error::archive(format!(
                "the archive has several entries named {}",
                quote(&name)
            )));
        }
        for (end, _) in name.match_indices('/') {
            folders.insert(name[..end].to_owned());
        }
        if is_folder {
            folders.insert(name);
        } else {
            files.insert(name, index);
        }
    }
    match folders.iter().find(|folder| files.contains_key(*folder)) {
        None => Ok(files),
        Some(name) => Err(Error::archive(format!(
            "the entry {} is a file and a folder at once",
            quote(name)
        ))),
    }
}

/// Name of an entry without the slash at its end, and whether it had one.
fn entry(archive: &ZipArchive<BufReader<File>>, index: usize) -> Result<(String, bool)> {
    let unreadable = |error| {
        Error::archive(format!("entry {index} of the archive is damaged")).with_source(error)
    };
    let entry = archive.by_index_data(index).map_err(unreadable)?;
    let name: ZipResult<_> = entry.name();
    let name = name.map_err(|error: ZipError| unreadable(error))?;
    // Servers take the bytes for an older encoding, or fail.
    if !name.is_ascii()
        && (entry.flags().as_u16() & IS_UTF8 == 0 || entry.name_raw() != name.as_bytes())
    {
        let text = format!(
            "the name of entry {index} of the archive has letters that are not marked as UTF-8: pack the files again"
        );
        return Err(Error::archive(text));
    }
    let refuse = |reason: &str| {
        Err(Error::archive(format!(
            "the entry {} {reason}",
            quote(&name)
        )))
    };
    if let Some(reason) = names::refuse(&name) {
        return refuse(reason);
    }
    let kind = entry.unix_mode().unwrap_or(0) & TYPE_BITS;
    if entry.is_symlink() {
        return refuse("is a symbolic link, put the file itself there");
    }
    if ![0, REGULAR, FOLDER].contains(&kind) {
        return refuse("is no regular file");
    }
    if entry.encrypted() {
        return refuse("is encrypted, the server has no password: pack it without one");
    }
    if !matches!(
        entry.compression(),
        CompressionMethod::Stored | CompressionMethod::Deflated
    ) {
        return refuse("is compressed by a method other than deflate: pack it again with deflate");
    }
    let folder = name.strip_suffix('/');
    Ok((folder.unwrap_or(&name).to_owned(), folder.is_some()))
}

#[cfg(test)]
mod tests {
    use super::super::PackageFile;
    use super::super::sample::{Desk, MANIFEST, forge, forge_headers, refusal, zip};
    use std::io::Write as _;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    const GOOD: (&str, &[u8]) = ("manifest.yaml", MANIFEST.as_bytes());

    fn refused(data: &[u8], reason: &str) {
        let desk = Desk::new();
        let text = refusal(&desk.file("test.zip", data));
        assert!(text.contains(reason), "{text:?} does not tell {reason:?}");
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        for (name, reason) in [
            ("/etc/passwd", "absolute"),
            ("../../outer", "\"..\""),
            ("a/../../out", "\"..\""),
            ("C:/windows/", "absolute"),
            ("a\\..\\..\\bc", "backslash"),
            ("\0\0\0\0\0\0\0\0\0\0\0", "control character"),
            ("plain\x1b[2Jab", "control character"),
            ("a//b//c//de", "empty part"),
        ] {
            let place = "X".repeat(name.len());
            let data = zip(&[GOOD, (&place, b"x")]);
            refused(&forge(data, place.as_bytes(), name.as_bytes()), reason);
        }
    }

    #[test]
    fn entries_of_the_same_name_are_refused() {
        let data = zip(&[GOOD, ("a.yaml", b"1"), ("b.yaml", b"2")]);
        refused(&forge(data, b"b.yaml", b"a.yaml"), "several entries");
        // A file under a folder that is a file.
        refused(
            &zip(&[GOOD, ("a", b"1"), ("a/b", b"2")]),
            "\"a\" is a file and a folder",
        );
        refused(&zip(&[GOOD, ("a/b", b"2"), ("a", b"1")]), "\"a\"");
        let data = zip(&[GOOD, ("aX", b"1"), ("a/", b"")]);
        refused(&forge(data, b"aX", b"a/"), "several entries");
    }

    #[test]
    fn folders_may_be_named() {
        let desk = Desk::new();
        let path = desk.zip(&[("a/", b""), ("a/b/", b""), ("a/b/c", b"1"), GOOD]);
        assert_eq!(
            PackageFile::open(path).unwrap().entries(),
            ["a/b/c", "manifest.yaml"]
        );
    }

    #[test]
    fn links_and_devices_are_refused() {
        let options = SimpleFileOptions::default();
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("manifest.yaml", options).unwrap();
        zip.write_all(MANIFEST.as_bytes()).unwrap();
        zip.add_symlink("logo.png", "/etc/passwd", options).unwrap();
        let mut data = zip.finish().unwrap().into_inner();
        refused(&data, "\"logo.png\" is a symbolic link");

        // The type is in the upper half of the attributes of the central header.
        let central = data
            .windows(4)
            .rposition(|bytes| bytes == b"PK\x01\x02")
            .unwrap();
        let kind = u32::to_le_bytes(0o020_644 << 16);
        data[central + 38..central + 42].copy_from_slice(&kind);
        refused(&data, "no regular file");
    }

    #[test]
    fn encryption_and_rare_compression_are_refused() {
        let mut data = zip(&[GOOD, ("a.txt", b"text")]);
        forge_headers(&mut data, "a.txt", 6, 8, &[1, 0]);
        refused(&data, "\"a.txt\" is encrypted");

        let mut data = zip(&[GOOD, ("a.txt", b"text")]);
        forge_headers(&mut data, "a.txt", 8, 10, &[12, 0]);
        refused(
            &data,
            "\"a.txt\" is compressed by a method other than deflate",
        );
    }

    #[test]
    fn archives_that_contradict_themselves_are_refused() {
        // Readers that go by the local headers see another name.
        let mut data = zip(&[GOOD, ("a.txt", b"text")]);
        let local = data.windows(5).position(|bytes| bytes == b"a.txt").unwrap();
        data[local] = b'b';
        refused(&data, "contradicts");

        // Two entries of the directory share their content.
        let mut data = zip(&[GOOD, ("a.txt", b"text"), ("b.txt", b"text")]);
        let central = data
            .windows(4)
            .rposition(|bytes| bytes == b"PK\x01\x02")
            .unwrap();
        data[central + 42..central + 46].copy_from_slice(&[0, 0, 0, 0]);
        refused(&data, "contradicts");
    }

    #[test]
    fn damage_and_lies_about_sizes_are_found() {
        let data = zip(&[GOOD, ("a.txt", b"a long text")]);
        refused(
            &forge(data, b"a long text", b"a lost text"),
            "\"a.txt\" is damaged",
        );

        // It unpacks to more than it says.
        let mut packed = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        packed
            .start_file("manifest.yaml", SimpleFileOptions::default())
            .unwrap();
        packed.write_all(&vec![b'#'; 5_000_000]).unwrap();
        let mut data = packed.finish().unwrap().into_inner();
        forge_headers(&mut data, "manifest.yaml", 22, 24, &10_u32.to_le_bytes());
        refused(&data, "\"manifest.yaml\" is damaged");
    }

    #[test]
    fn what_is_read_is_bounded() {
        let desk = Desk::new();
        let path = desk.zip(&[GOOD, ("a.txt", b"text")]);
        let file = PackageFile::open(path).unwrap();
        assert_eq!(file.read("a.txt", 4).unwrap().unwrap(), b"text");
        assert_eq!(file.read("b.txt", 4).unwrap(), None);
        let error = file.read("a.txt", 3).unwrap_err().to_string();
        assert!(
            error.ends_with("a.txt is larger than the 3 bytes that are allowed"),
            "{error}"
        );

        let huge = vec![b'#'; 1024 * 1024 + 1];
        refused(
            &zip(&[("manifest.yaml", &huge)]),
            "manifest.yaml is larger than the 1048576 bytes",
        );
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        refused(b"", "the file is empty");
        refused(b"hello", "not a zip archive");
        refused(&zip(&[]), "no entries");
        let data = zip(&[GOOD, ("a.txt", b"text")]);
        refused(&data[..data.len() - 10], "not a zip archive");
    }

    #[test]
    fn entries_are_counted() {
        let names: Vec<String> = (0..=super::MAX_ENTRIES).map(|n| format!("{n}")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b""[..])).collect();
        refused(
            &zip(&files),
            "the archive has 65536 entries, 65535 are allowed",
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(data in proptest::collection::vec(0_u8.., 0..300)) {
            let desk = Desk::new();
            refusal(&desk.file("test.zip", &data));
        }

        #[test]
        fn no_change_of_an_archive_makes_it_panic(
            changes in proptest::collection::vec((0_usize..1000, 0_u8..), 1..8),
        ) {
            let desk = Desk::new();
            let mut data = zip(&[GOOD, ("Classes/a.yaml", b"Name: a"), ("b/c", b"1")]);
            for (at, byte) in changes {
                let end = data.len();
                data[at % end] = byte;
            }
            let path = desk.file("test.zip", &data);
            if let Ok(package) = PackageFile::open(path) {
                proptest::prop_assert!(package.warnings().is_ok());
            }
        }
    }
}
