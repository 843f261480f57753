//! `images.lst`, by which clients bring the images that a package needs.

use crate::archive::finding::Finding;
use crate::archive::images::ImageHash;
use crate::archive::manifest::{describe, is_empty};
use crate::archive::words;
use crate::yaml::{Body, Documents, Node, Tags};

/// Keys that a client hands on to the image service.
const NEEDED: [&str; 3] = ["Name", "DiskFormat", "ContainerFormat"];
const KEYS: [&str; 6] = [
    "Name",
    "DiskFormat",
    "ContainerFormat",
    "Hash",
    "Meta",
    "Url",
];

/// What is to be said about a list of images.
pub(super) fn look(file: &str, text: &str) -> Vec<Finding> {
    let documents = match Documents::load(text, Tags::Refused) {
        Ok(documents) => documents,
        Err(error) => return vec![Finding::yaml(file, &error).taken()],
    };
    let root = match documents.single() {
        Ok(Some(root)) if !root.is_null() => root,
        Ok(_) => {
            let text = "it is empty: name an image below Images or remove the file";
            return vec![Finding::warning(file, None, text)];
        }
        Err(error) => return vec![Finding::yaml(file, &error).taken()],
    };
    let mut findings = words::repeated(file, &documents);
    let Some(Body::Sequence(images)) = root.get("Images").map(|images| &images.body) else {
        let text = "it must be a mapping of the key Images to a list";
        findings.push(Finding::flaw(file, Some(root.at), text));
        return findings;
    };
    findings.extend(words::unknown(file, root, "a list of images", &["Images"]));
    for image in images {
        findings.extend(entry(file, image));
    }
    findings
}

fn entry(file: &str, image: &Node) -> Vec<Finding> {
    if !matches!(image.body, Body::Mapping(_)) {
        let found = describe(image);
        let text = format!("an image is {found}, it must be a mapping with a Name");
        return vec![Finding::flaw(file, Some(image.at), text)];
    }
    let mut findings = words::unknown(file, image, "an image", &KEYS);
    let lacks = |key: &&&str| image.get(key).is_none_or(is_empty);
    for key in NEEDED.iter().filter(lacks) {
        let text = format!("an image has no {key}, clients cannot import it: add the key");
        findings.push(Finding::flaw(file, Some(image.at), text));
    }
    let name = image
        .get("Name")
        .map_or("without a name".to_owned(), describe);
    if lacks(&&"Url") {
        let text = format!(
            "the image {name} has no Url, clients look for it in their package repository only"
        );
        findings.push(Finding::warning(file, Some(image.at), text));
    }
    if lacks(&&"Hash") {
        let text = format!("the image {name} has no Hash, nobody can tell a broken copy from it");
        findings.push(Finding::warning(file, Some(image.at), text));
    }
    findings.extend(image.get("Hash").and_then(|hash| digest(file, hash)));
    findings
}

/// What is wrong with a `Hash` that says something.
fn digest(file: &str, hash: &Node) -> Option<Finding> {
    let is_digest = hash
        .text()
        .is_some_and(|text| ImageHash::parse(text).is_some());
    (!is_empty(hash) && !is_digest).then(|| {
        let text = format!(
            "Hash is {}, it must be an MD5, SHA-1, SHA-256 or SHA-512 in hexadecimal digits",
            describe(hash)
        );
        Finding::flaw(file, Some(hash.at), text)
    })
}
