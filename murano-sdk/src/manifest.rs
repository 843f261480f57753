//! Environments as files: what is to be deployed, compared with what is, and made so.
//!
//! A [`Document`] describes an environment or a template by names: its applications, their properties,
//! and which of them refers to which. A [`Plan`] is what differs between that and the service; to apply
//! it changes nothing else, and a plan without differences changes nothing at all.
//!
//! ```
//! # use murano_sdk::Client;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(std::time::Duration::ZERO).start().await?;
//! # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
//! use murano_sdk::manifest::{Document, DryRun, Event, Variables};
//!
//! let text = "
//! name: shop
//! packages:
//!   com.example.Greeter: {path: ../tests/data/packages/greeter}
//! applications:
//!   till:
//!     class: com.example.Greeter
//!     properties: {name: '${WHOM:-Ann}', size: 2}
//! ";
//! let shop = &Document::parse(text, &Variables::new())?[0];
//! let tried = shop.apply(&murano).unchecked().dry_run(DryRun::Client).await?;
//! assert!(!tried.is_deployed() && !tried.plan.is_empty());
//!
//! let applied = shop.apply(&murano).prune(true).observe(|event| match event {
//!     Event::Overtaken { .. } => println!("somebody else was faster"),
//!     _ => {}
//! });
//! let stop = std::sync::Arc::default();
//! let applied = applied.patience(std::time::Duration::from_secs(60)).attempts(5).stop_when(&stop);
//! let applied = applied.interval(std::time::Duration::from_secs(1)).await?;
//! applied.wait().expect("there was something to do").await?;
//!
//! let plan = shop.plan(&murano).await?;
//! assert!(plan.is_empty() && plan.changes().is_empty() && plan.patch(false).is_empty());
//! # Ok(()) }
//! ```
//!
//! Applications keep their ids: the name of each in the document is kept in the member `name` of its `?`,
//! which is the one that the service carries through deployments. An application that was made without
//! such a name is taken for the one of its property `name`, where class and name fit a single one.

mod applied;
mod apply;
mod changes;
mod check;
mod classes;
mod export;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod mark;
mod merge;
mod networks;
mod notation;
mod packages;
mod patch;
mod plan;
mod read;
mod rollback;
mod server;
mod template;
#[cfg(test)]
mod tests;
mod variables;
mod write;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

pub use applied::{Applied, DryRun, Event};
pub use apply::Apply;
pub use changes::{Change, ChangeKind};
pub use export::{Export, Exported};
pub use patch::{diff, patch};
pub use plan::{MakePlan, Plan};
pub use rollback::Rollback;
pub use variables::Variables;

use crate::{
    client::Client,
    error::{Error, Result},
};

/// What a [`Document`] describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// An environment.
    Environment,
    /// A template of environments.
    Template,
}

impl Kind {
    /// The word for it.
    ///
    /// ```
    /// assert_eq!(murano_sdk::manifest::Kind::Template.as_str(), "template");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Template => "template",
        }
    }
}

/// An environment or a template, as a file describes it.
///
/// What it does not mention is left as it is: a property, the region, the networks. Values of properties
/// are JSON, in which objects and references are written so:
///
/// | notation | meaning |
/// | --- | --- |
/// | `{$class: NAME, $version: RANGE, $package: NAME, property: …}` | an object inside of the application |
/// | `{$ref: NAME}`, `{$ref: NAME/property}` | another application, or an object inside of one |
/// | `$$name` as a key | the key `$name` |
///
/// ```
/// # use murano_sdk::Client;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use murano_sdk::manifest::{Document, Variables};
///
/// # let place = tempfile::tempdir()?;
/// # let file = place.path().join("shop.yaml");
/// std::fs::write(&file, "name: ${NAME}-shop\nregion: RegionOne\n---\n{kind: template, name: plan}\n")?;
/// let values = Variables::new().set("NAME", "corner");
/// let documents = Document::open(&file, &values)?;
/// assert_eq!(documents[0].name, "corner-shop");
/// assert_eq!(documents[1].to_yaml(), "kind: template\nname: plan\n");
/// assert_eq!(documents[0].to_value()["region"], "RegionOne");
///
/// let error = Document::parse("name: shop\nreggion: x\n", &values).unwrap_err();
/// assert_eq!(error.to_string(), "line 2: unknown key \"reggion\", there are applications, description, \
///     kind, name, networks, packages, region");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// What it describes.
    pub kind: Kind,
    /// Name of the environment or template, by which it is found.
    pub name: String,
    /// Free text. That of an environment counts when it is created, the server cannot change it later.
    pub description: Option<String>,
    /// Region of the cloud that an environment is deployed to.
    pub region: Option<String>,
    /// Whether other projects see a template.
    pub public: Option<bool>,
    /// What instances of an environment are connected to by default.
    pub networks: Option<Networks>,
    /// Packages that are to be in the catalog.
    pub packages: Vec<NeededPackage>,
    /// Its applications.
    pub applications: Vec<Application>,
}

/// An application of a [`Document`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Application {
    /// Name in the document, by which the application is known across runs.
    pub name: String,
    /// Full name of its class.
    pub class: String,
    /// Version or range of versions of the package with the class; none is any `0.x`.
    pub version: Option<String>,
    /// Full name of the package with the class.
    pub package: Option<String>,
    /// Values of its properties, in the notation of [`Document`].
    pub properties: Map<String, Value>,
}

/// A package that a [`Document`] needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NeededPackage {
    /// Full name.
    pub name: String,
    /// Versions that will do; none is any.
    pub version: Option<String>,
    /// Folder or archive to import it from.
    pub path: Option<PathBuf>,
    /// Folder or URL of a repository to import it from, with what it requires.
    pub repository: Option<String>,
}

/// Default networks of an environment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Networks {
    /// An existing network is joined.
    Existing {
        /// Name or id of the network.
        network: Option<String>,
        /// Name or id of the subnetwork.
        subnetwork: Option<String>,
    },
    /// Anything else, as an object in the notation of [`Document`].
    Object {
        /// The network of the environment.
        environment: Value,
        /// The flat network; null for none.
        flat: Value,
    },
}

impl Document {
    /// Reads all documents of a text in YAML or JSON. Paths in it begin at the current folder.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) with the line: for what is no document, an unknown
    /// key, a variable without a value, a reference to nothing.
    pub fn parse(text: &str, variables: &Variables) -> Result<Vec<Self>> {
        read::documents(text, variables, Path::new(""))
    }

    /// Reads all documents of a file. Paths in it begin at its folder.
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Self::parse), with the name of the file before the line;
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) where it cannot be read.
    pub fn open(path: impl AsRef<Path>, variables: &Variables) -> Result<Vec<Self>> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        read::documents(&text, variables, folder).map_err(|error| {
            let told = format!("{}: {error}", path.display());
            error.with_message(told)
        })
    }

    /// The document as JSON, as a file would have it.
    pub fn to_value(&self) -> Value {
        write::value(self)
    }

    /// The document as YAML.
    pub fn to_yaml(&self) -> String {
        crate::yaml::to_string(&self.to_value())
    }

    /// Reads what is there and computes what differs. Nothing is changed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Ambiguous`](crate::ErrorKind::Ambiguous) where several applications have the name of one of
    /// the document; [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) where what would be removed is still
    /// referred to.
    pub fn plan(&self, client: &Client) -> MakePlan {
        MakePlan::new(client.clone(), plan::Aim::document(self))
    }

    /// Makes the environment or template as the document says: one session, one deployment, and neither
    /// where nothing differs.
    ///
    /// Where another session is deployed in between, what is there is read and compared again; nothing is
    /// overwritten unseen. The server by itself accepts two sessions that are deployed within the same few hundredths
    /// of a second, so of two that apply one waits for the other: for the time of that one call the project has a
    /// template `deploying-ID` with the environment's id. A session that is not deployed in the end is discarded, and
    /// an environment that was created for it is deleted.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](Self::plan); those of an import; [`ErrorKind::State`](crate::ErrorKind::State) where
    /// others were faster each time.
    pub fn apply(&self, client: &Client) -> Apply {
        Apply::new(client.clone(), plan::Aim::document(self))
    }
}
