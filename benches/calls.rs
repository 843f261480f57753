//! One client, 1 to 64 calls at once: the SDK beside the HTTP library it is built on.
//!
//! Both send the same request to the same server and decode the answer into the same type. The figures are for
//! one round of [`CALLS`] calls; what is allocated is divided by that number for one call.
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on ends by panicking"
)]

mod canned;

use std::sync::LazyLock;

use divan::{AllocProfiler, Bencher, counter::ItemsCount};
use futures_util::{StreamExt, stream};
use murano_sdk::{Client, environments::Environment};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Counts what the thread of the client allocates; the server has another.
#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// Calls in one round.
const CALLS: usize = 256;
const AT_ONCE: [usize; 4] = [1, 4, 16, 64];
/// Where the canned server offers what every Murano offers, a list of ten environments.
static ENDPOINT: LazyLock<String> =
    LazyLock::new(|| format!("http://{}", canned::serve(&environments())));

fn main() {
    divan::main();
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn environments() -> Vec<u8> {
    let environment = |number: usize| {
        json!({
            "id": format!("{number:032x}"), "name": format!("shop-{number}"), "version": 1, "status": "ready",
            "tenant_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "description_text": "",
            "created": "2026-01-02T03:04:05", "updated": "2026-01-02T03:04:05",
        })
    };
    let environments: Vec<Value> = (0..10).map(environment).collect();
    serde_json::to_vec(&json!({ "environments": environments })).unwrap()
}

/// Runs rounds of `call`, so many of them at once.
fn measure<F: Future<Output = usize>>(bencher: Bencher, at_once: usize, call: impl Fn() -> F) {
    let runtime = runtime();
    let round = async || {
        let calls = stream::iter(0..CALLS).map(|_| call());
        let found = calls
            .buffer_unordered(at_once)
            .fold(0, async |sum, found| sum + found);
        assert_eq!(found.await, 10 * CALLS);
    };
    // Connections are there before the clock starts.
    runtime.block_on(round());
    bencher
        .counter(ItemsCount::new(CALLS))
        .bench_local(|| runtime.block_on(round()));
}

#[divan::bench(args = AT_ONCE)]
fn sdk(bencher: Bencher, at_once: usize) {
    let client = Client::builder()
        .endpoint(&*ENDPOINT)
        .token("token")
        .build()
        .unwrap();
    measure(bencher, at_once, || async {
        client.environments().list().await.unwrap().len()
    });
}

#[derive(Deserialize)]
struct Listed {
    environments: Vec<Environment>,
}

#[divan::bench(args = AT_ONCE)]
fn reqwest(bencher: Bencher, at_once: usize) {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert("X-Auth-Token", HeaderValue::from_static("token"));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = ::reqwest::Client::builder()
        .user_agent("bare")
        .default_headers(headers)
        .redirect(::reqwest::redirect::Policy::none())
        .tls_certs_only(Vec::new());
    let client = client.build().unwrap();
    let url = format!("{}/v1/environments", *ENDPOINT);
    measure(bencher, at_once, || async {
        let answer = client.get(&url).send().await.unwrap();
        let body = answer.error_for_status().unwrap().bytes().await.unwrap();
        let listed: Listed = serde_json::from_slice(&body).unwrap();
        listed.environments.len()
    });
}
