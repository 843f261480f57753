//! The least a program can do with the HTTP library alone: what the measured commands ask for, without their care.
//!
//! `bare LOGIN get PATH...`, `bare LOGIN upload FILE...`, `bare LOGIN deploy ENVIRONMENT MODEL`. LOGIN is a JSON
//! file with `token` and `endpoint`, or with `auth_url` and the body of a login.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark that cannot go on ends by panicking"
)]

use reqwest::{
    Client, RequestBuilder,
    header::{ACCEPT, HeaderValue},
    multipart::{Form, Part},
};
use serde_json::Value;

/// A client, where Murano is, and the token.
struct Session {
    client: Client,
    endpoint: String,
    token: HeaderValue,
}

fn main() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    runtime.block_on(async {
        match words.as_slice() {
            [login, "get", paths @ ..] => get(&begin(login).await, paths).await,
            [login, "upload", files @ ..] => upload(&begin(login).await, files).await,
            [login, "deploy", id, model] => deploy(&begin(login).await, id, model).await,
            _ => panic!("the first lines of bare.rs say what it takes"),
        }
    });
}

/// Reads the token, or gets one.
async fn begin(login: &str) -> Session {
    let login: Value = serde_json::from_slice(&std::fs::read(login).unwrap()).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .user_agent("bare")
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only(Vec::new());
    let client = client.build().unwrap();
    let Some(auth_url) = login["auth_url"].as_str() else {
        return Session {
            client,
            endpoint: login["endpoint"].as_str().unwrap().to_owned(),
            token: HeaderValue::from_str(login["token"].as_str().unwrap()).unwrap(),
        };
    };
    let request = client.post(format!("{auth_url}/auth/tokens"));
    let answer = request.json(&login["body"]).send().await.unwrap();
    let token = answer.headers()["x-subject-token"].clone();
    let body: Value = answer.json().await.unwrap();
    let services = body["token"]["catalog"].as_array().unwrap();
    let is_murano = |service: &&Value| service["type"] == "application-catalog";
    let murano = services.iter().find(is_murano).unwrap();
    let public = |place: &&Value| place["interface"] == "public";
    let place = murano["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .find(public)
        .unwrap();
    Session {
        client,
        endpoint: place["url"].as_str().unwrap().to_owned(),
        token,
    }
}

impl Session {
    fn url(&self, path: &str) -> String {
        format!("{}/v1{path}", self.endpoint)
    }

    async fn send(&self, request: RequestBuilder) -> Value {
        let request = request
            .header("X-Auth-Token", &self.token)
            .header(ACCEPT, "application/json");
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let body = answer.bytes().await.unwrap();
        if body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&body).unwrap()
    }
}

async fn get(session: &Session, paths: &[&str]) {
    for path in paths {
        session.send(session.client.get(session.url(path))).await;
    }
}

async fn upload(session: &Session, files: &[&str]) {
    for file in files {
        let metadata = Part::text("{\"is_public\": false}");
        let archive = Part::file(file).await.unwrap().file_name("package.zip");
        let form = Form::new()
            .part("__metadata__", metadata)
            .part("file", archive);
        let url = session.url("/catalog/packages");
        session.send(session.client.post(url).multipart(form)).await;
    }
}

async fn deploy(session: &Session, id: &str, model: &str) {
    let client = &session.client;
    let open = session.url(&format!("/environments/{id}/configure"));
    let opened = session.send(client.post(open)).await;
    let opened = opened["id"].as_str().unwrap();
    let add = client.post(session.url(&format!("/environments/{id}/services")));
    let model: Value = serde_json::from_slice(&std::fs::read(model).unwrap()).unwrap();
    session
        .send(add.header("X-Configuration-Session", opened).json(&model))
        .await;
    let deploy = session.url(&format!("/environments/{id}/sessions/{opened}/deploy"));
    session.send(client.post(deploy)).await;
}
