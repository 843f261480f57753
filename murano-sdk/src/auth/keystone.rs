//! Login at Keystone v3 and the service catalog it returns.

use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    config::{Identity, Login, Named, Scope, User},
    service::{Place, Service},
};
use crate::{
    error::{Error, ErrorKind, Result},
    fault::Fault,
    id::ProjectId,
    request::{Accept, Body, Method},
    secret::Secret,
    time::Timestamp,
    transport::{Call, Transport, without_user},
};

/// A token and what came with it.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) secret: Option<Secret>,
    /// How long it is used; `None` until the server refuses it.
    use_for: Option<Duration>,
    obtained: (Instant, SystemTime),
    pub(crate) project: Option<ProjectId>,
    pub(crate) catalog: Vec<Listed>,
}

/// One service of the catalog.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Listed {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

// A catalog spells the region twice, so one field with an alias would be a duplicate.
#[derive(Clone, Debug, Deserialize)]
struct Endpoint {
    interface: String,
    url: String,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    region_id: Option<String>,
}

impl Endpoint {
    fn region(&self) -> Option<&str> {
        self.region_id.as_deref().or(self.region.as_deref())
    }
}

/// A token is replaced when it has less than this left, or less than a quarter of a short life.
const MARGIN: Duration = Duration::from_secs(60);

impl Token {
    /// A token that was given, not fetched.
    pub(crate) fn fixed(secret: Option<Secret>) -> Self {
        Self {
            secret,
            use_for: None,
            obtained: now(),
            project: None,
            catalog: Vec::new(),
        }
    }

    pub(crate) fn is_fresh(&self) -> bool {
        // The first clock stands still while the machine sleeps, the second may be set back.
        let age = self.obtained.0.elapsed();
        let age = age.max(self.obtained.1.elapsed().unwrap_or_default());
        self.use_for.is_none_or(|limit| age < limit)
    }

    /// The endpoint of a service, by its type, then by its name.
    pub(crate) fn endpoint(&self, wanted: &Service, place: &Place) -> Result<&str> {
        let given = place.service_type.as_deref();
        let types = given.as_slice();
        let types = if types.is_empty() {
            wanted.types
        } else {
            types
        };
        let services = self.services(types, wanted.name);
        let Some(service) = services.first() else {
            return Err(self.no_service(wanted, types));
        };
        let offered = || services.iter().flat_map(|service| &service.endpoints);
        let fits = |endpoint: &&Endpoint| {
            endpoint.interface == place.interface
                && place
                    .region
                    .as_deref()
                    .is_none_or(|region| endpoint.region() == Some(region))
        };
        offered()
            .find(fits)
            .map(|endpoint| endpoint.url.as_str())
            .ok_or_else(|| no_endpoint(&service.kind, offered(), place))
    }

    /// The services of the first type there are any of, else those of the name. There may be one
    /// for each region.
    fn services(&self, types: &[&str], name: &str) -> Vec<&Listed> {
        let all = |fits: &dyn Fn(&Listed) -> bool| -> Vec<&Listed> {
            self.catalog
                .iter()
                .filter(|service| fits(service))
                .collect()
        };
        let by_type = types
            .iter()
            .map(|kind| all(&|service| service.kind == *kind));
        by_type
            .chain([all(&|service| service.name.as_deref() == Some(name))])
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    fn no_service(&self, wanted: &Service, types: &[&str]) -> Error {
        if self.catalog.is_empty() {
            let key = wanted.key("endpoint_override");
            let text = format!(
                "the login came without a catalog, so the URL of {} must be given: set {}, or `{key}` \
                 in clouds.yaml",
                wanted.title, wanted.variable
            );
            return Error::new(ErrorKind::NoService, text);
        }
        let mut known: Vec<&str> = self
            .catalog
            .iter()
            .map(|service| service.kind.as_str())
            .collect();
        known.sort_unstable();
        known.dedup();
        let kind = types.first().copied().unwrap_or_default();
        Error::new(
            ErrorKind::NoService,
            format!(
                "this cloud has no service of type {kind} (the catalog has: {})",
                known.join(", ")
            ),
        )
    }
}

fn now() -> (Instant, SystemTime) {
    (Instant::now(), SystemTime::now())
}

/// How long a token is used that lives from one time of Keystone's clock to another; this machine's
/// clock may be wrong, so it only stands in where Keystone does not tell the first.
fn usable(issued: Option<&Timestamp>, expires: Option<&Timestamp>) -> Option<Duration> {
    let expires = expires?.to_system_time()?;
    let issued = issued.and_then(Timestamp::to_system_time);
    let life = expires.duration_since(issued.unwrap_or_else(SystemTime::now));
    // A life that is over before it begins says nothing: the server will.
    let life = life.ok().filter(|life| !life.is_zero())?;
    Some(life.saturating_sub(MARGIN.min(life / 4)))
}

fn no_endpoint<'a>(
    kind: &str,
    offered: impl Iterator<Item = &'a Endpoint>,
    place: &Place,
) -> Error {
    let offered: Vec<String> = offered
        .map(|endpoint| {
            format!(
                "{} in {}",
                endpoint.interface,
                endpoint.region().unwrap_or("no region")
            )
        })
        .collect();
    let region = place
        .region
        .as_ref()
        .map(|region| format!(" in region {region}"));
    let text = format!(
        "the service {kind} has no {} endpoint{} (the catalog has: {})",
        place.interface,
        region.unwrap_or_default(),
        offered.join(", ")
    );
    Error::new(ErrorKind::NoService, text)
}

/// Gets a token for the configured login.
pub(crate) async fn log_in(transport: &Transport, login: &Login) -> Result<Token> {
    let (url, identity, scope) = match login {
        Login::Fixed { token } => return Ok(Token::fixed(token.clone())),
        Login::Keystone {
            url,
            identity,
            scope,
        } => (url, identity, scope),
    };
    let body = Body::Json(auth_body(identity, scope));
    let call = Call {
        method: Method::Post,
        url: format!("{url}/auth/tokens"),
        query: &[],
        headers: vec![("Accept", Accept::Json.as_str().to_owned())],
        token: None,
        body: &body,
        repeatable: false,
    };
    let mut answer = transport.call(&call).await?;
    let body = answer.body().await?;
    let url = &without_user(url);
    if !answer.is_success() {
        return Err(answer.failed(refused(url, identity, answer.status, &body)));
    }
    let secret = answer.header("x-subject-token").map(Secret::from);
    let Some(secret) = secret else {
        let text = format!("{url} is no Keystone v3: its answer to a login has no token");
        return Err(answer.failed(Error::new(ErrorKind::Decode, text)));
    };
    read_token(secret, &body).map_err(|error| {
        let text = format!("the token from {url} cannot be read: {error}");
        answer.failed(Error::new(ErrorKind::Decode, text))
    })
}

fn read_token(secret: Secret, body: &[u8]) -> serde_json::Result<Token> {
    #[derive(Deserialize)]
    struct Answer {
        token: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        issued_at: Option<Timestamp>,
        expires_at: Option<Timestamp>,
        project: Option<Project>,
        #[serde(default)]
        catalog: Vec<Listed>,
    }
    #[derive(Deserialize)]
    struct Project {
        id: ProjectId,
    }
    let token = serde_json::from_slice::<Answer>(body)?.token;
    Ok(Token {
        secret: Some(secret),
        use_for: usable(token.issued_at.as_ref(), token.expires_at.as_ref()),
        obtained: now(),
        project: token.project.map(|project| project.id),
        catalog: token.catalog,
    })
}

fn refused(url: &str, identity: &Identity, status: u16, body: &[u8]) -> Error {
    let who = match identity {
        Identity::Password { user, .. } => format!("the password of user {}", user.user.shown()),
        Identity::Token(_) => "the token".to_owned(),
        Identity::ApplicationCredential { credential, .. } => {
            format!("the application credential {}", credential.shown())
        }
    };
    // For an unknown token or credential Keystone answers 404, in the words of its own errors.
    let is_keystone = Fault::read(status, body).token;
    match status {
        401 | 404 if status == 401 || is_keystone => Error::new(
            ErrorKind::Unauthorized,
            format!(
                "Keystone at {url} refused {who}: check user, project, their domains and the secret"
            ),
        )
        .with_status(status),
        404 | 300..=399 => Error::config(format!(
            "there is no Keystone v3 at {url} (HTTP {status}): check auth_url"
        ))
        .with_status(status),
        _ => {
            let error = Fault::read(status, body).into_error(status);
            let text = format!("Keystone at {url} failed: {error}");
            error.with_message(text)
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
}

impl User {
    fn json(&self) -> Value {
        let mut json = self.user.json();
        if matches!(self.user, Named::Name(_)) {
            json["domain"] = self.domain.json();
        }
        json
    }
}

fn auth_body(identity: &Identity, scope: &Scope) -> Value {
    let identity = match identity {
        Identity::Password { user, password } => {
            let mut user = user.json();
            user["password"] = password.expose().into();
            json!({ "methods": ["password"], "password": { "user": user } })
        }
        Identity::Token(token) => {
            json!({ "methods": ["token"], "token": { "id": token.expose() } })
        }
        Identity::ApplicationCredential {
            credential,
            user,
            secret,
        } => {
            let mut credential = credential.json();
            credential["secret"] = secret.expose().into();
            if let Some(user) = user {
                credential["user"] = user.json();
            }
            json!({ "methods": ["application_credential"], "application_credential": credential })
        }
    };
    let scope = match scope {
        Scope::Unscoped => None,
        Scope::Project { project, domain } => {
            let mut project = project.json();
            if project.get("name").is_some() {
                project["domain"] = domain.json();
            }
            Some(json!({ "project": project }))
        }
        Scope::Domain(domain) => Some(json!({ "domain": domain.json() })),
        Scope::System => Some(json!({ "system": { "all": true } })),
        Scope::Trust(id) => Some(json!({ "OS-TRUST:trust": { "id": id } })),
    };
    let mut auth = json!({ "identity": identity });
    if let Some(scope) = scope {
        auth["scope"] = scope;
    }
    json!({ "auth": auth })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{
        Settings,
        service::{IMAGE, MURANO},
    };

    fn place(values: &[(&str, &str)]) -> Place {
        let mut settings = Settings::new();
        for (key, value) in values {
            settings.set(key, *value);
        }
        MURANO.place(&settings).unwrap()
    }

    fn token() -> Token {
        let body = json!({ "token": {
            "expires_at": "2020-01-02T03:04:05.000000Z",
            "project": { "id": "p1", "name": "demo" },
            "catalog": [
                { "type": "application_catalog", "name": "murano", "endpoints": [
                    { "interface": "internal", "region": "r1", "region_id": "r1", "url": "http://in" },
                    { "interface": "public", "region": "r1", "region_id": "r1", "url": "http://one" },
                    { "interface": "public", "region": "r2", "region_id": "r2", "url": "http://two" },
                ] },
                { "type": "image", "name": "glance", "endpoints": [] },
            ],
        } });
        read_token("s".into(), body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn region_and_interface_are_honoured() {
        let token = token();
        assert_eq!(token.endpoint(&MURANO, &place(&[])).unwrap(), "http://one");
        assert_eq!(
            token
                .endpoint(&MURANO, &place(&[("region_name", "r2")]))
                .unwrap(),
            "http://two"
        );
        assert_eq!(
            token
                .endpoint(&MURANO, &place(&[("interface", "internal")]))
                .unwrap(),
            "http://in"
        );
        let error = token
            .endpoint(&MURANO, &place(&[("region_name", "r3")]))
            .unwrap_err();
        assert!(error.to_string().contains("public in r2"), "{error}");
    }

    #[test]
    fn a_region_may_have_a_service_of_its_own() {
        let service = |region: &str, url: &str| {
            json!({ "type": "application-catalog", "name": "murano", "endpoints": [
                { "interface": "public", "region_id": region, "url": url }] })
        };
        let catalog = json!([service("r1", "http://one"), service("r2", "http://two")]);
        let body = json!({ "token": { "catalog": catalog } }).to_string();
        let token = read_token("s".into(), body.as_bytes()).unwrap();
        let of = |region| {
            token
                .endpoint(&MURANO, &place(&[("region_name", region)]))
                .map(str::to_owned)
        };
        assert_eq!(of("r2").unwrap(), "http://two");
        let error = of("r3").unwrap_err().to_string();
        assert!(error.contains("public in r1, public in r2"), "{error}");
    }

    #[test]
    fn a_missing_service_lists_what_there_is() {
        let mut token = token();
        token.catalog.pop();
        let error = token.endpoint(&IMAGE, &place(&[])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoService);
        assert!(
            error
                .to_string()
                .contains("type image (the catalog has: application_catalog)"),
            "{error}"
        );
    }

    #[test]
    fn without_a_catalog_the_url_is_asked_for() {
        let error = Token::fixed(None)
            .endpoint(&IMAGE, &place(&[]))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoService);
        let text = error.to_string();
        assert!(
            text.contains("GLANCE_URL") && text.contains("`image_endpoint_override`"),
            "{text}"
        );
    }

    #[test]
    fn a_service_is_found_by_its_name_too() {
        let place = place(&[("service_type", "none")]);
        assert_eq!(token().endpoint(&MURANO, &place).unwrap(), "http://one");
    }

    #[test]
    fn the_login_names_domains_only_with_names() {
        let user = User {
            user: Named::Name("u".into()),
            domain: Named::Id("default".into()),
        };
        let identity = Identity::Password {
            user,
            password: "p".into(),
        };
        let scope = Scope::Project {
            project: Named::Id("1".into()),
            domain: Named::Name("D".into()),
        };
        assert_eq!(
            auth_body(&identity, &scope),
            json!({ "auth": {
                "identity": { "methods": ["password"], "password": { "user": {
                    "name": "u", "password": "p", "domain": { "id": "default" } } } },
                "scope": { "project": { "id": "1" } },
            } })
        );
    }

    #[test]
    fn a_token_is_used_for_most_of_its_life() {
        let used = |issued: Option<&str>, expires: &str| {
            let issued = issued.map(Timestamp::from);
            usable(issued.as_ref(), Some(&Timestamp::from(expires))).map(|used| used.as_secs())
        };
        let at = Some("2020-01-02T03:00:00.000000Z");
        assert_eq!(used(at, "2020-01-02T04:00:00Z"), Some(3540));
        assert_eq!(used(at, "2020-01-02T03:00:40Z"), Some(30));
        assert_eq!(used(at, "2020-01-02T03:00:00Z"), None);
        assert_eq!(used(at, "soon"), None);
        assert_eq!(used(None, "2020-01-02T04:00:00Z"), None);
        assert!(used(None, "2499-01-02T04:00:00Z").is_some());
    }

    #[test]
    fn an_old_token_is_not_fresh() {
        let mut token = Token::fixed(None);
        assert!(token.is_fresh());
        token.use_for = Some(Duration::from_secs(30));
        assert!(token.is_fresh());
        // The machine has slept.
        token.obtained.1 -= Duration::from_secs(31);
        assert!(!token.is_fresh());
        token.obtained = now();
        token.use_for = Some(Duration::ZERO);
        assert!(!token.is_fresh());
    }
}
