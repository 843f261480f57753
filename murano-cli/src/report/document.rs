//! Errors for programs: with `-f json` each is one JSON object on one line of stderr.

use murano_sdk::Error;
use serde_json::{Value, json};

use super::{candidates, classify, hint, message};
use crate::output::printable;

/// The error as an object that has all its members always; what is not known is null.
pub(super) fn of(error: &anyhow::Error) -> Value {
    let (code, kind) = classify(error);
    let from_sdk = error.downcast_ref::<Error>();
    let candidate = |(id, label)| json!({ "id": id, "label": label });
    let candidates: Vec<Value> = candidates(error).into_iter().map(candidate).collect();
    json!({
        "kind": kind,
        "message": printable(&message(error)),
        "hint": hint(error),
        "status": from_sdk.and_then(Error::status),
        "request_id": from_sdk.and_then(Error::request_id),
        "candidates": candidates,
        "exit_code": code,
    })
}

/// A complaint of the argument parser in the same form.
pub(crate) fn of_usage(error: &clap::Error) -> Value {
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim);
    // The complaint may name things on lines of their own.
    let complaint = lines.by_ref().take_while(|line| !line.is_empty());
    let message = complaint.collect::<Vec<_>>().join(" ");
    // What follows it: a better spelling, the usage.
    let advice: Vec<&str> = lines
        .filter(|line| line.starts_with("tip:") || line.starts_with("Usage:"))
        .collect();
    json!({
        "kind": "usage",
        "message": printable(message.trim_start_matches("error: ")),
        "hint": (!advice.is_empty()).then(|| advice.join("; ")),
        "status": null,
        "request_id": null,
        "candidates": [],
        "exit_code": super::USAGE,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    #[test]
    fn an_error_has_all_members() {
        let error = about(
            hinted(Failure::NotFound("no shop".to_owned()), "open one"),
            "x",
        );
        assert_eq!(
            of(&error),
            json!({
                "kind": "not_found", "message": "x: no shop", "hint": "open one", "status": null,
                "request_id": null, "candidates": [], "exit_code": 3,
            })
        );
        let error = Failure::Ambiguous {
            message: "2 fit".to_owned(),
            candidates: vec![("1".to_owned(), "a".to_owned())],
        };
        let document = of(&error.into());
        assert_eq!(document["candidates"], json!([{ "id": "1", "label": "a" }]));
        assert_eq!(document["kind"], "ambiguous");
    }

    #[test]
    fn a_usage_error_keeps_the_advice() {
        let error = crate::cli::command()
            .try_get_matches_from(["murano", "env", "crate", "x"])
            .unwrap_err();
        let document = of_usage(&error);
        assert_eq!(document["message"], "unrecognized subcommand 'crate'");
        let hint = document["hint"].as_str().unwrap();
        assert!(
            hint.contains("create") && hint.contains("Usage: murano env"),
            "{hint}"
        );
    }
}
