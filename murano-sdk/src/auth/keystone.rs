//! Login at Keystone v3 and the service catalog it returns.

use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::{
    access::Secrets,
    config::Login,
    identity::{Identity, Scope, SecretKind},
    receipt::{self, Receipt},
    service::{OfEach, Place, Service},
};
use crate::{
    error::{Error, ErrorKind, Result},
    fault::Fault,
    id::ProjectId,
    request::{Accept, Body, Method},
    secret::{Secret, wipe},
    time::Timestamp,
    transport::{self, ATTEMPTS, Answer, Call, IDLE_TIMEOUT, Transport, without_user},
};

/// A token as Keystone gave it, and what it said of it.
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let token = murano.log_in().await?;
/// assert_eq!((token.user.as_deref(), token.project.as_deref()), (Some("demo"), Some("demo")));
/// assert_eq!(token.roles, ["member"]);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The token itself; `None` where the client has neither a login nor a token.
    pub token: Option<Secret>,
    /// When it ends, by Keystone's clock.
    pub expires_at: Option<Timestamp>,
    /// Name of the user.
    pub user: Option<String>,
    /// Name of the project.
    pub project: Option<String>,
    /// Id of the project.
    pub project_id: Option<ProjectId>,
    /// Names of the user's roles in the project.
    pub roles: Vec<String>,
    /// Whether it comes from a [`TokenCache`](super::TokenCache), not from a login of this client.
    pub is_cached: bool,
}

/// A token and what came with it.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) info: TokenInfo,
    /// How long it is used; `None` until the server refuses it.
    pub(super) use_for: Option<Duration>,
    pub(super) obtained: (Instant, SystemTime),
    pub(crate) catalog: Vec<Listed>,
    /// The URLs of the APIs that were called with it.
    pub(crate) bases: OfEach<String>,
}

/// One service of the catalog.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Listed {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

// A catalog spells the region twice, so one field with an alias would be a duplicate.
#[derive(Clone, Debug, Deserialize, Serialize)]
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
            info: TokenInfo {
                token: secret,
                ..TokenInfo::default()
            },
            use_for: None,
            obtained: now(),
            catalog: Vec::new(),
            bases: OfEach::default(),
        }
    }

    pub(crate) fn is_fresh(&self) -> bool {
        // The first clock stands still while the machine sleeps, the second may be set back.
        let age = || {
            let (awake, told) = &self.obtained;
            awake.elapsed().max(told.elapsed().unwrap_or_default())
        };
        self.use_for.is_none_or(|limit| age() < limit)
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

pub(super) fn now() -> (Instant, SystemTime) {
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

/// Gets a token. What the settings lack of the secrets is asked of `secrets`.
pub(super) async fn log_in(
    transport: &Transport,
    login: &Login,
    secrets: &Secrets,
) -> Result<(Token, Option<Secret>)> {
    let (url, identity, scope) = match login {
        Login::Fixed { token } => return Ok((Token::fixed(token.clone()), None)),
        Login::Keystone {
            url,
            identity,
            scope,
        } => (url, identity, scope),
    };
    let mut identity = identity.clone();
    if let Some(lacks) = identity.lacks() {
        let found = secrets.find(lacks, login).await?;
        identity = identity.with(found.ok_or_else(|| lacks.error())?);
    }
    let lasting = identity.lasting().cloned();
    let (mut answer, mut body) = ask(transport, url, (&identity, scope), None).await?;
    if let Some(found) = Receipt::of(&answer, &body) {
        let factor = found
            .next_factor(&identity)
            .ok_or_else(|| answer.failed(found.unknown_factor(&without_user(url))))?;
        let passcode = secrets.find(SecretKind::Passcode, login).await?;
        let passcode = passcode.ok_or_else(|| answer.failed(receipt::no_passcode()))?;
        identity = factor.with(passcode);
        (answer, body) = ask(transport, url, (&identity, scope), Some(&found.id)).await?;
    }
    let url = &without_user(url);
    if !answer.is_success() {
        return Err(answer.failed(refused(url, &identity, answer.status, &body)));
    }
    let secret = answer.header("x-subject-token").map(Secret::from);
    let Some(secret) = secret else {
        let text = format!("{url} is no Keystone v3: its answer to a login has no token");
        return Err(answer.failed(Error::new(ErrorKind::Decode, text)));
    };
    let token = read_token(secret, &body).map_err(|error| {
        let text = format!("the token from {url} cannot be read: {error}");
        answer.failed(Error::new(ErrorKind::Decode, text))
    })?;
    Ok((token, lasting))
}

/// The body of a login, wiped when it is no longer needed.
struct Credentials(Body);

impl Drop for Credentials {
    fn drop(&mut self) {
        if let Body::Json(body) = &mut self.0 {
            wipe(body);
        }
    }
}

/// Asks for a token. A lost answer has made nothing that anybody would miss, so the login is tried again, unless with a
/// passcode, which is good for one.
async fn ask(
    transport: &Transport,
    url: &str,
    (identity, scope): (&Identity, &Scope),
    receipt: Option<&Secret>,
) -> Result<(Answer, Vec<u8>)> {
    let body = Credentials(Body::Json(identity.body(scope)));
    let receipt = receipt.map(|receipt| (receipt::HEADER, receipt.expose()));
    let call = Call {
        method: Method::Post,
        url: format!("{url}/auth/tokens"),
        query: &[],
        accept: Some(Accept::Json),
        headers: receipt.into_iter().collect(),
        token: None,
        body: &body.0,
        repeatable: !identity.has_passcode(),
        silence: IDLE_TIMEOUT,
    };
    let mut attempt = 1;
    loop {
        let mut answer = transport.call(&call).await?;
        match answer.body().await {
            // A wrong password is not sent again: Keystone counts them.
            Err(error)
                if call.repeatable
                    && answer.status != 401
                    && error.is_retryable()
                    && attempt < ATTEMPTS =>
            {
                transport::pause(transport::backoff(attempt)).await;
                attempt += 1;
            }
            body => return Ok((answer, body?)),
        }
    }
}

/// Ends a token at Keystone.
pub(super) async fn revoke(transport: &Transport, url: &str, token: &Secret) -> Result<()> {
    let call = Call {
        method: Method::Delete,
        url: format!("{url}/auth/tokens"),
        query: &[],
        accept: Some(Accept::Json),
        headers: vec![("X-Subject-Token", token.expose())],
        token: Some(token),
        body: &Body::Empty,
        repeatable: true,
        silence: IDLE_TIMEOUT,
    };
    let mut answer = transport.call(&call).await?;
    let body = answer.body().await?;
    // A token that is not known any more has ended.
    if answer.is_success() || matches!(answer.status, 401 | 404) {
        return Ok(());
    }
    let error = Fault::read(answer.status, &body).into_error(answer.status);
    Err(answer.failed(error))
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
        user: Option<Thing>,
        project: Option<Thing>,
        #[serde(default)]
        roles: Vec<Thing>,
        #[serde(default)]
        catalog: Vec<Listed>,
    }
    #[derive(Deserialize)]
    struct Thing {
        id: Option<String>,
        name: Option<String>,
    }
    let token = serde_json::from_slice::<Answer>(body)?.token;
    let name = |thing: &Option<Thing>| thing.as_ref().and_then(|thing| thing.name.clone());
    Ok(Token {
        use_for: usable(token.issued_at.as_ref(), token.expires_at.as_ref()),
        obtained: now(),
        info: TokenInfo {
            token: Some(secret),
            user: name(&token.user),
            project: name(&token.project),
            project_id: token.project.and_then(|it| it.id).map(ProjectId::from),
            roles: token.roles.into_iter().filter_map(|it| it.name).collect(),
            expires_at: token.expires_at,
            is_cached: false,
        },
        catalog: token.catalog,
        bases: OfEach::default(),
    })
}

fn refused(url: &str, identity: &Identity, status: u16, body: &[u8]) -> Error {
    let who = identity.refused();
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

#[cfg(test)]
mod tests {
    use serde_json::json;

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
