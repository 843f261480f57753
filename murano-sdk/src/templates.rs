//! Environment templates: environments to be, with their applications.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    client::Client,
    error::{Candidate, Error, ErrorKind, Result},
    id::{EnvironmentId, ProjectId, SessionId, TemplateId, looks_like_id},
    model, outcome,
    request::{Request, awaitable},
    time::Timestamp,
};

/// An environment template. Lists and renamings do not say which applications it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Template {
    /// Identifier.
    pub id: TemplateId,
    /// Name, unique in the project.
    pub name: String,
    /// Project that owns it.
    pub tenant_id: ProjectId,
    /// Always 0.
    #[serde(default)]
    pub version: i64,
    /// Free text.
    #[serde(default, deserialize_with = "crate::lenient::text")]
    pub description_text: String,
    /// Whether other projects see it. Beware: they can change and delete it, too.
    #[serde(default)]
    pub is_public: bool,
    /// When it was created; of a clone, when its source was.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Object models of its applications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<Value>>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The environment made from a template. Its applications are in the session until that is deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreatedEnvironment {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// The open session that has the applications.
    pub session_id: SessionId,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Which templates to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Visibility {
    /// Those of the project and the public ones of all.
    #[default]
    All,
    /// The public ones of all projects.
    Public,
    /// The private ones of the project.
    Private,
}

/// The environment templates a project sees.
///
/// ```
/// # use murano_sdk::{Client, model::Application};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let made = murano.templates().create("shop").await?;
/// let shop = murano.template(&made.id);
/// shop.services().add(&Application::new("com.example.Shop").build()).await?;
/// let born = shop.create_environment("shop-1").await?;
/// let session = murano.environment(&born.environment_id).session(&born.session_id);
/// assert_eq!(session.assume_open().services().list().await?.len(), 1);
/// assert_eq!(murano.templates().look_up("shop").await?.id, made.id);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Templates {
    client: Client,
}

impl Templates {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists templates: `GET /templates`.
    pub async fn list(&self, visibility: Visibility) -> Result<Vec<Template>> {
        #[derive(Deserialize)]
        struct Answer {
            templates: Vec<Template>,
        }
        let word = match visibility {
            Visibility::All => None,
            Visibility::Public => Some("true"),
            Visibility::Private => Some("false"),
        };
        let request = Request::get(&["templates"]).query("is_public", word);
        Ok(self.client.json::<Answer>(request).await?.templates)
    }

    /// Creates a template: `POST /templates`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] where the project has one of this name.
    pub fn create(&self, name: impl Into<String>) -> CreateTemplate {
        CreateTemplate {
            client: self.client.clone(),
            body: Map::from_iter([("name".to_owned(), Value::String(name.into()))]),
        }
    }

    /// Finds one template by name or id. Where both the project and others have one of the name,
    /// the project's own is meant.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Ambiguous`].
    pub async fn find(&self, name_or_id: &str) -> Result<Template> {
        if let Some(found) = self.by_id(name_or_id).await? {
            return Ok(found);
        }
        let listed = self.by_name(name_or_id).await?;
        self.client.template(&listed.id).get().await
    }

    /// Finds one like [`find`](Self::find), with a call less for a name: as lists tell of it, without its applications.
    ///
    /// # Errors
    ///
    /// Those of [`find`](Self::find).
    pub async fn look_up(&self, name_or_id: &str) -> Result<Template> {
        match self.by_id(name_or_id).await? {
            Some(found) => Ok(found),
            None => self.by_name(name_or_id).await,
        }
    }

    async fn by_id(&self, text: &str) -> Result<Option<Template>> {
        if !looks_like_id(text) {
            return Ok(None);
        }
        match self.client.template(text).get().await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    async fn by_name(&self, name: &str) -> Result<Template> {
        let mut fits = self.list(Visibility::All).await?;
        fits.retain(|template| template.name == name);
        if fits.len() > 1
            && let Some(project) = self.client.project_id().await?
            && fits.iter().any(|template| template.tenant_id == project)
        {
            fits.retain(|template| template.tenant_id == project);
        }
        if fits.len() > 1 {
            let label = |t: &Template| format!("{} of project {}", t.name, t.tenant_id);
            let all = fits.iter().map(|t| Candidate::new(t.id.as_str(), label(t)));
            return Err(Error::ambiguous("template", name, all.collect()));
        }
        fits.pop()
            .ok_or_else(|| Error::not_found(format!("template \"{name}\" not found")))
    }
}

/// Request of [`Templates::create`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct CreateTemplate {
    client: Client,
    body: Map<String, Value>,
}

impl CreateTemplate {
    /// Free text.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.member("description_text", text.into().into())
    }

    /// Shows it to all projects, who can then change and delete it, too.
    pub fn public(self, public: bool) -> Self {
        self.member("is_public", public.into())
    }

    /// Object models of its applications.
    pub fn services(self, applications: Vec<Value>) -> Self {
        self.member("services", applications.into())
    }

    fn member(mut self, key: &str, value: Value) -> Self {
        self.body.insert(key.to_owned(), value);
        self
    }

    async fn send(self) -> Result<Template> {
        if let Some(Value::Array(applications)) = self.body.get("services") {
            applications.iter().try_for_each(model::check_application)?;
        }
        let create = Request::post(&["templates"]).json(Value::Object(self.body));
        outcome::named(&self.client, create, Request::get(&["templates"])).await
    }
}

/// One template, by its id.
///
/// ```
/// # use murano_sdk::{Client, model::Application, templates::Visibility};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// let create = murano.templates().create("shop").description("a shop").public(true);
/// let made = create.services(vec![Application::new("com.example.Shop").build()]).await?;
/// let shop = murano.template(&made.id);
/// let copy = shop.clone_as("shop-2", false).await?;
/// assert_eq!(murano.templates().list(Visibility::Private).await?[0].id, copy.id);
/// shop.update("old shop").description("closed").public(false).await?;
/// assert_eq!(murano.templates().find("old shop").await?, shop.get().await?);
/// let born = shop.create_environment("shop-1").region("RegionOne").await?;
/// shop.delete().await?;
/// assert!(murano.template(shop.id()).get().await.is_err());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct TemplateHandle {
    client: Client,
    id: TemplateId,
}

impl TemplateHandle {
    pub(crate) fn new(client: Client, id: TemplateId) -> Self {
        Self { client, id }
    }

    /// The template's id.
    pub fn id(&self) -> &TemplateId {
        &self.id
    }

    /// Reads it with its applications: `GET /templates/{t}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Forbidden`] for a private template of another project.
    pub async fn get(&self) -> Result<Template> {
        self.client.json(Request::get(&self.path(&[]))).await
    }

    /// Changes its name, and what else is set: `PUT /templates/{t}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] where the project has one of this name.
    pub fn update(&self, name: impl Into<String>) -> UpdateTemplate {
        UpdateTemplate {
            template: self.clone(),
            body: Map::from_iter([("name".to_owned(), Value::String(name.into()))]),
        }
    }

    /// Removes it: `DELETE /templates/{t}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Forbidden`] for a private template of another project. A
    /// public one can be deleted by everybody.
    pub async fn delete(&self) -> Result<()> {
        self.client.unit(Request::delete(&self.path(&[]))).await
    }

    /// Copies a public template into the project: `POST /templates/{t}/clone`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] for a template that is not public, even the project's own.
    pub async fn clone_as(&self, name: &str, public: bool) -> Result<Template> {
        let body = json!({ "name": name, "is_public": public });
        // A copy has the time of its original, so that nobody could tell whether it is new.
        self.client
            .json(Request::post(&self.path(&["clone"])).json(body))
            .await
    }

    /// Makes an environment with its applications in an open session:
    /// `POST /templates/{t}/create-environment`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] where the project has an environment of this name.
    pub fn create_environment(&self, name: impl Into<String>) -> CreateFromTemplate {
        CreateFromTemplate {
            template: self.clone(),
            body: Map::from_iter([("name".to_owned(), Value::String(name.into()))]),
        }
    }

    /// Its applications.
    ///
    /// # Errors
    ///
    /// Their calls give [`ErrorKind::Forbidden`] for the template of another project, a public one too.
    pub fn services(&self) -> TemplateServices {
        TemplateServices {
            template: self.clone(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        let mut path = vec!["templates", self.id.as_str()];
        path.extend(rest);
        path
    }
}

/// Request of [`TemplateHandle::update`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct UpdateTemplate {
    template: TemplateHandle,
    body: Map<String, Value>,
}

impl UpdateTemplate {
    /// Free text.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.body
            .insert("description_text".to_owned(), text.into().into());
        self
    }

    /// Shows it to all projects, or to them no longer.
    pub fn public(mut self, public: bool) -> Self {
        self.body.insert("is_public".to_owned(), public.into());
        self
    }

    async fn send(self) -> Result<Template> {
        let request = Request::put(&self.template.path(&[])).json(Value::Object(self.body));
        self.template.client.json(request).await
    }
}

/// Request of [`TemplateHandle::create_environment`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct CreateFromTemplate {
    template: TemplateHandle,
    body: Map<String, Value>,
}

impl CreateFromTemplate {
    /// Region of the cloud to deploy to.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.body.insert("region".to_owned(), region.into().into());
        self
    }

    async fn send(self) -> Result<CreatedEnvironment> {
        let path = self.template.path(&["create-environment"]);
        self.template
            .client
            .json(Request::post(&path).json(Value::Object(self.body)))
            .await
    }
}

/// The applications of a template. Only its own project may touch them.
///
/// ```
/// # use murano_sdk::{Client, model::Application};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let services = murano.template(murano.templates().create("shop").await?.id).services();
/// let [till, desk] = ["till", "desk"].map(|id| Application::new("com.example.Shop").id(id).build());
/// services.add(&till).await?;
/// services.add_many(&[desk.clone()]).await?;
/// assert_eq!(services.get("desk/?/id").await?, "desk");
/// services.put_first("till", &till).await?;
/// services.replace("till", &till).await?;
/// assert_eq!(services.list().await?, [desk, till]);
/// services.remove("till").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct TemplateServices {
    template: TemplateHandle,
}

impl TemplateServices {
    /// All applications: `GET /templates/{t}/services`.
    pub async fn list(&self) -> Result<Vec<Value>> {
        let request = Request::get(&self.template.path(&["services"]));
        Ok(self
            .template
            .client
            .json::<Option<Vec<Value>>>(request)
            .await?
            .unwrap_or_default())
    }

    /// One application or a part of it: `GET /templates/{t}/services/{path}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where the path leads nowhere; the server's text then speaks of the
    /// template.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let mut request = Request::get(&self.template.path(&["services"]));
        request.path.extend(path);
        self.template.client.json(request).await
    }

    /// Adds one application: `POST /templates/{t}/services`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an object without id or type, which the server would store.
    pub async fn add(&self, application: &Value) -> Result<Value> {
        model::check_application(application)?;
        self.post(application, std::slice::from_ref(application))
            .await
    }

    /// Adds several applications at once.
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn add_many(&self, applications: &[Value]) -> Result<Value> {
        if applications.is_empty() {
            return Ok(Value::Array(Vec::new()));
        }
        applications.iter().try_for_each(model::check_application)?;
        let body = Value::Array(applications.to_vec());
        self.post(&body, applications).await
    }

    /// Puts an application in the place of the first one: `PUT /templates/{t}/services/{id}`. The
    /// server replaces the first one whatever id is given, so this refuses any other.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`] where `id` is not the first application's: use
    /// [`replace`](Self::replace).
    pub async fn put_first(&self, id: &str, application: &Value) -> Result<Value> {
        model::check_application(application)?;
        let all = self.list().await?;
        if all.first().and_then(model::object_id) != Some(id) {
            let text = format!("application {id} is not the first of the template");
            return Err(Error::new(ErrorKind::State, text));
        }
        let request = Request::put(&self.template.path(&["services", id]));
        self.template
            .client
            .json(request.json(application.clone()))
            .await
    }

    /// Puts an application in the place of any other: the old one is removed and the new one added
    /// at the end, because the server cannot replace by id.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no application `id`.
    pub async fn replace(&self, id: &str, application: &Value) -> Result<Value> {
        model::check_application(application)?;
        let old = self.one(id).await?;
        self.remove(id).await?;
        let added = self.add(application).await;
        if added.is_err() {
            // The old one must not be lost with the new one, whatever it looks like. What is told is
            // why the new one was refused.
            let _ = self.post(&old, std::slice::from_ref(&old)).await;
        }
        added
    }

    /// Removes an application and returns what is left of the template:
    /// `DELETE /templates/{t}/services/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no application `id`.
    pub async fn remove(&self, id: &str) -> Result<Value> {
        let request = Request::delete(&self.template.path(&["services", id]));
        self.template.client.json(request).await
    }

    async fn one(&self, id: &str) -> Result<Value> {
        let all = self.list().await?;
        all.into_iter()
            .find(|app| model::object_id(app) == Some(id))
            .ok_or_else(|| Error::not_found(format!("the template has no application \"{id}\"")))
    }

    async fn post(&self, body: &Value, applications: &[Value]) -> Result<Value> {
        let request = Request::post(&self.template.path(&["services"])).json(body.clone());
        let look = |_| async {
            let there = self.list().await?;
            Ok(model::are_all_in(applications, &there).then(|| body.clone()))
        };
        outcome::known(|| self.template.client.json(request.clone()), look).await
    }
}

awaitable! {
    CreateTemplate => Template,
    UpdateTemplate => Template,
    CreateFromTemplate => CreatedEnvironment,
}
