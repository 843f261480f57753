//! An answer: status, headers, and a body that is read piece by piece.

use std::time::Duration;

use reqwest::StatusCode;

use super::{call_name, innermost, silent, wire};
use crate::{
    error::{Error, ErrorKind, Result},
    request::Method,
    time::Timestamp,
};

/// Largest answer that is read into memory.
const LARGEST_BODY: usize = 128 << 20;

/// Largest part of an answer that room is made for in advance.
const USUAL_BODY: usize = 1 << 20;

/// The headers that services put the request id in.
const REQUEST_IDS: [&str; 3] = [
    "x-openstack-request-id",
    "openstack-request-id",
    "x-compute-request-id",
];

/// Status, headers and the body to come.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) attempts: u32,
    method: Method,
    response: reqwest::Response,
    idle: Duration,
}

impl Answer {
    pub(super) fn new(response: reqwest::Response, method: Method, idle: Duration) -> Self {
        Self {
            status: response.status().as_u16(),
            attempts: 1,
            method,
            response,
            idle,
        }
    }

    /// Method and URL, without user information.
    pub(super) fn name(&self) -> String {
        call_name(self.method, self.response.url().as_str())
    }

    /// The id that the server has given to the request, for its own log.
    pub(crate) fn request_id(&self) -> Option<String> {
        let id = REQUEST_IDS.iter().find_map(|name| self.header(name));
        id.map(crate::fault::one_line)
    }

    /// Notes how many attempts it took.
    pub(super) fn after(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    pub(crate) fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }

    pub(super) fn is_passing(&self) -> bool {
        matches!(self.status, 429 | 502..=504)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// All headers in the order of their arrival; what is no text in them is replaced.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let headers = self.response.headers().iter();
        headers
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect()
    }

    /// Length of the body in bytes, where the server tells it.
    pub(crate) fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// When to come again, where the server tells: as seconds, or as a time by its own clock.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let told = self.header("retry-after")?.trim();
        let time = |text| Timestamp::from_http_date(text)?.unix_seconds();
        let seconds = told.parse().ok().or_else(|| {
            let left = time(told)? - time(self.header("date")?)?;
            Some(u64::try_from(left).unwrap_or(0))
        })?;
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
        // What a server announces is believed up to what an answer usually has.
        let usual = self
            .length()
            .and_then(|length| usize::try_from(length).ok());
        let mut body = Vec::with_capacity(usual.unwrap_or_default().min(USUAL_BODY));
        while let Some(chunk) = self.chunk().await? {
            let chunk = chunk.as_ref();
            if body.len() + chunk.len() > LARGEST_BODY {
                let text = format!("the answer is larger than {} MiB", LARGEST_BODY >> 20);
                return Err(self.failed(Error::new(ErrorKind::Decode, text)));
            }
            body.extend_from_slice(chunk);
        }
        wire::body(&body);
        Ok(body)
    }

    /// Adds what is known of the call to an error that came up after the answer had begun.
    pub(crate) fn failed(&self, error: Error) -> Error {
        error
            .with_call(self.name())
            .with_request_id(self.request_id())
    }
}
