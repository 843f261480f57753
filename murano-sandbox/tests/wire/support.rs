//! A raw HTTP client that sends what it is told and nothing else, and what the tests share.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use murano_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const SESSION: &str = "X-Configuration-Session";
pub(crate) const PACKAGE_PATCH: &str = "application/murano-packages-json-patch";
pub(crate) const MODEL_PATCH: &str = "application/env-model-json-patch";

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The JSON of the body, whatever the label says; null when empty.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body of a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// Status and text of a short error.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let json = self.json();
        let text = json["message"]
            .as_str()
            .unwrap_or_else(|| panic!("{json}"))
            .to_owned();
        let (first, second) = text.split_once("<br /><br />").expect("two slots");
        let text = if second.trim().is_empty() {
            first
        } else {
            second
        };
        (self.status, text.trim_matches('\n').to_owned())
    }

    /// Status, type and message of a fault.
    pub(crate) fn fault(&self) -> (u16, String, String) {
        assert_eq!(self.header("content-type"), "text/html; charset=UTF-8");
        let error = &self.json()["error"];
        let text = |key: &str| error[key].as_str().expect("a text").to_owned();
        (self.status, text("type"), text("message"))
    }
}

/// Sends a request over a connection of its own. `Err` when the answer breaks off.
pub(crate) async fn send(
    base: &str,
    method: &str,
    path: &str,
    (headers, body): (&[(&str, &str)], &[u8]),
) -> Result<Answer, String> {
    let address = base.strip_prefix("http://").expect("an http address");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "Transfer-Encoding") {
        write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .await
        .expect("sending");
    stream.write_all(body).await.expect("sending");
    let mut bytes = Vec::new();
    stream
        .read_to_end(&mut bytes)
        .await
        .map_err(|error| error.to_string())?;
    parse(&bytes, method == "HEAD")
}

fn parse(bytes: &[u8], bodiless: bool) -> Result<Answer, String> {
    let end = bytes
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .ok_or("no end of the headers")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let body = bytes[end + 4..].to_vec();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .ok_or("no status")?;
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let announced = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    if !bodiless && announced.is_some_and(|length: usize| length > body.len()) {
        return Err(format!("broke off after {} bytes", body.len()));
    }
    let status = status.parse().map_err(|_| "no number")?;
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// A signed-in user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) base: String,
    pub(crate) token: String,
    pub(crate) id: String,
    pub(crate) project: String,
}

/// The body that signs a user in by password.
pub(crate) fn password(user: &str, secret: &str, project: &str) -> Value {
    json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user":
            {"name": user, "domain": {"id": "default"}, "password": secret}}},
        "scope": {"project": {"name": project, "domain": {"name": "Default"}}},
    }})
}

pub(crate) async fn sign_in(sandbox: &Sandbox, user: &str) -> User {
    let (secret, project) = match user {
        "admin" => ("secret", "admin"),
        "demo2" => ("demo2", "demo"),
        other => (other, other),
    };
    let base = sandbox.endpoint();
    let body = password(user, secret, project).to_string();
    let headers = [("Content-Type", "application/json")];
    let answer = send(
        &base,
        "POST",
        "/identity/v3/auth/tokens",
        (&headers, body.as_bytes()),
    )
    .await
    .expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let token = answer.header("x-subject-token").to_owned();
    let json = answer.json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    User {
        base,
        token,
        id: text(&json["token"]["user"]["id"]),
        project: text(&json["token"]["project"]["id"]),
    }
}

impl User {
    /// Sends with the token, `Accept: application/json` and further headers.
    pub(crate) async fn raw(
        &self,
        method: &str,
        path: &str,
        (headers, body): (&[(&str, &str)], &[u8]),
    ) -> Answer {
        let mut all = vec![("X-Auth-Token", self.token.as_str())];
        if !headers.iter().any(|(name, _)| *name == "Accept") {
            all.push(("Accept", "application/json"));
        }
        all.extend(
            headers
                .iter()
                .filter(|(name, value)| !(*name == "Accept" && value.is_empty())),
        );
        send(&self.base, method, path, (&all, body))
            .await
            .expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, (&[], b"")).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.raw("DELETE", path, (&[], b"")).await
    }

    /// A call with a JSON body.
    pub(crate) async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("Content-Type", "application/json")];
        self.raw(method, path, (&headers, body.to_string().as_bytes()))
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body).await
    }

    /// A POST without a body.
    pub(crate) async fn poke(&self, path: &str) -> Answer {
        self.raw("POST", path, (&[], b"")).await
    }

    /// A call within a session; no body when null.
    pub(crate) async fn within(
        &self,
        session: &str,
        method: &str,
        (path, body): (&str, &Value),
    ) -> Answer {
        let headers = [(SESSION, session), ("Content-Type", "application/json")];
        let text = body.to_string();
        let bytes = if body.is_null() {
            b"".as_slice()
        } else {
            text.as_bytes()
        };
        self.raw(method, path, (&headers, bytes)).await
    }

    /// A call with a patch.
    pub(crate) async fn patch(&self, path: &str, (media, patch): (&str, &Value)) -> Answer {
        let headers = [("Content-Type", media)];
        self.raw("PATCH", path, (&headers, patch.to_string().as_bytes()))
            .await
    }

    /// Makes an environment and returns its id.
    pub(crate) async fn environment(&self, name: &str) -> String {
        let made = self
            .post("/v1/environments", &json!({"name": name}))
            .await
            .ok();
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Opens a session and returns its id.
    pub(crate) async fn session(&self, env: &str) -> String {
        let opened = self
            .poke(&format!("/v1/environments/{env}/configure"))
            .await
            .ok();
        opened["id"].as_str().expect("an id").to_owned()
    }

    /// Deploys an environment with these applications added.
    pub(crate) async fn deploy(&self, env: &str, apps: &Value) {
        let session = self.session(env).await;
        if !apps.is_null() {
            let path = format!("/v1/environments/{env}/services");
            self.within(&session, "POST", (&path, apps)).await.ok();
        }
        self.poke(&format!("/v1/environments/{env}/sessions/{session}/deploy"))
            .await
            .ok();
    }

    /// The newest deployment.
    pub(crate) async fn deployment(&self, env: &str) -> Value {
        self.get(&format!("/v1/environments/{env}/deployments"))
            .await
            .ok()["deployments"][0]
            .clone()
    }

    pub(crate) async fn status(&self, env: &str) -> String {
        let shown = self.get(&format!("/v1/environments/{env}")).await.ok();
        shown["status"].as_str().expect("a status").to_owned()
    }

    /// Uploads an archive, with metadata unless null.
    pub(crate) async fn upload(&self, archive: &[u8], metadata: &Value) -> Answer {
        let mut body = Vec::new();
        if !metadata.is_null() {
            let part =
                format!("--b7\r\nContent-Disposition: form-data; name=\"m\"\r\n\r\n{metadata}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        body.extend_from_slice(
            b"--b7\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.zip\"\r\n\
              Content-Type: application/octet-stream\r\n\r\n",
        );
        body.extend_from_slice(archive);
        body.extend_from_slice(b"\r\n--b7--\r\n");
        let headers = [("Content-Type", "multipart/form-data; boundary=b7")];
        self.raw("POST", "/v1/catalog/packages", (&headers, &body))
            .await
    }
}

/// A zip of these files.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*path, options).expect("an entry");
        writer.write_all(bytes).expect("a file");
    }
    writer.finish().expect("an archive").into_inner()
}

/// A class that does a little of everything.
pub(crate) const SHOP: &str = r#"
Namespaces: {=: demo, std: io.murano, m: io.murano.metadata, f: io.murano.metadata.forms}
Name: Shop
Extends: std:Application
Meta:
  - m:Title: {text: A shop}
  - f:Section: {name: main, title: Main section, index: 4}
Properties:
  name:
    Contract: $.string().notNull()
    Meta: [{m:Title: {text: The name}}, {f:Position: {section: main, index: 1}}]
  size: {Contract: $.int(), Default: 3}
  till: {Contract: $.class(Till)}
  takings: {Contract: $.int(), Usage: Out}
Methods:
  deploy:
    Body:
      - $.find(std:Environment).require().reporter.report($this, 'shelves are filled')
  sell:
    Scope: Public
    Meta: [{m:Title: {text: Sell one}}]
    Arguments: [{what: {Contract: $.string().notNull()}}]
    Body: [{Return: $what}]
  close:
    Usage: Action
    Body: [{Throw: Locked, Message: no key}]
  count: {Body: [{Return: 1}]}
  greet:
    Usage: Static
    Scope: Public
    Arguments: [{name: {Contract: $.string().notNull()}}]
    Body: [{Return: !yaql "format('Hi {0}', $name)"}]
  rob:
    Usage: Static
    Scope: Public
    Body: [{Throw: Alarm, Message: static kaboom}]
  build:
    Usage: Static
    Scope: Public
    Meta: [m:ModelBuilder: {}]
    Arguments: [{title: {Contract: $.string().notNull()}}]
    Body: [{Return: null}]
"#;

const TILL: &str = "
Namespaces: {=: demo}
Name: Till
Properties: {cash: {Contract: $.int(), Default: 0}}
";

const BURNT: &str = "
Namespaces: {=: demo, std: io.murano}
Name: Burnt
Extends: std:Application
Methods:
  deploy:
    Body:
      - $.find(std:Environment).require().reporter.report($this, 'smells of smoke')
      - Throw: Fire
        Message: the roof is gone
";

/// An archive with the classes `demo.Shop`, `demo.Till` and `demo.Burnt`.
pub(crate) fn shop() -> Vec<u8> {
    let manifest = "FullName: demo.Shop\nName: Shop\nType: Application\nTags: [retail]\n\
                    Author: Ann\nClasses: {demo.Shop: s.yaml, demo.Till: t.yaml, demo.Burnt: b.yaml}\n";
    zip(&[
        ("manifest.yaml", manifest.as_bytes()),
        ("Classes/s.yaml", SHOP.as_bytes()),
        ("Classes/t.yaml", TILL.as_bytes()),
        ("Classes/b.yaml", BURNT.as_bytes()),
        ("UI/ui.yaml", b"Version: 2\n"),
        ("logo.png", b"\x89PNG\r\n\x1a\nlogo"),
    ])
}
