//! Manifests, classes, forms, templates and lists of images.

use std::fmt::Write as _;

use super::raw::{Entry, zip};
use super::{MANIFEST, accepted, refusal};

fn package(manifest: impl AsRef<[u8]>, others: &[(&str, &str)]) -> Vec<u8> {
    let mut entries = vec![Entry::new("manifest.yaml", manifest)];
    entries.extend(others.iter().map(|(name, text)| Entry::new(name, text)));
    zip(&entries)
}

fn refused(manifest: impl AsRef<[u8]>, reason: &str) {
    let text = refusal(&package(manifest.as_ref(), &[]));
    let manifest = String::from_utf8_lossy(manifest.as_ref());
    let shown = manifest.chars().take(80).collect::<String>();
    assert!(
        text.contains(reason),
        "{shown:?}: {text:?} does not tell {reason:?}"
    );
}

/// Aliases of aliases, which stand for more than there are atoms.
pub(crate) fn laughs() -> String {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        writeln!(text, "a{level}: &a{level} [{before}]").unwrap();
    }
    text
}

#[test]
fn manifests_that_run_something() {
    for value in [
        "!!python/object/apply:os.system [\"touch /tmp/x\"]",
        "!!python/object:os.system {}",
        "!!python/name:os.system",
        "!!python/object/new:type [a]",
        "!!ruby/object:Gem::Installer {}",
        "!<tag:yaml.org,2002:python/none> x",
        "!include /etc/passwd",
        "!yaql $.x",
    ] {
        let manifest = format!("{MANIFEST}Meta: {value}\n");
        refused(&manifest, "the server does not know the tag");
        refused(value, "the server does not know the tag");
    }
}

#[test]
fn manifests_that_are_too_much() {
    refused(
        format!(
            "{MANIFEST}Meta:\n{}",
            laughs().replace('\n', "\n  ").trim_end()
        ),
        "",
    );
    refused(
        format!("{MANIFEST}{}", laughs()),
        "the aliases expand to too much data",
    );
    refused(
        format!("{MANIFEST}Meta: {}", "[".repeat(500_000)),
        "manifest.yaml",
    );
    refused(
        format!("{MANIFEST}Meta: {}", "{a: ".repeat(200_000)),
        "manifest.yaml",
    );
    refused(
        format!("{MANIFEST}Meta:\n{}", "- ".repeat(400_000)),
        "manifest.yaml",
    );
    refused("&a [*a]", "an alias without an anchor");
    refused(
        "a".repeat(1024 * 1024 + 1),
        "is larger than the 1048576 bytes",
    );
    // Half a megabyte that says little is only slow.
    let wide: String = (0..40_000).fold(String::new(), |mut text, number| {
        writeln!(text, "k{number}: v").unwrap();
        text
    });
    accepted(&package(format!("{MANIFEST}{wide}"), &[]));
    refused(
        format!("{MANIFEST}Tags: [{}]", "a, ".repeat(100_000)),
        "holds \"a\" twice",
    );
}

#[test]
fn manifests_that_are_something_else() {
    let mut marked = "\u{feff}".to_owned();
    marked.push_str(MANIFEST);
    accepted(&package(marked, &[]));
    let wide: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(MANIFEST.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    refused(wide, "not text in UTF-8");
    refused(b"\xff\xfe\0\0", "not text in UTF-8");
    refused(
        format!("{MANIFEST}Name: a\0b\n"),
        "control characters are not allowed",
    );
    refused([0; 100], "control characters are not allowed");
    refused("", "manifest.yaml");
    refused("# nothing\n", "manifest.yaml");
    refused("- a\n- b\n", "manifest.yaml");
    refused("just text", "manifest.yaml");
    refused("~", "manifest.yaml");
    refused("12", "manifest.yaml");
    refused(
        format!("{MANIFEST}---\n{MANIFEST}"),
        "a second document begins",
    );
    refused("? [a]\n: b\n", "a key must be a scalar");
    refused("<<: 5\n", "");
    // The last one counts, as it does for the server, and it is told.
    let twice = accepted(&package(
        format!("{MANIFEST}FullName: io.example.Other\n"),
        &[],
    ));
    assert_eq!(twice.manifest().full_name, "io.example.Other");
}

#[test]
fn numbers_of_any_length() {
    for number in [
        "9".repeat(100_000),
        format!("0x{}", "f".repeat(100_000)),
        format!("1:{}", "59:".repeat(10_000) + "1"),
        "1e999999999".to_owned(),
        "-.inf".to_owned(),
        "0b".to_owned() + &"1".repeat(10_000),
    ] {
        for key in [
            "Version", "Name", "Format", "Type", "FullName", "Meta", "Tags",
        ] {
            let bytes = package(format!("{MANIFEST}{key}: {number}\n"), &[]);
            let desk = super::Desk::new();
            let path = desk.file(&bytes);
            // Refused or not: nothing breaks, and nobody is shown a hundred thousand digits.
            if let Err(error) = murano_sdk::archive::PackageFile::open(path) {
                assert!(error.to_string().len() < 1000, "{key}");
            }
        }
    }
}

#[test]
fn paths_that_lead_out() {
    for (line, reason) in [
        ("Classes: {a: ../manifest.yaml}", "is not below Classes"),
        ("Classes: {a: /etc/passwd}", "is not below Classes"),
        ("Classes: {a: a/../../../x}", "is not below Classes"),
        ("UI: ../manifest.yaml", "is not below UI"),
        ("UI: /etc/passwd", "is not below UI"),
        ("Logo: ../../logo.png", "is not below the archive"),
        ("Logo: /etc/passwd", "is not below the archive"),
        ("Supplier: {Logo: ../../x}", "is not below the archive"),
        ("Classes: {a: \"..\\\\manifest.yaml\"}", "there is no"),
        ("Logo: 'C:\\x'", "there is no"),
    ] {
        refused(format!("{MANIFEST}{line}\n"), reason);
    }
}

#[test]
fn classes_forms_and_lists_are_looked_at_with_care() {
    let laughs = laughs();
    let deep = "[".repeat(300_000);
    let huge = "a".repeat(1024 * 1024 + 1);
    let manifest = format!("{MANIFEST}Classes: {{a: a.yaml}}\n");
    for text in [
        &*laughs,
        &*deep,
        &*huge,
        "Name: !!python/object:os.system x",
        "\0",
        "Images: [{Name: ../../x, Url: 'file:///etc/passwd'}]",
        "{Name: a, Extends: [[[]]], Methods: [], Properties: 5, Namespaces: []}",
        "--- a\n--- [b]\n--- {c: d}\n",
    ] {
        // A server takes these, so they are no more than told.
        for name in ["Classes/a.yaml", "UI/ui.yaml", "images.lst"] {
            let mut files = vec![("Classes/a.yaml", "Name: a\n")];
            files.retain(|(other, _)| *other != name);
            files.push((name, text));
            let package = accepted(&package(&manifest, &files));
            assert!(!package.entries().is_empty());
        }
        let heat = "FullName: io.example.Heat\nType: Application\nFormat: Heat.HOT/1.0\n";
        let bytes = package(heat, &[("template.yaml", text)]);
        let desk = super::Desk::new();
        let _ = murano_sdk::archive::PackageFile::open(desk.file(&bytes));
    }
}
