//! Files of environments, given anything.

use serde_json::json;

use super::{Document, Variables, diff, merge::merge, patch};
use crate::fuzzing::{check_told, texts};

/// A file, and the services of the environment as JSON.
pub(crate) fn documents(data: &[u8]) {
    let Some([text, present]) = texts(data) else {
        return;
    };
    let variables = Variables::new()
        .set("NAME", "shop")
        .set("PORTS", json!([80]));
    let documents = match Document::parse(text, &variables) {
        Ok(documents) => documents,
        Err(error) => return check_told(&error),
    };
    let present: Vec<_> = serde_json::from_str(present).unwrap_or_default();
    for document in documents {
        let text = document.to_yaml();
        let again = Document::parse(&text, &Variables::new());
        assert!(
            again
                .as_ref()
                .is_ok_and(|again| *again == [document.clone()]),
            "{text} {again:?}"
        );
        for prune in [false, true] {
            let merged = match merge(&document, &present, prune) {
                Ok(merged) => merged.services,
                Err(error) => {
                    check_told(&error);
                    continue;
                }
            };
            let mut value = json!(present);
            let steps = diff(&value, &json!(merged));
            assert!(patch(&mut value, &steps).is_ok() && value == json!(merged));
            // Once is enough.
            let again = merge(&document, &merged, prune);
            assert!(
                again.is_ok_and(|again| again.services == merged),
                "{merged:?}"
            );
        }
    }
}
