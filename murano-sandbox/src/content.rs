//! Content that is there before the first call, without a call.

use std::io::{Error, ErrorKind, Result};

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::archive;
use crate::errors::Failure;
use crate::json::{Fields as _, Object};
use crate::routes::{environments, package_upload};
use crate::sandbox::Sandbox;
use crate::state::{Store, Table};

impl Sandbox {
    /// Puts a package into a project's catalog, from the bytes of its archive, and returns its id.
    ///
    /// Whether the project has one of the name is not looked at: an upload would be refused.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) for an unknown project, [`InvalidData`](ErrorKind::InvalidData) for an archive
    /// that an upload would be refused for.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use murano_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// assert!(sandbox.add_package("demo", b"no archive".to_vec()).is_err());
    /// # Ok(()) }
    /// ```
    pub fn add_package(&self, project: &str, archive: Vec<u8>) -> Result<String> {
        let bytes = Bytes::from(archive);
        let package = archive::open(bytes.clone()).map_err(|failure| refused(&failure))?;
        let choice = json!({"is_public": false, "enabled": true, "categories": [], "tags": []});
        self.fill(|db| {
            let project = project_id(db, project)?;
            Ok(package_upload::store(
                db,
                &project,
                (package, bytes),
                &choice,
            ))
        })
    }

    /// Makes an environment in a project, with these object models as its applications, not deployed yet, and returns
    /// its id.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) for an unknown project, [`InvalidData`](ErrorKind::InvalidData) for a name the
    /// project has already.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// use murano_sandbox::Sandbox;
    /// use serde_json::json;
    ///
    /// let sandbox = Sandbox::start().await?;
    /// let app = json!({"?": {"id": "a1", "type": "io.murano.Application"}});
    /// sandbox.add_environment("demo", "shop", vec![app])?;
    /// assert!(sandbox.add_environment("demo", "shop", Vec::new()).is_err());
    /// assert!(sandbox.add_environment("nobody", "shop", Vec::new()).is_err());
    /// # Ok(()) }
    /// ```
    pub fn add_environment(
        &self,
        project: &str,
        name: &str,
        applications: Vec<Value>,
    ) -> Result<String> {
        let mut given = Object::new();
        given.insert("name".to_owned(), name.into());
        if !applications.is_empty() {
            given.insert("services".to_owned(), applications.into());
        }
        self.fill(|db| {
            let project = project_id(db, project)?;
            let made =
                environments::make(db, &project, &given).map_err(|failure| refused(&failure))?;
            Ok(made.text("id").to_owned())
        })
    }

    /// Changes the store and keeps the change as a call would.
    fn fill(&self, change: impl FnOnce(&mut Store) -> Result<String>) -> Result<String> {
        let mut store = self.store();
        let id = change(&mut store)?;
        store.commit()?;
        Ok(id)
    }
}

fn project_id(db: &Store, name: &str) -> Result<String> {
    let found = db.find(Table::Projects, "name", name);
    found
        .map(|project| project.text("id").to_owned())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("there is no project \"{name}\""),
            )
        })
}

fn refused(failure: &Failure) -> Error {
    let body = failure.render(Some("application/json")).body;
    Error::new(ErrorKind::InvalidData, body)
}
