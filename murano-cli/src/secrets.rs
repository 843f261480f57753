//! Where secrets come from and where they stay: the keyring, a helper command, the cache of tokens.

mod command;
mod keyring;
mod users;

use std::io;

use murano_sdk::{
    Client, ClientBuilder, Secret,
    auth::{SecretKind, SecretSource, Settings, Source, TokenCache},
};

pub(crate) use self::{
    command::HelperCommand,
    keyring::Keyring,
    users::{fill_in, forget, remember},
};
use crate::{
    config::{self, Global},
    report::Failure,
};

/// A client of a user of this computer: with the tokens of earlier commands, and with the secrets that
/// `source` finds.
pub(crate) fn client(
    global: &Global,
    settings: Settings,
    source: impl SecretSource + 'static,
) -> murano_sdk::Result<Client> {
    let cache = cache(&Keyring::of_system()).filter(|_| global.keeps_tokens(&settings));
    let cloud = settings.cloud().map(str::to_owned);
    let mut builder = builder(settings).secrets_from(source);
    if let Some(cache) = cache {
        builder = builder.token_cache(match cloud {
            Some(cloud) => cache.cloud(cloud),
            None => cache,
        });
    }
    builder.build()
}

/// What every client begins with.
pub(crate) fn builder(settings: Settings) -> ClientBuilder {
    Client::builder()
        .settings(settings)
        .user_agent(concat!("murano-cli/", env!("CARGO_PKG_VERSION")))
}

/// The tokens of earlier commands.
pub(crate) fn cache(keyring: &Keyring) -> Option<TokenCache> {
    Some(TokenCache::new(config::token_folder()?).vault(keyring.clone()))
}

/// What commands ask: the helper command where there is one, else the keyring.
#[derive(Debug)]
pub(crate) struct Kept {
    command: Option<HelperCommand>,
    keyring: Keyring,
}

impl Kept {
    pub(crate) fn of(settings: &Settings) -> Result<Self, Failure> {
        Ok(Self {
            command: HelperCommand::of(settings)?,
            keyring: Keyring::of_system(),
        })
    }
}

impl SecretSource for Kept {
    fn secret(&self, kind: SecretKind, account: &str) -> io::Result<Option<Secret>> {
        match (&self.command, kind) {
            // A passcode is good for one login only.
            (_, SecretKind::Passcode) => Ok(None),
            (Some(command), _) => command.run().map(Some),
            // Without a keyring there is none, which is no error of its own.
            (None, _) => match self.keyring.secret(account).unwrap_or_default() {
                Some(secret) => Ok(Some(secret)),
                None => Err(io::Error::other(missing(kind))),
            },
        }
    }
}

/// What is said where nobody knows a secret.
fn missing(kind: SecretKind) -> String {
    let setting = kind.setting();
    let variable = format!("OS_{}", setting.to_uppercase());
    format!(
        "{setting} is missing: `murano login` asks for it, {variable} or clouds.yaml may give it"
    )
}

/// Whether a value is in a file, from which it will come again.
pub(crate) fn is_in_file(settings: &Settings, key: &str) -> bool {
    let mut found = settings.iter().filter(|(name, _)| *name == key);
    found.any(|(_, setting)| matches!(setting.source, Source::File { .. }))
}
