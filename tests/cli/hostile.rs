//! Archives that are made to do harm, and the program: one line, the right exit code, little memory, and
//! nothing is written or sent.

use std::process::Output;

use crate::cloud::Cloud;

#[path = "../../murano-sdk/tests/hostile/raw.rs"]
mod raw;

use raw::{Entry, zip};

const MANIFEST: &str = "FullName: io.example.Shop\nType: Library\nDescription: a\n";
/// Address space in kilobytes, most of which a program reserves and never uses.
const SPACE: &str = "ulimit -v 400000";

fn run(cloud: &Cloud, line: &str) -> Output {
    let mut shell = cloud.program("sh");
    shell.args(&["-c", &format!("{SPACE}; {line}")]);
    shell.output().unwrap()
}

#[test]
fn hostile_archives_are_refused_by_every_command_that_reads_them() {
    let cloud = Cloud::start();
    let with = |entry| zip(&[Entry::new("manifest.yaml", MANIFEST), entry]);
    for (archive, reason) in [
        (
            with(Entry::new("../../out", "x")),
            "leads out of its folder",
        ),
        (
            with(Entry::new("Manifest.yaml", "x")),
            "one file on many systems",
        ),
        (
            with(Entry::zeros("Resources/x", 1_000_000_000)),
            "no package does",
        ),
        (
            zip(&[Entry::zeros("manifest.yaml", 1_000_000_000).with(|entry| entry.size = 9)]),
            "is damaged",
        ),
        (
            with(Entry::new("link", "/etc/passwd").with(|entry| entry.mode = 0o120_777)),
            "is a symbolic link",
        ),
        (
            zip(&[Entry::new("manifest.yaml", "!!python/object:os.system {}")]),
            "does not know the tag",
        ),
    ] {
        std::fs::write(cloud.folder().join("hostile.zip"), archive).unwrap();
        let before = files(&cloud);
        let import = run(&cloud, "murano package import hostile.zip");
        let said = String::from_utf8(import.stderr).unwrap();
        assert_eq!(import.status.code(), Some(1), "{said}");
        assert!(
            said.starts_with("error: hostile.zip: ") && said.contains(reason),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(import.stdout.is_empty());
        let check = run(&cloud, "murano package check hostile.zip -f value -c text");
        let found = String::from_utf8(check.stdout).unwrap();
        assert_eq!(check.status.code(), Some(1), "{found}");
        assert!(found.contains(reason), "{found}");
        assert_eq!(files(&cloud), before);
    }
    let list = run(&cloud, "murano package list --owned -f value");
    assert_eq!((list.status.code(), list.stdout.len()), (Some(0), 0));
}

fn files(cloud: &Cloud) -> usize {
    let count = |folder| std::fs::read_dir(folder).unwrap().count();
    count(cloud.folder().to_owned()) + count(cloud.folder().join("tmp"))
}
