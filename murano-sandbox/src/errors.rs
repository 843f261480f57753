//! The ways in which Keystone and Murano say no.
//!
//! Murano has five encodings. Which one a short error gets depends on the `Accept` header of the call; a fault is JSON
//! under a label that says HTML; the token layer in front of both has a JSON of its own.

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::accept;

/// Body of an answer to a call whose token is missing, wrong or expired.
pub(crate) static TOKEN_REFUSED: LazyLock<Value> = LazyLock::new(|| {
    json!({"error": {"code": 401, "title": "Unauthorized",
        "message": "The request you have made requires authentication."}})
});

/// What a controller returns instead of a result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// The token layer refuses the call.
    Token,
    /// An ordinary error with a text assembled from two slots.
    Short { status: u16, message: String },
    /// An exception nobody caught.
    Fault {
        status: u16,
        kind: &'static str,
        message: String,
    },
    /// A crash while an exception was turned into an answer.
    Traceback(String),
}

/// Shorthand for a result of the sandbox's controllers.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// A ready answer: status, label and body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rendered {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

/// An error with its text in the slot of the explanation.
pub(crate) fn explained(status: u16, text: impl std::fmt::Display) -> Failure {
    Failure::Short {
        status,
        message: format!("{text}<br /><br />\n\n\n"),
    }
}

/// An error with the usual explanation of its status and a text of its own behind it.
pub(crate) fn detailed(status: u16, text: impl std::fmt::Display) -> Failure {
    Failure::Short {
        status,
        message: format!("{}<br /><br />\n{text}\n\n", explanation(status)),
    }
}

/// An error with nothing but the usual explanation of its status.
pub(crate) fn generic(status: u16) -> Failure {
    explained(status, explanation(status))
}

/// An exception that reached the fault layer. Its status follows from its family.
pub(crate) fn fault(kind: &'static str, message: impl Into<String>) -> Failure {
    let status = match kind {
        "ValueError" => 400,
        "LookupError" | "KeyError" | "IndexError" => 404,
        _ => 500,
    };
    Failure::Fault {
        status,
        kind,
        message: message.into(),
    }
}

/// What Python says when a method is called on a value that has none of that name.
pub(crate) fn no_attribute(value: &Value, attribute: &str) -> Failure {
    let kind = crate::json::python_type(value);
    fault(
        "AttributeError",
        format!("'{kind}' object has no attribute '{attribute}'"),
    )
}

/// The body has a type the service does not read.
pub(crate) fn unsupported_media(media: &str) -> Failure {
    Failure::Short {
        status: 415,
        message: format!(
            "The request media type {media} is not supported by this server.\n<br /><br />\nUnsupported Content-Type"
        ),
    }
}

/// The caller accepts nothing the service can send. The bracket is never closed.
pub(crate) fn not_acceptable(accept: &str) -> Failure {
    Failure::Short {
        status: 406,
        message: format!(
            "The resource could not be generated that was acceptable to your browser\n(content of type {accept}. \
             <br /><br />\nAcceptable response can not be provided"
        ),
    }
}

/// Title of a status, such as `Not Found`.
pub(crate) fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        406 => "Not Acceptable",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

fn explanation(status: u16) -> &'static str {
    match status {
        400 => {
            "The server could not comply with the request since it is either malformed or otherwise incorrect."
        }
        403 => "Access was denied to this resource.",
        404 => "The resource could not be found.",
        409 => "There was a conflict when trying to complete your request.",
        503 => "The server is currently unavailable. Please try again at a later time.",
        _ => "The server has either erred or is incapable of performing the requested operation.",
    }
}

impl Failure {
    /// Writes the error for a caller who sent this `Accept` header.
    pub(crate) fn render(&self, accept: Option<&str>) -> Rendered {
        match self {
            Failure::Token => Rendered {
                status: 401,
                content_type: "application/json",
                body: crate::json::ascii(&TOKEN_REFUSED),
            },
            Failure::Short { status, message } => short(*status, message, accept),
            Failure::Fault {
                status,
                kind,
                message,
            } => Rendered {
                status: *status,
                content_type: "text/html; charset=UTF-8",
                body: crate::json::ascii(&json!({
                    "code": status, "title": title(*status), "explanation": explanation(*status),
                    "error": {"message": message.lines().next().unwrap_or_default(), "type": kind, "traceback": null},
                })),
            },
            Failure::Traceback(last) => Rendered {
                status: 500,
                content_type: "text/plain",
                body: format!("Traceback (most recent call last):\n{last}\n"),
            },
        }
    }
}

fn short(status: u16, message: &str, accept: Option<&str>) -> Rendered {
    let line = format!("{status} {}", title(status));
    match accept::best(
        accept.unwrap_or_default(),
        &["text/html", "application/json"],
    ) {
        Some("text/html") => Rendered {
            status,
            content_type: "text/html; charset=UTF-8",
            body: format!(
                "<html>\n <head>\n  <title>{line}</title>\n </head>\n <body>\n  <h1>{line}</h1>\n  {}\n </body>\n</html>",
                escape(message)
            ),
        },
        Some(_) => Rendered {
            status,
            content_type: "application/json",
            body: crate::json::ascii(
                &json!({"message": message, "code": line, "title": title(status)}),
            ),
        },
        None => Rendered {
            status,
            content_type: "text/plain; charset=UTF-8",
            body: format!("{line}\n\n{}", strip_tags(message)),
        },
    }
}

/// Escapes for HTML, leaving the line breaks between the two slots alone.
fn escape(message: &str) -> String {
    let escape_part = |part: &str| {
        part.chars().fold(String::new(), |mut out, c| {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#x27;"),
                c if c.is_ascii() => out.push(c),
                c => {
                    let _ = write!(out, "&#{};", u32::from(c));
                }
            }
            out
        })
    };
    message
        .split("<br /><br />")
        .map(escape_part)
        .collect::<Vec<_>>()
        .join("<br /><br />")
}

/// Takes away everything that looks like a tag, session ids included.
fn strip_tags(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message.replace('\n', " ");
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let Some((tag, tail)) = after.split_once('>') else {
            out.push('<');
            rest = after.to_owned();
            continue;
        };
        if tag.starts_with("br") {
            out.push('\n');
        }
        rest = tail.to_owned();
    }
    out + &rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(failure: &Failure, accept: Option<&str>) -> (&'static str, String) {
        let rendered = failure.render(accept);
        (rendered.content_type, rendered.body)
    }

    #[test]
    fn a_short_error_has_three_forms() {
        let failure = explained(404, "Environment with id nope not found");
        assert_eq!(
            body(&failure, None),
            (
                "text/plain; charset=UTF-8",
                "404 Not Found\n\nEnvironment with id nope not found\n\n   ".into()
            )
        );
        assert_eq!(
            body(&failure, Some("*/*")),
            (
                "text/html; charset=UTF-8",
                "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  \
                 Environment with id nope not found<br /><br />\n\n\n\n </body>\n</html>"
                    .into()
            )
        );
        let (label, text) = body(&failure, Some("application/json"));
        assert_eq!(label, "application/json");
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            json,
            json!({"message": "Environment with id nope not found<br /><br />\n\n\n",
                "code": "404 Not Found", "title": "Not Found"})
        );
    }

    #[test]
    fn plain_text_loses_ids_in_angle_brackets() {
        let failure = explained(404, "Session <SessionId abc> is not found");
        assert!(body(&failure, None).1.contains("Session  is not found"));
        assert!(
            body(&failure, Some("text/html"))
                .1
                .contains("Session &lt;SessionId abc&gt; is not found<br />")
        );
    }

    #[test]
    fn a_fault_is_json_under_a_wrong_label() {
        let (label, text) = body(&fault("KeyError", "'name'"), Some("application/json"));
        assert_eq!(label, "text/html; charset=UTF-8");
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            json,
            json!({"code": 404, "title": "Not Found", "explanation": "The resource could not be found.",
                "error": {"message": "'name'", "type": "KeyError", "traceback": null}})
        );
    }

    #[test]
    fn a_detail_follows_the_usual_explanation() {
        let Failure::Short { message, .. } =
            detailed(409, "Env Template with specified name already exists")
        else {
            panic!("a short error");
        };
        assert_eq!(
            message,
            "There was a conflict when trying to complete your request.<br /><br />\n\
             Env Template with specified name already exists\n\n"
        );
    }
}
