//! Class files read shallowly: names, parents, properties and methods with their bodies.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contracts::Contract;
use crate::json::Object;
use crate::yaml::Yaml;

/// A class of a package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) extends: Vec<String>,
    /// The namespaces names in its methods are written in.
    pub(crate) names: Names,
    pub(crate) properties: Vec<Property>,
    pub(crate) methods: Vec<Method>,
    pub(crate) form: Form,
    /// Whether the class has more than is known here, so that no property can be called undeclared.
    pub(crate) opaque: bool,
    /// Why the class cannot be loaded.
    pub(crate) broken: Option<String>,
}

/// A property of a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Property {
    pub(crate) name: String,
    /// `In` unless declared.
    pub(crate) usage: String,
    pub(crate) contract: Contract,
    /// The default, if it is a literal that is not null.
    pub(crate) default: Option<Value>,
    #[serde(default)]
    pub(crate) has_default: bool,
    /// The default as a schema shows it: expressions are texts.
    #[serde(default)]
    pub(crate) shown: Value,
    pub(crate) form: Form,
}

/// A method of a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) is_static: bool,
    pub(crate) is_public: bool,
    pub(crate) is_builder: bool,
    pub(crate) arguments: Vec<Property>,
    pub(crate) body: Yaml,
    pub(crate) form: Form,
}

/// What metadata say about the place of a thing in a form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Form {
    /// `title`, `description`, `helpText`, `visible`, `formSection`, `formIndex`.
    pub(crate) members: Object,
    /// Sections by name with title and index.
    pub(crate) sections: Object,
}

/// Namespaces of a class file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Names(Vec<(String, String)>);

impl Names {
    fn read(node: Option<&Yaml>) -> Self {
        let entries = node.map(Yaml::entries).unwrap_or_default();
        let pair =
            |(key, value): &(Yaml, Yaml)| Some((key.text()?.to_owned(), value.text()?.to_owned()));
        Self(entries.iter().filter_map(pair).collect())
    }

    fn get(&self, prefix: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == prefix)
            .map(|(_, name)| name.as_str())
    }

    /// The full name behind `std:Class`, `:Class`, `Class` or an already full name.
    pub(crate) fn resolve(&self, name: &str) -> String {
        let name = name.trim().trim_matches(['\'', '"']);
        let (prefix, rest) = match name.split_once(':') {
            Some(("", rest)) => ("=", rest),
            Some(split) => split,
            None if name.contains('.') => return name.to_owned(),
            None => ("=", name),
        };
        match self.get(prefix) {
            Some(space) => format!("{space}.{rest}"),
            None => rest.to_owned(),
        }
    }
}

impl Class {
    /// The method with this name, if the class itself has it.
    pub(crate) fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }
}

/// The classes in the documents of a file. Namespaces hold for the documents behind them, too. A class
/// that does not say its name has that of the manifest, `name`.
pub(crate) fn read(documents: &[Yaml], name: &str) -> Vec<Class> {
    let mut names = Names::default();
    let mut classes = Vec::new();
    for document in documents {
        if document.get("Namespaces").is_some() {
            names = Names::read(document.get("Namespaces"));
        }
        let is_class = |key: &&str| document.get(key).is_some();
        let unnamed = ["Extends", "Properties", "Methods"].iter().any(is_class);
        let told = document.get("Name").and_then(Yaml::text);
        if let Some(name) = told.or(unnamed.then_some(name)) {
            classes.push(class(document, name, &names));
        }
    }
    classes
}

fn class(document: &Yaml, name: &str, names: &Names) -> Class {
    let extends = match document.get("Extends") {
        Some(Yaml::List(items)) => items
            .iter()
            .filter_map(Yaml::text)
            .map(|n| names.resolve(n))
            .collect(),
        Some(one) => one
            .text()
            .map(|name| names.resolve(name))
            .into_iter()
            .collect(),
        None => Vec::new(),
    };
    let section = |key: &str| document.get(key).map(Yaml::entries).unwrap_or_default();
    let properties = section("Properties")
        .iter()
        .map(|(name, body)| property(name, body, names));
    let methods = section("Methods")
        .iter()
        .map(|(name, body)| method(name, body, names));
    Class {
        name: names.resolve(name),
        extends,
        names: names.clone(),
        properties: properties.collect(),
        methods: methods.collect(),
        form: form(document.get("Meta"), names),
        opaque: false,
        broken: None,
    }
}

fn property(name: &Yaml, body: &Yaml, names: &Names) -> Property {
    let usage = body.get("Usage").and_then(Yaml::text).unwrap_or("In");
    let default = body.get("Default").and_then(Yaml::literal);
    Property {
        name: name.scalar().unwrap_or_default(),
        usage: usage.to_owned(),
        contract: body
            .get("Contract")
            .map_or(Contract::Any, |node| Contract::read(node, names)),
        default: default.filter(|default| !default.is_null()),
        has_default: body.get("Default").is_some(),
        shown: body.get("Default").map(Yaml::json).unwrap_or_default(),
        form: form(body.get("Meta"), names),
    }
}

fn method(name: &Yaml, body: &Yaml, names: &Names) -> Method {
    let text = |key: &str| body.get(key).and_then(Yaml::text).unwrap_or_default();
    let arguments = match body.get("Arguments") {
        Some(Yaml::List(items)) => items.iter().flat_map(Yaml::entries).collect(),
        Some(node) => node.entries().iter().collect::<Vec<_>>(),
        None => Vec::new(),
    };
    let usage = text("Usage");
    Method {
        name: name.scalar().unwrap_or_default(),
        is_static: usage == "Static" || usage == "Extension",
        is_public: text("Scope") == "Public" || usage == "Action",
        is_builder: has_meta(body.get("Meta"), names, "ModelBuilder"),
        arguments: arguments
            .iter()
            .map(|(name, body)| property(name, body, names))
            .collect(),
        body: body.get("Body").cloned().unwrap_or_default(),
        form: form(body.get("Meta"), names),
    }
}

/// Metadata of a node as pairs of class and members.
fn metas<'a>(node: Option<&'a Yaml>, names: &Names) -> Vec<(String, &'a Yaml)> {
    let items: Vec<&Yaml> = match node {
        Some(Yaml::List(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let pair = |(key, body): &'a (Yaml, Yaml)| Some((names.resolve(key.text()?), body));
    items
        .into_iter()
        .flat_map(Yaml::entries)
        .filter_map(pair)
        .collect()
}

fn has_meta(node: Option<&Yaml>, names: &Names, class: &str) -> bool {
    metas(node, names)
        .iter()
        .any(|(name, _)| name.rsplit('.').next() == Some(class))
}

fn form(node: Option<&Yaml>, names: &Names) -> Form {
    let mut form = Form::default();
    for (class, body) in metas(node, names) {
        let mut copy = |from: &str, to: &str| {
            if let Some(value) = body.get(from) {
                form.members.insert(to.to_owned(), value.json());
            }
        };
        match class.strip_prefix("io.murano.metadata.") {
            Some("Title") => copy("text", "title"),
            Some("Description") => copy("text", "description"),
            Some("HelpText") => copy("text", "helpText"),
            Some("forms.Hidden") => drop(form.members.insert("visible".to_owned(), false.into())),
            Some("forms.Position") => {
                copy("index", "formIndex");
                let section = body.get("section").map_or(Value::Null, Yaml::json);
                form.members.insert("formSection".to_owned(), section);
            }
            Some("forms.Section") => {
                let name = body.get("name").and_then(Yaml::scalar).unwrap_or_default();
                let mut section = Object::new();
                for key in ["title", "index"] {
                    if let Some(value) = body.get(key) {
                        section.insert(key.to_owned(), value.json());
                    }
                }
                form.sections.insert(name, section.into());
            }
            _ => {}
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;
    use serde_json::json;

    const SHOP: &str = "
Namespaces: {=: demo, std: io.murano, m: io.murano.metadata}
Name: Shop
Extends: std:Application
Properties:
  name: {Contract: $.string().notNull()}
  size: {Contract: $.int(), Default: 3}
Methods:
  deploy:
    Body:
      - $env: $.find(std:Environment)
      - $env.reporter.report($this, 'installed')
      - $env.reporter.report_error($this, 'half ' + $x)
      - Throw: Broken
        Message: out of stock
  restart:
    Usage: Action
    Arguments: [{how: {Contract: $.string()}}]
    Meta: {m:Title: {text: Restart}}
    Body: [{Return: $how}]
  price: {Usage: Static, Scope: Public, Body: [{Return: 5}]}
---
Name: Till
";

    #[test]
    fn a_class_file_is_read_shallowly() {
        let classes = read(&yaml::documents(SHOP).unwrap(), "");
        let [shop, till] = classes.as_slice() else {
            panic!("two classes")
        };
        assert_eq!(
            (shop.name.as_str(), till.name.as_str()),
            ("demo.Shop", "demo.Till")
        );
        assert_eq!(shop.extends, ["io.murano.Application"]);
        assert_eq!(shop.properties[1].default, Some(json!(3)));
        assert_eq!(shop.method("deploy").unwrap().body.items().len(), 4);
        let restart = shop.method("restart").unwrap();
        assert!(restart.is_public && !restart.is_static);
        assert_eq!(restart.form.members["title"], json!("Restart"));
        let price = shop.method("price").unwrap();
        assert!(price.is_public && price.is_static);
        assert_eq!(
            price.body.items()[0].get("Return").unwrap().json(),
            json!(5)
        );
    }

    #[test]
    fn a_class_without_a_name_has_that_of_the_manifest() {
        let text = "Namespaces: {=: demo}\n---\nExtends: Shop\n";
        let classes = read(&yaml::documents(text).unwrap(), "demo.Stall");
        let names: Vec<&str> = classes.iter().map(|class| class.name.as_str()).collect();
        assert_eq!(names, ["demo.Stall"]);
    }
}
