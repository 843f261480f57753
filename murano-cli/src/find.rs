//! Arguments that are a name or an id.

use murano_sdk::{
    ErrorKind,
    categories::Category,
    environments::{Environment, EnvironmentHandle},
    instances::{Flavor, Instance, InstanceHandle},
    model::{object_class, object_id, object_name},
    packages::{Package, PackageHandle},
    templates::{Template, TemplateHandle},
};
use serde_json::Value;

use crate::{
    cx::Cx,
    report::{Failure, OrHint as _, hinted},
};

/// What is looked for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Environment,
    Template,
    Category,
    Package,
    Instance,
    Action,
}

/// Keeps the name for completion, or no longer where nothing has it. What is missing is told with a hint, or
/// in the old client's words where it was called by an old name.
pub(crate) fn found<T>(
    cx: &Cx,
    (kind, text): (Kind, &str),
    found: murano_sdk::Result<T>,
    hint: impl FnOnce() -> String,
) -> anyhow::Result<T> {
    let plain = text.replace('-', "");
    let is_id = plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit());
    match &found {
        Ok(_) if !is_id && kind != Kind::Action => cx.names().add(kind, &[text]),
        Err(error) if error.kind() == ErrorKind::NotFound => cx.names().remove(kind, text),
        _ => {}
    }
    match (found, cx.classic()) {
        (Err(error), Some(old)) if error.kind() == ErrorKind::NotFound => {
            Err(Failure::NotFound(old.missing(kind, text)).into())
        }
        (found, _) => found.or_hint(ErrorKind::NotFound, hint),
    }
}

/// Does what a command begins with, to a thing that the user has named. What looks like an id is taken at its word,
/// which saves asking for it; only where the service refuses is it looked for, and is told what is told where it was
/// looked for before. `act` is given the thing where it was.
///
/// Not for calls that the service answers without a look at whether there is such a thing.
pub(crate) async fn at_its_word<F, T>(
    text: &str,
    find: impl AsyncFn() -> anyhow::Result<F>,
    id: impl Fn(&F) -> &str,
    act: impl AsyncFn(&str, Option<&F>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let refusal = if looks_like_id(text) {
        match act(text, None).await {
            Err(error) if is_refusal(&error) => Some(error),
            outcome => return outcome,
        }
    } else {
        None
    };
    let found = find().await?;
    match refusal {
        Some(error) if id(&found) == text => Err(error),
        // A name, whatever it looks like.
        _ => act(id(&found), Some(&found)).await,
    }
}

/// Whether `text` has the form of the ids that the service makes.
fn looks_like_id(text: &str) -> bool {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 32 && text.bytes().all(is_digit)
}

/// Whether the service may have refused a call because there is no such thing. That is not always the first it looks
/// at: a session is told not to belong to an environment that is not there. A login that is refused is none.
fn is_refusal(error: &anyhow::Error) -> bool {
    let refused = |error: &murano_sdk::Error| {
        let is_login = matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Config);
        matches!(error.status(), Some(400 | 403 | 404)) && !is_login
    };
    error.downcast_ref().is_some_and(refused)
}

/// Begins with a call for the environment of this name or id: see [`at_its_word`].
pub(crate) async fn in_environment<T>(
    cx: &Cx,
    text: &str,
    act: impl AsyncFn(EnvironmentHandle) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let client = cx.client()?;
    let find = async || environment(cx, text).await;
    let act = async |id: &str, _: Option<&_>| act(client.environment(id)).await;
    at_its_word(text, find, |env| env.id().as_str(), act).await
}

/// Begins with a call for the package of this id, fully qualified name or name: see [`at_its_word`]. What it is
/// called is known only where it had to be looked for.
pub(crate) async fn in_package<T>(
    cx: &Cx,
    text: &str,
    act: impl AsyncFn(PackageHandle, Option<&Package>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let client = cx.client()?;
    let find = async || package(cx, text).await;
    let act = async |id: &str, found: Option<&Package>| act(client.package(id), found).await;
    at_its_word(text, find, |package| package.id.as_str(), act).await
}

/// Begins with a call for the template of this name or id: see [`at_its_word`].
pub(crate) async fn in_template<T>(
    cx: &Cx,
    text: &str,
    act: impl AsyncFn(TemplateHandle) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let client = cx.client()?;
    let find = async || listed_template(cx, text).await;
    let act = async |id: &str, _: Option<&_>| act(client.template(id)).await;
    at_its_word(text, find, |template| template.id.as_str(), act).await
}

/// The environment of this name or id.
pub(crate) async fn environment(cx: &Cx, text: &str) -> anyhow::Result<EnvironmentHandle> {
    let found = cx.client()?.environments().find(text).await;
    self::found(cx, (Kind::Environment, text), found, environments)
}

/// The same with its applications.
pub(crate) async fn environment_with_applications(
    cx: &Cx,
    text: &str,
) -> anyhow::Result<Environment> {
    let found = cx.client()?.environments().find(text).get().await;
    self::found(cx, (Kind::Environment, text), found, environments)
}

fn environments() -> String {
    "`murano env list` shows the environments of this project".to_owned()
}

/// The package of this id, fully qualified name or name.
pub(crate) async fn package(cx: &Cx, text: &str) -> anyhow::Result<Package> {
    let found = cx.client()?.packages().find(text).await;
    self::found(cx, (Kind::Package, text), found, || {
        "`murano package list` shows the packages of the catalog".to_owned()
    })
}

/// The category of this name or id, with its packages.
pub(crate) async fn category(cx: &Cx, text: &str) -> anyhow::Result<Category> {
    let found = cx.client()?.categories().find(text).await;
    self::found(cx, (Kind::Category, text), found, categories)
}

/// The category of this name or id, as lists tell of it.
pub(crate) async fn listed_category(cx: &Cx, text: &str) -> anyhow::Result<Category> {
    let found = cx.client()?.categories().look_up(text).await;
    self::found(cx, (Kind::Category, text), found, categories)
}

fn categories() -> String {
    "`murano category list` shows the categories of the catalog".to_owned()
}

/// The template of this name or id, with its applications.
pub(crate) async fn template(cx: &Cx, text: &str) -> anyhow::Result<Template> {
    let found = cx.client()?.templates().find(text).await;
    self::found(cx, (Kind::Template, text), found, templates)
}

/// The template of this name or id, as lists tell of it.
pub(crate) async fn listed_template(cx: &Cx, text: &str) -> anyhow::Result<Template> {
    let found = cx.client()?.templates().look_up(text).await;
    self::found(cx, (Kind::Template, text), found, templates)
}

fn templates() -> String {
    "`murano template list` shows the templates of this project and the public ones".to_owned()
}

/// The bare-metal instance of this name or id.
pub(crate) async fn instance(cx: &Cx, text: &str) -> anyhow::Result<InstanceHandle> {
    let found = cx.client()?.instances().find(text).await;
    self::found(cx, (Kind::Instance, text), found, instances)
}

/// The same with all about it.
pub(crate) async fn whole_instance(cx: &Cx, text: &str) -> anyhow::Result<Instance> {
    let found = cx.client()?.instances().find(text).get().await;
    self::found(cx, (Kind::Instance, text), found, instances)
}

fn instances() -> String {
    "`murano instance list` shows the instances of this project".to_owned()
}

/// The kind of bare-metal machine of this name or id.
pub(crate) async fn flavor(cx: &Cx, text: &str) -> anyhow::Result<Flavor> {
    let instances = cx.client()?.instances();
    match instances.find_flavor(text).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let all = instances.flavors().await?;
            let names: Vec<&str> = all.iter().map(|flavor| flavor.name.as_str()).collect();
            let hint = format!("there are: {}", names.join(", "));
            Err(hinted(error, hint))
        }
        found => Ok(found?),
    }
}

/// The id of the image of this name or id. An id is not looked up.
pub(crate) async fn image(cx: &Cx, text: &str) -> anyhow::Result<String> {
    let is_uuid = text.len() == 36
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    if is_uuid {
        return Ok(text.to_owned());
    }
    let mut named = cx.client()?.images().list().name(text).pager();
    let Some(only) = named.next().await? else {
        return Err(Failure::NotFound(format!("image \"{text}\" not found")).into());
    };
    let mut others = named.collect().await?;
    if others.is_empty() {
        return Ok(only.id.to_string());
    }
    others.insert(0, only);
    let message = format!("{} images are called \"{text}\"", others.len());
    let candidates = others
        .iter()
        .map(|image| (image.id.to_string(), String::new()));
    let candidates = candidates.collect();
    let error = Failure::Ambiguous {
        message,
        candidates,
    };
    Err(hinted(error, "give the id in place of the name"))
}

/// The application of this id, else of this name, else of this class.
pub(crate) fn application<'a>(applications: &'a [Value], text: &str) -> anyhow::Result<&'a Value> {
    for property in [object_id, object_name, object_class] {
        let mut found = applications
            .iter()
            .filter(|application| property(application) == Some(text));
        match (found.next(), found.next()) {
            (None, _) => {}
            (Some(only), None) => return Ok(only),
            (Some(first), Some(second)) => {
                let all = [first, second].into_iter().chain(found);
                return Err(several(text, all));
            }
        }
    }
    let error = Failure::NotFound(format!("application \"{text}\" not found"));
    let hint = "`murano app list` shows the applications of an environment";
    Err(hinted(error, hint))
}

/// Takes the application that the service has just removed out of the list: the first of this id.
pub(crate) fn forget_application(applications: &mut Vec<Value>, id: &str) {
    if let Some(place) = applications
        .iter()
        .position(|application| object_id(application) == Some(id))
    {
        applications.remove(place);
    }
}

fn several<'a>(text: &str, applications: impl Iterator<Item = &'a Value>) -> anyhow::Error {
    let candidate = |application: &Value| {
        let label = [object_name(application), object_class(application)];
        let label: Vec<&str> = label.into_iter().flatten().collect();
        let id = object_id(application).unwrap_or_default();
        (id.to_owned(), label.join(", "))
    };
    let candidates: Vec<_> = applications.map(candidate).collect();
    let message = format!("{} applications fit \"{text}\"", candidates.len());
    let error = Failure::Ambiguous {
        message,
        candidates,
    };
    hinted(error, "give the id in place of the name")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::exit_code;

    fn applications() -> Vec<Value> {
        vec![
            json!({ "?": { "id": "1", "type": "io.Shop/1.0.0@io.Shop", "name": "front" } }),
            json!({ "?": { "id": "2", "type": "io.Shop" }, "name": "back" }),
            json!({ "?": { "id": "back", "type": "io.Db" } }),
        ]
    }

    #[test]
    fn ids_come_before_names_and_names_before_classes() {
        let all = applications();
        assert_eq!(application(&all, "front").unwrap(), &all[0]);
        assert_eq!(application(&all, "back").unwrap(), &all[2]);
        assert_eq!(application(&all, "io.Db").unwrap(), &all[2]);
    }

    #[test]
    fn what_is_missing_or_ambiguous_is_told_apart() {
        let all = applications();
        assert_eq!(exit_code(&application(&all, "x").unwrap_err()), 3);
        let error = application(&all, "io.Shop").unwrap_err();
        assert_eq!(exit_code(&error), 5);
        let Some(Failure::Ambiguous { candidates, .. }) = error.downcast_ref() else {
            panic!("{error}")
        };
        assert_eq!(candidates[0], ("1".to_owned(), "front, io.Shop".to_owned()));
        assert_eq!(candidates[1].0, "2");
    }
}
