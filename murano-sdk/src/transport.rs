//! From a call to an answer: connections, time limits, retries. The only module that names the HTTP library.

mod answer;
mod connect;
mod fetch;
mod upload;
mod wire;

use std::{
    error::Error as _,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::header;
use serde_json::Value;

pub(crate) use answer::Answer;
pub(crate) use fetch::Wanted;
use upload::{Unreadable, feed, form};

use crate::{
    error::{Error, ErrorKind, Result},
    request::{Accept, Body, Method},
    secret::Secret,
};

/// How often an idempotent call is tried in all.
pub(crate) const ATTEMPTS: u32 = 3;
/// Delay before the second attempt; doubled for each further one, then varied by half.
const FIRST_DELAY: Duration = Duration::from_millis(200);
/// Longest time without a byte from or to a server, unless something else is known or set.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest `Retry-After` that is waited for.
pub(crate) const LONGEST_DELAY: Duration = Duration::from_secs(60);

const TOKEN: header::HeaderName = header::HeaderName::from_static("x-auth-token");

/// TLS settings: paths of PEM files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tls {
    pub(crate) cacert: Option<String>,
    pub(crate) cert: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) insecure: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) tls: Tls,
    pub(crate) connect_timeout: Duration,
    /// Longest time without a byte; where it is not set, each call has its own.
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) user_agent: String,
}

/// One HTTP call, ready to be sent more than once.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) query: &'a [(String, String)],
    /// What the answer is wanted as, unless it stands among the headers.
    pub(crate) accept: Option<Accept>,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) token: Option<&'a Secret>,
    pub(crate) body: &'a Body,
    /// Whether sending it twice leaves the server as sending it once.
    pub(crate) repeatable: bool,
    /// How long its server may be silent where nothing is set.
    pub(crate) silence: Duration,
}

#[derive(Debug)]
pub(crate) struct Transport {
    options: Options,
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
}

impl Transport {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        }
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Sends the call, again where that cannot do harm, and returns whatever the server answers last.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Answer> {
        let mut attempt = 1;
        loop {
            let outcome = self.once(call).await;
            let delay = match &outcome {
                _ if attempt == ATTEMPTS => None,
                Ok(answer) if call.repeatable && answer.is_passing() => {
                    Some(answer.retry_after().unwrap_or_else(|| backoff(attempt)))
                }
                Err(error) if error.is_unsent() && !call.body.is_single() => Some(backoff(attempt)),
                Err(error) if error.is_retryable() && call.repeatable => Some(backoff(attempt)),
                _ => None,
            };
            let Some(delay) = delay.filter(|delay| *delay <= LONGEST_DELAY) else {
                return outcome
                    .map(|answer| answer.after(attempt))
                    .map_err(|error| error.with_attempts(attempt));
            };
            tracing::debug!(target: "murano_sdk::retry", attempt, ?delay, "trying again");
            pause(delay).await;
            attempt += 1;
        }
    }

    async fn once(&self, call: &Call<'_>) -> Result<Answer> {
        let started = Instant::now();
        tracing::debug!(call = %call_name(call.method, &call.url), "request");
        let activity = Arc::new(AtomicU64::new(0));
        let request = self.build(call, &activity).await?;
        wire::request(&request, call.body);
        let sending = self.client(&call.url)?.execute(request);
        let idle = self.options.idle_timeout.unwrap_or(call.silence);
        let sent = while_active(sending, &activity, idle).await;
        let elapsed_ms = started.elapsed().as_secs_f64() * 1000.0;
        let response = sent
            .and_then(|sent| sent.map_err(|error| self.explain(&error, &call.url)))
            .map_err(|error| {
                let name = call_name(call.method, &call.url);
                tracing::debug!(call = %name, elapsed_ms, "no response");
                error.with_call(name)
            })?;
        wire::answer(&response);
        let answer = Answer::new(response, call.method, idle);
        tracing::debug!(
            call = %answer.name(),
            status = answer.status,
            request_id = answer.request_id(),
            elapsed_ms,
            "response"
        );
        Ok(answer)
    }

    async fn build(&self, call: &Call<'_>, activity: &Arc<AtomicU64>) -> Result<reqwest::Request> {
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client(&call.url)?.request(method, &call.url);
        if !call.query.is_empty() {
            builder = builder.query(call.query);
        }
        if let Some(accept) = call.accept {
            let value = header::HeaderValue::from_static(accept.as_str());
            builder = builder.header(header::ACCEPT, value);
        }
        for (name, value) in &call.headers {
            let mut value = header::HeaderValue::from_str(value).map_err(|_| {
                let text =
                    format!("the value of {name} has characters that no HTTP header can carry");
                Error::invalid(text)
            })?;
            value.set_sensitive(wire::is_secret(name));
            builder = builder.header(*name, value);
        }
        if let Some(token) = call.token {
            let mut value = header::HeaderValue::from_str(token.expose()).map_err(|_| {
                Error::config("the token has characters that no HTTP header can carry")
            })?;
            value.set_sensitive(true);
            builder = builder.header(TOKEN, value);
        }
        builder = match call.body {
            Body::Empty => builder,
            Body::Json(json) => with_json(builder, "application/json", json),
            Body::Typed(media_type, json) => with_json(builder, media_type, json),
            Body::Bytes(media_type, bytes) => builder
                .header(header::CONTENT_TYPE, media_type)
                .body(bytes.clone()),
            Body::Upload(upload) => builder.multipart(form(upload, activity).await?),
            Body::Feed(source) => feed(builder, source, activity)?,
        };
        builder.build().map_err(|error| {
            // The library's error would show user information that stands in the URL.
            let (url, cause) = (without_user(&call.url), innermost(&error));
            Error::config(format!("`{url}` is no URL: {cause}"))
        })
    }

    /// Puts a failure to get an answer in words.
    fn explain(&self, error: &reqwest::Error, url: &str) -> Error {
        let origin = origin(url);
        let cause = innermost(error);
        let made = |kind, text| Error::new(kind, text);
        if cause.contains("scheme is not allowed") {
            return Error::config(format!(
                "`{origin}` is no URL that begins with http:// or https://"
            ));
        }
        if error.is_connect() && error.is_timeout() {
            let limit = self.options.connect_timeout.as_secs_f32();
            return made(
                ErrorKind::Transport,
                format!("no connection to {origin} within {limit} s"),
            )
            .nothing_sent();
        }
        if cause.contains("UnknownIssuer") {
            let text = format!(
                "the certificate of {origin} is signed by an authority this machine does not know: \
                 give its certificate as `cacert`"
            );
            return made(ErrorKind::Transport, text).nothing_sent();
        }
        if error.is_connect() {
            return made(
                ErrorKind::Transport,
                format!("cannot connect to {origin}: {cause}"),
            )
            .nothing_sent();
        }
        if error.is_timeout() {
            return made(ErrorKind::Timeout, format!("{origin} does not answer"));
        }
        // The file of an upload could not be read: our own error travels inside the library's.
        let mut source = error.source();
        while let Some(inner) = source {
            if let Some(io) = inner.downcast_ref::<std::io::Error>()
                && let Some(ours) = io
                    .get_ref()
                    .and_then(|inner| inner.downcast_ref::<Unreadable>())
            {
                return made(ours.kind, ours.text.clone());
            }
            source = inner.source();
        }
        made(
            ErrorKind::Transport,
            format!("the connection to {origin} broke: {cause}"),
        )
    }
}

/// Waits for `sending` as long as bytes of the body keep leaving within the idle limit.
async fn while_active<F: Future>(
    sending: F,
    activity: &AtomicU64,
    limit: Duration,
) -> Result<F::Output> {
    tokio::pin!(sending);
    let mut seen = 0;
    loop {
        if let Ok(output) = tokio::time::timeout(limit, &mut sending).await {
            return Ok(output);
        }
        let now = activity.load(Ordering::Relaxed);
        if now == seen {
            return Err(silent(limit));
        }
        seen = now;
    }
}

fn with_json(
    builder: reqwest::RequestBuilder,
    media_type: &'static str,
    json: &Value,
) -> reqwest::RequestBuilder {
    builder
        .header(header::CONTENT_TYPE, media_type)
        .body(json.to_string())
}

fn silent(limit: Duration) -> Error {
    let seconds = limit.as_secs_f32();
    Error::new(
        ErrorKind::Timeout,
        format!("the server has been silent for {seconds} s"),
    )
}

/// The URL, or what should have been one, without the name and the password in it.
pub(crate) fn without_user(url: &str) -> String {
    let host = url.find("://").map_or(0, |at| at + "://".len());
    let end = url[host..].find(['/', '?', '#']);
    let authority = &url[host..end.map_or(url.len(), |end| host + end)];
    match authority.rfind('@') {
        Some(at) => format!("{}{}", &url[..host], &url[host + at + 1..]),
        None => url.to_owned(),
    }
}

/// Method and URL, without user information.
fn call_name(method: Method, url: &str) -> String {
    let method = method.as_str();
    match reqwest::Url::parse(url) {
        // Without the `//`, a name and a password would be the path.
        Ok(url) if url.has_host() => {
            let origin = url.origin().ascii_serialization();
            format!("{method} {origin}{}", url.path())
        }
        _ => format!("{method} {}", without_user(url)),
    }
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> String {
    reqwest::Url::parse(url).map_or_else(
        |_| without_user(url),
        |url| url.origin().ascii_serialization(),
    )
}

/// Host and port of a URL; `None` where it is none.
pub(crate) fn host(url: &str) -> Option<(String, u16)> {
    let url = reqwest::Url::parse(url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    Some((host.to_owned(), url.port_or_known_default()?))
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = crate::fault::one_line(&cause.to_string());
    text.split(" (os error")
        .next()
        .unwrap_or(&text)
        .to_lowercase()
        .replace("unknownissuer", "UnknownIssuer")
}

/// Doubling delay, varied between half and the whole so that clients do not return all at once.
pub(crate) fn backoff(attempt: u32) -> Duration {
    let delay = FIRST_DELAY * 2_u32.pow(attempt - 1);
    delay.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a retry waits"
)]
pub(crate) async fn pause(delay: Duration) {
    tokio::time::sleep(delay).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_stay_apart() {
        for attempt in 1..4 {
            let whole = FIRST_DELAY * 2_u32.pow(attempt - 1);
            let delay = backoff(attempt);
            assert!(delay >= whole / 2 && delay <= whole, "{delay:?}");
        }
    }

    #[test]
    fn user_information_is_cut_out() {
        for (url, shown) in [
            ("http://me:a@b@cloud/v1?x=y@z", "http://cloud/v1?x=y@z"),
            ("http://cloud/a@b", "http://cloud/a@b"),
            ("me:secret@cloud", "cloud"),
            ("cloud", "cloud"),
        ] {
            assert_eq!(without_user(url), shown);
        }
    }

    #[tokio::test]
    async fn headers_that_open_doors_are_sensitive() {
        let options = Options {
            tls: Tls::default(),
            connect_timeout: IDLE_TIMEOUT,
            idle_timeout: None,
            user_agent: "test".to_owned(),
        };
        let header = |name| (name, "value");
        let call = Call {
            method: Method::Delete,
            url: "http://cloud/v3/auth/tokens".to_owned(),
            query: &[],
            accept: Some(Accept::Json),
            headers: ["Openstack-Auth-Receipt", "X-Subject-Token"]
                .map(header)
                .into(),
            token: Some(&"token".into()),
            body: &Body::Empty,
            repeatable: true,
            silence: IDLE_TIMEOUT,
        };
        let request = Transport::new(options).build(&call, &Arc::default()).await;
        let request = request.unwrap();
        let open = request
            .headers()
            .iter()
            .filter(|(_, value)| !value.is_sensitive());
        let open: Vec<&str> = open.map(|(name, _)| name.as_str()).collect();
        assert_eq!(open, ["accept"]);
    }

    #[test]
    fn a_call_is_named_without_user_information_or_query() {
        let url = "http://me:secret@cloud:8082/v1/environments?x=1";
        let name = "GET http://cloud:8082/v1/environments";
        assert_eq!(call_name(Method::Get, url), name);
        assert_eq!(call_name(Method::Put, "me:secret@cloud"), "PUT cloud");
    }
}
