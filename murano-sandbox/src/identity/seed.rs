//! Users, projects and endpoints of a fresh sandbox.

use serde_json::{Value, json};

use super::grants;
use crate::json::Fields as _;
use crate::state::{Store, Table};

/// Name of the project that owns the libraries of a fresh catalog.
pub(crate) const SERVICE_PROJECT: &str = "service";

/// User, password, project, role.
const USERS: [(&str, &str, &str, &str); 4] = [
    ("admin", "secret", "admin", "admin"),
    ("demo", "demo", "demo", "member"),
    ("demo2", "demo2", "demo", "member"),
    ("alt", "alt", "alt", "member"),
];

/// Fills an empty store. The prefix is put before all passwords.
pub(crate) fn seed(db: &mut Store, password_prefix: &str) {
    for role in ["reader", "member", "admin"] {
        let id = db.new_id();
        db.put(
            Table::Roles,
            json!({"id": id, "name": role, "domain_id": null, "description": null,
                "options": {"immutable": true}}),
        );
    }
    for project in ["admin", SERVICE_PROJECT, "demo", "alt"] {
        let id = db.new_id();
        db.put(Table::Projects, project_row(&id, project, ""));
    }
    for (user, password, project, role) in USERS {
        let id = db.new_id();
        db.put(
            Table::Users,
            user_row(&id, user, &format!("{password_prefix}{password}")),
        );
        let project = named(db, Table::Projects, project);
        let role = named(db, Table::Roles, role);
        grants::grant(db, &project, &id, &role);
    }
    for (name, kind, path) in [
        ("keystone", "identity", "/identity/v3"),
        ("murano", "application-catalog", ""),
    ] {
        add_service(db, [name, kind, path], &["public", "internal", "admin"]);
    }
}

/// Services beside Murano and Keystone: name, type and path. They have no other interface than the public one.
const NEIGHBOURS: [[&str; 3]; 3] = [
    ["fenix", "maintenance", "/fenix/v1"],
    ["mogan", "baremetal_compute", "/baremetal_compute/v1"],
    ["glance", "image", "/image"],
];

/// Adds the services beside Murano that are not there yet.
pub(crate) fn add_neighbours(db: &mut Store) {
    for service in NEIGHBOURS {
        if db.find(Table::Services, "type", service[1]).is_none() {
            add_service(db, service, &["public"]);
        }
    }
}

fn add_service(db: &mut Store, [name, kind, path]: [&str; 3], interfaces: &[&str]) {
    let service = db.new_id();
    db.put(
        Table::Services,
        json!({"name": name, "id": service, "type": kind, "enabled": true, "description": ""}),
    );
    for interface in interfaces {
        let id = db.new_id();
        db.put(
            Table::Endpoints,
            json!({"id": id, "interface": interface, "region_id": "RegionOne",
                "service_id": service, "url": path, "enabled": true, "region": "RegionOne"}),
        );
    }
}

/// Id of the row with this name; empty when there is none.
fn named(db: &Store, table: Table, name: &str) -> String {
    db.find(table, "name", name)
        .map(|row| row.text("id").to_owned())
        .unwrap_or_default()
}

/// A stored user. The password stays behind the underscore.
pub(super) fn user_row(id: &str, name: &str, password: &str) -> Value {
    json!({"id": id, "name": name, "domain_id": "default", "enabled": true,
        "password_expires_at": null, "options": {}, "_password": password})
}

/// A stored project.
pub(super) fn project_row(id: &str, name: &str, description: &str) -> Value {
    json!({"id": id, "name": name, "domain_id": "default", "description": description,
        "enabled": true, "parent_id": "default", "is_domain": false, "tags": [], "options": {}})
}
