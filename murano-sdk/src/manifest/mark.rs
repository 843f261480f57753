//! One hand-over of an environment at a time.
//!
//! The server looks whether an environment is free, and takes it some hundredths of a second later: two sessions that
//! are deployed in between are both accepted. Their runs undo each other, and where both end together the environment
//! takes no session any more. It has no locks, but of each name a project can have one template only, and that is
//! decided in its database: so a template marks an environment while a session of it is handed over.

use std::time::Duration;

use serde_json::Value;

use crate::{
    client::Client,
    environments::EnvironmentHandle,
    error::{ErrorKind, Result},
    id::{TemplateId, fresh_id},
    outcome,
    request::Request,
    templates::Template,
    time::Timestamp,
    transport,
};

/// A mark that is older was left behind by somebody who is gone: all attempts of a call take less.
const LEASE: Duration = Duration::from_secs(300);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The right to hand over a session of one environment.
pub(super) struct Mark<'a> {
    client: &'a Client,
    template: Option<TemplateId>,
}

impl<'a> Mark<'a> {
    /// Waits for it. `check` may end that.
    ///
    /// # Errors
    ///
    /// Those of creating a template. Who may not have templates goes without.
    pub(super) async fn take(
        env: &'a EnvironmentHandle,
        check: impl Fn() -> Result<()>,
    ) -> Result<Self> {
        let client = env.client();
        let name = format!("deploying-{}", env.id());
        let mut pause = FIRST_PAUSE;
        loop {
            match create(client, &name).await {
                Ok(template) => {
                    let template = Some(template.id);
                    return Ok(Self { client, template });
                }
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) if error.kind() == ErrorKind::Forbidden => {
                    tracing::debug!(%error, "no template, no mark");
                    let template = None;
                    return Ok(Self { client, template });
                }
                Err(error) => return Err(error),
            }
            if let Some(left) = left_behind(client, &name).await? {
                tracing::warn!(%name, "the mark of somebody who is gone is removed");
                let _ = client.template(left).delete().await;
                continue;
            }
            check()?;
            transport::pause(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Lets others go on. A mark that cannot be removed is no obstacle for long.
    pub(super) async fn release(self) {
        if let Some(id) = self.template
            && let Err(error) = self.client.template(id).delete().await
        {
            tracing::warn!(%error, "the mark of a hand-over is left behind");
        }
    }
}

async fn create(client: &Client, name: &str) -> Result<Template> {
    // Others have a template of this name, too: the words tell whose it is where an answer was lost.
    let description = format!(
        "an environment is being handed to the engine; to be deleted where it is older than {} minutes ({})",
        LEASE.as_secs() / 60,
        fresh_id(),
    );
    let body = serde_json::json!({"name": name, "description_text": description});
    let wanted = [("name", name), ("description_text", &description)];
    let send = || client.json(Request::post(&["templates"]).json(body.clone()));
    outcome::known(send, |lost| lost.find(client, own(), &wanted)).await
}

fn own() -> Request {
    Request::get(&["templates"]).query("is_public", Some("false"))
}

/// The mark, if it is too old to be anybody's. Both times are the server's.
async fn left_behind(client: &Client, name: &str) -> Result<Option<TemplateId>> {
    let (list, now): (Value, Option<Timestamp>) = client.dated(own()).await?;
    let templates = list["templates"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(mark) = templates.iter().find(|it| it["name"] == name) else {
        return Ok(None);
    };
    let seconds = |time: Option<Timestamp>| time.and_then(|time| time.unix_seconds());
    let created = mark["created"].as_str().map(Timestamp::from);
    let age = seconds(now)
        .zip(seconds(created))
        .map(|(now, then)| now - then);
    let is_old = age.is_some_and(|age| u64::try_from(age).is_ok_and(|age| age > LEASE.as_secs()));
    Ok(mark["id"].as_str().filter(|_| is_old).map(TemplateId::from))
}
