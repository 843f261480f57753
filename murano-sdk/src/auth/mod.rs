//! Who we are: settings from files, variables and code, and the login at Keystone.
//!
//! A value is taken from the last of these that has it: built-in defaults, `clouds.yaml` with
//! `secure.yaml`, `OS_*` variables, what the program sets itself.

mod clouds;
mod config;
mod env;
pub(crate) mod keystone;
pub(crate) mod service;
mod settings;

pub(crate) use config::{Config, Login, transport_options};
pub use settings::{Setting, Settings, Source};
