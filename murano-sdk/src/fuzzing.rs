//! What fuzzing gives bytes to: the readers of everything that comes from others, with what must hold
//! whatever the bytes are. The tests give them the corpus and all that was found before.
//!
//! A target that reads several texts takes them apart at lines that are `%%%`.

use std::fmt::Display;

use serde_json::Value;

pub(crate) use crate::fault::is_shown;
use crate::{
    archive, auth,
    fault::Fault,
    manifest::{self, diff, patch},
    model::{self, Application, PatchOp, object_id},
    pattern::Pattern,
    repository::Bundle,
    ui::Definition,
    yaml,
    yaql::Expression,
};

/// A name, also that of the folder in `fuzz/corpus`, and the reader.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of this crate.
pub const TARGETS: [Target; 12] = [
    ("archives", archive::fuzzing::archives),
    ("bundles", bundles),
    ("clouds", auth::fuzzing::clouds),
    ("documents", manifest::fuzzing::documents),
    ("errors", errors),
    ("expressions", expressions),
    ("forms", forms),
    ("images", archive::fuzzing::images),
    ("manifests", archive::fuzzing::manifests),
    ("models", models),
    ("patterns", patterns),
    ("tokens", auth::fuzzing::tokens),
];

/// The texts of a target that reads several; those that are not there are empty.
pub(crate) fn texts<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let mut texts = std::str::from_utf8(data).ok()?.split("\n%%%\n");
    Some(std::array::from_fn(|_| texts.next().unwrap_or_default()))
}

/// What users are told is one line that does nothing to a terminal.
pub(crate) fn check_told(told: &impl Display) {
    let text = told.to_string();
    let is_line = !text.trim().is_empty() && text.chars().all(is_shown);
    assert!(is_line, "{text:?} is no printable line");
}

/// The bytes of an answer behind its status.
fn errors(data: &[u8]) {
    let Some((status, body)) = data.split_first_chunk::<3>() else {
        return;
    };
    let status = std::str::from_utf8(status).ok();
    let Some(status) = status.and_then(|digits| digits.parse().ok()) else {
        return;
    };
    let fault = Fault::read(status, body);
    assert!(fault.message.len() < 5000);
    check_told(&fault.message);
    check_told(&fault.into_error(status));
}

fn bundles(data: &[u8]) {
    match Bundle::read(data) {
        Ok(bundle) => {
            let read = Bundle::parse(&bundle.to_json());
            assert!(read.is_ok_and(|again| again == bundle), "{bundle:?}");
        }
        Err(error) => check_told(&error),
    }
}

fn expressions(data: &[u8]) {
    let Some([text, values]) = texts(data) else {
        return;
    };
    match Expression::parse(text) {
        Ok(expression) => {
            assert_eq!(expression.to_string(), text);
            let values = serde_json::from_str(values).unwrap_or_default();
            if let Err(error) = expression.evaluate(&values) {
                check_told(&error);
            }
        }
        Err(error) => check_told(&error),
    }
}

fn patterns(data: &[u8]) {
    let Some([pattern, text]) = texts(data) else {
        return;
    };
    let found = Pattern::new(pattern).and_then(|pattern| pattern.is_found(text));
    if let Err(told) = found {
        check_told(&told);
    }
}

/// A definition, and answers to it.
fn forms(data: &[u8]) {
    let Some([definition, answers]) = texts(data) else {
        return;
    };
    let definition = match Definition::parse(definition) {
        Ok(definition) => definition,
        Err(error) => return check_told(&error),
    };
    for name in [None, Some("shop")] {
        if let Err(error) = definition.build(&definition.answers(), name) {
            check_told(&error);
        }
    }
    match definition.read_answers(answers) {
        Ok(mut answers) => match definition.fill(&mut answers) {
            // What has an answer to everything needs no more.
            Ok(()) => {
                let built = definition.build(&answers, Some("shop"));
                built.err().iter().for_each(check_told);
            }
            Err(error) => check_told(&error),
        },
        Err(error) => check_told(&error),
    }
    match definition.blank() {
        Ok(blank) => {
            let read = definition.read_answers(&blank);
            read.err().iter().for_each(check_told);
        }
        Err(error) => check_told(&error),
    }
}

/// Two values and a patch. Object models, if they are any, and their YAML.
fn models(data: &[u8]) {
    let Ok([before, after, operations]) = serde_json::from_slice::<[Value; 3]>(data) else {
        return;
    };
    let mut value = before.clone();
    let steps = diff(&before, &after);
    let done = patch(&mut value, &steps);
    assert!(done.is_ok() && value == after, "{before} {after} {steps:?}");
    assert!(diff(&after, &after).is_empty());
    if let Ok(operations) = serde_json::from_value::<Vec<PatchOp>>(operations) {
        let again = serde_json::to_value(&operations).unwrap_or_default();
        let again = serde_json::from_value::<Vec<PatchOp>>(again);
        assert!(again.is_ok_and(|again| again == operations));
        if let Err(error) = patch(&mut value, &operations) {
            check_told(&error);
        }
    }
    for value in [before, after, value] {
        check_model(value);
    }
}

fn check_model(mut value: Value) {
    // Texts that stand on one line in YAML mean the same when they are read.
    let text = yaml::to_string(&value);
    assert_eq!(yaml::load(&text).as_ref(), Ok(&value), "{text}");
    model::fill_placeholders(&mut value);
    model::add_missing_ids(&mut value);
    let whole = value.clone();
    model::add_missing_ids(&mut value);
    assert_eq!(value, whole);
    let is_whole = object_id(&value).is_some();
    match Application::from_model(value) {
        Ok(application) if is_whole => assert_eq!(application.build(), whole),
        Ok(_) => {}
        Err(error) => check_told(&error),
    }
}

#[cfg(test)]
#[path = "../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_kept_is_read() {
        super::replay::all(&super::TARGETS);
    }
}
