//! Object models by the schemas of their classes: what is set is checked, what is missing is asked for
//! where there is somebody to ask.

use murano_sdk::{
    model::object_class,
    schemas::{Draft, Missing, Review},
};
use serde_json::Value;

use crate::{
    cx::Cx,
    report::{self, Batch, Failure, hinted},
};

/// The model with these settings: pairs of a path and what a person wrote.
pub(super) async fn fill(
    cx: &Cx,
    model: Value,
    settings: Vec<(String, String)>,
) -> anyhow::Result<Value> {
    let mut draft = Draft::new(model);
    for (path, text) in settings {
        draft.set(path, text);
    }
    let mut told = Vec::new();
    loop {
        let review = draft.complete(cx.client()?).await?;
        for class in &review.unchecked {
            if !told.contains(class) {
                cx.ui().note(format!(
                    "the service gives no schema of class {class}: its properties are not checked"
                ));
                told.push(class.clone());
            }
        }
        if review.is_complete() {
            return Ok(review.model);
        }
        let asks = cx.ui().can_ask() && !cx.ui().is_for_programs();
        if !review.problems.is_empty() || !asks {
            return Err(refused(cx, &review));
        }
        for missing in &review.missing {
            draft.set(&missing.path, ask(cx, missing)?);
        }
    }
}

/// Shows all that is wrong and all that is missing.
fn refused(cx: &Cx, review: &Review) -> anyhow::Error {
    let class = object_class(&review.model).unwrap_or_default();
    let hint = format!(
        "`murano schema show {class}` shows what it takes; with --no-check nothing is checked"
    );
    let mut batch = Batch::new(cx);
    for problem in &review.problems {
        let problem = Failure::Usage(problem.to_string());
        batch.add::<()>(Err(hinted(problem, &*hint)));
    }
    if !review.missing.is_empty() {
        let properties = match review.missing.len() {
            1 => "one more property".to_owned(),
            count => format!("{count} more properties"),
        };
        let incomplete = Failure::Incomplete {
            message: format!("{class} needs {properties}, to be given by --set"),
            missing: review.missing.iter().map(described).collect(),
        };
        batch.add::<()>(Err(hinted(incomplete, hint)));
    }
    match batch.finish() {
        Err(error) => error,
        Ok(()) => Failure::Shown(report::USAGE).into(),
    }
}

fn described(missing: &Missing) -> (String, String) {
    (missing.path.clone(), expects(missing))
}

/// What a property takes, and what it is.
fn expects(missing: &Missing) -> String {
    let mut text = missing.expects();
    if let Some(class) = missing.classes.first() {
        text.extend([", such as ", class]);
    }
    if let Some(title) = missing.property.title().or(missing.property.help()) {
        text.extend([": ", title]);
    }
    text
}

/// Asks for a property until the answer is one that it takes.
fn ask(cx: &Cx, missing: &Missing) -> anyhow::Result<String> {
    let question = format!("{} ({})", missing.path, expects(missing));
    loop {
        let Some(answer) = cx.ui().answer(&question)? else {
            let text = "the questions are not answered, nothing is changed";
            return Err(Failure::Interrupted(text.to_owned()).into());
        };
        match missing.check(&answer) {
            Ok(()) if answer.is_empty() => {}
            Ok(()) => return Ok(answer),
            Err(error) => cx.ui().line(error),
        }
    }
}
