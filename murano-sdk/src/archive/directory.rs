//! Where the directory of an archive is, told before anything of it is kept in memory.
//!
//! Readers of zip archives look for the record at the end, and go different ways where there are several,
//! or something before or behind them: each may see other files. Archives that leave a choice are
//! refused, and so are directories of a size that no package has.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use super::zipped::MAX_ENTRIES;
use crate::error::io_reason;
use crate::{Error, Result};

const END: &[u8] = b"PK\x05\x06";
const END_SIZE: usize = 22;
const LONGEST_COMMENT: usize = 0xFFFF;
const WIDE_END: &[u8] = b"PK\x06\x06";
const WIDE_END_SIZE: u64 = 56;
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_SIZE: u64 = 20;
/// More than 250 bytes for each of the most entries there may be.
const LONGEST_DIRECTORY: u64 = 16 * 1024 * 1024;

/// What the records at the end say about the directory.
pub(super) struct Directory {
    pub(super) entries: u64,
    size: u64,
    pub(super) offset: u64,
    /// Where the records begin, which is where the directory has to end.
    end: u64,
    /// Size of the archive.
    pub(super) length: u64,
}

/// Looks at the end of an archive, and goes back to its beginning.
pub(super) fn look(file: &mut File) -> Result<Directory> {
    let unreadable = |error: io::Error| Error::archive(io_reason(&error)).with_source(error);
    let length = file.metadata().map_err(unreadable)?.len();
    if length == 0 {
        return Err(Error::archive("the file is empty"));
    }
    let directory = find(file, length).map_err(unreadable)??;
    file.rewind().map_err(unreadable)?;
    let Directory { entries, size, .. } = directory;
    if entries == 0 {
        return Err(Error::archive("the archive has no entries"));
    }
    if entries > MAX_ENTRIES as u64 {
        let text = format!("the archive has {entries} entries, {MAX_ENTRIES} are allowed");
        return Err(Error::archive(text));
    }
    if size > LONGEST_DIRECTORY {
        let text = format!(
            "the directory of the archive has {size} bytes, {LONGEST_DIRECTORY} are allowed"
        );
        return Err(Error::archive(text));
    }
    match directory.offset.checked_add(size) {
        Some(end) if end == directory.end => Ok(directory),
        Some(end) if end < directory.end => Err(Error::archive(
            "there is something before the archive, or between its entries and its directory: pack the files \
             again",
        )),
        _ => Err(no_archive()),
    }
}

pub(super) fn no_archive() -> Error {
    Error::archive("this is not a zip archive, or not all of one")
}

fn find(file: &mut File, length: u64) -> io::Result<Result<Directory>> {
    let longest = (END_SIZE + LONGEST_COMMENT) as u64;
    let start = length.saturating_sub(longest);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.by_ref().take(longest).read_to_end(&mut tail)?;
    let last = tail.len().checked_sub(END_SIZE);
    let at = last.and_then(|last| (0..=last).rev().find(|at| tail[*at..].starts_with(END)));
    let Some(at) = at else {
        return Ok(Err(no_archive()));
    };
    let record = &tail[at..];
    let comment = usize::try_from(number(record, 20, 2)).unwrap_or(usize::MAX);
    if record.len() != END_SIZE + comment {
        let text = "the archive does not end where it says: get or pack it again";
        return Ok(Err(Error::archive(text)));
    }
    let end = start + at as u64;
    if let Some(wide) = find_wide(file, end)? {
        return Ok(wide);
    }
    let disks = number(record, 4, 4);
    let entries = number(record, 10, 2);
    if disks != 0 || entries != number(record, 8, 2) {
        return Ok(Err(Error::archive(
            "this is one of several parts of an archive: pack the files into one",
        )));
    }
    Ok(Ok(Directory {
        entries,
        size: number(record, 12, 4),
        offset: number(record, 16, 4),
        end,
        length,
    }))
}

/// The same from the record of 64 bits, if there is one before the record at `end`.
fn find_wide(file: &mut File, end: u64) -> io::Result<Option<Result<Directory>>> {
    let Some(at) = end.checked_sub(LOCATOR_SIZE) else {
        return Ok(None);
    };
    let mut locator = [0; 20];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut locator)?;
    if !locator.starts_with(LOCATOR) {
        return Ok(None);
    }
    let place = number(&locator, 8, 8);
    // Nothing between the two, or readers disagree about where it is.
    if at.checked_sub(WIDE_END_SIZE) != Some(place) {
        return Ok(Some(Err(no_archive())));
    }
    let mut record = [0; 56];
    file.seek(SeekFrom::Start(place))?;
    file.read_exact(&mut record)?;
    let is_whole = record.starts_with(WIDE_END)
        && number(&record, 16, 8) == 0
        && number(&record, 24, 8) == number(&record, 32, 8);
    if !is_whole {
        return Ok(Some(Err(no_archive())));
    }
    Ok(Some(Ok(Directory {
        entries: number(&record, 32, 8),
        size: number(&record, 40, 8),
        offset: number(&record, 48, 8),
        end: place,
        length: end,
    })))
}

/// A number of so many bytes, the lowest one first.
fn number(record: &[u8], at: usize, bytes: usize) -> u64 {
    let digits = record.iter().skip(at).take(bytes).rev();
    digits.fold(0, |number, byte| number << 8 | u64::from(*byte))
}
