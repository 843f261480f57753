//! Where requests go: a name is one segment of the path or one value of the query, whatever characters it has, and
//! what opens doors reaches no other server than the one it is for.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::{
    fmt::Write as _,
    pin::Pin,
    sync::{Arc, Mutex},
};

use murano_sdk::{Client, Error, ErrorKind, images::ImageSource};
use reqwest::Url;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const TOKEN: &str = "very-secret";

/// A server that gives every request the same answer, and what it was sent, byte for byte.
struct Server {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(status: &str, header: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let known = heads.clone();
        let answer = format!(
            "HTTP/1.1 {status}\r\n{header}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
        );
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, answer.clone(), known.clone()));
            }
        });
        Self { url, heads }
    }

    /// A server that has nothing.
    async fn empty() -> Self {
        Self::start("404 Not Found", "").await
    }

    /// What has come since the last time.
    fn heads(&self) -> Vec<String> {
        std::mem::take(&mut *self.heads.lock().unwrap())
    }

    /// Method and address of what has come since the last time.
    fn lines(&self) -> Vec<String> {
        let line = |head: &String| head.lines().next().unwrap_or_default().to_owned();
        self.heads().iter().map(line).collect()
    }

    fn client(&self) -> Client {
        let mut builder = Client::builder().endpoint(&self.url).token(TOKEN);
        for service in ["image", "maintenance", "baremetal_compute"] {
            builder = builder.set(&format!("{service}_endpoint_override"), &self.url);
        }
        builder.build().unwrap()
    }
}

async fn serve(mut socket: TcpStream, answer: String, known: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = socket.read_u8().await else {
            return;
        };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| {
        let line = line.to_ascii_lowercase();
        line.strip_prefix("content-length: ")?.parse::<usize>().ok()
    });
    let mut body = vec![0; length.unwrap_or_default()];
    if socket.read_exact(&mut body).await.is_err() {
        return;
    }
    known.lock().unwrap().push(head);
    // Who has gone has seen enough.
    let _ = socket.write_all(answer.as_bytes()).await;
}

type Outcome = Pin<Box<dyn Future<Output = Result<(), Error>>>>;
type Call = (&'static str, Box<dyn Fn(Client, String) -> Outcome>);

/// Calls of a client with a name.
macro_rules! calls {
    ($client:ident, $name:ident: $($call:expr),* $(,)?) => {
        vec![$((
            stringify!($call),
            Box::new(|$client: Client, $name: String| -> Outcome {
                Box::pin(async move { $call.await.map(drop) })
            }) as Box<dyn Fn(Client, String) -> Outcome>,
        )),*]
    };
}

/// Every call with a name in its address.
fn calls() -> Vec<Call> {
    let mut calls = by_environment();
    calls.extend(by_others());
    calls.extend(by_neighbours());
    calls
}

fn by_environment() -> Vec<Call> {
    calls![c, n:
        c.environments().get(n),
        c.environments().list().project(n),
        c.environment(n).get(),
        c.environment(n).rename("x"),
        c.environment(n).delete(),
        c.environment(n).delete().abandon(true),
        c.environment(n).last_status(None),
        c.environment(n).model(),
        c.environment("e").model().path(n),
        c.environment(n).open_session(),
        c.environment("e").session(n.as_str()).get(),
        c.environment("e").session(n.as_str()).discard(),
        c.environment("e").session(n.as_str()).assume_open().deploy(),
        c.environment(n).session("s").assume_open().patch_model(&[]),
        c.environment(n).services().list(),
        c.environment("e").services().get(&n),
        c.environment("e").session("s").assume_open().services().remove(&n),
        c.environment("e").session("s").assume_open().services().set(&n, "a", json!(1)),
        c.environment(n).deployments().list(),
        c.environment("e").deployment(n.as_str()).get(),
        c.environment("e").deployment(n.as_str()).reports(),
        c.environment("e").actions().call(n),
        c.environment(n).actions().call("a"),
        c.environment("e").actions().task(n.as_str()).result(),
        c.environment(n).statistics().raw(),
        c.environment("e").statistics().raw_of(&n),
        c.environment(n).statistics().aggregated(),
    ]
}

fn by_others() -> Vec<Call> {
    calls![c, n:
        c.packages().get(n),
        c.packages().list().fqn(n),
        c.packages().list().search(n),
        c.packages().list().category(n),
        c.packages().list().marker(n),
        c.package(n).delete(),
        c.package(n).ui(),
        c.package(n).logo(),
        c.package(n).supplier_logo(),
        c.package(n).update().name("x"),
        c.package(n).download().to_file(std::env::temp_dir().join("none")),
        c.categories().get(n),
        c.categories().delete(n),
        c.template(n).get(),
        c.template(n).update("x"),
        c.template(n).delete(),
        c.template(n).clone_as("x", false),
        c.template(n).create_environment("x"),
        c.template(n).services().list(),
        c.template("t").services().get(&n),
        c.template("t").services().remove(&n),
        c.schema(n),
        c.schema("a.B").package(n.as_str()),
        c.schema("a.B").version(n.as_str()),
    ]
}

fn by_neighbours() -> Vec<Call> {
    calls![c, n:
        c.image(n).get(),
        c.image(n).delete(),
        c.image(n).set_property("a", "b"),
        c.image(n).upload(ImageSource::file(file!().replace("murano-sdk/", "")).await?),
        c.maintenance().session(n).get(),
        c.maintenance().session(n).delete(),
        c.maintenance().session(n).detail(),
        c.maintenance().session("s").project(n.as_str()).get(),
        c.maintenance().instance(n).get(),
        c.maintenance().instance(n).unset(),
        c.maintenance().instance_group(n).get(),
        c.instances().get(n),
        c.instance(n).get(),
        c.instance(n).delete(),
        c.instance(n).states(),
        c.instance(n).networks(),
        c.instance(n).lock(),
    ]
}

const PLAIN: &str = "plain";

/// The name as a segment of a path.
fn encoded(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        // Writing to a text cannot fail.
        let _ = if is_plain {
            write!(encoded, "{}", char::from(byte))
        } else {
            write!(encoded, "%{byte:02X}")
        };
    }
    encoded
}

/// Method, path and the values of the query.
fn parts(line: &str) -> (String, String, Vec<(String, String)>) {
    let (method, rest) = line.split_once(' ').unwrap();
    let target = rest.strip_suffix(" HTTP/1.1").unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = Url::parse(&format!("http://x/?{query}")).unwrap();
    let query = query.query_pairs().into_owned().collect();
    (method.to_owned(), path.to_owned(), query)
}

/// Paths of objects have slashes of their own.
fn takes_paths(call: &str) -> bool {
    call.contains(".path(n)") || call.contains("services().get(&n)")
}

#[tokio::test]
async fn a_name_is_one_segment_of_every_address() {
    let server = Server::empty().await;
    let client = server.client();
    let mut addressed = 0;
    for (call, run) in calls() {
        let _ = run(client.clone(), PLAIN.to_owned()).await;
        let usual = server.lines();
        let is_in_path = usual.iter().any(|line| parts(line).1.contains(PLAIN));
        addressed += usize::from(usual.iter().any(|line| line.contains(PLAIN)));
        for name in [
            "../x",
            "a/b?c#d",
            "%2e%2e",
            "%2F",
            "a\r\nX-Y: z",
            "\\..\\@:;&=+ ж\u{1b}",
        ] {
            if takes_paths(call) && name.contains('/') {
                continue;
            }
            let outcome = run(client.clone(), name.to_owned()).await;
            let sent = server.lines();
            let is_refused = outcome.is_err_and(|error| error.kind() == ErrorKind::Invalid);
            if sent.is_empty() && is_refused && name.contains('\n') {
                // It would be the value of a header, too.
                continue;
            }
            assert_eq!(sent.len(), usual.len(), "{call} {name:?}: {sent:?}");
            for (sent, usual) in sent.iter().zip(&usual) {
                let (method, path, query) = parts(usual);
                let path = path.replace(PLAIN, &encoded(name));
                let query: Vec<_> = query
                    .into_iter()
                    .map(|(key, value)| (key, value.replace(PLAIN, name)))
                    .collect();
                assert_eq!(parts(sent), (method, path, query), "{call} {name:?}");
            }
        }
        for name in ["", ".", ".."] {
            // An empty path of objects means all of them.
            if !is_in_path || (takes_paths(call) && name.is_empty()) {
                continue;
            }
            let error = run(client.clone(), name.to_owned()).await.unwrap_err();
            let sent = server.lines();
            assert!(sent.len() < usual.len(), "{call} {name:?}: {sent:?}");
            assert_eq!(
                error.kind(),
                ErrorKind::NotFound,
                "{call} {name:?}: {error}"
            );
        }
    }
    // Some calls ask for something else first, and end where there is nothing.
    assert!(addressed >= 61, "{addressed} of {}", calls().len());
}

#[tokio::test]
async fn no_redirect_leads_away_with_a_token_or_a_password() {
    let elsewhere = Server::empty().await;
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let location = format!("Location: {}/v1/environments\r\n", elsewhere.url);
        let server = Server::start(status, &location).await;
        for (call, run) in calls() {
            let moved = run(server.client(), PLAIN.to_owned()).await;
            assert!(moved.is_err(), "{call}");
        }
        let asked = server.heads();
        assert!(asked.iter().any(|head| head.contains(TOKEN)), "{asked:?}");
        let login = Client::builder()
            .auth_url(&server.url)
            .password("demo", TOKEN)
            .project("demo");
        let login = login.endpoint(&server.url).build().unwrap();
        let error = login.environments().list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
    assert_eq!(elsewhere.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn no_path_leads_away() {
    let (server, elsewhere) = (Server::empty().await, Server::empty().await);
    let client = server.client();
    let away = elsewhere.url.trim_start_matches("http:");
    let host = away.trim_start_matches('/');
    for path in [
        elsewhere.url.clone(),
        away.to_owned(),
        format!("/{away}/x"),
        format!("@{host}/x"),
        format!(":@{host}/x"),
        format!("\\\\{host}\\x"),
        format!(".{host}"),
        format!("/v1/{away}"),
    ] {
        let _ = client.raw("GET", path.as_str()).await;
        let _ = client.environment(path.as_str()).get().await;
        let _ = client.environment("e").model().path(path).await;
    }
    assert!(server.heads().len() > 16);
    assert_eq!(elsewhere.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn a_repository_is_told_nothing_of_the_login() {
    let (server, repository) = (Server::empty().await, Server::empty().await);
    let client = server.client();
    let packages = client.repository(&repository.url).unwrap();
    assert!(packages.package("a.B").await.is_err());
    let heads = repository.heads();
    assert!(!heads.is_empty());
    for head in heads {
        let head = head.to_ascii_lowercase();
        for told in [TOKEN, "x-auth-token", "authorization", "cookie"] {
            assert!(!head.contains(told), "{head}");
        }
    }
    assert_eq!(server.heads(), Vec::<String>::new());
}
