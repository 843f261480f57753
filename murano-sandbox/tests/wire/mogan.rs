//! Mogan: what was recorded from three states of it is answered again, and instances are kept.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use murano_sandbox::{Clock, MoganEra, Sandbox};
use serde_json::{Value, json};

use crate::support::{User, send, sign_in};

const ROOT: &str = "/baremetal_compute/v1";
const ERAS: [(MoganEra, &str, &str); 3] = [
    (MoganEra::Nimble, "nimble", "instances"),
    (MoganEra::Instances, "instances", "instances"),
    (MoganEra::Servers, "servers", "servers"),
];

/// What the recordings call their instance.
const RECORDED: [&str; 3] = [
    "7bf27e42-23ee-4e8a-a8a5-ddfd67c3e777",
    "8a29da38-1775-46ad-8db8-8ffd80597500",
    "90c9c748-2c98-4f20-a811-e6ab8b03da78",
];

fn recorded(folder: &str) -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/recorded-mogan");
    let entries = std::fs::read_dir(root.join(folder)).unwrap();
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (
            name,
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(),
        )
    };
    entries.map(|entry| read(entry.unwrap().path())).collect()
}

/// A body that makes an instance in the era.
async fn creation(user: &User, era: MoganEra) -> Value {
    let (flavors, key) = match era {
        MoganEra::Nimble => ("types", "instance_type_uuid"),
        MoganEra::Instances => ("flavors", "instance_type_uuid"),
        _ => ("flavors", "flavor_uuid"),
    };
    let listed = user.get(&format!("{ROOT}/{flavors}")).await.ok();
    let body = json!({ "name": "db", "image_uuid": "efe0a06f-ca95-4808-b41e-9f55b9c5eb98",
        key: listed[flavors][0]["uuid"],
        "networks": [{ "net_id": "c1940655-8b8e-4370-b8f9-03ba1daeca31" }] });
    match era {
        MoganEra::Servers => json!({ "server": body }),
        _ => body,
    }
}

async fn made(user: &User, (era, collection): (MoganEra, &str)) -> String {
    let body = creation(user, era).await;
    let made = user.post(&format!("{ROOT}/{collection}"), &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(made.header("openstack-request-id").starts_with("req-"));
    // The path in it does not exist.
    let kind = collection.trim_end_matches('s');
    assert!(made.header("location").contains(&format!("/v1/{kind}/")));
    made.json()["uuid"].as_str().unwrap().to_owned()
}

/// The first line of the text inside an error; what follows it is a schema.
fn told(body: &Value) -> String {
    let text = body["error_message"].as_str().unwrap_or_default();
    let inner: Option<Value> = serde_json::from_str(text).ok();
    let inner = inner.and_then(|inner| Some(inner["faultstring"].as_str()?.to_owned()));
    let text = inner.unwrap_or_else(|| text.to_owned());
    text.lines().next().unwrap_or_default().replace("u'", "'")
}

fn words(text: &str) -> Vec<&str> {
    let separators = |c: char| c.is_whitespace() || "(),".contains(c);
    let mut words: Vec<&str> = text.split(separators).collect();
    words.sort_unstable();
    words
}

/// Those that depend on what else a cloud has.
const ELSEWHERE: [&str; 11] = [
    "power-busy",
    "power-while-building",
    "states-building",
    "delete-again",
    "over-quota",
    "floatingip",
    "interface-detach",
    "console-type",
    "locked",
    "unlock-admin-lock",
    "unknown-keypair",
];

#[tokio::test]
async fn recorded_errors_are_answered_again() {
    let mut seen = 0;
    for ((era, folder, collection), old) in ERAS.into_iter().zip(RECORDED) {
        let sandbox = Sandbox::builder().mogan(era).deploy_time(Duration::ZERO);
        let sandbox = sandbox.start().await.unwrap();
        let demo = sign_in(&sandbox, "demo").await;
        let alt = sign_in(&sandbox, "alt").await;
        let id = made(&demo, (era, collection)).await;
        let others = made(&alt, (era, collection)).await;
        let flavor = creation(&demo, era).await;
        let flavor = flavor.get("server").unwrap_or(&flavor);
        for (name, exchange) in recorded(folder) {
            let status = exchange["response"]["status"].as_u64().unwrap();
            let known = ELSEWHERE.iter().all(|part| !name.contains(part));
            if status < 400 || !known || name.contains("networks") {
                continue;
            }
            seen += 1;
            let request = &exchange["request"];
            let mut path = request["path"].as_str().unwrap().replace(old, &id);
            if name.contains("other-project") {
                path = format!("/{collection}/{others}");
            }
            if name.contains("deleted") {
                path = format!("/{collection}/11111111-2222-3333-4444-555555555556");
            }
            let mut body = request["body"].clone();
            let inner = match body.get_mut("server") {
                Some(server) => server,
                None => &mut body,
            };
            for key in ["instance_type_uuid", "flavor_uuid"] {
                let is_named = inner.get(key).is_some() && !name.contains("unknown-flavor");
                if is_named && flavor.get(key).is_some() {
                    inner[key] = flavor[key].clone();
                }
            }
            let text = match &body {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                json => json.to_string(),
            };
            let token = match name.as_str() {
                "error-401-no-token" => "",
                "error-401-bad-token" => "nobody's",
                _ => &demo.token,
            };
            let mut headers = vec![("X-Auth-Token", token)];
            for (name, value) in request["headers"].as_object().into_iter().flatten() {
                headers.push((name, value.as_str().unwrap()));
            }
            let method = request["method"].as_str().unwrap();
            let path = format!("{ROOT}{path}");
            let answer = send(&demo.base, method, &path, (&headers, text.as_bytes()));
            let answer = answer.await.unwrap();
            let place = format!("{folder}/{name}");
            assert_eq!(
                u64::from(answer.status),
                status,
                "{place}: {}",
                answer.text()
            );
            let wanted = told(&exchange["response"]["body"]).replace(old, &id);
            let mut got = told(&answer.json());
            if name.contains("deleted") {
                got = got.replace("11111111-2222-3333-4444-555555555556", &id);
            }
            // The order of members is not recorded.
            assert_eq!(words(&got), words(&wanted), "{place}");
            let has_id = exchange["response"]["headers"]
                .get("Openstack-Request-Id")
                .is_some();
            assert_eq!(
                answer.header("openstack-request-id").is_empty(),
                !has_id,
                "{place}"
            );
        }
    }
    assert!(seen > 50, "only {seen} errors");
}

/// The names of the members, as far as they do not depend on the caller.
fn members(body: &Value) -> Vec<&String> {
    let mut names: Vec<&String> = body.as_object().unwrap().keys().collect();
    names.sort();
    names
}

#[tokio::test]
async fn answers_have_the_recorded_members() {
    for (era, folder, collection) in ERAS {
        let sandbox = Sandbox::builder().mogan(era).deploy_time(Duration::ZERO);
        let sandbox = sandbox.start().await.unwrap();
        let demo = sign_in(&sandbox, "demo").await;
        let all = recorded(folder);
        let find = |name: &str| {
            let found = all.iter().find(|(file, _)| file == name);
            &found.unwrap().1["response"]["body"]
        };
        let body = creation(&demo, era).await;
        let path = format!("{ROOT}/{collection}");
        let made = demo.post(&path, &body).await.json();
        assert_eq!(members(&made), members(find("create")), "{folder}");
        let id = made["uuid"].as_str().unwrap();
        let one = format!("{path}/{id}");
        for (name, path) in [
            ("show", one.clone()),
            ("show-fields", format!("{one}?fields=uuid,name,status")),
            ("v1-root", ROOT.to_owned()),
        ] {
            let shown = demo.get(&path).await.ok();
            assert_eq!(members(&shown), members(find(name)), "{folder}/{name}");
        }
        for (name, path) in [
            ("list", path.clone()),
            ("list-detail", format!("{path}/detail")),
            ("list-fields", format!("{path}?fields=uuid,name")),
        ] {
            let listed = demo.get(&path).await.ok();
            let wanted = &find(name)[collection][0];
            assert_eq!(
                members(&listed[collection][0]),
                members(wanted),
                "{folder}/{name}"
            );
        }
        let patch = json!([{ "op": "replace", "path": "/name", "value": "renamed" }]);
        let patched = demo.json("PATCH", &one, &patch).await.ok();
        assert_eq!(members(&patched), members(find("patch")), "{folder}");
        if era != MoganEra::Servers {
            let states = demo.get(&format!("{one}/states")).await.ok();
            assert_eq!(members(&states), members(find("states")), "{folder}");
        }
    }
}

#[tokio::test]
async fn instances_go_on_by_the_clock_and_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045));
    let builder = || {
        let builder = Sandbox::builder().data_dir(folder.path());
        builder
            .clock(clock.clone())
            .deploy_time(Duration::from_secs(60))
    };
    let sandbox = builder().start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let id = made(&demo, (MoganEra::Nimble, "instances")).await;
    let path = format!("{ROOT}/instances/{id}");
    assert_eq!(demo.get(&path).await.ok()["status"], "building");
    assert_eq!(demo.get(&format!("{path}/states")).await.status, 500);
    sandbox.stop().await.unwrap();

    clock.advance(Duration::from_secs(60));
    // The same folder serves another shape of the service.
    let sandbox = builder().mogan(MoganEra::Servers).start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let path = format!("{ROOT}/servers/{id}");
    let shown = demo.get(&path).await.ok();
    assert_eq!(
        (&shown["status"], &shown["power_state"]),
        (&json!("active"), &json!("power on"))
    );
    assert_eq!(shown["launched_at"], "2026-01-02T03:05:05+00:00");
    assert_eq!(demo.delete(&path).await.status, 204);
    assert_eq!(demo.get(&path).await.ok()["status"], "deleting");
    clock.advance(Duration::from_secs(60));
    assert_eq!(demo.get(&path).await.status, 404);
}

#[tokio::test]
async fn servers_come_in_pages_and_are_filtered() {
    let sandbox = Sandbox::builder()
        .mogan(MoganEra::Servers)
        .start()
        .await
        .unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let mut body = creation(&demo, MoganEra::Servers).await;
    body["server"]["max_count"] = json!(3);
    body["server"]["min_count"] = json!(3);
    demo.post(&format!("{ROOT}/servers"), &body).await;
    let names = async |query: &str| -> Vec<String> {
        let listed = demo.get(&format!("{ROOT}/servers?{query}")).await.ok();
        let servers = listed["servers"].as_array().unwrap().iter();
        servers
            .map(|server| server["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("limit=2").await, ["db-1", "db-2"]);
    assert_eq!(names("sort_key=name&sort_dir=desc&limit=1").await, ["db-3"]);
    assert_eq!(names("name=db-2&status=building").await, ["db-2"]);
    let listed = demo.get(&format!("{ROOT}/servers?name=db-2")).await.ok();
    let marker = listed["servers"][0]["uuid"].as_str().unwrap();
    assert_eq!(names(&format!("marker={marker}")).await, ["db-3"]);
    assert_eq!(names("flavor_name=bm.large").await, [""; 0]);
}
