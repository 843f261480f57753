//! Looks at what has to be right before a call can succeed, and says what to do where it is not.

use std::{
    net::ToSocketAddrs as _,
    time::{Duration, SystemTime},
};

use serde::Serialize;
use serde_json::Value;

use crate::{
    auth::{TokenInfo, access::apart},
    client::Client,
    error::{Error, ErrorKind, Result},
    request::{Accept, Body, Method},
    transport::{Answer, Call, IDLE_TIMEOUT, host},
};

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, with a drawback.
    Warn,
    /// Keeps calls from succeeding.
    Fail,
}

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was looked at, such as `login`.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What was found, in one line.
    pub finding: String,
    /// What can be done where it is not as it should be.
    pub remedy: Option<String>,
}

impl Check {
    /// Something that is as it should be.
    ///
    /// ```
    /// use murano_sdk::doctor::{Check, Health};
    ///
    /// let good = Check::ok("cache", "2 logins");
    /// let slow = Check::warn("keyring", "does not answer", "unlock it");
    /// let bad = Check::fail("configuration", "no cloud", "set OS_CLOUD");
    /// assert_eq!((good.health, slow.health, bad.health), (Health::Ok, Health::Warn, Health::Fail));
    /// ```
    pub fn ok(name: &str, finding: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            health: Health::Ok,
            finding: finding.into(),
            remedy: None,
        }
    }

    /// Something with a drawback.
    pub fn warn(name: &str, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            health: Health::Warn,
            remedy: Some(remedy.into()),
            ..Self::ok(name, finding)
        }
    }

    /// Something that keeps calls from succeeding.
    pub fn fail(name: &str, finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            health: Health::Fail,
            ..Self::warn(name, finding, remedy)
        }
    }
}

/// A clock that is wrong by more than this is told.
const SKEW: Duration = Duration::from_secs(60);

impl Client {
    /// Looks at Keystone's name and address, TLS, the clock, the login, roles, the catalog and Murano, in
    /// this order. What cannot be looked at, because something before it fails, is left out.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// use murano_sdk::doctor::Health;
    ///
    /// for check in murano.examine().await {
    ///     assert_eq!(check.health, Health::Ok, "{}: {}", check.name, check.finding);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn examine(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        if let Some(url) = self.auth_url()
            && !self.examine_keystone(&url, &mut checks).await
        {
            return checks;
        }
        let token = match self.token_info().await {
            Ok(token) => token,
            Err(error) => {
                checks.push(failed("login", &error));
                return checks;
            }
        };
        checks.push(login(&token));
        checks.extend(roles(&token));
        let base = match self.base_url().await {
            Ok(base) => base,
            Err(error) => {
                checks.push(failed("catalog", &error));
                return checks;
            }
        };
        checks.push(Check::ok("catalog", format!("Murano is at {base}")));
        checks.push(self.examine_murano(&base).await);
        checks
    }

    /// Whether there is a Keystone to log in to.
    async fn examine_keystone(&self, url: &str, checks: &mut Vec<Check>) -> bool {
        let name = address(url).await;
        let is_known = name.health == Health::Ok;
        checks.push(name);
        if !is_known {
            return false;
        }
        let answer = match self.look_at(url).await {
            Ok(answer) => answer,
            Err(error) => {
                checks.push(failed("keystone", &error));
                return false;
            }
        };
        checks.push(encryption(url, self.is_insecure()));
        checks.extend(answer.0.header("date").and_then(clock));
        let version = answer.1.pointer("/version/id").and_then(Value::as_str);
        checks.push(match version {
            Some(version) => Check::ok("keystone", format!("{url} is Keystone {version}")),
            None => Check::fail(
                "keystone",
                format!(
                    "{url} answers, but not as a Keystone v3 (HTTP {})",
                    answer.0.status
                ),
                "check auth_url: it is the URL of Keystone, with or without /v3",
            ),
        });
        version.is_some()
    }

    async fn examine_murano(&self, base: &str) -> Check {
        let root = base.rsplit_once('/').map_or(base, |(root, _)| root);
        let versions = match self.look_at(&format!("{root}/")).await {
            Ok((_, document)) => versions(&document),
            Err(error) => return failed("murano", &error),
        };
        match self.environments().list().await {
            Ok(found) => Check::ok(
                "murano",
                format!("{versions}, environments in the project: {}", found.len()),
            ),
            Err(error) => failed("murano", &error),
        }
    }

    /// Gets a document that needs no login.
    async fn look_at(&self, url: &str) -> Result<(Answer, Value)> {
        let call = Call {
            method: Method::Get,
            url: url.to_owned(),
            query: &[],
            accept: Some(Accept::Json),
            headers: Vec::new(),
            token: None,
            body: &Body::Empty,
            repeatable: true,
            silence: IDLE_TIMEOUT,
        };
        let mut answer = self.access().1.call(&call).await?;
        let body = answer.body().await?;
        Ok((answer, serde_json::from_slice(&body).unwrap_or_default()))
    }
}

/// Whether the host of a URL has an address.
async fn address(url: &str) -> Check {
    let Some((host, port)) = host(url) else {
        return Check::fail(
            "dns",
            format!("`{url}` is no URL"),
            "check auth_url: it begins with http:// or https://",
        );
    };
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Check::ok("dns", format!("{host} is an address already"));
    }
    let name = host.clone();
    let found = apart(move || Ok((name.as_str(), port).to_socket_addrs()?.next()));
    match found.await {
        Ok(Some(address)) => Check::ok("dns", format!("{host} is {}", address.ip())),
        _ => Check::fail(
            "dns",
            format!("{host} has no address"),
            "check auth_url, the network and the name servers of this computer; a VPN may be missing",
        ),
    }
}

fn encryption(url: &str, is_insecure: bool) -> Check {
    let is_here = host(url).is_some_and(|(host, _)| {
        let address = host.parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    });
    if url.starts_with("http://") && !is_here {
        return Check::warn(
            "tls",
            "passwords and tokens are sent in the clear",
            "use an auth_url that begins with https://",
        );
    }
    if url.starts_with("http://") {
        return Check::ok("tls", "not needed on this computer");
    }
    if is_insecure {
        return Check::warn(
            "tls",
            "certificates are not checked",
            "give the authority's certificate as `cacert` in place of `insecure`",
        );
    }
    Check::ok("tls", "the certificate is trusted")
}

/// How far this machine's clock is from the one of an answer.
fn clock(date: &str) -> Option<Check> {
    let there = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let there = SystemTime::from(there);
    let now = SystemTime::now();
    let skew = now
        .duration_since(there)
        .unwrap_or_else(|error| error.duration());
    let way = if now < there { "behind" } else { "ahead of" };
    Some(if skew > SKEW {
        let seconds = skew.as_secs();
        Check::warn(
            "clock",
            format!("this computer is {seconds} s {way} Keystone"),
            "set the clock, or use a time service such as chrony",
        )
    } else {
        Check::ok("clock", "agrees with Keystone's")
    })
}

fn login(token: &TokenInfo) -> Check {
    let who = token.user.as_deref().unwrap_or("given token");
    let place = token
        .project
        .as_deref()
        .map(|project| format!(" in project {project}"));
    let end = token
        .expires_at
        .as_ref()
        .map(|end| format!(", until {end}"));
    let cached = if token.is_cached {
        ", from an earlier login"
    } else {
        ""
    };
    let (place, end) = (place.unwrap_or_default(), end.unwrap_or_default());
    Check::ok("login", format!("{who}{place}{end}{cached}"))
}

/// `None` where the token was given, so that nothing is known of it.
fn roles(token: &TokenInfo) -> Option<Check> {
    token.user.as_ref()?;
    if token.project_id.is_none() {
        let remedy = "name one with OS_PROJECT_NAME, or `project_name` in clouds.yaml";
        return Some(Check::fail("roles", "the login is for no project", remedy));
    }
    let roles = token.roles.join(", ");
    let can_only_read = token.roles.iter().all(|role| role == "reader");
    Some(if can_only_read {
        Check::warn(
            "roles",
            format!("nothing but: {roles}"),
            "ask an administrator for the role member in the project",
        )
    } else {
        Check::ok("roles", roles)
    })
}

/// What Murano says of its versions.
fn versions(document: &Value) -> String {
    let versions = document["versions"].as_array();
    let known = versions
        .into_iter()
        .flatten()
        .filter_map(|version| version["id"].as_str());
    let known: Vec<&str> = known.collect();
    if known.is_empty() {
        "a Murano that does not tell its version".to_owned()
    } else {
        format!("Murano API {}", known.join(", "))
    }
}

fn failed(name: &str, error: &Error) -> Check {
    let remedy = match error.kind() {
        ErrorKind::Unauthorized => "`murano login` asks for the secret again",
        ErrorKind::Config => "set what is missing, or let `murano login` ask for it",
        ErrorKind::Forbidden => "ask an administrator for the role member in the project",
        ErrorKind::NoService => {
            "check region_name and interface, or give the URL of Murano as MURANO_URL"
        }
        ErrorKind::Transport | ErrorKind::Timeout => {
            "check the network, proxies and firewalls on the way, and whether the service runs"
        }
        _ => "tell the operators of the cloud, with the request id that `--debug` shows",
    };
    Check::fail(name, error.to_string(), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(project: Option<&str>, roles: &[&str]) -> TokenInfo {
        TokenInfo {
            user: Some("ann".to_owned()),
            project: project.map(str::to_owned),
            project_id: project.map(crate::ProjectId::from),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            ..TokenInfo::default()
        }
    }

    #[test]
    fn a_wrong_clock_is_told_with_its_direction() {
        let check = clock("Thu, 01 Jan 2015 00:00:00 GMT").unwrap();
        assert_eq!(check.health, Health::Warn);
        assert!(check.finding.ends_with("s ahead of Keystone"), "{check:?}");
        let check = clock("Mon, 01 Jan 2125 00:00:00 GMT").unwrap();
        assert!(check.finding.ends_with("s behind Keystone"), "{check:?}");
        assert_eq!(clock("yesterday"), None);
    }

    #[test]
    fn passwords_in_the_clear_are_told() {
        let health = |url, insecure| encryption(url, insecure).health;
        assert_eq!(health("http://k.example:5000/v3", false), Health::Warn);
        assert_eq!(health("http://127.0.0.1:5000/v3", false), Health::Ok);
        assert_eq!(health("http://[::1]/v3", false), Health::Ok);
        assert_eq!(health("https://k.example/v3", true), Health::Warn);
        assert_eq!(health("https://k.example/v3", false), Health::Ok);
    }

    #[test]
    fn a_login_without_rights_is_told() {
        let health = |token| roles(&token).unwrap().health;
        assert_eq!(health(token(Some("p"), &["member", "reader"])), Health::Ok);
        assert_eq!(health(token(Some("p"), &["reader"])), Health::Warn);
        assert_eq!(health(token(None, &["member"])), Health::Fail);
        assert_eq!(roles(&TokenInfo::default()), None);
    }
}
