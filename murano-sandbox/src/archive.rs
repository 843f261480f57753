//! Package archives as the service reads them at upload.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};

use axum::body::Bytes;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::classes::{self, Class};
use crate::errors::{Failure, Result, explained, generic, no_attribute};
use crate::hot;
use crate::json::{python_repr, truthy};
use crate::versions::Version;
use crate::yaml::{self, Yaml};

/// Largest image in bytes.
const IMAGE_LIMIT: u64 = 512_000;
/// Largest text file, and all files of classes together, in bytes after unpacking.
const TEXT_LIMIT: u64 = 4 << 20;
/// How often a document is looked at in search of a class, over all classes of a package.
const LOOK_LIMIT: usize = 100_000;
/// The folder the service says it unpacked an archive into.
const FOLDER: &str = "/tmp/tmpsandbox";

/// Everything an upload takes out of an archive.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) full_name: String,
    pub(crate) version: String,
    /// Members of the package object: name, type, description, author, supplier.
    pub(crate) facts: Value,
    pub(crate) tags: Vec<String>,
    pub(crate) class_names: Vec<String>,
    /// The classes whose files could be read.
    pub(crate) classes: Vec<Class>,
    pub(crate) ui: String,
    pub(crate) is_hot: bool,
    pub(crate) logo: Option<Vec<u8>>,
    pub(crate) supplier_logo: Option<Vec<u8>>,
}

/// A complaint about the archive.
fn unloadable(text: impl std::fmt::Display) -> Failure {
    explained(400, format!("Couldn't load package from file: {text}"))
}

fn wrong_format(text: impl std::fmt::Display) -> Failure {
    unloadable(format!("Incorrect package format: {text}"))
}

type Zip = ZipArchive<Cursor<Bytes>>;

/// Opens an archive and checks what the service checks.
pub(crate) fn open(bytes: Bytes) -> Result<Package> {
    let mut zip = ZipArchive::new(Cursor::new(bytes))
        .map_err(|_| wrong_format("Uploaded file /tmp/tmpupload is not a zip archive"))?;
    let manifest = read_manifest(&mut zip)?;
    let is_hot = read_format(&manifest)?;
    let full_name = read_full_name(&manifest)?;
    let version = read_version(&manifest)?;
    let facts = facts(&manifest, full_name)?;
    let template = if is_hot {
        Some(read_template(&mut zip)?)
    } else {
        None
    };
    let logo = image(&mut zip, &manifest, ("Logo", "logo.png"), "logo")?;
    let supplier = manifest.get("Supplier").cloned().unwrap_or_default();
    let supplier_logo = image(
        &mut zip,
        &supplier,
        ("Logo", "supplier_logo.png"),
        "supplier logo",
    )?;
    let mut package = Package {
        full_name: full_name.to_owned(),
        version: version.to_string(),
        tags: Vec::new(),
        facts,
        class_names: Vec::new(),
        classes: Vec::new(),
        ui: String::new(),
        is_hot,
        logo,
        supplier_logo,
    };
    if let Some(template) = template {
        use_template(&template, &manifest, &mut package)?;
    } else {
        read_classes(&mut zip, &manifest, &mut package)?;
        let ui = manifest
            .get("UI")
            .and_then(Yaml::scalar)
            .unwrap_or_else(|| "ui.yaml".to_owned());
        package.ui = text(&mut zip, &contained("UI", &ui)?).unwrap_or_default();
    }
    package.tags = read_tags(&manifest)?;
    Ok(package)
}

fn read_manifest(zip: &mut Zip) -> Result<Yaml> {
    let text = text(zip, "manifest.yaml");
    let text = text.ok_or_else(|| unloadable("Unable to find package manifest"))?;
    let broken = |error: String| unloadable(format!("Unable to load due to '{}'", located(&error)));
    let manifest = match yaml::documents(&text).map_err(broken)?.as_slice() {
        [] => Yaml::Null,
        [only] => only.clone(),
        _ => {
            return Err(broken(
                "expected a single document in the stream".to_owned(),
            ));
        }
    };
    if matches!(manifest, Yaml::Map(_)) {
        return Ok(manifest);
    }
    Err(no_attribute(&manifest.json(), "get"))
}

/// A complaint of the parser with the place on a line of its own, as the service's parser writes it.
fn located(error: &str) -> String {
    let place = error.rsplit_once(" at byte ").and_then(|(what, place)| {
        let (line, column) = place.split_once(" line ")?.1.split_once(" column ")?;
        Some((what, line, column))
    });
    match place {
        Some((what, line, column)) => {
            format!("{what}\n  in \"{FOLDER}/manifest.yaml\", line {line}, column {column}")
        }
        None => error.to_owned(),
    }
}

fn read_version(manifest: &Yaml) -> Result<Version> {
    let Some(given) = manifest.get("Version") else {
        return Ok(Version::default());
    };
    let given = python_text(given);
    Version::parse(&given).ok_or_else(|| {
        let text = format!("Version string lacks a numerical component: '{given}'");
        unloadable(format!("Couldn't load package from file: {text}"))
    })
}

fn read_tags(manifest: &Yaml) -> Result<Vec<String>> {
    match manifest.get("Tags") {
        None => Ok(Vec::new()),
        Some(Yaml::List(items)) => Ok(items.iter().filter_map(Yaml::scalar).collect()),
        Some(Yaml::Null) => Err(generic(400)),
        Some(Yaml::Map(entries)) => {
            Ok(entries.iter().filter_map(|(key, _)| key.scalar()).collect())
        }
        Some(one) => Ok(one.scalar().into_iter().collect()),
    }
}

fn read_template(zip: &mut Zip) -> Result<String> {
    text(zip, "template.yaml").ok_or_else(|| {
        let last = "murano.packages.exceptions.PackageFormatError: Unable to find Heat template";
        Failure::Traceback(last.to_owned())
    })
}

/// A Heat template stands for one class with the name of the package.
fn use_template(template: &str, manifest: &Yaml, package: &mut Package) -> Result<()> {
    let name = package.full_name.clone();
    package.ui = hot::user_interface(&name, &package.version, manifest, template)?;
    package.class_names = vec![name.clone()];
    package.classes = vec![Class {
        name,
        opaque: true,
        ..Class::default()
    }];
    Ok(())
}

/// Whether the package is a Heat template; fails for formats nobody knows.
fn read_format(manifest: &Yaml) -> Result<bool> {
    let format = match manifest.get("Format") {
        None => "MuranoPL/1.0".to_owned(),
        Some(Yaml::Number(number)) => format!("MuranoPL/{number}"),
        Some(other) => other.scalar().unwrap_or_default(),
    };
    match format.as_str() {
        "MuranoPL/1.0" | "MuranoPL/1.1" | "MuranoPL/1.2" | "MuranoPL/1.3" | "MuranoPL/1.4" => {
            Ok(false)
        }
        "1.0" | "1.1" | "1.2" | "1.3" | "1.4" => Ok(false),
        "Heat.HOT/1.0" => Ok(true),
        // A format is a name and a version; what has only one of them is repeated, and no more.
        _ if !format.contains('/') => Err(unloadable(format!(
            "Couldn't load package from file: {format}"
        ))),
        _ => Err(wrong_format(format!("Unsupported format {format}"))),
    }
}

/// A value as Python turns it into text.
fn python_text(value: &Yaml) -> String {
    match value {
        Yaml::Text { text, .. } => text.clone(),
        other => python_repr(&other.json()),
    }
}

fn read_full_name(manifest: &Yaml) -> Result<&str> {
    let given = manifest.get("FullName").unwrap_or(&Yaml::Null);
    if !truthy(&given.json()) {
        return Err(wrong_format("FullName is not specified"));
    }
    let full_name = given.text().ok_or_else(|| generic(400))?;
    let word = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if !full_name.split('.').all(word) {
        return Err(wrong_format(format!("Invalid FullName {full_name}")));
    }
    Ok(full_name)
}

fn facts(manifest: &Yaml, full_name: &str) -> Result<Value> {
    let kind = manifest.get("Type").unwrap_or(&Yaml::Null);
    let kind = match python_text(kind) {
        kind if matches!(kind.as_str(), "Application" | "Library") => kind,
        other => return Err(wrong_format(format!("Invalid package Type {other}"))),
    };
    let name = match manifest.get("Name") {
        None => full_name.into(),
        Some(name) => name.json(),
    };
    let or_default = |key: &str, default: Value| match manifest.get(key) {
        None | Some(Yaml::Null) => default,
        Some(node) => node.json(),
    };
    Ok(json!({
        "name": name, "fully_qualified_name": full_name, "type": kind,
        "description": or_default("Description", "The description is not provided".into()),
        "author": or_default("Author", "OpenStack".into()),
        "supplier": or_default("Supplier", json!({})),
    }))
}

fn read_classes(zip: &mut Zip, manifest: &Yaml, package: &mut Package) -> Result<()> {
    let Some(Yaml::Map(entries)) = manifest.get("Classes") else {
        return Ok(());
    };
    if entries.is_empty() {
        return Err(generic(400));
    }
    // Many classes may be in one file, which is unpacked and parsed once.
    let mut files: HashMap<String, Option<Documents>> = HashMap::new();
    let (mut left, mut looks) = (TEXT_LIMIT, LOOK_LIMIT);
    for (name, file) in entries {
        let (Some(name), Some(file)) = (name.scalar(), file.scalar()) else {
            continue;
        };
        // Class files are opened when they are needed, so what is wrong with them is not said here.
        let found = files.entry(file).or_insert_with_key(|file| {
            let text = text_of(zip, &contained("Classes", file).ok()?, left)?;
            left -= u64::try_from(text.len()).unwrap_or(left).min(left);
            Some(yaml::documents(&text))
        });
        let documents = found.as_ref().and_then(|file| file.as_ref().ok());
        looks = looks.saturating_sub(documents.map_or(1, Vec::len));
        let found = found.as_ref().filter(|_| looks > 0);
        package.classes.push(read_class(&name, found));
        package.class_names.push(name);
    }
    Ok(())
}

/// What is in a file of classes, or why it cannot be read.
type Documents = std::result::Result<Vec<Yaml>, String>;

/// The class with this name in its file.
fn read_class(name: &str, file: Option<&Documents>) -> Class {
    let broken = match file {
        None => format!(
            "Unable to load class \"{name}\" from package: File with class definition not found"
        ),
        Some(Err(error)) => error.clone(),
        Some(Ok(documents)) => {
            let mut classes = classes::read(documents, name).into_iter();
            match classes.find(|class| class.name == name) {
                Some(class) => return class,
                None => String::new(),
            }
        }
    };
    Class {
        name: name.to_owned(),
        broken: Some(broken),
        ..Class::default()
    }
}

/// The path of a file below a folder, unless it leads out of it.
fn contained(folder: &str, file: &str) -> Result<String> {
    if file.starts_with('/') || file.split('/').any(|part| part == "..") {
        return Err(unloadable(format!(
            "Couldn't load package from file: path {FOLDER}/{folder}/{file} is not allowed \
             ('{FOLDER}', '{folder}', '{file}')"
        )));
    }
    Ok(format!("{folder}/{file}"))
}

fn text(zip: &mut Zip, path: &str) -> Option<String> {
    text_of(zip, path, TEXT_LIMIT)
}

fn text_of(zip: &mut Zip, path: &str, limit: u64) -> Option<String> {
    let file = zip.by_name(path).ok()?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// An image named in a map, or the one with the usual name.
fn image(
    zip: &mut Zip,
    map: &Yaml,
    (key, usual): (&str, &str),
    noun: &str,
) -> Result<Option<Vec<u8>>> {
    let named = map.get(key).and_then(Yaml::scalar);
    let path = named.as_deref().unwrap_or(usual);
    let wrong = |text: String| unloadable(format!("Unable to load {noun}: {text}"));
    let Ok(file) = zip.by_name(path) else {
        return match named {
            None => Ok(None),
            Some(path) => Err(wrong(format!(
                "[Errno 2] No such file or directory: '{FOLDER}/{path}'"
            ))),
        };
    };
    let size = file.size();
    let label = noun.replace(' ', "_");
    let mut bytes = Vec::new();
    file.take(IMAGE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(error.to_string()))?;
    if size > IMAGE_LIMIT {
        return Err(wrong(format!(
            "{label}: Uploaded image size {size} is too large. Max allowed size is {IMAGE_LIMIT}"
        )));
    }
    let known = [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        b"\xff\xd8\xff",
        b"GIF87a",
        b"GIF89a",
    ];
    if known.iter().any(|magic| bytes.starts_with(magic)) {
        Ok(Some(bytes))
    } else {
        Err(wrong(format!(
            "{label}: Unsupported Format. Only png, jpeg, gif allowed"
        )))
    }
}

/// Packs files into an archive; for the libraries of a fresh catalog and for tests.
pub(crate) fn pack(files: &[(&str, &str)]) -> std::io::Result<Bytes> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer
            .start_file(*path, options)
            .map_err(std::io::Error::other)?;
        writer.write_all(text.as_bytes())?;
    }
    let packed = writer.finish().map_err(std::io::Error::other)?;
    Ok(Bytes::from(packed.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(manifest: &str) -> String {
        let bytes = pack(&[("manifest.yaml", manifest)]).unwrap();
        match open(bytes).unwrap_err() {
            Failure::Short { message, .. } => {
                message.trim_end_matches("<br /><br />\n\n\n").to_owned()
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_minimal_manifest_gets_defaults() {
        let bytes = pack(&[(
            "manifest.yaml",
            "FullName: a.B\nType: Library\nVersion: 1.2\n",
        )]);
        let package = open(bytes.unwrap()).unwrap();
        assert_eq!(
            (package.full_name.as_str(), package.version.as_str()),
            ("a.B", "1.2.0")
        );
        assert_eq!(
            package.facts,
            json!({"name": "a.B", "fully_qualified_name": "a.B", "type": "Library",
                "description": "The description is not provided", "author": "OpenStack",
                "supplier": {}})
        );
    }

    #[test]
    fn complaints_are_the_services() {
        let prefix = "Couldn't load package from file: ";
        for (manifest, text) in [
            (
                "Type: X",
                "Incorrect package format: FullName is not specified",
            ),
            (
                "FullName: a\nVersion: x",
                "Couldn't load package from file: Version string lacks a numerical component: 'x'",
            ),
            (
                "FullName: a\nType: X",
                "Incorrect package format: Invalid package Type X",
            ),
            ("Format: Foo", "Couldn't load package from file: Foo"),
            (
                "a: b: c",
                "Unable to load due to 'mapping values are not allowed in this context\n  \
                 in \"/tmp/tmpsandbox/manifest.yaml\", line 1, column 5'",
            ),
            (
                "FullName: a\nMeta: !!python/object/apply:os.system [x]\n",
                "Unable to load due to 'could not determine a constructor for the tag \
                 'tag:yaml.org,2002:python/object/apply:os.system'\n  \
                 in \"/tmp/tmpsandbox/manifest.yaml\", line 2, column 7'",
            ),
            (
                "--- a\n--- b\n",
                "Unable to load due to 'expected a single document in the stream'",
            ),
            (
                "FullName: a",
                "Incorrect package format: Invalid package Type None",
            ),
            (
                "Type: Library",
                "Incorrect package format: FullName is not specified",
            ),
            (
                "Type: Library\nFullName: a..b",
                "Incorrect package format: Invalid FullName a..b",
            ),
            (
                "Format: Foo/1",
                "Incorrect package format: Unsupported format Foo/1",
            ),
            (
                "Type: Library\nFullName: a\nVersion: x",
                "Couldn't load package from file: Version string lacks a numerical component: 'x'",
            ),
            (
                "Type: Library\nFullName: a\nLogo: x.png",
                "Unable to load logo: [Errno 2] No such file or directory: '/tmp/tmpsandbox/x.png'",
            ),
        ] {
            assert_eq!(refused(manifest), format!("{prefix}{text}"));
        }
        assert!(open(Bytes::from_static(b"nothing")).is_err());
    }
}
