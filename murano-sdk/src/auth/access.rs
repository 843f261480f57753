//! The token of a client: from memory, from the cache, or from a new login.

use std::{fmt, io, sync::Arc};

use tokio::sync::{Mutex, oneshot};

use super::{
    cache::TokenCache,
    config::Login,
    identity::SecretKind,
    keystone::{self, Token, TokenInfo},
};
use crate::{
    client::{Client, ClientBuilder},
    error::{Error, Result},
    secret::Secret,
    transport::{Transport, without_user},
};

/// Finds the secrets of a login that its settings do not have, such as a keyring.
///
/// It is asked only when a login is necessary, on a thread of its own, so it may take its time.
///
/// ```
/// use murano_sdk::{Client, Secret, auth::{SecretKind, SecretSource}};
///
/// #[derive(Debug)]
/// struct Notebook;
///
/// impl SecretSource for Notebook {
///     fn secret(&self, kind: SecretKind, account: &str) -> std::io::Result<Option<Secret>> {
///         let known = kind == SecretKind::Password && account.starts_with("user demo of domain ");
///         Ok(known.then(|| Secret::from("demo")))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// let builder = Client::builder().auth_url(sandbox.auth_url()).set("username", "demo");
/// let murano = builder.project("demo").secrets_from(Notebook).build()?;
/// assert!(murano.environments().list().await?.is_empty());
/// # Ok(()) }
/// ```
pub trait SecretSource: fmt::Debug + Send + Sync {
    /// The secret of this kind for an account, as [`Client::account`] names it; `None` where there is
    /// none.
    ///
    /// # Errors
    ///
    /// What keeps the secret from being found; it becomes the error of the call that needed the login.
    fn secret(&self, kind: SecretKind, account: &str) -> io::Result<Option<Secret>>;
}

/// A [`SecretSource`], or none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(pub(crate) Option<Arc<dyn SecretSource>>);

impl Secrets {
    pub(super) async fn find(&self, kind: SecretKind, login: &Login) -> Result<Option<Secret>> {
        let (Some(source), Some(account)) = (self.0.clone(), login.account()) else {
            return Ok(None);
        };
        let found = apart(move || source.secret(kind, &account)).await;
        found.map_err(|error| {
            let text = crate::fault::one_line(&error.to_string());
            Error::config(text).with_source(error)
        })
    }
}

/// Runs what may block on a thread of its own.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().spawn(move || {
        // Nobody waits any more where the call was given up.
        let _ = sender.send(work());
    })?;
    let gone = |_| io::Error::other("the thread that does it has died");
    receiver.await.map_err(gone)?
}

/// The token of all clones of a client.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) login: Login,
    pub(crate) cache: Option<TokenCache>,
    pub(crate) secrets: Secrets,
    pub(crate) held: Mutex<Option<Arc<Token>>>,
}

impl Access {
    /// The current token; the first caller gets it, the others wait for it.
    pub(crate) async fn token(&self, transport: &Transport) -> Result<Arc<Token>> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.clone());
        }
        // Every call has room for what it may have to wait for; a login would take up half of it.
        let token = Box::pin(self.obtain(transport)).await?;
        Ok(held.insert(Arc::new(token)).clone())
    }

    /// The token of an earlier run, else one of a new login.
    async fn obtain(&self, transport: &Transport) -> Result<Token> {
        match self.cached().await {
            Some(token) => Ok(token),
            None => self.log_in(transport).await,
        }
    }

    /// A token other than the refused one, by a login of its own; `None` where there is no way to get one.
    pub(crate) async fn replace(
        &self,
        transport: &Transport,
        refused: &Arc<Token>,
    ) -> Result<Option<Arc<Token>>> {
        if matches!(self.login, Login::Fixed { .. }) {
            return Ok(None);
        }
        let mut held = self.held.lock().await;
        // Several calls may be refused at once: the first of them logs in for all.
        if let Some(token) = held.as_ref().filter(|token| !Arc::ptr_eq(token, refused)) {
            return Ok(Some(token.clone()));
        }
        *held = None;
        self.forget().await;
        let token = Box::pin(self.log_in(transport)).await?;
        Ok(Some(held.insert(Arc::new(token)).clone()))
    }

    /// The token and the catalog of a new login in place of cached ones, which stay where it fails.
    pub(crate) async fn renew(
        &self,
        transport: &Transport,
        old: &Arc<Token>,
    ) -> Result<Arc<Token>> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.as_ref().filter(|token| !Arc::ptr_eq(token, old)) {
            return Ok(token.clone());
        }
        let token = Box::pin(self.log_in(transport)).await?;
        Ok(held.insert(Arc::new(token)).clone())
    }

    async fn log_in(&self, transport: &Transport) -> Result<Token> {
        let (token, secret) = keystone::log_in(transport, &self.login, &self.secrets).await?;
        if let (Some(cache), Some(key)) = (self.cache.clone(), self.login.key()) {
            let (login, kept) = (self.login.clone(), token.clone());
            let saved = apart(move || cache.save(&key, &login, &kept, secret.as_ref())).await;
            if let Err(error) = saved {
                tracing::debug!(%error, "the token is not kept");
            }
        }
        Ok(token)
    }

    /// The token that an earlier run has left.
    async fn cached(&self) -> Option<Token> {
        let (cache, key) = (self.cache.clone()?, self.login.key()?);
        let secret = self.login.lasting().cloned();
        let found = apart(move || Ok(cache.load(&key, secret.as_ref())));
        let token = found.await.ok().flatten()?;
        tracing::debug!("using a token of an earlier login");
        Some(token)
    }

    /// Removes what the cache has of this login.
    async fn forget(&self) {
        if let (Some(cache), Some(key)) = (self.cache.clone(), self.login.key())
            && let Err(error) = apart(move || cache.remove(&key)).await
        {
            tracing::debug!(%error, "the kept token cannot be removed");
        }
    }
}

impl Client {
    /// Logs in anew, whatever token there is already, and tells about the new one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`](crate::ErrorKind::Unauthorized) where Keystone refuses the login or wants
    /// a second factor, [`ErrorKind::Config`](crate::ErrorKind::Config) where a secret is missing.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// assert!(murano.account().expect("one").starts_with("user demo of domain id default at http"));
    /// let first = murano.log_in().await?.token.expect("a token");
    /// assert_eq!(murano.token_info().await?.token.expect("the same").expose(), first.expose());
    /// assert!(murano.log_out().await?);
    /// assert_ne!(murano.token_info().await?.token.expect("another").expose(), first.expose());
    /// # Ok(()) }
    /// ```
    pub async fn log_in(&self) -> Result<TokenInfo> {
        let (access, transport) = self.access();
        let mut held = access.held.lock().await;
        let token = access.log_in(transport).await?;
        Ok(held.insert(Arc::new(token)).info.clone())
    }

    /// The token that calls are made with, and what is known of it. Logs in if need be.
    pub async fn token_info(&self) -> Result<TokenInfo> {
        let (access, transport) = self.access();
        Ok(access.token(transport).await?.info.clone())
    }

    /// Ends the token, at Keystone too, and removes it from the cache. Gives whether there was one.
    /// The next call logs in anew.
    ///
    /// # Errors
    ///
    /// Where Keystone does not confirm the end; the token is forgotten all the same.
    pub async fn log_out(&self) -> Result<bool> {
        let (access, transport) = self.access();
        let mut held = access.held.lock().await;
        let token = match held.take() {
            Some(token) => Some(token),
            None => access.cached().await.map(Arc::new),
        };
        access.forget().await;
        let Login::Keystone { url, .. } = &access.login else {
            return Ok(false);
        };
        let Some(secret) = token.as_ref().and_then(|token| token.info.token.as_ref()) else {
            return Ok(false);
        };
        keystone::revoke(transport, url, secret).await?;
        Ok(true)
    }

    /// Whom the secrets of the login belong to and at which Keystone, in words that tell any two apart;
    /// `None` where no Keystone is used.
    pub fn account(&self) -> Option<String> {
        self.access().0.login.account()
    }

    /// URL of the Keystone that is used, with its version and without user information.
    ///
    /// ```
    /// use murano_sdk::Client;
    ///
    /// let builder = Client::builder().auth_url("https://keystone.example").password("demo", "secret");
    /// let murano = builder.project("demo").build()?;
    /// assert_eq!(murano.auth_url().as_deref(), Some("https://keystone.example/v3"));
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn auth_url(&self) -> Option<String> {
        match &self.access().0.login {
            Login::Keystone { url, .. } => Some(without_user(url)),
            Login::Fixed { .. } => None,
        }
    }
}

impl ClientBuilder {
    /// Uses the tokens of earlier logins, and keeps those of new ones for later. A login needs its
    /// secret no more while its token is good.
    ///
    /// ```
    /// use murano_sdk::{Client, auth::TokenCache};
    ///
    /// let builder = Client::builder().auth_url("https://keystone.example").set("username", "ann");
    /// let builder = builder.project("shop").token_cache(TokenCache::new("/home/ann/.cache/shop"));
    /// // The password may be missing as long as there is a token.
    /// let murano = builder.build()?;
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn token_cache(mut self, cache: TokenCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Asks for the secrets of the login that the settings do not have, when they are needed.
    pub fn secrets_from(mut self, source: impl SecretSource + 'static) -> Self {
        self.secrets = Secrets(Some(Arc::new(source)));
        self
    }
}
