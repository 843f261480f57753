//! What goes over the wire, as text for people: each request as a curl line, each answer with its body.
//! Tokens are shown as hashes and password-like values not at all, so that a log can be passed on.

use std::fmt::Write as _;

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::{
    fault::one_line,
    mask::{MASK, masked},
    request::Body,
};

/// Target of the log records.
const TARGET: &str = "murano_sdk::wire";

/// Headers whose values open doors.
const SECRET_HEADERS: [&str; 6] = [
    "x-auth-token",
    "x-subject-token",
    "x-service-token",
    "x-auth-key",
    "openstack-auth-receipt",
    "authorization",
];

/// Whether the value of a header opens doors. No log, table of headers or `Debug` may show it.
pub(super) fn is_secret(header: &str) -> bool {
    let named = |name: &&str| name.eq_ignore_ascii_case(header);
    SECRET_HEADERS.iter().any(named)
}

/// Whether anybody listens. What is said here costs time to make.
pub(super) fn is_on() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::DEBUG)
}

/// Tells of a request as the curl line that sends the same.
pub(super) fn request(request: &reqwest::Request, body: &Body) {
    if !is_on() {
        return;
    }
    let url = super::without_user(request.url().as_str());
    let mut line = format!("REQ: curl -g -i -X {} {}", request.method(), quoted(&url));
    for (name, value) in headers(request.headers()) {
        let _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
    }
    match body {
        Body::Empty => {}
        Body::Json(json) | Body::Typed(_, json) => {
            let _ = write!(line, " -d {}", quoted(&masked(json).to_string()));
        }
        Body::Bytes(_, bytes) => {
            let _ = write!(line, " -d {}", quoted(&text(bytes)));
        }
        Body::Upload(upload) => {
            let part = format!("file=@{}", upload.path.display());
            let metadata = format!("__metadata__={}", upload.metadata);
            let _ = write!(line, " -F {} -F {}", quoted(&metadata), quoted(&part));
        }
        Body::Feed(_) => line.push_str(" -T -"),
    }
    tracing::debug!(target: TARGET, "{line}");
}

/// Tells how an answer begins.
pub(super) fn answer(response: &reqwest::Response) {
    if !is_on() {
        return;
    }
    let mut line = format!("RESP: [{}]", response.status().as_u16());
    for (name, value) in headers(response.headers()) {
        let _ = write!(line, " {name}: {value}");
    }
    tracing::debug!(target: TARGET, "{line}");
}

/// Tells what an answer had in it.
pub(super) fn body(bytes: &[u8]) {
    if is_on() && !bytes.is_empty() {
        tracing::debug!(target: TARGET, "RESP BODY: {}", text(bytes));
    }
}

/// Headers with what opens doors as a hash: two lines of a log can be compared by it.
fn headers(map: &HeaderMap) -> impl Iterator<Item = (&HeaderName, String)> {
    map.iter().map(|(name, value)| {
        let shown = if value.is_sensitive() || is_secret(name.as_str()) {
            fingerprint(value.as_bytes())
        } else if name == "set-cookie" || name == "cookie" {
            MASK.to_owned()
        } else {
            one_line(&String::from_utf8_lossy(value.as_bytes()))
        };
        (name, shown)
    })
}

/// The SHA-256 of a secret, in the spelling of other OpenStack clients.
fn fingerprint(secret: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, secret);
    let mut hash = String::from("{SHA256}");
    for byte in digest.as_ref() {
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

/// A body on one line: JSON without secrets, text as it is, anything else by its size.
fn text(bytes: &[u8]) -> String {
    if let Ok(json) = serde_json::from_slice::<Value>(bytes) {
        return masked(&json).to_string();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => one_line(text),
        _ => format!("<{} bytes>", bytes.len()),
    }
}

/// A word between single quotes, for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_open_doors_are_hashes() {
        let mut map = HeaderMap::new();
        map.insert("x-subject-token", "gAAAA".parse().unwrap());
        map.insert("x-openstack-request-id", "req-1".parse().unwrap());
        let shown: Vec<String> = headers(&map).map(|(_, value)| value).collect();
        // printf %s gAAAA | sha256sum
        let hash = "{SHA256}682eacd2d99a4d8b7b0292d88fff08d07aec015beb740f13fea3958df59cf18c";
        assert_eq!(shown[0], hash);
        assert_eq!(shown[1], "req-1");
    }

    #[test]
    fn bodies_that_are_no_text_are_told_by_size() {
        assert_eq!(text(b"\x89PNG\0"), "<5 bytes>");
        assert_eq!(text(b"a\nb"), "a b");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
