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
        .args(&["-euxc", &script])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("Deployment finished"), "{told}");
}

#[test]
fn the_readme_has_the_exit_codes_that_the_help_has() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let help = Cloud::none().run(&["help", "exit-codes"]);
    let rows: Vec<String> = help
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(code, meaning)| format!("\n| {code} | {} |\n", meaning.trim()))
        .collect();
    assert!(rows.len() > 8, "{help}");
    for row in rows {
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn getting_started_works_from_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/getting-started.md");
    transcript::play_in_one_shell(&path);
}

#[test]
fn the_guide_to_logging_in_works() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/login.md");
    transcript::play_with(&path, Cloud::start());
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

#[test]
fn applications_are_added_as_it_is_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/applications.md");
    transcript::play_in_one_shell(&path);
}

#[test]
fn packages_are_imported_as_it_is_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/packages.md");
    transcript::play_in_one_shell(&path);
}

#[test]
fn environments_are_files_as_it_is_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/environments-as-code.md");
    transcript::play_in_one_shell(&path);
}

#[test]
fn bare_metal_instances_work_as_it_is_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/instances.md");
    transcript::play_in_one_shell(&path);
}

/// Runs the script of the guide in a folder of its own.
fn pipeline(cloud: &Cloud, arguments: &[&str]) -> std::process::Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pipeline.sh");
    let mut bash = cloud.program("bash");
    bash.arg(script.canonicalize().unwrap()).args(arguments);
    bash.output().unwrap()
}

#[test]
fn the_pipeline_tries_a_package_and_leaves_nothing_behind() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let script = std::fs::read_to_string(docs.join("pipeline.sh")).unwrap();
    let guide = std::fs::read_to_string(docs.join("pipelines.md")).unwrap();
    let shown = guide.split("```bash\n").nth(1).unwrap();
    assert_eq!(
        shown.split("```").next(),
        Some(&*script),
        "docs/pipelines.md shows docs/pipeline.sh"
    );

    let cloud = Cloud::start();
    let packages = docs.join("../tests/data/packages").canonicalize().unwrap();
    let package = |name: &str| packages.join(name).to_str().unwrap().to_owned();
    let is_clean = || cloud.run(&["env", "list", "-f", "value"]).is_empty();
    // The second time the package is there already.
    for _ in 0..2 {
        let greeter = ["com.example.Greeter", "answer", "name=Ann", "size=2"];
        let output = pipeline(&cloud, &[&[&*package("greeter")], &greeter[..]].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        assert!(told.contains("Hello, Ann! (2 of 2)"), "{told}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(
            printed.contains("answer returned {") && printed.contains("42"),
            "{printed}"
        );
        assert!(is_clean());
    }
    let log = std::fs::read_to_string(cloud.folder().join("deployment.json")).unwrap();
    assert!(log.contains("Deployment finished"), "{log}");

    let failing = pipeline(
        &cloud,
        &[&package("failing"), "com.example.Failing", "deploy"],
    );
    assert_eq!(failing.status.code(), Some(6));
    assert!(is_clean());
    let bad = package("bad/type-unknown");
    let bad = pipeline(&cloud, &[&bad, "com.example.Bad", "deploy"]);
    assert_eq!(bad.status.code(), Some(1));
}
