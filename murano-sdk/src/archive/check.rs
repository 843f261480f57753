//! What a package must hold besides a good manifest.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::hot;
use super::manifest::{Manifest, PackageType};
use super::names;
use super::zipped::Zipped;
use crate::{Error, Result, yaml};

/// What servers take unless they are set up otherwise.
pub(super) const USUAL_LIMIT: u64 = 5 * 1024 * 1024;
const MANIFEST: &str = "manifest.yaml";
const TEMPLATE: &str = "template.yaml";
/// Largest file that is read to be understood.
const MAX_TEXT: u64 = 1024 * 1024;
const MAX_IMAGE: u64 = 512_000;
/// So many problems one message tells; a wrong folder would fill the screen.
const MAX_TOLD: usize = 10;

/// What the user pointed at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Archive,
    Folder,
}

/// The manifest of an archive and what is odd about it.
pub(super) fn package(zip: &mut Zipped, origin: Origin) -> Result<(Manifest, Vec<String>)> {
    let Some(data) = zip.read(MANIFEST, MAX_TEXT)? else {
        return Err(missing_manifest(&zip.names().collect::<Vec<_>>(), origin));
    };
    let text = String::from_utf8(data).map_err(|error| {
        Error::archive("manifest.yaml: it is not text in UTF-8").with_source(error.utf8_error())
    })?;
    let (manifest, oddities) =
        Manifest::read(&text).map_err(|problems| Error::archive(join(&problems)))?;
    let problems = problems(zip, &manifest)?;
    if problems.is_empty() {
        Ok((manifest, oddities))
    } else {
        Err(Error::archive(join(&problems)))
    }
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

/// Many problems as one message.
pub(super) fn join(problems: &[String]) -> String {
    let told = problems.len().min(MAX_TOLD);
    let text = problems[..told].join("; ");
    match problems.len() - told {
        0 => text,
        more => format!("{text}; and {more} more"),
    }
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

fn problems(zip: &mut Zipped, manifest: &Manifest) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    if manifest.is_murano_pl() {
        for (class, file) in &manifest.classes {
            problems.extend(missing(
                zip,
                "Classes",
                file,
                &format!("the class {class:?}"),
            ));
        }
        if let Some(file) = &manifest.ui {
            problems.extend(missing(zip, "UI", file, "UI"));
        }
    }
    problems.extend(image(zip, "Logo", manifest.logo.as_deref(), "logo.png")?);
    let supplier = manifest.supplier_logo();
    problems.extend(image(
        zip,
        "the Logo of Supplier",
        supplier,
        "supplier_logo.png",
    )?);
    if manifest.is_hot() {
        match text(zip, TEMPLATE)? {
            None => problems.push(format!("a Heat package needs the file {TEMPLATE}")),
            Some(Err(problem)) => problems.push(problem),
            Some(Ok(template)) => problems.extend(hot::problems(&template)),
        }
    }
    Ok(problems)
}

/// What is wrong with a file the manifest names, relative to a folder of the archive.
fn missing(zip: &Zipped, folder: &str, file: &str, what: &str) -> Option<String> {
    let place = if folder.is_empty() {
        "the archive"
    } else {
        folder
    };
    let Some(name) = names::resolve(folder, file) else {
        return Some(format!(
            "manifest.yaml: {what} names {file:?}, which is not below {place}"
        ));
    };
    if zip.contains(&name) {
        return None;
    }
    let hint = zip
        .similar(&name)
        .map_or(String::new(), |found| format!(", but there is {found:?}"));
    Some(format!(
        "manifest.yaml: {what} names {file:?}, there is no {name:?}{hint}"
    ))
}

fn image(
    zip: &mut Zipped,
    key: &str,
    named: Option<&str>,
    default: &str,
) -> Result<Option<String>> {
    if let Some(problem) = named.and_then(|file| missing(zip, "", file, key)) {
        return Ok(Some(problem));
    }
    let Some(name) = names::resolve("", named.unwrap_or(default)) else {
        return Ok(None);
    };
    let limit = MAX_IMAGE;
    Ok(match zip.size(&name) {
        None => None,
        Some(size) if size > limit => Some(format!(
            "{name} has {size} bytes, an image may have {limit}"
        )),
        Some(_) => zip
            .read(&name, limit)?
            .filter(|data| !is_image(data))
            .map(|_| format!("{name} is not a PNG, JPEG or GIF image by its content")),
    })
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
fn text(zip: &mut Zipped, name: &str) -> Result<Option<Result<String, String>>> {
    if zip.size(name).is_some_and(|size| size > MAX_TEXT) {
        return Ok(Some(Err(format!(
            "{name} is larger than the {MAX_TEXT} bytes allowed for it"
        ))));
    }
    let data = zip.read(name, MAX_TEXT)?;
    Ok(
        data.map(|data| {
            String::from_utf8(data).map_err(|_| format!("{name} is not text in UTF-8"))
        }),
    )
}

/// What no server refuses, but what will not work or was not meant.
pub(super) fn warnings(zip: &mut Zipped, manifest: &Manifest) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    if manifest.is_hot() {
        if let Some(Ok(template)) = text(zip, TEMPLATE)? {
            warnings.extend(hot::warnings(&template));
        }
    } else if manifest.is_murano_pl() {
        let classes: BTreeSet<String> = manifest
            .classes
            .values()
            .filter_map(|file| names::resolve("Classes", file))
            .collect();
        let is_stray = |name: &&str| {
            name.starts_with("Classes/") && !classes.iter().any(|class| class == name)
        };
        let strays = zip.names().filter(is_stray);
        warnings.extend(strays.map(|name| format!("no class of the manifest names {name}")));
        let ui = names::resolve("UI", manifest.ui.as_deref().unwrap_or("ui.yaml"));
        for name in classes.iter().chain(&ui) {
            warnings.extend(not_yaml(zip, name)?);
        }
        if ui.is_none_or(|ui| !zip.contains(&ui)) && manifest.kind == PackageType::Application {
            warnings.push("there is no UI/ui.yaml, so the dashboard has no form".to_owned());
        }
        if manifest.classes.is_empty() {
            warnings.push(
                "manifest.yaml: there are no Classes, so the package offers nothing".to_owned(),
            );
        }
    }
    warnings.extend(not_yaml(zip, "images.lst")?);
    Ok(warnings)
}

fn not_yaml(zip: &mut Zipped, name: &str) -> Result<Option<String>> {
    Ok(match text(zip, name)? {
        None => None,
        Some(Err(problem)) => Some(problem),
        Some(Ok(text)) => yaml::load_all(&text)
            .err()
            .map(|error| format!("{name}: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::PackageFile;
    use super::super::sample::{Desk, MANIFEST, PNG, refusal};

    const NONE: [&str; 0] = [];

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
    fn the_form_must_be_there_when_it_is_named() {
        assert_eq!(
            check(&with("UI: form.yaml\n"), &[("UI/form.yaml", b"")]),
            ""
        );
        assert_eq!(
            check(&with("UI: form.yaml\n"), &[("UI/ui.yaml", b"")]),
            "manifest.yaml: UI names \"form.yaml\", there is no \"UI/form.yaml\""
        );
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
            "a Heat package needs the file template.yaml"
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
        assert_eq!(refusal(&latin), "manifest.yaml: it is not text in UTF-8");
    }

    #[test]
    fn all_problems_are_told_at_once() {
        assert_eq!(
            check("FullName: a..b\nType: App\n", &[]),
            "manifest.yaml: Type is \"App\", it must be Application or Library; manifest.yaml: \
             FullName is \"a..b\", it may hold letters, digits, \"_\" and single dots between them"
        );
        let text = check(&with("Classes: {a: b}\nUI: c\nLogo: d\n"), &[]);
        assert_eq!(text.matches("there is no").count(), 3, "{text}");
    }

    fn warnings(manifest: &str, files: &[(&str, &[u8])]) -> Vec<String> {
        let desk = Desk::new();
        let mut all = vec![("manifest.yaml", manifest.as_bytes())];
        all.extend(files);
        PackageFile::open(desk.folder("shop", &all))
            .unwrap()
            .warnings()
            .unwrap()
    }

    #[test]
    fn what_looks_odd_is_warned_of() {
        let app = "FullName: io.example.Shop\nType: Application\nClasses: {a: a.yaml}\n";
        let good: &[(&str, &[u8])] = &[
            ("Classes/a.yaml", b"Name: !yaql a\n---\nName: b\n"),
            ("UI/ui.yaml", b"Version: 2"),
        ];
        assert_eq!(warnings(app, good), NONE);
        let found = warnings(
            &format!("{app}fullName: x\nVersion: 1.10\n"),
            &[
                ("Classes/a.yaml", b"a: [\n"),
                ("Classes/b.yaml", b""),
                ("images.lst", b"\xff"),
            ],
        );
        for (text, expected) in found.iter().zip([
            "Version is 1.10, which a server reads as 1.1: put it in quotes",
            "the key \"fullName\" means nothing to Murano: did you mean FullName",
            "no class of the manifest names Classes/b.yaml",
            "Classes/a.yaml: line ",
            "there is no UI/ui.yaml, so the dashboard has no form",
            "images.lst is not text in UTF-8",
        ]) {
            assert!(text.contains(expected), "{text:?} is not {expected:?}");
        }
        assert_eq!(found.len(), 6, "{found:?}");
        assert!(warnings(MANIFEST, &[])[0].contains("no Classes"));
        let heat = with("Format: Heat.HOT/1.0\n");
        assert!(warnings(&heat, &[("template.yaml", b"a: b")])[0].contains("no resources"));
    }
}
