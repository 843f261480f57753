//! What differs between a document and what is there.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    Apply, Change, ChangeKind, Document, Kind, NeededPackage, changes,
    export::{self, Exporter},
    merge, networks, packages, patch, rollback,
    server::{self, Present},
};
use crate::{
    client::Client,
    error::{Error, Result},
    model::PatchOp,
    request::awaitable,
};

/// What is to be reached.
#[derive(Clone, Debug)]
pub(super) enum Aim {
    /// What a document says.
    Document {
        document: Box<Document>,
        prune: bool,
    },
    /// What an earlier deployment was made of.
    Earlier(rollback::Rollback),
}

impl Aim {
    pub(super) fn document(document: &Document) -> Self {
        let document = Box::new(document.clone());
        Self::Document {
            document,
            prune: false,
        }
    }

    pub(super) fn prune(&mut self, said: bool) {
        if let Self::Document { prune, .. } = self {
            *prune = said;
        }
    }

    pub(super) async fn plan(&self, client: &Client) -> Result<Plan> {
        match self {
            Self::Document { document, prune } => of_document(client, document, *prune).await,
            Self::Earlier(rollback) => rollback.compare().await,
        }
    }
}

/// What would have to be done, as a value: nothing is changed before it is [applied](Self::apply).
///
/// ```
/// # use murano_sdk::Client;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(std::time::Duration::ZERO).start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// use murano_sdk::manifest::{ChangeKind, Document, Variables, patch};
///
/// let text = "{name: shop, applications: {till: {class: io.murano.Application, properties: {password: a}}}}";
/// let plan = Document::parse(text, &Variables::new())?[0].plan(&murano).prune(true).await?;
/// assert!(plan.creates() && !plan.is_empty());
/// assert_eq!((plan.name(), plan.kind().as_str()), ("shop", "environment"));
/// assert!(plan.notes().is_empty());
///
/// let change = &plan.changes()[0];
/// assert_eq!((change.kind, &*change.path.join("/")), (ChangeKind::Added, "applications/till"));
///
/// let mut model = plan.before().clone();
/// patch(&mut model, &plan.patch(true))?; // with secrets
/// assert_eq!(model, *plan.after());
///
/// let applied = plan.apply(&murano).unchecked().await?;
/// assert!(applied.is_deployed());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) present: Option<Present>,
    pub(super) before: Value,
    pub(super) after: Value,
    pub(super) packages: Vec<NeededPackage>,
    names: HashMap<String, String>,
    /// Why it is deployed although nothing else differs.
    again: Option<&'static str>,
    notes: Vec<String>,
}

impl Plan {
    /// A plan for what is there, and what is to be there.
    pub(super) fn new(present: Present, after: Value, names: &HashMap<String, String>) -> Self {
        let all = server::services(&after)
            .iter()
            .chain(server::services(&present.model));
        let names = export::names(all, names);
        Self {
            kind: present.kind,
            name: present.name.clone(),
            before: present.model.clone(),
            present: Some(present),
            after,
            packages: Vec::new(),
            names,
            again: None,
            notes: Vec::new(),
        }
    }

    /// What it is about.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Name of the environment or template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.present.is_some() && self.packages.is_empty() && !self.needs_run()
    }

    /// Whether the environment or template is not there yet.
    pub fn creates(&self) -> bool {
        self.present.is_none()
    }

    /// What somebody should know: what cannot be changed any more, for one.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The object model as it is; empty where nothing is there.
    pub fn before(&self) -> &Value {
        &self.before
    }

    /// The object model as it will be handed over.
    pub fn after(&self) -> &Value {
        &self.after
    }

    /// The differences of the object model as a JSON Patch (RFC 6902), secret values masked unless they are
    /// wanted.
    pub fn patch(&self, secrets: bool) -> Vec<PatchOp> {
        let mut operations = patch::diff(&self.before, &self.after);
        if !secrets {
            operations.iter_mut().for_each(changes::hide);
        }
        operations
    }

    /// The differences by the names of the document.
    pub fn changes(&self) -> Vec<Change> {
        let outline = |model: &Value| {
            let mut exporter = Exporter::new(model, self.names.clone(), true);
            changes::outline(&exporter.document(self.kind, &self.name, model))
        };
        let mut found = Vec::new();
        for package in &self.packages {
            found.push(Change {
                kind: ChangeKind::Added,
                path: vec!["packages".to_owned(), package.name.clone()],
                before: None,
                after: Some(package.version.as_deref().into()),
            });
        }
        let (before, after) = (outline(&self.before), outline(&self.after));
        changes::compare(&mut Vec::new(), Some(&before), Some(&after), &mut found);
        if let Some(status) = self.again.filter(|_| found.is_empty()) {
            found.push(Change {
                kind: ChangeKind::Changed,
                path: vec!["status".to_owned()],
                before: Some(status.into()),
                after: Some("deployed".into()),
            });
        }
        found
    }

    /// Does what this plan says, as long as what is there is what it was made for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`](crate::ErrorKind::State) where that has changed since.
    pub fn apply(self, client: &Client) -> Apply {
        Apply::of_plan(client.clone(), self)
    }

    /// Whether the applications, or what else is in the model, are to be written and deployed.
    pub(super) fn needs_run(&self) -> bool {
        self.again.is_some() || self.before != self.after
    }
}

async fn of_document(client: &Client, document: &Document, prune: bool) -> Result<Plan> {
    let present = match server::find(client, document.kind, &document.name).await? {
        Some(place) => Some(place.read().await?),
        None => None,
    };
    let before = present
        .as_ref()
        .map_or_else(|| json!({}), |present| present.model.clone());
    let merged = merge::merge(document, server::services(&before), prune)?;
    let mut after = before.clone();
    if !merged.services.is_empty() || after.get("services").is_some() {
        after["services"] = merged.services.into();
    }
    let mut notes = Vec::new();
    put_settings(document, present.as_ref(), &mut after, &mut notes)?;
    let packages = packages::missing(client, document, &before).await?;
    let Some(present) = present else {
        after["name"] = document.name.as_str().into();
        return Ok(Plan {
            kind: document.kind,
            name: document.name.clone(),
            present: None,
            before,
            after,
            packages,
            names: merged.names,
            again: None,
            notes,
        });
    };
    let again = again(&present);
    let mut plan = Plan::new(present, after, &merged.names);
    (plan.packages, plan.notes, plan.again) = (packages, notes, again);
    Ok(plan)
}

/// Why an environment has to be deployed although its model is what it should be.
fn again(present: &Present) -> Option<&'static str> {
    let has_services = !server::services(&present.model).is_empty();
    if present
        .status
        .as_ref()
        .is_some_and(|status| status.as_str() == "deploy failure")
    {
        return Some("deploy failure");
    }
    (present.kind == Kind::Environment && present.version == 0 && has_services)
        .then_some("not deployed")
}

/// What a document says beside applications.
fn put_settings(
    document: &Document,
    present: Option<&Present>,
    after: &mut Value,
    notes: &mut Vec<String>,
) -> Result<()> {
    let name = &document.name;
    if let Some(region) = &document.region
        && after.get("region").and_then(Value::as_str) != Some(region)
    {
        if present.is_some_and(|present| present.model.get("region").is_none()) {
            let text = format!(
                "environment \"{name}\" was made without a region: it can be set after the first deployment"
            );
            return Err(Error::invalid(text));
        }
        after["region"] = region.as_str().into();
    }
    if let Some(wanted) = &document.networks {
        let current = after.get("defaultNetworks").cloned().unwrap_or_default();
        after["defaultNetworks"] = networks::merged(wanted, &current, name);
    }
    if let Some(public) = document.public {
        after["is_public"] = public.into();
    }
    if let Some(description) = &document.description
        && after.get("description_text").and_then(Value::as_str) != Some(description)
    {
        if present.is_some() && document.kind == Kind::Environment {
            notes.push(format!(
                "the description of environment \"{name}\" stays: it cannot be changed later"
            ));
        } else {
            after["description_text"] = description.as_str().into();
        }
    }
    Ok(())
}

/// Request of [`Document::plan`] and [`Rollback::plan`](super::Rollback::plan).
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct MakePlan {
    client: Client,
    aim: Aim,
}

impl MakePlan {
    pub(super) fn new(client: Client, aim: Aim) -> Self {
        Self { client, aim }
    }

    /// Removes applications that the document does not name.
    pub fn prune(mut self, prune: bool) -> Self {
        self.aim.prune(prune);
        self
    }

    async fn send(self) -> Result<Plan> {
        self.aim.plan(&self.client).await
    }
}

awaitable!(MakePlan => Plan);
