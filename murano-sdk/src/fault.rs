//! The server's error bodies, in any of their encodings, as one sentence.
//!
//! Murano words one fault in five ways: the token filter's JSON, its own JSON with `<br />` inside,
//! an HTML page, plain text, and a fault document that is JSON labelled as HTML. Besides, a crash of
//! its fault layer sends a bare traceback. Mogan has JSON inside a string of JSON. The label is never
//! looked at.

use serde_json::Value;

use crate::error::{Error, ErrorKind};

/// What an error body says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) message: String,
    /// Name of the server's exception.
    pub(crate) class: Option<String>,
    /// Whether the token filter wrote it: only then does a new login help.
    pub(crate) token: bool,
}

/// Longest message passed on, in characters.
const LONGEST: usize = 1000;

impl Fault {
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let fault = match serde_json::from_slice::<Value>(body) {
            Ok(json) => Self::from_json(&json),
            Err(_) => Some(Self::plain(from_text(text.trim()))),
        };
        let mut fault = fault.unwrap_or_else(|| Self::plain(String::new()));
        // Who answers 401 without a word has not looked at the call.
        fault.token |= status == 401 && text.trim().is_empty();
        fault.message = one_line(without_traceback(&fault.message));
        if fault.message.is_empty() {
            fault.message = reason(status);
        }
        fault
    }

    fn plain(message: String) -> Self {
        Self {
            message,
            class: None,
            token: false,
        }
    }

    fn from_json(json: &Value) -> Option<Self> {
        // Mogan wraps the document in a string: errors inside errors.
        if let Some(inner) = json.get("error_message") {
            let told = inner.as_str().unwrap_or_default();
            let document = serde_json::from_str::<Value>(told).ok();
            let document = document.as_ref().unwrap_or(inner);
            let message = match document.get("faultstring").and_then(Value::as_str) {
                // What follows is a whole schema, or the remains of a list; a line break may be spelt out.
                Some(text) => text
                    .trim()
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .replace("\\n", ""),
                None => from_text(told.trim()),
            };
            return Some(Self::plain(message));
        }
        let error = json.get("error");
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        if json.get("explanation").is_some() {
            let told = text(error.and_then(|error| error.get("message")));
            let message = told.filter(|told| !told.trim().is_empty());
            return Some(Self {
                message: message.or_else(|| text(json.get("explanation")))?,
                class: text(error.and_then(|error| error.get("type"))),
                token: false,
            });
        }
        if let Some(message) = text(error.and_then(|error| error.get("message"))) {
            return Some(Self {
                message,
                class: None,
                token: true,
            });
        }
        // Fenix has its own reason there, and the words of its framework beside it.
        let told = ["message", "faultstring"].map(|name| json.get(name));
        let told = [error].into_iter().chain(told).find_map(text);
        Some(Self::plain(detail_or_explanation(&told?)))
    }

    /// The error of a call that was answered with this fault.
    pub(crate) fn into_error(self, status: u16) -> Error {
        let kind = self.kind(status);
        let message = match (kind, self.class.as_deref()) {
            (ErrorKind::Conflict, Some("DBDuplicateEntry")) => {
                "the name is taken already".to_owned()
            }
            (ErrorKind::Server, _) if status == 500 => {
                format!("the server failed: {}", self.message)
            }
            _ => self.message,
        };
        Error::new(kind, message)
            .with_status(status)
            .with_fault(self.class)
    }

    fn kind(&self, status: u16) -> ErrorKind {
        match status {
            401 if self.token => ErrorKind::Unauthorized,
            403 if is_about_state(&self.message) => ErrorKind::State,
            403 if self.message.contains("impossible to delete categor") => ErrorKind::Conflict,
            // A short 401 is about somebody else's session, not about the token.
            401 | 403 => ErrorKind::Forbidden,
            400 | 500 if is_about_instance(&self.message) => ErrorKind::State,
            404 | 410 => ErrorKind::NotFound,
            400 if is_missing_part(&self.message) => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            408 => ErrorKind::Timeout,
            500 => match self.class.as_deref() {
                Some("DBDuplicateEntry") => ErrorKind::Conflict,
                Some("MessagingTimeout") => ErrorKind::Timeout,
                _ => ErrorKind::Server,
            },
            501.. => ErrorKind::Server,
            _ => ErrorKind::Rejected,
        }
    }
}

/// Tells the 403s of the session rules from those of missing rights.
fn is_about_state(message: &str) -> bool {
    [
        "is invalid: environment has been updated",
        "Could not open session for environment",
        "already deployed or deployment is in progress",
        "is in deploying state",
        "is already in deployment state",
    ]
    .iter()
    .any(|known| message.contains(known))
}

/// Mogan says with many a status that an instance is locked or busy with something else.
fn is_about_instance(message: &str) -> bool {
    let is_locked = (message.starts_with("Server ") || message.starts_with("Instance "))
        && message.trim_end_matches('.').ends_with(" is locked");
    let is_busy = message.starts_with("Can not transition from state")
        || message.contains("please retry after the current operation is completed");
    is_locked || is_busy
}

/// Tells what Mogan misses from what it cannot read: the early ones answer both with a 400.
fn is_missing_part(message: &str) -> bool {
    let is_part = ["InstanceType ", "Flavor ", "Requested image ", "Image "]
        .iter()
        .any(|kind| message.starts_with(kind));
    is_part
        && message
            .trim_end_matches('.')
            .ends_with(" could not be found")
}

/// Messages have two slots with a line break of HTML between them; the second is the better one.
fn detail_or_explanation(message: &str) -> String {
    match message.split_once("<br /><br />") {
        Some((explanation, detail)) => {
            let detail = detail.trim();
            let text = if detail.is_empty() {
                explanation
            } else {
                detail
            };
            // The 406 and 415 templates have the useful half in front.
            let text = if detail == "Unsupported Content-Type" {
                explanation
            } else {
                text
            };
            text.trim().replace("<br />", "")
        }
        None => message.trim().replace("<br />", ""),
    }
}

fn from_text(text: &str) -> String {
    if text.starts_with("Traceback") {
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        return last
            .filter(|line| !line.starts_with("Traceback"))
            .unwrap_or_default()
            .to_owned();
    }
    if text.to_ascii_lowercase().contains("<html") {
        return from_html(text);
    }
    // Plain text starts with a line such as `404 Not Found`.
    match text.split_once('\n') {
        Some((first, rest)) if first.starts_with(|c: char| c.is_ascii_digit()) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

fn from_html(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("</h1>").map(|at| at + "</h1>".len());
    let start = start.or_else(|| {
        lower
            .find("<body")
            .and_then(|at| Some(at + lower[at..].find('>')? + 1))
    });
    let start = start.unwrap_or(0);
    let end = lower[start..]
        .find("</body>")
        .map_or(page.len(), |at| start + at);
    let inside = page[start..end].replace("<br /><br />", "\n");
    let text = unescape(&without_tags(&inside));
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default().to_owned();
    lines.next().map_or(first, str::to_owned)
}

fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// What is said in front of a traceback, with which a bad version of a class comes, or of the part of a
/// schema that a value breaks.
fn without_traceback(message: &str) -> &str {
    let ends = [
        "Traceback (most recent call last)",
        "\n\nFailed validating ",
    ];
    ends.iter().fold(message, |message, end| {
        let told = message.split(end).next().unwrap_or(message);
        if told.trim().is_empty() {
            message
        } else {
            told
        }
    })
}

fn unescape(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, plain)| {
        text.replace(entity, plain)
    })
}

/// One printable line: white space folded, control characters (terminal escapes) and marks that reverse the order in
/// which text is shown dropped.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let mut word = word.chars().filter(|c| is_shown(*c)).peekable();
        if !line.is_empty() && word.peek().is_some() {
            line.push(' ');
        }
        line.extend(word);
    }
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Whether it can be printed as it is.
pub(crate) fn is_shown(character: char) -> bool {
    // Line and paragraph ends, and what turns the direction of writing.
    let moves = matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !character.is_control() && !moves
}

/// Words for a status whose body says nothing.
fn reason(status: u16) -> String {
    match status {
        401 => "the credentials were refused".to_owned(),
        403 => "access denied".to_owned(),
        404 => "not found".to_owned(),
        409 => "conflict with what is there".to_owned(),
        413 => "the request is too large for the server".to_owned(),
        429 => "too many requests".to_owned(),
        300..=399 => format!("the endpoint answers with a redirect (HTTP {status})"),
        502..=504 => format!("the service is unavailable (HTTP {status})"),
        _ => format!("HTTP status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(status: u16, body: &str) -> Fault {
        Fault::read(status, body.as_bytes())
    }

    #[test]
    fn the_same_error_reads_the_same_in_three_encodings() {
        for body in [
            r#"{"message": "Environment with id nope not found<br /><br />\n\n\n", "code": "404 Not Found", "title": "Not Found"}"#,
            "404 Not Found\n\nEnvironment with id nope not found\n\n   ",
            "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  Environment with id nope not found<br /><br />\n\n\n\n </body>\n</html>",
        ] {
            let fault = read(404, body);
            assert_eq!(fault.message, "Environment with id nope not found");
            assert_eq!(fault.kind(404), ErrorKind::NotFound);
            assert!(!fault.token);
        }
    }

    #[test]
    fn the_detail_is_preferred_and_entities_are_read() {
        let fault = read(
            409,
            r#"{"message": "There was a conflict when trying to complete your request.<br /><br />\nEnv Template with specified name already exists\n\n", "code": "409 Conflict", "title": "Conflict"}"#,
        );
        assert_eq!(
            fault.message,
            "Env Template with specified name already exists"
        );
        let page = "<html><body><h1>404 Not Found</h1>Session &lt;SessionId a&gt; is not found<br /><br />\n</body></html>";
        assert_eq!(
            read(404, page).message,
            "Session <SessionId a> is not found"
        );
    }

    #[test]
    fn only_the_token_filter_speaks_about_tokens() {
        let token = read(
            401,
            r#"{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}"#,
        );
        assert!(token.token);
        assert_eq!(token.into_error(401).kind(), ErrorKind::Unauthorized);
        let owner = read(
            401,
            r#"{"message": "User <UserId u> is not authorized to access session <SessionId s>.<br /><br />\n\n\n", "code": "401 Unauthorized", "title": "Unauthorized"}"#,
        );
        assert_eq!(owner.into_error(401).kind(), ErrorKind::Forbidden);
    }

    #[test]
    fn a_traceback_behind_the_message_is_dropped() {
        let body = r#"{"message": "The server could not comply with the request.<br /><br />\nInvalid simple block 'newest'\nTraceback (most recent call last):\n\n  File \"x.py\"\n", "code": "400 Bad Request"}"#;
        assert_eq!(read(400, body).message, "Invalid simple block 'newest'");
    }

    #[test]
    fn fault_documents_keep_the_exception_and_drop_the_traceback() {
        let fault = read(
            404,
            r#"{"code": 404, "title": "Not Found", "explanation": "The resource could not be found.", "error": {"message": "Action is not found", "type": "LookupError", "traceback": "Traceback (most recent call last):\n  File"}}"#,
        );
        assert_eq!(fault.message, "Action is not found");
        assert_eq!(fault.class.as_deref(), Some("LookupError"));
    }

    #[test]
    fn tracebacks_and_empty_bodies_become_a_sentence() {
        let body =
            "Traceback (most recent call last):\n  File \"x.py\", line 1\nKeyError: 'boom'\n";
        let error = read(500, body).into_error(500);
        assert_eq!(error.to_string(), "the server failed: KeyError: 'boom'");
        assert_eq!(
            read(503, "").message,
            "the service is unavailable (HTTP 503)"
        );
        assert_eq!(
            read(500, "Traceback (most recent call last):\n").message,
            "HTTP status 500"
        );
    }

    #[test]
    fn state_errors_are_told_from_missing_rights() {
        let stale = read(
            403,
            r#"{"message": "Session <SessionId s> is invalid: environment has been updated or updating right now with other session<br /><br />\n\n\n", "code": "403 Forbidden", "title": "Forbidden"}"#,
        );
        assert_eq!(stale.into_error(403).kind(), ErrorKind::State);
        let policy = read(
            403,
            r#"{"message": "Access was denied to this resource.<br /><br />\n\n\n", "code": "403 Forbidden", "title": "Forbidden"}"#,
        );
        assert_eq!(policy.into_error(403).kind(), ErrorKind::Forbidden);
    }

    /// What the recorded errors of a status are, and which of them are something else.
    fn expected(file: &str, status: u16) -> ErrorKind {
        let is = |names: &[&str]| {
            let name = file.strip_suffix(".json").unwrap_or(file);
            names.contains(&&name["error-000-".len()..])
        };
        match status {
            401 if is(&["session-other-user"]) => ErrorKind::Forbidden,
            401 => ErrorKind::Unauthorized,
            403 if is(&["category-in-use"]) => ErrorKind::Conflict,
            403 if is(&[
                "configure-deploying",
                "environment-delete-deploying",
                "services-deploying",
                "services-session-invalid",
                "session-delete-deploying",
                "session-deploy-invalid",
                "session-deploy-twice",
                "session-invalid",
            ]) =>
            {
                ErrorKind::State
            }
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            500 if is(&["template-update-taken"]) => ErrorKind::Conflict,
            500 | 503 => ErrorKind::Server,
            _ => ErrorKind::Rejected,
        }
    }

    #[test]
    fn every_recorded_error_is_one_readable_line_of_its_kind() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/recorded");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            if !file.starts_with("error-") {
                continue;
            }
            seen += 1;
            let recorded: Value =
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let response = &recorded["response"];
            let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
            let body = match &response["body"] {
                Value::String(text) => text.clone(),
                json => json.to_string(),
            };
            let error = read(status, &body).into_error(status);
            assert_eq!(error.kind(), expected(&file, status), "{file}: {error}");
            assert_eq!(error.status(), Some(status));
            let text = error.to_string();
            assert_eq!(text.lines().count(), 1, "{file}: {text}");
            assert!(
                text.len() > 5 && !text.starts_with(char::is_whitespace),
                "{file}: {text}"
            );
            for markup in [
                "<br",
                "<html",
                "<body",
                "</",
                "&lt;",
                "Traceback",
                "File \"/",
                "{\"",
            ] {
                assert!(!text.contains(markup), "{file}: {text}");
            }
        }
        assert!(seen > 100, "only {seen} errors");
    }

    #[test]
    fn messages_cannot_drive_the_terminal() {
        let fault = read(
            400,
            "{\"message\": \"bad \\u001b[31mname\\u0007\\n\\tfor you\"}",
        );
        assert_eq!(fault.message, "bad [31mname for you");
        assert!(read(400, &"x".repeat(5000)).message.chars().count() <= LONGEST + 1);
    }

    /// What servers, their frameworks and what stands before them put into errors, in any order.
    fn body() -> impl Strategy<Value = String> {
        const PIECES: [&str; 26] = [
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            "\\n",
            "\n",
            "\0",
            "\"message\"",
            "\"error\"",
            "\"explanation\"",
            "\"error_message\"",
            "faultstring",
            "<html>",
            "<title>",
            "</h1>",
            "<br />",
            "<",
            "&lt;",
            "&#27;",
            "Traceback (most recent call last):\n",
            "  File \"x.py\", line 1\n",
            "\u{1b}[31m",
            "\u{202e}",
        ];
        let piece = prop_oneof![4 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => ".{0,9}"];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_body_is_one_printable_line(status in 300_u16..600, body in body()) {
            let message = read(status, &body).message;
            prop_assert!(!message.is_empty() && message.chars().all(is_shown), "{message:?}");
            prop_assert!(message.chars().count() <= LONGEST + 1);
        }

        #[test]
        fn so_are_any_bytes(status in 300_u16..600, body: Vec<u8>) {
            let message = Fault::read(status, &body).message;
            prop_assert!(!message.is_empty() && message.chars().all(is_shown), "{message:?}");
        }
    }
}
