//! What `package-create` said.

use std::path::{Component, Path, PathBuf};

use murano_sdk::archive::{CreateFault, NewPackage, PackageSource};

/// What it said when neither or both of template and classes were named.
pub(crate) const EITHER: &str =
    "Provide --template for a HOT-based package, OR --classes-dir for a MuranoPL-based package";
pub(crate) const NEITHER: &str = "Provide --template for a HOT-based package, OR at least --classes-dir for a \
                                  MuranoPL-based package";
pub(crate) const TYPE: &str = "--type should be set to 'Application' or 'Library'";

/// What it left out, because it looked at it for packages of another kind only or never missed it.
pub(crate) fn forget(new: &mut NewPackage) {
    if matches!(new.source, PackageSource::Template(_)) {
        new.ui = None;
        new.kind = None;
    }
    new.logo = new.logo.take().filter(|file| file.is_file());
}

/// Its words for what keeps a package from being made, where it had some.
pub(crate) fn sentence(fault: &CreateFault, new: &NewPackage) -> Option<String> {
    let text = match (fault, &new.source) {
        (CreateFault::NoFolder, _) => "'--classes-dir' parameter should be a directory",
        (CreateFault::NoClasses, _) => "Application should have at least one class",
        (CreateFault::ClassNotYaml(file), _) => {
            let file = file.display();
            return Some(format!("MuranoPL class {file} should be a valid yaml file"));
        }
        (CreateFault::ClassUnnamed, _) => "Error in class definition: 'Name' section is required",
        (CreateFault::SeveralApplications, _) => {
            "Murano package should have only one class extends 'io.murano.Application' class"
        }
        (CreateFault::NoType, _) => "Too few arguments: --type and --full-name is required",
        (CreateFault::NoFullName, _) => "Please, provide --full-name parameter",
        (CreateFault::NoForm, _) => "'--ui' is required parameter",
        (CreateFault::FormNotFile, _) => {
            let file = new.ui.as_deref().unwrap_or(Path::new("")).display();
            return Some(format!("{file} is not a file or doesn`t exist"));
        }
        (CreateFault::NoResources, _) => "'--resources-dir' parameter should be a directory",
        (CreateFault::NoTemplate, PackageSource::Template(file)) => {
            return Some(format!("Template '{}' doesn`t exist", file.display()));
        }
        (CreateFault::TemplateNotYaml, _) => {
            "Heat template, represented by --'template' parameter should be a valid yaml file"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// What it said in the end.
pub(crate) fn done(archive: &Path) -> String {
    let archive = std::path::absolute(archive).unwrap_or_else(|_| archive.to_owned());
    let mut plain = PathBuf::new();
    for part in archive.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    format!("Application package is available at {}", plain.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_the_root_on() {
        assert_eq!(
            done(Path::new("/a/../b/./c.zip")),
            "Application package is available at /b/c.zip"
        );
    }
}
