//! The commands: a folder per noun, a file per verb.

pub(crate) mod app;
pub(crate) mod deployment;
pub(crate) mod env;
pub(crate) mod package;
pub(crate) mod sandbox;
pub(crate) mod session;
