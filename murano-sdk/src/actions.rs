//! Actions: public methods of deployed objects, and static methods of classes.

mod file;

use std::time::Duration;

pub use file::ResultFile;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    client::Client,
    deployments::DeploymentHandle,
    environments::EnvironmentHandle,
    error::{Candidate, Error, ErrorKind, Result},
    id::DeploymentId,
    model,
    request::{Request, awaitable},
    wait::{self, Look, Patience, Watch},
};

/// An action that a deployed object offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Action {
    /// Identifier, `<object id>_<method>`.
    pub id: String,
    /// Name of the method.
    pub name: String,
    /// Title for people.
    #[serde(default)]
    pub title: String,
    /// Whether it can be called now.
    #[serde(default)]
    pub enabled: bool,
    /// Object that offers it.
    pub object_id: String,
    /// Class of the object.
    #[serde(default)]
    pub object_class: Option<String>,
    /// Name of the object for people.
    #[serde(default)]
    pub object_name: Option<String>,
    /// Members the server adds (`description`, `helpText`).
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Action {
    /// Refuses an action that cannot be called now. The server refuses it too, but leaves a session
    /// open.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::State`].
    ///
    /// ```
    /// let model = serde_json::json!({ "?": { "id": "a", "_actions": { "a_x": { "enabled": false } } } });
    /// assert!(murano_sdk::actions::in_model(&model)[0].check_enabled().is_err());
    /// ```
    pub fn check_enabled(&self) -> Result<()> {
        if self.enabled {
            return Ok(());
        }
        let text = format!("action \"{}\" is disabled", self.id);
        Err(Error::new(ErrorKind::State, text))
    }
}

/// All actions in an object model, in the order of the model.
///
/// ```
/// let model = serde_json::json!({ "?": { "id": "a", "_actions": { "a_stop": { "enabled": true } } } });
/// let found = murano_sdk::actions::in_model(&model);
/// assert_eq!((&*found[0].id, &*found[0].name), ("a_stop", "stop"));
/// ```
pub fn in_model(model: &Value) -> Vec<Action> {
    let mut found = Vec::new();
    collect(model, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<Action>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            let actions = members.get("?").and_then(|system| system.get("_actions"));
            if let (Some(Value::Object(actions)), Some(object)) = (actions, model::object_id(value))
            {
                for (id, description) in actions {
                    found.extend(action(value, object, id, description));
                }
            }
            for (_, member) in members.iter().filter(|(name, _)| *name != "?") {
                collect(member, found);
            }
        }
        _ => {}
    }
}

fn action(owner: &Value, object: &str, id: &str, description: &Value) -> Option<Action> {
    let mut extra = description.as_object()?.clone();
    let text = |value: Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
    let name = text(extra.remove("name"))
        .or_else(|| Some(id.strip_prefix(object)?.strip_prefix('_')?.to_owned()))?;
    Some(Action {
        id: id.to_owned(),
        title: text(extra.remove("title")).unwrap_or_else(|| name.clone()),
        enabled: extra
            .remove("enabled")
            .and_then(|value| value.as_bool())
            .unwrap_or(true),
        name,
        object_id: object.to_owned(),
        object_class: model::object_class(owner).map(str::to_owned),
        object_name: model::object_name(owner).map(str::to_owned),
        extra,
    })
}

/// The actions of an environment.
///
/// ```
/// # use std::time::Duration;
/// # use murano_sdk::{Client, environments::Goal};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(Duration::ZERO).start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # let shop = murano.environment(murano.environments().create("shop").await?.id);
/// # shop.open_session().await?.deploy().await?.wait().interval(Duration::from_millis(5)).await?;
/// let deploy = shop.actions().find("deploy").await?;
/// let task = shop.actions().call(&deploy.id).await?;
/// let result = task.wait().interval(Duration::from_millis(5)).await?;
/// assert!(result.is_null());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Actions {
    env: EnvironmentHandle,
}

impl Actions {
    pub(crate) fn new(env: EnvironmentHandle) -> Self {
        Self { env }
    }

    /// Those of the environment and of everything in it, out of its object model.
    pub async fn list(&self) -> Result<Vec<Action>> {
        Ok(in_model(&self.env.model().await?))
    }

    /// Finds an action by its id, its name, its title, or `object.name`, where the object is
    /// given by id, name or class.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::Ambiguous`] where several objects offer it.
    pub async fn find(&self, text: &str) -> Result<Action> {
        let all = self.list().await?;
        let tests: [&dyn Fn(&Action) -> bool; 3] = [
            &|action| action.id == text,
            &|action| action.name == text || action.title == text,
            &|action| is_of_object(action, text),
        ];
        for fits in tests {
            let found: Vec<&Action> = all.iter().filter(|action| fits(action)).collect();
            match found.as_slice() {
                [] => {}
                [only] => return Ok((*only).clone()),
                several => {
                    let label = |action: &&Action| {
                        let class = action.object_class.as_deref().unwrap_or("object");
                        let name = action.object_name.as_deref().unwrap_or(&action.object_id);
                        Candidate::new(&*action.id, format!("{} of {class} {name}", action.name))
                    };
                    let candidates = several.iter().map(label).collect();
                    return Err(Error::ambiguous("action", text, candidates));
                }
            }
        }
        let text = format!(
            "action \"{text}\" not found: actions appear when the environment has been deployed"
        );
        Err(Error::not_found(text))
    }

    /// Starts an action: `POST /environments/{e}/actions/{action}`. The answer comes at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] while the environment is deploying; [`ErrorKind::NotFound`] for an
    /// unknown id, which leaves a session open on the server: find the action first.
    pub fn call(&self, id: impl Into<String>) -> CallAction {
        CallAction {
            env: self.env.clone(),
            id: id.into(),
            arguments: Map::new(),
        }
    }

    /// A task that was started before. Nothing is sent.
    pub fn task(&self, id: impl Into<DeploymentId>) -> Task {
        Task {
            env: self.env.clone(),
            id: id.into(),
        }
    }
}

fn is_of_object(action: &Action, text: &str) -> bool {
    let Some(object) = text
        .strip_suffix(&action.name)
        .and_then(|rest| rest.strip_suffix('.'))
    else {
        return false;
    };
    object == action.object_id
        || action.object_name.as_deref() == Some(object)
        || action.object_class.as_deref() == Some(object)
}

/// Request of [`Actions::call`].
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct CallAction {
    env: EnvironmentHandle,
    id: String,
    arguments: Map<String, Value>,
}

impl CallAction {
    /// Gives an argument.
    pub fn argument(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.arguments.insert(name.into(), value.into());
        self
    }

    /// Gives all arguments.
    pub fn arguments(mut self, arguments: Map<String, Value>) -> Self {
        self.arguments = arguments;
        self
    }

    fn request(&self) -> Request {
        let request = Request::post(&self.env.path(&["actions", &self.id]));
        request.json(Value::Object(self.arguments.clone()))
    }

    async fn send(self) -> Result<Task> {
        #[derive(Deserialize)]
        struct Answer {
            task_id: DeploymentId,
        }
        let answer: Answer = self.env.client().json(self.request()).await?;
        Ok(Task {
            env: self.env,
            id: answer.task_id,
        })
    }
}

/// What became of an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// What the method returned, or the exception: `message` and `details`.
    #[serde(default)]
    pub result: Value,
    /// Whether it threw.
    #[serde(rename = "isException")]
    pub is_exception: bool,
}

/// A running or finished action. It is a deployment, too: its reports are under the same id.
///
/// ```
/// # use murano_sdk::{Client, archive::PackageFile, model::Application};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::builder().deploy_time(std::time::Duration::ZERO).start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # use std::time::Duration;
/// # let file = PackageFile::open("../tests/data/packages/greeter")?;
/// # murano.packages().upload(&file).await?;
/// # let greeter = murano.environment(murano.environments().create("greeter").await?.id);
/// # let session = greeter.open_session().await?;
/// # session.services().add(&Application::new("com.example.Greeter").set("name", "Ann").build()).await?;
/// # session.deploy().await?.wait().interval(Duration::from_millis(5)).await?;
/// assert_eq!(greeter.actions().list().await?.iter().filter(|action| action.name == "echo").count(), 1);
/// let echo = greeter.actions().find("Ann.echo").await?;
/// let task = greeter.actions().call(&echo.id).argument("text", "hello").await?;
/// task.wait().interval(Duration::from_millis(5)).timeout(Duration::from_secs(60)).await?;
/// let same = greeter.actions().task(task.id());
/// assert_eq!(same.result().await?, Some("hello".into()));
/// assert!(!same.outcome().await?.unwrap().is_exception);
/// assert_eq!(same.deployment().get().await?.action.unwrap().method.as_deref(), Some("echo"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Task {
    env: EnvironmentHandle,
    id: DeploymentId,
}

impl Task {
    /// The task's id.
    pub fn id(&self) -> &DeploymentId {
        &self.id
    }

    /// The same as a deployment, for its reports.
    pub fn deployment(&self) -> DeploymentHandle {
        self.env.deployment(&self.id)
    }

    /// The result, `None` while it runs: `GET /environments/{e}/actions/{task}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DeploymentFailed`] where the action threw, with its message.
    pub async fn result(&self) -> Result<Option<Value>> {
        match self.outcome().await? {
            Some(outcome) if outcome.is_exception => {
                let told = outcome.result.get("message").and_then(Value::as_str);
                let told = crate::fault::one_line(told.unwrap_or("the engine does not say why"));
                let text = format!("the action failed: {told}");
                Err(Error::new(ErrorKind::DeploymentFailed, text))
            }
            outcome => Ok(outcome.map(|outcome| outcome.result)),
        }
    }

    /// What became of it, thrown or returned, `None` while it runs: `GET /environments/{e}/actions/{task}`.
    pub async fn outcome(&self) -> Result<Option<Outcome>> {
        let request = Request::get(&self.env.path(&["actions", self.id.as_str()]));
        let answer: Option<Value> = self.env.client().json(request).await?;
        // An action that runs has an answer without members.
        Ok(answer.and_then(|answer| serde_json::from_value(answer).ok()))
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// Those of [`result`](Self::result); [`ErrorKind::Timeout`].
    pub fn wait(&self) -> WaitTask {
        WaitTask {
            task: self.clone(),
            patience: Patience::default(),
        }
    }
}

/// Request of [`Task::wait`].
#[derive(Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct WaitTask {
    task: Task,
    patience: Patience,
}

impl WaitTask {
    /// Gives up after this time; 30 minutes by default. The action goes on.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.patience.timeout = limit;
        self
    }

    /// Looks at this pace; by default the pauses grow from 1 s to 15 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.patience.interval(interval);
        self
    }

    async fn send(mut self) -> Result<Value> {
        let patience = self.patience;
        wait::until("the action has not ended", patience, &mut self).await
    }
}

impl Watch for WaitTask {
    type Output = Value;

    async fn look(&mut self) -> Result<Look<Value>> {
        Ok(self.task.result().await?.map_or(Look::Continue, Look::Done))
    }
}

/// Request of [`Client::call_static`].
///
/// ```
/// # use murano_sdk::{Client, archive::PackageFile};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = murano_sandbox::Sandbox::start().await?;
/// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
/// # use serde_json::json;
/// # let file = PackageFile::open("../tests/data/packages/greeter")?;
/// # murano.packages().upload(&file).await?;
/// let call = murano.call_static("com.example.Greeter", "crowd").package("com.example.Greeter");
/// let people = json!({ "people": 3 }).as_object().cloned().unwrap();
/// let crowd = call.version("=0.3.1").arguments(people).await?;
/// assert_eq!(crowd[0]["name"], "everybody");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "requests do nothing until awaited"]
pub struct CallStatic {
    client: Client,
    body: Map<String, Value>,
}

impl Client {
    /// Calls a static method of a class and waits for its value: `POST /actions`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] for an unknown class or method; [`ErrorKind::Rejected`] for
    /// arguments that break a contract; [`ErrorKind::Server`] where the method threw;
    /// [`ErrorKind::Timeout`] where it took more than the 15 s the server waits, although it may
    /// go on.
    pub fn call_static(&self, class: impl Into<String>, method: impl Into<String>) -> CallStatic {
        let body =
            json!({ "className": class.into(), "methodName": method.into(), "parameters": {} });
        let body = body.as_object().cloned().unwrap_or_default();
        CallStatic {
            client: self.clone(),
            body,
        }
    }
}

impl CallStatic {
    /// Gives all arguments.
    pub fn arguments(self, arguments: Map<String, Value>) -> Self {
        self.member("parameters", Value::Object(arguments))
    }

    /// Version or range of versions of the class; version 0 without it.
    pub fn version(self, range: impl Into<String>) -> Self {
        self.member("classVersion", Value::String(range.into()))
    }

    /// Fully qualified name of the package that has the class.
    pub fn package(self, name: impl Into<String>) -> Self {
        self.member("packageName", Value::String(name.into()))
    }

    fn member(mut self, key: &str, value: Value) -> Self {
        self.body.insert(key.to_owned(), value);
        self
    }

    async fn send(self) -> Result<Value> {
        self.client
            .json(Request::post(&["actions"]).json(Value::Object(self.body)))
            .await
    }
}

awaitable! {
    CallAction => Task,
    WaitTask => Value,
    CallStatic => Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_found_at_any_depth() {
        let model = json!({
            "?": { "id": "e", "type": "io.murano.Environment", "_actions": { "e_deploy": { "name": "deploy", "title": "Deploy", "enabled": true } } },
            "services": [{
                "?": { "id": "a", "type": "c.Shop/1.0.0@c.Shop", "name": "shop", "_actions": {} },
                "instance": { "?": { "id": "i", "type": "c.Vm", "_actions": { "i_stop": { "enabled": false, "helpText": "?" } } } },
            }],
        });
        let found = in_model(&model);
        let ids: Vec<_> = found
            .iter()
            .map(|action| (action.id.as_str(), action.name.as_str(), action.enabled))
            .collect();
        assert_eq!(
            ids,
            [("e_deploy", "deploy", true), ("i_stop", "stop", false)]
        );
        assert!(is_of_object(&found[1], "c.Vm.stop") && is_of_object(&found[1], "i.stop"));
        assert!(!is_of_object(&found[1], "c.Shop.stop"));
    }
}
