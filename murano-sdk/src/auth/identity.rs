//! Who logs in, for which project, and how Keystone is told.

use serde_json::{Value, json};

use super::settings::Settings;
use crate::{
    error::{Error, Result},
    secret::Secret,
};

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

/// A secret that is absent may be found when it is needed.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// With a passcode it is two factors in one request.
    Password {
        user: User,
        password: Option<Secret>,
        passcode: Option<Secret>,
    },
    /// The time-based passcode alone.
    Totp {
        user: User,
        passcode: Option<Secret>,
    },
    Token(Secret),
    /// The user is needed where the credential is given by its name.
    ApplicationCredential {
        credential: Named,
        user: Option<User>,
        secret: Option<Secret>,
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

/// A secret that a login needs and the settings do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretKind {
    /// The password of a user.
    Password,
    /// The secret of an application credential.
    ApplicationCredential,
    /// A one-time passcode, the second factor.
    Passcode,
}

impl SecretKind {
    /// Its name among the settings.
    ///
    /// ```
    /// use murano_sdk::auth::SecretKind;
    /// assert_eq!(SecretKind::Passcode.setting(), "passcode");
    /// ```
    pub fn setting(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ApplicationCredential => "application_credential_secret",
            Self::Passcode => "passcode",
        }
    }

    pub(super) fn error(self) -> Error {
        missing(self.setting())
    }
}

impl Identity {
    pub(super) fn read(
        settings: &Settings,
        auth_type: &str,
        token: Option<Secret>,
    ) -> Result<Self> {
        let get = |key: &str| settings.get(key);
        let credential = get("application_credential_id")
            .map(|id| Named::Id(id.to_owned()))
            .or_else(|| {
                get("application_credential_name").map(|name| Named::Name(name.to_owned()))
            });
        match (auth_type, credential, token) {
            ("" | "v3applicationcredential", Some(credential), _) => {
                let user = match &credential {
                    Named::Id(_) => None,
                    Named::Name(_) => Some(User::read(settings)?),
                };
                Ok(Self::ApplicationCredential {
                    credential,
                    user,
                    secret: get("application_credential_secret").map(Secret::from),
                })
            }
            ("", None, Some(token)) | ("token" | "v3token", _, Some(token)) => {
                Ok(Self::Token(token))
            }
            ("token" | "v3token", _, None) => Err(missing("token")),
            ("totp" | "v3totp", _, _) => Ok(Self::Totp {
                user: User::read(settings)?,
                passcode: get("passcode").map(Secret::from),
            }),
            ("" | "password" | "v3password" | "v3multifactor", _, _) => Ok(Self::Password {
                user: User::read(settings)?,
                password: get("password").map(Secret::from),
                passcode: get("passcode").map(Secret::from),
            }),
            ("v3applicationcredential", None, _) => Err(missing("application_credential_id")),
            (other, _, _) => Err(Error::config(format!(
                "auth_type is \"{other}\", it must be password, token, v3applicationcredential, \
                 v3totp, v3multifactor or none"
            ))),
        }
    }

    /// The secret that is missing.
    pub(super) fn lacks(&self) -> Option<SecretKind> {
        match self {
            Self::Password { password: None, .. } => Some(SecretKind::Password),
            Self::Totp { passcode: None, .. } => Some(SecretKind::Passcode),
            Self::ApplicationCredential { secret: None, .. } => {
                Some(SecretKind::ApplicationCredential)
            }
            _ => None,
        }
    }

    /// The same with the secret that was missing.
    pub(super) fn with(mut self, found: Secret) -> Self {
        match &mut self {
            Self::Password { password, .. } => *password = Some(found),
            Self::Totp { passcode, .. } => *passcode = Some(found),
            Self::ApplicationCredential { secret, .. } => *secret = Some(found),
            Self::Token(_) => {}
        }
        self
    }

    /// Whether something in it is good for one login only.
    pub(super) fn has_passcode(&self) -> bool {
        let has = |passcode: &Option<Secret>| passcode.is_some();
        match self {
            Self::Password { passcode, .. } | Self::Totp { passcode, .. } => has(passcode),
            Self::ApplicationCredential { .. } | Self::Token(_) => false,
        }
    }

    /// The secret that stays the same from one login to the next.
    pub(super) fn lasting(&self) -> Option<&Secret> {
        match self {
            Self::Password { password, .. } => password.as_ref(),
            Self::ApplicationCredential { secret, .. } => secret.as_ref(),
            Self::Totp { .. } | Self::Token(_) => None,
        }
    }

    /// What a message calls the refused thing.
    pub(super) fn refused(&self) -> String {
        match self {
            Self::Password { user, passcode, .. } => {
                let passcode = passcode.as_ref().map_or("", |_| " or the passcode");
                format!("the password{passcode} of user {}", user.user.shown())
            }
            Self::Totp { user, .. } => format!("the passcode of user {}", user.user.shown()),
            Self::Token(_) => "the token".to_owned(),
            Self::ApplicationCredential { credential, .. } => {
                format!("the application credential {}", credential.shown())
            }
        }
    }

    /// Whom a secret belongs to, in words that tell any two of one Keystone apart.
    pub(super) fn account(&self) -> String {
        match self {
            Self::Password { user, .. } | Self::Totp { user, .. } => {
                format!("user {}", user.full())
            }
            Self::Token(_) => "token".to_owned(),
            Self::ApplicationCredential {
                credential,
                user: None,
                ..
            } => format!("application credential {}", credential.with_kind()),
            Self::ApplicationCredential {
                credential,
                user: Some(user),
                ..
            } => format!(
                "application credential {} of user {}",
                credential.with_kind(),
                user.full()
            ),
        }
    }

    /// The body of a login.
    pub(super) fn body(&self, scope: &Scope) -> Value {
        let text = |secret: &Option<Secret>| {
            let text = secret.as_ref().map(Secret::expose);
            Value::from(text.unwrap_or_default())
        };
        let identity = match self {
            Self::Password {
                user,
                password,
                passcode,
            } => {
                let mut with_password = user.json();
                with_password["password"] = text(password);
                let mut identity =
                    json!({ "methods": ["password"], "password": { "user": with_password } });
                if passcode.is_some() {
                    identity["methods"] = json!(["password", "totp"]);
                    identity["totp"] = user.totp(&text(passcode));
                }
                identity
            }
            Self::Totp { user, passcode } => {
                json!({ "methods": ["totp"], "totp": user.totp(&text(passcode)) })
            }
            Self::Token(token) => {
                json!({ "methods": ["token"], "token": { "id": token.expose() } })
            }
            Self::ApplicationCredential {
                credential,
                user,
                secret,
            } => {
                let mut credential = credential.json();
                credential["secret"] = text(secret);
                if let Some(user) = user {
                    credential["user"] = user.json();
                }
                json!({
                    "methods": ["application_credential"],
                    "application_credential": credential,
                })
            }
        };
        let mut auth = json!({ "identity": identity });
        if let Some(scope) = scope.json() {
            auth["scope"] = scope;
        }
        json!({ "auth": auth })
    }

    /// Everything that makes up the login but its secrets. A token is all there is of its login, so
    /// it stays: nobody guesses it.
    pub(super) fn without_secrets(&self, scope: &Scope) -> Value {
        let mut bare = self.clone();
        match &mut bare {
            Self::Password {
                password, passcode, ..
            } => (*password, *passcode) = (None, None),
            Self::Totp { passcode, .. } => *passcode = None,
            Self::ApplicationCredential { secret, .. } => *secret = None,
            Self::Token(_) => {}
        }
        bare.body(scope)
    }
}

impl Scope {
    pub(super) fn read(settings: &Settings, identity: &Identity) -> Result<Self> {
        if matches!(identity, Identity::ApplicationCredential { .. }) {
            // The credential carries its own project.
            return Ok(Self::Unscoped);
        }
        let get = |key: &str| settings.get(key).map(str::to_owned);
        if let Some(trust) = get("trust_id") {
            return Ok(Self::Trust(trust));
        }
        let project = get("project_id")
            .map(Named::Id)
            .or_else(|| get("project_name").map(Named::Name));
        if let Some(project) = project {
            let domain = domain(settings, "project_domain_id", "project_domain_name");
            return Ok(Self::Project { project, domain });
        }
        if settings.get("domain_id").is_some() || settings.get("domain_name").is_some() {
            return Ok(Self::Domain(domain(settings, "domain_id", "domain_name")));
        }
        if settings.get("system_scope").is_some() {
            return Ok(Self::System);
        }
        match identity {
            // A token may be scoped already.
            Identity::Token(_) => Ok(Self::Unscoped),
            _ => Err(missing("project_name")),
        }
    }

    fn json(&self) -> Option<Value> {
        match self {
            Self::Unscoped => None,
            Self::Project { project, domain } => {
                let mut project = project.json();
                if project.get("name").is_some() {
                    project["domain"] = domain.json();
                }
                Some(json!({ "project": project }))
            }
            Self::Domain(domain) => Some(json!({ "domain": domain.json() })),
            Self::System => Some(json!({ "system": { "all": true } })),
            Self::Trust(id) => Some(json!({ "OS-TRUST:trust": { "id": id } })),
        }
    }
}

impl Named {
    fn json(&self) -> Value {
        match self {
            Self::Id(id) => json!({ "id": id }),
            Self::Name(name) => json!({ "name": name }),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Id(text) | Self::Name(text) => format!("\"{text}\""),
        }
    }

    fn with_kind(&self) -> String {
        match self {
            Self::Id(id) => format!("id {id}"),
            Self::Name(name) => name.clone(),
        }
    }
}

impl User {
    fn read(settings: &Settings) -> Result<Self> {
        let get = |key: &str| settings.get(key).map(str::to_owned);
        let user = get("user_id").map(Named::Id);
        let user = user.or_else(|| get("username").map(Named::Name));
        Ok(Self {
            user: user.ok_or_else(|| missing("username"))?,
            domain: domain(settings, "user_domain_id", "user_domain_name"),
        })
    }

    fn json(&self) -> Value {
        let mut json = self.user.json();
        if matches!(self.user, Named::Name(_)) {
            json["domain"] = self.domain.json();
        }
        json
    }

    fn totp(&self, passcode: &Value) -> Value {
        let mut user = self.json();
        user["passcode"] = passcode.clone();
        json!({ "user": user })
    }

    fn full(&self) -> String {
        match &self.user {
            Named::Id(_) => self.user.with_kind(),
            Named::Name(name) => format!("{name} of domain {}", self.domain.with_kind()),
        }
    }
}

/// A domain by id, else by name, else the default one, which Keystone makes with the id `default`.
fn domain(settings: &Settings, id: &str, name: &str) -> Named {
    let by_id = settings.get(id).map(|id| Named::Id(id.to_owned()));
    let by_name = || settings.get(name).map(|name| Named::Name(name.to_owned()));
    let default = || {
        let id = settings.get("default_domain").unwrap_or("default");
        Named::Id(id.to_owned())
    };
    by_id.or_else(by_name).unwrap_or_else(default)
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

    fn user(name: &str) -> User {
        User {
            user: Named::Name(name.into()),
            domain: Named::Id("default".into()),
        }
    }

    fn by_password(password: Option<&str>, passcode: Option<&str>) -> Identity {
        Identity::Password {
            user: user("u"),
            password: password.map(Secret::from),
            passcode: passcode.map(Secret::from),
        }
    }

    #[test]
    fn the_login_names_domains_only_with_names() {
        let scope = Scope::Project {
            project: Named::Id("1".into()),
            domain: Named::Name("D".into()),
        };
        assert_eq!(
            by_password(Some("p"), None).body(&scope),
            json!({ "auth": {
                "identity": { "methods": ["password"], "password": { "user": {
                    "name": "u", "password": "p", "domain": { "id": "default" } } } },
                "scope": { "project": { "id": "1" } },
            } })
        );
    }

    #[test]
    fn a_passcode_is_a_method_beside_the_password() {
        let body = by_password(Some("p"), Some("123456")).body(&Scope::Unscoped);
        let identity = &body["auth"]["identity"];
        assert_eq!(identity["methods"], json!(["password", "totp"]));
        assert_eq!(identity["totp"]["user"]["passcode"], "123456");
        assert_eq!(identity["totp"]["user"]["domain"]["id"], "default");
        let alone = Identity::Totp {
            user: user("u"),
            passcode: Some("1".into()),
        };
        let body = alone.body(&Scope::Unscoped);
        assert_eq!(body["auth"]["identity"]["methods"], json!(["totp"]));
    }

    #[test]
    fn what_makes_up_a_login_has_no_secret() {
        let full = by_password(Some("hush"), Some("123456")).without_secrets(&Scope::System);
        assert_eq!(
            full,
            by_password(None, None).without_secrets(&Scope::System)
        );
        assert!(!full.to_string().contains("hush") && !full.to_string().contains("123456"));
        assert_ne!(
            full,
            by_password(None, None).without_secrets(&Scope::Unscoped)
        );
        let credential = |secret: Option<&str>| Identity::ApplicationCredential {
            credential: Named::Id("c".into()),
            user: None,
            secret: secret.map(Secret::from),
        };
        let bare = credential(Some("hush")).without_secrets(&Scope::Unscoped);
        assert!(!bare.to_string().contains("hush"), "{bare}");
        assert_eq!(bare, credential(None).without_secrets(&Scope::Unscoped));
    }

    #[test]
    fn accounts_are_told_apart() {
        let by_id = User {
            user: Named::Id("u".into()),
            ..user("")
        };
        let other_domain = User {
            domain: Named::Name("default".into()),
            ..user("u")
        };
        let of = |user| Identity::Totp {
            user,
            passcode: None,
        };
        let mut accounts: Vec<String> = [user("u"), by_id, other_domain]
            .map(|user| of(user).account())
            .into();
        accounts.dedup();
        assert_eq!(
            accounts,
            [
                "user u of domain id default",
                "user id u",
                "user u of domain default"
            ]
        );
    }
}
