//! One hand-over of an environment at a time.
//!
//! The server looks whether an environment is free, and takes it some hundredths of a second later: two sessions that
//! are deployed in between are both accepted. Their runs undo each other, and where both end together the environment
//! takes no session any more. It has no locks, but of each name a project can have one template only, and that is
//! decided in its database: so a template marks an environment while a session of it is handed over.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    client::Client,
    environments::EnvironmentHandle,
    error::{Error, ErrorKind, Result},
    id::{TemplateId, fresh_id},
    outcome,
    request::Request,
    templates::Template,
    time::Timestamp,
    transport,
};

/// A mark that is older was left behind by somebody who is gone. A call takes that long only where the service is
/// silent again and again.
const LEASE: Duration = Duration::from_secs(600);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The right to hand over a session of one environment.
pub(super) struct Mark<'a> {
    client: &'a Client,
    template: Option<TemplateId>,
}

impl<'a> Mark<'a> {
    /// Waits for it. `check` may end that, `wait` is told once that there is something to wait for.
    ///
    /// # Errors
    ///
    /// Those of creating a template. Who may not have templates goes without.
    pub(super) async fn take(
        env: &'a EnvironmentHandle,
        check: impl Fn() -> Result<()>,
        wait: impl FnOnce(),
    ) -> Result<Self> {
        let client = env.client();
        let name = format!("deploying-{}", env.id());
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut wait = Some(wait);
        let taken = loop {
            check()?;
            match create(client, &name).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                outcome => break outcome.map(|template| template.id),
            }
            if let Some(wait) = wait.take() {
                wait();
            }
            match remove_left(client, &name, begun.elapsed()).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => break Err(error),
            }
            transport::pause(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        let template = match taken {
            Ok(template) => Some(template),
            Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound) => {
                tracing::debug!(%error, "no templates, no mark");
                None
            }
            Err(error) => return Err(unmarked(&error)),
        };
        Ok(Self { client, template })
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

/// Removes the mark if it is too old to be anybody's, and says whether the place is free now. Both times are the
/// server's; where it tells none, as long as was waited is how old it is at least.
async fn remove_left(client: &Client, name: &str, waited: Duration) -> Result<bool> {
    let (list, now): (Value, Option<Timestamp>) = client.dated(own()).await?;
    let templates = list["templates"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(mark) = templates.iter().find(|it| it["name"] == name) else {
        // Gone in between, or not to be seen.
        return Ok(false);
    };
    let seconds = |time: Option<Timestamp>| time.and_then(|time| time.unix_seconds());
    let created = mark["created"].as_str().map(Timestamp::from);
    let age = seconds(now)
        .zip(seconds(created))
        .map(|(now, then)| u64::try_from(now - then).unwrap_or(0));
    let is_old = age.unwrap_or(waited.as_secs()) > LEASE.as_secs();
    let Some(id) = mark["id"].as_str().filter(|_| is_old) else {
        return Ok(false);
    };
    tracing::warn!(%name, "the mark of somebody who is gone is removed");
    match client.template(id).delete().await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(true),
    }
}

/// Nothing was deployed, whatever has become of the mark.
fn unmarked(error: &Error) -> Error {
    let text = format!("the environment cannot be marked for its deployment: {error}");
    Error::new(error.kind(), text).with_request_id(error.request_id().map(str::to_owned))
}
