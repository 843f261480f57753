//! An image that a package asks for: found, or brought.

use std::{
    future::Future,
    path::Path,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use futures_util::future::{Either, select};

use super::{Image, ImageHandle, ImageSource, ImageStatus, Images, MURANO_IMAGE_INFO, Visibility};
use crate::{
    archive::RequiredImage,
    error::{Error, ErrorKind, Result},
    request::{OnProgress, Progress},
    wait::{self, Look, Patience, Watch},
};

/// What was done for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageOutcome {
    /// It was missing and has been uploaded.
    Added,
    /// It was there, and has been given what Murano's forms know it by.
    Marked,
    /// It was there; Murano's forms do not know it, and the login may not change that.
    Unmarked,
    /// It was there.
    Present,
}

/// An image that is there now.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EnsuredImage {
    /// The image.
    pub image: Image,
    /// What was done for it.
    pub outcome: ImageOutcome,
    /// Whether its data is what the package asks for; `None` where nothing tells.
    pub is_right: Option<bool>,
}

/// Request of [`Images::ensure`]. It ends in [`from_file`](Self::from_file) or
/// [`from_source`](Self::from_source).
///
/// An active image of the name and the two formats is what is looked for; of several the one that
/// Murano's forms know, else the project's own. Where there is none, a record is made and the data
/// uploaded. When that fails, for whatever reason, the record is removed.
///
/// ```
/// # use murano_sdk::{Client, archive::RequiredImage, images::{ImageOutcome, ImageSource}};
/// # use std::time::Duration;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let path = "../tests/data/packages/greeter/logo.png";
/// let mut wanted = RequiredImage::new("debian-12", "raw", "bare");
/// wanted.meta = Some(serde_json::json!({ "title": "Debian 12", "type": "linux" }));
/// let ensure = murano.images().ensure(&wanted).public(false);
/// let ensure = ensure.timeout(Duration::from_secs(600)).interval(Duration::from_secs(2));
/// let ensure = ensure.progress(|sent| println!("{} bytes", sent.done));
/// let ensure = ensure.interrupt(std::future::pending());
/// let added = ensure.from_file(path).await?;
/// assert_eq!(added.outcome, ImageOutcome::Added);
/// let again = murano.images().ensure(&wanted);
/// let again = again.from_source(|| async { panic!("it is not fetched again") }).await?;
/// assert_eq!((again.outcome, again.image.id), (ImageOutcome::Present, added.image.id));
/// # Ok(()) }
/// ```
#[must_use = "requests do nothing until one of its methods is awaited"]
pub struct EnsureImage {
    order: Order,
    progress: Option<OnProgress>,
    patience: Patience,
    interrupt: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// What is wanted, and where.
#[derive(Clone, Debug)]
struct Order {
    images: Images,
    wanted: RequiredImage,
    public: bool,
}

impl std::fmt::Debug for EnsureImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnsureImage")
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}

impl EnsureImage {
    pub(super) fn new(images: Images, wanted: RequiredImage) -> Self {
        Self {
            order: Order {
                images,
                wanted,
                public: false,
            },
            progress: None,
            patience: Patience::default(),
            interrupt: Box::pin(std::future::pending()),
        }
    }

    /// Shows a new image to all projects, which most clouds allow administrators only.
    pub fn public(mut self, public: bool) -> Self {
        self.order.public = public;
        self
    }

    /// Is told how many bytes have been sent.
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    /// Gives up after this time when the service has all data and the image is not active; 30 minutes
    /// by default. There is no limit on the upload itself as long as bytes keep moving.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.patience.timeout = limit;
        self
    }

    /// Looks at this pace whether it is active; by default the pauses grow from 1 s to 15 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.patience.interval(interval);
        self
    }

    /// Stops when this is done, and removes what was begun.
    pub fn interrupt(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.interrupt = Box::pin(stop);
        self
    }

    /// Takes the data from a file, if the image is missing.
    ///
    /// # Errors
    ///
    /// Those of [`from_source`](Self::from_source).
    pub async fn from_file(self, path: impl AsRef<Path>) -> Result<EnsuredImage> {
        let path = path.as_ref().to_owned();
        self.from_source(|| ImageSource::file(path)).await
    }

    /// Takes the data from what `open` gives. It is called if the image is missing, before anything
    /// is made at the service.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`] where the data is not what the package asks for;
    /// [`ErrorKind::Forbidden`] for a public image without the right to publish;
    /// [`ErrorKind::NoService`] where the cloud has no Glance; [`ErrorKind::Interrupted`]; those of
    /// [`ImageHandle::upload`] and of `open`. After any of them there is no new image.
    pub async fn from_source<F, R>(self, open: F) -> Result<EnsuredImage>
    where
        F: FnOnce() -> R,
        R: Future<Output = Result<ImageSource>>,
    {
        let order = self.order;
        if let Some(image) = order.find().await? {
            return order.mark(image).await;
        }
        let source = open().await?.checked(&order.wanted, self.progress);
        let record = order.create().await?;
        let handle = order.images.client.image(&record.id);
        let filling = pin!(fill(&handle, source, self.patience));
        let filled = match select(filling, self.interrupt).await {
            Either::Left((filled, _)) => filled,
            Either::Right(_) => {
                let name = &order.wanted.name;
                let text = format!("the upload of image \"{name}\" was interrupted");
                Err(Error::new(ErrorKind::Interrupted, text))
            }
        };
        match filled {
            Ok(image) => Ok(EnsuredImage {
                is_right: order.wanted.hash.is_some().then_some(true),
                outcome: ImageOutcome::Added,
                image,
            }),
            Err(error) => Err(discard(&handle, error).await),
        }
    }
}

impl Order {
    /// The image there is, the best of several.
    async fn find(&self) -> Result<Option<Image>> {
        let wanted = &self.wanted;
        let list = self.images.list().name(&wanted.name);
        let list = list
            .disk_format(&wanted.disk_format)
            .container_format(&wanted.container_format);
        let found = list.status(&ImageStatus::Active).await?;
        let project = match found.len() {
            0 | 1 => None,
            _ => self.images.client.project_id().await?,
        };
        let rank = |image: &Image| (image.murano_info().is_some(), image.owner == project);
        // Of equals the first, which is the newest.
        Ok(found.into_iter().reduce(|best, next| {
            if rank(&next) > rank(&best) {
                next
            } else {
                best
            }
        }))
    }

    /// Gives an image that is there what Murano's forms know it by.
    async fn mark(&self, image: Image) -> Result<EnsuredImage> {
        let done = |image: Image, outcome| {
            let is_right = self.judge(&image);
            Ok(EnsuredImage {
                image,
                outcome,
                is_right,
            })
        };
        let (Some(meta), None) = (&self.wanted.meta, image.murano_info()) else {
            return done(image, ImageOutcome::Present);
        };
        let handle = self.images.client.image(&image.id);
        match handle
            .set_property(MURANO_IMAGE_INFO, &meta.to_string())
            .await
        {
            Ok(image) => done(image, ImageOutcome::Marked),
            Err(error) if error.kind() == ErrorKind::Forbidden => {
                done(image, ImageOutcome::Unmarked)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the service's digest of an image is the package's, where both are of one algorithm.
    fn judge(&self, image: &Image) -> Option<bool> {
        let hash = self.wanted.hash.as_ref()?;
        let known = if hash.algorithm() == "md5" {
            image.checksum.as_deref()
        } else {
            let is_same = image.os_hash_algo.as_deref() == Some(hash.algorithm());
            image.os_hash_value.as_deref().filter(|_| is_same)
        };
        known.map(|known| known.eq_ignore_ascii_case(hash.as_str()))
    }

    async fn create(&self) -> Result<Image> {
        let wanted = &self.wanted;
        let mut create = self
            .images
            .create(&wanted.name)
            .disk_format(&wanted.disk_format)
            .container_format(&wanted.container_format);
        if self.public {
            create = create.visibility(&Visibility::Public);
        }
        if let Some(meta) = &wanted.meta {
            create = create.property(MURANO_IMAGE_INFO, meta.to_string());
        }
        create.await
    }
}

/// Uploads the data and waits until the image can be used.
async fn fill(handle: &ImageHandle, source: ImageSource, patience: Patience) -> Result<Image> {
    let length = source.length();
    handle.upload(source).await?;
    let mut handle = handle.clone();
    let image = wait::until("the image is not active", patience, &mut handle).await?;
    match (length, image.size) {
        (Some(sent), Some(stored)) if sent != stored => {
            let text = format!("the image service has stored {stored} of {sent} bytes");
            Err(Error::new(ErrorKind::Server, text))
        }
        _ => Ok(image),
    }
}

impl Watch for ImageHandle {
    type Output = Image;

    async fn look(&mut self) -> Result<Look<Image>> {
        let image = self.get().await?;
        match &image.status {
            ImageStatus::Active => Ok(Look::Done(image)),
            ImageStatus::Saving | ImageStatus::Uploading | ImageStatus::Importing => {
                Ok(Look::Continue)
            }
            status => {
                let text = format!("the image service did not take the image: it is {status}");
                Err(Error::new(ErrorKind::Rejected, text))
            }
        }
    }
}

/// How long a record without data is tried to be removed.
const REMOVAL: Patience = Patience {
    timeout: Duration::from_secs(30),
    first_pause: Duration::from_millis(200),
    longest_pause: Duration::from_secs(5),
    grace: Duration::from_secs(10),
};

/// Removes a record without data; what went wrong before is what counts.
async fn discard(handle: &ImageHandle, error: Error) -> Error {
    let mut removal = Removal(handle);
    match wait::until("it is still there", REMOVAL, &mut removal).await {
        Ok(()) => error,
        Err(second) => {
            let text = format!(
                "{error}; the unfinished image {} could not be removed: {second}",
                handle.id()
            );
            error.with_message(text)
        }
    }
}

/// The service may not have noticed yet that nothing more comes, and fail to do two things at once.
struct Removal<'a>(&'a ImageHandle);

impl Watch for Removal<'_> {
    type Output = ();

    async fn look(&mut self) -> Result<Look<()>> {
        match self.0.delete().await {
            Ok(()) => Ok(Look::Done(())),
            Err(error) => match error.kind() {
                ErrorKind::NotFound => Ok(Look::Done(())),
                ErrorKind::Conflict => Ok(Look::Continue),
                _ => Err(error),
            },
        }
    }
}
