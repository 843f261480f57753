//! One error type for everything the SDK does.

use std::{fmt, time::Duration};

use crate::fault::is_shown;

/// Result of every fallible function of the SDK.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, by meaning. Match on it instead of on texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The named thing does not exist, or not for this project (404).
    NotFound,
    /// A name fits several things; [`Error::candidates`] lists them.
    Ambiguous,
    /// Something of that name, class or version is there already (409).
    Conflict,
    /// The session or environment is in a state that forbids the call (403 of Murano's session rules).
    State,
    /// The credentials were refused (401).
    Unauthorized,
    /// The credentials are good, the rights are not (403).
    Forbidden,
    /// The server did not accept the request (400 and other 4xx).
    Rejected,
    /// The server failed (5xx).
    Server,
    /// No connection, or it broke.
    Transport,
    /// No answer, or no end, within the time limit.
    Timeout,
    /// The answer could not be understood.
    Decode,
    /// Settings are missing or contradict each other.
    Config,
    /// The service catalog has no such service.
    NoService,
    /// The service has no such call, its version is too old for it.
    Unsupported,
    /// A local package file is not what Murano accepts.
    Archive,
    /// A local file could not be read or written.
    Io,
    /// A deployment, action, deletion or maintenance ran and failed.
    DeploymentFailed,
    /// The caller asked to end it; what was begun has been undone.
    Interrupted,
    /// An argument cannot be right, so nothing was sent.
    Invalid,
}

/// One of several things a name fits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// Identifier that is unique.
    pub id: String,
    /// What tells it from the others (name, project, state).
    pub label: String,
}

impl Candidate {
    pub(crate) fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
        }
    }
}

/// An error of the SDK: one sentence, and what a program needs to decide.
///
/// [`Display`](fmt::Display) gives the sentence alone: no URL, no status, no cause. The cause is in
/// [`source`](std::error::Error::source); status and request id have accessors.
///
/// ```
/// use murano_sdk::{Client, ErrorKind};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let error = murano.environments().find("shop").await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert_eq!(error.to_string(), "environment \"shop\" not found");
/// # Ok(()) }
/// ```
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    message: String,
    status: Option<u16>,
    request_id: Option<String>,
    fault: Option<String>,
    call: Option<String>,
    attempts: u32,
    candidates: Vec<Candidate>,
    unsent: bool,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                message: one_line(message.into()),
                status: None,
                request_id: None,
                fault: None,
                call: None,
                attempts: 1,
                candidates: Vec::new(),
                unsent: false,
                retry_after: None,
                source: None,
            }),
        }
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) fn archive(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Archive, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// A file operation on `path` that failed.
    pub(crate) fn io(doing: &str, path: &std::path::Path, source: std::io::Error) -> Self {
        let message = format!("cannot {doing} {}: {}", path.display(), io_reason(&source));
        Self::new(ErrorKind::Io, message).with_source(source)
    }

    pub(crate) fn ambiguous(what: &str, name: &str, candidates: Vec<Candidate>) -> Self {
        let message = format!("{} {what}s are called \"{name}\"", candidates.len());
        let mut error = Self::new(ErrorKind::Ambiguous, message);
        error.inner.candidates = candidates;
        error
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.inner.status = Some(status);
        self
    }

    pub(crate) fn with_request_id(mut self, id: Option<String>) -> Self {
        self.inner.request_id = id;
        self
    }

    pub(crate) fn with_fault(mut self, fault: Option<String>) -> Self {
        self.inner.fault = fault;
        self
    }

    pub(crate) fn with_call(mut self, call: String) -> Self {
        self.inner.call = Some(call);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.inner.attempts = attempts;
        self
    }

    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        self.inner.message = one_line(message.into());
        self
    }

    /// Marks an error that arose before a byte of the request was sent.
    pub(crate) fn nothing_sent(mut self) -> Self {
        self.inner.unsent = true;
        self
    }

    pub(crate) fn is_unsent(&self) -> bool {
        self.inner.unsent
    }

    pub(crate) fn with_retry_after(mut self, delay: Option<Duration>) -> Self {
        self.inner.retry_after = delay;
        self
    }

    /// Whether the call may have taken effect all the same: its answer was lost, could not be read, or came from
    /// something between. Calls that make something are looked after where the server tells what it has; what is
    /// left are those of which nobody knows, such as an action, and those that could not be looked after either.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// use murano_sandbox::Fault;
    ///
    /// sandbox.order(Fault::on("POST", "/v1/actions").answer(504, "nobody answers"));
    /// let error = murano.call_static("com.example.Greeter", "greeting").await.unwrap_err();
    /// assert!(error.is_outcome_unknown());
    /// # Ok(()) }
    /// ```
    pub fn is_outcome_unknown(&self) -> bool {
        let call = self.inner.call.as_deref().unwrap_or_default();
        let is_lost = match self.inner.kind {
            ErrorKind::Decode => true,
            _ => self.is_retryable() && !self.inner.unsent,
        };
        // A login changes nothing.
        is_lost
            && !call.ends_with("/auth/tokens")
            && ["POST ", "PATCH "]
                .iter()
                .any(|method| call.starts_with(method))
    }

    /// What went wrong, by meaning.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// HTTP status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// The server's `X-Openstack-Request-Id`, by which its operators find the call in their logs.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// Name of the server's exception (`LookupError`), where the answer told it.
    pub fn fault(&self) -> Option<&str> {
        self.inner.fault.as_deref()
    }

    /// Method and URL of the failed call.
    pub fn call(&self) -> Option<&str> {
        self.inner.call.as_deref()
    }

    /// How often the call was tried.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// How long the server asks to wait before the next attempt, where it does (`Retry-After`).
    ///
    /// ```
    /// # let murano = murano_sdk::Client::builder().auth_url("http://127.0.0.1:1").password("a", "b").project("c").build()?;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let error = murano.environments().list().await.unwrap_err();
    /// assert!(error.is_retryable() && error.retry_after().is_none());
    /// # });
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// What the name fits, for [`ErrorKind::Ambiguous`].
    pub fn candidates(&self) -> &[Candidate] {
        &self.inner.candidates
    }

    /// Whether the same call may succeed when it is made again later.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// let error = murano.environments().get("nope").await.unwrap_err();
    /// assert_eq!((error.status(), error.attempts(), error.is_retryable()), (Some(404), 1, false));
    /// assert!(error.request_id().is_some() && error.call().is_some());
    /// let error = murano.environment("nope").actions().call("x").await.unwrap_err();
    /// assert_eq!((error.fault(), error.candidates().len()), (None, 0));
    /// # Ok(()) }
    /// ```
    pub fn is_retryable(&self) -> bool {
        match self.inner.kind {
            ErrorKind::Transport | ErrorKind::Timeout => true,
            _ => matches!(self.inner.status, Some(429 | 502..=504)),
        }
    }
}

/// The operating system's words without its error number.
pub(crate) fn io_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error")
                .next()
                .unwrap_or(&text)
                .to_lowercase()
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("message", &self.inner.message)
            .field("status", &self.inner.status)
            .field("request_id", &self.inner.request_id)
            .field("call", &self.inner.call)
            .field("source", &self.inner.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as _)
    }
}

/// What an error quotes may come from anywhere, also what would break the line or move the cursor.
fn one_line(message: String) -> String {
    if message.chars().all(is_shown) {
        return message;
    }
    let shown = |c: char| match c {
        c if is_shown(c) => c.to_string(),
        c => c.escape_debug().to_string(),
    };
    message.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_is_enough_to_send_it_across_threads() {
        fn send_and_sync<T: Send + Sync + 'static>() {}
        send_and_sync::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn display_is_the_sentence_alone() {
        let error = Error::not_found("environment \"x\" not found")
            .with_status(404)
            .with_source(std::io::Error::other("socket closed"));
        assert_eq!(error.to_string(), "environment \"x\" not found");
        assert_eq!(error.status(), Some(404));
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn what_it_quotes_breaks_no_line() {
        let error = Error::invalid("unknown key \"a\tb\u{1b}[2J\u{202e}\"");
        assert_eq!(error.to_string(), r#"unknown key "a\tb\u{1b}[2J\u{202e}""#);
        assert_eq!(error.with_message("a\nb").to_string(), r"a\nb");
    }

    #[test]
    fn only_passing_faults_are_worth_another_try() {
        assert!(Error::new(ErrorKind::Transport, "").is_retryable());
        assert!(
            Error::new(ErrorKind::Server, "")
                .with_status(503)
                .is_retryable()
        );
        assert!(
            !Error::new(ErrorKind::Server, "")
                .with_status(500)
                .is_retryable()
        );
        assert!(
            !Error::new(ErrorKind::Conflict, "")
                .with_status(409)
                .is_retryable()
        );
    }
}
