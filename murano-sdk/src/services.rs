//! The applications of an environment, which the API calls services.

use serde_json::Value;

use crate::{
    environments::EnvironmentHandle,
    error::{Error, Result},
    id::SessionId,
    model, outcome,
    request::Request,
};

/// The applications of an environment, as deployed or as a session has them.
///
/// They are free-form object models ([`Value`]); the `?` member holds id and class.
///
/// ```
/// # use murano_sdk::{Client, model::Application};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let shop = murano.environment(murano.environments().create("shop").await?.id);
/// # let session = shop.open_session().await?;
/// let services = session.services();
/// let [till, desk] = ["till", "desk"].map(|id| Application::new("com.example.Shop").id(id).build());
/// services.add(&till).await?;
/// services.add_many(&[desk.clone()]).await?;
/// services.set("till", "port", 80.into()).await?;
/// assert_eq!(services.get("till/port").await?, 80);
/// services.remove("till").await?;
/// assert_eq!(services.list().await?.len(), 1);
/// services.replace(&[till, desk]).await?;
/// services.clear().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Services {
    env: EnvironmentHandle,
    session: Option<SessionId>,
}

impl Services {
    pub(crate) fn new(env: EnvironmentHandle, session: Option<SessionId>) -> Self {
        Self { env, session }
    }

    /// All applications: `GET /environments/{e}/services`. Each has a `status` below `?`, which the
    /// server computes.
    pub async fn list(&self) -> Result<Vec<Value>> {
        let services: Option<Vec<Value>> = self.env.client().json(self.request("")).await?;
        Ok(services.unwrap_or_default())
    }

    /// One application or a part of it: `GET /environments/{e}/services/{path}`, such as
    /// `<application id>/instance/flavor`. Null where the application is unknown.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for a path below what is not there.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.env.client().json(self.request(path)).await
    }

    fn request(&self, path: &str) -> Request {
        let mut request =
            Request::get(&self.env.path(&["services"])).session(self.session.as_ref());
        request.path.extend(path);
        request
    }

    /// Adds one application: `POST /environments/{e}/services`. Through a session only.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an object without id or type, which
    /// would make the environment unreadable; [`ErrorKind::State`](crate::ErrorKind::State) where
    /// the session was overtaken by another one or is being deployed.
    pub async fn add(&self, application: &Value) -> Result<Value> {
        model::check_application(application)?;
        let request = Request::post(&self.path()).json(application.clone());
        let look = |_| self.added(std::slice::from_ref(application), application);
        outcome::known(|| self.write(request.clone()), look).await
    }

    /// What a lost call has added: all of them, or nothing.
    async fn added(&self, applications: &[Value], body: &Value) -> Result<Option<Value>> {
        let there = self.list().await?;
        Ok(model::are_all_in(applications, &there).then(|| body.clone()))
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
        let request = Request::post(&self.path()).json(body.clone());
        let look = |_| self.added(applications, &body);
        outcome::known(|| self.write(request.clone()), look).await
    }

    /// Replaces all applications: `PUT /environments/{e}/services`. The server cannot replace a
    /// single one.
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn replace(&self, applications: &[Value]) -> Result<Value> {
        applications.iter().try_for_each(model::check_application)?;
        let applications = applications
            .iter()
            .cloned()
            .map(model::without_status)
            .collect();
        self.write(Request::put(&self.path()).json(Value::Array(applications)))
            .await
    }

    /// Sets one member of an application: `PUT /environments/{e}/services/{id}/{path}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty path;
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) or [`Rejected`](crate::ErrorKind::Rejected)
    /// where the parent of the member is not there; otherwise those of [`add`](Self::add).
    pub async fn set(&self, id: &str, path: &str, value: Value) -> Result<Value> {
        if path.split('/').all(str::is_empty) {
            return Err(Error::invalid("the path of the member to set is empty"));
        }
        let mut request = Request::put(&self.env.path(&["services", id])).json(value);
        request.path.extend(path);
        self.write(request).await
    }

    /// Removes an application by its id: `DELETE /environments/{e}/services/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is no application `id`; otherwise
    /// those of [`add`](Self::add).
    pub async fn remove(&self, id: &str) -> Result<()> {
        let request = Request::delete(&self.env.path(&["services", id]));
        self.env
            .client()
            .unit(request.session(self.session.as_ref()))
            .await
    }

    /// Removes all applications: `DELETE /environments/{e}/services`. Through a session only.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where nothing was ever added; otherwise
    /// those of [`add`](Self::add).
    pub async fn clear(&self) -> Result<()> {
        let request = Request::delete(&self.path());
        self.env
            .client()
            .unit(request.session(self.session.as_ref()))
            .await
    }

    async fn write(&self, request: Request) -> Result<Value> {
        self.env
            .client()
            .json(request.session(self.session.as_ref()))
            .await
    }

    fn path(&self) -> Vec<&str> {
        self.env.path(&["services"])
    }
}
