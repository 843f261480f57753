//! Readers of packages, given anything.

use std::{fs, path::Path};

use super::{Manifest, PackageFile, Severity, check, images, lint};
use crate::fuzzing::{check_told, is_shown, texts};

/// Most that is read of a file in an archive, in bytes.
const MOST: u64 = 1 << 20;

pub(crate) fn manifests(data: &[u8]) {
    let Some([text]) = texts(data) else {
        return;
    };
    match Manifest::parse(text) {
        Ok(manifest) => {
            let json = serde_json::to_string(&manifest).unwrap_or_default();
            let read = Manifest::parse(&json);
            assert!(
                read.as_ref().is_ok_and(|again| *again == manifest),
                "{manifest:?} {read:?}"
            );
        }
        Err(error) => check_told(&error),
    }
}

/// The `images.lst` of a package.
pub(crate) fn images(data: &[u8]) {
    let Some([text]) = texts(data) else {
        return;
    };
    lint::images(text).iter().for_each(check_told);
    match images::read(text) {
        Ok(images) => {
            let is_told =
                |text: &Option<String>| text.iter().flat_map(|text| text.chars()).all(is_shown);
            for image in images {
                assert!(
                    !image.name.is_empty() && is_told(&Some(image.name)) && is_told(&image.url)
                );
            }
        }
        Err(error) => check_told(&error),
    }
}

/// An archive. What opens is read whole; what does not is said to be wrong by the check, too.
pub(crate) fn archives(data: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let path = folder.path().join("test.zip");
    if fs::write(&path, data).is_err() {
        return;
    }
    let findings = check(&path);
    assert!(findings.is_ok(), "{findings:?}");
    let findings = findings.unwrap_or_default();
    findings.iter().for_each(check_told);
    let has_error = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    match PackageFile::open(&path) {
        Ok(package) => check_package(&package, folder.path(), data),
        Err(error) => {
            check_told(&error);
            assert!(has_error, "{error}");
        }
    }
    let names = fs::read_dir(folder.path()).into_iter().flatten().flatten();
    assert!(names.map(|entry| entry.path()).eq([path]));
}

fn check_package(package: &PackageFile, folder: &Path, data: &[u8]) {
    let warnings = package.warnings();
    assert!(warnings.is_ok(), "{warnings:?}");
    warnings.iter().flatten().for_each(check_told);
    for name in package.entries() {
        assert!(!name.starts_with('/') && !name.split('/').any(|part| part == ".."));
        match package.read(name, MOST) {
            Ok(content) => assert!(content.is_some_and(|content| content.len() as u64 <= MOST)),
            // Too large.
            Err(error) => check_told(&error),
        }
    }
    if let Err(error) = package.required_images() {
        check_told(&error);
    }
    let copy = folder.join("copy.zip");
    assert!(package.write_to(&copy).is_ok());
    assert!(fs::read(&copy).is_ok_and(|copy| copy == data));
    assert!(fs::remove_file(copy).is_ok());
}
