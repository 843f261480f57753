//! Glance beside Murano: what a real one was seen answering, and what only a sandbox does.

use std::time::Duration;

use murano_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::support::{Answer, User, send, sign_in};

const IMAGES: &str = "/image/v2/images";
const PATCH: &str = "application/openstack-images-v2.1-json-patch";
const DATA: &str = "application/octet-stream";

async fn call(user: &User, method: &str, path: &str, (media, body): (&str, &[u8])) -> Answer {
    let headers = [
        ("X-Auth-Token", &*user.token),
        ("Accept", "application/json"),
        ("Content-Type", media),
    ];
    let headers = if body.is_empty() {
        &headers[..2]
    } else {
        &headers
    };
    send(&user.base, method, path, (headers, body))
        .await
        .unwrap()
}

async fn create(user: &User, members: Value) -> Answer {
    let body = members.to_string();
    call(user, "POST", IMAGES, ("application/json", body.as_bytes())).await
}

/// The path of a fresh record.
async fn record(user: &User) -> String {
    let members = json!({"name": "a", "disk_format": "raw", "container_format": "bare"});
    let answer = create(user, members).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    assert!(
        answer
            .header("location")
            .ends_with(&format!("{IMAGES}/{id}"))
    );
    format!("{IMAGES}/{id}")
}

async fn upload(user: &User, image: &str, body: &[u8]) -> Answer {
    call(user, "PUT", &format!("{image}/file"), (DATA, body)).await
}

#[tokio::test]
async fn data_is_counted_hashed_and_kept_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = || Sandbox::builder().data_dir(folder.path()).start();
    let sandbox = start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let image = record(&demo).await;
    assert_eq!(
        call(&demo, "GET", &format!("{image}/file"), ("", b""))
            .await
            .status,
        204
    );
    assert_eq!(upload(&demo, &image, b"abc").await.status, 204);
    let shown = demo.get(&image).await.ok();
    sandbox.stop().await.unwrap();

    let sandbox = start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    assert_eq!(demo.get(&image).await.ok(), shown);
    assert_eq!(
        (&shown["status"], &shown["size"]),
        (&json!("active"), &json!(3))
    );
    assert_eq!(shown["checksum"], "900150983cd24fb0d6963f7d28e17f72");
    let file = demo.get(&format!("{image}/file")).await;
    assert_eq!((file.status, &*file.body), (200, &b"abc"[..]));
    assert_eq!(
        file.header("content-md5"),
        "900150983cd24fb0d6963f7d28e17f72"
    );
    assert_eq!(demo.delete(&image).await.status, 204);
    assert_eq!(demo.get(&image).await.status, 404);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_the_record_free() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let image = record(&demo).await;
    let address = demo.base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PUT {image}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\nContent-Type: {DATA}\r\nContent-Length: 99\r\n\r\nabc",
        demo.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    wait_for(&demo, &image, "saving").await;
    assert_eq!(upload(&demo, &image, b"abc").await.status, 409);
    drop(stream);
    wait_for(&demo, &image, "queued").await;
    assert_eq!(upload(&demo, &image, b"abc").await.status, 204);
}

async fn wait_for(user: &User, image: &str, status: &str) {
    let reached = async {
        while user.get(image).await.ok()["status"] != status {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reached)
        .await
        .expect(status);
}

/// The body of a refusal as a real Glance was recorded giving it. Of a broken schema only the first line.
fn recorded(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/recorded-glance");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    first_line(&recorded["response"]["body"])
}

fn first_line(body: &Value) -> Value {
    let message = body["message"].as_str().unwrap_or_else(|| panic!("{body}"));
    let message = message.split("\n\nFailed").next().unwrap();
    let message = message
        .trim_end_matches(['\n', ' '])
        .trim_end_matches("<br /><br />");
    json!([message, body["code"], body["title"]])
}

const JSON: &str = "application/json";

async fn refused(user: &User, name: &str, (method, path): (&str, &str), sent: (&str, &[u8])) {
    let answer = call(user, method, path, sent).await;
    assert_eq!(first_line(&answer.json()), recorded(name), "{name}");
}

#[tokio::test]
async fn calls_are_refused_as_by_the_service() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    for (name, path) in [
        ("error-400-image-filter", "/images?name=ubuntu:24.04"),
        ("error-400-image-marker", "/images?marker=nope"),
        ("error-400-image-limit", "/images?limit=x"),
        ("error-404-image", "/images/nope"),
        ("error-404-image-path", "/nope"),
    ] {
        refused(&demo, name, ("GET", &format!("/image/v2{path}")), ("", b"")).await;
    }
    for (name, members) in [
        (
            "error-400-image-disk-format",
            json!({"disk_format": "floppy"}),
        ),
        ("error-400-image-name", json!({"name": "x".repeat(256)})),
        ("error-403-image-public", json!({"visibility": "public"})),
    ] {
        let body = members.to_string();
        refused(&demo, name, ("POST", IMAGES), (JSON, body.as_bytes())).await;
    }
    refused(
        &demo,
        "error-400-image-body",
        ("POST", IMAGES),
        (JSON, b"{"),
    )
    .await;
    let nobody = send(&demo.base, "GET", IMAGES, (&[("Accept", JSON)], b"")).await;
    let nobody = nobody.unwrap();
    assert_eq!(
        first_line(&nobody.json()),
        recorded("error-401-image-token-none")
    );
    assert!(
        nobody
            .header("www-authenticate")
            .starts_with("Keystone uri=")
    );
}

#[tokio::test]
async fn changes_are_refused_as_by_the_service() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let image = record(&demo).await;
    for (name, op, member, value) in [
        ("error-409-image-property", "replace", "nope", json!("x")),
        ("error-403-image-read-only", "replace", "size", json!(1)),
        ("error-400-image-property", "add", "nope", json!(1)),
    ] {
        let change = json!([{"op": op, "path": format!("/{member}"), "value": value}]);
        let change = change.to_string();
        refused(&demo, name, ("PATCH", &image), (PATCH, change.as_bytes())).await;
    }
    refused(
        &demo,
        "error-415-image-change",
        ("PATCH", &image),
        (JSON, b"[]"),
    )
    .await;
    refused(
        &demo,
        "error-400-image-change",
        ("PATCH", &image),
        (PATCH, b"{}"),
    )
    .await;
}

#[tokio::test]
async fn data_is_refused_as_by_the_service() {
    let sandbox = Sandbox::builder().image_limit_mib(8).start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let image = record(&demo).await;
    let file = format!("{image}/file");
    let call = ("PUT", &*file);
    refused(
        &demo,
        "error-415-image-upload",
        call,
        ("text/plain", b"abc"),
    )
    .await;
    let large = vec![0; (8 << 20) + 1];
    refused(&demo, "error-413-image-upload", call, (DATA, &large)).await;
    assert_eq!(upload(&demo, &image, b"abc").await.status, 204);
    refused(&demo, "error-409-image-upload-twice", call, (DATA, b"abc")).await;
}

#[tokio::test]
async fn the_members_of_a_record_are_those_of_the_service() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let image = record(&demo).await;
    upload(&demo, &image, b"abc").await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/recorded-glance");
    let text = std::fs::read_to_string(format!("{folder}/image-active.json")).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let mut recorded = recorded["response"]["body"].clone();
    let mut shown = demo.get(&image).await.ok();
    for body in [&mut recorded, &mut shown] {
        let body = body.as_object_mut().unwrap();
        body.remove("murano_image_info");
        for key in [
            "id",
            "owner",
            "created_at",
            "updated_at",
            "self",
            "file",
            "name",
        ] {
            assert!(
                body.remove(key).is_some_and(|value| value.is_string()),
                "{key}"
            );
        }
    }
    assert_eq!(shown, recorded);
    assert_eq!(demo.get("/image/").await.status, 300);
    assert_eq!(demo.get("/image/versions").await.status, 200);
    assert_eq!(
        demo.get("/image/v2/schemas/image").await.ok()["name"],
        "image"
    );
    assert_eq!(
        demo.get("/image/v2/schemas/images").await.ok()["name"],
        "images"
    );
    let methods = demo.get("/image/v2/info/import").await.ok();
    assert_eq!(methods["import-methods"]["value"], json!([]));
}
