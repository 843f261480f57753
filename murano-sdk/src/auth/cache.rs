//! Tokens kept between runs of a program: one small file for each login.
//!
//! The file has what came with the token, the catalog above all; the token itself is there too unless
//! a [`Vault`] keeps it. A file is written whole or not at all, and one that cannot be understood
//! counts as none. What goes wrong with the cache costs a login and nothing else.

mod record;

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub(super) use record::key;
use record::{Kept, Record, note_use};

use super::{config::Login, keystone::Token};
use crate::{error::Result, secret::Secret, time::Timestamp};

/// Files that nobody has used for so long are removed.
const UNUSED: Duration = Duration::from_secs(7 * 24 * 3600);

/// Keeps texts in a safer place than a file, such as a keyring.
///
/// It is called on a thread of its own. An error means that the file has to do.
pub trait Vault: fmt::Debug + Send + Sync {
    /// What is kept under this name; `None` where there is nothing.
    fn read(&self, name: &str) -> io::Result<Option<Secret>>;
    /// Keeps a text under this name, in place of what was there.
    fn write(&self, name: &str, secret: &Secret) -> io::Result<()>;
    /// Removes what is kept under this name, if there is anything.
    fn remove(&self, name: &str) -> io::Result<()>;
}

/// A folder with the tokens of earlier logins.
///
/// A client with a cache uses the token and the catalog that an earlier login left there, if it was the
/// same login in everything: Keystone, user, project, method and secret. A token is kept until shortly
/// before its end; one that the service refuses is removed.
///
/// The folder and its files are made for their owner alone. Where it cannot be written, nothing is kept.
///
/// ```
/// use murano_sdk::{Client, auth::TokenCache};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path().join("tokens");
///
/// let cache = TokenCache::new(&folder).cloud("shop");
/// cache.check()?;
/// let builder = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo");
/// builder.clone().token_cache(cache.clone()).build()?.environments().list().await?;
///
/// let later = builder.token_cache(cache.clone()).build()?;
/// assert!(later.token_info().await?.is_cached);
/// let known = cache.logins();
/// assert_eq!(known[0].cloud.as_deref(), Some("shop"));
/// cache.forget(&known[0])?;
/// assert!(cache.logins().is_empty() && cache.folder() == folder);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct TokenCache {
    folder: PathBuf,
    vault: Option<Arc<dyn Vault>>,
    cloud: Option<String>,
}

/// A login whose token is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CachedLogin {
    /// Name of the cloud it was made for, where the program told it.
    pub cloud: Option<String>,
    /// Whose login it is, see [`Client::account`](crate::Client::account).
    pub account: String,
    /// Name of the user.
    pub user: Option<String>,
    /// Name of the project.
    pub project: Option<String>,
    /// When the token ends, by Keystone's clock.
    pub expires_at: Option<Timestamp>,
    /// How long the token will be used from now on; zero where it will not.
    pub usable_for: Duration,
    /// Whether a [`Vault`] has the token, not the file.
    pub in_vault: bool,
    /// The file.
    pub path: PathBuf,
}

impl TokenCache {
    /// A cache in this folder, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            vault: None,
            cloud: None,
        }
    }

    /// Keeps the tokens themselves in a safer place, the rest in the files. Where that fails the
    /// file of a login has its token too.
    ///
    /// ```
    /// use std::{collections::BTreeMap, io, sync::Mutex};
    /// use murano_sdk::{Secret, auth::{TokenCache, Vault}};
    ///
    /// #[derive(Debug, Default)]
    /// struct Memory(Mutex<BTreeMap<String, Secret>>);
    ///
    /// impl Vault for Memory {
    ///     fn read(&self, name: &str) -> io::Result<Option<Secret>> {
    ///         Ok(self.0.lock().unwrap().get(name).cloned())
    ///     }
    ///     fn write(&self, name: &str, secret: &Secret) -> io::Result<()> {
    ///         self.0.lock().unwrap().insert(name.to_owned(), secret.clone());
    ///         Ok(())
    ///     }
    ///     fn remove(&self, name: &str) -> io::Result<()> {
    ///         self.0.lock().unwrap().remove(name);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let cache = TokenCache::new("/home/ann/.cache/shop").vault(Memory::default());
    /// ```
    pub fn vault(mut self, vault: impl Vault + 'static) -> Self {
        self.vault = Some(Arc::new(vault));
        self
    }

    /// Notes the name of a cloud with the tokens that are kept from now on.
    pub fn cloud(mut self, name: impl Into<String>) -> Self {
        self.cloud = Some(name.into());
        self
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder where it is not there, and tries to write to it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) where that is not possible: nothing would be kept.
    pub fn check(&self) -> Result<()> {
        let tried = self.make_folder().and_then(|()| self.file("probe"));
        tried
            .map(drop)
            .map_err(|error| self.failed("write to", error))
    }

    /// The logins whose tokens are kept, also those that have ended. Nothing is sent.
    pub fn logins(&self) -> Vec<CachedLogin> {
        let mut found: Vec<CachedLogin> = self
            .files()
            .filter_map(|path| Some(Record::read(&path)?.describe(path)))
            .collect();
        found.sort_by(|a, b| {
            (&a.cloud, &a.account, &a.project).cmp(&(&b.cloud, &b.account, &b.project))
        });
        found
    }

    /// Removes a login. Its token does not end by that, see [`Client::log_out`](crate::Client::log_out).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) where the file cannot be removed.
    pub fn forget(&self, login: &CachedLogin) -> Result<()> {
        let removed = self.remove_file(&login.path);
        removed.map_err(|error| self.failed("remove a file from", error))
    }

    fn failed(&self, doing: &str, error: io::Error) -> crate::Error {
        crate::Error::io(doing, &self.folder, error)
    }

    /// The token that is kept for a login, if it is good. A secret that is known now must be the one
    /// that the login was made with.
    pub(super) fn load(&self, key: &str, secret: Option<&Secret>) -> Option<Token> {
        let path = self.path(key);
        let record = Record::read(&path)?;
        let left = record.usable_for();
        if left.is_zero() {
            return None;
        }
        let token = match (&record.token, &self.vault) {
            (Some(Kept(token)), _) => token.clone(),
            (None, Some(vault)) => vault.read(key).ok()??,
            (None, None) => return None,
        };
        if secret.is_some_and(|secret| !record.is_proved(&token, secret)) {
            return None;
        }
        note_use(&path);
        Some(record.token(token, left))
    }

    /// Keeps a token for a login; `secret` is what the login was made with.
    pub(super) fn save(
        &self,
        key: &str,
        login: &Login,
        token: &Token,
        secret: Option<&Secret>,
    ) -> io::Result<()> {
        let account = login.account().unwrap_or_default();
        let Some((text, mut record)) = token
            .info
            .token
            .as_ref()
            .zip(Record::new(account, token, secret))
        else {
            return Ok(());
        };
        self.make_folder()?;
        self.clean();
        record.cloud.clone_from(&self.cloud);
        let in_vault = self.vault.as_ref().is_some_and(|vault| {
            let written = vault.write(key, text);
            if let Err(error) = &written {
                tracing::debug!(%error, "the token is kept in a file");
            }
            written.is_ok()
        });
        record.token = (!in_vault).then(|| Kept(text.clone()));
        let mut file = self.file(key)?;
        serde_json::to_writer(&mut file, &record)?;
        file.flush()?;
        file.persist(self.path(key))?;
        Ok(())
    }

    /// Removes what is kept for a login.
    pub(super) fn remove(&self, key: &str) -> io::Result<()> {
        self.remove_file(&self.path(key))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let in_vault = Record::read(path).is_none_or(|record| record.token.is_none());
        if let (Some(vault), Some(key), true) = (&self.vault, path.file_stem(), in_vault)
            && let Err(error) = vault.remove(&key.to_string_lossy())
        {
            tracing::debug!(%error, "the token stays in the keyring until it ends");
        }
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes what nobody has used for long, and what a write that was cut off has left.
    fn clean(&self) {
        for path in self.files() {
            let age = fs::metadata(&path).and_then(|file| file.modified());
            let age = age.ok().and_then(|time| time.elapsed().ok());
            if age.is_some_and(|age| age > UNUSED)
                && let Err(error) = self.remove_file(&path)
            {
                tracing::debug!(%error, "an old token cannot be removed");
            }
        }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        });
        paths.into_iter()
    }

    fn make_folder(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
            builder.mode(0o700).create(&self.folder)?;
            if fs::metadata(&self.folder)?.permissions().mode() & 0o077 != 0 {
                fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o700))?;
            }
        }
        #[cfg(not(unix))]
        builder.create(&self.folder)?;
        Ok(())
    }

    /// A new file in the folder, which its owner alone can read, and which is gone unless it gets its
    /// name in the end.
    fn file(&self, key: &str) -> io::Result<tempfile::NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        // The suffix is that of the files, so that one that is left behind is removed in time.
        builder
            .prefix(&key[..key.len().min(8)])
            .suffix(".json")
            .tempfile_in(&self.folder)
    }
}
