//! From an error to what the user sees of it: message, hint and exit code.

mod document;

use std::{fmt, io};

pub(crate) use document::of_usage;
use murano_sdk::{Error, ErrorKind};

use crate::{classic, cx::Cx, ui};

/// What the exit codes mean, for the end of the help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed, or the answer to a question was no
  2    wrong usage or configuration
  3    not found
  4    not logged in, or not allowed
  5    conflict, wrong state or ambiguous name
  6    what ran in the cloud failed: a deployment, action, instance or maintenance
  7    not ended in time
  8    `diff` has found a difference
  130  interrupted";

const FAILED: u8 = 1;
/// Exit code of a command line that cannot be understood.
pub(crate) const USAGE: u8 = 2;
/// Exit code where something is missing.
pub(crate) const NOT_FOUND: u8 = 3;
const CONFLICT: u8 = 5;
const LATE: u8 = 7;
const DIFFERS: u8 = 8;
const INTERRUPTED: u8 = 130;

/// A failure that no call to the service explains.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments contradict each other or what is there.
    Usage(String),
    /// The arguments leave out things that are needed: pairs of what to give and what it is.
    Incomplete {
        message: String,
        missing: Vec<(String, String)>,
    },
    /// A local or remote thing is missing.
    NotFound(String),
    /// A name fits several things: pairs of what to write instead and what it is.
    Ambiguous {
        message: String,
        candidates: Vec<(String, String)>,
    },
    /// What is there is not in the state for it.
    State(String),
    /// Something has not ended yet.
    Unfinished(String),
    /// The user pressed Ctrl-C.
    Interrupted(String),
    /// Anything else.
    Other(String),
    /// A difference was found, and shown.
    Differs,
    /// Several failures that have been shown already.
    Shown(u8),
    /// The same, where something succeeded beside them.
    Partly(u8),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message)
            | Self::NotFound(message)
            | Self::Ambiguous { message, .. }
            | Self::Incomplete { message, .. }
            | Self::State(message)
            | Self::Unfinished(message)
            | Self::Interrupted(message)
            | Self::Other(message) => f.write_str(message),
            Self::Differs | Self::Shown(_) | Self::Partly(_) => f.write_str("see above"),
        }
    }
}

impl std::error::Error for Failure {}

/// What to do about an error, carried along as its context.
#[derive(Debug)]
struct Hint(String);

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The thing an error is about, where it does not name it itself.
#[derive(Debug)]
struct About(String);

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error with the name of the thing it is about.
pub(crate) fn about(error: impl Into<anyhow::Error>, thing: impl Into<String>) -> anyhow::Error {
    error.into().context(About(thing.into()))
}

/// Adds hints to errors on their way up.
pub(crate) trait OrHint<T> {
    /// Adds a hint where the error is of this kind.
    fn or_hint(self, kind: ErrorKind, hint: impl FnOnce() -> String) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> OrHint<T> for Result<T, E> {
    fn or_hint(self, kind: ErrorKind, hint: impl FnOnce() -> String) -> anyhow::Result<T> {
        self.map_err(Into::into).map_err(|error| {
            let fits = error
                .downcast_ref::<Error>()
                .is_some_and(|error| error.kind() == kind);
            if fits { hinted(error, hint()) } else { error }
        })
    }
}

/// The error with a hint.
pub(crate) fn hinted(error: impl Into<anyhow::Error>, hint: impl Into<String>) -> anyhow::Error {
    error.into().context(Hint(hint.into()))
}

/// Shows why a command failed and gives its exit code.
pub(crate) fn show(cx: &Cx, error: &anyhow::Error) -> u8 {
    let code = show_error(cx, error);
    if let Some(hint) = hint(error).filter(|_| code != 0 && !cx.ui().is_for_programs()) {
        show_hint(cx, &hint);
    }
    // The old client knew of two kinds of failures, and of wrong usage its parser tells.
    if cx.classic().is_some() {
        code.min(FAILED)
    } else {
        code
    }
}

/// Whether only a part has failed.
pub(crate) fn is_partly(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Failure::Partly(_)))
}

fn show_error(cx: &Cx, error: &anyhow::Error) -> u8 {
    let code = exit_code(error);
    let is_shown = matches!(
        error.downcast_ref(),
        Some(Failure::Differs | Failure::Shown(_) | Failure::Partly(_))
    );
    if is_shown || code == 0 {
        return code;
    }
    if cx.ui().is_for_programs() {
        cx.ui().document(&document::of(error));
    } else if cx.classic().is_some() {
        for line in classic_lines(cx, error) {
            cx.ui().line(line);
        }
    } else {
        let mut lines = lines(error, cx.is_debug()).into_iter();
        if let Some(message) = lines.next() {
            cx.ui().labelled("error", ui::ERROR, message);
        }
        lines.for_each(|line| cx.ui().line(line));
    }
    code
}

fn show_hint(cx: &Cx, hint: &str) {
    if cx.classic().is_some() {
        return;
    }
    cx.ui().line("");
    cx.ui().labelled("hint", ui::HINT, hint);
}

/// The message, and what belongs to it.
fn lines(error: &anyhow::Error, debug: bool) -> Vec<String> {
    let from_sdk = error.downcast_ref::<Error>();
    let mut lines = vec![message(error)];
    for (id, label) in candidates(error) {
        lines.push(format!("  {id}  {label}").trim_end().to_owned());
    }
    if let Some(id) = from_sdk.and_then(Error::request_id) {
        lines.push(format!("request id: {id}"));
    }
    if let (Some(error), true) = (from_sdk, debug) {
        lines.extend(details(error));
    }
    lines
}

/// The message as the old client worded it: status and its name in front, where the server speaks.
fn classic_lines(cx: &Cx, error: &anyhow::Error) -> Vec<String> {
    let mut lines = lines(error, cx.is_debug());
    let Some(from_sdk) = error.downcast_ref::<Error>() else {
        return lines;
    };
    if let Some(id) = from_sdk.request_id().filter(|_| !cx.is_debug()) {
        let id = format!("request id: {id}");
        lines.retain(|line| *line != id);
    }
    let message = lines.remove(0);
    let worded = match (from_sdk.kind(), from_sdk.status(), cx.plain_settings()) {
        (ErrorKind::Unauthorized, ..) => {
            lines.insert(0, message);
            "The request you have made requires authentication. (HTTP 401)".to_owned()
        }
        (ErrorKind::NoService, _, Ok(settings)) => {
            lines.insert(0, message);
            classic::no_endpoint(&settings)
        }
        (_, Some(status), _) => format!("{}{message} (HTTP {status})", classic::reason(status)),
        (ErrorKind::Transport, ..) => {
            message.replacen("cannot connect to", "Unable to establish connection to", 1)
        }
        _ => message,
    };
    lines.insert(0, worded);
    lines
}

fn message(error: &anyhow::Error) -> String {
    let message = match (
        error.downcast_ref::<Error>(),
        error.downcast_ref::<Failure>(),
    ) {
        (Some(error), _) => error.to_string(),
        (_, Some(failure)) => failure.to_string(),
        _ => error.root_cause().to_string(),
    };
    match error.downcast_ref() {
        Some(About(thing)) => format!("{thing}: {message}"),
        None => message,
    }
}

/// What an ambiguous name fits, or what is to be given: id and label of each.
fn candidates(error: &anyhow::Error) -> Vec<(&str, &str)> {
    let mut candidates: Vec<(&str, &str)> = Vec::new();
    if let Some(error) = error.downcast_ref::<Error>() {
        let found = error.candidates().iter();
        candidates.extend(found.map(|found| (found.id.as_str(), found.label.as_str())));
    }
    if let Some(
        Failure::Ambiguous {
            candidates: found, ..
        }
        | Failure::Incomplete { missing: found, .. },
    ) = error.downcast_ref()
    {
        candidates.extend(
            found
                .iter()
                .map(|(id, label)| (id.as_str(), label.as_str())),
        );
    }
    candidates
}

/// What only `--debug` shows.
fn details(error: &Error) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(status) = error.status() {
        details.push(format!("status: {status}"));
    }
    if let Some(call) = error.call() {
        details.push(format!("call: {call}"));
    }
    if let Some(fault) = error.fault() {
        details.push(format!("fault: {fault}"));
    }
    if error.attempts() > 1 {
        details.push(format!("attempts: {}", error.attempts()));
    }
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        details.push(format!("cause: {error}"));
        cause = error.source();
    }
    details
}

fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(Hint(text)) = error.downcast_ref() {
        return Some(text.clone());
    }
    let error = error.downcast_ref::<Error>()?;
    if error.is_outcome_unknown() {
        return Some("it may have taken effect all the same: look before you repeat it".to_owned());
    }
    let hint = match error.kind() {
        ErrorKind::Ambiguous => "give the id in place of the name",
        ErrorKind::Unauthorized => {
            "`murano login` asks for the secret anew, `murano doctor` looks for what is wrong"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The exit code of a failed command; 0 where only the reader of its output has gone away.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    if is_closed_pipe(error) {
        return 0;
    }
    classify(error).0
}

/// Exit code and name of a failure.
fn classify(error: &anyhow::Error) -> (u8, &'static str) {
    match (error.downcast_ref(), error.downcast_ref::<Error>()) {
        (Some(failure), _) => of_failure(failure),
        (None, Some(error)) => of_kind(error.kind()),
        (None, None) => (FAILED, "failed"),
    }
}

fn of_failure(failure: &Failure) -> (u8, &'static str) {
    match failure {
        Failure::Usage(_) | Failure::Incomplete { .. } => (USAGE, "usage"),
        Failure::NotFound(_) => (NOT_FOUND, "not_found"),
        Failure::Ambiguous { .. } => (CONFLICT, "ambiguous"),
        Failure::State(_) => (CONFLICT, "state"),
        Failure::Unfinished(_) => (LATE, "timeout"),
        Failure::Interrupted(_) => (INTERRUPTED, "interrupted"),
        Failure::Differs => (DIFFERS, "differs"),
        Failure::Other(_) => (FAILED, "failed"),
        Failure::Shown(code) | Failure::Partly(code) => (*code, "failed"),
    }
}

fn of_kind(kind: ErrorKind) -> (u8, &'static str) {
    match kind {
        ErrorKind::Config => (USAGE, "config"),
        ErrorKind::Invalid => (FAILED, "invalid"),
        ErrorKind::NotFound => (NOT_FOUND, "not_found"),
        ErrorKind::NoService => (NOT_FOUND, "no_service"),
        ErrorKind::Unsupported => (NOT_FOUND, "unsupported"),
        ErrorKind::Unauthorized => (4, "unauthorized"),
        ErrorKind::Forbidden => (4, "forbidden"),
        ErrorKind::Conflict => (CONFLICT, "conflict"),
        ErrorKind::State => (CONFLICT, "state"),
        ErrorKind::Ambiguous => (CONFLICT, "ambiguous"),
        ErrorKind::DeploymentFailed => (6, "deployment_failed"),
        ErrorKind::Timeout => (LATE, "timeout"),
        ErrorKind::Interrupted => (INTERRUPTED, "interrupted"),
        ErrorKind::Rejected => (FAILED, "rejected"),
        ErrorKind::Server => (FAILED, "server"),
        ErrorKind::Transport => (FAILED, "transport"),
        ErrorKind::Decode => (FAILED, "decode"),
        ErrorKind::Archive => (FAILED, "archive"),
        ErrorKind::Io => (FAILED, "io"),
        _ => (FAILED, "failed"),
    }
}

/// Whether stdout was closed by its reader: the output of `murano env list | head -1` is complete.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &(dyn std::error::Error + 'static)| {
        let io = error.downcast_ref::<io::Error>();
        io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    match error.downcast_ref::<Error>() {
        // A download to stdout; a broken connection is of another kind.
        Some(error) if error.kind() == ErrorKind::Io => {
            std::error::Error::source(error).is_some_and(broken)
        }
        Some(_) => false,
        None => error.downcast_ref::<io::Error>().is_some_and(|e| broken(e)),
    }
}

/// The outcome of one command on several things: as many as possible are done.
pub(crate) struct Batch<'a> {
    cx: &'a Cx,
    codes: Vec<u8>,
    hint: Option<String>,
    successes: usize,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(cx: &'a Cx) -> Self {
        Self {
            cx,
            codes: Vec::new(),
            hint: None,
            successes: 0,
        }
    }

    /// Shows a failure at once and goes on; gives the value of a success.
    pub(crate) fn add<T>(&mut self, outcome: anyhow::Result<T>) -> Option<T> {
        match outcome {
            Ok(value) => {
                self.successes += 1;
                Some(value)
            }
            Err(error) => {
                self.codes.push(show_error(self.cx, &error));
                self.hint = self.hint.take().or_else(|| hint(&error));
                None
            }
        }
    }

    /// Fails where anything has failed: with its code where all failures agree, else with 1. The
    /// hint of the first failure that has one is shown last.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let Some(first) = self.codes.first() else {
            return Ok(());
        };
        if let Some(hint) = self.hint.filter(|_| !self.cx.ui().is_for_programs()) {
            show_hint(self.cx, &hint);
        }
        let same = self.codes.iter().all(|code| code == first);
        let code = if same { *first } else { FAILED };
        if self.successes > 0 {
            return Err(Failure::Partly(code).into());
        }
        let all_missing = self.cx.classic().and_then(|old| old.all_missing);
        Err(match all_missing.filter(|_| code == NOT_FOUND) {
            Some(text) => Failure::Other(text.to_owned()).into(),
            None => Failure::Shown(code).into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_code() {
        let codes = [
            (Failure::Usage(String::new()), 2),
            (Failure::NotFound(String::new()), 3),
            (Failure::State(String::new()), 5),
            (Failure::Unfinished(String::new()), 7),
            (Failure::Differs, 8),
            (Failure::Interrupted(String::new()), 130),
            (Failure::Other(String::new()), 1),
            (Failure::Shown(6), 6),
        ];
        for (failure, code) in codes {
            assert_eq!(exit_code(&failure.into()), code);
        }
        for (kind, code) in [
            (ErrorKind::Config, 2),
            (ErrorKind::NoService, 3),
            (ErrorKind::Unsupported, 3),
            (ErrorKind::Forbidden, 4),
            (ErrorKind::State, 5),
            (ErrorKind::DeploymentFailed, 6),
            (ErrorKind::Timeout, 7),
            (ErrorKind::Interrupted, 130),
            (ErrorKind::Transport, 1),
        ] {
            assert_eq!(of_kind(kind).0, code, "{kind:?}");
        }
        assert_eq!(exit_code(&anyhow!("odd")), 1);
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        let closed = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(exit_code(&closed.into()), 0);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(exit_code(&full.into()), 1);
    }

    #[test]
    fn a_hint_keeps_code_and_message() {
        let error = hinted(Failure::NotFound("no shop".to_owned()), "open one");
        assert_eq!(exit_code(&error), 3);
        assert_eq!(lines(&error, false), ["no shop"]);
        assert_eq!(hint(&error).as_deref(), Some("open one"));
        let error = about(error, "shop.zip");
        assert_eq!(lines(&error, false), ["shop.zip: no shop"]);
        assert_eq!(hint(&error).as_deref(), Some("open one"));
        assert_eq!(exit_code(&error), 3);
    }

    #[test]
    fn candidates_stand_one_per_line() {
        let error = Failure::Ambiguous {
            message: "2 applications are called \"a\"".to_owned(),
            candidates: vec![
                ("1".to_owned(), "io.A".to_owned()),
                ("2".to_owned(), String::new()),
            ],
        };
        let lines = lines(&error.into(), false);
        assert_eq!(lines[1..], ["  1  io.A", "  2"]);
    }
}
