//! The commands: a folder per noun, a file per verb.

pub(crate) mod action;
pub(crate) mod api;
pub(crate) mod app;
pub(crate) mod apply;
pub(crate) mod auth;
pub(crate) mod bundle;
pub(crate) mod category;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod deployment;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod env;
pub(crate) mod export;
pub(crate) mod instance;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod maintenance;
pub(crate) mod man;
pub(crate) mod package;
pub(crate) mod reference;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod session;
pub(crate) mod stats;
pub(crate) mod template;
