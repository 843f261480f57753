//! `--os-cloud sandbox` without a `clouds.yaml`: the sandbox inside the command.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Output, Stdio},
};

use crate::{cloud::Cloud, program::Program};

/// Where the sandbox of this user is kept.
fn kept(cloud: &Cloud) -> PathBuf {
    cloud.folder().join(".local/share/murano/sandbox")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A served sandbox and its `clouds.yaml`. It is killed in the end.
pub(crate) struct Served {
    child: Child,
    pub(crate) clouds: String,
}

impl Served {
    pub(crate) fn start(mut command: Program) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut clouds = String::new();
        let end = "project_name: admin\n      user_domain_id: default\n      project_domain_id: default\n";
        while !clouds.ends_with(end) {
            assert!(stdout.read_line(&mut clouds).unwrap() > 0, "{clouds}");
        }
        Self { child, clouds }
    }

    pub(crate) fn auth_url(&self) -> &str {
        let line = self
            .clouds
            .lines()
            .find_map(|line| line.trim().strip_prefix("auth_url: "));
        line.unwrap()
    }

    /// Ends it as nothing else does: without a chance to do anything.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.end();
        }
    }
}

#[test]
fn a_cloud_of_the_user_with_the_same_name_wins() {
    let cloud = Cloud::start();
    cloud.run(&["env", "create", "shop"]);
    assert!(!kept(&cloud).exists());
    std::fs::remove_file(cloud.folder().join("clouds.yaml")).unwrap();
    assert_eq!(cloud.run(&["env", "list", "-f", "value", "-c", "name"]), "");
    assert!(kept(&cloud).exists());
}

#[test]
fn it_is_started_only_when_it_is_needed() {
    let cloud = Cloud::none();
    cloud.run(&["sandbox", "demo"]);
    cloud.run(&["env", "list", "--help"]);
    let unknown = cloud
        .murano(&["--os-cloud", "other", "env", "list"])
        .output()
        .unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(!cloud.folder().join(".local").exists());
}

#[test]
fn the_command_line_wins_and_variables_of_other_clouds_do_not_matter() {
    let cloud = Cloud::none();
    let served = Served::start(cloud.murano(&["sandbox", "serve", "--memory", "--quiet"]));
    let url = ["--os-auth-url", served.auth_url()];
    cloud.run(&[&["env", "create", "served"], &url[..]].concat());
    assert!(!kept(&cloud).exists());
    let alt = [
        "--os-username",
        "alt",
        "--os-password",
        "alt",
        "--os-project-name",
        "alt",
    ];
    cloud.run(&[&["env", "create", "of-alt"], &alt[..]].concat());
    let other = |variable: &str, value: &str| {
        let list = [
            "--os-cloud",
            "sandbox-alt",
            "env",
            "list",
            "-f",
            "value",
            "-c",
            "name",
        ];
        let output = cloud.murano(&list).env(variable, value).output().unwrap();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let listed = (Some(0), "of-alt\n".to_owned(), String::new());
    for (variable, value) in [
        ("OS_AUTH_URL", "http://127.0.0.1:9/v3"),
        ("OS_PASSWORD", "hush-other"),
        ("OS_PROJECT_NAME", "other"),
        ("OS_REGION_NAME", "other"),
        ("OS_NO_CLIENT_AUTH", "1"),
    ] {
        assert_eq!(other(variable, value), listed, "{variable}");
    }
}

#[test]
fn many_commands_at_once_take_turns() {
    let cloud = Cloud::none();
    let names: Vec<String> = (0..6).map(|number| format!("env{number}")).collect();
    let start = |name: &String| {
        cloud
            .murano(&["env", "create", name])
            .stdout(Stdio::null())
            .spawn()
    };
    let children: Vec<Child> = names.iter().map(|name| start(name).unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let listed = cloud.run(&[
        "env",
        "list",
        "-f",
        "value",
        "-c",
        "name",
        "--sort-column",
        "name",
    ]);
    assert_eq!(listed.lines().collect::<Vec<_>>(), names);
}

#[test]
fn who_waits_in_vain_is_told_what_to_do() {
    let cloud = Cloud::none();
    let _served = Served::start(cloud.murano(&["sandbox", "serve", "--quiet"]));
    for arguments in [
        &["env", "list"][..],
        &["sandbox", "reset", "--yes"],
        &["sandbox", "serve"],
    ] {
        let refused = cloud
            .murano(arguments)
            .env("MURANO_SANDBOX_WAIT", "50ms")
            .output()
            .unwrap();
        let told = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{told}");
        let folder = kept(&cloud);
        let folder = folder.to_str().unwrap();
        for part in [folder, "process ", "MURANO_SANDBOX_DIR", "hint: "] {
            assert!(told.contains(part), "{told}");
        }
    }
    // Another folder is free.
    let other = cloud
        .murano(&["env", "list"])
        .env("MURANO_SANDBOX_DIR", "other")
        .output()
        .unwrap();
    assert!(other.status.success());
}

#[test]
fn damaged_data_is_told_and_reset() {
    let cloud = Cloud::none();
    cloud.run(&["env", "create", "shop"]);
    let database = kept(&cloud).join("state.redb");
    let half = std::fs::metadata(&database).unwrap().len() / 2;
    std::fs::File::options()
        .write(true)
        .open(&database)
        .unwrap()
        .set_len(half)
        .unwrap();
    let refused = cloud.murano(&["env", "list"]).output().unwrap();
    let told = text(&refused.stderr);
    assert_eq!(
        (refused.status.code(), text(&refused.stdout)),
        (Some(1), String::new())
    );
    assert!(
        told.contains("state.redb") && told.contains("`murano sandbox reset`"),
        "{told}"
    );
    assert!(!told.contains("panicked"), "{told}");
    let unasked = cloud.murano(&["sandbox", "reset"]).output().unwrap();
    assert_eq!(unasked.status.code(), Some(2));
    cloud.run(&["sandbox", "reset", "--yes"]);
    assert_eq!(cloud.run(&["env", "list", "-f", "value"]), "");
}

#[test]
fn a_full_disk_refuses_the_change_and_forgets_nothing_else() {
    let cloud = Cloud::none();
    cloud.run(&["env", "create", "shop"]);
    // No file may be larger than a MiB; without the trap the process would be killed.
    let program = env!("CARGO_BIN_EXE_murano");
    let script = format!("trap '' XFSZ; ulimit -f 2048; exec {program} sandbox serve --quiet");
    let mut command = cloud.program("sh");
    command.args(&["-c", &script]);
    let served = Served::start(command);
    std::fs::write(cloud.folder().join("clouds.yaml"), &served.clouds).unwrap();
    let large = "x".repeat(700_000);
    let model = format!(r#"{{"?": {{"type": "com.example.Large"}}, "text": "{large}"}}"#);
    std::fs::write(cloud.folder().join("large.json"), model).unwrap();
    let session = cloud.run(&["session", "create", "shop", "-f", "value", "-c", "id"]);
    let add = [
        "app",
        "add",
        "shop",
        "--model",
        "large.json",
        "--session",
        session.trim(),
    ];
    let full: Output = (0..5)
        .map(|_| cloud.murano(&add).output().unwrap())
        .find(|output| !output.status.success())
        .expect("five of them do not fit");
    let told = text(&full.stderr);
    assert!(told.contains("cannot store the change in"), "{told}");
    let count = |cloud: &Cloud| {
        let list = [
            "app",
            "list",
            "shop",
            "--session",
            session.trim(),
            "-f",
            "value",
            "-c",
            "id",
        ];
        cloud.run(&list).lines().count()
    };
    let before = count(&cloud);
    assert!(before < 5);
    served.kill();
    std::fs::remove_file(cloud.folder().join("clouds.yaml")).unwrap();
    assert_eq!(count(&cloud), before);
    cloud.run(&add);
    assert_eq!(count(&cloud), before + 1);
}
