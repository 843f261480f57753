//! A Heat template.

use std::collections::BTreeMap;
use std::path::Path;

use super::{CreateFault, Draft, NewPackage, copy, given, text};
use crate::archive::check;
use crate::archive::lint::is_word;
use crate::archive::manifest::{PackageType, describe, is_empty};
use crate::yaml::{Body, Documents, Node, Tags};
use crate::{Error, Result};

const FORMAT: &str = "Heat.HOT/1.0";
const PREFIX: &str = "io.murano.apps.generated";
const TAG: &str = "Heat-generated";

/// What the template says about the package.
pub(super) fn draft(new: &NewPackage, file: &Path) -> Result<Draft> {
    if !file.is_file() {
        return Err(CreateFault::NoTemplate.at(file));
    }
    let described = description(file)?;
    let part =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (base, stem) = (part(file.file_name()), part(file.file_stem()));
    let by_file = || format!("Heat-defined application for a template \"{base}\"");
    let name = given(new.name.as_ref()).unwrap_or(&stem);
    let full_name = match given(new.full_name.as_ref()) {
        Some(name) => name.to_owned(),
        None => generated(name).ok_or_else(|| {
            let text = format!("{name:?} makes no full name for the package: give it one");
            Error::archive(text).with_source(CreateFault::NoFullName)
        })?,
    };
    Ok(Draft {
        format: FORMAT,
        full_name,
        name: name.to_owned(),
        kind: PackageType::Application,
        description: given(new.description.as_ref())
            .map(str::to_owned)
            .or(described)
            .unwrap_or_else(by_file),
        tags: new.tags.clone().unwrap_or_else(|| vec![TAG.to_owned()]),
        classes: BTreeMap::new(),
        members: vec![copy(check::TEMPLATE, file)],
        file_name: format!("{stem}.zip"),
    })
}

/// What the template says it does.
fn description(file: &Path) -> Result<Option<String>> {
    let fault = |text: String| CreateFault::TemplateNotYaml.with(file, &text);
    let text = text(file, CreateFault::TemplateNotYaml)?;
    let documents = Documents::load(&text, Tags::Refused);
    let documents =
        documents.map_err(|error| fault(format!("this is no Heat template: {error}")))?;
    let root = documents
        .single()
        .map_err(|error| fault(error.to_string()))?;
    let Some(root) = root.filter(|root| matches!(root.body, Body::Mapping(_))) else {
        let found = root.map_or("empty".to_owned(), |root| describe(root));
        return Err(fault(format!(
            "a Heat template must be a mapping, this is {found}"
        )));
    };
    let description = root.get("description").filter(|node| !is_empty(node));
    Ok(description.and_then(Node::text).map(str::to_owned))
}

/// A full name out of a name for people: each word with a capital letter, without what may not be in it.
fn generated(name: &str) -> Option<String> {
    let mut full = String::new();
    let mut is_first = true;
    for character in name.chars().map(|c| if c == '_' { ' ' } else { c }) {
        match character {
            '.' => full.push('.'),
            _ if !character.is_alphanumeric() => {}
            _ if is_first => full.extend(character.to_uppercase()),
            _ => full.extend(character.to_lowercase()),
        }
        is_first = !character.is_alphabetic();
    }
    // It is the name of a class as well, and the engine finds none that begins with a digit.
    let word = |part: &str| {
        let sign = if is_word(part) { "" } else { "_" };
        format!(".{sign}{part}")
    };
    let parts = full.split('.').filter(|part| !part.is_empty());
    let full: String = parts.map(word).collect();
    (!full.is_empty()).then(|| format!("{PREFIX}{full}"))
}

#[cfg(test)]
mod tests {
    use super::generated;

    #[test]
    fn names_become_full_names() {
        for (name, full) in [
            ("my-heat_template", "MyHeatTemplate"),
            ("myAPP2x", "Myapp2X"),
            ("my cool-APP", "MyCoolApp"),
            ("a.b", "A.B"),
            ("..a..b.", "A.B"),
            ("web (1)", "Web1"),
            ("straße", "Straße"),
            ("3tier", "_3Tier"),
            ("web 4.2", "Web4._2"),
            ("ünï", "_Ünï"),
        ] {
            let full = format!("io.murano.apps.generated.{full}");
            assert_eq!(generated(name), Some(full), "{name}");
        }
        for name in ["", ".", "-_ ", "(!)"] {
            assert_eq!(generated(name), None, "{name:?}");
        }
    }
}
