//! Settings checked and put into types.

use std::{fmt, time::Duration};

use super::{
    cache,
    identity::{Identity, Scope},
    service::{MURANO, Place, Service},
    settings::{Settings, is_true},
};
use crate::{
    error::{Error, Result},
    secret::Secret,
    transport::{Options, Tls, without_user},
};

/// Everything a client needs to know before its first call.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) login: Login,
    pub(crate) transport: Options,
    settings: Settings,
}

#[derive(Clone)]
pub(crate) enum Login {
    /// A token from Keystone v3 at this URL (which ends in `/v3`).
    Keystone {
        url: String,
        identity: Identity,
        scope: Scope,
    },
    /// No Keystone: the token, if any, is sent as it is.
    Fixed { token: Option<Secret> },
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("login", &self.login)
            .field("transport", &self.transport)
            .field("settings", &self.settings)
            .finish()
    }
}

impl Login {
    /// What it is kept under in a cache: everything that makes it up but its secret.
    pub(super) fn key(&self) -> Option<String> {
        let Self::Keystone {
            url,
            identity,
            scope,
        } = self
        else {
            return None;
        };
        let whole = serde_json::json!({
            "url": without_user(url),
            "login": identity.without_secrets(scope),
        });
        Some(cache::key(&whole.to_string()))
    }

    /// Whom its secret belongs to.
    pub(super) fn account(&self) -> Option<String> {
        match self {
            Self::Keystone { url, identity, .. } => {
                Some(format!("{} at {}", identity.account(), without_user(url)))
            }
            Self::Fixed { .. } => None,
        }
    }

    /// The secret it is made with time and again.
    pub(super) fn lasting(&self) -> Option<&Secret> {
        match self {
            Self::Keystone { identity, .. } => identity.lasting(),
            Self::Fixed { .. } => None,
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keystone {
                url,
                identity,
                scope,
            } => f
                .debug_struct("Keystone")
                .field("url", &without_user(url))
                .field("identity", identity)
                .field("scope", scope)
                .finish(),
            Self::Fixed { token } => f.debug_struct("Fixed").field("token", token).finish(),
        }
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl Config {
    /// With `later`, secrets of the login that are missing may be found when it is needed.
    pub(crate) fn new(settings: &Settings, user_agent: String, later: bool) -> Result<Self> {
        let transport = transport_options(settings, user_agent)?;
        MURANO.place(settings)?;
        Ok(Self {
            login: login(settings, later)?,
            transport,
            settings: settings.clone(),
        })
    }

    /// Where a service is looked for. Only what is wrong about Murano was told before.
    pub(crate) fn place(&self, service: &Service) -> Result<Place> {
        service.place(&self.settings)
    }
}

/// How to connect, whoever is asked.
pub(crate) fn transport_options(settings: &Settings, user_agent: String) -> Result<Options> {
    let file = |key: &str| settings.get(key).map(str::to_owned).map(at_home);
    Ok(Options {
        tls: Tls {
            cacert: file("cacert"),
            cert: file("cert"),
            key: file("key"),
            insecure: settings.get("insecure").is_some_and(is_true),
        },
        connect_timeout: seconds(settings, "connect_timeout")?.unwrap_or(CONNECT_TIMEOUT),
        idle_timeout: seconds(settings, "api_timeout")?,
        user_agent,
    })
}

/// A path in a file of settings is read by no shell that would know `~/`.
fn at_home(path: String) -> String {
    let place = path.strip_prefix("~/").zip(etcetera::home_dir().ok());
    match place {
        Some((rest, home)) => home.join(rest).display().to_string(),
        None => path,
    }
}

fn seconds(settings: &Settings, key: &str) -> Result<Option<Duration>> {
    let Some(text) = settings.get(key) else {
        return Ok(None);
    };
    let parsed = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
    parsed
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .map(Some)
        .ok_or_else(|| {
            Error::config(format!(
                "{key} is \"{text}\", it must be a number of seconds above 0"
            ))
        })
}

fn login(settings: &Settings, later: bool) -> Result<Login> {
    let auth_type = settings.get("auth_type").unwrap_or_default();
    let no_keystone = matches!(auth_type, "none" | "noauth" | "admin_token");
    let token = settings.get("token").map(Secret::from);
    let Some(url) = settings.get("auth_url").filter(|_| !no_keystone) else {
        if settings.get("endpoint_override").is_none() {
            return Err(missing_place(settings, no_keystone));
        }
        if token.is_none() && !no_keystone {
            return Err(Error::config(
                "the endpoint is known, who you are is not: set OS_TOKEN, or OS_AUTH_URL with \
                 OS_USERNAME and OS_PASSWORD",
            ));
        }
        return Ok(Login::Fixed { token });
    };
    if let Some(version) = settings.get("identity_api_version")
        && !version.starts_with('3')
    {
        let text = format!("identity_api_version is \"{version}\", only Keystone v3 is supported");
        return Err(Error::config(text));
    }
    let identity = Identity::read(settings, auth_type, token)?;
    if !later && let Some(lacks) = identity.lacks() {
        return Err(lacks.error());
    }
    let scope = Scope::read(settings, &identity)?;
    Ok(Login::Keystone {
        url: keystone_url(url),
        identity,
        scope,
    })
}

fn missing_place(settings: &Settings, no_keystone: bool) -> Error {
    if no_keystone {
        return Error::config("without Keystone the endpoint must be given: set MURANO_URL");
    }
    if settings.iter().next().is_some() {
        return Error::config(
            "no Keystone is named: set OS_AUTH_URL, or OS_CLOUD to an entry of clouds.yaml",
        );
    }
    Error::config(
        "no cloud is configured: set OS_CLOUD to an entry of clouds.yaml, or OS_AUTH_URL with \
         OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME, or MURANO_URL with OS_TOKEN",
    )
}

/// The URL of Keystone v3, from its own or its root's.
fn keystone_url(url: &str) -> String {
    let url = url.trim_end_matches('/');
    match url.rsplit_once('/') {
        Some((_, "v3")) => url.to_owned(),
        Some((root, "v2.0")) => format!("{root}/v3"),
        _ => format!("{url}/v3"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(values: &[(&str, &str)]) -> Result<Config> {
        let mut settings = Settings::new();
        for (key, value) in values {
            settings.set(key, *value);
        }
        Config::new(&settings, "test".to_owned(), false)
    }

    #[test]
    fn nothing_at_all_names_the_ways_to_configure() {
        let error = config(&[]).unwrap_err().to_string();
        for way in ["OS_CLOUD", "OS_AUTH_URL", "MURANO_URL"] {
            assert!(error.contains(way), "{error}");
        }
    }

    #[test]
    fn the_first_missing_value_is_named() {
        let error = config(&[
            ("auth_url", "http://k"),
            ("password", "p"),
            ("project_name", "demo"),
        ]);
        assert!(error.unwrap_err().to_string().contains("OS_USERNAME"));
        let error = config(&[
            ("auth_url", "http://k"),
            ("password", "p"),
            ("username", "demo"),
        ]);
        assert!(error.unwrap_err().to_string().contains("OS_PROJECT_NAME"));
    }

    #[test]
    fn keystone_is_found_from_its_root_and_its_versions() {
        for url in [
            "http://k:5000",
            "http://k:5000/",
            "http://k:5000/v3",
            "http://k:5000/v2.0",
        ] {
            assert_eq!(keystone_url(url), "http://k:5000/v3");
        }
        assert_eq!(keystone_url("http://k/identity"), "http://k/identity/v3");
    }

    #[test]
    fn the_method_follows_from_what_is_there() {
        let base = [("auth_url", "http://k"), ("token", "t")];
        assert!(matches!(
            config(&base).unwrap().login,
            Login::Keystone {
                identity: Identity::Token(_),
                scope: Scope::Unscoped,
                ..
            }
        ));
        let fixed = config(&[("endpoint_override", "http://m"), ("token", "t")]).unwrap();
        assert!(matches!(fixed.login, Login::Fixed { token: Some(_) }));
        let credential = config(&[
            ("auth_url", "http://k"),
            ("application_credential_id", "i"),
            ("application_credential_secret", "s"),
        ]);
        assert!(matches!(
            credential.unwrap().login,
            Login::Keystone {
                identity: Identity::ApplicationCredential { .. },
                ..
            }
        ));
    }

    #[test]
    fn debug_of_a_configuration_has_no_secret() {
        let values = [
            ("auth_url", "http://k"),
            ("username", "u"),
            ("password", "hush"),
            ("project_name", "p"),
        ];
        assert!(!format!("{:?}", config(&values).unwrap()).contains("hush"));
    }

    #[test]
    fn a_token_wins_over_a_credential_where_the_method_says_so() {
        let values = [
            ("auth_url", "http://k"),
            ("auth_type", "token"),
            ("application_credential_name", "c"),
            ("token", "t"),
        ];
        let mut settings = Settings::new();
        for (key, value) in values {
            settings.insert(key, value.to_owned(), super::super::Source::Explicit);
        }
        let config = Config::new(&settings, String::new(), false).unwrap();
        assert!(matches!(
            config.login,
            Login::Keystone {
                identity: Identity::Token(_),
                ..
            }
        ));
    }

    #[test]
    fn the_home_folder_may_be_a_tilde() {
        let config = config(&[
            ("endpoint_override", "http://m"),
            ("token", "t"),
            ("cacert", "~/ca.pem"),
            ("key", "a~/k.pem"),
        ]);
        let tls = config.unwrap().transport.tls;
        let home = etcetera::home_dir().unwrap().join("ca.pem");
        assert_eq!(tls.cacert.as_deref(), home.to_str());
        assert_eq!(tls.key.as_deref(), Some("a~/k.pem"));
    }

    #[test]
    fn time_limits_are_positive_seconds() {
        let base = [
            ("endpoint_override", "http://m"),
            ("token", "t"),
            ("api_timeout", "-1"),
        ];
        assert!(
            config(&base)
                .unwrap_err()
                .to_string()
                .contains("api_timeout")
        );
    }
}
