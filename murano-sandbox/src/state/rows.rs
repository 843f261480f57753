//! The rows of one table.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::json::Fields as _;

/// Rows in the order of their ages, which are numbers that only grow, and found by their ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    by_age: BTreeMap<u64, Value>,
    ages: HashMap<String, u64>,
}

impl Rows {
    pub(super) fn age(&self, id: &str) -> Option<u64> {
        self.ages.get(id).copied()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Value> {
        self.of_age(self.age(id)?)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<(u64, &mut Value)> {
        let age = self.age(id)?;
        Some((age, self.by_age.get_mut(&age)?))
    }

    pub(super) fn of_age(&self, age: u64) -> Option<&Value> {
        self.by_age.get(&age)
    }

    /// Oldest first.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Value> {
        self.by_age.values()
    }

    /// Age of the newest one.
    pub(super) fn newest(&self) -> Option<u64> {
        self.by_age.keys().next_back().copied()
    }

    pub(super) fn insert(&mut self, age: u64, row: Value) {
        self.ages.insert(row.text("id").to_owned(), age);
        self.by_age.insert(age, row);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<(u64, Value)> {
        let age = self.ages.remove(id)?;
        Some((age, self.by_age.remove(&age)?))
    }
}
