//! Settings in layers, each value with the place it came from.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use super::{clouds, env};
use crate::{error::Result, secret::wipe_text, transport::without_user};

/// Where a setting was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// An entry of `clouds.yaml`, `secure.yaml` or `clouds-public.yaml`.
    File {
        /// The file that was read.
        path: PathBuf,
        /// Name of the entry.
        cloud: String,
    },
    /// An environment variable of this name.
    Variable(String),
    /// The program itself: an option of the command line or a call of the builder.
    Explicit,
    /// A place that only the program knows, in its words.
    Place(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, cloud } => write!(f, "{} ({cloud})", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Explicit => f.write_str("given"),
            Self::Place(place) => f.write_str(place),
        }
    }
}

/// One value and where it was found.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// The value as text.
    pub value: String,
    /// Where it was found.
    pub source: Source,
}

/// Settings under their `clouds.yaml` names (`auth_url`, `project_name`, `region_name`, …).
///
/// Older names are understood: `tenant` for project, `endpoint_type` for `interface`, `verify` for
/// `insecure`, and dashes for underscores. `Debug` hides what is secret.
///
/// ```
/// use murano_sdk::auth::Settings;
///
/// let mut settings = Settings::new();
/// settings.set("project-name", "shop");
/// let mut above = Settings::new();
/// above.set("password", "secret");
/// settings.add_layer(above);
/// assert_eq!(settings.get("project_name"), Some("shop"));
/// for (name, setting) in settings.iter().filter(|(name, _)| !Settings::is_secret(name)) {
///     println!("{name} = {} from {}", setting.value, setting.source);
/// }
/// ```
#[derive(Clone, Default)]
pub struct Settings {
    values: BTreeMap<String, Setting>,
    pub(super) cloud: Option<String>,
}

/// Settings of which a later layer replaces all when it has one: a project is not named twice.
const GROUPS: [&[&str]; 5] = [
    &["project_id", "project_name"],
    &["user_id", "username"],
    &["user_domain_id", "user_domain_name"],
    &["project_domain_id", "project_domain_name"],
    &["domain_id", "domain_name"],
];

/// Settings of Murano that a later layer replaces with those of all services.
const OWN_OF_MURANO: [&str; 2] = [
    "application_catalog_interface",
    "application_catalog_region_name",
];

/// A later layer with one of these logs in its own way, whatever the layers below had.
const CREDENTIALS: [&str; 5] = [
    "password",
    "password_command",
    "token",
    "application_credential_id",
    "application_credential_name",
];

/// Parts of the names of values that are never shown. Files have settings of other services and of
/// login methods that are unknown here, too.
const SECRETS: [&str; 5] = ["passw", "passcode", "token", "secret", "_key"];

impl Settings {
    /// No settings at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the environment variables, and `clouds.yaml` where they or `cloud` name an entry, or
    /// where there are no variables and the file has a single entry.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where a file is malformed or no file has the entry.
    ///
    /// ```no_run
    /// // Not run: it reads what is set up on the machine.
    /// let settings = murano_sdk::auth::Settings::load(Some("production"))?;
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn load(cloud: Option<&str>) -> Result<Self> {
        Self::load_from(cloud, &env::read)
    }

    /// Whether the `clouds.yaml` that is found has an entry of this name.
    ///
    /// ```no_run
    /// # // It looks for files of the reader's, so the example is not run.
    /// # fn main() -> murano_sdk::Result<()> {
    /// use murano_sdk::auth::Settings;
    ///
    /// if Settings::knows_cloud("mycloud")? {
    ///     println!("{:?}", Settings::load(Some("mycloud"))?);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where the file is malformed.
    pub fn knows_cloud(cloud: &str) -> Result<bool> {
        Ok(Self::clouds()?.iter().any(|name| name == cloud))
    }

    /// The names of the entries of the `clouds.yaml` that is found; none where there is no such file.
    ///
    /// ```no_run
    /// # // It looks for files of the reader's, so the example is not run.
    /// # fn main() -> murano_sdk::Result<()> {
    /// for name in murano_sdk::auth::Settings::clouds()? {
    ///     println!("{name}");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where the file is malformed.
    pub fn clouds() -> Result<Vec<String>> {
        let variable = |name: &str| env::read(name).filter(|value| !value.is_empty());
        clouds::all(&variable)
    }

    /// The same with another source of variables.
    pub(crate) fn load_from(
        cloud: Option<&str>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let from_env = env::settings(&variable);
        let cloud = cloud.map(str::to_owned).or_else(|| variable("OS_CLOUD"));
        let mut settings = match cloud {
            Some(cloud) => clouds::settings(&cloud, &variable)?,
            None if from_env.can_log_in() => clouds::without_cloud(&variable),
            None => clouds::only_cloud(&variable)?,
        };
        settings.add_layer(from_env);
        Ok(settings)
    }

    /// Sets one value from the program; it wins over all that were there.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        let mut layer = Self::new();
        layer.insert(key, value.into(), Source::Explicit);
        self.add_layer(layer);
    }

    /// Sets one value that the program found somewhere; it wins over all that were there.
    ///
    /// ```
    /// let mut settings = murano_sdk::auth::Settings::new();
    /// settings.set_from("username", "ann", "an earlier login");
    /// let (_, setting) = settings.iter().next().expect("one");
    /// assert_eq!(setting.source.to_string(), "an earlier login");
    /// ```
    pub fn set_from(&mut self, key: &str, value: impl Into<String>, place: impl Into<String>) {
        let mut layer = Self::new();
        layer.insert(key, value.into(), Source::Place(place.into()));
        self.add_layer(layer);
    }

    /// Puts `layer` over these settings.
    pub fn add_layer(&mut self, layer: Self) {
        for key in OWN_OF_MURANO {
            // Said later for all services, it counts for this one as well.
            if let Some((_, general)) = key.split_once("catalog_")
                && layer.values.contains_key(general)
            {
                self.values.remove(key);
            }
        }
        for group in GROUPS {
            if group.iter().any(|key| layer.values.contains_key(*key)) {
                for key in group {
                    self.values.remove(*key);
                }
            }
        }
        if CREDENTIALS
            .iter()
            .any(|key| layer.values.contains_key(*key))
        {
            for key in CREDENTIALS {
                self.values.remove(key);
            }
            self.values.remove("auth_type");
        }
        self.values.extend(layer.values);
        self.cloud = layer.cloud.or(self.cloud.take());
    }

    /// Name of the entry of `clouds.yaml` that was read.
    pub fn cloud(&self) -> Option<&str> {
        self.cloud.as_deref()
    }

    /// Whether tokens may be kept between runs: not with `cache: {auth: false}` in `clouds.yaml`.
    ///
    /// ```
    /// let settings = murano_sdk::auth::Settings::new();
    /// assert!(settings.keeps_tokens() && settings.cloud().is_none());
    /// ```
    pub fn keeps_tokens(&self) -> bool {
        self.get("cache_auth").is_none_or(is_true)
    }

    /// The value of a setting for people to read: a secret is `[redacted]`, a URL has no user in it.
    ///
    /// ```
    /// let mut settings = murano_sdk::auth::Settings::new();
    /// settings.set("password", "swordfish");
    /// settings.set("auth_url", "https://me:swordfish@keystone.example");
    /// assert_eq!(settings.shown("password").as_deref(), Some("[redacted]"));
    /// assert_eq!(settings.shown("auth_url").as_deref(), Some("https://keystone.example"));
    /// ```
    pub fn shown(&self, key: &str) -> Option<String> {
        let value = self.get(key)?;
        Some(if Self::is_secret(key) {
            "[redacted]".to_owned()
        } else if key.ends_with("url") || key.contains("endpoint_") {
            without_user(value)
        } else {
            value.to_owned()
        })
    }

    /// The value of a setting.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|setting| setting.value.as_str())
    }

    /// All settings in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.values
            .iter()
            .map(|(key, setting)| (key.as_str(), setting))
    }

    /// Whether the value of `key` must not be shown.
    pub fn is_secret(key: &str) -> bool {
        // A command that prints a secret is none.
        key != "password_command" && SECRETS.iter().any(|part| key.contains(part))
    }

    pub(super) fn insert(&mut self, key: &str, value: String, source: Source) {
        if value.is_empty() {
            return;
        }
        let (key, value) = normalise(key, value);
        self.values.insert(key, Setting { value, source });
    }

    /// Whether these settings alone name a place to go to.
    fn can_log_in(&self) -> bool {
        self.get("auth_url").is_some() || self.get("endpoint_override").is_some()
    }

    pub(super) fn insert_file(&mut self, key: &str, value: String, path: &Path, cloud: &str) {
        let source = Source::File {
            path: path.to_owned(),
            cloud: cloud.to_owned(),
        };
        self.insert(key, value, source);
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self
            .iter()
            .map(|(key, setting)| (key, (self.shown(key), &setting.source)));
        f.debug_map().entries(shown).finish()
    }
}

/// It may be a secret.
impl Drop for Setting {
    fn drop(&mut self) {
        wipe_text(&mut self.value);
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// Which of two names for the same setting counts in one file: the greater one. Old names are the
/// least, those for this service alone the greatest.
pub(super) fn rank(key: &str) -> u8 {
    let key = key.replace('-', "_");
    match key.as_str() {
        key if key.starts_with("application_catalog_") => 2,
        key if normalise(key, String::new()).0 == key => 1,
        _ => 0,
    }
}

/// Today's name of a setting, and the value as that name means it.
fn normalise(key: &str, value: String) -> (String, String) {
    let key = key.replace('-', "_").to_ascii_lowercase();
    let key = match key.as_str() {
        "tenant" | "tenant_name" | "project" => "project_name",
        "tenant_id" => "project_id",
        "user_name" | "user" => "username",
        "auth_token" => "token",
        "ca_file" => "cacert",
        "cert_file" => "cert",
        "key_file" => "key",
        "region" => "region_name",
        "application_catalog_endpoint_override" | "murano_url" | "endpoint" => "endpoint_override",
        "application_catalog_service_type" => "service_type",
        "endpoint_type" => return normalise("interface", value),
        key if key == "interface" || key.ends_with("_interface") => {
            let plain = value.to_ascii_lowercase();
            let plain = plain.strip_suffix("url").unwrap_or(&plain).to_owned();
            return (key.to_owned(), plain);
        }
        "verify" => {
            let insecure = !is_true(&value);
            return ("insecure".to_owned(), insecure.to_string());
        }
        other => other,
    };
    (key.to_owned(), value)
}

/// Whether a switch is on, in the words YAML 1.1 and shells use.
pub(super) fn is_true(value: &str) -> bool {
    matches!(
        value.trim().to_ascii_lowercase().as_str(),
        "1" | "true" | "yes" | "on" | "y" | "t"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(values: &[(&str, &str)]) -> Settings {
        let mut layer = Settings::new();
        for (key, value) in values {
            layer.insert(key, (*value).to_owned(), Source::Explicit);
        }
        layer
    }

    #[test]
    fn old_names_are_understood() {
        let settings = layer(&[
            ("tenant_name", "demo"),
            ("endpoint-type", "publicURL"),
            ("verify", "no"),
            ("application_catalog_endpoint_override", "http://m"),
        ]);
        assert_eq!(settings.get("project_name"), Some("demo"));
        assert_eq!(settings.get("interface"), Some("public"));
        assert_eq!(settings.get("insecure"), Some("true"));
        assert_eq!(settings.get("endpoint_override"), Some("http://m"));
    }

    #[test]
    fn a_later_layer_replaces_the_other_spelling_of_the_same_thing() {
        let mut settings = layer(&[
            ("project_id", "1"),
            ("password", "p"),
            ("auth_type", "password"),
        ]);
        settings.add_layer(layer(&[("project_name", "demo"), ("token", "t")]));
        assert_eq!(settings.get("project_id"), None);
        assert_eq!(settings.get("password"), None);
        assert_eq!(settings.get("auth_type"), None);
        assert_eq!(settings.get("token"), Some("t"));
    }

    #[test]
    fn a_later_layer_speaks_for_murano_too() {
        let file = [
            ("application_catalog_region_name", "r1"),
            ("image_region_name", "r2"),
        ];
        let mut settings = layer(&file);
        settings.add_layer(layer(&[("region_name", "r3")]));
        assert_eq!(settings.get("application_catalog_region_name"), None);
        assert_eq!(settings.get("image_region_name"), Some("r2"));
    }

    #[test]
    fn debug_hides_secrets() {
        let settings = layer(&[("password", "hush"), ("username", "demo")]);
        let shown = format!("{settings:?} {:?}", settings.iter().next().unwrap().1);
        assert!(shown.contains("demo") && !shown.contains("hush"), "{shown}");
        // Of login methods and services that are not ours, in the same files.
        for key in [
            "client_secret",
            "access_token",
            "identity-provider-password",
            "Passcode",
            "proxy_passwd",
            "object_store_temp_url_key",
        ] {
            let shown = format!("{:?}", layer(&[(key, "hush")]));
            assert!(!shown.contains("hush"), "{shown}");
        }
        assert!(!Settings::is_secret("key") && !Settings::is_secret("username"));
    }
}
