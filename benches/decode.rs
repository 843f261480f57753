//! Reading large answers: a catalog of 2,000 packages, an environment with 500 applications.
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on ends by panicking"
)]

use divan::{AllocProfiler, Bencher, counter::BytesCount};
use murano_sdk::{environments::Environment, packages::Package};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn packages() -> String {
    let package = |number: usize| {
        let name = format!("com.example.shops.Shop{number}");
        json!({
            "id": format!("{number:032x}"), "fully_qualified_name": name, "name": format!("Shop {number}"),
            "type": "Application", "author": "The shopkeepers", "description": "Sells what there is to sell. ".repeat(4),
            "supplier": { "Name": "Example", "CompanyUrl": { "Link": "https://example.com", "Text": "Example" } },
            "tags": ["shop", "demo"], "categories": ["Web"], "class_definitions": [name],
            "is_public": true, "enabled": true, "owner_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "created": "2026-01-02T03:04:05", "updated": "2026-01-02T03:04:05",
        })
    };
    Value::Array((0..2000).map(package).collect()).to_string()
}

fn environment() -> String {
    let application = |number: usize| {
        json!({
            "?": { "id": format!("{number:032x}"), "type": "com.example.Shop", "name": format!("shop-{number}"),
                   "classVersion": ">=1.0", "status": "ready", "package": "com.example.Shop" },
            "port": 8000 + number, "title": "A shop",
            "instance": {
                "?": { "id": format!("{:032x}", number + 10_000), "type": "io.murano.resources.LinuxMuranoInstance" },
                "name": format!("vm-{number}"), "flavor": "m1.small", "image": "debian-12",
                "networks": { "useFlatNetwork": false, "primaryNetwork": null, "customNetworks": [] },
                "ipAddresses": ["10.0.0.1", "192.0.2.7"], "floatingIpAddress": null,
            },
        })
    };
    json!({
        "id": "1", "name": "shops", "tenant_id": "2", "version": 3, "status": "ready",
        "created": "2026-01-02T03:04:05", "updated": "2026-01-02T03:04:05",
        "services": (0..500).map(application).collect::<Vec<_>>(),
    })
    .to_string()
}

fn read<T: DeserializeOwned>(bencher: Bencher, text: &str) {
    bencher
        .counter(BytesCount::of_str(text))
        .bench(|| serde_json::from_str::<T>(divan::black_box(text)).unwrap());
}

#[divan::bench]
fn packages_typed(bencher: Bencher) {
    read::<Vec<Package>>(bencher, &packages());
}

#[divan::bench]
fn packages_json(bencher: Bencher) {
    read::<Vec<Value>>(bencher, &packages());
}

#[divan::bench]
fn model_typed(bencher: Bencher) {
    read::<Environment>(bencher, &environment());
}

#[divan::bench]
fn model_json(bencher: Bencher) {
    read::<Value>(bencher, &environment());
}
