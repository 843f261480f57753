//! Differences for people: by the names of documents.

use serde_json::{Map, Value, json};

use super::{Document, Kind, notation, write};
use crate::{
    mask::{self, MASK},
    model::PatchOp,
};

/// One difference.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// What becomes of it.
    pub kind: ChangeKind,
    /// Where: `applications`, name, property and what is inside; or `region`, `networks`, `packages`.
    pub path: Vec<String>,
    /// What is there, in the notation of [`Document`].
    pub before: Option<Value>,
    /// What will be there.
    pub after: Option<Value>,
}

/// What becomes of the place of a [`Change`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// Nothing was there.
    Added,
    /// Nothing will be there.
    Removed,
    /// Something else will be there.
    Changed,
}

impl Change {
    /// The same without the values whose names say that they are secret.
    ///
    /// ```
    /// # use murano_sdk::Client;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = murano_sandbox::Sandbox::start().await?;
    /// # let murano = Client::builder().auth_url(sandbox.auth_url()).password("demo", "demo").project("demo").build()?;
    /// # use murano_sdk::manifest::{Document, Variables};
    /// let text = "{name: shop, applications: {till: {class: io.example.Till, properties: {password: a}}}}";
    /// let plan = Document::parse(text, &Variables::new())?[0].plan(&murano).await?;
    /// assert_eq!(plan.changes()[0].masked().after.unwrap()["password"], "***");
    /// # Ok(()) }
    /// ```
    pub fn masked(&self) -> Self {
        let is_secret = self.path.iter().skip(2).any(|name| mask::is_secret(name));
        let hidden = |value: &Value| {
            if is_secret {
                MASK.into()
            } else {
                mask::masked(value)
            }
        };
        Self {
            before: self.before.as_ref().map(hidden),
            after: self.after.as_ref().map(hidden),
            ..self.clone()
        }
    }
}

/// Masks what the path or the names inside say is secret.
pub(super) fn hide(operation: &mut PatchOp) {
    let (PatchOp::Add { path, value } | PatchOp::Replace { path, value }) = operation else {
        return;
    };
    let is_secret = path.split('/').skip(3).any(mask::is_secret);
    *value = if is_secret {
        MASK.into()
    } else {
        mask::masked(value)
    };
}

/// What can differ, by names.
pub(super) fn outline(document: &Document) -> Value {
    let mut members = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        members.extend(value.map(|value| (key.to_owned(), value)));
    };
    put("region", document.region.as_deref().map(Value::from));
    put("public", document.public.map(Value::from));
    let description = document
        .description
        .as_deref()
        .filter(|_| document.kind == Kind::Template);
    put("description", description.map(Value::from));
    put(
        "networks",
        document.networks.as_ref().map(write::of_networks),
    );
    let mut applications = Map::new();
    for app in &document.applications {
        let mut object = json!({ notation::CLASS: app.class });
        for (key, said) in [
            (notation::VERSION, &app.version),
            (notation::PACKAGE, &app.package),
        ] {
            if let Some(said) = said {
                object[key] = said.as_str().into();
            }
        }
        for (key, value) in &app.properties {
            object[key] = value.clone();
        }
        applications.insert(app.name.clone(), object);
    }
    put("applications", Some(Value::Object(applications)));
    Value::Object(members)
}

/// Notes the differences of two outlines.
pub(super) fn compare(
    path: &mut Vec<String>,
    before: Option<&Value>,
    after: Option<&Value>,
    out: &mut Vec<Change>,
) {
    if before == after {
        return;
    }
    if let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) {
        let gone = old.keys().filter(|key| !new.contains_key(*key));
        for key in new.keys().chain(gone) {
            path.push(key.clone());
            compare(path, old.get(key), new.get(key), out);
            path.pop();
        }
        return;
    }
    out.push(Change {
        kind: match (before, after) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        },
        path: path.clone(),
        before: before.cloned(),
        after: after.cloned(),
    });
}
