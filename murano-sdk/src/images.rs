//! Images of the same cloud's Glance: what applications start their machines from, and what packages
//! ask for in their `images.lst`.

mod create;
mod digest;
mod ensure;
mod source;

pub use create::CreateImage;
pub use ensure::{EnsureImage, EnsuredImage, ImageOutcome};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
pub use source::ImageSource;

use crate::{
    archive::RequiredImage,
    auth::service::IMAGE,
    client::Client,
    error::Result,
    id::{ImageId, ProjectId},
    lenient,
    page::{Page, Pager},
    request::{Body, Feed, Request, awaitable},
    state::states,
    time::Timestamp,
};

/// The property by which Murano's forms know an image: JSON text of its title and type.
pub const MURANO_IMAGE_INFO: &str = "murano_image_info";

states! {
    /// Whether an image can be used.
    ImageStatus {
        /// The record is there, its data is not.
        Queued = "queued",
        /// The data is being uploaded.
        Saving = "saving",
        /// The data is being uploaded to a place in between.
        Uploading = "uploading",
        /// The service is taking the data over from there.
        Importing = "importing",
        /// It can be used.
        Active = "active",
        /// An administrator has locked its data.
        Deactivated = "deactivated",
        /// Its upload failed.
        Killed = "killed",
        /// It is gone.
        Deleted = "deleted",
        /// It is about to go.
        PendingDelete = "pending_delete",
    }
}

states! {
    /// Who sees an image.
    Visibility {
        /// Everybody; for administrators to grant.
        Public = "public",
        /// Everybody who knows its id.
        Community = "community",
        /// The project and those it is shared with, the service's default.
        Shared = "shared",
        /// The project.
        Private = "private",
    }
}

/// An image as the service describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Image {
    /// Identifier.
    pub id: ImageId,
    /// Its name, which need not be unique.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// Whether it can be used.
    pub status: ImageStatus,
    /// Who sees it.
    #[serde(default)]
    pub visibility: Option<Visibility>,
    /// Format of its disk.
    #[serde(default)]
    pub disk_format: Option<String>,
    /// Format of its container.
    #[serde(default)]
    pub container_format: Option<String>,
    /// Size of its data in bytes.
    #[serde(default)]
    pub size: Option<u64>,
    /// MD5 of its data, in hexadecimal digits.
    #[serde(default)]
    pub checksum: Option<String>,
    /// Algorithm of the better digest of its data, such as `sha512`.
    #[serde(default)]
    pub os_hash_algo: Option<String>,
    /// That digest, in hexadecimal digits.
    #[serde(default)]
    pub os_hash_value: Option<String>,
    /// Project that owns it.
    #[serde(default)]
    pub owner: Option<ProjectId>,
    /// When its record was made.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
    /// All other members; properties of its own are texts among them.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Image {
    /// What Murano's forms show of it and choose it by; `None` where nothing readable says it.
    pub fn murano_info(&self) -> Option<Value> {
        let text = self.extra.get(MURANO_IMAGE_INFO)?.as_str()?;
        serde_json::from_str(text).ok()
    }
}

/// The images of the cloud that the login sees.
///
/// ```
/// # use murano_sdk::{Client, images::{ImageSource, ImageStatus}};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let images = murano.images();
/// let record = images.create("debian-12").disk_format("raw").container_format("bare").await?;
/// assert_eq!(record.status, ImageStatus::Queued);
/// let image = murano.image(&record.id);
/// image.upload(ImageSource::file("../tests/data/packages/greeter/logo.png").await?).await?;
/// let ready = image.get().await?;
/// assert_eq!((ready.status, ready.size.is_some()), (ImageStatus::Active, true));
/// image.set_property("murano_image_info", r#"{"title": "Debian 12", "type": "linux"}"#).await?;
/// assert_eq!(image.get().await?.murano_info().unwrap()["type"], "linux");
/// image.delete().await?;
/// assert!(images.list().name("debian-12").await?.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Images {
    client: Client,
}

impl Images {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Searches images: `GET /v2/images`. Those of the project, shared with it and public.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoService`](crate::ErrorKind::NoService) where the cloud has no Glance.
    pub fn list(&self) -> ListImages {
        ListImages {
            client: self.client.clone(),
            query: Vec::new(),
        }
    }

    /// Makes the record of an image, without data: `POST /v2/images`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`](crate::ErrorKind::Forbidden) for a public one without the admin role;
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) for a format the service does not take.
    pub fn create(&self, name: impl Into<String>) -> CreateImage {
        CreateImage::new(self.client.clone(), name.into())
    }

    /// Sees to it that an image a package asks for is there: finds it, or uploads it.
    ///
    /// ```
    /// # use murano_sdk::{Client, ErrorKind, archive::RequiredImage};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// let wanted = RequiredImage::new("debian-12", "qcow2", "bare");
    /// let ensured = murano.images().ensure(&wanted).from_file("no/debian-12").await;
    /// assert_eq!(ensured.unwrap_err().kind(), ErrorKind::Io);
    /// assert!(murano.images().list().await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn ensure(&self, image: &RequiredImage) -> EnsureImage {
        EnsureImage::new(self.clone(), image.clone())
    }
}

/// One image, by its id.
#[derive(Clone, Debug)]
pub struct ImageHandle {
    client: Client,
    id: ImageId,
}

impl ImageHandle {
    pub(crate) fn new(client: Client, id: ImageId) -> Self {
        Self { client, id }
    }

    /// The image's id.
    ///
    /// ```
    /// # use murano_sdk::{Client, ErrorKind};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// let image = murano.image("nope");
    /// assert_eq!(image.id().as_str(), "nope");
    /// assert_eq!(image.get().await.unwrap_err().kind(), ErrorKind::NotFound);
    /// # Ok(()) }
    /// ```
    pub fn id(&self) -> &ImageId {
        &self.id
    }

    /// Reads it: `GET /v2/images/{id}`.
    pub async fn get(&self) -> Result<Image> {
        let request = Request::get(&self.path()).to(&IMAGE);
        self.client.json(request).await
    }

    /// Gives the record its data: `PUT /v2/images/{id}/file`. It is read while it is sent, and sent
    /// once: after a failure there may be a record without data.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) where it has data already;
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) with status 413 where the quota or the
    /// store has no room for it; those of the source.
    pub async fn upload(&self, source: ImageSource) -> Result<()> {
        let [images, id] = self.path();
        let mut request = Request::put(&[images, id, "file"]).to(&IMAGE);
        let length = source.length();
        request.body = Body::Feed(Feed::new(source.into_chunks(), length));
        self.client.unit(request).await
    }

    /// Sets one of its own properties, a text: `PATCH /v2/images/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`](crate::ErrorKind::Forbidden) for the image of another project.
    pub async fn set_property(&self, name: &str, value: &str) -> Result<Image> {
        let name = name.replace('~', "~0").replace('/', "~1");
        let change = json!([{ "op": "add", "path": format!("/{name}"), "value": value }]);
        let request = Request::patch(&self.path()).to(&IMAGE);
        let request = request.typed("application/openstack-images-v2.1-json-patch", change);
        self.client.json(request).await
    }

    /// Removes it with its data: `DELETE /v2/images/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`](crate::ErrorKind::Forbidden) where it is protected or of another
    /// project; [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) where it is in use.
    pub async fn delete(&self) -> Result<()> {
        let request = Request::delete(&self.path()).to(&IMAGE);
        self.client.unit(request).await
    }

    fn path(&self) -> [&str; 2] {
        ["images", self.id.as_str()]
    }
}

/// Request of [`Images::list`]. Awaited, it gives all images found; [`pager`](Self::pager) fetches
/// page by page.
///
/// ```
/// # use murano_sdk::{Client, images::{ImageStatus, Visibility}};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let list = || murano.images().list().name("ubuntu:24.04").disk_format("qcow2");
/// let found = list().container_format("bare").status(&ImageStatus::Active).await?;
/// assert!(found.is_empty());
/// let public = murano.images().list().visibility(&Visibility::Public).page_size(50);
/// assert_eq!(public.pager().next().await?, None);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct ListImages {
    client: Client,
    query: Vec<(String, String)>,
}

impl ListImages {
    /// Exactly this name.
    pub fn name(self, name: impl AsRef<str>) -> Self {
        self.equal("name", name.as_ref())
    }

    /// Has this format of disk.
    pub fn disk_format(self, format: impl AsRef<str>) -> Self {
        self.equal("disk_format", format.as_ref())
    }

    /// Has this format of container.
    pub fn container_format(self, format: impl AsRef<str>) -> Self {
        self.equal("container_format", format.as_ref())
    }

    /// Is in this state.
    pub fn status(self, status: &ImageStatus) -> Self {
        self.equal("status", status.as_str())
    }

    /// Is seen by these.
    pub fn visibility(self, visibility: &Visibility) -> Self {
        self.with("visibility", visibility.as_str().to_owned())
    }

    /// Images per call; the service has a default and a limit of its own.
    pub fn page_size(self, images: u32) -> Self {
        self.with("limit", images.to_string())
    }

    /// The images one by one, fetched as they are needed.
    pub fn pager(self) -> Pager<Image> {
        Pager::new(move |marker| {
            let request = self.request(marker);
            let client = self.client.clone();
            async move {
                #[derive(Deserialize)]
                struct Answer {
                    images: Vec<Image>,
                    next: Option<String>,
                }
                let answer: Answer = client.json(request).await?;
                // The link may be relative, or name a host that only the service knows: all it
                // says is that there is more behind the last one.
                let last = answer.images.last().map(|image| image.id.to_string());
                Ok(Page {
                    next: answer.next.and(last),
                    items: answer.images,
                })
            }
        })
    }

    fn request(&self, marker: Option<String>) -> Request {
        Request::get(&["images"])
            .to(&IMAGE)
            .page(&self.query, marker)
    }

    async fn send(self) -> Result<Vec<Image>> {
        self.pager().collect().await
    }

    /// A text with a colon would be read as an operator and its operand.
    fn equal(self, name: &str, value: &str) -> Self {
        let value = if value.contains(':') {
            format!("eq:{value}")
        } else {
            value.to_owned()
        };
        self.with(name, value)
    }

    fn with(mut self, name: &str, value: String) -> Self {
        self.query.push((name.to_owned(), value));
        self
    }
}

awaitable!(ListImages => Vec<Image>);

#[cfg(test)]
mod tests;
