//! Downloads from places that are no part of the cloud: no token, bounded, and only to where a redirect
//! may lead.

use std::time::{Duration, Instant};

use reqwest::{Url, header};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::{
    ATTEMPTS, IDLE_TIMEOUT, LONGEST_DELAY, Transport, backoff, innermost, origin, pause, silent,
};
use crate::{
    error::{Error, ErrorKind, Result, io_reason},
    request::{OnProgress, Progress},
};

/// Redirects that are followed for one download.
const REDIRECTS: usize = 5;

/// A file to fetch.
pub(crate) struct Wanted<'a> {
    pub(crate) url: &'a str,
    /// Largest size that is taken, in bytes.
    pub(crate) limit: u64,
    /// Longest time for all of it, with every attempt.
    pub(crate) time: Duration,
    pub(crate) progress: Option<&'a OnProgress>,
}

impl Transport {
    /// Fetches a file into `file`, which is empty or overwritten, and gives its size in bytes.
    pub(crate) async fn fetch(
        &self,
        wanted: &Wanted<'_>,
        file: &mut tokio::fs::File,
    ) -> Result<u64> {
        let named = |error: Error| {
            let text = format!("{}: {error}", shown(wanted.url));
            error.with_message(text)
        };
        let url = parse(wanted.url).map_err(named)?;
        let all = self.attempts(wanted, &url, file);
        let late = |_| {
            let text = format!("it is not complete after {} s", wanted.time.as_secs_f32());
            Error::new(ErrorKind::Timeout, text)
        };
        let outcome = tokio::time::timeout(wanted.time, all).await;
        outcome.map_err(late).flatten().map_err(named)
    }

    async fn attempts(
        &self,
        wanted: &Wanted<'_>,
        url: &Url,
        file: &mut tokio::fs::File,
    ) -> Result<u64> {
        let mut attempt = 1;
        loop {
            let started = Instant::now();
            let outcome = self.attempt(wanted, url.clone(), file).await;
            tracing::debug!(
                url = %shown(url.as_str()),
                elapsed = ?started.elapsed(),
                ok = outcome.is_ok(),
                "download"
            );
            let Err((error, wait)) = outcome else {
                return outcome.map_err(|(error, _)| error);
            };
            let delay = wait.unwrap_or_else(|| backoff(attempt));
            if attempt == ATTEMPTS || !error.is_retryable() || delay > LONGEST_DELAY {
                return Err(error.with_attempts(attempt));
            }
            pause(delay).await;
            attempt += 1;
        }
    }

    /// One attempt; an error comes with what the server wants to be waited for.
    async fn attempt(
        &self,
        wanted: &Wanted<'_>,
        mut url: Url,
        file: &mut tokio::fs::File,
    ) -> Result<u64, (Error, Option<Duration>)> {
        for _ in 0..=REDIRECTS {
            let response = self.get(&url).await.map_err(|error| (error, None))?;
            let status = response.status();
            if status.is_success() {
                let body = self.receive(wanted, response, file).await;
                return body.map_err(|error| (error, None));
            }
            let header = |name| response.headers().get(name).and_then(|it| it.to_str().ok());
            let next = header(header::LOCATION).filter(|_| status.is_redirection());
            let Some(next) = next else {
                let wait = header(header::RETRY_AFTER).and_then(|it| it.trim().parse().ok());
                return Err((refused(status), wait.map(Duration::from_secs)));
            };
            url = redirected(&url, next).map_err(|error| (error, None))?;
        }
        let text = format!("it is redirected more than {REDIRECTS} times");
        Err((Error::new(ErrorKind::Rejected, text), None))
    }

    async fn get(&self, url: &Url) -> Result<reqwest::Response> {
        let request = self.client(url.as_str())?.get(url.clone());
        let request = request
            .header(header::ACCEPT, "*/*")
            // What is compressed on the way would have no length to be compared with.
            .header(header::ACCEPT_ENCODING, "identity");
        let limit = self.options.idle_timeout.unwrap_or(IDLE_TIMEOUT);
        match tokio::time::timeout(limit, request.send()).await {
            Ok(sent) => sent.map_err(|error| self.explain(&error, url.as_str())),
            Err(_) => Err(silent(limit)),
        }
    }

    async fn receive(
        &self,
        wanted: &Wanted<'_>,
        mut response: reqwest::Response,
        file: &mut tokio::fs::File,
    ) -> Result<u64> {
        let total = response.content_length();
        let large = || {
            let text = format!("it is larger than the {} bytes allowed", wanted.limit);
            Error::new(ErrorKind::Rejected, text)
        };
        if total.is_some_and(|total| total > wanted.limit) {
            return Err(large());
        }
        let failed = |error: std::io::Error| {
            let text = format!("cannot write a temporary file: {}", io_reason(&error));
            Error::new(ErrorKind::Io, text).with_source(error)
        };
        file.rewind().await.map_err(failed)?;
        file.set_len(0).await.map_err(failed)?;
        let mut done: u64 = 0;
        loop {
            let limit = self.options.idle_timeout.unwrap_or(IDLE_TIMEOUT);
            let chunk = tokio::time::timeout(limit, response.chunk()).await;
            let chunk = chunk.map_err(|_| silent(limit))?.map_err(|error| {
                let text = format!("the answer broke off: {}", innermost(&error));
                Error::new(ErrorKind::Transport, text).with_source(error)
            })?;
            let Some(chunk) = chunk else { break };
            done += chunk.len() as u64;
            if done > wanted.limit {
                return Err(large());
            }
            file.write_all(&chunk).await.map_err(failed)?;
            if let Some(progress) = wanted.progress {
                progress(Progress { done, total });
            }
        }
        file.flush().await.map_err(failed)?;
        match total {
            Some(total) if total != done => {
                let text = format!("the answer broke off after {done} of {total} bytes");
                Err(Error::new(ErrorKind::Transport, text))
            }
            _ => Ok(done),
        }
    }
}

/// The URL for messages: what stands behind `?` may be a key.
fn shown(url: &str) -> String {
    let url = super::without_user(url);
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

fn parse(text: &str) -> Result<Url> {
    let url = Url::parse(text)
        .map_err(|error| Error::invalid(format!("this is no URL: {error}")))
        .and_then(allowed)?;
    Ok(url)
}

/// Only the web, and nobody's name and password.
fn allowed(url: Url) -> Result<Url> {
    if !matches!(url.scheme(), "http" | "https") {
        let text = format!("{}: is not fetched, only http and https are", url.scheme());
        return Err(Error::invalid(text));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let text = "the URL has a name or a password in it: nothing is sent with them";
        return Err(Error::invalid(text));
    }
    Ok(url)
}

/// Where a redirect leads.
fn redirected(from: &Url, to: &str) -> Result<Url> {
    let refuse = |why: &str| Error::new(ErrorKind::Rejected, format!("it is redirected {why}"));
    let next = from
        .join(to)
        .map_err(|_| refuse("to what is no URL"))
        .and_then(|next| allowed(next).map_err(|error| refuse(&format!("badly: {error}"))))?;
    if from.scheme() == "https" && next.scheme() == "http" {
        let text = format!("from https to http, to {}", origin(next.as_str()));
        return Err(refuse(&text));
    }
    Ok(next)
}

fn refused(status: reqwest::StatusCode) -> Error {
    let kind = match status.as_u16() {
        404 | 410 => ErrorKind::NotFound,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        500.. => ErrorKind::Server,
        _ => ErrorKind::Rejected,
    };
    let reason = status.canonical_reason().unwrap_or_default();
    let text = format!("the server answers {} {reason}", status.as_u16());
    Error::new(kind, text.trim_end()).with_status(status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_the_web_and_behind_tls() {
        let secure = Url::parse("https://one/a/b").unwrap();
        let next = redirected(&secure, "../c").unwrap();
        assert_eq!(next.as_str(), "https://one/c");
        assert!(redirected(&secure, "//two/c").is_ok());
        for (to, why) in [
            ("http://one/a/b", "from https to http"),
            ("file:///etc/passwd", "only http and https"),
            ("https://me:secret@two/", "a name or a password"),
        ] {
            let error = redirected(&secure, to).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn keys_in_urls_are_not_shown() {
        assert_eq!(shown("https://me:x@one/a.zip?key=1#2"), "https://one/a.zip");
    }
}
