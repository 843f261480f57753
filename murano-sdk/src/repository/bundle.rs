//! Bundles: lists of packages that belong together.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::names;
use crate::{
    archive::{is_full_name, quote, version},
    error::{Error, ErrorKind, Result, io_reason},
    yaml::{Body, Documents, Node, Tags},
};

/// Largest bundle that is read, in bytes.
pub(super) const LARGEST: u64 = 1 << 20;
/// More packages than any bundle has.
const MOST: usize = 1000;
const KEYS: [&str; 3] = ["Name", "Version", "Url"];

/// A list of packages: the file `NAME.bundle` of a repository, JSON or YAML.
///
/// It serialises with the keys of the file, so its JSON form is a bundle again.
///
/// ```
/// use murano_sdk::repository::Bundle;
///
/// let bundle = Bundle::parse("Packages:\n- Name: io.example.Shop\n  Version: 1.10\n")?;
/// assert_eq!(bundle.packages[0].version.as_deref(), Some("1.10"));
/// let error = Bundle::parse(r#"{"Packages": [{"name": "io.example.Shop"}]}"#).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 1, column 15: a package of the bundle has no Name: did you mean Name in place of \"name\"",
/// );
/// # Ok::<(), murano_sdk::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Bundle {
    /// The packages in the order of the file; one that is named twice is here once.
    pub packages: Vec<BundlePackage>,
}

/// A package that a [`Bundle`] names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct BundlePackage {
    /// Full name, such as `io.example.Shop`.
    pub name: String,
    /// Version as it is written; any without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where its archive is, when not in the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Bundle {
    /// A bundle of these packages, by name and version.
    ///
    /// ```
    /// use murano_sdk::repository::Bundle;
    ///
    /// let bundle = Bundle::of([("io.example.Shop", Some("1.0")), ("io.example.Till", None)]);
    /// assert_eq!(Bundle::parse(&bundle.to_json())?, bundle);
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn of<'a>(packages: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let package = |(name, version): (&str, Option<&str>)| BundlePackage {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            url: None,
        };
        Self {
            packages: packages.into_iter().map(package).collect(),
        }
    }

    /// Reads the text of a bundle.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`]: the text is neither JSON nor YAML, or an entry is not as it must be.
    pub fn parse(text: &str) -> Result<Self> {
        let documents = Documents::load(text, Tags::Refused);
        let documents = documents.map_err(|error| Error::archive(error.to_string()))?;
        let root = documents
            .single()
            .map_err(|error| Error::archive(error.to_string()))?;
        let list = root.and_then(|root| root.get("Packages"));
        let Some(Body::Sequence(items)) = list.map(|list| &list.body) else {
            let text = "a bundle must be a mapping of the key Packages to a list";
            return Err(Error::archive(text));
        };
        if items.len() > MOST {
            let count = items.len();
            let text = format!("the bundle names {count} packages, {MOST} are allowed");
            return Err(Error::archive(text));
        }
        let mut packages: Vec<BundlePackage> = Vec::new();
        for item in items {
            let package = package(item).map_err(|text| {
                let (line, column) = (item.at.line, item.at.column);
                Error::archive(format!("line {line}, column {column}: {text}"))
            })?;
            if !packages.contains(&package) {
                packages.push(package);
            }
        }
        Ok(Self { packages })
    }

    /// Reads a bundle from a file.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use murano_sdk::repository::Bundle;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("shops.bundle");
    /// std::fs::write(&path, r#"{"Packages": [{"Name": "io.example.Shop"}]}"#)?;
    /// assert_eq!(Bundle::open(&path)?.packages[0].name, "io.example.Shop");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and [`ErrorKind::Io`] when the file cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let named = |error: Error| {
            let text = format!("{}: {error}", path.display());
            error.with_message(text)
        };
        let bytes = bounded(path).map_err(named)?;
        Self::read(&bytes).map_err(named)
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        if bytes.trim_ascii_start().starts_with(b"<") {
            return Err(Error::archive("this is a web page and no bundle"));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Error::archive("the bundle is no text in UTF-8"))?;
        Self::parse(text)
    }

    /// The text of a bundle, JSON.
    pub fn to_json(&self) -> String {
        // Texts alone cannot fail to be written.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{json}\n")
    }
}

/// A file that may not be large.
pub(super) fn bounded(path: &Path) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let failed =
        |error: std::io::Error| Error::new(ErrorKind::Io, io_reason(&error)).with_source(error);
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Error::new(ErrorKind::Io, "this is no file"));
    }
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        let text = format!("the file is larger than the {LARGEST} bytes allowed");
        return Err(Error::archive(text));
    }
    Ok(bytes)
}

/// An entry, or what is wrong with it.
fn package(node: &Node) -> Result<BundlePackage, String> {
    if !matches!(node.body, Body::Mapping(_)) {
        return Err("a package of the bundle must be a mapping with a Name".to_owned());
    }
    let name = match (node.get("Name").and_then(Node::text), misspelt(node)) {
        (Some(name), None) => name,
        (Some(name), Some((known, found))) => {
            let name = quote(name);
            let text = format!("the package {name} has the key {found}: did you mean {known}");
            return Err(text);
        }
        (None, Some(("Name", found))) => {
            let text = "a package of the bundle has no Name: did you mean Name in place of";
            return Err(format!("{text} {found}"));
        }
        (None, _) => return Err("a package of the bundle has no Name".to_owned()),
    };
    if !is_full_name(name) {
        let name = quote(name);
        let text = format!("{name} is no full name of a package, such as io.example.Shop");
        return Err(text);
    }
    let text = |key: &str| match node.get(key) {
        None => Ok(None),
        Some(value) if matches!(value.body, Body::Scalar { .. }) => {
            let text = value.text().filter(|text| !text.is_empty());
            Ok(text.map(str::to_owned))
        }
        Some(_) => Err(format!("the {key} of the package {name} must be a text")),
    };
    let (version, url) = (text("Version")?, text("Url")?);
    if let Some(found) = version.as_deref().filter(|text| !is_version(text)) {
        let found = quote(found);
        let text = format!("the Version of the package {name} is {found}, not such as 1.0.0");
        return Err(text);
    }
    if let Some(found) = url.as_deref().filter(|url| !names::is_url(url)) {
        let found = quote(found);
        let text = format!(
            "the Url of the package {name} is {found}, it must begin with http:// or https://"
        );
        return Err(text);
    }
    Ok(BundlePackage {
        name: name.to_owned(),
        version,
        url,
    })
}

fn is_version(text: &str) -> bool {
    version::normalize(text).is_some() && names::refuse(text).is_none()
}

/// A key that differs from one that is known in capital letters only.
fn misspelt(node: &Node) -> Option<(&'static str, String)> {
    node.entries().iter().find_map(|entry| {
        let known = KEYS
            .iter()
            .find(|known| known.eq_ignore_ascii_case(&entry.key) && **known != entry.key)?;
        Some((*known, quote(&entry.key)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_yaml_are_read() {
        let json = "{\n\t\"Packages\": [\n\t\t{\"Name\": \"a.B\", \"Version\": \"\", \"Note\": 1},\n\
                    \t\t{\"Name\": \"a.C\", \"Version\": 1.10, \"Url\": \"https://x/y\"},\n\
                    \t\t{\"Name\": \"a.B\"}\n\t]\n}\n";
        let yaml = "Packages:\n  - Name: a.B\n  - {Name: a.C, Version: '1.10', Url: https://x/y}\n";
        let bundle = Bundle::parse(json).unwrap();
        assert_eq!(bundle, Bundle::parse(yaml).unwrap());
        assert_eq!(bundle.packages.len(), 2);
        assert_eq!(bundle.packages[1].version.as_deref(), Some("1.10"));
        assert_eq!(Bundle::parse(&bundle.to_json()).unwrap(), bundle);
    }

    #[test]
    fn hostile_bundles_are_refused_in_one_line() {
        let many = format!("Packages: [{}]", "{Name: a},".repeat(1001));
        let bomb = format!(
            "a: &a [{}]\nb: &b [{}]\nc: &c [{}]\nd: &d [{}]\nPackages: [*d]\n",
            "x,".repeat(100),
            "*a,".repeat(100),
            "*b,".repeat(100),
            "*c,".repeat(100)
        );
        for (text, part) in [
            ("", "must be a mapping"),
            ("[]", "must be a mapping"),
            ("Packages: x", "must be a mapping"),
            ("Packages: [", "line "),
            ("Packages: [x]", "must be a mapping with a Name"),
            ("Packages: [{Version: '1'}]", "has no Name"),
            ("Packages: [{Name: ../x}]", "is no full name"),
            ("Packages: [{Name: /etc/passwd}]", "is no full name"),
            ("Packages: [{Name: 'a b'}]", "is no full name"),
            ("Packages: [{Name: [a]}]", "has no Name"),
            (
                "Packages: [{Name: a, Version: ../1}]",
                "the Version of the package a is",
            ),
            (
                "Packages: [{Name: a, Version: 1/../../x}]",
                "the Version of the package a is",
            ),
            ("Packages: [{Name: a, Version: [1]}]", "must be a text"),
            (
                "Packages: [{Name: a, Url: file:///etc/passwd}]",
                "must begin with http",
            ),
            ("Packages: [{Name: a, url: 'http://x'}]", "did you mean Url"),
            ("Packages: !!python/object:x []", "line "),
            (&many, "1001 packages"),
            (&bomb, "line "),
        ] {
            let error = Bundle::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Archive);
            let error = error.to_string();
            assert!(
                error.contains(part) && error.lines().count() == 1,
                "{error}"
            );
        }
        for (bytes, part) in [
            (&b"\xff\xfe"[..], "no text in UTF-8"),
            (b" <!doctype html>", "a web page"),
        ] {
            let error = Bundle::read(bytes).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn files_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.bundle");
        std::fs::File::create(&path)
            .unwrap()
            .set_len(LARGEST + 1)
            .unwrap();
        let error = Bundle::open(&path).unwrap_err().to_string();
        assert!(error.contains("larger than"), "{error}");
        let error = Bundle::open(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("this is no file"), "{error}");
        assert_eq!(Bundle::open("no").unwrap_err().kind(), ErrorKind::Io);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[A-Za-z0-9:\\[\\]{}&*!|>'\"%#?,.\n -]{0,60}") {
            let _ = Bundle::parse(&text);
            let _ = Bundle::parse(&format!("Packages:\n- Name: {text}"));
        }
    }
}
