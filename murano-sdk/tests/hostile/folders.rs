//! Folders that are packed.

#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Instant;

use murano_sdk::archive::{NewPackage, PackageFile, PackageType};

use super::{Desk, LONGEST, MANIFEST};

/// A folder with what no package has in it: links, pipes, sockets.
fn folder(desk: &Desk) -> std::path::PathBuf {
    let folder = desk.0.path().join("a/b/package");
    std::fs::create_dir_all(folder.join("deep/er")).unwrap();
    symlink("/", folder.join("deep/root")).unwrap();
    symlink("../..", folder.join("deep/er/loop")).unwrap();
    symlink("/etc/passwd", folder.join("secret.yaml")).unwrap();
    symlink("nowhere", folder.join("broken")).unwrap();
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status();
    assert!(made.unwrap().success());
    drop(std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap());
    folder
}

#[test]
fn special_files_are_named_and_not_read() {
    let desk = Desk::new();
    let folder = folder(&desk);
    std::fs::write(folder.join("manifest.yaml"), MANIFEST).unwrap();
    let out = desk.0.path().join("a/out.zip");
    let before = desk.all();
    let start = Instant::now();
    let mut new = NewPackage::from_classes(&folder);
    new.kind = Some(PackageType::Library);
    new.full_name = Some("io.example.Shop".to_owned());
    new.output = Some(out.clone());
    for error in [
        PackageFile::open(&folder).unwrap_err(),
        PackageFile::pack(&folder, &out).unwrap_err(),
        new.create().unwrap_err(),
    ] {
        let text = error.to_string();
        for name in [
            "deep/root",
            "deep/er/loop",
            "secret.yaml",
            "broken",
            "pipe",
            "socket",
        ] {
            assert!(text.contains(&format!("{name:?} is ")), "{text}");
        }
    }
    assert!(start.elapsed() < LONGEST);
    assert_eq!(desk.all(), before);
}

#[test]
fn a_manifest_that_is_a_pipe_does_not_stop_anything() {
    let desk = Desk::new();
    let folder = desk.0.path().join("a/b/package");
    std::fs::create_dir(&folder).unwrap();
    let made = Command::new("mkfifo")
        .arg(folder.join("manifest.yaml"))
        .status();
    assert!(made.unwrap().success());
    assert!(PackageFile::open(&folder).is_err());
    assert!(PackageFile::open(folder.join("manifest.yaml")).is_err());
    assert!(
        NewPackage::from_template(folder.join("manifest.yaml"))
            .create()
            .is_err()
    );
    assert!(NewPackage::from_classes(&folder).create().is_err());
}

#[test]
fn deep_folders_end() {
    let desk = Desk::new();
    let mut folder = desk.0.path().join("a/b/package");
    let top = folder.clone();
    for _ in 0..300 {
        folder.push("folder");
    }
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(top.join("manifest.yaml"), MANIFEST).unwrap();
    let text = PackageFile::open(&top).unwrap_err().to_string();
    assert!(text.contains("more than 1024 bytes"), "{text}");
}

#[test]
fn what_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let folder = desk.0.path().join("a/b/package");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("manifest.yaml"), MANIFEST).unwrap();
    let file = folder.join("closed");
    std::fs::write(&file, "x").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o0)).unwrap();
    // The administrator reads everything.
    if std::fs::File::open(&file).is_ok() {
        return;
    }
    let text = PackageFile::open(&folder).unwrap_err().to_string();
    assert!(
        text.ends_with("cannot pack \"closed\": permission denied"),
        "{text}"
    );
}
