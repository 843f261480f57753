//! What a store has at one moment, to look into and to go back to.

use std::collections::{BTreeMap, HashMap};
use std::io;

use axum::body::Bytes;
use serde_json::Value;

use super::rows::Rows;
use super::{Store, Table};

/// Everything a sandbox knew at one moment: see [`Sandbox::snapshot`](crate::Sandbox::snapshot).
#[derive(Clone)]
pub struct Snapshot {
    tables: BTreeMap<Table, Rows>,
    blobs: HashMap<String, Bytes>,
}

// As with the store: there are passwords and tokens in it.
impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").finish_non_exhaustive()
    }
}

impl Snapshot {
    /// The rows of a table such as `environments`, oldest first, as the sandbox keeps them: with members that no
    /// answer has. A table that is not there has none.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// let sandbox = murano_sandbox::Sandbox::start().await?;
    /// let snapshot = sandbox.snapshot();
    /// assert!(snapshot.rows("sessions").is_empty());
    /// assert!(snapshot.rows("packages").iter().any(|row| row["fully_qualified_name"] == "io.murano"));
    /// # Ok(()) }
    /// ```
    pub fn rows(&self, table: &str) -> Vec<&Value> {
        let rows = Table::named(table).and_then(|table| self.tables.get(&table));
        rows.into_iter().flat_map(Rows::all).collect()
    }
}

impl Store {
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            tables: self.tables.clone(),
            blobs: self.blobs.clone(),
        }
    }

    /// Goes back to a snapshot of a store in memory. Ids and stamps go on, so that none is given twice.
    pub(crate) fn restore(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        if self.disk.is_some() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "a sandbox that keeps everything in a folder cannot go back",
            ));
        }
        self.tables.clone_from(&snapshot.tables);
        self.blobs.clone_from(&snapshot.blobs);
        let ages = self.tables.values().filter_map(Rows::newest);
        self.next_age = ages.fold(self.next_age, |next, age| next.max(age + 1));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_came_later_is_gone_and_what_went_is_there() {
        let mut store = Store::new(Some(1));
        let row = |id: &str| json!({"id": id});
        store.put(Table::Environments, row("a"));
        store.put_blob("a", Bytes::from_static(b"zip"));
        let snapshot = store.snapshot();
        store.remove(Table::Environments, "a");
        store.remove_blob("a");
        store.put(Table::Environments, row("b"));
        store.put(Table::Sessions, row("c"));
        store.restore(&snapshot).unwrap();
        store.put(Table::Environments, row("d"));
        let now = store.snapshot();
        assert_eq!(now.rows("environments"), [&row("a"), &row("d")]);
        assert!(now.rows("sessions").is_empty() && now.rows("nothing").is_empty());
        assert_eq!(store.blob("a").unwrap(), "zip");
    }
}
