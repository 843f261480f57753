//! What README and the guides show is run. README: the commands of its section "Use it", in one
//! shell, stopping at the first that fails. The guides: all of it, compared with what they show.

use std::path::Path;

use crate::{cloud::Cloud, transcript};

#[test]
fn the_commands_of_the_readme_work() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let section = readme
        .split("\n## Use it\n")
        .nth(1)
        .unwrap()
        .split("\n## ")
        .next()
        .unwrap();
    let commands: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .collect();
    assert!(commands.len() > 5, "{commands:?}");
    let cloud = Cloud::start();
    // The reader's own cloud has another name than the sandbox's.
    let script = commands
        .join("\n")
        .replace("OS_CLOUD=mycloud", "OS_CLOUD=sandbox");
    let packages = root.join("tests/data/packages").canonicalize().unwrap();
    std::os::unix::fs::symlink(packages.join("greeter"), cloud.folder().join("greeter")).unwrap();
    let output = cloud
        .program("sh")
        .args(["-euxc", &script])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("Deployment finished"), "{told}");
}

#[test]
fn the_tutorial_works_from_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/tutorial.md");
    transcript::play_in_one_shell(&path);
}

#[test]
fn maintenance_goes_as_it_is_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/maintenance.md");
    transcript::play_in_one_shell(&path);
}

#[test]
fn packages_are_made_as_it_is_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/packaging.md");
    transcript::play_in_one_shell(&path);
}
