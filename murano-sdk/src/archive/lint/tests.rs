mod classes;

use proptest::prelude::*;

use super::*;
use crate::archive::PackageFile;
use crate::archive::sample::{Desk, PNG, zip};

const MANIFEST: &str = "Format: MuranoPL/1.4\nType: Application\nFullName: io.example.Shop\n\
    Description: Sells\nRequire: {io.murano: , io.other: '>=1.0,<2'}\n\
    Classes: {io.example.Shop: Shop.yaml, io.example.Till: Shop.yaml}\n";
const CLASS: &str = "Namespaces: {=: io.example, std: io.murano, m: io.murano.metadata}\n\
    Name: Shop\nExtends: [std:Application, Till]\nMeta: [m:Title: {text: Shop}, m:Plain]\n\
    Properties:\n  size: {Contract: $.int().notNull(), Default: 1, Usage: InOut}\n\
    Methods:\n  empty:\n  sell:\n    Scope: Public\n    Arguments:\n      - what:\n\
    \x20         Contract: !yaql $.string()\n      - rest: {Contract: , Usage: VarArgs}\n\
    \x20     - more: {Contract: $, Usage: KwArgs}\n    Body:\n      - Return: !yaql $what\n\
    ---\nName: Till\nUsage: Class\n";
const FORM: &str = "Version: 2.2\nApplication: {?: {type: io.example.Shop}}\nForms:\n\
    - shop: {fields: [{name: size, type: integer, validators: [{expr: !yaql '$ > 1'}]}]}\n";
const IMAGES: &str = "Images:\n- {Name: linux, DiskFormat: qcow2, ContainerFormat: bare, Hash: d41d8cd98f00b204e9800998ecf8427e, \
    Url: u, Meta: {title: Linux}}\n";

/// A package without a fault, in which some files are others and some are added.
fn package<'a>(others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a [u8])> {
    let mut files: Vec<(&str, &[u8])> = vec![
        ("manifest.yaml", MANIFEST.as_bytes()),
        ("Classes/Shop.yaml", CLASS.as_bytes()),
        ("UI/ui.yaml", FORM.as_bytes()),
        ("images.lst", IMAGES.as_bytes()),
        ("logo.png", PNG),
    ];
    for (name, text) in others {
        files.retain(|(other, _)| other != name);
        files.push((name, text.as_bytes()));
    }
    files
}

/// Findings as `severity place: text`.
fn told(files: &[(&str, &[u8])]) -> Vec<String> {
    let desk = Desk::new();
    let findings = check(desk.zip(files)).unwrap();
    let told = |finding: &Finding| format!("{} {finding}", finding.severity);
    findings.iter().map(told).collect()
}

/// Each case replaces a file; what is told then has the part, in a single finding.
fn single(file: &str, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let found = told(&package(&[(file, text)]));
        assert_eq!(found.len(), 1, "{text}: {found:#?}");
        let (severity, place) = expected.split_once(' ').unwrap();
        let start = format!("{severity} {file}{place}");
        assert!(
            found[0].starts_with(&start),
            "{text}: {found:?} is not {start:?}"
        );
    }
}

/// The good class with one line in place of another.
fn class_with(from: &str, to: &str) -> String {
    assert!(CLASS.contains(from), "{from}");
    CLASS.replacen(from, to, 1)
}

#[test]
fn a_good_package_has_no_findings() {
    assert_eq!(told(&package(&[])), [] as [&str; 0]);
    let desk = Desk::new();
    let folder = desk.folder("shop", &package(&[]));
    assert_eq!(check(folder).unwrap(), []);
    let heat = "Format: Heat.HOT/1.0\nType: Application\nFullName: a\nDescription: b\n";
    let template = "resources: {}\nparameters: {a: {type: string}}\n";
    let files = [
        ("manifest.yaml", heat.as_bytes()),
        ("template.yaml", template.as_bytes()),
    ];
    assert_eq!(told(&files), [] as [&str; 0]);
}

#[test]
fn a_template_makes_a_class_called_like_the_package() {
    for name in ["io.3tier", "io.\u{dc}ml"] {
        let heat =
            format!("Format: Heat.HOT/1.0\nType: Application\nFullName: {name}\nDescription: b\n");
        let files = [
            ("manifest.yaml", heat.as_bytes()),
            ("template.yaml", b"resources: {}"),
        ];
        let start = format!("error manifest.yaml: FullName is {name:?}, which cannot name a class");
        let found = told(&files);
        assert!(
            found.len() == 1 && found[0].starts_with(&start),
            "{found:?}"
        );
    }
}

#[test]
fn every_format_and_libraries_pass() {
    for format in [
        "",
        "Format: 1.0\n",
        "Format: 1.3\n",
        "Format: MuranoPL/1.1\n",
    ] {
        let manifest = format!(
            "{format}Type: Library\nFullName: io.example\nClasses: {{io.example.Shop: S.yaml}}\n"
        );
        let class = "Namespaces: {=: io.example}\nName: Shop\nMethods: {a: {Usage: Action}}\n";
        let files = [
            ("manifest.yaml", manifest.as_bytes()),
            ("Classes/S.yaml", class.as_bytes()),
        ];
        let found = told(&files);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("warning manifest.yaml: Description is missing"));
    }
}

#[test]
fn what_is_no_package_is_a_finding() {
    let desk = Desk::new();
    let whole = |path| {
        let found = check(path).unwrap();
        assert_eq!(
            (found.len(), found[0].severity),
            (1, Severity::Error),
            "{found:?}"
        );
        assert_eq!((&found[0].file, found[0].place().as_str()), (&None, ""));
        found[0].to_string()
    };
    assert_eq!(
        whole(desk.file("bad.zip", b"bad")),
        "this is not a zip archive, or not all of one"
    );
    assert_eq!(
        whole(desk.folder("empty", &[])),
        "the folder has no manifest.yaml"
    );
    let hostile = desk.zip(&[("../x", b""), ("manifest.yaml", b"")]);
    assert_eq!(
        whole(hostile),
        "the entry \"../x\" leads out of its folder with \"..\""
    );
    let error = check(desk.path("no.zip")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(
        error
            .to_string()
            .ends_with("no.zip: there is no such file or folder")
    );
}

#[test]
fn faults_of_the_manifest_have_places() {
    let with = |more: &str| format!("{MANIFEST}{more}");
    let cases = [
        (with("Author: 5\n"), "error :7:9: Author is 5"),
        (
            with("Tags:\n- a\n- a\n"),
            "error :9:3: Tags holds \"a\" twice",
        ),
        (
            with("fullName: x\n"),
            "warning :7:1: the key \"fullName\" means nothing",
        ),
        (
            with("Version: 1.10\n"),
            "warning :7:10: Version is 1.10, which a server reads as 1.1",
        ),
        (
            with("Type: Application\n"),
            "warning :7:1: the key \"Type\" is there twice",
        ),
        (
            with("Logo: no.png\n"),
            "error :7:1: Logo names \"no.png\", there is no",
        ),
        (
            with("Supplier:\n  Logo: no.png\n"),
            "error :8:3: the Logo of Supplier names",
        ),
        (with("x: [\n"), "error :8:1: "),
        (
            MANIFEST.replace("Description: Sells\n", ""),
            "warning : Description is missing",
        ),
        (
            MANIFEST.replace("'>=1.0,<2'", "latest"),
            "error :5:34: the version of \"io.other\" in Require is \"latest\", it must be such as",
        ),
        (
            MANIFEST.replace("'>=1.0,<2'", "1.10"),
            "warning :5:34: the version of \"io.other\" in Require is 1.10, which a server reads",
        ),
        (
            MANIFEST.replace("Till: Shop", "Till: Till"),
            "error :6:39: the class \"io.example.Till\" names \"Till.yaml\", there is no",
        ),
    ];
    for (text, expected) in &cases {
        single("manifest.yaml", &[(text, expected)]);
    }
    // A list is no manifest, and nothing else can be told.
    single(
        "manifest.yaml",
        &[("- a\n", "error : it must be a mapping")],
    );
}

#[test]
fn a_class_without_a_name_takes_the_one_it_is_listed_for() {
    let manifest = MANIFEST.replace(", io.example.Till: Shop.yaml", "");
    let nameless = "Namespaces: {=: io.example}\n---\nProperties:\n";
    let files = package(&[
        ("manifest.yaml", &manifest),
        ("Classes/Shop.yaml", nameless),
    ]);
    assert_eq!(told(&files), [] as [&str; 0]);
}

#[test]
fn faults_of_forms_are_told() {
    single(
        "UI/ui.yaml",
        &[
            ("a: [\n", "error :2:1: "),
            ("", "error : it is empty"),
            ("[a]", "error :1:1: it must be a mapping"),
            (
                "Version: 2\nForms: []\n",
                "warning : Application is missing",
            ),
            (
                "Application: {a: b}\nForms: []\n",
                "warning : Version is missing",
            ),
            ("Version: 2\nApplication: a\n", "warning : Forms is missing"),
            (
                "Version: 2\nApplication: a\nForms: a\n",
                "warning :3:1: Forms is \"a\"",
            ),
            (
                "Version: 2\nApplication: a\nForms: [a]\n",
                "warning :3:9: a form must be",
            ),
            (
                "Version: 2\nApplication: a\nForms: [a: b]\n",
                "warning :3:9: the form \"a\" has no",
            ),
            (
                "Version: 2\nApplication: a\nForms: [a: {fields: b}]\n",
                "warning :3:13: fields of the form \"a\" is \"b\"",
            ),
            (
                "Version: 2\nApplication: a\nForms: [a: {fields: [{name: b}]}]\n",
                "warning :3:22: a field of the form \"a\" has no type",
            ),
            (
                "Version: 2\nApplication: a\nForms: []\nform: x\n",
                "warning :4:1: the key \"form\"",
            ),
        ],
    );
    let files: Vec<_> = package(&[])
        .into_iter()
        .filter(|(name, _)| *name != "UI/ui.yaml")
        .collect();
    assert_eq!(
        told(&files),
        ["warning UI/ui.yaml: UI/ui.yaml is missing, so the dashboard has no form: add one"]
    );
    let named = format!("{MANIFEST}UI: form.yaml\n");
    let found = told(&package(&[("manifest.yaml", &named)]));
    assert!(
        found[0].starts_with("warning UI/form.yaml: UI names \"form.yaml\""),
        "{found:?}"
    );
}

#[test]
fn faults_of_lists_of_images_are_told() {
    single(
        "images.lst",
        &[
            ("a: [\n", "error :2:1: "),
            ("", "warning : it is empty"),
            (
                "- a\n",
                "error :1:1: it must be a mapping of the key Images",
            ),
            (
                "Images: a\n",
                "error :1:1: it must be a mapping of the key Images",
            ),
            ("Images: [a]\n", "error :1:10: an image is \"a\""),
            (
                "Images: [{Name: a, DiskFormat: b, Url: c, Hash: d41d8cd98f00b204e9800998ecf8427e}]\n",
                "error :1:10: an image has no ContainerFormat",
            ),
            (
                "Images: [{Name: a, DiskFormat: b, ContainerFormat: c, Hash: d41d8cd98f00b204e9800998ecf8427e}]\n",
                "warning :1:10: the image \"a\" has no Url",
            ),
            (
                "Images: [{Name: a, DiskFormat: b, ContainerFormat: c, Url: d}]\n",
                "warning :1:10: the image \"a\" has no Hash",
            ),
        ],
    );
}

#[test]
fn stray_classes_and_large_archives_are_warned_of() {
    assert_eq!(
        told(&package(&[("Classes/Old.yaml", "")])),
        [
            "warning Classes/Old.yaml: no class of the manifest names this file: list it there or \
          remove it"
        ]
    );
    let mut large = package(&[]);
    let bytes = vec![0; 5 * 1024 * 1024];
    large.push(("Resources/image", &bytes));
    let found = told(&large);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("package_size_limit"), "{found:?}");
    let latin = [
        ("manifest.yaml", MANIFEST.as_bytes()),
        ("Classes/Shop.yaml", b"\xff"),
    ];
    let found = told(&latin);
    assert!(
        found[0].starts_with("error Classes/Shop.yaml: "),
        "{found:?}"
    );
}

#[test]
fn findings_are_sorted_and_travel_as_json() {
    let desk = Desk::new();
    let class = class_with("Contract: $.int().notNull(), ", "");
    let manifest = format!("{MANIFEST}a: b\nAuthor: 5\n");
    let files = package(&[("manifest.yaml", &manifest), ("Classes/Shop.yaml", &class)]);
    let found = check(desk.zip(&files)).unwrap();
    let places: Vec<String> = found.iter().map(Finding::place).collect();
    assert_eq!(
        places,
        [
            "manifest.yaml:7:1",
            "manifest.yaml:8:9",
            "Classes/Shop.yaml:6:3"
        ]
    );
    let json = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "severity": "warning", "file": "manifest.yaml", "line": 7, "column": 1,
            "text": "the key \"a\" means nothing to Murano",
        })
    );
    let again: Finding = serde_json::from_value(json).unwrap();
    assert_eq!(
        (again.place(), again.text),
        (found[0].place(), found[0].text.clone())
    );
}

#[test]
fn what_is_opened_warns_of_the_same() {
    let desk = Desk::new();
    let class = class_with("Contract: $.int().notNull(), ", "");
    let files = package(&[("Classes/Shop.yaml", &class), ("Classes/Old.yaml", "")]);
    let path = desk.zip(&files);
    let warnings = PackageFile::open(&path).unwrap().warnings().unwrap();
    assert_eq!(warnings.len(), check(&path).unwrap().len());
    let expected = "Classes/Shop.yaml: the property \"size\" has no Contract, say which values it \
        takes";
    assert!(
        warnings.iter().any(|warning| warning == expected),
        "{warnings:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Whatever happens to the bytes of an archive, there is an answer, and what a server would refuse
    /// is not opened.
    #[test]
    fn changed_archives_are_answered(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut data = zip(&package(&[]));
        for (place, byte) in changes {
            let place = place.index(data.len());
            data[place] = byte;
        }
        let desk = Desk::new();
        let path = desk.file("test.zip", &data);
        let findings = check(&path).unwrap();
        let is_opened = PackageFile::open(&path).is_ok();
        let has_error = findings.iter().any(|finding| finding.severity == Severity::Error);
        prop_assert!(is_opened || has_error, "{findings:?}");
    }

    /// The same for the bytes of its files.
    #[test]
    fn changed_files_are_answered(
        file in 0..5_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let files = package(&[]);
        let (name, content) = files[file];
        let mut data = content.to_vec();
        for (place, byte) in changes {
            let place = place.index(data.len());
            data[place] = byte;
        }
        if let Some(cut) = cut {
            data.truncate(cut.index(data.len()));
        }
        let mut changed = files.clone();
        changed[file] = (name, data.as_slice());
        let desk = Desk::new();
        let path = desk.zip(&changed);
        let findings = check(&path).unwrap();
        let is_opened = PackageFile::open(&path).is_ok();
        let has_error = findings.iter().any(|finding| finding.severity == Severity::Error);
        prop_assert!(is_opened || has_error, "{findings:?}");
    }
}
