//! The client: settings, one login, and the road every call takes.

mod builder;

use std::{fmt, sync::Arc};

pub use builder::ClientBuilder;

use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use crate::{
    auth::{
        Config, Settings,
        access::Access,
        keystone::Token,
        service::{MURANO, Service},
    },
    categories::Categories,
    deployments::AllDeployments,
    environments::{EnvironmentHandle, Environments},
    error::{Error, ErrorKind, Result},
    fault::Fault,
    id::{EnvironmentId, ImageId, InstanceId, PackageId, ProjectId, TemplateId},
    images::{ImageHandle, Images},
    instances::{Era, InstanceHandle, Instances},
    maintenance::Maintenance,
    packages::{PackageHandle, Packages},
    repository::Repository,
    request::{Method, Request},
    templates::{TemplateHandle, Templates},
    time::Timestamp,
    transport::{self, Answer, Call, Transport},
};

/// A client of one Murano for one project. Cheap to clone; all clones share the login and the
/// connections.
///
/// Nothing is sent before the first call, which logs in once. A token that Murano refuses, or that
/// is about to expire, is replaced once without the caller noticing.
///
/// ```
/// use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
///
/// let murano = Client::builder()
///     .auth_url(sandbox.auth_url())
///     .password("demo", "demo")
///     .project("demo")
///     .build()?;
/// let shop = murano.environments().create("shop").await?;
/// assert_eq!(shop.name, "shop");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    transport: Transport,
    access: Access,
    /// Which Mogan it is, once that was asked for.
    baremetal_era: OnceCell<Era>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the cloud that the environment names: `OS_CLOUD` and `clouds.yaml`, or `OS_*`
    /// variables, as the other OpenStack clients read them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where no cloud is configured, or not completely.
    pub fn from_env() -> Result<Self> {
        Self::builder().settings(Settings::load(None)?).build()
    }

    /// A client from explicit settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// All environments of the project.
    pub fn environments(&self) -> Environments {
        Environments::new(self.clone())
    }

    /// One environment whose id is known. Nothing is sent.
    pub fn environment(&self, id: impl Into<EnvironmentId>) -> EnvironmentHandle {
        EnvironmentHandle::new(self.clone(), id.into())
    }

    /// The deployments of all environments of the project.
    pub fn deployments(&self) -> AllDeployments {
        AllDeployments::new(self.clone())
    }

    /// The packages of the catalog.
    pub fn packages(&self) -> Packages {
        Packages::new(self.clone())
    }

    /// One package whose id is known. Nothing is sent.
    pub fn package(&self, id: impl Into<PackageId>) -> PackageHandle {
        PackageHandle::new(self.clone(), id.into())
    }

    /// The categories of the catalog.
    pub fn categories(&self) -> Categories {
        Categories::new(self.clone())
    }

    /// The environment templates the project sees.
    pub fn templates(&self) -> Templates {
        Templates::new(self.clone())
    }

    /// One environment template whose id is known. Nothing is sent.
    pub fn template(&self, id: impl Into<TemplateId>) -> TemplateHandle {
        TemplateHandle::new(self.clone(), id.into())
    }

    /// The images of the cloud's image service, Glance.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// assert!(murano.images().list().await?.is_empty());
    /// assert!(murano.image("nope").get().await.is_err());
    /// # Ok(()) }
    /// ```
    pub fn images(&self) -> Images {
        Images::new(self.clone())
    }

    /// One image whose id is known. Nothing is sent.
    pub fn image(&self, id: impl Into<ImageId>) -> ImageHandle {
        ImageHandle::new(self.clone(), id.into())
    }

    /// A package repository, reached with this client's time limits and trusted authorities. Nothing
    /// about the login is sent there.
    ///
    /// ```
    /// let murano = murano_sdk::Client::builder().endpoint("https://murano.example").token("t").build()?;
    /// let repository = murano.repository("https://apps.example/repository")?;
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where the location is neither a folder nor a URL.
    pub fn repository(&self, location: &str) -> Result<Repository> {
        let builder = Repository::builder().location(location);
        builder.options(self.inner.transport.options()).build()
    }

    /// The maintenance sessions of the cloud, which Fenix has.
    pub fn maintenance(&self) -> Maintenance {
        Maintenance::new(self.clone())
    }

    /// The bare-metal instances of Mogan, a neighbour of Murano.
    pub fn instances(&self) -> Instances {
        Instances::new(self.clone())
    }

    /// One bare-metal instance whose id is known. Nothing is sent.
    pub fn instance(&self, id: impl Into<InstanceId>) -> InstanceHandle {
        InstanceHandle::new(self.clone(), id.into())
    }

    pub(crate) fn baremetal_era(&self) -> &OnceCell<Era> {
        &self.inner.baremetal_era
    }

    /// The project of the login; `None` where the token came without Keystone. Logs in if need be.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// let project = murano.project_id().await?;
    /// assert_eq!(Some(murano.environments().create("shop").await?.tenant_id), project);
    /// assert!(murano.deployments().list().await?.is_empty());
    /// assert!(murano.maintenance().list().await?.is_empty());
    /// assert!(murano.package("nope").get().await.is_err());
    /// assert!(murano.template("nope").get().await.is_err());
    /// assert!(murano.instance("nope").get().await.is_err());
    /// assert!(murano.instances().list().await?.is_empty());
    /// assert_eq!(murano.templates().list(Default::default()).await?, []);
    /// assert_eq!(murano.packages().list().fqn("io.murano").await?.len(), 1);
    /// assert_eq!(murano.categories().list().await?.len(), 9);
    /// # Ok(()) }
    /// ```
    pub async fn project_id(&self) -> Result<Option<ProjectId>> {
        Ok(self.token().await?.info.project_id.clone())
    }

    /// Sends a request and decodes the answer; an empty body is `null`.
    pub(crate) async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        Ok(self.decoded(&request).await?.0)
    }

    /// The same with the time at which the server answered, by its own clock.
    pub(crate) async fn dated<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<(T, Option<Timestamp>)> {
        let (decoded, answer) = self.decoded(&request).await?;
        let date = answer.header("date").and_then(Timestamp::from_http_date);
        Ok((decoded, date))
    }

    async fn decoded<T: DeserializeOwned>(&self, request: &Request) -> Result<(T, Answer)> {
        let (answer, body) = self.whole(request).await?;
        match decode(&body) {
            Ok(decoded) => Ok((decoded, answer)),
            Err(error) => Err(answer.failed(error).with_status(answer.status)),
        }
    }

    /// Sends a request whose answer says nothing.
    pub(crate) async fn unit(&self, request: Request) -> Result<()> {
        // Read to the end, so that the connection can be used again.
        self.whole(&request).await.map(drop)
    }

    /// The whole of an answer, asked for again where it breaks off and that can do no harm.
    async fn whole(&self, request: &Request) -> Result<(Answer, Vec<u8>)> {
        let mut attempt = 1;
        loop {
            let mut answer = self.send_after(request, attempt - 1).await?;
            match answer.body().await {
                Err(error)
                    if request.is_repeatable()
                        && error.is_retryable()
                        && attempt < transport::ATTEMPTS =>
                {
                    transport::pause(transport::backoff(attempt)).await;
                    attempt += 1;
                }
                body => return Ok((answer, body?)),
            }
        }
    }

    /// Sends a request; the answer is a success whose body has not been read.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer> {
        self.send_after(request, 0).await
    }

    /// The same after so many attempts whose answers broke off.
    async fn send_after(&self, request: &Request, broken: u32) -> Result<Answer> {
        let (mut answer, refusal) = self.exchange(request).await?;
        answer.attempts += broken;
        let Some(body) = refusal else {
            return Ok(answer);
        };
        if request.method == Method::Delete && answer.status == 404 && answer.attempts > 1 {
            // An earlier attempt did it; only its answer was lost.
            return Ok(answer);
        }
        Err(self.refused(request, &answer, request.fault(answer.status, &body)))
    }

    /// Sends a request, with a new token where the first is refused. Only an answer that is no
    /// success comes with its body.
    pub(crate) async fn exchange(&self, request: &Request) -> Result<(Answer, Option<Vec<u8>>)> {
        if let Some(segment) = request.path.impossible() {
            return Err(Error::not_found(format!(
                "\"{segment}\" is not found: it can be no id"
            )));
        }
        let mut token = self.token().await?;
        let mut answer = match self.attempt(request, &token).await {
            // The catalog of an earlier login may be out of date.
            Err(error) if token.info.is_cached && is_about_place(&error) => {
                let Ok(new) = self.inner.access.renew(&self.inner.transport, &token).await else {
                    return Err(error);
                };
                token = new;
                self.attempt(request, &token).await?
            }
            outcome => outcome?,
        };
        if answer.is_success() {
            return Ok((answer, None));
        }
        let mut body = answer.body().await?;
        let is_about_token = answer.status == 401 && request.fault(401, &body).token;
        if is_about_token
            && !request.body.is_single()
            && let Some(token) = self.replace(&token).await?
        {
            answer = self.attempt(request, &token).await?;
            if answer.is_success() {
                return Ok((answer, None));
            }
            body = answer.body().await?;
        }
        Ok((answer, Some(body)))
    }

    fn refused(&self, request: &Request, answer: &Answer, fault: Fault) -> Error {
        let title = request.service.title;
        let error = match answer.status {
            status @ 300..=399 => {
                let text = format!(
                    "the endpoint is not the root of a {title} API (HTTP {status} for {})",
                    request.path.as_str()
                );
                Error::config(text).with_status(status)
            }
            401 if fault.token => {
                let too = match self.inner.config.login {
                    crate::auth::Login::Fixed { .. } => "",
                    crate::auth::Login::Keystone { .. } => ", a new one too",
                };
                let text = format!("{title} refused the token{too}");
                fault.into_error(401).with_message(text)
            }
            status => fault.into_error(status),
        };
        let error = error.with_retry_after(answer.retry_after());
        answer.failed(error).with_attempts(answer.attempts)
    }

    async fn attempt(&self, request: &Request, token: &Token) -> Result<Answer> {
        let call = Call {
            method: request.method,
            url: [self.base(request.service, token)?, request.path.as_str()].concat(),
            query: &request.query,
            accept: request.accepts(),
            headers: request.headers(),
            token: token.info.token.as_ref(),
            body: &request.body,
            repeatable: request.is_repeatable(),
            silence: request.silence,
        };
        self.inner.transport.call(&call).await
    }

    /// The URL of the version of a service's API, without a slash at its end.
    fn base<'t>(&self, service: &Service, token: &'t Token) -> Result<&'t str> {
        let base = token.bases.get(service, || {
            let place = self.inner.config.place(service)?;
            let endpoint = match &place.endpoint {
                Some(endpoint) => endpoint,
                None => token.endpoint(service, &place)?,
            };
            let endpoint = endpoint.trim_end_matches('/');
            let version = service.version;
            Ok(match endpoint.rsplit_once('/') {
                Some((_, last)) if last == version => endpoint.to_owned(),
                _ => format!("{endpoint}/{version}"),
            })
        });
        base.map(String::as_str)
    }

    /// The current token; the first caller logs in, the others wait for it.
    async fn token(&self) -> Result<Arc<Token>> {
        self.inner.access.token(&self.inner.transport).await
    }

    /// A token other than the refused one; `None` where there is no way to get one.
    async fn replace(&self, refused: &Arc<Token>) -> Result<Option<Arc<Token>>> {
        let access = &self.inner.access;
        access.replace(&self.inner.transport, refused).await
    }

    /// The URL of Murano's API.
    pub(crate) async fn base_url(&self) -> Result<String> {
        let token = self.token().await?;
        self.base(&MURANO, &token).map(str::to_owned)
    }

    /// Whether any certificate is accepted.
    pub(crate) fn is_insecure(&self) -> bool {
        self.inner.config.transport.tls.insecure
    }

    /// What gets the tokens, and what it sends by.
    pub(crate) fn access(&self) -> (&Access, &Transport) {
        (&self.inner.access, &self.inner.transport)
    }
}

/// Whether nobody is where the catalog says, or it says nothing.
fn is_about_place(error: &Error) -> bool {
    error.is_unsent() || error.kind() == ErrorKind::NoService
}

/// Decodes a body; the error names the place in it.
fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let body = if body.iter().all(u8::is_ascii_whitespace) {
        b"null"
    } else {
        body
    };
    serde_json::from_slice(body).map_err(|error| {
        let text = format!("the server's answer cannot be understood: {error}");
        Error::new(ErrorKind::Decode, text).with_source(error)
    })
}
