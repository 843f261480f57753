//! What a package must hold besides a good manifest.

use std::fs;
use std::path::Path;

use super::finding::Finding;
use super::hot;
use super::manifest::{Manifest, Reading};
use super::names;
use super::zipped::Zipped;
use crate::{Error, Result};

pub(super) const MANIFEST: &str = "manifest.yaml";
pub(super) const TEMPLATE: &str = "template.yaml";
/// Largest file that is read to be understood.
pub(super) const MAX_TEXT: u64 = 1024 * 1024;
const MAX_IMAGE: u64 = 512_000;

/// What the user pointed at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Archive,
    Folder,
}

/// The manifest of an archive, as far as it can be understood, and what is to be said about it and the
/// files a server looks at.
pub(super) fn package(zip: &mut Zipped, origin: Origin) -> Result<Reading> {
    let mut reading = match text(zip, MANIFEST)? {
        None => return Err(missing_manifest(&zip.names().collect::<Vec<_>>(), origin)),
        Some(Err(finding)) => Reading::nothing(finding),
        Some(Ok(text)) => Manifest::read(&text),
    };
    if let Some(manifest) = &reading.manifest {
        let found = files(zip, manifest, &reading)?;
        reading.findings.extend(found);
    }
    Ok(reading)
}

/// Says early, before gigabytes are packed, that a folder is no package.
pub(super) fn has_manifest(folder: &Path) -> Result<()> {
    if folder.join(MANIFEST).is_file() {
        return Ok(());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().join(MANIFEST).is_file() {
            names.push(format!("{name}/{MANIFEST}"));
        }
        names.push(name);
    }
    Err(missing_manifest(
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
        Origin::Folder,
    ))
}

fn missing_manifest(names: &[&str], origin: Origin) -> Error {
    let inside: Vec<&str> = names
        .iter()
        .filter_map(|name| name.strip_suffix("/manifest.yaml"))
        .filter(|folder| !folder.contains('/'))
        .collect();
    let look_alike = names.iter().find(|name| {
        name.eq_ignore_ascii_case(MANIFEST) || name.eq_ignore_ascii_case("manifest.yml")
    });
    Error::archive(match (inside[..].first(), look_alike, origin) {
        (Some(folder), _, Origin::Archive) if inside.len() == 1 => format!(
            "the archive has everything inside the folder {folder:?}: pack the contents of the \
             folder, not the folder"
        ),
        (Some(folder), _, Origin::Folder) if inside.len() == 1 => {
            format!("the package is inside of this folder, in {folder:?}: name that folder")
        }
        (_, Some(name), _) => format!("{name:?} must be called manifest.yaml"),
        (_, None, Origin::Archive) => "the archive has no manifest.yaml at its root".to_owned(),
        (_, None, Origin::Folder) => "the folder has no manifest.yaml".to_owned(),
    })
}

fn files(zip: &mut Zipped, manifest: &Manifest, reading: &Reading) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut told = |key: &str, text: Option<String>| {
        findings.extend(text.map(|text| Finding::error(MANIFEST, reading.place(key), text)));
    };
    if manifest.is_murano_pl() {
        for (class, file) in &manifest.classes {
            let what = format!("the class {class:?}");
            told(
                &format!("Classes/{class}"),
                missing(zip, "Classes", file, &what),
            );
        }
        if let Some(file) = &manifest.ui {
            told("UI", outside("UI", file, "UI"));
        }
    }
    let supplier = manifest.supplier_logo();
    for (key, what, file, default) in [
        ("Logo", "Logo", manifest.logo.as_deref(), "logo.png"),
        (
            "Supplier/Logo",
            "the Logo of Supplier",
            supplier,
            "supplier_logo.png",
        ),
    ] {
        match file.and_then(|file| missing(zip, "", file, what)) {
            Some(text) => {
                findings.push(Finding::error(MANIFEST, reading.place(key), text));
            }
            None => findings.extend(image(zip, file.unwrap_or(default))?),
        }
    }
    if manifest.is_hot() {
        match text(zip, TEMPLATE)? {
            None => {
                let text = "template.yaml is missing, a Heat package needs it";
                findings.push(Finding::error(TEMPLATE, None, text));
            }
            Some(Err(finding)) => findings.push(finding),
            Some(Ok(template)) => findings.extend(hot::look(&template)),
        }
    }
    Ok(findings)
}

/// What is wrong with the name of a file, relative to a folder of the archive.
fn outside(folder: &str, file: &str, what: &str) -> Option<String> {
    let place = if folder.is_empty() {
        "the archive"
    } else {
        folder
    };
    let text = format!("{what} names {file:?}, which is not below {place}");
    names::resolve(folder, file).is_none().then_some(text)
}

/// What is wrong with a file the manifest names, relative to a folder of the archive.
pub(super) fn missing(zip: &Zipped, folder: &str, file: &str, what: &str) -> Option<String> {
    let Some(name) = names::resolve(folder, file) else {
        return outside(folder, file, what);
    };
    if zip.contains(&name) {
        return None;
    }
    let hint = zip
        .similar(&name)
        .map_or(String::new(), |found| format!(", but there is {found:?}"));
    Some(format!("{what} names {file:?}, there is no {name:?}{hint}"))
}

/// What is wrong with a logo, if it is there.
fn image(zip: &mut Zipped, path: &str) -> Result<Option<Finding>> {
    let Some(name) = names::resolve("", path) else {
        return Ok(None);
    };
    let limit = MAX_IMAGE;
    let problem = match zip.size(&name) {
        None => None,
        Some(size) if size > limit => Some(format!(
            "{name} has {size} bytes, an image may have {limit}"
        )),
        Some(_) => zip
            .read(&name, limit)?
            .filter(|data| !is_image(data))
            .map(|_| format!("{name} is not a PNG, JPEG or GIF image by its content")),
    };
    Ok(problem.map(|problem| Finding::error(&name, None, problem)))
}

/// The first bytes by which the server tells images.
fn is_image(data: &[u8]) -> bool {
    let jpeg = matches!(data.get(6..10), Some(b"JFIF" | b"Exif"));
    jpeg || [
        &b"\xff\xd8\xff\xdb"[..],
        b"\x89PNG\r\n\x1a\n",
        b"GIF87a",
        b"GIF89a",
    ]
    .iter()
    .any(|start| data.starts_with(start))
}

/// A file as text, or why it is none. `None` when there is no such file.
pub(super) fn text(zip: &mut Zipped, name: &str) -> Result<Option<Result<String, Finding>>> {
    if zip.size(name).is_some_and(|size| size > MAX_TEXT) {
        let text = format!("{name} is larger than the {MAX_TEXT} bytes allowed for it");
        return Ok(Some(Err(Finding::error(name, None, text))));
    }
    let data = zip.read(name, MAX_TEXT)?;
    Ok(data.map(|data| {
        String::from_utf8(data)
            .map_err(|_| Finding::error(name, None, format!("{name} is not text in UTF-8")))
    }))
}

#[cfg(test)]
mod tests {
    use super::super::PackageFile;
    use super::super::sample::{Desk, MANIFEST, PNG, refusal};

    /// The error of a package with this manifest and these other files, empty when it is good.
    fn check(manifest: &str, files: &[(&str, &[u8])]) -> String {
        let desk = Desk::new();
        let mut all = vec![("manifest.yaml", manifest.as_bytes())];
        all.extend(files);
        let path = desk.zip(&all);
        if PackageFile::open(&path).is_ok() {
            String::new()
        } else {
            refusal(&path)
        }
    }

    fn with(more: &str) -> String {
        format!("{MANIFEST}{more}")
    }

    #[test]
    fn class_files_must_be_there() {
        let manifest =
            with("Classes: {io.example.Shop: Shop.yaml, io.example.Till: sub/Till.yaml}\n");
        let files: &[(&str, &[u8])] = &[("Classes/Shop.yaml", b""), ("Classes/sub/Till.yaml", b"")];
        assert_eq!(check(&manifest, files), "");
        assert_eq!(
            check(
                &manifest,
                &[("Classes/shop.yaml", b""), ("Classes/sub/Till.yaml", b"")]
            ),
            "manifest.yaml: the class \"io.example.Shop\" names \"Shop.yaml\", there is no \
             \"Classes/Shop.yaml\", but there is \"Classes/shop.yaml\""
        );
        assert_eq!(
            check(&with("Classes: {a: ../manifest.yaml}\n"), &[]),
            "manifest.yaml: the class \"a\" names \"../manifest.yaml\", which is not below Classes"
        );
        let many: Vec<String> = (0..30)
            .map(|number| format!("  c{number}: x{number}"))
            .collect();
        let many = many.join("\n");
        let text = check(&with(&format!("Classes:\n{many}")), &[]);
        assert!(text.ends_with("; and 20 more"), "{text}");
    }

    #[test]
    fn the_form_must_be_below_its_folder() {
        let form = with("UI: form.yaml\n");
        assert_eq!(check(&form, &[("UI/form.yaml", b"")]), "");
        assert_eq!(check(&form, &[]), "");
        assert!(check(&with("UI: /ui.yaml\n"), &[("UI/ui.yaml", b"")]).contains("not below UI"));
    }

    #[test]
    fn logos_must_be_images_that_are_not_too_big() {
        assert_eq!(
            check(
                MANIFEST,
                &[("logo.png", PNG), ("supplier_logo.png", b"GIF89a...")]
            ),
            ""
        );
        assert_eq!(
            check(
                &with("Logo: a/b.jpg\n"),
                &[("a/b.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF")]
            ),
            ""
        );
        assert_eq!(
            check(&with("Logo: b.jpg\n"), &[("b.jpg", b"\xff\xd8\xff\xdb")]),
            ""
        );
        assert_eq!(
            check(&with("Logo: nope.png\n"), &[("logo.png", PNG)]),
            "manifest.yaml: Logo names \"nope.png\", there is no \"nope.png\""
        );
        assert_eq!(
            check(&with("Supplier: {Logo: ../nope.png}\n"), &[]),
            "manifest.yaml: the Logo of Supplier names \"../nope.png\", which is not below the archive"
        );
        assert_eq!(
            check(
                MANIFEST,
                &[("logo.png", b"<svg/>"), ("supplier_logo.png", b"\x89PN")]
            ),
            "logo.png is not a PNG, JPEG or GIF image by its content; \
             supplier_logo.png is not a PNG, JPEG or GIF image by its content"
        );
        let mut big = PNG.to_vec();
        big.resize(512_000, 0);
        assert_eq!(check(MANIFEST, &[("logo.png", &big)]), "");
        big.push(0);
        assert_eq!(
            check(MANIFEST, &[("logo.png", &big)]),
            "logo.png has 512001 bytes, an image may have 512000"
        );
    }

    #[test]
    fn heat_packages_need_a_template() {
        let heat = with("Format: Heat.HOT/1.0\nClasses: {a: not-looked-for.yaml}\n");
        assert_eq!(check(&heat, &[("template.yaml", b"resources: {}")]), "");
        assert_eq!(
            check(&heat, &[]),
            "template.yaml is missing, a Heat package needs it"
        );
        let template = b"parameters: {a: {}}";
        assert_eq!(
            check(&heat, &[("template.yaml", template)]),
            "template.yaml: the parameter \"a\" has no type"
        );
        assert_eq!(
            check(&heat, &[("template.yaml", b"\xff")]),
            "template.yaml is not text in UTF-8"
        );
    }

    #[test]
    fn the_manifest_must_be_at_the_root() {
        let desk = Desk::new();
        let manifest = MANIFEST.as_bytes();
        let nested = desk.zip(&[("shop/", b""), ("shop/manifest.yaml", manifest)]);
        assert_eq!(
            refusal(&nested),
            "the archive has everything inside the folder \"shop\": pack the contents of the folder, \
             not the folder"
        );
        let two = desk.zip(&[("a/manifest.yaml", manifest), ("b/manifest.yaml", manifest)]);
        assert_eq!(
            refusal(&two),
            "the archive has no manifest.yaml at its root"
        );
        let capital = desk.zip(&[("Manifest.yaml", manifest)]);
        assert_eq!(
            refusal(&capital),
            "\"Manifest.yaml\" must be called manifest.yaml"
        );
        let latin = desk.zip(&[("manifest.yaml", b"Name: \xe9")]);
        assert_eq!(refusal(&latin), "manifest.yaml is not text in UTF-8");
    }

    #[test]
    fn all_problems_are_told_at_once() {
        assert_eq!(
            check("FullName: a..b\nType: App\n", &[]),
            "manifest.yaml: Type is \"App\", it must be Application or Library; manifest.yaml: \
             FullName is \"a..b\", it may hold letters, digits, \"_\" and single dots between them"
        );
        let text = check(&with("Classes: {a: b}\nLogo: d\n"), &[]);
        assert_eq!(text.matches("there is no").count(), 2, "{text}");
    }
}
