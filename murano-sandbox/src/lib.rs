#![doc = include_str!("../README.md")]

mod accept;
mod archive;
mod catalog;
mod classes;
mod clock;
mod content;
mod contracts;
mod disk;
mod engine;
mod errors;
mod faults;
mod fenix;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod hot;
mod identity;
mod image;
mod json;
mod library;
mod log;
mod model;
mod mogan;
mod patch;
mod query;
mod routes;
mod sandbox;
mod seed;
mod server;
mod state;
mod upload;
mod versions;
mod yaml;

pub use clock::Clock;
pub use faults::Fault;
pub use fenix::Fenix;
pub use log::Call;
pub use mogan::MoganEra;
pub use sandbox::{ACCOUNTS, Account, Builder, Sandbox};
pub use state::Snapshot;
