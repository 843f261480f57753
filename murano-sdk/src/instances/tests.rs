//! The recorded errors and requests of three states of Mogan, and what one server cannot show.

use std::path::PathBuf;

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::*;
use crate::{error::ErrorKind, fault::Fault, request::Body};

const ID: &str = "7bf27e42-23ee-4e8a-a8a5-ddfd67c3e777";
const FOLDERS: [(&str, Era); 3] = [
    ("nimble", Era::Nimble),
    ("instances", Era::Instances),
    ("servers", Era::Servers),
];

fn data(place: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("../tests/data/recorded-mogan").join(place)
}

fn read(place: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(data(place)).unwrap()).unwrap()
}

/// Names and contents of a folder.
fn all(folder: &str) -> Vec<(String, Value)> {
    let entries = std::fs::read_dir(data(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.filter(|name| name.contains(".json"));
    names
        .map(|name| (name.clone(), read(&format!("{folder}/{name}"))))
        .collect()
}

fn expected(file: &str, status: u16) -> ErrorKind {
    let has = |words: &[&str]| words.iter().any(|word| file.contains(word));
    match status {
        400 if has(&["locked", "power-busy", "power-while-building"]) => ErrorKind::State,
        400 if has(&["unknown-flavor", "unknown-image"]) => ErrorKind::NotFound,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        500 if has(&["power-busy"]) => ErrorKind::State,
        500 => ErrorKind::Server,
        _ => ErrorKind::Rejected,
    }
}

#[test]
fn every_recorded_error_is_one_readable_line_of_its_kind() {
    let mut seen = 0;
    for (folder, _) in FOLDERS {
        for (file, recorded) in all(folder) {
            let status = recorded["response"]["status"].as_u64().unwrap();
            if status < 400 {
                continue;
            }
            seen += 1;
            let status = u16::try_from(status).unwrap();
            let body = recorded["response"]["body"].to_string();
            let error = Fault::read(status, body.as_bytes()).into_error(status);
            assert_eq!(
                error.kind(),
                expected(&file, status),
                "{folder}/{file}: {error}"
            );
            let text = error.to_string();
            assert!(
                text.lines().count() == 1 && text.len() > 5,
                "{file}: {text}"
            );
            for rest in [
                "{\"",
                "faultstring",
                "schema",
                "\\n",
                "[u'",
                "404 Not Found",
            ] {
                assert!(!text.contains(rest), "{folder}/{file}: {text}");
            }
        }
    }
    assert!(seen > 70, "only {seen} errors");
}

#[test]
fn plain_text_inside_the_envelope_is_read() {
    let body = read("nimble/error-404-route.json")["response"]["body"].to_string();
    let fault = Fault::read(404, body.as_bytes());
    assert_eq!(fault.message, "The resource could not be found.");
    let body = read("nimble/error-400-create-missing.json")["response"]["body"].to_string();
    let fault = Fault::read(400, body.as_bytes());
    assert_eq!(
        fault.message,
        "Invalid create body: 'image_uuid' is a required property"
    );
}

fn client(url: &str) -> Client {
    let builder = Client::builder()
        .token("t")
        .set("baremetal_compute_endpoint_override", url);
    builder.endpoint("http://127.0.0.1:1").build().unwrap()
}

fn body(request: &Request) -> Value {
    match &request.body {
        Body::Json(json) => json.clone(),
        _ => Value::Null,
    }
}

/// The recorded and documented bodies of creations come out of the builder.
#[test]
fn creations_are_written_as_they_were_recorded() {
    for (folder, era) in FOLDERS {
        let documented = match era {
            Era::Servers => "server-create-req.json",
            _ => "instance-create-req.json",
        };
        let recorded = read(&format!("{folder}/create.json"))["request"]["body"].clone();
        let documented = read(&format!("documented/{folder}/{documented}"));
        for wanted in [recorded, documented] {
            let inner = wanted.get("server").unwrap_or(&wanted);
            let text = |name: &str| inner[name].as_str().unwrap_or_default().to_owned();
            let networks = inner["networks"].as_array().unwrap().iter().map(|network| {
                let made = Network::new(network["net_id"].as_str().unwrap());
                match network["port_type"].as_str() {
                    Some(kind) => made.port_type(kind),
                    None => made,
                }
            });
            let mut networks = networks;
            let flavor = text(era.flavor_key());
            let create = client("http://127.0.0.1:1").instances().create(
                text("name"),
                text("image_uuid"),
                flavor,
                networks.next().unwrap(),
            );
            let mut create = networks.fold(create, CreateInstance::network);
            create = create.description(text("description"));
            create = create.availability_zone(text("availability_zone"));
            for (name, value) in inner[era.properties_key()]
                .as_object()
                .into_iter()
                .flatten()
            {
                create = create.property(name, value.as_str().unwrap());
            }
            for file in inner["personality"].as_array().into_iter().flatten() {
                // The content of all of them.
                create = create.file(file["path"].as_str().unwrap(), "hello");
            }
            let known = [
                "adminPass",
                "user_data",
                "key_name",
                "partitions",
                "min_count",
                "max_count",
            ];
            for name in known {
                if let Some(value) = inner.get(name) {
                    create = create.member(name, value.clone());
                }
            }
            if let Some(group) = wanted.pointer("/scheduler_hints/group") {
                create = create.hint("group", group.clone());
            }
            assert_eq!(body(&create.request(era).unwrap()), wanted, "{folder}");
        }
    }
}

/// A service that answers each route of the recordings with what was recorded.
async fn serve(folder: &str, routes: &[(&str, &str)]) -> (MockServer, InstanceHandle) {
    let server = MockServer::start().await;
    for (route, file) in [&[("GET /", "v1-root")], routes].concat() {
        let recorded = read(&format!("{folder}/{file}.json"));
        let answer = &recorded["response"];
        let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
        let (verb, place) = route.split_once(' ').unwrap();
        let place = format!("/v1{}", place.replace("{id}", ID));
        let place = place.trim_end_matches('/').to_owned();
        let mut template = ResponseTemplate::new(status);
        if answer["body"].is_object() {
            template = template.set_body_json(&answer["body"]);
        }
        for (name, value) in answer["headers"].as_object().unwrap() {
            template = template.insert_header(name.as_str(), value.as_str().unwrap());
        }
        let mock = Mock::given(method(verb))
            .and(path(place))
            .respond_with(template);
        mock.mount(&server).await;
    }
    let handle = client(&server.uri()).instance(ID);
    (server, handle)
}

#[tokio::test]
async fn the_era_is_asked_for_once_and_told_by_the_root() {
    for (folder, era) in FOLDERS {
        let (server, handle) = serve(folder, &[]).await;
        let instances = handle.client.instances();
        assert_eq!(instances.era().await.unwrap(), era);
        assert_eq!(handle.client.clone().instances().era().await.unwrap(), era);
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_deletion_that_is_going_on_is_none_that_failed() {
    let going = [
        ("DELETE /instances/{id}", "error-500-delete-again"),
        ("GET /instances/{id}", "show-deleting"),
    ];
    let (_server, handle) = serve("nimble", &going).await;
    handle.delete().await.unwrap();
    let failed = [
        ("DELETE /instances/{id}", "error-500-delete-again"),
        ("GET /instances/{id}", "show"),
    ];
    let (_server, handle) = serve("nimble", &failed).await;
    let error = handle.delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!(error.request_id().unwrap().starts_with("req-"));
}

#[tokio::test]
async fn power_that_is_not_known_yet_is_told_by_the_status() {
    let routes = [
        ("GET /instances/{id}/states", "error-500-states-building"),
        (
            "PUT /instances/{id}/states/power",
            "error-500-power-while-building",
        ),
        ("GET /instances/{id}", "show-building"),
    ];
    let (_server, handle) = serve("nimble", &routes).await;
    for error in [
        handle.states().await.unwrap_err(),
        handle.power(PowerAction::Off).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::State);
        assert!(
            error.to_string().contains("\"test_instance\" is building"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn networks_come_from_where_they_are() {
    let (_server, handle) = serve("nimble", &[("GET /instances/{id}", "show")]).await;
    let nics = handle.networks().await.unwrap();
    assert_eq!((nics.len(), nics[0].fixed_ips.len()), (2, 1));
    let crash = [
        ("GET /instances/{id}/networks", "error-500-networks"),
        ("GET /instances/{id}", "show"),
    ];
    let (_server, handle) = serve("instances", &crash).await;
    assert_eq!(
        handle.networks().await.unwrap()[0].fixed_ips[0].ip_address,
        "172.24.4.4"
    );
    let (_server, handle) = serve("servers", &[("GET /servers/{id}/networks", "networks")]).await;
    assert_eq!(
        handle.networks().await.unwrap()[0].mac_address.as_deref(),
        Some("52:54:00:6c:c4:10")
    );

    let documented = read("documented/instances/instance-get-network-response.json");
    let server = MockServer::start().await;
    for (place, body) in [
        (
            "/v1".to_owned(),
            read("instances/v1-root.json")["response"]["body"].clone(),
        ),
        (format!("/v1/instances/{ID}/networks"), documented),
    ] {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(path(place))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    let nics = client(&server.uri()).instance(ID).networks().await.unwrap();
    assert_eq!(nics[0].fixed_ips[0].ip_address, "11.0.0.7");
}

#[tokio::test]
async fn servers_are_listed_page_by_page() {
    let (server, handle) = serve("servers", &[]).await;
    let first = read("servers/list.json")["response"]["body"].clone();
    let last = first["servers"][0]["uuid"].as_str().unwrap().to_owned();
    let page = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let next = Mock::given(wiremock::matchers::query_param("marker", &last));
    next.respond_with(page(json!({ "servers": [] })))
        .with_priority(1)
        .mount(&server)
        .await;
    let begin = Mock::given(path("/v1/servers"))
        .and(wiremock::matchers::query_param("fields", "uuid,metadata"));
    begin.respond_with(page(first)).mount(&server).await;
    let all = handle
        .client
        .instances()
        .list()
        .fields(["extra"])
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn a_crowd_of_one_name_is_told_apart() {
    let (server, handle) = serve("nimble", &[]).await;
    let one = |id: &str| json!({ "uuid": id, "name": "db", "status": "active" });
    let list = json!({ "instances": [one("a"), one("b")] });
    let answer = ResponseTemplate::new(200).set_body_json(list);
    Mock::given(path("/v1/instances"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let error = handle.client.instances().find("db").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    assert_eq!(error.candidates()[1].label, "active");
    let error = handle
        .client
        .instances()
        .find("shop")
        .get()
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "instance \"shop\" not found");
}
