//! What a client is made of.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::sync::{Mutex, OnceCell};

use super::{Client, Inner};
use crate::{
    auth::{
        Config, Settings, TokenCache,
        access::{Access, Secrets},
    },
    error::Result,
    transport::Transport,
};

/// Settings of a [`Client`]. Every setting of `clouds.yaml` can be given with [`set`](Self::set).
///
/// ```
/// use murano_sdk::{Client, auth::Settings};
/// use std::time::Duration;
///
/// let mut settings = Settings::new(); // or Settings::load(Some("production"))
/// settings.set("auth_url", "https://keystone.example/v3");
/// let builder = Client::builder().settings(settings).application_credential("id", "secret");
/// let builder = builder.region("RegionOne").interface("internal").insecure(false);
/// let builder = builder.connect_timeout(Duration::from_secs(5)).idle_timeout(Duration::from_secs(30));
/// let murano = builder.cacert("/etc/ssl/private-ca.pem").user_agent("shop/1.0").build()?;
///
/// let other = Client::builder().auth_url("https://keystone.example").password("ann", "secret");
/// let other = other.domain("staff").project("shop").set("identity_api_version", "3").build()?;
/// let direct = Client::builder().endpoint("https://murano.example").token("a token").build()?;
/// # Ok::<(), murano_sdk::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    settings: Settings,
    pub(crate) cache: Option<TokenCache>,
    pub(crate) secrets: Secrets,
    user_agent: String,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            settings: Settings::new(),
            cache: None,
            secrets: Secrets::default(),
            user_agent: concat!("murano-sdk/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Starts from these settings, such as [`Settings::load`] reads them.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets any value by its name in `clouds.yaml`.
    pub fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.settings.set(key, value);
        self
    }

    /// URL of Keystone, with or without `/v3`.
    pub fn auth_url(self, url: impl Into<String>) -> Self {
        self.set("auth_url", url)
    }

    /// Logs in by user name and password.
    pub fn password(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.set("username", user).set("password", password)
    }

    /// Logs in by a token; without [`auth_url`](Self::auth_url) it is sent to Murano as it is.
    pub fn token(self, token: impl Into<String>) -> Self {
        self.set("token", token)
    }

    /// Logs in by the id and the secret of an application credential.
    pub fn application_credential(self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        let mut this = self.set("application_credential_id", id);
        // Both belong to one layer: a second one would replace the first.
        this.settings.set("application_credential_secret", secret);
        this
    }

    /// Name of the project to work in.
    pub fn project(self, name: impl Into<String>) -> Self {
        self.set("project_name", name)
    }

    /// Names the domain of both user and project; without it the domain with the id `default`.
    pub fn domain(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.set("user_domain_name", name.clone())
            .set("project_domain_name", name)
    }

    /// Region whose endpoint is used; without it the first one of the catalog.
    pub fn region(self, region: impl Into<String>) -> Self {
        self.set("region_name", region)
    }

    /// Interface whose endpoint is used: `public` (the default), `internal` or `admin`.
    pub fn interface(self, interface: impl Into<String>) -> Self {
        self.set("interface", interface)
    }

    /// URL of Murano, with or without `/v1`, in place of the catalog's.
    pub fn endpoint(self, url: impl Into<String>) -> Self {
        self.set("endpoint_override", url)
    }

    /// PEM file with the only authorities that are trusted.
    pub fn cacert(self, path: impl Into<PathBuf>) -> Self {
        self.set("cacert", path.into().display().to_string())
    }

    /// Accepts any certificate. Whoever sits on the line reads the token.
    pub fn insecure(self, insecure: bool) -> Self {
        self.set("insecure", insecure.to_string())
    }

    /// Longest time to connect, 10 s by default.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.set("connect_timeout", limit.as_secs_f64().to_string())
    }

    /// Longest time without a byte from or to the server, 60 s by default and 90 s for maintenance.
    /// There is no limit on the whole of a transfer.
    pub fn idle_timeout(self, limit: Duration) -> Self {
        self.set("api_timeout", limit.as_secs_f64().to_string())
    }

    /// Names the program in front of the SDK in the `User-Agent` header.
    pub fn user_agent(mut self, program: &str) -> Self {
        self.user_agent = format!("{program} {}", self.user_agent);
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where something is missing or malformed; the text names it and the
    /// variable to set.
    pub fn build(self) -> Result<Client> {
        let later = self.cache.is_some() || self.secrets.0.is_some();
        let config = Config::new(&self.settings, self.user_agent, later)?;
        let transport = Transport::new(config.transport.clone());
        let access = Access {
            login: config.login.clone(),
            cache: self.cache,
            secrets: self.secrets,
            held: Mutex::new(None),
        };
        Ok(Client {
            inner: Arc::new(Inner {
                config,
                transport,
                access,
                baremetal_era: OnceCell::new(),
            }),
        })
    }
}
