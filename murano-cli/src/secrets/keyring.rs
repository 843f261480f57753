//! The keyring of the system. It may be missing, locked or slow, which is never an error.

use std::{
    fmt, io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use keyring_core::{CredentialStore, Entry, Error};
use murano_sdk::{Secret, auth::Vault};

use crate::config;

/// How long the keyring is waited for. One that asks its user in a window takes longer.
const PATIENCE: Duration = Duration::from_secs(3);
/// What the entries belong to.
const SERVICE: &str = "murano";

/// A keyring, or why there is none.
type Opened = Result<Arc<CredentialStore>, String>;

/// The keyring; clones share what is known of it.
#[derive(Clone)]
pub(crate) struct Keyring {
    inner: Arc<Inner>,
}

struct Inner {
    open: fn() -> Opened,
    store: OnceLock<Opened>,
    patience: Duration,
    /// It did not answer in time; it is not asked again.
    is_silent: AtomicBool,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").finish_non_exhaustive()
    }
}

impl Keyring {
    /// The one of this system, unless the user wants none.
    pub(crate) fn of_system() -> Self {
        Self::new(if config::keyring_wanted() {
            system
        } else {
            none
        })
    }

    fn new(open: fn() -> Opened) -> Self {
        Self {
            inner: Arc::new(Inner {
                open,
                store: OnceLock::new(),
                patience: PATIENCE,
                is_silent: AtomicBool::new(false),
            }),
        }
    }

    /// Whether it keeps and gives back what it is given.
    pub(crate) fn check(&self) -> io::Result<()> {
        let (name, sent) = ("check", Secret::from("check"));
        self.put(name, &sent)?;
        let found = self.get(name)?;
        self.delete(name)?;
        match found {
            Some(found) if found.expose() == sent.expose() => Ok(()),
            _ => Err(io::Error::other(
                "the keyring does not keep what it is given",
            )),
        }
    }

    /// The secret of an account.
    pub(crate) fn secret(&self, account: &str) -> io::Result<Option<Secret>> {
        self.get(account)
    }

    /// Keeps the secret of an account.
    pub(crate) fn keep(&self, account: &str, secret: &Secret) -> io::Result<()> {
        self.put(account, secret)?;
        // Some keyrings accept what they cannot give back.
        match self.get(account)? {
            Some(_) => Ok(()),
            None => Err(io::Error::other(
                "the keyring does not keep what it is given",
            )),
        }
    }

    /// Removes the secret of an account; gives whether there was one.
    pub(crate) fn forget(&self, account: &str) -> io::Result<bool> {
        self.delete(account)
    }

    fn get(&self, name: &str) -> io::Result<Option<Secret>> {
        self.ask(name, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(Secret::from(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn put(&self, name: &str, secret: &Secret) -> io::Result<()> {
        let secret = secret.clone();
        self.ask(name, move |entry| {
            let kept = entry.set_password(secret.expose());
            if kept.is_err() {
                // Half of it may have been done, which would never be found again.
                let _ = entry.delete_credential();
            }
            kept
        })
    }

    fn delete(&self, name: &str) -> io::Result<bool> {
        self.ask(name, |entry| match entry.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(error),
        })
    }

    /// Does something with an entry on a thread that is left alone when it takes too long.
    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let inner = self.inner.clone();
        if inner.is_silent.load(Ordering::Relaxed) {
            return Err(silent(inner.patience));
        }
        let (sender, receiver) = mpsc::channel();
        let name = name.to_owned();
        thread::Builder::new().spawn(move || {
            let answer = inner.store().and_then(|store| {
                let entry = store.build(SERVICE, &name, None);
                let answer = entry.and_then(|entry| work(&entry));
                answer.map_err(|error| error.to_string())
            });
            // Nobody listens any more where it took too long.
            let _ = sender.send(answer);
        })?;
        let Ok(answer) = receiver.recv_timeout(self.inner.patience) else {
            self.inner.is_silent.store(true, Ordering::Relaxed);
            return Err(silent(self.inner.patience));
        };
        answer.map_err(io::Error::other)
    }
}

impl Inner {
    fn store(&self) -> Opened {
        self.store.get_or_init(self.open).clone()
    }
}

impl Vault for Keyring {
    fn read(&self, name: &str) -> io::Result<Option<Secret>> {
        self.get(&token(name))
    }

    fn write(&self, name: &str, secret: &Secret) -> io::Result<()> {
        self.put(&token(name), secret)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.delete(&token(name)).map(drop)
    }
}

fn token(name: &str) -> String {
    format!("token {name}")
}

fn silent(patience: Duration) -> io::Error {
    let text = format!(
        "the keyring has not answered for {} s",
        patience.as_secs_f32()
    );
    io::Error::new(io::ErrorKind::TimedOut, text)
}

#[cfg(target_os = "linux")]
fn system() -> Opened {
    match linux_keyutils_keyring_store::Store::new() {
        Ok(store) => Ok(store),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(target_os = "macos")]
fn system() -> Opened {
    match apple_native_keyring_store::keychain::Store::new() {
        Ok(store) => Ok(store),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(windows)]
fn system() -> Opened {
    match windows_native_keyring_store::Store::new() {
        Ok(store) => Ok(store),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn system() -> Opened {
    Err("this system has none that is known".to_owned())
}

fn none() -> Opened {
    Err("MURANO_KEYRING says so".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn in_memory() -> Opened {
        match keyring_core::mock::Store::new() {
            Ok(store) => Ok(store),
            Err(error) => Err(error.to_string()),
        }
    }

    fn hanging() -> Opened {
        thread::sleep(Duration::from_secs(600));
        none()
    }

    #[test]
    fn secrets_and_tokens_are_kept_apart() {
        let keyring = Keyring::new(in_memory);
        keyring.check().unwrap();
        keyring.keep("ann", &"swordfish".into()).unwrap();
        keyring.write("ann", &"gAAAA".into()).unwrap();
        assert_eq!(
            keyring.secret("ann").unwrap().unwrap().expose(),
            "swordfish"
        );
        assert_eq!(keyring.read("ann").unwrap().unwrap().expose(), "gAAAA");
        assert!(keyring.secret("check").unwrap().is_none());
        assert!(keyring.forget("ann").unwrap() && !keyring.forget("ann").unwrap());
        keyring.remove("ann").unwrap();
        assert!(keyring.read("ann").unwrap().is_none());
    }

    #[test]
    fn one_that_hangs_is_waited_for_once() {
        let keyring = Keyring {
            inner: Arc::new(Inner {
                open: hanging,
                store: OnceLock::new(),
                patience: Duration::from_millis(50),
                is_silent: AtomicBool::new(false),
            }),
        };
        let error = keyring.secret("ann").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "the keyring has not answered for 0.05 s");
        let started = Instant::now();
        for _ in 0..1000 {
            assert!(keyring.clone().read("ann").is_err());
        }
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn none_says_so() {
        let error = Keyring::new(none).check().unwrap_err().to_string();
        assert!(error.contains("MURANO_KEYRING"), "{error}");
    }
}
