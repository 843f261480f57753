//! Finding classes in the packages a project can see.

use serde_json::Value;

use crate::classes::{Class, Method};
use crate::json::Fields as _;
use crate::state::{Store, Table};
use crate::versions::{Spec, Version};

/// A class and the package it was found in.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) class: Class,
    pub(crate) package: String,
    pub(crate) version: Version,
}

impl Found {
    /// The long form of the type, such as `demo.Shop/0.0.0@demo.App`.
    pub(crate) fn type_name(&self) -> String {
        format!("{}/{}@{}", self.class.name, self.version, self.package)
    }
}

/// Why a class was not found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Missing {
    /// No visible package has it.
    Class(String),
    /// There is no such package.
    Package(String),
    /// The package named does not have it.
    ClassIn {
        class: String,
        package: String,
        version: Version,
    },
    /// Its file is missing or makes no sense.
    Broken(String),
    /// Only packages of other versions have it. The real engine never comes back from this.
    Version,
}

impl Missing {
    /// What the engine says.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Class(class) => format!("Package for class \"{class}\" is not found"),
            Self::Package(package) => format!("Package \"{package}\" is not found"),
            Self::ClassIn {
                class,
                package,
                version,
            } => {
                format!("Class \"{class}\" is not found in {package}/{version}")
            }
            Self::Broken(message) => message.clone(),
            // The last thing the engine says before it is lost.
            Self::Version => {
                "[AttributeError]: 'NoneType' object has no attribute 'version'".to_owned()
            }
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) class: &'a str,
    pub(crate) package: Option<&'a str>,
    /// Any version when absent.
    pub(crate) spec: Option<Spec>,
}

/// The packages a project can use, its own before the public ones of others.
fn visible<'a>(db: &'a Store, project: &str) -> Vec<&'a Value> {
    let mut rows: Vec<&Value> = db
        .rows(Table::Packages)
        .filter(|row| row.flag("enabled"))
        .filter(|row| row.flag("is_public") || row.text("owner_id") == project)
        .collect();
    rows.sort_by_key(|row| row.text("owner_id") != project);
    rows
}

/// Looks a class up in the packages a project can see.
pub(crate) fn find(db: &Store, project: &str, wanted: &Wanted<'_>) -> Result<Found, Missing> {
    let has = |row: &&Value| {
        row.items("class_definitions")
            .iter()
            .any(|name| name == wanted.class)
    };
    let all = visible(db, project);
    let candidates: Vec<&Value> = match wanted.package {
        Some(name) => all
            .into_iter()
            .filter(|row| row.text("fully_qualified_name") == name)
            .collect(),
        None => all.into_iter().filter(has).collect(),
    };
    let Some(first) = candidates.first() else {
        return Err(match wanted.package {
            Some(package) => Missing::Package(package.to_owned()),
            None => Missing::Class(wanted.class.to_owned()),
        });
    };
    let version = |row: &Value| Version::parse(row.text("_version")).unwrap_or_default();
    let fits = |row: &&&Value| {
        wanted
            .spec
            .as_ref()
            .is_none_or(|spec| spec.matches(version(row)))
    };
    let package = candidates.iter().find(fits).ok_or(Missing::Version)?;
    let class_in = || Missing::ClassIn {
        class: wanted.class.to_owned(),
        package: first.text("fully_qualified_name").to_owned(),
        version: version(first),
    };
    if !has(package) {
        return Err(class_in());
    }
    let id = format!("{}/{}", package.text("id"), wanted.class);
    let parsed = db.get(Table::Classes, &id).and_then(|row| row.get("class"));
    let class = parsed.and_then(|class| serde_json::from_value::<Class>(class.clone()).ok());
    let class = class.ok_or_else(class_in)?;
    match &class.broken {
        Some(message) if message.is_empty() => return Err(class_in()),
        Some(message) => return Err(Missing::Broken(message.clone())),
        None => {}
    }
    Ok(Found {
        class,
        package: package.text("fully_qualified_name").to_owned(),
        version: version(package),
    })
}

/// A class and its ancestors, nearest first. Of an ancestor nobody has uploaded only the name is known.
pub(crate) fn lineage(db: &Store, project: &str, found: &Found) -> Vec<Class> {
    let mut line = vec![found.class.clone()];
    let mut at = 0;
    while at < line.len() {
        for parent in line[at].extends.clone() {
            if line.iter().any(|class| class.name == parent) {
                continue;
            }
            let wanted = Wanted {
                class: &parent,
                package: None,
                spec: None,
            };
            line.push(match find(db, project, &wanted) {
                Ok(found) => found.class,
                Err(_) => Class {
                    name: parent,
                    opaque: true,
                    ..Class::default()
                },
            });
        }
        at += 1;
    }
    line
}

/// The method a call of this name would reach, and the class that has it.
pub(crate) fn method<'a>(line: &'a [Class], name: &str) -> Option<(&'a Class, &'a Method)> {
    line.iter()
        .find_map(|class| Some((class, class.method(name)?)))
}
