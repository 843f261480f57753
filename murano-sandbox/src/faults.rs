//! Faults ordered for coming calls.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use futures_util::stream;

/// Something that shall go wrong with a coming call.
///
/// Without a further word the next matching call is meant; [`nth`](Self::nth) and [`times`](Self::times) change that.
/// A path pattern is compared with the path without its query; `*` stands for any text.
///
/// ```
/// use murano_sandbox::Fault;
/// use std::time::Duration;
///
/// // The second listing is refused and may be tried again after a second.
/// let busy = Fault::on("GET", "/v1/environments").nth(2).answer(503, "busy").header("Retry-After", "1");
/// // Every call takes half a second longer.
/// let slow = Fault::on("*", "*").times(u32::MAX).delay(Duration::from_millis(500));
/// // The server does what it is asked, but the answer ends after ten bytes.
/// let cut = Fault::on("POST", "/v1/environments/*/configure").cut(10);
/// # let _ = (busy, slow, cut);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until `Sandbox::order` is called with it"]
pub struct Fault {
    method: String,
    path: String,
    skip: u32,
    times: u32,
    delay: Option<Duration>,
    effect: Effect,
}

#[derive(Clone, Debug)]
enum Effect {
    Nothing,
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    Cut(usize),
    Garble,
}

impl Fault {
    /// A fault for calls with this method (`*` for any) and path pattern.
    pub fn on(method: &str, path: &str) -> Self {
        Self {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            skip: 0,
            times: 1,
            delay: None,
            effect: Effect::Nothing,
        }
    }

    /// Strikes the `n`-th matching call from now on, counted from 1.
    pub fn nth(mut self, n: u32) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// Strikes this many matching calls in a row.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Waits before the call is looked at.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Answers with this status and body instead of doing what was asked. A body that is JSON is labelled so.
    pub fn answer(mut self, status: u16, body: &str) -> Self {
        self.effect = Effect::Answer {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        };
        self
    }

    /// Answers as Keystone and Murano do when the token is not accepted.
    pub fn refuse_token(self) -> Self {
        self.answer(401, &crate::errors::TOKEN_REFUSED.to_string())
    }

    /// Adds a header to the answer ordered with [`answer`](Self::answer).
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Effect::Answer { headers, .. } = &mut self.effect {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Does what was asked and closes the connection after this many bytes of the answer's body.
    pub fn cut(mut self, bytes: usize) -> Self {
        self.effect = Effect::Cut(bytes);
        self
    }

    /// Does what was asked and sends a body of the same length that nobody can read.
    pub fn garble(mut self) -> Self {
        self.effect = Effect::Garble;
        self
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method == method) && wildcard(&self.path, path)
    }
}

/// Faults that have not struck often enough yet.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The fault for this call, if any. Every waiting fault counts the call, the first that is due strikes.
    pub(crate) fn strike(&self, method: &str, path: &str) -> Option<Strike> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for fault in faults
            .iter_mut()
            .filter(|fault| fault.matches(method, path))
        {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if found.is_none() && fault.times > 0 {
                fault.times -= 1;
                found = Some(Strike {
                    delay: fault.delay,
                    effect: fault.effect.clone(),
                });
            }
        }
        faults.retain(|fault| fault.times > 0);
        found
    }
}

/// A fault that has hit a call.
#[derive(Debug)]
pub(crate) struct Strike {
    pub(crate) delay: Option<Duration>,
    effect: Effect,
}

impl Strike {
    /// The answer to send instead of the real one.
    pub(crate) fn answer(&self) -> Option<Response<Body>> {
        let Effect::Answer {
            status,
            headers,
            body,
        } = &self.effect
        else {
            return None;
        };
        let mut response = Response::new(Body::from(body.clone()));
        *response.status_mut() = StatusCode::from_u16(*status).unwrap_or(StatusCode::IM_A_TEAPOT);
        let json = serde_json::from_str::<serde_json::Value>(body).is_ok();
        let label = if json {
            "application/json"
        } else {
            "text/plain"
        };
        response
            .headers_mut()
            .insert("content-type", HeaderValue::from_static(label));
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) =
                (name.parse::<HeaderName>(), value.parse::<HeaderValue>())
            {
                response.headers_mut().insert(name, value);
            }
        }
        Some(response)
    }

    /// Spoils the real answer.
    pub(crate) async fn spoil(&self, response: Response<Body>) -> Response<Body> {
        match self.effect {
            Effect::Nothing | Effect::Answer { .. } => response,
            Effect::Cut(bytes) => {
                let (mut parts, body) = response.into_parts();
                let full = axum::body::to_bytes(body, usize::MAX)
                    .await
                    .unwrap_or_default();
                let kept = full.slice(..bytes.min(full.len()));
                // The length announced is one byte more at least, so that the reader always notices.
                parts.headers.insert(
                    "content-length",
                    HeaderValue::from(full.len().max(kept.len() + 1)),
                );
                let broken = std::io::Error::other("the connection was cut by an ordered fault");
                let pieces: [std::io::Result<Bytes>; 2] = [Ok(kept), Err(broken)];
                Response::from_parts(parts, Body::from_stream(stream::iter(pieces)))
            }
            Effect::Garble => {
                let (parts, body) = response.into_parts();
                let full = axum::body::to_bytes(body, usize::MAX)
                    .await
                    .unwrap_or_default();
                Response::from_parts(parts, Body::from(vec![b'#'; full.len()]))
            }
        }
    }

    /// A few words for the log.
    pub(crate) fn note(&self) -> String {
        match &self.effect {
            Effect::Nothing => "ordered fault: delayed".to_owned(),
            Effect::Answer { status, .. } => format!("ordered fault: answered {status}"),
            Effect::Cut(bytes) => format!("ordered fault: cut after {bytes} bytes"),
            Effect::Garble => "ordered fault: garbled".to_owned(),
        }
    }
}

/// Compares text with a pattern in which `*` stands for any text.
fn wildcard(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(tail) = text.strip_prefix(head) else {
        return false;
    };
    if rest.is_empty() {
        return true;
    }
    tail.char_indices()
        .map(|(at, _)| at)
        .chain([tail.len()])
        .any(|at| wildcard(rest, &tail[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_know_stars() {
        assert!(wildcard("*", "/v1/environments"));
        assert!(wildcard(
            "/v1/environments/*/deployments",
            "/v1/environments/a/deployments"
        ));
        assert!(wildcard("/v1/*", "/v1/"));
        assert!(!wildcard("/v1/environments", "/v1/environments/a"));
        assert!(!wildcard("/v1/*/x", "/v1/a/y"));
    }

    #[test]
    fn the_nth_call_is_struck_as_often_as_ordered() {
        let faults = Faults::default();
        faults.add(Fault::on("get", "/a").nth(2).times(2).answer(503, ""));
        assert!(faults.strike("POST", "/a").is_none());
        assert!(faults.strike("GET", "/a").is_none());
        assert!(faults.strike("GET", "/a").is_some());
        assert!(faults.strike("GET", "/a").is_some());
        assert!(faults.strike("GET", "/a").is_none());
    }
}
