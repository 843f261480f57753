//! Everything a sandbox remembers.
//!
//! Rows are JSON values in tables, archives are blobs beside them. All writing goes through [`Store::put`],
//! [`Store::update`], [`Store::remove`] and the blob functions, which note what has changed. [`Store::commit`] takes it
//! to the disk, where there is one, before the answer to a call is sent. Rows are read from memory; a kept blob is
//! read from the disk each time, so that memory does not grow with the packages.

mod ids;
mod rows;
mod snapshot;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use axum::body::Bytes;
use serde_json::Value;

use crate::disk::{Change, Content, Counters, Disk};
use crate::json::Fields as _;

pub(crate) use ids::Ids;
use rows::Rows;
pub use snapshot::Snapshot;

/// The tables of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Users,
    Projects,
    Roles,
    Grants,
    AppCredentials,
    Tokens,
    Services,
    Endpoints,
    Environments,
    Sessions,
    Deployments,
    Reports,
    Templates,
    Packages,
    Classes,
    Categories,
    Images,
    Statistics,
    MaintenanceSessions,
    MaintenanceConstraints,
    Instances,
    Flavors,
    Hosts,
}

impl Table {
    /// All tables that outlive the process, under the names they have on the disk. The hosts count the calls since the
    /// start, as those of the service do, so they are not kept.
    const KEPT: [(Self, &str); 22] = [
        (Self::Users, "users"),
        (Self::Projects, "projects"),
        (Self::Roles, "roles"),
        (Self::Grants, "grants"),
        (Self::AppCredentials, "app_credentials"),
        (Self::Tokens, "tokens"),
        (Self::Services, "services"),
        (Self::Endpoints, "endpoints"),
        (Self::Environments, "environments"),
        (Self::Sessions, "sessions"),
        (Self::Deployments, "deployments"),
        (Self::Reports, "reports"),
        (Self::Templates, "templates"),
        (Self::Packages, "packages"),
        (Self::Classes, "classes"),
        (Self::Categories, "categories"),
        (Self::Images, "images"),
        (Self::Statistics, "statistics"),
        (Self::MaintenanceSessions, "maintenance_sessions"),
        (Self::MaintenanceConstraints, "maintenance_constraints"),
        (Self::Instances, "instances"),
        (Self::Flavors, "flavors"),
    ];

    /// The name on the disk; none for a table that is not kept.
    fn name(self) -> Option<&'static str> {
        let found = Self::KEPT.iter().find(|(table, _)| *table == self);
        found.map(|(_, name)| *name)
    }

    fn named(name: &str) -> Option<Self> {
        let found = Self::KEPT.iter().find(|(_, known)| *known == name);
        found.map(|(table, _)| *table)
    }
}

/// Rows by table and id in the order of their creation, and blobs by id.
pub(crate) struct Store {
    tables: BTreeMap<Table, Rows>,
    /// All blobs; with a disk, those that are not on it yet.
    blobs: HashMap<String, Bytes>,
    ids: Ids,
    next_age: u64,
    clock_now: i64,
    last_stamp: i64,
    disk: Option<Disk>,
    changed: BTreeSet<(Table, u64)>,
    changed_blobs: BTreeSet<String>,
    /// A failure to read that the call under way must not overlook.
    trouble: RefCell<Option<io::Error>>,
    /// Whether memory may say something else than the disk.
    in_doubt: bool,
}

// Rows hold passwords and tokens of the imitated users; nobody needs them in a panic message.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// An empty store in memory.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self {
            tables: BTreeMap::new(),
            blobs: HashMap::new(),
            ids: Ids::new(seed),
            next_age: 0,
            clock_now: 0,
            last_stamp: 0,
            disk: None,
            changed: BTreeSet::new(),
            changed_blobs: BTreeSet::new(),
            trouble: RefCell::new(None),
            in_doubt: false,
        }
    }

    /// What the disk has; a disk without anything gets an empty store with ids from `seed`.
    pub(crate) fn open(disk: Disk, seed: Option<u64>) -> io::Result<Self> {
        let mut store = Self::new(seed);
        if let Some(content) = disk.load()? {
            store.fill(content)?;
        }
        store.disk = Some(disk);
        Ok(store)
    }

    fn fill(&mut self, content: Content) -> io::Result<()> {
        self.tables.clear();
        for (name, age, row) in content.rows {
            let Some(table) = Table::named(&name) else {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("it has a table \"{name}\", which this version does not know"),
                ));
            };
            self.next_age = self.next_age.max(age + 1);
            self.tables.entry(table).or_default().insert(age, row);
        }
        self.ids = Ids::new(content.counters.ids);
        self.last_stamp = content.counters.stamp;
        Ok(())
    }

    /// Whether nothing was ever stored.
    pub(crate) fn is_new(&self) -> bool {
        self.tables.is_empty()
    }

    /// A source of ids for what is not stored, which leaves the ids of rows alone.
    pub(crate) fn other_ids(&self) -> Ids {
        self.ids.other()
    }

    /// Takes all changes to the disk in one transaction. Does nothing in memory.
    ///
    /// # Errors
    ///
    /// When the changes are not stored, or this may be so. They are forgotten then.
    pub(crate) fn commit(&mut self) -> io::Result<()> {
        let Some(disk) = &mut self.disk else {
            return Ok(());
        };
        let mut outcome = match self.trouble.take() {
            Some(error) => Err(error),
            None => Ok(()),
        };
        if self.in_doubt {
            outcome = Err(io::Error::other("the last change may not be stored"));
        }
        let change = Change {
            rows: changed_rows(&self.tables, &self.changed),
            blobs: changed_blobs(&self.blobs, &self.changed_blobs),
            counters: Counters {
                stamp: self.last_stamp,
                ids: self.ids.state(),
            },
        };
        if outcome.is_ok() && !(change.rows.is_empty() && change.blobs.is_empty()) {
            outcome = disk.write(&change);
        }
        self.changed.clear();
        self.changed_blobs.clear();
        self.blobs.clear();
        if outcome.is_err() {
            // Nobody knows how far it came: what the disk says is what counts.
            let content = disk.reopen().and_then(|()| disk.load());
            let read = content.and_then(|content| self.fill(content.unwrap_or_default()));
            self.in_doubt = read.is_err();
        }
        outcome
    }

    /// Lets go of the disk. Later changes are refused.
    pub(crate) fn close(&mut self) {
        if let Some(disk) = &mut self.disk {
            disk.close();
        }
    }

    /// Tells the store what time it is; done once at the beginning of each call.
    pub(crate) fn set_now(&mut self, now: i64) {
        self.clock_now = now;
    }

    /// The time of the clock in microseconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock_now
    }

    /// The time of the clock, made unique, so that rows written within one tick keep their order.
    pub(crate) fn stamp(&mut self) -> i64 {
        self.last_stamp = self.clock_now.max(self.last_stamp + 1);
        self.last_stamp
    }

    /// A new id: 32 hex digits.
    pub(crate) fn new_id(&mut self) -> String {
        self.ids.next().simple().to_string()
    }

    /// A new id in the form of those that are made of the time: a UUID of version 1.
    pub(crate) fn new_time_id(&mut self) -> String {
        let id = uuid::Builder::from_bytes(*self.ids.next().as_bytes());
        let id = id.with_version(uuid::Version::Mac).into_uuid();
        id.hyphenated().to_string()
    }

    /// A new id of the services that write them with hyphens.
    pub(crate) fn new_uuid(&mut self) -> String {
        self.ids.next().hyphenated().to_string()
    }

    pub(crate) fn get(&self, table: Table, id: &str) -> Option<&Value> {
        self.tables.get(&table)?.get(id)
    }

    /// All rows of a table, oldest first.
    pub(crate) fn rows(&self, table: Table) -> impl DoubleEndedIterator<Item = &Value> {
        self.tables.get(&table).into_iter().flat_map(Rows::all)
    }

    /// The first row with this text member.
    pub(crate) fn find(&self, table: Table, key: &str, value: &str) -> Option<&Value> {
        self.rows(table).find(|row| row.text(key) == value)
    }

    /// Stores a row under its member `id`, in the place of the row that had it before.
    pub(crate) fn put(&mut self, table: Table, row: Value) {
        let rows = self.tables.entry(table).or_default();
        let age = rows.age(row.text("id")).unwrap_or(self.next_age);
        self.next_age = self.next_age.max(age + 1);
        rows.insert(age, row);
        self.changed.insert((table, age));
    }

    /// Changes a row in place. Returns whether it exists.
    pub(crate) fn update(
        &mut self,
        table: Table,
        id: &str,
        change: impl FnOnce(&mut Value),
    ) -> bool {
        let rows = self.tables.get_mut(&table);
        let Some((age, row)) = rows.and_then(|rows| rows.get_mut(id)) else {
            return false;
        };
        change(row);
        self.changed.insert((table, age));
        true
    }

    pub(crate) fn remove(&mut self, table: Table, id: &str) -> Option<Value> {
        let (age, row) = self.tables.get_mut(&table)?.remove(id)?;
        self.changed.insert((table, age));
        Some(row)
    }

    /// Removes every row with this text member.
    pub(crate) fn remove_where(&mut self, table: Table, key: &str, value: &str) {
        let doomed: Vec<String> = self
            .rows(table)
            .filter(|row| row.text(key) == value)
            .map(|row| row.text("id").to_owned())
            .collect();
        for id in doomed {
            self.remove(table, &id);
        }
    }

    pub(crate) fn blob(&self, id: &str) -> Option<Bytes> {
        let here = self.blobs.get(id).cloned();
        match &self.disk {
            Some(disk) if here.is_none() && !self.changed_blobs.contains(id) => {
                disk.blob(id).unwrap_or_else(|error| {
                    self.trouble.replace(Some(error));
                    None
                })
            }
            _ => here,
        }
    }

    pub(crate) fn put_blob(&mut self, id: &str, bytes: Bytes) {
        self.blobs.insert(id.to_owned(), bytes);
        self.changed_blobs.insert(id.to_owned());
    }

    pub(crate) fn remove_blob(&mut self, id: &str) {
        self.blobs.remove(id);
        self.changed_blobs.insert(id.to_owned());
    }
}

/// Names, ages and new values of the rows to write; no value for a row that is gone.
fn changed_rows<'a>(
    tables: &'a BTreeMap<Table, Rows>,
    changed: &BTreeSet<(Table, u64)>,
) -> Vec<(&'static str, u64, Option<&'a Value>)> {
    let row = |&(table, age): &(Table, u64)| {
        let value = tables.get(&table).and_then(|rows| rows.of_age(age));
        Some((table.name()?, age, value))
    };
    changed.iter().filter_map(row).collect()
}

fn changed_blobs<'a>(
    blobs: &'a HashMap<String, Bytes>,
    changed: &'a BTreeSet<String>,
) -> Vec<(&'a str, Option<&'a Bytes>)> {
    let blob = |id: &'a String| (id.as_str(), blobs.get(id));
    changed.iter().map(blob).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn stamps_of_a_standing_clock_still_grow() {
        let mut store = Store::new(None);
        store.set_now(50);
        assert_eq!((store.stamp(), store.stamp()), (50, 51));
        store.set_now(60);
        assert_eq!(store.stamp(), 60);
    }

    #[test]
    fn rows_keep_the_order_of_their_creation() {
        let mut store = Store::new(None);
        for id in ["b", "a", "c"] {
            store.put(Table::Roles, json!({"id": id, "kind": "x"}));
        }
        store.remove(Table::Roles, "b");
        let ids: Vec<_> = store.rows(Table::Roles).map(|row| row.text("id")).collect();
        assert_eq!(ids, ["a", "c"]);
        store.remove_where(Table::Roles, "kind", "x");
        assert_eq!(store.rows(Table::Roles).count(), 0);
    }
}
