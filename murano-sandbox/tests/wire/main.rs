//! What comes over the wire, compared with what the services send.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail"
)]

mod actions;
mod categories;
mod content;
mod deployments;
mod disk;
mod environments;
mod faults;
mod identity;
mod images;
mod maintenance;
mod mogan;
mod packages;
mod services;
mod sessions;
mod support;
mod templates;
mod transport;
