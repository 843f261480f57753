//! Sentences that several checks need.

use super::finding::Finding;
use super::manifest::quote;
use crate::yaml::{Documents, Node};

/// A warning for each key that stands in a mapping twice.
pub(super) fn repeated(file: &str, documents: &Documents) -> Vec<Finding> {
    let told = documents.repeated.iter().map(|(key, at)| {
        let key = quote(key);
        let text = format!("the key {key} is there twice and the last one counts: remove one");
        Finding::warning(file, Some(*at), text)
    });
    told.collect()
}

/// A warning for each key of a mapping that means nothing there.
pub(super) fn unknown(file: &str, node: &Node, what: &str, known: &[&str]) -> Vec<Finding> {
    let strange = node
        .entries()
        .iter()
        .filter(|entry| !known.contains(&entry.key.as_str()));
    let told = strange.map(|entry| {
        let key = quote(&entry.key);
        let meant = known
            .iter()
            .find(|word| word.eq_ignore_ascii_case(&entry.key));
        let hint = meant.map_or_else(
            || format!("it may have {}", known.join(", ")),
            |word| format!("did you mean {word}"),
        );
        let text = format!("the key {key} means nothing in {what}: {hint}");
        Finding::warning(file, Some(entry.at), text)
    });
    told.collect()
}
