//! Settings from `clouds.yaml`, `secure.yaml` and `clouds-public.yaml`, looked for where the other
//! OpenStack clients look.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde_json::Value;

use super::settings::{Settings, rank};
use crate::{
    error::{Error, Result, io_reason},
    secret::{Passing, wipe},
};

type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A configuration file that was found and read.
struct File {
    path: PathBuf,
    content: Value,
}

/// There are passwords in it.
impl Drop for File {
    fn drop(&mut self) {
        wipe(&mut self.content);
    }
}

/// The settings of one entry.
pub(super) fn settings(cloud: &str, variable: Variable<'_>) -> Result<Settings> {
    let Some(file) = find("clouds", "OS_CLIENT_CONFIG_FILE", variable)? else {
        let text = format!(
            "cloud \"{cloud}\" is not known: there is no clouds.yaml in this folder, \
             ~/.config/openstack or /etc/openstack, and OS_CLIENT_CONFIG_FILE names none"
        );
        let text = unreadable(variable).map_or(text, |told| {
            format!("cloud \"{cloud}\" is not known: {told}")
        });
        return Err(Error::config(text));
    };
    let Some(entry) = file
        .content
        .pointer("/clouds")
        .and_then(|clouds| clouds.get(cloud))
    else {
        let known = names(&file).join(", ");
        let text = format!(
            "cloud \"{cloud}\" is not in {} (it has: {known})",
            file.path.display()
        );
        return Err(Error::config(text));
    };
    let mut settings = of_all(&file);
    settings.cloud = Some(cloud.to_owned());
    let missing = match profile(entry) {
        Some(profile) => add_profile(&mut settings, profile, variable)?,
        None => None,
    };
    add(&mut settings, entry, &file.path, cloud);
    if let Some(secure) = find("secure", "OS_CLIENT_SECURE_FILE", variable)?
        && let Some(entry) = secure
            .content
            .pointer("/clouds")
            .and_then(|all| all.get(cloud))
    {
        add(&mut settings, entry, &secure.path, cloud);
    }
    // The other clients go on without a profile they do not know: an entry may be complete.
    match missing {
        Some(error) if settings.get("auth_url").is_none() => Err(error),
        _ => Ok(settings),
    }
}

/// The settings of the entry of a file that has just one; none where there is no file or a choice.
pub(super) fn only_cloud(variable: Variable<'_>) -> Result<Settings> {
    let Some(file) = find("clouds", "OS_CLIENT_CONFIG_FILE", variable)? else {
        return Ok(Settings::new());
    };
    match names(&file).as_slice() {
        [only] => settings(only, variable),
        _ => Ok(of_all(&file)),
    }
}

/// What a file says that is good for every login. Nobody has asked for the file, so that one that
/// cannot be understood does not matter.
pub(super) fn without_cloud(variable: Variable<'_>) -> Settings {
    let file = find("clouds", "OS_CLIENT_CONFIG_FILE", variable);
    file.ok()
        .flatten()
        .map(|file| of_all(&file))
        .unwrap_or_default()
}

fn of_all(file: &File) -> Settings {
    let mut settings = Settings::new();
    add_cache(&mut settings, &file.content, &file.path, "cache");
    settings
}

/// Whether tokens are to be kept, for all entries of the file or for one.
fn add_cache(settings: &mut Settings, content: &Value, path: &Path, cloud: &str) {
    let wanted = content.pointer("/cache/auth").and_then(text);
    if let Some(wanted) = wanted {
        settings.insert_file("cache_auth", wanted, path, cloud);
    }
}

/// A value as a setting has it. A list of words, such as a command, is kept as JSON.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(words) if words.iter().all(Value::is_string) => Some(value.to_string()),
        _ => None,
    }
}

/// The names of all entries; none where there is no file.
pub(super) fn all(variable: Variable<'_>) -> Result<Vec<String>> {
    let file = find("clouds", "OS_CLIENT_CONFIG_FILE", variable)?;
    Ok(file.as_ref().map(names).unwrap_or_default())
}

fn names(file: &File) -> Vec<String> {
    let clouds = file.content.get("clouds").and_then(Value::as_object);
    clouds
        .map(|clouds| clouds.keys().cloned().collect())
        .unwrap_or_default()
}

fn profile(entry: &Value) -> Option<&str> {
    entry
        .get("profile")
        .or_else(|| entry.get("cloud"))
        .and_then(Value::as_str)
}

/// Adds what the profile says; returns what to say where nobody describes it.
fn add_profile(
    settings: &mut Settings,
    profile: &str,
    variable: Variable<'_>,
) -> Result<Option<Error>> {
    let public = find("clouds-public", "OS_CLIENT_VENDOR_FILE", variable)?;
    let found = public.as_ref().and_then(|file| {
        let entry = file.content.get("public-clouds")?.get(profile)?;
        Some((entry, &file.path))
    });
    let Some((entry, path)) = found else {
        let text = format!("profile \"{profile}\" is in no clouds-public.yaml");
        return Ok(Some(Error::config(text)));
    };
    add(settings, entry, path, profile);
    Ok(None)
}

fn add(settings: &mut Settings, entry: &Value, path: &Path, cloud: &str) {
    add_cache(settings, entry, path, cloud);
    let Some(entry) = entry.as_object() else {
        return;
    };
    if let Some(first) = entry
        .get("regions")
        .and_then(Value::as_array)
        .and_then(|all| all.first())
    {
        let name = first
            .as_str()
            .or_else(|| first.get("name").and_then(Value::as_str));
        if let Some(name) = name {
            settings.insert_file("region_name", name.to_owned(), path, cloud);
        }
    }
    let auth = entry.get("auth").and_then(Value::as_object);
    let mut values: Vec<_> = entry.iter().chain(auth.into_iter().flatten()).collect();
    values.sort_by_key(|(key, _)| rank(key));
    for (key, value) in values {
        let is_list = value.is_array() && key.replace('-', "_") != "password_command";
        if let Some(text) = text(value).filter(|_| !is_list) {
            settings.insert_file(key, text, path, cloud);
        }
    }
}

/// The first readable file of this name: the one a variable names, then this folder, the user's and
/// the system's. A file that may not be read is passed over, as the other clients do.
fn find(stem: &str, override_name: &str, variable: Variable<'_>) -> Result<Option<File>> {
    for path in candidates(stem, override_name, variable) {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let text = Passing::new(text);
        let content = crate::yaml::load(&text)
            .map_err(|error| Error::config(format!("{}: {error}", path.display())))?;
        return Ok(Some(File { path, content }));
    }
    Ok(None)
}

fn candidates(stem: &str, override_name: &str, variable: Variable<'_>) -> Vec<PathBuf> {
    let named = variable(override_name).map(PathBuf::from);
    let found = folders(variable).into_iter().flat_map(|folder| {
        ["yaml", "yml", "json"].map(|extension| folder.join(format!("{stem}.{extension}")))
    });
    named.into_iter().chain(found).collect()
}

/// Names the first `clouds.yaml` that is there and was passed over.
fn unreadable(variable: Variable<'_>) -> Option<String> {
    let mut candidates = candidates("clouds", "OS_CLIENT_CONFIG_FILE", variable).into_iter();
    candidates.find_map(|path| {
        let error = std::fs::read_to_string(&path).err()?;
        let reason = (error.kind() != std::io::ErrorKind::NotFound).then(|| io_reason(&error))?;
        Some(format!("{} cannot be read: {reason}", path.display()))
    })
}

fn folders(variable: Variable<'_>) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(".")];
    if let Some(xdg) = variable("XDG_CONFIG_HOME") {
        folders.push(Path::new(&xdg).join("openstack"));
    }
    if let Some(home) = variable("HOME") {
        folders.push(Path::new(&home).join(".config/openstack"));
    } else if let Ok(base) = etcetera::choose_base_strategy() {
        folders.push(base.config_dir().join("openstack"));
    }
    folders.push(PathBuf::from("/etc/openstack"));
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_files(files: &[(&str, &str)], test: impl FnOnce(Variable<'_>)) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let path = |name: &str| Some(folder.path().join(name).display().to_string());
        test(&|name| match name {
            "OS_CLIENT_CONFIG_FILE" => path("clouds.yaml"),
            "OS_CLIENT_SECURE_FILE" => path("secure.yaml"),
            "OS_CLIENT_VENDOR_FILE" => path("clouds-public.yaml"),
            "HOME" => path("home"),
            _ => None,
        });
    }

    const CLOUDS: &str = "clouds:\n  one:\n    profile: vendor\n    region_name: r1\n    verify: off\n    \
                          auth:\n      username: demo\n      project_name: demo\n";

    #[test]
    fn secrets_and_profiles_are_merged() {
        let secure = "clouds:\n  one:\n    auth:\n      password: 0123\n";
        let public = "public-clouds:\n  vendor:\n    auth:\n      auth_url: http://k/v3\n";
        let files = [
            ("clouds.yaml", CLOUDS),
            ("secure.yaml", secure),
            ("clouds-public.yaml", public),
        ];
        with_files(&files, |variable| {
            let settings = settings("one", variable).unwrap();
            assert_eq!(settings.get("auth_url"), Some("http://k/v3"));
            assert_eq!(settings.get("username"), Some("demo"));
            assert_eq!(settings.get("insecure"), Some("true"));
            assert!(settings.get("password").is_some());
        });
    }

    #[test]
    fn an_unknown_cloud_names_the_known_ones() {
        with_files(
            &[("clouds.yaml", "clouds:\n  a: {}\n  b: {}\n")],
            |variable| {
                let error = settings("c", variable).unwrap_err().to_string();
                assert!(error.contains("\"c\"") && error.contains("a, b"), "{error}");
                assert!(only_cloud(variable).unwrap().iter().next().is_none());
                assert_eq!(all(variable).unwrap(), ["a", "b"]);
            },
        );
    }

    #[test]
    fn names_of_today_and_of_the_service_win_over_others() {
        let clouds = "clouds:\n  a:\n    interface: public\n    application_catalog_interface: internal\n    \
                      region_name: r1\n    application_catalog_region_name: r2\n    \
                      application_catalog_endpoint_override: http://m\n    endpoint_override: http://x\n    \
                      auth:\n      tenant_name: old\n      project_name: new\n      endpoint: http://y\n";
        with_files(&[("clouds.yaml", clouds)], |variable| {
            let settings = settings("a", variable).unwrap();
            for (key, value) in [
                ("interface", "public"),
                ("application_catalog_interface", "internal"),
                ("region_name", "r1"),
                ("application_catalog_region_name", "r2"),
                ("endpoint_override", "http://m"),
                ("project_name", "new"),
            ] {
                assert_eq!(settings.get(key), Some(value), "{key}");
            }
        });
    }

    #[test]
    fn tokens_are_kept_unless_the_file_says_no() {
        let clouds = "cache:\n  auth: no\nclouds:\n  a: {}\n  b:\n    cache: {auth: true}\n    auth:\n      \
                      password_command: [pass, show, my cloud]\n";
        with_files(&[("clouds.yaml", clouds)], |variable| {
            assert!(!settings("a", variable).unwrap().keeps_tokens());
            assert!(!only_cloud(variable).unwrap().keeps_tokens());
            assert!(!without_cloud(variable).keeps_tokens());
            let settings = settings("b", variable).unwrap();
            assert!(settings.keeps_tokens());
            assert_eq!(settings.cloud(), Some("b"));
            let command = r#"["pass","show","my cloud"]"#;
            assert_eq!(settings.shown("password_command").as_deref(), Some(command));
        });
        with_files(&[("clouds.yaml", "clouds: [\n")], |variable| {
            assert!(without_cloud(variable).keeps_tokens());
        });
    }

    #[test]
    fn a_profile_nobody_describes_matters_where_it_is_needed() {
        let clouds = "clouds:\n  a:\n    profile: vendor\n    auth:\n      auth_url: http://k\n  \
                      b:\n    profile: vendor\n";
        with_files(&[("clouds.yaml", clouds)], |variable| {
            let settings = settings("a", variable).unwrap();
            assert_eq!(settings.get("auth_url"), Some("http://k"));
            let error = super::settings("b", variable).unwrap_err().to_string();
            assert!(error.contains("\"vendor\""), "{error}");
        });
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        with_files(&[], |variable| {
            std::fs::create_dir(variable("OS_CLIENT_CONFIG_FILE").unwrap()).unwrap();
            let error = settings("a", variable).unwrap_err().to_string();
            assert!(error.contains("clouds.yaml cannot be read"), "{error}");
        });
    }

    #[test]
    fn a_malformed_file_is_named_with_the_place() {
        with_files(&[("clouds.yaml", "clouds:\n  a: [\n")], |variable| {
            let error = settings("a", variable).unwrap_err().to_string();
            assert!(error.contains("clouds.yaml: line "), "{error}");
        });
    }

    proptest::proptest! {
        /// Whatever is in the files, there are settings or one error.
        #[test]
        fn no_file_makes_it_panic(text in "[a-z0-9:\\[\\]{}&*!|>'\"%#?,.\n -]{0,80}", value in "[a-z:\\[\\]{}&*!'\" -]{0,12}") {
            let valued = format!("clouds:\n  one:\n    profile: {value}\n    auth: {value}\n    verify: {value}\ncache: {value}\n");
            for clouds in [text.as_str(), &valued] {
                with_files(&[("clouds.yaml", clouds), ("secure.yaml", &text)], |variable| {
                    let _ = settings("one", variable);
                    let _ = only_cloud(variable);
                    let _ = all(variable);
                });
            }
        }
    }
}
