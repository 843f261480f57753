//! Who we are: settings from files, variables and code, and the login at Keystone.
//!
//! A value is taken from the last of these that has it: built-in defaults, `clouds.yaml` with
//! `secure.yaml`, `OS_*` variables, what the program sets itself.
//!
//! A token can be kept for other runs of the program, see [`TokenCache`]; a secret that the settings
//! do not have can be found when it is needed, see [`SecretSource`].

pub(crate) mod access;
mod cache;
mod clouds;
mod config;
mod env;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod identity;
pub(crate) mod keystone;
mod receipt;
pub(crate) mod service;
mod settings;

pub use access::SecretSource;
pub use cache::{CachedLogin, TokenCache, Vault};
pub(crate) use config::{Config, Login, transport_options};
pub use identity::SecretKind;
pub use keystone::TokenInfo;
pub use settings::{Setting, Settings, Source};
