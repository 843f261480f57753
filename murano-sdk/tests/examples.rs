//! The example programs run to their ends.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../examples/bare_metal.rs"]
mod bare_metal;
#[path = "../../examples/main_job.rs"]
mod main_job;
#[path = "../../examples/maintenance.rs"]
mod maintenance;
#[path = "../../examples/search_and_download.rs"]
mod search_and_download;

#[test]
fn main_job_ends_well() {
    main_job::main().unwrap();
}

#[test]
fn maintenance_ends_well() {
    maintenance::main().unwrap();
}

#[test]
fn search_and_download_ends_well() {
    search_and_download::main().unwrap();
}

#[test]
fn bare_metal_ends_well() {
    bare_metal::main().unwrap();
}
