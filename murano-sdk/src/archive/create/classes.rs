//! A folder of classes.

use std::collections::BTreeMap;
use std::path::Path;

use super::{CreateFault, Draft, NewPackage, below, given, text};
use crate::archive::lint::Namespaces;
use crate::archive::manifest::{PackageType, describe, is_empty, quote};
use crate::archive::pack::{Content, Member};
use crate::yaml::{Body, Documents, Node, Tags};
use crate::{Error, Result};

const FORMAT: &str = "MuranoPL/1.0";
const APPLICATION: &str = "io.murano.Application";
const DESCRIPTION: &str = "Description for the application is not provided";

/// The classes of all files.
#[derive(Default)]
struct Found {
    /// Full names, and files relative to the folder.
    classes: BTreeMap<String, String>,
    /// Those that extend the class of applications.
    applications: Vec<String>,
}

/// What the classes say about the package.
pub(super) fn draft(new: &NewPackage, folder: &Path) -> Result<Draft> {
    if !folder.is_dir() {
        return Err(CreateFault::NoFolder.at(folder));
    }
    let mut members = below(folder, "Classes", new.output.as_deref())?;
    // In a folder to work in, packages made earlier.
    members.retain(|member| !member.name.to_ascii_lowercase().ends_with(".zip"));
    if members.is_empty() {
        return Err(CreateFault::NoClasses.at(folder));
    }
    let found = Found::read(&members)?;
    let named = given(new.full_name.as_ref());
    let application = match (found.applications.as_slice(), named) {
        ([_, _, ..], None) => return Err(CreateFault::SeveralApplications.at(folder)),
        ([_, _, ..], Some(name)) => found.applications.iter().find(|class| *class == name),
        (one_or_none, _) => one_or_none.first(),
    };
    let is_application = !found.applications.is_empty();
    let kind = match new.kind {
        Some(kind) => kind,
        None if is_application => PackageType::Application,
        None => return Err(CreateFault::NoType.at(folder)),
    };
    let Some(full_name) = named.or(application.map(String::as_str)).map(str::to_owned) else {
        return Err(CreateFault::NoFullName.at(folder));
    };
    check_form(new, kind, folder)?;
    let called = application.unwrap_or(&full_name);
    let short = called
        .rsplit_once('.')
        .map_or(called.as_str(), |(_, last)| last);
    Ok(Draft {
        format: FORMAT,
        name: given(new.name.as_ref()).unwrap_or(short).to_owned(),
        kind,
        description: given(new.description.as_ref())
            .unwrap_or(DESCRIPTION)
            .to_owned(),
        tags: new.tags.clone().unwrap_or_default(),
        classes: found.classes,
        members,
        file_name: format!("{full_name}.zip"),
        full_name,
    })
}

fn check_form(new: &NewPackage, kind: PackageType, folder: &Path) -> Result<()> {
    match &new.ui {
        None if kind == PackageType::Application => Err(CreateFault::NoForm.at(folder)),
        Some(file) if !file.is_file() => Err(CreateFault::FormNotFile.at(file)),
        _ => Ok(()),
    }
}

impl Found {
    fn read(members: &[Member]) -> Result<Self> {
        let mut found = Self::default();
        for member in members {
            let name = member.name.strip_prefix("Classes/");
            if let (Content::File(path), Some(name)) = (&member.content, name) {
                found.file(path, name)?;
            }
        }
        Ok(found)
    }

    fn file(&mut self, path: &Path, name: &str) -> Result<()> {
        let not_yaml = || CreateFault::ClassNotYaml(path.to_owned());
        let text = text(path, not_yaml())?;
        let documents = Documents::load(&text, Tags::Yaql).map_err(|error| {
            let text = format!("this is no file of classes: {error}");
            not_yaml().with(path, &text)
        })?;
        // Those of a document hold for the next ones.
        let mut namespaces = Namespaces::default();
        let mut is_empty_file = true;
        for node in documents.nodes.iter().filter(|node| !is_empty(node)) {
            if !matches!(node.body, Body::Mapping(_)) {
                let text = format!(
                    "a class must be a mapping with keys such as Name, this is {}",
                    describe(node)
                );
                return Err(not_yaml().with(path, &text));
            }
            if let Some(entry) = node.entry("Namespaces") {
                (namespaces, _) = Namespaces::read(name, entry);
                if node.entries().len() == 1 {
                    continue;
                }
            }
            is_empty_file = false;
            self.class(path, name, node, &namespaces)?;
        }
        if is_empty_file {
            return Err(CreateFault::ClassUnnamed.at(path));
        }
        Ok(())
    }

    fn class(
        &mut self,
        path: &Path,
        file: &str,
        node: &Node,
        namespaces: &Namespaces,
    ) -> Result<()> {
        let Some(name) = node.get("Name").filter(|name| !is_empty(name)) else {
            return Err(CreateFault::ClassUnnamed.at(path));
        };
        let misnamed = |text: &str| -> Error {
            CreateFault::ClassMisnamed.with(path, &format!("Name: {text}"))
        };
        let Some(text) = name.text() else {
            return Err(misnamed(&format!("it is {}, write a text", describe(name))));
        };
        let class = namespaces.resolve(text).map_err(|text| misnamed(&text))?;
        let is_application = |parent: &Node| {
            let parent = parent.text().map(|text| namespaces.resolve(text));
            parent.is_some_and(|parent| parent.as_deref() == Ok(APPLICATION))
        };
        if node
            .get("Extends")
            .is_some_and(|parents| match &parents.body {
                Body::Sequence(parents) => parents.iter().any(|parent| is_application(parent)),
                _ => is_application(parents),
            })
        {
            self.applications.push(class.clone());
        }
        if let Some(other) = self.classes.insert(class.clone(), file.to_owned()) {
            let class = quote(&class);
            let text = format!("the class {class} is in {other} as well: remove one of them");
            return Err(CreateFault::ClassRepeated.with(path, &text));
        }
        Ok(())
    }
}
