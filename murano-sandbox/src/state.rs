//! Everything a sandbox remembers.
//!
//! Rows are JSON values in tables, archives are blobs beside them. All writing goes through [`Store::put`],
//! [`Store::update`], [`Store::remove`] and the blob functions, so that a store on disk needs no more than those.

use std::collections::{BTreeMap, HashMap};

use axum::body::Bytes;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::json::Fields as _;

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
    Statistics,
    Hosts,
}

/// Rows by table and id in the order of their creation, and blobs by id.
pub(crate) struct Store {
    tables: BTreeMap<Table, Map<String, Value>>,
    blobs: HashMap<String, Bytes>,
    ids: Ids,
    clock_now: i64,
    last_stamp: i64,
}

// Rows hold passwords and tokens of the imitated users; nobody needs them in a panic message.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self {
            tables: BTreeMap::new(),
            blobs: HashMap::new(),
            ids: Ids::new(seed),
            clock_now: 0,
            last_stamp: 0,
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

    pub(crate) fn get(&self, table: Table, id: &str) -> Option<&Value> {
        self.tables.get(&table)?.get(id)
    }

    /// All rows of a table, oldest first.
    pub(crate) fn rows(&self, table: Table) -> impl DoubleEndedIterator<Item = &Value> {
        self.tables.get(&table).into_iter().flat_map(Map::values)
    }

    /// The first row with this text member.
    pub(crate) fn find(&self, table: Table, key: &str, value: &str) -> Option<&Value> {
        self.rows(table).find(|row| row.text(key) == value)
    }

    /// Stores a row under its member `id`.
    pub(crate) fn put(&mut self, table: Table, row: Value) {
        let id = row.text("id").to_owned();
        self.tables.entry(table).or_default().insert(id, row);
    }

    /// Changes a row in place. Returns whether it exists.
    pub(crate) fn update(
        &mut self,
        table: Table,
        id: &str,
        change: impl FnOnce(&mut Value),
    ) -> bool {
        match self
            .tables
            .get_mut(&table)
            .and_then(|rows| rows.get_mut(id))
        {
            Some(row) => {
                change(row);
                true
            }
            None => false,
        }
    }

    pub(crate) fn remove(&mut self, table: Table, id: &str) -> Option<Value> {
        self.tables.get_mut(&table)?.shift_remove(id)
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
        self.blobs.get(id).cloned()
    }

    pub(crate) fn put_blob(&mut self, id: &str, bytes: Bytes) {
        self.blobs.insert(id.to_owned(), bytes);
    }

    pub(crate) fn remove_blob(&mut self, id: &str) {
        self.blobs.remove(id);
    }
}

/// A source of ids: random, or the same row of ids for the same seed.
#[derive(Debug)]
pub(crate) struct Ids(Option<u64>);

impl Ids {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> Uuid {
        let Some(state) = &mut self.0 else {
            return Uuid::new_v4();
        };
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&mix(state).to_be_bytes());
        bytes[8..].copy_from_slice(&mix(state).to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// One step of the generator known as splitmix64.
fn mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let mut one = Store::new(Some(7));
        let mut two = Store::new(Some(7));
        assert_eq!(one.new_id(), two.new_id());
        assert_ne!(one.new_id(), one.new_id());
        assert_eq!(one.new_id().len(), 32);
    }

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
