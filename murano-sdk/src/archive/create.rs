//! Packages out of a folder of classes or out of a Heat template.
//!
//! No file is opened before it is known to be a regular one: a named pipe would never begin or end.

mod classes;
mod fault;
mod template;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

pub use fault::CreateFault;

use super::manifest::PackageType;
use super::pack::{self, Content, Member};
use super::{PackageFile, check, requirement, version};
use crate::error::io_reason;
use crate::{Error, ErrorKind, Result};

/// What packages show that bring no logo.
const LOGO: &[u8] = include_bytes!("create/logo.png");

/// A package to be made from a folder of classes or from a Heat template.
///
/// The manifest is written from what the files say; every field that is set, and no empty text,
/// replaces what would be found out. The same files and fields make the same bytes.
///
/// ```
/// use murano_sdk::archive::NewPackage;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let place = tempfile::tempdir()?;
/// # let classes = place.path().join("classes");
/// # std::fs::create_dir(&classes)?;
/// std::fs::write(
///     classes.join("Shop.yaml"),
///     "Namespaces: {=: com.example, std: io.murano}\nName: Shop\nExtends: std:Application\n",
/// )?;
/// # let form = place.path().join("form.yaml");
/// # std::fs::write(&form, "Version: 2.4\nApplication: {?: {type: com.example.Shop}}\nForms: []\n")?;
/// let mut shop = NewPackage::from_classes(&classes);
/// shop.ui = Some(form);
/// shop.version = Some("1.2.0".to_owned());
/// shop.output = Some(place.path().join("shop.zip"));
/// let shop = shop.create()?;
/// assert_eq!(shop.manifest().full_name, "com.example.Shop");
/// assert_eq!(shop.manifest().classes["com.example.Shop"], "Shop.yaml");
/// assert_eq!(shop.entries(), ["Classes/Shop.yaml", "UI/ui.yaml", "logo.png", "manifest.yaml"]);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewPackage {
    /// Where its content is.
    pub source: PackageSource,
    /// Name by which other packages know it. Otherwise that of the application class, or
    /// `io.murano.apps.generated.` and the name of a template.
    pub full_name: Option<String>,
    /// Name for people. Otherwise that of the application class, the last part of the full name, or the
    /// name of the template's file.
    pub name: Option<String>,
    /// Who made it; nobody, if it is not said.
    pub author: Option<String>,
    /// What it does. Otherwise that of the template, or a sentence that says nothing.
    pub description: Option<String>,
    /// Words to find it by. Otherwise `Heat-generated` for a template, none for classes.
    pub tags: Option<Vec<String>>,
    /// What it is for. Otherwise it is an application when a class extends `io.murano.Application`.
    /// Heat templates are always applications.
    pub kind: Option<PackageType>,
    /// Version, such as `1.2.0`. Otherwise the manifest has none and servers take it for `0.0.0`.
    pub version: Option<String>,
    /// Packages it needs: full names and ranges of versions, `None` for any.
    pub require: Vec<(String, Option<String>)>,
    /// File of the form for the dashboard. Applications of classes need one; for Heat templates the
    /// server makes it.
    pub ui: Option<PathBuf>,
    /// Folder of files that come along, below `Resources` of the archive.
    pub resources: Option<PathBuf>,
    /// Image file. Otherwise the picture of a parcel.
    pub logo: Option<PathBuf>,
    /// The archive to write, in place of a file that is there. Otherwise one in the working folder,
    /// with the name of the template's file, or with the full name.
    pub output: Option<PathBuf>,
}

/// What a [`NewPackage`] is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackageSource {
    /// A folder of class files. Files of version control and the like are left out, links refused.
    Classes(PathBuf),
    /// The file of a Heat template.
    Template(PathBuf),
}

/// What was found in the source.
struct Draft {
    format: &'static str,
    full_name: String,
    name: String,
    kind: PackageType,
    description: String,
    tags: Vec<String>,
    classes: BTreeMap<String, String>,
    members: Vec<Member>,
    /// What to call the archive.
    file_name: String,
}

impl NewPackage {
    /// A package of the classes in the files below `folder`.
    pub fn from_classes(folder: impl Into<PathBuf>) -> Self {
        Self::from_source(PackageSource::Classes(folder.into()))
    }

    /// A package of a Heat template.
    ///
    /// ```
    /// use murano_sdk::archive::NewPackage;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let place = tempfile::tempdir()?;
    /// # let file = place.path().join("web_server.yaml");
    /// std::fs::write(&file, "heat_template_version: 2013-05-23\nresources: {}\n")?;
    /// let mut web = NewPackage::from_template(&file);
    /// web.output = Some(place.path().join("web.zip"));
    /// let web = web.create()?;
    /// assert_eq!(web.manifest().full_name, "io.murano.apps.generated.WebServer");
    /// assert_eq!(web.entries(), ["logo.png", "manifest.yaml", "template.yaml"]);
    /// # Ok(()) }
    /// ```
    pub fn from_template(file: impl Into<PathBuf>) -> Self {
        Self::from_source(PackageSource::Template(file.into()))
    }

    fn from_source(source: PackageSource) -> Self {
        Self {
            source,
            full_name: None,
            name: None,
            author: None,
            description: None,
            tags: None,
            kind: None,
            version: None,
            require: Vec::new(),
            ui: None,
            resources: None,
            logo: None,
            output: None,
        }
    }

    /// Writes the archive. It appears when it is complete, and only when a server would take it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`] when no package can be made of the files; a [`CreateFault`] is the source
    /// of such an error where it has a name. [`ErrorKind::Invalid`] when a field cannot be right.
    /// [`ErrorKind::Io`] when a file cannot be read or the archive cannot be written.
    pub fn create(&self) -> Result<PackageFile> {
        self.check_fields()?;
        let (source, mut draft) = match &self.source {
            PackageSource::Classes(folder) => (folder, classes::draft(self, folder)?),
            PackageSource::Template(file) => (file, template::draft(self, file)?),
        };
        let out = self
            .output
            .clone()
            .unwrap_or_else(|| PathBuf::from(&draft.file_name));
        self.spare_sources(&out)?;
        let members = self.members(&mut draft, &out)?;
        let mut temporary = pack::temporary_for(&out)?;
        let shown = source.display().to_string();
        pack::write_all(members, temporary.as_file_mut())
            .map_err(|error| super::open::named(&shown, error))?;
        PackageFile::settle(temporary, shown, &out)
    }

    fn check_fields(&self) -> Result<()> {
        if let Some(version) = given(self.version.as_ref())
            && version::normalize(version).is_none()
        {
            let text = format!("the version {version:?} must begin with a number such as 1.0.0");
            return Err(Error::invalid(text));
        }
        for (package, range) in &self.require {
            let range = range.as_deref().unwrap_or_default();
            if let Some(fault) = requirement::fault(range) {
                let text = format!("the version {range:?} that is required of {package}: {fault}");
                return Err(Error::invalid(text));
            }
        }
        Ok(())
    }

    /// Fails where the archive would take the place of a file it is made from.
    fn spare_sources(&self, out: &Path) -> Result<()> {
        let template = match &self.source {
            PackageSource::Template(file) => Some(file),
            PackageSource::Classes(_) => None,
        };
        let own = pack::canonical_file(out);
        let sources = [template, self.ui.as_ref(), self.logo.as_ref()];
        match sources
            .into_iter()
            .flatten()
            .find(|file| pack::canonical_file(file) == own)
        {
            None => Ok(()),
            Some(file) => {
                let file = file.display();
                let text = format!(
                    "the package would replace {file}, which it is made from: name another output"
                );
                Err(Error::invalid(text))
            }
        }
    }

    /// Everything that comes into the archive.
    fn members(&self, draft: &mut Draft, out: &Path) -> Result<Vec<Member>> {
        let mut members = std::mem::take(&mut draft.members);
        if let Some(folder) = &self.resources {
            if !folder.is_dir() {
                return Err(CreateFault::NoResources.at(folder));
            }
            members.extend(below(folder, "Resources", Some(out))?);
        }
        if let (Some(file), PackageSource::Classes(_)) = (&self.ui, &self.source) {
            members.push(copy("UI/ui.yaml", file));
        }
        members.push(match &self.logo {
            Some(file) if file.is_file() => copy("logo.png", file),
            Some(file) => return Err(CreateFault::NoLogo.at(file)),
            None => written("logo.png", LOGO.to_vec()),
        });
        let manifest = crate::yaml::to_string(&self.manifest(draft));
        members.push(written(check::MANIFEST, manifest.into_bytes()));
        Ok(members)
    }

    fn manifest(&self, draft: &Draft) -> Value {
        let mut keys = BTreeMap::from([
            ("Format", json!(draft.format)),
            ("FullName", json!(draft.full_name)),
            ("Name", json!(draft.name)),
            ("Type", json!(draft.kind.as_str())),
            ("Description", json!(draft.description)),
        ]);
        keys.extend(given(self.author.as_ref()).map(|author| ("Author", json!(author))));
        keys.extend(given(self.version.as_ref()).map(|version| ("Version", json!(version))));
        if !draft.tags.is_empty() {
            keys.insert("Tags", json!(draft.tags));
        }
        if !draft.classes.is_empty() {
            keys.insert("Classes", json!(draft.classes));
        }
        if !self.require.is_empty() {
            let require = self
                .require
                .iter()
                .cloned()
                .map(|(name, range)| (name, json!(range)));
            keys.insert("Require", require.collect::<Map<_, _>>().into());
        }
        // Sorted, whatever order the map of a program keeps.
        keys.into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

/// A text that says something.
fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

fn copy(name: &str, file: &Path) -> Member {
    let content = Content::File(file.to_owned());
    Member {
        name: name.to_owned(),
        content,
    }
}

fn written(name: &str, bytes: Vec<u8>) -> Member {
    let content = Content::Bytes(bytes);
    Member {
        name: name.to_owned(),
        content,
    }
}

/// The files of a folder, but for the archive to be, as they are to be called.
fn below(folder: &Path, place: &str, out: Option<&Path>) -> Result<Vec<Member>> {
    let found = pack::find(folder, out);
    let found = found.map_err(|error| super::open::named(&folder.display().to_string(), error))?;
    let moved = found.into_iter().map(|member| Member {
        name: format!("{place}/{}", member.name),
        ..member
    });
    Ok(moved.collect())
}

/// The text of a file that is to be understood; one that is none has this fault.
fn text(path: &Path, fault: CreateFault) -> Result<String> {
    let limit = check::MAX_TEXT;
    let failed = |error: std::io::Error| {
        let text = format!("{}: {}", path.display(), io_reason(&error));
        Error::new(ErrorKind::Io, text).with_source(error)
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        let text = format!("it is larger than the {limit} bytes allowed for it");
        return Err(fault.with(path, &text));
    }
    String::from_utf8(bytes).map_err(|_| fault.with(path, "it is not text in UTF-8"))
}

#[cfg(test)]
mod tests;
