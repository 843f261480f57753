//! Readers of settings and of kept tokens, given anything.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use super::{Config, Settings, TokenCache, clouds};
use crate::{
    fuzzing::{check_told, texts},
    secret::Secret,
};

/// `clouds.yaml`, `secure.yaml` and `clouds-public.yaml`.
pub(crate) fn clouds(data: &[u8]) {
    let Some([clouds, secure, public]) = texts(data) else {
        return;
    };
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text)
            .ok()
            .map(|()| path.display().to_string())
    };
    let clouds = file("clouds.yaml", clouds);
    let (secure, public) = (file("secure.yaml", secure), file("public.yaml", public));
    let variable = |name: &str| match name {
        "OS_CLIENT_CONFIG_FILE" => clouds.clone(),
        "OS_CLIENT_SECURE_FILE" => secure.clone(),
        "OS_CLIENT_VENDOR_FILE" => public.clone(),
        "HOME" => Some(folder.path().display().to_string()),
        _ => None,
    };
    check_settings(Settings::load_from(None, &variable));
    match clouds::all(&variable) {
        Ok(names) => {
            for name in names.iter().take(8) {
                check_settings(Settings::load_from(Some(name), &variable));
            }
        }
        Err(error) => check_told(&error),
    }
}

fn check_settings(settings: crate::Result<Settings>) {
    let config = settings.and_then(|settings| {
        let shown = format!("{settings:?}");
        let open: Vec<_> = settings
            .iter()
            .filter(|(key, _)| !Settings::is_secret(key))
            .collect();
        for (key, setting) in settings.iter() {
            // Short ones are found anywhere, and so is what an open setting says, too.
            let value = &setting.value;
            let is_secret = Settings::is_secret(key)
                && value.len() > 12
                && !open.iter().any(|(_, other)| other.value.contains(value));
            assert!(!is_secret || !shown.contains(value), "{key}");
            settings.shown(key);
        }
        Config::new(&settings, "murano".to_owned(), true)
    });
    if let Err(error) = config {
        check_told(&error);
    }
}

/// The file of a login.
pub(crate) fn tokens(data: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    if write_private(&folder.path().join("login.json"), data).is_err() {
        return;
    }
    let cache = TokenCache::new(folder.path());
    let secret = Secret::from("secret");
    for secret in [None, Some(&secret)] {
        let token = cache.load("login", secret);
        // Only who knows the secret of the login can have written this.
        assert!(token.is_none() || secret.is_none());
    }
    for login in cache.logins() {
        assert!(cache.forget(&login).is_ok());
    }
    assert!(cache.logins().is_empty());
}

fn write_private(path: &Path, data: &[u8]) -> std::io::Result<()> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(path)?;
    file.write_all(data)
}
