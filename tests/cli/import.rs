//! Imports from a web server, at a terminal, and interrupted.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use murano_sandbox::Fault;

use crate::{cloud::Cloud, secrets};

/// A web server for a folder. The first answer about a path that is named to it breaks off in the middle.
pub(crate) struct Web {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    /// The server goes with the process.
    pub(crate) fn start(folder: PathBuf, breaks: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/site", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let known = asked.clone();
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut head = BufReader::new(&stream).lines().map_while(Result::ok);
                let first = head.next().unwrap_or_default();
                let secret = head
                    .take_while(|line| !line.is_empty())
                    .find(|line| line.to_lowercase().starts_with("x-auth"));
                assert_eq!(secret, None);
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                let path = path.trim_start_matches("/site/").to_owned();
                let body = std::fs::read(folder.join(&path)).ok();
                let is_first = !known.lock().unwrap().contains(&path);
                known.lock().unwrap().push(path.clone());
                let (status, body) =
                    body.map_or(("404 Not Found", Vec::new()), |it| ("200 OK", it));
                let end = if path == breaks && is_first {
                    body.len() / 2
                } else {
                    body.len()
                };
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                );
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(&body[..end]);
            }
        });
        Self { url, asked }
    }
}

/// Three packages that require each other, and a bundle, below `repository`.
fn repository(folder: &Path) {
    for (name, version, require) in [
        ("a.Shop", "1.0", "a.Till: '>=1', io.murano: "),
        ("a.Till", "1.5", "a.Bank: "),
        ("a.Bank", "0.2", "a.Till: '>=1'"),
    ] {
        let package = folder.join("repository/apps").join(name);
        std::fs::create_dir_all(&package).unwrap();
        let text = format!(
            "FullName: {name}\nType: Library\nVersion: '{version}'\nRequire: {{{require}}}\n"
        );
        std::fs::write(package.join("manifest.yaml"), text).unwrap();
    }
    let bundles = folder.join("repository/bundles");
    std::fs::create_dir(&bundles).unwrap();
    let bundle = r#"{"Packages": [{"Name": "a.Shop", "Version": "1.0"}]}"#;
    std::fs::write(bundles.join("shops.bundle"), bundle).unwrap();
}

#[test]
fn a_saved_site_serves_from_the_web() {
    let cloud = Cloud::start();
    repository(cloud.folder());
    let save = [
        "bundle",
        "save",
        "shops",
        "--repo-url",
        "repository",
        "--path",
        "site",
    ];
    cloud.run(&save);
    let web = Web::start(cloud.folder().join("site"), "apps/a.Till.zip");
    let names = ["-f", "value", "--column", "name"];
    let with = |arguments: &[&'static str]| -> Vec<String> {
        let all = arguments.iter().chain(&names).map(|&word| word.to_owned());
        all.chain(["--repo-url".to_owned(), web.url.clone()])
            .collect()
    };
    let run = |arguments: &[&'static str]| {
        let arguments = with(arguments);
        cloud.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let all = "a.Bank\na.Till\na.Shop\n";
    assert_eq!(run(&["package", "import", "a.Shop"]), all);
    let asked = web.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [
            "apps/a.Shop.zip",
            "apps/a.Till.zip",
            "apps/a.Till.zip",
            "apps/a.Bank.zip"
        ]
    );
    cloud.run(&["package", "delete", "a.Bank", "a.Till", "a.Shop"]);
    assert_eq!(run(&["bundle", "import", "shops"]), all);
    let exists = [
        "package",
        "import",
        "a.Shop",
        "--package-version",
        "1.0",
        "--exists-action",
        "update",
    ];
    assert_eq!(run(&exists), "a.Shop\n");
    let url = format!("{}/apps/a.Shop.zip", web.url);
    let skipped = [
        "package",
        "import",
        &url,
        "--exists-action",
        "skip",
        "-f",
        "json",
    ];
    assert_eq!(cloud.run(&skipped), "[]\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_conflict_is_a_question_on_a_terminal() {
    let cloud = Cloud::start();
    repository(cloud.folder());
    let import = "murano package import repository/apps/a.Shop --no-deps -f value --column name";
    cloud.run(&import.split(' ').skip(1).collect::<Vec<_>>());
    for (answers, code, told) in [
        ("what\nS\n", 0, "skipped"),
        ("u\n", 0, "a.Shop\r\n"),
        ("a\n", 5, "aborted"),
    ] {
        let mut script = cloud.program("script");
        script.args(&["-qec", import, "/dev/null"]);
        let script = script.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = script.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(answers.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        secrets::check(&output.stdout, import);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("(s)kip, (u)pdate or (a)bort?"), "{text}");
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn ctrl_c_does_not_end_an_update_in_the_middle() {
    // The new archive is sent a second time when the old package is gone.
    let slow = Fault::on("POST", "/v1/catalog/packages")
        .nth(4)
        .delay(Duration::from_secs(3));
    let cloud = Cloud::with_faults(vec![slow]);
    repository(cloud.folder());
    let packages = ["repository/apps/a.Till", "repository/apps/a.Bank"];
    let arguments = ["package", "import", packages[0], packages[1], "--quiet"];
    cloud.run(&arguments);
    let mut child = cloud
        .murano(&[&arguments[..], &["--exists-action", "update"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let owned = || cloud.run(&["package", "list", "--owned", "-f", "value", "-c", "name"]);
    // The first package, which the other one requires, is being replaced.
    assert!((0..500).any(|_| owned() == "a.Till\n"));
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.unwrap().success());
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    secrets::check(told.as_bytes(), "an interrupted import");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("ending after what is on its way"), "{told}");
    assert!(told.contains("repository/apps/a.Till: not tried"), "{told}");
    assert_eq!(owned(), "a.Bank\na.Till\n");
}
