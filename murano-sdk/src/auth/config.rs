//! Settings checked and put into types.

use std::{fmt, time::Duration};

use super::{
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

/// Name or id of a user, project or domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Id(String),
    Name(String),
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) user: Named,
    pub(crate) domain: Named,
}

#[derive(Clone, Debug)]
pub(crate) enum Identity {
    Password {
        user: User,
        password: Secret,
    },
    Token(Secret),
    /// The user is needed where the credential is given by its name.
    ApplicationCredential {
        credential: Named,
        user: Option<User>,
        secret: Secret,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Unscoped,
    Project { project: Named, domain: Named },
    Domain(Named),
    System,
    Trust(String),
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

impl Config {
    pub(crate) fn new(settings: &Settings, user_agent: String) -> Result<Self> {
        let transport = transport_options(settings, user_agent)?;
        MURANO.place(settings)?;
        Ok(Self {
            login: login(settings)?,
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
        connect_timeout: seconds(settings, "connect_timeout", CONNECT_TIMEOUT)?,
        idle_timeout: seconds(settings, "api_timeout", IDLE_TIMEOUT)?,
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

fn seconds(settings: &Settings, key: &str, default: Duration) -> Result<Duration> {
    let Some(text) = settings.get(key) else {
        return Ok(default);
    };
    let parsed = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
    parsed
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| {
            Error::config(format!(
                "{key} is \"{text}\", it must be a number of seconds above 0"
            ))
        })
}

fn login(settings: &Settings) -> Result<Login> {
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
    let identity = identity(settings, auth_type, token)?;
    let scope = scope(settings, &identity)?;
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

fn identity(settings: &Settings, auth_type: &str, token: Option<Secret>) -> Result<Identity> {
    let get = |key: &str| settings.get(key);
    let credential = get("application_credential_id")
        .map(|id| Named::Id(id.to_owned()))
        .or_else(|| get("application_credential_name").map(|name| Named::Name(name.to_owned())));
    match (auth_type, credential, token) {
        ("" | "v3applicationcredential", Some(credential), _) => {
            let secret = required(settings, "application_credential_secret")?;
            let user = match &credential {
                Named::Id(_) => None,
                Named::Name(_) => Some(user(settings)?),
            };
            Ok(Identity::ApplicationCredential {
                credential,
                user,
                secret: secret.into(),
            })
        }
        ("", None, Some(token)) | ("token" | "v3token", _, Some(token)) => {
            Ok(Identity::Token(token))
        }
        ("token" | "v3token", _, None) => Err(missing("token")),
        ("" | "password" | "v3password", _, _) => {
            let password = || required(settings, "password");
            Ok(Identity::Password {
                user: user(settings)?,
                password: password()?.into(),
            })
        }
        ("v3applicationcredential", None, _) => Err(missing("application_credential_id")),
        (other, _, _) => Err(Error::config(format!(
            "auth_type is \"{other}\", it must be password, token, v3applicationcredential or none"
        ))),
    }
}

fn user(settings: &Settings) -> Result<User> {
    let user = settings.get("user_id").map(|id| Named::Id(id.to_owned()));
    let user = user.or_else(|| {
        settings
            .get("username")
            .map(|name| Named::Name(name.to_owned()))
    });
    Ok(User {
        user: user.ok_or_else(|| missing("username"))?,
        domain: domain(settings, "user_domain_id", "user_domain_name"),
    })
}

/// A domain by id, else by name, else the default one, which Keystone makes with the id `default`.
fn domain(settings: &Settings, id: &str, name: &str) -> Named {
    let by_id = settings.get(id).map(|id| Named::Id(id.to_owned()));
    let by_name = || settings.get(name).map(|name| Named::Name(name.to_owned()));
    let default = || {
        Named::Id(
            settings
                .get("default_domain")
                .unwrap_or("default")
                .to_owned(),
        )
    };
    by_id.or_else(by_name).unwrap_or_else(default)
}

fn scope(settings: &Settings, identity: &Identity) -> Result<Scope> {
    if matches!(identity, Identity::ApplicationCredential { .. }) {
        // The credential carries its own project.
        return Ok(Scope::Unscoped);
    }
    if let Some(trust) = settings.get("trust_id") {
        return Ok(Scope::Trust(trust.to_owned()));
    }
    let project = settings
        .get("project_id")
        .map(|id| Named::Id(id.to_owned()));
    let project = project.or_else(|| {
        settings
            .get("project_name")
            .map(|n| Named::Name(n.to_owned()))
    });
    if let Some(project) = project {
        let domain = domain(settings, "project_domain_id", "project_domain_name");
        return Ok(Scope::Project { project, domain });
    }
    if settings.get("domain_id").is_some() || settings.get("domain_name").is_some() {
        return Ok(Scope::Domain(domain(settings, "domain_id", "domain_name")));
    }
    if settings.get("system_scope").is_some() {
        return Ok(Scope::System);
    }
    match identity {
        // A token may be scoped already.
        Identity::Token(_) => Ok(Scope::Unscoped),
        _ => Err(missing("project_name")),
    }
}

fn required<'a>(settings: &'a Settings, key: &str) -> Result<&'a str> {
    settings.get(key).ok_or_else(|| missing(key))
}

fn missing(key: &str) -> Error {
    let variable = format!("OS_{}", key.to_ascii_uppercase());
    Error::config(format!(
        "{key} is missing: set {variable}, or `{key}` in clouds.yaml"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(values: &[(&str, &str)]) -> Result<Config> {
        let mut settings = Settings::new();
        for (key, value) in values {
            settings.set(key, *value);
        }
        Config::new(&settings, "test".to_owned())
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
        let config = Config::new(&settings, String::new()).unwrap();
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
