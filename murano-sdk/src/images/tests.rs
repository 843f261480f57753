use super::*;
use crate::request::Method;

fn client() -> Client {
    let builder = Client::builder().token("t").endpoint("http://m");
    builder
        .set("image_endpoint_override", "http://g")
        .build()
        .unwrap()
}

#[test]
fn a_list_asks_glance_and_keeps_colons_apart() {
    let list = client()
        .images()
        .list()
        .name("ubuntu:24.04")
        .disk_format("qcow2");
    let request = list
        .status(&ImageStatus::Active)
        .request(Some("m1".to_owned()));
    assert_eq!(request.service.version, "v2");
    assert_eq!(
        (request.method, request.path.as_str()),
        (Method::Get, "/images")
    );
    let query: Vec<_> = request
        .query
        .iter()
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    assert_eq!(
        query,
        [
            "name=eq:ubuntu:24.04",
            "disk_format=qcow2",
            "status=active",
            "marker=m1"
        ]
    );
}

#[test]
fn a_record_has_its_properties_beside_its_name() {
    let create = client()
        .images()
        .create("a")
        .disk_format("raw")
        .container_format("bare");
    let create = create
        .property(MURANO_IMAGE_INFO, "{}")
        .visibility(&Visibility::Private);
    let Body::Json(body) = create.request().body else {
        panic!("no JSON")
    };
    assert_eq!(
        body,
        json!({
            "name": "a", "disk_format": "raw", "container_format": "bare",
            "murano_image_info": "{}", "visibility": "private",
        })
    );
}

#[test]
fn info_that_is_no_json_is_none() {
    let image = |info: &str| -> Image {
        serde_json::from_value(
            json!({"id": "1", "name": null, "status": "resting", "murano_image_info": info}),
        )
        .unwrap()
    };
    assert_eq!(
        image("{\"type\": \"linux\"}").murano_info().unwrap()["type"],
        "linux"
    );
    assert_eq!(image("linux").murano_info(), None);
    assert_eq!(image("").status, ImageStatus::Other("resting".to_owned()));
}

#[test]
fn an_image_may_be_brought_by_any_thread() {
    fn sends<T: Send>(_: T) {}
    let wanted = RequiredImage::new("a", "raw", "bare");
    sends(client().images().ensure(&wanted).from_file("a"));
    sends(
        client()
            .image("a")
            .upload(ImageSource::stream(futures_util::stream::empty(), None)),
    );
}
