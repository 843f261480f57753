//! The users of earlier logins: `murano login` asks for one where the settings have none, later commands
//! do not.

use std::{collections::BTreeMap, fs, io, io::Write as _};

use murano_sdk::auth::Settings;

use crate::config;

/// Any of these says who logs in.
const IDENTITIES: [&str; 5] = [
    "username",
    "user_id",
    "token",
    "application_credential_id",
    "application_credential_name",
];

/// Adds the user of the last login at the same Keystone where the settings say nothing about who it is.
pub(crate) fn fill_in(settings: &mut Settings) {
    let is_known = IDENTITIES.iter().any(|key| settings.get(key).is_some());
    let Some(url) = settings.get("auth_url").filter(|_| !is_known) else {
        return;
    };
    if let Some(user) = read().remove(plain(url)) {
        settings.set_from("username", user, "murano login");
    }
}

/// Remembers the user of a Keystone for whom the settings name none.
pub(crate) fn remember(auth_url: &str, user: &str) -> io::Result<()> {
    let mut users = read();
    users.insert(plain(auth_url).to_owned(), user.to_owned());
    write(&users)
}

/// Forgets the user of a Keystone.
pub(crate) fn forget(auth_url: &str) -> io::Result<()> {
    let mut users = read();
    match users.remove(plain(auth_url)) {
        Some(_) => write(&users),
        None => Ok(()),
    }
}

/// One spelling for a Keystone and its version.
fn plain(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    url.strip_suffix("/v3").unwrap_or(url)
}

/// What cannot be read is empty.
fn read() -> BTreeMap<String, String> {
    let text = config::users_file().and_then(|path| fs::read(path).ok());
    let users = text.and_then(|text| serde_json::from_slice(&text).ok());
    users.unwrap_or_default()
}

fn write(users: &BTreeMap<String, String>) -> io::Result<()> {
    let path = config::users_file();
    let path = path.ok_or_else(|| io::Error::other("there is no home folder"))?;
    let folder = path.parent().unwrap_or(&path);
    let mut make = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.recursive(true).create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut file, users)?;
    file.flush()?;
    file.persist(&path)?;
    Ok(())
}
