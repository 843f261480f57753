//! The look at a package that no server takes: everything a packager should know, with its place.

mod class;
mod form;
mod images;
mod members;
mod namespaces;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub(super) use namespaces::{Namespaces, is_word};

use super::check::{self, MANIFEST, Origin};
use super::finding::{Finding, Severity};
use super::manifest::{Manifest, PackageType};
use super::zipped::Zipped;
use super::{names, open};
use crate::{ErrorKind, Result};

/// What servers take unless they are set up otherwise.
const USUAL_LIMIT: u64 = 5 * 1024 * 1024;
pub(super) const IMAGES: &str = "images.lst";

/// Looks at an archive or a folder without a server, and tells everything a packager should know.
///
/// Errors are what a server refuses when the package is uploaded
/// ([`PackageFile::open`](super::PackageFile::open) refuses the same) or cannot use when it deploys:
/// classes that are missing or not what MuranoPL asks for, version ranges of required packages, forms
/// and lists of images that cannot be read. Warnings are all the rest: keys without a meaning, files
/// that nothing names, archives larger than servers usually take. Expressions are not looked into, and
/// neither are required packages.
///
/// The findings are sorted by place: first the package as a whole, then the manifest, then the other
/// files. A package without findings is as good as can be told from here.
///
/// ```
/// use murano_sdk::archive::{self, Severity};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// std::fs::create_dir(folder.join("Classes"))?;
/// std::fs::write(folder.join("Classes/Shop.yaml"), "Name: Shop\nProperties:\n  size: {Usage: In}\n")?;
/// std::fs::write(
///     folder.join("manifest.yaml"),
///     "FullName: io.example.Shop\nType: Library\nDescription: Sells\nClasses: {Shop: Shop.yaml}\n",
/// )?;
/// let findings = archive::check(folder)?;
/// assert_eq!(findings[0].severity, Severity::Error);
/// assert_eq!(
///     findings[0].to_string(),
///     "Classes/Shop.yaml:3:3: the property \"size\" has no Contract, say which values it takes",
/// );
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`ErrorKind::Io`] when the file or folder is missing or may not be read. What is not a package at
/// all is a finding.
pub fn check(path: impl AsRef<Path>) -> Result<Vec<Finding>> {
    let path = path.as_ref();
    let mut findings = match look(path) {
        Ok(findings) => findings,
        Err(error) if error.kind() == ErrorKind::Archive => {
            vec![Finding::whole(Severity::Error, error.to_string())]
        }
        Err(error) => return Err(open::named(&path.display().to_string(), error)),
    };
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(findings)
}

fn order(finding: &Finding) -> impl Ord + '_ {
    let file = finding.file.as_deref().unwrap_or_default();
    let is_manifest = file == MANIFEST;
    (
        !file.is_empty(),
        !is_manifest,
        file,
        finding.line,
        finding.column,
    )
}

fn look(path: &Path) -> Result<Vec<Finding>> {
    let (place, origin) = open::locate(path)?;
    let mut zip = Zipped::open(place.as_ref())?;
    if origin == Origin::Archive {
        zip.verify()?;
    }
    let reading = check::package(&mut zip, origin)?;
    let mut findings = reading.findings;
    if let Some(manifest) = reading.manifest {
        findings.extend(rest(&mut zip, &manifest)?);
    }
    let bytes = fs::metadata(&place).map_err(open::unreadable)?.len();
    findings.extend(size(bytes));
    Ok(findings)
}

/// What is to be said about the size of an archive in bytes.
pub(super) fn size(bytes: u64) -> Option<Finding> {
    let text = format!(
        "the archive has {bytes} bytes, servers take {USUAL_LIMIT} unless package_size_limit in their \
         settings is raised"
    );
    (bytes > USUAL_LIMIT).then(|| Finding::whole(Severity::Warning, text))
}

/// What is to be said about all that a server does not look at when it takes a package.
pub(super) fn rest(zip: &mut Zipped, manifest: &Manifest) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if manifest.description.is_none() {
        let text = "Description is missing, older clients refuse the package: say what it does";
        findings.push(Finding::warning(MANIFEST, None, text));
    }
    if manifest.is_murano_pl() {
        findings.extend(classes(zip, manifest)?);
        findings.extend(form(zip, manifest)?);
    }
    findings.extend(generated_class(manifest));
    let images = check::text(zip, IMAGES)?.map(|text| text.map(|text| images::look(IMAGES, &text)));
    findings.extend(flatten(images));
    Ok(findings)
}

/// What is to be said about the text of a list of images.
pub(super) fn images(text: &str) -> Vec<Finding> {
    images::look(IMAGES, text)
}

/// The class that a server makes of a Heat template is called like the package.
fn generated_class(manifest: &Manifest) -> Option<Finding> {
    let name = &manifest.full_name;
    let is_flawed = manifest.is_hot() && !name.split('.').all(is_word);
    let text = format!(
        "FullName is {name:?}, which cannot name a class: begin each part with \"_\" or a letter of a to z"
    );
    is_flawed.then(|| Finding::flaw(MANIFEST, None, text))
}

/// The findings in a file, or why it cannot be read; none when there is no such file.
fn flatten(found: Option<Result<Vec<Finding>, Finding>>) -> Vec<Finding> {
    match found {
        None => Vec::new(),
        Some(Ok(findings)) => findings,
        Some(Err(finding)) => vec![finding.taken()],
    }
}

fn classes(zip: &mut Zipped, manifest: &Manifest) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut files: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (class, file) in &manifest.classes {
        if let Some(name) = names::resolve("Classes", file) {
            files.entry(name).or_default().insert(class);
        }
    }
    if manifest.classes.is_empty() {
        let text = "there are no Classes, so the package offers nothing";
        findings.push(Finding::warning(MANIFEST, None, text));
    }
    let is_stray = |name: &&str| name.starts_with("Classes/") && !files.contains_key(*name);
    for stray in zip.names().filter(is_stray) {
        let text = "no class of the manifest names this file: list it there or remove it";
        findings.push(Finding::warning(stray, None, text));
    }
    for (file, listed) in &files {
        let text = check::text(zip, file)?;
        let found = text.map(|text| text.map(|text| class::look(file, &text, listed, manifest)));
        findings.extend(flatten(found));
    }
    Ok(findings)
}

fn form(zip: &mut Zipped, manifest: &Manifest) -> Result<Vec<Finding>> {
    let Some(name) = names::resolve("UI", manifest.ui.as_deref().unwrap_or("ui.yaml")) else {
        return Ok(Vec::new());
    };
    let found = check::text(zip, &name)?.map(|text| text.map(|text| form::look(&name, &text)));
    if found.is_some() {
        return Ok(flatten(found));
    }
    // The server takes a package whose form is not there, and gives none to the dashboard.
    let text = match &manifest.ui {
        Some(file) => check::missing(zip, "UI", file, "UI"),
        None if manifest.kind == PackageType::Application => Some(format!(
            "{name} is missing, so the dashboard has no form: add one"
        )),
        None => None,
    };
    let told = text.map(|text| Finding::warning(&name, None, text));
    Ok(told.into_iter().collect())
}

#[cfg(test)]
mod tests;
