//! From a call to an answer: connections, time limits, retries. The only file that names the HTTP library.

use std::{
    error::Error as _,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::stream;
use reqwest::{StatusCode, header};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;

use crate::{
    error::{Error, ErrorKind, Result},
    request::{Body, Method, Progress, Upload},
    secret::Secret,
};

/// How often an idempotent call is tried in all.
const ATTEMPTS: u32 = 3;
/// Delay before the second attempt; doubled for each further one, then varied by half.
const FIRST_DELAY: Duration = Duration::from_millis(200);
/// Longest `Retry-After` that is waited for.
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// Largest answer that is read into memory.
const LARGEST_BODY: usize = 128 << 20;
/// Bytes read from an uploaded file at a time.
const CHUNK: usize = 64 << 10;

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
    pub(crate) idle_timeout: Duration,
    pub(crate) user_agent: String,
}

/// One HTTP call, ready to be sent more than once.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) query: &'a [(String, String)],
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) token: Option<&'a Secret>,
    pub(crate) body: &'a Body,
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

    /// Sends the call, again where that cannot do harm, and returns whatever the server answers last.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Answer> {
        let mut attempt = 1;
        loop {
            let outcome = self.once(call).await;
            let delay = match &outcome {
                _ if attempt == ATTEMPTS => None,
                Ok(answer) if call.method.is_idempotent() && answer.is_passing() => {
                    Some(answer.retry_after().unwrap_or_else(|| backoff(attempt)))
                }
                Err(error) if error.is_unsent() => Some(backoff(attempt)),
                Err(error) if error.is_retryable() && call.method.is_idempotent() => {
                    Some(backoff(attempt))
                }
                _ => None,
            };
            let Some(delay) = delay.filter(|delay| *delay <= LONGEST_DELAY) else {
                return outcome
                    .map(|answer| Answer {
                        attempts: attempt,
                        ..answer
                    })
                    .map_err(|error| error.with_attempts(attempt));
            };
            tracing::debug!(attempt, ?delay, "trying again");
            pause(delay).await;
            attempt += 1;
        }
    }

    async fn once(&self, call: &Call<'_>) -> Result<Answer> {
        let started = Instant::now();
        let name = call_name(call);
        tracing::debug!(call = %name, "request");
        let activity = Arc::new(AtomicU64::new(0));
        let request = self.build(call, &activity).await?;
        let sending = self.client(&call.url)?.execute(request);
        let response = self
            .while_active(sending, &activity)
            .await
            .and_then(|sent| sent.map_err(|error| self.explain(&error, &call.url)))
            .map_err(|error| error.with_call(name.clone()))?;
        let answer = Answer::new(response, name, self.options.idle_timeout);
        tracing::debug!(
            call = %answer.call,
            status = answer.status,
            request_id = answer.request_id.as_deref(),
            elapsed = ?started.elapsed(),
            "response"
        );
        Ok(answer)
    }

    /// Waits for `sending` as long as bytes of the body keep leaving within the idle limit.
    async fn while_active<F: Future>(&self, sending: F, activity: &AtomicU64) -> Result<F::Output> {
        tokio::pin!(sending);
        let mut seen = 0;
        loop {
            let limit = self.options.idle_timeout;
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
        for (name, value) in &call.headers {
            builder = builder.header(*name, value);
        }
        if let Some(token) = call.token {
            let mut value = header::HeaderValue::from_str(token.expose()).map_err(|_| {
                Error::config("the token has characters that no HTTP header can carry")
            })?;
            value.set_sensitive(true);
            builder = builder.header("X-Auth-Token", value);
        }
        builder = match call.body {
            Body::Empty => builder,
            Body::Json(json) => with_json(builder, "application/json", json),
            Body::Typed(media_type, json) => with_json(builder, media_type, json),
            Body::Upload(upload) => builder.multipart(form(upload, activity).await?),
        };
        builder
            .build()
            .map_err(|error| Error::config(format!("`{}` is no URL", call.url)).with_source(error))
    }

    /// One connection pool for plain HTTP and one for TLS: reading the system's certificates takes
    /// longer than most commands, so it is not done before it is needed.
    fn client(&self, url: &str) -> Result<&reqwest::Client> {
        let tls = url
            .get(..6)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"));
        let cell = if tls { &self.secure } else { &self.plain };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let built = self.connect(tls)?;
        Ok(cell.get_or_init(|| built))
    }

    fn connect(&self, tls: bool) -> Result<reqwest::Client> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have been faster; either provider will do.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(&self.options.user_agent)
            .connect_timeout(self.options.connect_timeout)
            // A redirect would carry the token to another host.
            .redirect(reqwest::redirect::Policy::none());
        if tls {
            builder = self.with_tls(builder)?;
        } else {
            builder = builder.tls_certs_only(Vec::new());
        }
        builder.build().map_err(|error| {
            Error::config(format!("TLS cannot be set up: {}", innermost(&error))).with_source(error)
        })
    }

    fn with_tls(&self, mut builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder> {
        let tls = &self.options.tls;
        if let Some(path) = &tls.cacert {
            let certificates = reqwest::Certificate::from_pem_bundle(&read("cacert", path)?)
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or_else(|| Error::config(format!("cacert: {path} holds no PEM certificate")))?;
            builder = builder.tls_certs_only(certificates);
        }
        if let Some(path) = &tls.cert {
            let mut pem = read("cert", path)?;
            if let Some(key) = &tls.key {
                pem.push(b'\n');
                pem.extend(read("key", key)?);
            }
            let identity = reqwest::Identity::from_pem(&pem).map_err(|error| {
                Error::config(format!(
                    "cert: {path} and its key are no PEM certificate and key"
                ))
                .with_source(error)
            })?;
            builder = builder.identity(identity);
        }
        Ok(builder.tls_danger_accept_invalid_certs(tls.insecure))
    }

    /// Puts a failure to get an answer in words.
    fn explain(&self, error: &reqwest::Error, url: &str) -> Error {
        let origin = origin(url);
        let cause = innermost(error);
        let made = |kind, text| Error::new(kind, text);
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
                return made(ErrorKind::Io, ours.0.clone());
            }
            source = inner.source();
        }
        made(
            ErrorKind::Transport,
            format!("the connection to {origin} broke: {cause}"),
        )
    }
}

/// Status, headers and the body to come.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) call: String,
    pub(crate) attempts: u32,
    response: reqwest::Response,
    idle: Duration,
}

impl Answer {
    fn new(response: reqwest::Response, call: String, idle: Duration) -> Self {
        let request_id = ["x-openstack-request-id", "x-compute-request-id"]
            .iter()
            .find_map(|name| response.headers().get(*name))
            .and_then(|id| id.to_str().ok())
            .map(crate::fault::one_line);
        Self {
            status: response.status().as_u16(),
            request_id,
            call,
            attempts: 1,
            response,
            idle,
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }

    fn is_passing(&self) -> bool {
        matches!(self.status, 429 | 502..=504)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// Length of the body in bytes, where the server tells it.
    pub(crate) fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>> {
        match tokio::time::timeout(self.idle, self.response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => {
                let text = format!("the answer broke off: {}", innermost(&error));
                Err(self.failed(Error::new(ErrorKind::Transport, text).with_source(error)))
            }
            Err(_) => Err(self.failed(silent(self.idle))),
        }
    }

    /// The whole body in memory.
    pub(crate) async fn body(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            let chunk = chunk.as_ref();
            if body.len() + chunk.len() > LARGEST_BODY {
                let text = format!("the answer is larger than {} MiB", LARGEST_BODY >> 20);
                return Err(self.failed(Error::new(ErrorKind::Decode, text)));
            }
            body.extend_from_slice(chunk);
        }
        Ok(body)
    }

    /// Adds what is known of the call to an error that came up after the answer had begun.
    pub(crate) fn failed(&self, error: Error) -> Error {
        error
            .with_call(self.call.clone())
            .with_request_id(self.request_id.clone())
    }
}

/// An upload's file that cannot be read, on its way through the HTTP library.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreadable(String);

/// The multipart body of an upload. Its length is announced: the server refuses chunked bodies.
async fn form(upload: &Upload, activity: &Arc<AtomicU64>) -> Result<reqwest::multipart::Form> {
    let file = tokio::fs::File::open(&upload.path)
        .await
        .map_err(|error| Error::io("read", &upload.path, error))?;
    let (size, progress, activity) = (upload.size, upload.progress.clone(), activity.clone());
    let shown = upload.path.display().to_string();
    let chunks = stream::try_unfold((file, 0_u64), move |(mut file, done)| {
        let (progress, activity, shown) = (progress.clone(), activity.clone(), shown.clone());
        async move {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk).await.map_err(|error| {
                std::io::Error::other(Unreadable(format!("cannot read {shown}: {error}")))
            })?;
            let done = done + read as u64;
            if done > size || (read == 0 && done < size) {
                let text = format!("{shown} changed while it was sent");
                return Err(std::io::Error::other(Unreadable(text)));
            }
            if read == 0 {
                return Ok(None);
            }
            chunk.truncate(read);
            activity.fetch_add(1, Ordering::Relaxed);
            if let Some(progress) = &progress {
                progress(Progress {
                    done,
                    total: Some(size),
                });
            }
            Ok(Some((chunk, (file, done))))
        }
    });
    let body = reqwest::Body::wrap_stream(chunks);
    let part = reqwest::multipart::Part::stream_with_length(body, size)
        .file_name(upload.file_name.clone())
        .mime_str("application/octet-stream")
        .map_err(|error| Error::invalid("no media type").with_source(error))?;
    Ok(reqwest::multipart::Form::new()
        .text("__metadata__", upload.metadata.to_string())
        .part("file", part))
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

fn read(key: &str, path: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let error = Error::io("read", std::path::Path::new(path), error);
        Error::config(format!("{key}: {error}"))
    })
}

fn silent(limit: Duration) -> Error {
    let seconds = limit.as_secs_f32();
    Error::new(
        ErrorKind::Timeout,
        format!("the server has been silent for {seconds} s"),
    )
}

/// Method and URL, without user information.
fn call_name(call: &Call<'_>) -> String {
    let path =
        reqwest::Url::parse(&call.url).map_or_else(|_| String::new(), |url| url.path().to_owned());
    format!("{} {}{path}", call.method.as_str(), origin(&call.url))
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> String {
    reqwest::Url::parse(url)
        .map_or_else(|_| url.to_owned(), |url| url.origin().ascii_serialization())
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
fn backoff(attempt: u32) -> Duration {
    let delay = FIRST_DELAY * 2_u32.pow(attempt - 1);
    delay.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a retry waits"
)]
async fn pause(delay: Duration) {
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
    fn a_call_is_named_without_user_information_or_query() {
        let call = Call {
            method: Method::Get,
            url: "http://me:secret@cloud:8082/v1/environments?x=1".to_owned(),
            query: &[],
            headers: Vec::new(),
            token: None,
            body: &Body::Empty,
        };
        assert_eq!(call_name(&call), "GET http://cloud:8082/v1/environments");
    }
}
