//! A store's home on the disk: one redb database in a folder of its own, and the only module that knows redb.
//!
//! The database has three tables: rows as JSON under their table and age, blobs as they are, and counters. Archives
//! are in the database too and not files beside it, so that a transaction holds all a call has changed, and nothing is
//! left behind by a process that is killed between two files. Each transaction is synced to the disk before
//! [`Disk::write`] returns.

mod guard;
mod lock;

use std::io;
use std::path::{Path, PathBuf};

use axum::body::Bytes;
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, TableHandle as _,
};
use serde_json::Value;

use guard::guarded;
pub(crate) use lock::Lock;

const ROWS: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("rows");
const BLOBS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("blobs");
const COUNTERS: TableDefinition<'_, &str, i64> = TableDefinition::new("counters");

/// The way rows are written, under the counter `format`. A change of it needs a reader of the old one.
const FORMAT: i64 = 1;
const DATABASE: &str = "state.redb";
/// A database that is being made. It gets its name when it is whole.
const UNFINISHED: &str = "state.redb.new";
/// Memory for pages of the database. Rows are read once, so it pays for nothing but large archives.
const CACHE: usize = 4 << 20;

/// An open database.
pub(crate) struct Disk {
    path: PathBuf,
    database: Option<Database>,
    lock: Option<Lock>,
}

/// Counters that never go back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counters {
    pub(crate) stamp: i64,
    /// State of a seeded source of ids.
    pub(crate) ids: Option<u64>,
}

/// Everything but the blobs.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// Name of the table, age and value.
    pub(crate) rows: Vec<(String, u64, Value)>,
    pub(crate) counters: Counters,
}

/// What a call has changed. What has no value any more is gone.
pub(crate) struct Change<'a> {
    pub(crate) rows: Vec<(&'static str, u64, Option<&'a Value>)>,
    pub(crate) blobs: Vec<(&'a str, Option<&'a Bytes>)>,
    pub(crate) counters: Counters,
}

impl Disk {
    /// Opens the database in a folder that nobody else uses, or makes one.
    pub(crate) fn open(lock: Lock) -> io::Result<Self> {
        let mut disk = Self {
            path: lock.folder().join(DATABASE),
            database: None,
            lock: Some(lock),
        };
        if disk.path.try_exists()? {
            disk.reopen()?;
        } else {
            disk.database = Some(create(&disk.path)?);
        }
        Ok(disk)
    }

    /// Opens the database again, which it needs after a failure.
    pub(crate) fn reopen(&mut self) -> io::Result<()> {
        self.let_go();
        if self.lock.is_none() {
            return Err(closed());
        }
        let opened = guarded(|| Ok(database().open(&self.path)?));
        self.database = Some(opened.map_err(|error| self.unreadable(&error))?);
        Ok(())
    }

    /// What was stored; nothing when nothing ever was.
    pub(crate) fn load(&self) -> io::Result<Option<Content>> {
        let database = self.database()?;
        let loaded = guarded(|| load(database));
        loaded.map_err(|error| self.unreadable(&error))
    }

    /// Stores a change in one transaction and waits until it is safe.
    pub(crate) fn write(&self, change: &Change<'_>) -> io::Result<()> {
        let database = self.database()?;
        guarded(|| write(database, change)).map_err(|error| {
            let text = format!(
                "cannot store the change in {}: {error}",
                self.path.display()
            );
            io::Error::new(error.kind(), text)
        })
    }

    pub(crate) fn blob(&self, id: &str) -> io::Result<Option<Bytes>> {
        let database = self.database()?;
        let read = guarded(|| {
            let table = database.begin_read()?.open_table(BLOBS)?;
            let found = table.get(id)?;
            Ok(found.map(|bytes| Bytes::copy_from_slice(bytes.value())))
        });
        read.map_err(|error| self.unreadable(&error))
    }

    /// Lets another process have the folder.
    pub(crate) fn close(&mut self) {
        self.let_go();
        self.lock = None;
    }

    /// Lets the database end its work, which it does when it is dropped.
    fn let_go(&mut self) {
        let database = self.database.take();
        // There is nothing to be done about a failure: whoever opens it next repairs it.
        let _ = guarded(|| {
            drop(database);
            Ok(())
        });
    }

    fn database(&self) -> io::Result<&Database> {
        self.database.as_ref().ok_or_else(closed)
    }

    fn unreadable(&self, error: &io::Error) -> io::Error {
        let text = format!(
            "cannot read {}: {error}; if it cannot be restored, reset the sandbox to begin anew",
            self.path.display()
        );
        io::Error::new(error.kind(), text)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.close();
    }
}

/// Removes what [`Disk::open`] has made, but for the folder and its lock. Returns whether there was something.
pub(crate) fn remove(lock: &Lock) -> io::Result<bool> {
    let mut found = false;
    for name in [UNFINISHED, DATABASE] {
        match std::fs::remove_file(lock.folder().join(name)) {
            Ok(()) => found = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    sync_folder(lock.folder())?;
    Ok(found)
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the sandbox was stopped")
}

fn database() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

/// Makes an empty database. It appears under its name when it is whole, whenever the process is killed.
fn create(path: &Path) -> io::Result<Database> {
    let unfinished = path.with_file_name(UNFINISHED);
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    lock::private().create_new(true).open(&unfinished)?;
    let database = guarded(|| Ok(database().create(&unfinished)?))?;
    std::fs::rename(&unfinished, path)?;
    path.parent().map_or(Ok(()), sync_folder)?;
    Ok(database)
}

/// Makes new names in a folder survive a power cut, where that needs anything.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn load(database: &Database) -> Result<Option<Content>, redb::Error> {
    let reading = database.begin_read()?;
    let tables: Vec<String> = reading
        .list_tables()?
        .map(|table| table.name().to_owned())
        .collect();
    if tables.is_empty() {
        return Ok(None);
    }
    let ours = |table: &String| [ROWS.name(), BLOBS.name(), COUNTERS.name()].contains(&&**table);
    if !tables.iter().all(ours) {
        return Err(invalid("it belongs to another program"));
    }
    let counters = reading.open_table(COUNTERS)?;
    let counter = |name: &str| Ok::<_, redb::Error>(counters.get(name)?.map(|value| value.value()));
    match counter("format")? {
        Some(FORMAT) => {}
        Some(_) => return Err(invalid("another version of the sandbox has written it")),
        None => return Err(invalid("it belongs to another program")),
    }
    let mut rows = Vec::new();
    for entry in reading.open_table(ROWS)?.iter()? {
        let (key, value) = entry?;
        let (table, age) = key.value();
        let row = serde_json::from_slice(value.value())
            .map_err(|_| invalid(&format!("row {age} of \"{table}\" is damaged")))?;
        rows.push((table.to_owned(), age, row));
    }
    let counters = Counters {
        stamp: counter("stamp")?.unwrap_or_default(),
        ids: counter("ids")?.map(i64::cast_unsigned),
    };
    Ok(Some(Content { rows, counters }))
}

fn invalid(text: &str) -> redb::Error {
    io::Error::new(io::ErrorKind::InvalidData, text).into()
}

fn write(database: &Database, change: &Change<'_>) -> Result<(), redb::Error> {
    let writing = database.begin_write()?;
    {
        let mut rows = writing.open_table(ROWS)?;
        for &(table, age, row) in &change.rows {
            match row {
                Some(row) => rows.insert((table, age), row.to_string().as_bytes())?,
                None => rows.remove((table, age))?,
            };
        }
        let mut blobs = writing.open_table(BLOBS)?;
        for &(id, bytes) in &change.blobs {
            match bytes {
                Some(bytes) => blobs.insert(id, &**bytes)?,
                None => blobs.remove(id)?,
            };
        }
        let mut counters = writing.open_table(COUNTERS)?;
        counters.insert("format", FORMAT)?;
        counters.insert("stamp", change.counters.stamp)?;
        if let Some(ids) = change.counters.ids {
            counters.insert("ids", ids.cast_signed())?;
        }
    }
    // Transactions of redb are durable unless told otherwise.
    writing.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    async fn disk(folder: &Path) -> io::Result<Disk> {
        Disk::open(Lock::take(folder, Duration::ZERO).await?)
    }

    fn write_rows(disk: &Disk, ages: std::ops::Range<u64>) {
        let row = json!({"id": "x", "text": "y".repeat(500), "number": 1.1});
        let blob = Bytes::from(vec![7; 9_000]);
        for age in ages {
            let change = Change {
                rows: vec![
                    ("environments", age, Some(&row)),
                    ("users", age, Some(&row)),
                ],
                blobs: vec![("blob", Some(&blob))],
                counters: Counters {
                    stamp: 5,
                    ids: Some(u64::MAX),
                },
            };
            disk.write(&change).unwrap();
        }
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = disk(folder.path()).await.unwrap();
        assert!(disk.load().unwrap().is_none());
        write_rows(&disk, 0..3);
        let empty = Bytes::new();
        let gone = Change {
            rows: vec![("users", 1, None), ("users", 9, None)],
            blobs: vec![("blob", None), ("other", Some(&empty))],
            counters: Counters {
                stamp: 6,
                ids: None,
            },
        };
        disk.write(&gone).unwrap();
        disk.reopen().unwrap();
        let content = disk.load().unwrap().unwrap();
        let keys: Vec<_> = content
            .rows
            .iter()
            .map(|(table, age, _)| (&**table, *age))
            .collect();
        let environments = (0..3).map(|age| ("environments", age));
        assert!(
            keys.into_iter()
                .eq(environments.chain([("users", 0), ("users", 2)]))
        );
        assert_eq!(content.rows[0].2["number"], 1.1);
        let expected = Counters {
            stamp: 6,
            ids: Some(u64::MAX),
        };
        assert_eq!(content.counters, expected);
        assert_eq!(disk.blob("blob").unwrap(), None);
        assert_eq!(disk.blob("other").unwrap(), Some(Bytes::new()));
        disk.close();
        assert!(disk.blob("other").is_err() && disk.reopen().is_err());
    }

    #[tokio::test]
    async fn a_database_that_is_being_made_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(UNFINISHED), "half a header").unwrap();
        let disk = disk(folder.path()).await.unwrap();
        assert!(disk.load().unwrap().is_none());
        assert!(!folder.path().join(UNFINISHED).exists());
    }

    #[tokio::test]
    async fn databases_of_others_are_refused() {
        let refusal = async |format: Option<i64>| {
            let folder = tempfile::tempdir().unwrap();
            let other = Database::create(folder.path().join(DATABASE)).unwrap();
            let writing = other.begin_write().unwrap();
            let name = if format.is_some() {
                "counters"
            } else {
                "stamps"
            };
            let table: TableDefinition<'_, &str, i64> = TableDefinition::new(name);
            let value = format.unwrap_or_default();
            writing
                .open_table(table)
                .unwrap()
                .insert("format", value)
                .unwrap();
            writing.commit().unwrap();
            drop(other);
            let refused = disk(folder.path()).await.unwrap().load().unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
            refused.to_string()
        };
        assert!(refusal(None).await.contains("another program"));
        assert!(refusal(Some(FORMAT + 1)).await.contains("another version"));
    }

    /// Whatever is damaged, it is told by an error, or it does not matter.
    #[tokio::test]
    async fn damage_is_never_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DATABASE);
        let mut whole = disk(folder.path()).await.unwrap();
        write_rows(&whole, 0..40);
        whole.close();
        let whole = std::fs::read(&path).unwrap();
        let used = whole.iter().rposition(|byte| *byte != 0).unwrap();
        let (mut state, mut told) = (7_u64, 0);
        let mut below = |limit: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % limit
        };
        for round in 0..120 {
            let mut bytes = whole.clone();
            let at = below(used);
            match round % 4 {
                0 => bytes.truncate(at),
                1 => bytes[at] ^= 1 << below(8),
                2 => bytes[at / 4096 * 4096..][..4096].fill(0),
                _ => bytes[at..]
                    .iter_mut()
                    .take(64)
                    .for_each(|byte| *byte = !*byte),
            }
            std::fs::write(&path, bytes).unwrap();
            let outcome = disk(folder.path()).await.and_then(|disk| {
                disk.load()?;
                write_rows_or_fail(&disk)?;
                disk.blob("blob")
            });
            told += usize::from(outcome.is_err());
        }
        println!("{told} of 120 damaged databases were refused");
        assert!(told > 30, "{told}");
    }

    fn write_rows_or_fail(disk: &Disk) -> io::Result<()> {
        disk.write(&Change {
            rows: vec![("environments", 3, Some(&json!({})))],
            blobs: Vec::new(),
            counters: Counters::default(),
        })
    }
}
