#![doc = include_str!("../README.md")]

pub mod actions;
pub mod archive;
pub mod auth;
pub mod categories;
mod client;
pub mod deployments;
pub mod doctor;
pub mod environments;
mod error;
mod fault;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod id;
pub mod images;
pub mod import;
pub mod instances;
mod lenient;
pub mod maintenance;
pub mod manifest;
mod mask;
pub mod model;
mod outcome;
pub mod packages;
mod page;
mod pattern;
pub mod raw;
pub mod repository;
mod request;
pub mod schemas;
mod secret;
pub mod services;
pub mod sessions;
mod state;
pub mod statistics;
pub mod templates;
mod time;
mod transport;
pub mod ui;
mod wait;
pub mod yaml;
pub mod yaql;

pub use client::{Client, ClientBuilder};
pub use error::{Candidate, Error, ErrorKind, Result};
pub use id::{
    CategoryId, DeploymentId, EnvironmentId, ImageId, InstanceId, MaintenanceId, PackageId,
    ProjectId, SessionId, TemplateId, fresh_id,
};
pub use page::Pager;
pub use request::Progress;
pub use secret::Secret;
pub use time::Timestamp;

/// The guide in the folder of documents; its programs are compiled with the other examples.
#[cfg(doctest)]
#[doc = include_str!("../../docs/sdk.md")]
struct Guide;
