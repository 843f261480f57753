//! No password and no token is printed, nor written where it does not belong. What [`Program`] prints and what
//! is left in the folder of a [`Cloud`] is looked at in every test; here are the commands that have most to hide.
//!
//! [`Program`]: crate::program::Program

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::cloud::Cloud;

/// What all passwords of the tests begin with. Without it the password of a user is the name, too.
pub(crate) const MARK: &str = "hush-";

/// Fails where text that was printed has a secret in it.
pub(crate) fn check(text: &[u8], whose: &str) {
    if let Some(secret) = find(text) {
        panic!("{whose}: there is a {secret} in its output");
    }
}

/// Fails where a file below the folder of a test has a secret that is not meant to be there.
pub(crate) fn check_files(folder: &Path) {
    for path in files(folder) {
        let place = path.strip_prefix(folder).unwrap();
        let name = place.file_name().unwrap();
        // What the test gives the program: settings, and the variables of a shell. And the database of a sandbox.
        if name == "clouds.yaml" || place == Path::new("tmp/state") || name == "state.redb" {
            continue;
        }
        let is_token = place.starts_with(".cache/murano/tokens");
        if OWN.iter().any(|own| place.starts_with(own)) {
            assert_eq!(mode(&path), 0o600, "{}", place.display());
            let folder = path.parent().unwrap();
            assert_eq!(mode(folder), 0o700, "the folder of {}", place.display());
        }
        match find(&fs::read(&path).unwrap()) {
            Some("token") if is_token => {}
            Some(secret) => panic!("{}: there is a {secret} in it", place.display()),
            None => {}
        }
    }
}

/// Where the program keeps things of its own, below the home folder.
const OWN: [&str; 2] = [".cache/murano", ".local/share/murano"];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Which kind of secret is in a text: `password` or `token`.
fn find(text: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(text);
    let is_token = |rest: &str| {
        let mut characters = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c));
        // One that is cut short, such as `gAAAA…`, tells nothing.
        characters.nth(16).is_some()
    };
    if text.contains(MARK) {
        Some("password")
    } else if text.split("gAAAA").skip(1).any(is_token) {
        Some("token")
    } else {
        None
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    // A test may have taken its folder away.
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn a_leak_is_found() {
    let token = format!("gAAAAA{}", "0123456789abcdef".repeat(6));
    assert_eq!(find(format!("a\n{MARK}demo").as_bytes()), Some("password"));
    assert_eq!(find(format!("\"{token}\"").as_bytes()), Some("token"));
    assert_eq!(find(b"hash {SHA256}0123 gAAAA"), None);

    let folder = tempfile::tempdir().unwrap();
    let leaks = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let found = std::panic::catch_unwind(|| check_files(folder.path())).is_err();
        fs::remove_file(path).unwrap();
        found
    };
    let kept = ".cache/murano/tokens/a.json";
    assert!(leaks("report.json", &token, 0o600));
    assert!(leaks("inner/murano.log", MARK, 0o600));
    assert!(leaks(kept, &token, 0o644));
    assert!(leaks(kept, MARK, 0o600));
    let own = Path::new(".cache/murano/tokens");
    let private =
        |mode| fs::set_permissions(folder.path().join(own), fs::Permissions::from_mode(mode));
    private(0o700).unwrap();
    assert!(!leaks(kept, &token, 0o600));
    private(0o755).unwrap();
    assert!(leaks(kept, &token, 0o600));
    assert!(!leaks("clouds.yaml", MARK, 0o644));
}

/// Each with everything that makes the program talk.
const TALKING: [&str; 4] = ["--debug", "--timing", "--no-cache", "--os-cloud=sandbox"];

/// Commands with secrets in what they send, what they get, or what they are asked to show. The application has
/// passwords of its own, which its user may see.
const COMMANDS: [&[&str]; 18] = [
    &["env", "list"],
    &["env", "create", "shop"],
    &["app", "add", "shop", "--model", "app.json", "-c", "id"],
    &["env", "deploy", "shop"],
    &["deployment", "show", "shop"],
    &["package", "import", "greeter"],
    &["api", "get", "/environments"],
    &["api", "get", "/nothing"],
    &["env", "show", "nowhere"],
    &["login"],
    &["auth", "status"],
    &["config", "show"],
    &["doctor"],
    &["category", "create", "Toys"],
    &["env", "list", "--os-auth-url", "http://127.0.0.1:1/v3"],
    &["env", "list", "--murano-url", "http://127.0.0.1:1"],
    &["environment-list"],
    &["logout"],
];

/// Secrets that Keystone refuses, in every way they are sent to it.
const REFUSED: [&[(&str, &str)]; 5] = [
    &[("OS_PASSWORD", "hush-wrong")],
    &[
        ("OS_AUTH_TYPE", "token"),
        ("OS_TOKEN", "gAAAAAhush-0123456789abcdef0123456789"),
    ],
    &[
        ("OS_AUTH_TYPE", "v3applicationcredential"),
        ("OS_APPLICATION_CREDENTIAL_ID", "0123"),
        ("OS_APPLICATION_CREDENTIAL_SECRET", "hush-credential"),
    ],
    &[("OS_AUTH_TYPE", "v3totp"), ("OS_PASSCODE", "hush-123456")],
    &[
        ("OS_PASSWORD_COMMAND", "echo hush-helper"),
        ("OS_PASSWORD", ""),
    ],
];

#[test]
fn commands_that_tell_everything_tell_no_secret() {
    let cloud = Cloud::start();
    let packages = crate::transcript::folder().join("../data/packages");
    let copied = cloud
        .program("cp")
        .arg("-R")
        .arg(packages.join("greeter"))
        .arg(".")
        .status();
    assert!(copied.unwrap().success());
    let model = format!(
        r#"{{"?": {{"type": "io.murano.Application"}}, "adminPassword": "{MARK}db", "list": [{{"token": "{MARK}t"}}]}}"#
    );
    let settings = fs::read_to_string(cloud.folder().join("clouds.yaml")).unwrap();
    let address = settings
        .split("auth_url: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    for format in ["table", "json"] {
        // The one file of the user that has a password of its own.
        fs::write(cloud.folder().join("app.json"), &model).unwrap();
        for command in COMMANDS {
            let mut program = cloud.murano(command);
            // An old name takes its options where others take those of the program.
            if !command[0].contains('-') && !["api", "logout"].contains(&command[0]) {
                program.args(&["-f", format]);
            }
            let output = program.args(&TALKING).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(!told.contains("unexpected argument"), "{command:?}: {told}");
        }
        fs::remove_file(cloud.folder().join("app.json")).unwrap();
        for variables in REFUSED {
            let mut program = cloud.murano(&["env", "list", "--debug", "--no-cache", "-f", format]);
            program
                .env("OS_CLOUD", "")
                .env("OS_AUTH_URL", address)
                .env("OS_USERNAME", "demo");
            program
                .env("OS_USER_DOMAIN_ID", "default")
                .env("OS_PROJECT_NAME", "demo");
            for (name, value) in variables {
                program.env(name, value);
            }
            let output = program
                .env("OS_PROJECT_DOMAIN_ID", "default")
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(4), "{variables:?}: {told}");
            assert!(told.contains("/identity/v3/auth/tokens"), "{told}");
        }
    }
}

/// A shell in which every file would be everybody's.
const OPEN: &str = "umask 000; ";

#[test]
fn what_the_program_writes_for_itself_is_for_its_user_alone() {
    let cloud = Cloud::start();
    let open = |line: &str| {
        let mut shell = cloud.program("sh");
        let output = shell.args(&["-c", &format!("{OPEN}{line}")]).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    };
    // Token, names, and the sandbox in a folder that was there, and was everybody's.
    open("murano env create shop");
    open("murano env list");
    open("OS_CLIENT_CONFIG_FILE=none MURANO_SANDBOX_DIR=new murano env list --os-cloud sandbox");
    open("mkdir old; mv clouds.yaml kept");
    open("MURANO_SANDBOX_DIR=old murano env list --os-cloud sandbox; mv kept clouds.yaml");
    open("murano env list -f csv");
    let names: Vec<_> = files(cloud.folder())
        .into_iter()
        .map(|path| path.strip_prefix(cloud.folder()).unwrap().to_owned())
        .filter(|place| !place.ends_with("clouds.yaml"))
        .collect();
    assert!(names.len() > 3, "{names:?}");
    for place in names {
        assert_eq!(mode(&cloud.folder().join(&place)), 0o600, "{place:?}");
    }
}
