//! The same things sent to the sandbox: it says what is wrong with them, and goes on.

use std::time::Instant;

use murano_sandbox::Sandbox;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::raw::{DEFLATED, End, Entry, zip, zip_with};
use super::{LONGEST, MANIFEST, texts};

struct Server {
    sandbox: Sandbox,
    token: String,
    http: reqwest::Client,
}

impl Server {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::start().await.unwrap();
        // Without this the system's certificates are read.
        let http = reqwest::Client::builder()
            .tls_certs_only([])
            .timeout(LONGEST * 2)
            .build()
            .unwrap();
        let login = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": "demo", "password": "demo", "domain": {"id": "default"},
            }}},
            "scope": {"project": {"name": "demo", "domain": {"id": "default"}}},
        }});
        let url = format!("{}/auth/tokens", sandbox.auth_url());
        let answer = http.post(url).json(&login).send().await.unwrap();
        let token = answer.headers()["X-Subject-Token"]
            .to_str()
            .unwrap()
            .to_owned();
        Self {
            sandbox,
            token,
            http,
        }
    }

    /// Status and text of the answer to an upload.
    async fn upload(&self, bytes: Vec<u8>) -> (u16, String) {
        let file = Part::bytes(bytes).file_name("test.zip");
        let url = format!("{}/v1/catalog/packages", self.sandbox.endpoint());
        let call = self.http.post(url).header("X-Auth-Token", &self.token);
        let answer = call
            .multipart(Form::new().part("file", file))
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Checks that it still takes a package.
    async fn is_well(&self, number: usize) {
        let manifest = MANIFEST.replace("Shop", &format!("Shop{number}"));
        let (status, text) = self
            .upload(zip(&[Entry::new("manifest.yaml", manifest)]))
            .await;
        assert_eq!(status, 200, "{text}");
    }
}

fn with(manifest: &str, others: &[Entry]) -> Vec<u8> {
    let mut all = vec![Entry::new("manifest.yaml", manifest)];
    all.extend_from_slice(others);
    zip(&all)
}

fn more(line: &str) -> Vec<u8> {
    with(&format!("{MANIFEST}{line}\n"), &[])
}

/// Archives that no service takes.
fn refused() -> Vec<(&'static str, Vec<u8>)> {
    let whole = with(MANIFEST, &[]);
    let encrypted = Entry::new("manifest.yaml", MANIFEST).with(|entry| entry.flags |= 1);
    let rare = Entry::new("manifest.yaml", MANIFEST).with(|entry| entry.method = 12);
    let broken = Entry::new("manifest.yaml", MANIFEST).with(|entry| entry.method = DEFLATED);
    let endless = End {
        wide: Some((1 << 60, 1 << 60, 0)),
        count: Some(u16::MAX),
        ..End::default()
    };
    let count = End {
        count: Some(u16::MAX),
        ..End::default()
    };
    vec![
        ("nothing", Vec::new()),
        ("text", b"hello".to_vec()),
        ("zeros", vec![0; 100_000]),
        ("half", whole[..whole.len() / 2].to_vec()),
        ("ends", b"PK\x05\x06".repeat(20_000)),
        ("headers", b"PK\x01\x02".repeat(100_000)),
        ("no manifest", zip(&[Entry::new("a", "b")])),
        ("encrypted", zip(&[encrypted])),
        ("method", zip(&[rare])),
        ("deflate", zip(&[broken])),
        (
            "endless",
            zip_with(&[Entry::new("manifest.yaml", MANIFEST)], &endless),
        ),
        (
            "count",
            zip_with(&[Entry::new("manifest.yaml", MANIFEST)], &count),
        ),
        ("bomb", zip(&[Entry::zeros("manifest.yaml", 500_000_000)])),
        ("too large", vec![b'x'; 6 << 20]),
        (
            "laughs",
            with(&format!("{MANIFEST}{}", texts::laughs()), &[]),
        ),
        ("deep", more(&format!("Meta: {}", "[".repeat(500_000)))),
        ("python", more("Meta: !!python/object/apply:os.system [x]")),
        ("list", with("- a\n", &[])),
        (
            "documents",
            with(&format!("{MANIFEST}---\n{MANIFEST}"), &[]),
        ),
        ("logo", more("Logo: ../../etc/passwd")),
        ("root", more("Logo: /etc/passwd")),
        ("form", more("UI: ../manifest.yaml")),
        (
            "large logo",
            with(MANIFEST, &[Entry::zeros("logo.png", 500_000_000)]),
        ),
        (
            "many fields",
            more(&format!("Tags: [{}", "a, ".repeat(300_000))),
        ),
    ]
}

/// Archives that do no harm to a service that reads no more than it needs.
fn taken() -> Vec<(&'static str, Vec<u8>)> {
    let named = |name: &str| MANIFEST.replace("Shop", name);
    let mut link = Entry::new("Resources/link", "/etc/passwd");
    link.mode = 0o120_777;
    let names = [
        "../../out",
        "/out",
        "C:\\out",
        "a\0b",
        "x\\..\\y",
        "Manifest.yaml",
    ];
    let names: Vec<Entry> = names.iter().map(|name| Entry::new(name, "x")).collect();
    // A file of hundreds of megabytes, in which twenty thousand classes are said to be.
    let classes: Vec<String> = (0..20_000).map(|n| format!("  c{n}: big.yaml\n")).collect();
    let classes = format!("{}Classes:\n{}", named("Classes"), classes.concat());
    let big = Entry::zeros("Classes/big.yaml", 300_000_000);
    let zeros = Entry::zeros("Resources/x", 500_000_000);
    let number = format!("{}Meta: {}\n", named("Number"), "9".repeat(100_000));
    vec![
        ("names", with(&named("Names"), &names)),
        ("link", with(&named("Link"), &[link])),
        ("classes", with(&classes, &[big])),
        ("bomb beside", with(&named("Beside"), &[zeros])),
        ("number", with(&number, &[])),
    ]
}

#[test]
fn the_sandbox_survives_all_of_it() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let server = Server::start().await;
        let refused = refused()
            .into_iter()
            .map(|(what, bytes)| (what, bytes, true));
        let taken = taken()
            .into_iter()
            .map(|(what, bytes)| (what, bytes, false));
        let mut wrong = Vec::new();
        for (number, (what, bytes, is_refused)) in refused.chain(taken).enumerate() {
            let start = Instant::now();
            let (status, text) = server.upload(bytes).await;
            assert!(start.elapsed() < LONGEST, "{what}: {:?}", start.elapsed());
            let is_good = match status {
                // The service itself does not expect a list.
                500 => what == "list",
                400 | 413 => is_refused,
                status => status == 200 && !is_refused,
            };
            if !is_good {
                wrong.push(format!("{what}: {status} {text}"));
            }
            server.is_well(number).await;
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        server.sandbox.stop().await.unwrap();
    });
}
