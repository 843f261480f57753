//! Object models out of arguments: what `app add` writes.

use std::path::{Path, PathBuf};

use murano_sdk::{
    ErrorKind,
    model::{self, Application},
    packages::Package,
};
use serde_json::Value;

use super::fill;
use crate::{
    cx::Cx,
    files,
    report::{Failure, hinted},
};

/// What an application is made of.
#[derive(clap::Args)]
pub(crate) struct ModelArgs {
    /// Class of the application, or name or id of the package that has it
    #[arg(value_name = "TYPE-OR-PACKAGE", required_unless_present = "model")]
    kind: Option<String>,
    /// Name for people
    #[arg(long)]
    name: Option<String>,
    /// Property, by a dotted path; VALUE is what the class says it is, for an object the name of its
    /// class or its id
    #[arg(long, value_name = "PATH=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// Do not ask for the schemas of the classes: nothing is checked, and a VALUE is JSON, or else a text
    #[arg(long)]
    no_check: bool,
    /// Object model to start from, as JSON; - is standard input. Ids are added where they are
    /// missing, ===id1=== becomes an id
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

impl ModelArgs {
    /// The package or class, and the name, where the model is not made of them.
    pub(super) fn subject(self) -> (String, Option<String>) {
        (self.kind.unwrap_or_default(), self.name)
    }

    /// Takes the first argument for a file where it can be nothing else. Properties are set in that
    /// of a `--model`. With `always` it is a file whatever it looks like.
    pub(crate) fn take_file(&mut self, always: bool) -> anyhow::Result<Option<PathBuf>> {
        let is_file = |text: &mut String| {
            let path = Path::new(text);
            always
                || text == "-"
                || text.contains('/')
                || path
                    .extension()
                    .is_some_and(|extension| extension == "json")
                || path.is_file()
        };
        let Some(file) = self.kind.take_if(is_file) else {
            return Ok(None);
        };
        if self.name.is_some() || !self.set.is_empty() || self.model.is_some() {
            let text = format!("`{file}` is a file: to change what it has, write --model {file}");
            return Err(Failure::Usage(text).into());
        }
        Ok(Some(PathBuf::from(file)))
    }
}

/// Reads `path=value`.
fn setting(text: &str) -> Result<(String, String), String> {
    let (path, value) = text
        .split_once('=')
        .ok_or("write a property and its value, such as port=80")?;
    Ok((path.to_owned(), value.to_owned()))
}

/// The object model that the arguments describe.
pub(crate) async fn build(cx: &Cx, args: ModelArgs) -> anyhow::Result<Value> {
    let mut object = match &args.model {
        Some(file) => files::read_json(cx, file)?,
        None => Value::Object(serde_json::Map::new()),
    };
    model::fill_placeholders(&mut object);
    model::add_missing_ids(&mut object);
    let has = |member: &str| object.pointer(&format!("/?/{member}")).is_some();
    let (has_version, has_package) = (has("classVersion"), has("package"));
    let mut app = Application::from_model(object)?;
    if let Some(kind) = args.kind {
        let (class, package) = class_of(cx, &kind).await?;
        app = app.class(class);
        if !has_version {
            // Without a range the engine takes packages of version 0 only.
            app = app.version(">=0");
        }
        if !has_package {
            app = app.package(package);
        }
    }
    if let Some(name) = args.name {
        app = app.name(name);
    }
    if !args.no_check {
        return fill::fill(cx, app.build(), args.set).await;
    }
    for (path, text) in args.set {
        let value = serde_json::from_str(&text).unwrap_or_else(|_| text.into());
        app = app.set_path(&path, value)?;
    }
    Ok(app.build())
}

/// The class that a text means, and the fully qualified name of its package.
async fn class_of(cx: &Cx, text: &str) -> anyhow::Result<(String, String)> {
    let packages = cx.client()?.packages();
    match packages.find(text).await {
        Ok(package) => return Ok((only_class(&package)?, package.fully_qualified_name)),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let mut names: Vec<String> = Vec::new();
    for package in packages.list().class_name(text).await? {
        if !names.contains(&package.fully_qualified_name) {
            names.push(package.fully_qualified_name);
        }
    }
    match names.len() {
        1 => Ok((text.to_owned(), names.remove(0))),
        0 => {
            let text = format!("no package and no class is called \"{text}\"");
            let hint = "`murano package list` shows the packages of the catalog";
            Err(hinted(Failure::NotFound(text), hint))
        }
        count => Err(Failure::Ambiguous {
            message: format!("{count} packages have a class \"{text}\": name one in a --model"),
            candidates: names
                .into_iter()
                .map(|name| (name, String::new()))
                .collect(),
        }
        .into()),
    }
}

/// The class of a package that is meant where none is named.
fn only_class(package: &Package) -> anyhow::Result<String> {
    let name = &package.fully_qualified_name;
    match package.class_definitions.as_slice() {
        classes if classes.contains(name) => Ok(name.clone()),
        [only] => Ok(only.clone()),
        [] => Err(Failure::NotFound(format!("package \"{name}\" has no class")).into()),
        classes => Err(Failure::Ambiguous {
            message: format!("package \"{name}\" has several classes, name one of them"),
            candidates: classes
                .iter()
                .map(|class| (class.clone(), String::new()))
                .collect(),
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::exit_code;

    #[test]
    fn settings_are_pairs() {
        assert_eq!(setting("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(setting("a").is_err());
    }

    #[test]
    fn the_class_of_a_package_is_that_of_its_name_or_its_only_one() {
        let package = |classes: Value| -> Package {
            let json = json!({ "id": "1", "fully_qualified_name": "io.A", "name": "A",
                               "type": "Application", "class_definitions": classes });
            serde_json::from_value(json).unwrap()
        };
        assert_eq!(
            only_class(&package(json!(["io.B", "io.A"]))).unwrap(),
            "io.A"
        );
        assert_eq!(only_class(&package(json!(["io.B"]))).unwrap(), "io.B");
        assert_eq!(exit_code(&only_class(&package(json!([]))).unwrap_err()), 3);
        let error = only_class(&package(json!(["io.B", "io.C"]))).unwrap_err();
        assert_eq!(exit_code(&error), 5);
    }
}
