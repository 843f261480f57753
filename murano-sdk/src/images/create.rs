//! The record of a new image.

use serde_json::{Map, Value};

use super::{Image, Visibility};
use crate::{
    auth::service::IMAGE,
    client::Client,
    error::{ErrorKind, Result},
    request::{Request, awaitable},
};

/// Request of [`Images::create`](super::Images::create).
///
/// ```
/// # use murano_sdk::{Client, ErrorKind, images::Visibility};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let create = || murano.images().create("debian-12").disk_format("raw").container_format("bare");
/// let image = create().property("os_distro", "debian").visibility(&Visibility::Private).await?;
/// assert_eq!(image.extra["os_distro"], "debian");
/// let error = create().visibility(&Visibility::Public).await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Forbidden);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct CreateImage {
    client: Client,
    members: Map<String, Value>,
}

impl CreateImage {
    pub(super) fn new(client: Client, name: String) -> Self {
        let this = Self {
            client,
            members: Map::new(),
        };
        this.with("name", name)
    }

    /// Format of its disk, such as `qcow2` or `raw`.
    pub fn disk_format(self, format: impl Into<String>) -> Self {
        self.with("disk_format", format)
    }

    /// Format of its container, mostly `bare`.
    pub fn container_format(self, format: impl Into<String>) -> Self {
        self.with("container_format", format)
    }

    /// Who sees it; the service's default is `shared`.
    pub fn visibility(self, visibility: &Visibility) -> Self {
        self.with("visibility", visibility.as_str())
    }

    /// A property of its own.
    pub fn property(self, name: &str, value: impl Into<String>) -> Self {
        self.with(name, value)
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.members.insert(name.to_owned(), value.into().into());
        self
    }

    pub(super) fn request(&self) -> Request {
        Request::post(&["images"])
            .to(&IMAGE)
            .json(Value::Object(self.members.clone()))
    }

    async fn send(self) -> Result<Image> {
        let is_public = self.members.get("visibility") == Some(&"public".into());
        let made = self.client.json(self.request()).await;
        made.map_err(|error: crate::Error| match error.kind() {
            ErrorKind::Forbidden if is_public => {
                let text = "the image cannot be public: this cloud lets only administrators publish images";
                error.with_message(text)
            }
            _ => error,
        })
    }
}

awaitable!(CreateImage => Image);
