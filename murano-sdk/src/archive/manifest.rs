//! `manifest.yaml`, the description of a package.

mod collections;
mod read;
mod values;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::finding;
use crate::{Error, Result};

pub(super) use read::Reading;
pub(super) use values::{describe, is_empty};
pub(crate) use values::{is_full_name, quote};

/// What a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PackageType {
    /// Something a user adds to an environment.
    Application,
    /// Classes for other packages.
    Library,
}

impl PackageType {
    /// The word of the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Library => "Library",
        }
    }
}

impl fmt::Display for PackageType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// The manifest of a package, with the server's defaults filled in.
///
/// It serialises with the keys of the file, so its JSON form is a manifest again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Manifest {
    /// Kind and version of the package format, `MuranoPL/1.0` when the file does not say.
    pub format: String,
    /// Application or library.
    #[serde(rename = "Type")]
    pub kind: PackageType,
    /// Name by which other packages and the catalog know it, such as `io.example.Shop`.
    pub full_name: String,
    /// Name for people; the full name when the file does not say.
    pub name: String,
    /// Complete version (`1.2` is `1.2.0`), `0.0.0` when the file does not say.
    pub version: String,
    /// What the package does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Names of classes and their files, relative to the folder `Classes` of the archive.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, String>,
    /// File of the form for the dashboard, relative to the folder `UI` of the archive.
    #[serde(rename = "UI", default, skip_serializing_if = "Option::is_none")]
    pub ui: Option<String>,
    /// File of the logo, relative to the root of the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// The company behind the package: a mapping with `Name`, `Summary`, `Logo` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<Value>,
    /// Packages this one needs, in the order of the file: full name and version (`None` for any).
    #[serde(default, with = "pairs", skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<(String, Option<String>)>,
    /// Free data for programs other than the catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Value>,
    /// Keys without a meaning to Murano.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Manifest {
    /// Reads the text of a manifest and checks it the way the server does, and a little stricter where
    /// the server would accept a package that no one can use.
    ///
    /// ```
    /// use murano_sdk::archive::Manifest;
    ///
    /// let error = Manifest::parse("FullName: io.example.Shop\nType: App\n").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "manifest.yaml: Type is \"App\", it must be Application or Library",
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`](crate::ErrorKind::Archive): the text is not YAML, or keys are missing or
    /// wrong. The message names everything that was found, separated by `; `.
    pub fn parse(text: &str) -> Result<Self> {
        let reading = Self::read(text);
        match (finding::refusal(&reading.findings), reading.manifest) {
            (Some(refusal), _) => Err(refusal),
            (None, Some(manifest)) => Ok(manifest),
            (None, None) => Err(Error::archive("manifest.yaml says nothing")),
        }
    }

    /// What the text says as far as it can be understood, and what is wrong or odd about it.
    pub(super) fn read(text: &str) -> Reading {
        read::read(text)
    }

    /// Whether the package is a Heat template (`Heat.HOT`), whose class and form the server makes.
    pub fn is_hot(&self) -> bool {
        self.is_format("Heat.HOT")
    }

    /// Whether the package consists of classes in MuranoPL. When it is neither this nor a Heat template
    /// the server needs a plugin to read it.
    pub fn is_murano_pl(&self) -> bool {
        self.is_format("MuranoPL")
    }

    /// The classes that the catalog will have of the package.
    pub(crate) fn class_names(&self) -> Vec<String> {
        if self.is_hot() {
            // The server makes one of the template.
            return vec![self.full_name.clone()];
        }
        self.classes.keys().cloned().collect()
    }

    fn is_format(&self, name: &str) -> bool {
        self.format
            .rsplit_once('/')
            .is_some_and(|(format, _)| format.trim() == name)
    }

    /// File of the supplier's logo, relative to the root of the archive.
    ///
    /// ```
    /// use murano_sdk::archive::Manifest;
    ///
    /// let text = "FullName: com.example.Shop\nType: Application\nClasses: {com.example.Shop: Shop.yaml}\nSupplier: {Logo: us.png}\n";
    /// let shop = Manifest::parse(text)?;
    /// assert_eq!(shop.supplier_logo(), Some("us.png"));
    /// assert!(shop.is_murano_pl() && !shop.is_hot());
    /// assert_eq!(shop.kind.as_str(), "Application");
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn supplier_logo(&self) -> Option<&str> {
        self.supplier
            .as_ref()?
            .get("Logo")?
            .as_str()
            .filter(|path| !path.is_empty())
    }
}

/// A mapping whose order matters.
mod pairs {
    use serde::{Deserializer, Serializer};

    type Pairs = Vec<(String, Option<String>)>;

    pub(super) fn serialize<S: Serializer>(pairs: &Pairs, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(pairs.iter().map(|(name, version)| (name, version)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Pairs, D::Error> {
        struct Ordered;
        impl<'de> serde::de::Visitor<'de> for Ordered {
            type Value = Pairs;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a map of names to versions")
            }

            fn visit_map<M: serde::de::MapAccess<'de>>(
                self,
                mut map: M,
            ) -> Result<Pairs, M::Error> {
                let mut pairs = Pairs::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        input.deserialize_map(Ordered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LEAST: &str = "FullName: io.example.Shop\nType: Library\n";

    fn manifest(more: &str) -> Manifest {
        Manifest::parse(&format!("{LEAST}{more}")).unwrap()
    }

    fn refusal(more: &str) -> String {
        Manifest::parse(&format!("{LEAST}{more}"))
            .unwrap_err()
            .to_string()
    }

    fn warnings(more: &str) -> Vec<String> {
        finding::remarks(&Manifest::read(&format!("{LEAST}{more}")).findings)
    }

    #[test]
    fn every_key_is_read() {
        let text = "Format: MuranoPL/1.4\nType: Application\nFullName: io.example.Shop\nName: Shop\n\
            Version: 1.10\nDescription: |\n  Sells\n  things\nAuthor: 'A, B'\nTags: [web, shop]\n\
            Classes:\n  io.example.Shop: Shop.yaml\n  io.example.Till: sub/Till.yaml\n\
            UI: form.yaml\nLogo: shop.png\nSupplier:\n  Name: Example\n  Logo: us.png\n\
            Require:\n  io.murano: '>=0.0.1'\n  a.b:\n  io.murano.applications: 1.10\n\
            Meta: [1]\nResources: x\n";
        let read = Manifest::parse(text).unwrap();
        assert_eq!(read.kind, PackageType::Application);
        assert_eq!(
            (&*read.full_name, &*read.name, &*read.version),
            ("io.example.Shop", "Shop", "1.10.0")
        );
        assert_eq!(read.description.as_deref(), Some("Sells\nthings\n"));
        assert_eq!(read.author.as_deref(), Some("A, B"));
        assert_eq!(read.tags, ["web", "shop"]);
        assert_eq!(read.classes["io.example.Till"], "sub/Till.yaml");
        assert_eq!(
            (read.ui.as_deref(), read.logo.as_deref()),
            (Some("form.yaml"), Some("shop.png"))
        );
        assert_eq!(read.supplier_logo(), Some("us.png"));
        let require: Vec<_> = read
            .require
            .iter()
            .map(|(name, version)| (&**name, version.as_deref()))
            .collect();
        assert_eq!(
            require,
            [
                ("io.murano", Some(">=0.0.1")),
                ("a.b", None),
                ("io.murano.applications", Some("1.10"))
            ]
        );
        assert_eq!(read.meta, Some(json!([1])));
        assert_eq!(read.extra["Resources"], json!("x"));
        assert!(read.is_murano_pl() && !read.is_hot());
    }

    #[test]
    fn what_is_absent_gets_the_defaults_of_the_server() {
        let read = manifest("");
        assert_eq!(
            (&*read.format, &*read.name, &*read.version),
            ("MuranoPL/1.0", "io.example.Shop", "0.0.0")
        );
        assert_eq!(
            manifest("Description:\nAuthor:\nLogo: ''\nSupplier:\nRequire:\nClasses:\n"),
            read
        );
        assert_eq!(
            (&read.ui, &read.logo, &read.description),
            (&None, &None, &None)
        );
        assert_eq!(
            Manifest::parse("Type: Library\nFullName: prübe.Ödd_1")
                .unwrap()
                .full_name,
            "prübe.Ödd_1"
        );
    }

    #[test]
    fn its_json_is_a_manifest() {
        let text = "Tags: [a]\nClasses: {b: c}\nRequire: {z: '1', y: , x: '2'}\nUI: u\nSupplier: {Name: n}\n\
            Other: {k: v}\nFormat: Heat.HOT/1.0\n";
        let read = manifest(text);
        let json = serde_json::to_string(&read).unwrap();
        assert!(json.contains(r#""FullName":"io.example.Shop""#), "{json}");
        assert!(
            json.contains(r#""Require":{"z":"1","y":null,"x":"2"}"#),
            "{json}"
        );
        assert_eq!(Manifest::parse(&json).unwrap(), read);
        assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), read);
    }

    #[test]
    fn formats() {
        for (text, format) in [
            ("", "MuranoPL/1.0"),
            ("Format:", "MuranoPL/1.0"),
            ("Format: 0", "MuranoPL/1.0"),
            ("Format: 1", "MuranoPL/1"),
            ("Format: 1.4", "MuranoPL/1.4"),
            ("Format: 1.10", "MuranoPL/1.1"),
            ("Format: 1.4.0", "MuranoPL/1.4.0"),
            ("Format: MuranoPL /1.0", "MuranoPL /1.0"),
            ("Format: Heat.HOT/1.0", "Heat.HOT/1.0"),
        ] {
            assert_eq!(manifest(text).format, format, "{text}");
            assert_eq!(warnings(text), [] as [String; 0], "{text}");
        }
        assert!(manifest("Format: MuranoPL /1.0").is_murano_pl());
        assert!(warnings("Format: TOSCA.CSAR/1.0")[0].contains("needs a plugin"));
        for text in [
            "2.0",
            "1.5",
            "1.4.1",
            "MuranoPL",
            "MuranoPL/ 1.0",
            "MuranoPL/x",
            "Heat.HOT/2.0",
            "[1]",
        ] {
            let refusal = refusal(&format!("Format: {text}"));
            assert!(
                refusal.starts_with("manifest.yaml: Format is "),
                "{refusal}"
            );
            assert!(
                refusal.ends_with("must be MuranoPL/1.0 to MuranoPL/1.4 or Heat.HOT/1.0"),
                "{refusal}"
            );
        }
    }

    /// A line more than the least manifest, and what is said about it.
    const WRONG: &[(&str, &str)] = &[
        (
            "Type: library",
            "Type is \"library\", it must be Application or Library",
        ),
        (
            "Type:",
            "Type is missing, it must be Application or Library",
        ),
        (
            "Type: [Library]",
            "Type is a list, it must be Application or Library",
        ),
        (
            "FullName: ''",
            "FullName is missing, it must be a name such as io.example.Shop",
        ),
        (
            "FullName: 5",
            "FullName is 5, a number in YAML: put it in quotes",
        ),
        (
            "FullName: no",
            "FullName is no, a yes or no in YAML: put it in quotes",
        ),
        (
            "FullName: \"a b\\n\"",
            "FullName is \"a b\\n\", it may hold letters, digits, \"_\" and single dots between them",
        ),
        (
            "Name:",
            "Name is empty, give it a text or leave the key out",
        ),
        (
            "Name: 1.0",
            "Name is 1.0, a number in YAML: put it in quotes",
        ),
        ("Name: [a]", "Name is a list, it must be a text"),
        (
            "Description: {a: b}",
            "Description is a mapping, it must be a text",
        ),
        (
            "Author: 5",
            "Author is 5, a number in YAML: put it in quotes",
        ),
        (
            "Version: abc",
            "Version is \"abc\", it must begin with a number such as 1.0.0",
        ),
        (
            "Version:",
            "Version is empty, it must begin with a number such as 1.0.0",
        ),
        (
            "Version: [1]",
            "Version is a list, it must be a number such as 1.0.0",
        ),
        (
            "Tags:",
            "Tags is empty, it must be a list such as [web, shop]",
        ),
        (
            "Tags: web",
            "Tags is \"web\", it must be a list such as [web, shop]",
        ),
        ("Tags: [[a]]", "Tags holds a list, every tag must be a text"),
        (
            "Tags: [~]",
            "Tags holds an empty tag, every tag must be a text",
        ),
        ("Tags: [a, a]", "Tags holds \"a\" twice, name each tag once"),
        (
            "Classes: {}",
            "Classes is an empty mapping: name a class or leave the key out",
        ),
        (
            "Classes: [a]",
            "Classes is a list, it must be a mapping of class names to files",
        ),
        (
            "Classes: {a: }",
            "the file of the class \"a\" is empty, it must be a path below Classes",
        ),
        ("UI:", "UI is empty, give it a text or leave the key out"),
        (
            "UI: ''",
            "UI is empty, name a file below UI or leave the key out",
        ),
        ("Logo: 5", "Logo is 5, a number in YAML: put it in quotes"),
        (
            "Supplier: x",
            "Supplier is \"x\", it must be a mapping with keys such as Name",
        ),
        (
            "Supplier: {Logo: [a]}",
            "the Logo of Supplier is a list, it must be the name of a file",
        ),
        (
            "Require: [a]",
            "Require is a list, it must be a mapping of full names to versions",
        ),
        (
            "Require: {a b: }",
            "Require names \"a b\", which is not a full name",
        ),
        (
            "Require: {a: [1]}",
            "the version of \"a\" in Require is a list, it must be such as 1.0 or \">=1.0\"",
        ),
    ];

    #[test]
    fn each_wrong_value_has_its_sentence() {
        for (more, sentence) in WRONG {
            assert_eq!(
                refusal(more),
                format!("manifest.yaml: {sentence}"),
                "{more}"
            );
        }
    }

    #[test]
    fn names_have_a_longest_length() {
        let long = "n".repeat(81);
        assert_eq!(
            manifest(&format!("Name: {}", "ü".repeat(80)))
                .name
                .chars()
                .count(),
            80
        );
        assert!(refusal(&format!("Name: {long}")).contains("81 characters, 80 are allowed"));
        let text = format!("Type: Library\nFullName: {long}\n");
        let error = Manifest::parse(&text).unwrap_err().to_string();
        assert!(
            error.contains("Name is missing and FullName too long"),
            "{error}"
        );
        assert!(Manifest::parse(&format!("{text}Name: short")).is_ok());
        let quoted = refusal(&format!("Type: {}", "x\u{301}".repeat(1000)));
        assert!(quoted.chars().count() < 800, "{quoted}");
    }

    #[test]
    fn texts_that_are_no_manifest() {
        for (text, sentence) in [
            ("", "manifest.yaml is empty, it needs FullName and Type"),
            (
                "# only\n",
                "manifest.yaml is empty, it needs FullName and Type",
            ),
            (
                "- a",
                "manifest.yaml: it must be a mapping with keys such as FullName and Type",
            ),
            (
                "text",
                "manifest.yaml: it must be a mapping with keys such as FullName and Type",
            ),
            (
                "Type: Library\nFullName: !yaql x",
                "manifest.yaml: line 2, column 11: the server does not know the tag of this value",
            ),
            (
                "a: b\n---\na: b",
                "manifest.yaml: line 3, column 1: a second document begins, only one is allowed here",
            ),
        ] {
            assert_eq!(
                Manifest::parse(text).unwrap_err().to_string(),
                sentence,
                "{text}"
            );
        }
        let error = Manifest::parse("a: [").unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Archive);
        assert!(
            error.to_string().starts_with("manifest.yaml: line "),
            "{error}"
        );
    }

    #[test]
    fn oddities_are_warned_of() {
        assert_eq!(
            warnings("Version: 1.1\nTags: [a]\nMeta: x"),
            [] as [String; 0]
        );
        let text = format!("Tags: [1]\nAuthor: {}\nVersion: 010", "a".repeat(81));
        let found = warnings(&text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[0].contains("Author is longer than the 80"),
            "{found:?}"
        );
        assert!(
            found[1].contains("Version is 010, which a server reads as 8"),
            "{found:?}"
        );
        assert!(found[2].contains("the tag 1 is not a text"), "{found:?}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[A-Za-z0-9:\\[\\]{}&*!|>'\"%#?,.\n -]{0,80}") {
            let _ = Manifest::parse(&text);
            let _ = Manifest::parse(&format!("{LEAST}{text}"));
        }

        #[test]
        fn what_was_written_as_json_is_read_back(
            parts in proptest::collection::vec("[a-zA-Z_ü][a-zA-Z0-9_]{0,8}", 1..5),
            name in "\\PC{0,80}",
            tags in proptest::collection::btree_set("\\PC{1,10}", 0..4),
            require in proptest::collection::btree_map("[a-z.]{0,3}[a-z]", proptest::option::of("[0-9.>=]{1,5}"), 0..4),
        ) {
            let require: Vec<_> =
                require.into_iter().filter(|(name, _)| !name.split('.').any(str::is_empty)).collect();
            let mut written = manifest("");
            written.full_name = parts.join(".");
            written.name = name;
            written.tags = tags.into_iter().collect();
            written.require = require;
            let json = serde_json::to_string_pretty(&written).unwrap();
            proptest::prop_assert_eq!(Manifest::parse(&json).unwrap(), written);
        }
    }
}
