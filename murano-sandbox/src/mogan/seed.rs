//! What a sandbox has of Mogan before the first call.

use serde_json::json;

use crate::json::Fields as _;
use crate::state::{Store, Table};

/// Where instances can stand.
pub(super) const ZONES: [&str; 2] = ["az1", "az2"];

/// Two kinds of machines, unless there are any: a folder may be older than the service.
pub(crate) fn seed(db: &mut Store) {
    if db.rows(Table::Flavors).next().is_some() {
        return;
    }
    for (name, description) in [
        ("bm.small", "8 cores, 32 GB"),
        ("bm.large", "32 cores, 256 GB"),
    ] {
        let id = new_uuid(db);
        let created = db.now();
        db.put(
            Table::Flavors,
            json!({ "id": id, "name": name, "description": description, "is_public": true,
                "extra_specs": {}, "created": created }),
        );
    }
}

/// A new id with dashes.
pub(super) fn new_uuid(db: &mut Store) -> String {
    let id = db.new_id();
    [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-")
}

/// Whether there is a kind of machine with this id.
pub(super) fn has_flavor(db: &Store, id: &str) -> bool {
    db.rows(Table::Flavors).any(|row| row.text("id") == id)
}
