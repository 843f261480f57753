//! The requests that collections and handles of instances give.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Era, Instance, InstanceHandle, InstanceStatus,
    create::{check_property, checked_text, checked_uuid},
};
use crate::{
    client::Client,
    error::{Candidate, Error, ErrorKind, Result},
    id::is_uuid,
    model::PatchOp,
    page::{Page, Pager},
    request::{Request, awaitable},
};

/// Request of [`Instances::list`](super::Instances::list).
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct ListInstances {
    pub(super) client: Client,
    pub(super) all_projects: bool,
    pub(super) fields: Option<String>,
}

impl ListInstances {
    /// Those of every project. To users who are no administrators it makes no difference.
    pub fn all_projects(mut self, all: bool) -> Self {
        self.all_projects = all;
        self
    }

    /// These members in place of the usual ones, by their names in any era. The id is always there.
    pub fn fields<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.fields = Some(joined(names));
        self
    }

    async fn send(self) -> Result<Vec<Instance>> {
        let query = |era: Era| vec![("fields", self.fields.as_deref().map(|it| fields(era, it)))];
        list(&self.client, &[], self.all_projects, query).await
    }
}

/// Request of [`Instances::list_details`](super::Instances::list_details).
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct ListInstanceDetails {
    pub(super) client: Client,
    pub(super) all_projects: bool,
}

impl ListInstanceDetails {
    /// Those of every project. To users who are no administrators it makes no difference.
    pub fn all_projects(mut self, all: bool) -> Self {
        self.all_projects = all;
        self
    }

    async fn send(self) -> Result<Vec<Instance>> {
        list(&self.client, &["detail"], self.all_projects, |_| Vec::new()).await
    }
}

type Query = Vec<(&'static str, Option<String>)>;

async fn list(
    client: &Client,
    rest: &[&str],
    all_projects: bool,
    query: impl FnOnce(Era) -> Query,
) -> Result<Vec<Instance>> {
    let era = Era::of(client).await?;
    let mut request = era.request(Request::get, rest);
    for (name, value) in query(era) {
        request = request.query(name, value);
    }
    let request = request.flag("all_tenants", all_projects);
    if era < Era::Servers {
        return Ok(client.json::<Listed>(request).await?.instances);
    }
    let client = client.clone();
    let pager = Pager::new(move |marker| {
        let (client, request) = (client.clone(), request.clone());
        async move {
            let listed: Listed = client.json(request.query("marker", marker)).await?;
            // There is no link to a next page: the last one is empty.
            let next = listed.instances.last().map(|last| last.uuid.to_string());
            let items = listed.instances;
            Ok(Page { items, next })
        }
    });
    pager.collect().await
}

#[derive(Deserialize)]
struct Listed {
    #[serde(alias = "servers")]
    instances: Vec<Instance>,
}

/// Names separated by commas.
fn joined<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(",")
}

/// The names as the era has them, the id before them.
fn fields(era: Era, names: &str) -> String {
    let names = names.split(',').map(str::trim);
    let names = names.filter(|name| !matches!(*name, "" | "uuid"));
    joined(std::iter::once("uuid").chain(names.map(|name| era.member(name))))
}

/// Request of [`InstanceHandle::get`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct GetInstance {
    pub(super) instance: InstanceHandle,
    pub(super) fields: Option<String>,
}

impl GetInstance {
    /// These members only, by their names in any era. The id is always there.
    pub fn fields<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.fields = Some(joined(names));
        self
    }

    async fn send(self) -> Result<Instance> {
        let era = self.instance.era().await?;
        let wanted = self.fields.as_deref().map(|names| fields(era, names));
        let request = self.instance.request(era, Request::get, &[]);
        self.instance.json(request.query("fields", wanted)).await
    }
}

/// Request of [`Instances::find`](super::Instances::find).
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct FindInstance {
    pub(super) client: Client,
    pub(super) text: String,
}

impl FindInstance {
    /// All about the instance.
    pub async fn get(self) -> Result<Instance> {
        let client = self.client.clone();
        match self.look_up().await? {
            Found::Whole(instance) => Ok(*instance),
            Found::Listed(handle) => client.instance(handle.id()).get().await,
        }
    }

    async fn send(self) -> Result<InstanceHandle> {
        let client = self.client.clone();
        Ok(match self.look_up().await? {
            Found::Whole(instance) => client.instance(instance.uuid),
            Found::Listed(handle) => handle,
        })
    }

    async fn look_up(self) -> Result<Found> {
        let Self { client, text } = self;
        if is_uuid(&text) {
            match client.instance(text.as_str()).get().await {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                found => return found.map(|found| Found::Whole(Box::new(found))),
            }
        }
        let all = client.instances().list().await?;
        let mut named = all.into_iter().filter(|instance| instance.name == text);
        match (named.next(), named.next()) {
            (None, _) => Err(Error::not_found(format!("instance \"{text}\" not found"))),
            (Some(only), None) => Ok(Found::Listed(client.instance(only.uuid))),
            (Some(first), Some(second)) => {
                let all = [first, second].into_iter().chain(named);
                let candidates = all.map(|instance| {
                    let status = instance.status.as_ref().map(InstanceStatus::as_str);
                    Candidate::new(instance.uuid.as_str(), status.unwrap_or_default())
                });
                Err(Error::ambiguous("instance", &text, candidates.collect()))
            }
        }
    }
}

enum Found {
    Whole(Box<Instance>),
    Listed(InstanceHandle),
}

/// Request of [`InstanceHandle::update`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct UpdateInstance {
    pub(super) instance: InstanceHandle,
    pub(super) operations: Vec<PatchOp>,
    /// What becomes of the values of the user; those without a value are removed.
    pub(super) properties: Vec<(String, Option<String>)>,
}

impl UpdateInstance {
    /// Another name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.replace("/name", name.into())
    }

    /// Another description; an empty one removes it.
    pub fn description(self, text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            let path = "/description".to_owned();
            return self.operation(PatchOp::Remove { path });
        }
        self.replace("/description", text)
    }

    /// Sets a value of the user.
    ///
    /// A name with a blank, a dot or a colon cannot be addressed by itself: then all values are read
    /// and written back, and whoever changes them at the same moment is lost.
    pub fn property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.properties.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a value of the user.
    pub fn remove_property(mut self, name: impl Into<String>) -> Self {
        self.properties.push((name.into(), None));
        self
    }

    /// Any operation the service takes, before those of the values.
    pub fn operation(mut self, operation: PatchOp) -> Self {
        self.operations.push(operation);
        self
    }

    fn replace(self, path: &str, value: String) -> Self {
        let path = path.to_owned();
        let value = Value::String(value);
        self.operation(PatchOp::Replace { path, value })
    }

    fn check(&self) -> Result<()> {
        for operation in &self.operations {
            if let PatchOp::Replace { path, value } = operation
                && let (Some(what), Some(text)) = (path.strip_prefix('/'), value.as_str())
                && matches!(what, "name" | "description")
            {
                checked_text(&format!("the {what}"), text)?;
            }
        }
        let set = self.properties.iter();
        let mut set = set.filter_map(|(name, value)| Some((name, value.as_deref()?)));
        set.try_for_each(|(name, value)| check_property(name, value))
    }

    /// `all` are the values there are, where they are written as a whole.
    pub(super) fn request(&self, era: Era, all: Option<Map<String, Value>>) -> Request {
        let key = era.properties_key();
        let mut operations: Vec<Value> = self.operations.iter().map(encoded).collect();
        if let Some(mut all) = all {
            for (name, value) in &self.properties {
                match value {
                    Some(value) => drop(all.insert(name.clone(), value.as_str().into())),
                    None => drop(all.remove(name)),
                }
            }
            operations.push(json!({ "op": "add", "path": format!("/{key}"), "value": all }));
        } else {
            operations.extend(self.properties.iter().map(|(name, value)| {
                let path = format!("/{key}/{name}");
                match value {
                    // It replaces what is there, too.
                    Some(value) => json!({ "op": "add", "path": path, "value": value }),
                    None => json!({ "op": "remove", "path": path }),
                }
            }));
        }
        // The media type of patches is refused.
        let request = self.instance.request(era, Request::patch, &[]);
        request.json(Value::Array(operations))
    }

    async fn send(self) -> Result<Instance> {
        self.check()?;
        let era = self.instance.era().await?;
        let fits = |name: &str| {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            !name.is_empty() && name.chars().all(is_word)
        };
        let all = if self.properties.iter().all(|(name, _)| fits(name)) {
            None
        } else {
            let read = self.instance.get().fields([era.properties_key()]).await?;
            Some(read.properties().cloned().unwrap_or_default())
        };
        self.instance.json(self.request(era, all)).await
    }
}

fn encoded(operation: &PatchOp) -> Value {
    match operation {
        PatchOp::Add { path, value } => json!({ "op": "add", "path": path, "value": value }),
        PatchOp::Replace { path, value } => {
            json!({ "op": "replace", "path": path, "value": value })
        }
        PatchOp::Remove { path } => json!({ "op": "remove", "path": path }),
    }
}

/// Request of [`InstanceHandle::rebuild`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct RebuildInstance {
    pub(super) instance: InstanceHandle,
    pub(super) image: Option<String>,
    pub(super) preserve_ephemeral: bool,
}

impl RebuildInstance {
    /// Writes this image in place of the one it was made of; for [`Era::Servers`].
    pub fn image(mut self, id: impl Into<String>) -> Self {
        self.image = Some(id.into());
        self
    }

    /// Leaves the ephemeral partition as it is; for [`Era::Servers`].
    pub fn preserve_ephemeral(mut self, preserve: bool) -> Self {
        self.preserve_ephemeral = preserve;
        self
    }

    pub(super) fn request(&self, era: Era) -> Result<Request> {
        era.needs(Era::Instances, "rebuild instances")?;
        let mut body = json!({ "target": "rebuild" });
        if let Some(image) = &self.image {
            era.needs(Era::Servers, "rebuild an instance with another image")?;
            body["image_uuid"] = checked_uuid("the image", image)?.into();
        }
        if self.preserve_ephemeral {
            era.needs(Era::Servers, "preserve the ephemeral partition")?;
            body["preserve_ephemeral"] = true.into();
        }
        let path = ["states", "provision"];
        Ok(self.instance.request(era, Request::put, &path).json(body))
    }

    async fn send(self) -> Result<()> {
        let era = self.instance.era().await?;
        self.instance.unit(self.request(era)?).await
    }
}

awaitable! {
    ListInstances => Vec<Instance>,
    ListInstanceDetails => Vec<Instance>,
    GetInstance => Instance,
    FindInstance => InstanceHandle,
    UpdateInstance => Instance,
    RebuildInstance => (),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Body;

    const ID: &str = "7bf27e42-23ee-4e8a-a8a5-ddfd67c3e777";

    fn instance() -> InstanceHandle {
        let client = Client::builder().endpoint("http://127.0.0.1:1").token("t");
        client.build().unwrap().instance(ID)
    }

    fn body(request: &Request) -> Value {
        match &request.body {
            Body::Json(json) => json.clone(),
            _ => Value::Null,
        }
    }

    #[test]
    fn the_id_is_asked_for_whatever_else_is() {
        assert_eq!(fields(Era::Nimble, "name,status"), "uuid,name,status");
        assert_eq!(fields(Era::Servers, "extra, uuid,,"), "uuid,metadata");
    }

    #[test]
    fn values_are_addressed_one_by_one_where_that_goes() {
        let update = instance().update().name("b").property("k", "v");
        let update = update.remove_property("old");
        assert_eq!(
            body(&update.request(Era::Servers, None)),
            json!([{ "op": "replace", "path": "/name", "value": "b" },
                { "op": "add", "path": "/metadata/k", "value": "v" },
                { "op": "remove", "path": "/metadata/old" }])
        );
        let all = json!({ "old": "1", "My Key": "2" });
        let request = update.request(Era::Nimble, all.as_object().cloned());
        assert_eq!(
            body(&request)[1],
            json!({ "op": "add", "path": "/extra", "value": { "My Key": "2", "k": "v" } })
        );
    }

    #[test]
    fn a_description_is_removed_by_an_empty_one() {
        let request = instance()
            .update()
            .description("")
            .request(Era::Nimble, None);
        assert_eq!(
            body(&request),
            json!([{ "op": "remove", "path": "/description" }])
        );
        let long = instance().update().description("x".repeat(256));
        assert!(long.check().is_err() && instance().update().name("").check().is_err());
        assert!(instance().update().property("a/b", "").check().is_err());
    }

    #[test]
    fn rebuilding_says_what_the_era_lacks() {
        let kind =
            |rebuild: RebuildInstance, era| rebuild.request(era).map_err(|error| error.kind());
        let plain = instance().rebuild();
        assert_eq!(
            kind(plain.clone(), Era::Nimble).err(),
            Some(ErrorKind::Unsupported)
        );
        assert!(plain.request(Era::Instances).is_ok());
        let image = plain.clone().image(ID);
        assert_eq!(
            kind(image.clone(), Era::Instances).err(),
            Some(ErrorKind::Unsupported)
        );
        let whole = image.preserve_ephemeral(true).request(Era::Servers);
        assert_eq!(
            body(&whole.unwrap()),
            json!({ "target": "rebuild", "image_uuid": ID, "preserve_ephemeral": true })
        );
        assert_eq!(
            kind(plain.image("ubuntu"), Era::Servers).err(),
            Some(ErrorKind::Invalid)
        );
    }
}
