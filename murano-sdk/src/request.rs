//! Requests as plain values, built without any I/O.

use std::{
    fmt::Write as _,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::Stream;
use serde_json::Value;

use crate::{
    auth::service::{MURANO, Service},
    error::Result,
    fault::Fault,
    id::SessionId,
    transport::IDLE_TIMEOUT,
};

/// How much of a transfer is done, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes sent or received so far.
    pub done: u64,
    /// Bytes in all, where known.
    pub total: Option<u64>,
}

pub(crate) type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What the answer is wanted as. The server words its errors by the same header, so each value
/// admits JSON too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accept {
    Json,
    Text,
    Bytes,
}

impl Accept {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Text => "text/plain, application/json;q=0.5",
            Self::Bytes => "application/octet-stream, application/json;q=0.5",
        }
    }
}

#[derive(Clone)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    /// JSON under another media type.
    Typed(&'static str, Value),
    /// Anything, under the media type that is named.
    Bytes(String, Vec<u8>),
    Upload(Upload),
    Feed(Feed),
}

impl Body {
    /// Whether there is nothing left to send after the first attempt.
    pub(crate) fn is_single(&self) -> bool {
        matches!(self, Self::Feed(_))
    }
}

/// The pieces of a body, made while they are sent.
pub(crate) type Chunks = Pin<Box<dyn Stream<Item = Result<Vec<u8>>> + Send>>;

/// Bytes on their way from anywhere to the server, which can be sent once.
#[derive(Clone)]
pub(crate) struct Feed {
    chunks: Arc<Mutex<Option<Chunks>>>,
    /// How many there are, where it is known.
    pub(crate) length: Option<u64>,
}

impl Feed {
    pub(crate) fn new(chunks: Chunks, length: Option<u64>) -> Self {
        Self {
            chunks: Arc::new(Mutex::new(Some(chunks))),
            length,
        }
    }

    /// The pieces, for who asks first.
    pub(crate) fn take(&self) -> Option<Chunks> {
        let mut chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.take()
    }
}

/// A package on its way from a file to the server.
#[derive(Clone)]
pub(crate) struct Upload {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) file_name: String,
    pub(crate) metadata: Value,
    pub(crate) progress: Option<OnProgress>,
}

/// The path below the API's version, percent-encoded segment by segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    encoded: String,
    impossible: Option<String>,
}

impl Path {
    pub(crate) fn new(segments: &[&str]) -> Self {
        let length = segments.iter().map(|segment| 1 + segment.len()).sum();
        let mut path = Self {
            encoded: String::with_capacity(length),
            impossible: None,
        };
        for segment in segments {
            path.push(segment);
        }
        path
    }

    /// A path with its query as they are written in a URL.
    pub(crate) fn written(text: &str) -> Self {
        let text = text.trim_start_matches('/');
        Self {
            // A fragment is never sent.
            encoded: format!("/{}", text.replace('#', "%23")),
            impossible: None,
        }
    }

    /// Appends one segment, whatever characters it has.
    ///
    /// An empty segment and the two dot segments cannot be sent: URLs normalise them away, so the
    /// call would reach another resource.
    pub(crate) fn push(&mut self, segment: &str) {
        if matches!(segment, "" | "." | "..") {
            self.impossible.get_or_insert_with(|| segment.to_owned());
        }
        self.encoded.push('/');
        for byte in segment.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                self.encoded.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(self.encoded, "%{byte:02X}");
            }
        }
    }

    /// Appends the segments of a slash-separated path; empty ones are dropped, as the server does.
    pub(crate) fn extend(&mut self, path: &str) {
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            self.push(segment);
        }
    }

    /// Ends the path with a slash, which the model route needs.
    pub(crate) fn slash(&mut self) {
        self.encoded.push('/');
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.encoded
    }

    /// The segment that no URL can carry, where there is one.
    pub(crate) fn impossible(&self) -> Option<&str> {
        self.impossible.as_deref()
    }
}

/// One call of the API.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) service: &'static Service,
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) session: Option<SessionId>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) accept: Accept,
    pub(crate) body: Body,
    /// How long the server may be silent where nothing is set.
    pub(crate) silence: Duration,
}

impl Request {
    pub(crate) fn new(method: Method, path: Path) -> Self {
        Self {
            service: &MURANO,
            method,
            path,
            query: Vec::new(),
            session: None,
            headers: Vec::new(),
            accept: Accept::Json,
            body: Body::Empty,
            silence: IDLE_TIMEOUT,
        }
    }

    pub(crate) fn get(segments: &[&str]) -> Self {
        Self::new(Method::Get, Path::new(segments))
    }

    pub(crate) fn post(segments: &[&str]) -> Self {
        Self::new(Method::Post, Path::new(segments))
    }

    pub(crate) fn put(segments: &[&str]) -> Self {
        Self::new(Method::Put, Path::new(segments))
    }

    pub(crate) fn patch(segments: &[&str]) -> Self {
        Self::new(Method::Patch, Path::new(segments))
    }

    pub(crate) fn delete(segments: &[&str]) -> Self {
        Self::new(Method::Delete, Path::new(segments))
    }

    /// Sends it to another service than Murano.
    pub(crate) fn to(mut self, service: &'static Service) -> Self {
        self.service = service;
        self
    }

    /// Gives a slow server this long to say something.
    pub(crate) fn silent_for(mut self, time: Duration) -> Self {
        self.silence = time;
        self
    }

    /// What its service says of its failure.
    pub(crate) fn fault(&self, status: u16, body: &[u8]) -> Fault {
        let mut fault = Fault::read(status, body);
        fault.token |= status == 401 && self.service.has_plain_401();
        fault
    }

    /// Whether sending it twice leaves the server as sending it once.
    ///
    /// A number at the end of a path of applications is a place in their list: removed once more, it
    /// would take away the next one.
    pub(crate) fn is_repeatable(&self) -> bool {
        let by_place = || {
            let path = self.path.as_str().split('?').next().unwrap_or_default();
            path.rsplit_once('/').is_some_and(|(parents, last)| {
                parents.contains("/services")
                    && !last.is_empty()
                    && last.bytes().all(|byte| byte.is_ascii_digit())
            })
        };
        match self.method {
            _ if self.body.is_single() => false,
            Method::Get => true,
            // Mogan answers the second one that the instance is busy, or restarts it once more.
            Method::Put => !is_instance_action(self.path.as_str()),
            Method::Delete => !by_place(),
            Method::Post | Method::Patch => false,
        }
    }

    /// Adds a query parameter, unless there is no value.
    pub(crate) fn query(mut self, name: &str, value: Option<impl Into<String>>) -> Self {
        if let Some(value) = value {
            self.query.push((name.to_owned(), value.into()));
        }
        self
    }

    /// Adds a switch that the server only knows as the word `true`.
    pub(crate) fn flag(self, name: &str, on: bool) -> Self {
        self.query(name, on.then_some("true"))
    }

    /// The query of a paged list, from `marker` on where there is one.
    pub(crate) fn page(mut self, query: &[(String, String)], marker: Option<String>) -> Self {
        self.query = query.to_vec();
        if marker.is_some() {
            self.query.retain(|(name, _)| name != "marker");
        }
        self.query("marker", marker)
    }

    pub(crate) fn session(mut self, session: Option<&SessionId>) -> Self {
        self.session = session.cloned();
        self
    }

    pub(crate) fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    pub(crate) fn typed(mut self, media_type: &'static str, body: Value) -> Self {
        self.body = Body::Typed(media_type, body);
        self
    }

    /// What the answer is wanted as, unless a header that was given says it.
    pub(crate) fn accepts(&self) -> Option<Accept> {
        let mut names = self.headers.iter().map(|(name, _)| name);
        let is_given = names.any(|name| name.eq_ignore_ascii_case("Accept"));
        (!is_given).then_some(self.accept)
    }

    /// The headers to send beside `Accept` and the token.
    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        let session = self.session.as_ref().map(SessionId::as_str);
        let session = session.map(|session| ("X-Configuration-Session", session));
        let given = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        session.into_iter().chain(given).collect()
    }

    pub(crate) fn accept(mut self, accept: Accept) -> Self {
        self.accept = accept;
        self
    }
}

fn is_instance_action(path: &str) -> bool {
    let is_instance = path.starts_with("/instances/") || path.starts_with("/servers/");
    is_instance && path.contains("/states/")
}

/// Makes a request struct awaitable: `awaitable!(Request => Output)` calls its `send(self)`.
macro_rules! awaitable {
    ($($name:ident => $output:ty),* $(,)?) => {$(
        impl std::future::IntoFuture for $name {
            type Output = $crate::Result<$output>;
            type IntoFuture = std::pin::Pin<
                Box<dyn std::future::Future<Output = Self::Output> + Send>,
            >;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    )*};
}

pub(crate) use awaitable;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_stays_one_segment() {
        let path = Path::new(&["environments", "a/b?c", "../x", "ж"]);
        assert_eq!(path.as_str(), "/environments/a%2Fb%3Fc/..%2Fx/%D0%B6");
        assert_eq!(path.impossible(), None);
    }

    #[test]
    fn segments_that_urls_swallow_are_known() {
        assert_eq!(Path::new(&["environments", ".."]).impossible(), Some(".."));
        assert_eq!(Path::new(&["environments", ""]).impossible(), Some(""));
    }

    #[test]
    fn model_paths_keep_their_slashes_and_hide_the_question_mark() {
        let mut path = Path::new(&["environments", "e", "model"]);
        path.extend("/defaultNetworks//?/id");
        assert_eq!(
            path.as_str(),
            "/environments/e/model/defaultNetworks/%3F/id"
        );
    }
}
