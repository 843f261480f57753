//! Downloads from a repository behind a web server that does what it should not.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use murano_sdk::{
    Error, ErrorKind,
    archive::PackageFile,
    auth::Settings,
    repository::{Repository, RepositoryBuilder},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// What the server does with a connection after it has read the request.
#[derive(Clone)]
enum Deed {
    /// Writes these bytes and closes.
    Say(Vec<u8>),
    /// Writes these bytes and then nothing, for ever.
    Hang(Vec<u8>),
    /// Writes these bytes and then more of the same, for ever.
    Endless(Vec<u8>),
}

/// A server and the requests it got.
struct Server {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `deed` gets the path and the number of requests for it so far.
    async fn start(deed: impl Fn(&str, usize) -> Deed + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/repo", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (deed, known) = (Arc::new(deed), heads.clone());
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (deed, known) = (deed.clone(), known.clone());
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match socket.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => return,
                        }
                    }
                    let head = String::from_utf8(head).unwrap();
                    let path = head.split(' ').nth(1).unwrap().to_owned();
                    let number = {
                        let mut known = known.lock().unwrap();
                        known.push(head);
                        let same = |head: &&String| head.split(' ').nth(1) == Some(&path);
                        known.iter().filter(same).count()
                    };
                    let (Deed::Say(bytes) | Deed::Hang(bytes) | Deed::Endless(bytes)) =
                        deed(&path, number);
                    let _ = socket.write_all(&bytes).await;
                    match deed(&path, number) {
                        Deed::Say(_) => {}
                        Deed::Hang(_) => std::future::pending().await,
                        Deed::Endless(_) => {
                            let more = vec![b'x'; 64 << 10];
                            while socket.write_all(&more).await.is_ok() {}
                        }
                    }
                });
            }
        });
        Self { url, heads }
    }

    fn repository(&self) -> Repository {
        self.builder().build().unwrap()
    }

    fn builder(&self) -> RepositoryBuilder {
        let mut settings = Settings::new();
        // None of these is anybody's business but the client's.
        settings.set("token", "very-secret");
        settings.set("password", "very-secret");
        settings.set("api_timeout", "0.3");
        let builder = Repository::builder().location(&self.url);
        builder.settings(&settings).unwrap()
    }

    fn paths(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        let path = |head: &String| head.split(' ').nth(1).unwrap().to_owned();
        heads.iter().map(path).collect()
    }
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").into_bytes();
    answer.extend_from_slice(body);
    answer
}

fn file(body: &[u8]) -> Deed {
    Deed::Say(answer(
        "200 OK",
        &format!("Content-Length: {}\r\n", body.len()),
        body,
    ))
}

fn missing() -> Deed {
    Deed::Say(answer("404 Not Found", "Content-Length: 0\r\n", b""))
}

fn redirect(to: &str) -> Deed {
    Deed::Say(answer(
        "302 Found",
        &format!("Location: {to}\r\nContent-Length: 0\r\n"),
        b"",
    ))
}

/// The archive of a library with this name and version.
fn package(name: &str, version: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("FullName: {name}\nType: Library\nVersion: '{version}'\n");
    std::fs::write(folder.path().join("manifest.yaml"), text).unwrap();
    std::fs::read(PackageFile::open(folder.path()).unwrap().path()).unwrap()
}

fn one_line(error: &Error) -> String {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.contains("very-secret"), "{text}");
    text
}

#[tokio::test]
async fn a_package_is_found_by_its_name_and_version() {
    let server = Server::start(|path, _| match path {
        "/repo/apps/a.B.zip" => file(&package("a.B", "1.2")),
        "/repo/apps/a.B.2.0.zip" => file(&package("a.B", "2.0.0")),
        "/repo/apps/a.C.zip" => file(&package("a.D", "1")),
        _ => missing(),
    })
    .await;
    let repository = server.repository();
    let version = |file: PackageFile| file.manifest().version.clone();
    let file = repository.package("a.B").await.unwrap();
    assert_eq!(file.file_name(), "a.B.zip");
    assert_eq!(version(file), "1.2.0");
    let found = repository.package("a.B").version("2.0").await.unwrap();
    assert_eq!(version(found), "2.0.0");
    let found = repository.package("a.B").version("1.2").await.unwrap();
    assert_eq!(version(found), "1.2.0");
    let found = repository.package("a.B").range(">=1,<2").await.unwrap();
    assert_eq!(version(found), "1.2.0");

    for (fetch, kind, part) in [
        (
            repository.package("a.B").version("3"),
            ErrorKind::NotFound,
            "this is version 1.2.0, 3 is wanted",
        ),
        (
            repository.package("a.B").range(">=3"),
            ErrorKind::NotFound,
            "this is version 1.2.0, >=3 is wanted",
        ),
        (
            repository.package("a.C"),
            ErrorKind::Archive,
            "this is the package \"a.D\", a.C is wanted",
        ),
        (
            repository.package("a.E"),
            ErrorKind::NotFound,
            "package a.E is not in the repository http://",
        ),
    ] {
        let error = fetch.await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(one_line(&error).contains(part), "{error}");
    }
    let heads = server.heads.lock().unwrap();
    for head in heads.iter().map(|head| head.to_lowercase()) {
        assert!(
            !head.contains("secret") && !head.contains("x-auth") && !head.contains("authorization")
        );
    }
}

#[tokio::test]
async fn what_breaks_off_is_asked_for_again() {
    let archive = package("a.B", "1");
    let half = archive[..archive.len() / 2].to_vec();
    let whole = archive.clone();
    let server = Server::start(move |path, number| {
        let length = format!("Content-Length: {}\r\n", whole.len());
        match (path, number) {
            ("/repo/apps/a.B.zip", 1) | ("/repo/apps/a.D.zip", _) => {
                Deed::Say(answer("200 OK", &length, &half))
            }
            ("/repo/apps/a.B.zip", 2) => Deed::Say(answer(
                "503 Busy",
                "Retry-After: 0\r\nContent-Length: 0\r\n",
                b"",
            )),
            // No length is announced: only the archive itself shows that it is not all there.
            ("/repo/apps/a.C.zip", 1) => Deed::Say(answer("200 OK", "", &half)),
            ("/repo/apps/a.B.zip", _) => file(&whole),
            ("/repo/apps/a.C.zip", _) => Deed::Say(answer("200 OK", "", &package("a.C", "1"))),
            _ => missing(),
        }
    })
    .await;
    let repository = server.repository();
    let file = repository.package("a.B").await.unwrap();
    assert_eq!(std::fs::read(file.path()).unwrap(), archive);
    repository.package("a.C").await.unwrap();
    let error = repository.package("a.D").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 3));
    assert!(
        one_line(&error).contains("/repo/apps/a.D.zip: the answer broke off"),
        "{error}"
    );
    assert_eq!(server.paths().len(), 3 + 2 + 3);
}

#[tokio::test]
async fn redirects_are_followed_a_little() {
    let server = Server::start(|path, number| match path {
        "/repo/apps/a.B.zip" => redirect("../../elsewhere/b.zip?key=very-secret"),
        "/elsewhere/b.zip?key=very-secret" => file(&package("a.B", "1")),
        "/repo/apps/a.Loop.zip" => redirect("/repo/apps/a.Loop.zip"),
        "/repo/apps/a.File.zip" => redirect("file:///etc/passwd"),
        "/repo/apps/a.User.zip" => redirect("http://me:very-secret@127.0.0.1:9/x"),
        "/repo/apps/a.Nowhere.zip" => Deed::Say(answer("302 Found", "Content-Length: 0\r\n", b"")),
        _ => {
            assert!(number < 10);
            missing()
        }
    })
    .await;
    let repository = server.repository();
    assert!(repository.package("a.B").await.is_ok());
    for (name, part) in [
        ("a.Loop", "redirected more than 5 times"),
        ("a.File", "only http and https are"),
        ("a.User", "a name or a password"),
        ("a.Nowhere", "the server answers 302"),
    ] {
        let error = repository.package(name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
        assert!(one_line(&error).contains(part), "{error}");
    }
    let loops = server
        .paths()
        .iter()
        .filter(|path| path.contains("Loop"))
        .count();
    assert_eq!(loops, 6);
}

#[tokio::test]
async fn size_and_time_are_bounded() {
    let server = Server::start(|path, _| match path {
        "/repo/apps/a.Huge.zip" => {
            Deed::Say(answer("200 OK", "Content-Length: 99999999999\r\n", b"PK"))
        }
        "/repo/apps/a.Endless.zip" => Deed::Endless(answer("200 OK", "", b"PK")),
        "/repo/apps/a.Silent.zip" => Deed::Hang(answer("200 OK", "Content-Length: 9\r\n", b"PK")),
        "/repo/apps/a.Mute.zip" => Deed::Hang(Vec::new()),
        "/repo/bundles/endless.bundle" => Deed::Endless(answer("200 OK", "", b"{")),
        _ => missing(),
    })
    .await;
    let started = Instant::now();
    let small = server.builder().largest_package(1 << 20).build().unwrap();
    for name in ["a.Huge", "a.Endless"] {
        let error = small.package(name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
        assert!(
            one_line(&error).contains("larger than the 1048576 bytes allowed"),
            "{error}"
        );
    }
    for name in ["a.Silent", "a.Mute"] {
        let error = small.package(name).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Timeout, 3),
            "{error}"
        );
        assert!(one_line(&error).contains("silent for 0.3 s"), "{error}");
    }
    let error = small.bundle("endless").await.unwrap_err();
    assert!(
        one_line(&error).contains("larger than the 1048576 bytes allowed"),
        "{error}"
    );
    let hasty = server.builder().total_timeout(Duration::from_millis(200));
    let error = hasty
        .build()
        .unwrap()
        .package("a.Endless")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(
        one_line(&error).contains("not complete after 0.2 s"),
        "{error}"
    );
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn what_is_something_else_is_told() {
    let server = Server::start(|path, _| match path {
        "/repo/apps/a.Page.zip" => file(b"\n<!DOCTYPE html><html>Please log in</html>"),
        "/repo/apps/a.Junk.zip" => file(b"junk"),
        "/repo/apps/a.Empty.zip" => file(b""),
        "/repo/apps/a.Login.zip" => {
            Deed::Say(answer("401 Unauthorized", "Content-Length: 0\r\n", b""))
        }
        "/repo/bundles/page.bundle" => file(b"<html></html>"),
        "/repo/bundles/bytes.bundle" => file(b"\xff\xfe\x00"),
        "/repo/bundles/list.bundle" => file(b"[1, 2]"),
        "/repo/bundles/up.bundle" => file(br#"{"Packages": [{"Name": "../../etc/passwd"}]}"#),
        "/repo/bundles/good.bundle" => file(br#"{"Packages": [{"Name": "a.B"}]}"#),
        _ => missing(),
    })
    .await;
    let repository = server.repository();
    for (name, kind, part) in [
        (
            "a.Page",
            ErrorKind::Archive,
            "this is a web page and no package",
        ),
        ("a.Junk", ErrorKind::Archive, "this is not a zip archive"),
        ("a.Empty", ErrorKind::Archive, "the file is empty"),
        (
            "a.Login",
            ErrorKind::Unauthorized,
            "the server answers 401 Unauthorized",
        ),
    ] {
        let error = repository.package(name).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(one_line(&error).contains(part), "{error}");
    }
    for (name, part) in [
        ("page", "this is a web page and no bundle"),
        ("bytes", "no text in UTF-8"),
        ("list", "must be a mapping"),
        ("up", "is no full name"),
        ("none", "bundle none is not in the repository"),
    ] {
        let error = repository.bundle(name).await.unwrap_err();
        assert!(one_line(&error).contains(part), "{error}");
    }
    let url = format!("{}/bundles/good.bundle", server.url);
    assert_eq!(
        repository.bundle(url).await.unwrap().packages[0].name,
        "a.B"
    );
}

#[tokio::test]
async fn an_image_is_whole_or_not_there() {
    let server = Server::start(|path, _| match path {
        "/repo/images/a%20disk" => file(b"a disk"),
        "/repo/images/half" => Deed::Say(answer("200 OK", "Content-Length: 9\r\n", b"half")),
        _ => missing(),
    })
    .await;
    let repository = server.repository();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    std::fs::write(&path, "old").unwrap();
    for (name, kind) in [
        ("half", ErrorKind::Transport),
        ("none", ErrorKind::NotFound),
        ("../x", ErrorKind::Invalid),
        ("/etc/passwd", ErrorKind::Invalid),
    ] {
        let error = repository.image(name).to_file(&path).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }
    let small = repository.image("a disk").largest(5).to_file(&path).await;
    assert_eq!(small.unwrap_err().kind(), ErrorKind::Rejected);
    assert_eq!(repository.image("a disk").to_file(&path).await.unwrap(), 6);
    assert_eq!(std::fs::read(&path).unwrap(), b"a disk");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
