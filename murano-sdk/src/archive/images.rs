//! The images that a package asks for in its `images.lst`.

use serde_json::Value;

use super::check;
use super::finding::Severity;
use super::lint;
use super::open::{PackageFile, named};
use super::zipped::Zipped;
use crate::fault::is_shown;
use crate::yaml::{Body, Documents, Node, Tags};
use crate::{Error, Result};

/// So many images a package may ask for.
const MOST: usize = 100;
/// What image services take for a name, in characters.
const LONGEST_NAME: usize = 255;

/// An image that a package asks for: an entry of its `images.lst`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RequiredImage {
    /// What the image is called, there and in the image service.
    pub name: String,
    /// Format of its disk, such as `qcow2` or `raw`.
    pub disk_format: String,
    /// Format of its container, mostly `bare`.
    pub container_format: String,
    /// What its bytes must be, where the package knows.
    pub hash: Option<ImageHash>,
    /// What Murano's forms show of it and choose it by, a mapping.
    pub meta: Option<Value>,
    /// Where it is fetched: a URL, or a path in a repository of packages; by its name where it is
    /// missing.
    pub url: Option<String>,
}

impl RequiredImage {
    /// An image of this name and these formats.
    ///
    /// ```
    /// use murano_sdk::archive::RequiredImage;
    ///
    /// let image = RequiredImage::new("debian-12", "qcow2", "bare");
    /// assert_eq!(image.url, None);
    /// ```
    pub fn new(
        name: impl Into<String>,
        disk_format: impl Into<String>,
        container_format: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            disk_format: disk_format.into(),
            container_format: container_format.into(),
            hash: None,
            meta: None,
            url: None,
        }
    }
}

/// The digest of an image, in lower-case hexadecimal digits. Its length tells the algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageHash {
    algorithm: &'static str,
    digits: String,
}

impl ImageHash {
    /// Reads a digest. Nothing says which algorithm `Hash` of an `images.lst` is of; MD5 is usual.
    ///
    /// ```
    /// use murano_sdk::archive::ImageHash;
    ///
    /// let hash = ImageHash::parse("64D7C1CD2B6F60C92C14662941CB7913").unwrap();
    /// assert_eq!((hash.algorithm(), &hash.as_str()[..4]), ("md5", "64d7"));
    /// assert_eq!(ImageHash::parse("none"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let algorithm = match text.len() {
            32 => "md5",
            40 => "sha1",
            64 => "sha256",
            128 => "sha512",
            _ => return None,
        };
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| Self {
            algorithm,
            digits: text.to_ascii_lowercase(),
        })
    }

    /// `md5`, `sha1`, `sha256` or `sha512`.
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.digits
    }
}

impl PackageFile {
    /// The images the package asks for in its `images.lst`; none where it has no such file.
    ///
    /// ```
    /// # use murano_sdk::archive::PackageFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// # std::fs::write(folder.join("manifest.yaml"), "FullName: io.example.Shop\nType: Library\n")?;
    /// std::fs::write(
    ///     folder.join("images.lst"),
    ///     "Images:\n- Name: debian-12\n  DiskFormat: qcow2\n  ContainerFormat: bare\n",
    /// )?;
    /// let images = PackageFile::open(folder)?.required_images()?;
    /// assert_eq!(images[0].name, "debian-12");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`](crate::ErrorKind::Archive) where the list is malformed, or an entry
    /// lacks what an image service needs; the text names the place.
    pub fn required_images(&self) -> Result<Vec<RequiredImage>> {
        let shown = self.shown();
        let text = Zipped::open(self.path())
            .and_then(|mut zip| check::text(&mut zip, lint::IMAGES))
            .map_err(|error| named(shown, error))?;
        match text {
            None => Ok(Vec::new()),
            Some(Ok(text)) => read(&text).map_err(|error| named(shown, error)),
            Some(Err(finding)) => Err(named(shown, Error::archive(finding.sentence()))),
        }
    }
}

pub(super) fn read(text: &str) -> Result<Vec<RequiredImage>> {
    let findings = lint::images(text);
    let flaw = findings
        .iter()
        .find(|finding| finding.severity == Severity::Error);
    if let Some(flaw) = flaw {
        return Err(Error::archive(flaw.to_string()));
    }
    let unreadable = |error| Error::archive(format!("{}: {error}", lint::IMAGES));
    let documents = Documents::load(text, Tags::Refused).map_err(unreadable)?;
    let root = documents.single().map_err(unreadable)?;
    let Some(Body::Sequence(entries)) = root
        .and_then(|root| root.get("Images"))
        .map(|images| &images.body)
    else {
        return Ok(Vec::new());
    };
    if entries.len() > MOST {
        let text = format!(
            "{}: it lists {} images, a package may ask for {MOST}",
            lint::IMAGES,
            entries.len()
        );
        return Err(Error::archive(text));
    }
    entries.iter().map(|node| entry(node)).collect()
}

fn entry(node: &Node) -> Result<RequiredImage> {
    let wrong = |at: &Node, text: &str| {
        let (line, column) = (at.at.line, at.at.column);
        Error::archive(format!("{}:{line}:{column}: {text}", lint::IMAGES))
    };
    let optional = |key: &str| match node.get(key) {
        Some(value) if !value.is_null() => match value.text() {
            Some(text) if !text.chars().all(is_shown) => Err(wrong(
                value,
                &format!("{key} has characters that cannot be shown"),
            )),
            Some(text) => Ok(Some(text.to_owned()).filter(|text| !text.is_empty())),
            None => Err(wrong(value, &format!("{key} must be a text"))),
        },
        _ => Ok(None),
    };
    let needed = |key: &str| {
        let text = optional(key)?.filter(|text| text.chars().count() <= LONGEST_NAME);
        let told = format!("{key} must be a text of 1 to {LONGEST_NAME} characters");
        text.ok_or_else(|| wrong(node.get(key).unwrap_or(node), &told))
    };
    let mut image = RequiredImage::new(
        needed("Name")?,
        needed("DiskFormat")?,
        needed("ContainerFormat")?,
    );
    image.url = optional("Url")?;
    // The lint has seen to it that it is a digest.
    image.hash = optional("Hash")?.and_then(|hash| ImageHash::parse(&hash));
    image.meta = match node.get("Meta").filter(|meta| !meta.is_null()) {
        Some(meta) if matches!(meta.body, Body::Mapping(_)) => Some(meta.to_json()),
        Some(meta) => return Err(wrong(meta, "Meta must be a mapping")),
        None => None,
    };
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    const ONE: &str = "Images:\n- Name: a\n  DiskFormat: qcow2\n  ContainerFormat: bare\n";

    #[test]
    fn an_entry_is_read_whole() {
        let images = read(&format!(
            "{ONE}  Hash: 64D7C1CD2B6F60C92C14662941CB7913\n  Meta: {{title: T, type: linux}}\n  Url: http://x/a\n"
        ))
        .unwrap();
        let mut expected = RequiredImage::new("a", "qcow2", "bare");
        expected.hash = ImageHash::parse("64d7c1cd2b6f60c92c14662941cb7913");
        expected.meta = Some(serde_json::json!({"title": "T", "type": "linux"}));
        expected.url = Some("http://x/a".to_owned());
        assert_eq!(images, [expected]);
    }

    #[test]
    fn nothing_asked_for_is_no_image() {
        for text in ["", "Images: []", "---\n"] {
            assert_eq!(read(text).unwrap(), [], "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_imported_is_refused_with_its_place() {
        for (text, part) in [
            ("[]", "images.lst:1:1: it must be a mapping"),
            ("Images:\n- a", "images.lst:2:3: an image is"),
            (
                "Images:\n- Name: a",
                "images.lst:2:3: an image has no DiskFormat",
            ),
            ("Images:\n- {Name: a", "images.lst:"),
            (
                &format!("{ONE}  Hash: none"),
                "images.lst:5:9: Hash is \"none\"",
            ),
            (
                &format!("{ONE}  Meta: linux"),
                "images.lst:5:9: Meta must be a mapping",
            ),
            (
                &format!("{ONE}  Url: [a]"),
                "images.lst:5:8: Url must be a text",
            ),
            (
                &ONE.replace("Name: a", "Name: \"a\\e\""),
                "images.lst:2:9: Name has characters that cannot be shown",
            ),
            (
                &ONE.replace("Name: a", &format!("Name: {}", "a".repeat(256))),
                "1 to 255 characters",
            ),
            (
                &format!("Images:\n{}", &ONE["Images:\n".len()..].repeat(101)),
                "it lists 101 images",
            ),
        ] {
            let refusal = refusal(text);
            assert!(
                refusal.starts_with("images.lst") && refusal.contains(part),
                "{text}: {refusal}"
            );
        }
    }
}
