//! What the classes of new and changed applications say of them, before a session is opened: the server drops what
//! no class declares without a word, and refuses the rest only while it deploys.

use serde_json::Value;

use super::{Plan, export, server};
use crate::{
    client::Client,
    error::{Error, Result},
    model::object_id,
    schemas::{Draft, Review},
};

/// Asks for the schema of each class once, and fails where an application does not fit its own.
pub(super) async fn check(client: &Client, plan: &Plan) -> Result<()> {
    let before = server::services(&plan.before);
    let mut draft = Draft::new(Value::Null);
    for app in server::services(&plan.after) {
        let old = before.iter().find(|old| object_id(old) == object_id(app));
        if old == Some(app) {
            continue;
        }
        draft = draft.with_model(app.clone());
        let review = draft.complete(client).await?;
        let wrong = wrong(&review, app, old);
        if !wrong.is_empty() {
            let (name, wrong) = (export::any_name(app), wrong.join("; "));
            return Err(Error::invalid(format!("application \"{name}\": {wrong}")));
        }
    }
    Ok(())
}

/// What is wrong with what is new in an application: what is deployed has been taken once.
fn wrong(review: &Review, app: &Value, old: Option<&Value>) -> Vec<String> {
    let is_new = |path: &str| {
        let pointer = format!("/{}", path.replace('.', "/"));
        old.is_none_or(|old| old.pointer(&pointer) != app.pointer(&pointer))
    };
    let problems = review
        .problems
        .iter()
        .filter(|problem| is_new(&problem.path));
    let mut wrong: Vec<String> = problems.map(ToString::to_string).collect();
    if old.is_none() {
        for missing in &review.missing {
            wrong.push(format!(
                "`{}` is missing: {}",
                missing.path,
                missing.expects()
            ));
        }
    }
    wrong
}
