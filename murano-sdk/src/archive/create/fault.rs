//! Why no package can be made.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::Error;

/// Why [`NewPackage::create`](super::NewPackage::create) refuses its files; the source of its error, for
/// programs that tell it in their own words.
///
/// ```
/// use murano_sdk::archive::{CreateFault, NewPackage};
/// use std::error::Error as _;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let error = NewPackage::from_classes(folder.path()).create().unwrap_err();
/// let fault = error.source().and_then(|source| source.downcast_ref());
/// assert_eq!(fault, Some(&CreateFault::NoClasses));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CreateFault {
    /// The folder of classes is none.
    NoFolder,
    /// It holds no files.
    NoClasses,
    /// This file of classes is not YAML, or not as MuranoPL asks for it.
    ClassNotYaml(PathBuf),
    /// A class does not say how it is called.
    ClassUnnamed,
    /// The name of a class is none.
    ClassMisnamed,
    /// Two classes have the same name.
    ClassRepeated,
    /// Several classes are applications, so the package cannot be called like one of them.
    SeveralApplications,
    /// No class tells what the package is for and how it is called.
    NoType,
    /// No class tells how the package is called.
    NoFullName,
    /// An application of classes needs a form.
    NoForm,
    /// The form is no file.
    FormNotFile,
    /// The folder of resources is none.
    NoResources,
    /// The logo is no file.
    NoLogo,
    /// The Heat template is no file.
    NoTemplate,
    /// The Heat template is not YAML, or no mapping.
    TemplateNotYaml,
}

impl CreateFault {
    /// The error of a thing that has this fault.
    pub(super) fn at(self, path: &Path) -> Error {
        let text = match self {
            Self::NoFolder | Self::NoResources if path.exists() => "this is no folder".to_owned(),
            Self::FormNotFile | Self::NoLogo | Self::NoTemplate if path.exists() => {
                "this is no regular file".to_owned()
            }
            _ => self.to_string(),
        };
        self.with(path, &text)
    }

    /// The same with a sentence that knows more.
    pub(super) fn with(self, path: &Path, text: &str) -> Error {
        Error::archive(format!("{}: {text}", path.display())).with_source(self)
    }
}

impl fmt::Display for CreateFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoFolder | Self::NoResources => "there is no such folder",
            Self::NoClasses => "the folder holds no classes",
            Self::ClassNotYaml(_) => "this is no file of classes",
            Self::ClassUnnamed => "a class has no Name: give it one",
            Self::ClassMisnamed => "the name of a class is not as it has to be",
            Self::ClassRepeated => "two classes have the same name",
            Self::SeveralApplications => {
                "several classes extend io.murano.Application: say the full name of the package"
            }
            Self::NoType => {
                "no class extends io.murano.Application: say the type and the full name of the package"
            }
            Self::NoFullName => "no class extends io.murano.Application: say the full name of the package",
            Self::NoForm => "an application of classes needs a form for the dashboard: name its file",
            Self::FormNotFile | Self::NoLogo | Self::NoTemplate => "there is no such file",
            Self::TemplateNotYaml => "this is no Heat template",
        })
    }
}

impl std::error::Error for CreateFault {}
