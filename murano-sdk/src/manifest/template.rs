//! Templates written.

use serde_json::Value;

use super::{Plan, server};
use crate::{
    error::{Error, ErrorKind, Result},
    model::object_id,
    templates::TemplateHandle,
};

/// Templates have no sessions: what fails in the middle is put back as it was.
pub(super) async fn write(template: &TemplateHandle, plan: &Plan) -> Result<()> {
    let (before, after) = (
        server::services(&plan.before),
        server::services(&plan.after),
    );
    // Applications are removed by their ids.
    let stays = |old: &Value| object_id(old).is_some() || after.contains(old);
    if !before.iter().all(stays) {
        let text = "an application of the template has no id, so it can be neither changed nor removed: delete the template";
        return Err(Error::new(ErrorKind::Conflict, text));
    }
    let differs = |key: &str| plan.before.get(key) != plan.after.get(key);
    if differs("description_text") || differs("is_public") {
        let mut update = template.update(&plan.name);
        if let Some(text) = plan.after.get("description_text").and_then(Value::as_str) {
            update = update.description(text);
        }
        if let Some(public) = plan.after.get("is_public").and_then(Value::as_bool) {
            update = update.public(public);
        }
        update.await?;
    }
    let written = rewrite(template, before, after).await;
    if written.is_err() {
        let there = template.services().list().await?;
        // What is told is why the new ones were refused.
        let _ = rewrite(template, &there, before).await;
    }
    written
}

async fn rewrite(template: &TemplateHandle, before: &[Value], after: &[Value]) -> Result<()> {
    let services = template.services();
    for old in before.iter().filter(|old| !after.contains(old)) {
        if let Some(id) = object_id(old) {
            services.remove(id).await?;
        }
    }
    let new: Vec<Value> = after
        .iter()
        .filter(|new| !before.contains(new))
        .cloned()
        .collect();
    services.add_many(&new).await.map(drop)
}
