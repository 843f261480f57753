use super::*;
use crate::{ErrorKind, request::Method};

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

/// The answers of a real Glance: file, status and body.
fn recorded() -> Vec<(String, u16, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/recorded-glance");
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut recorded: Value = serde_json::from_str(&text).unwrap();
        let status = recorded["response"]["status"].as_u64().unwrap();
        (
            file,
            u16::try_from(status).unwrap(),
            recorded["response"]["body"].take(),
        )
    };
    let files = std::fs::read_dir(folder).unwrap();
    let is_json = |entry: &std::io::Result<std::fs::DirEntry>| {
        let path = entry.as_ref().unwrap().path();
        path.extension()
            .is_some_and(|extension| extension == "json")
    };
    files.filter(is_json).map(read).collect()
}

#[test]
fn recorded_images_come_through_whole() {
    let mut seen = 0;
    for (file, status, body) in recorded() {
        assert_eq!(file.starts_with("error-"), status >= 400, "{file}");
        let images = match body.get("images") {
            Some(images) => images.as_array().unwrap().clone(),
            None if status < 300 && body.is_object() => vec![body],
            None => continue,
        };
        for image in images {
            seen += 1;
            let read: Image = serde_json::from_str(&image.to_string()).unwrap();
            assert!(
                !matches!(read.status, ImageStatus::Other(_)),
                "{file}: {}",
                read.status
            );
            assert!(
                !matches!(read.visibility, None | Some(Visibility::Other(_))),
                "{file}"
            );
            assert!(
                read.created_at.as_ref().unwrap().to_system_time().is_some(),
                "{file}"
            );
            assert_eq!(serde_json::to_value(read).unwrap(), image, "{file}");
        }
    }
    assert!(seen > 8, "only {seen} images");
}

#[test]
fn recorded_errors_are_one_line_of_their_kind() {
    let mut seen = 0;
    for (file, status, body) in recorded() {
        if status < 400 {
            continue;
        }
        seen += 1;
        let request = Request::get(&["images"]).to(&IMAGE);
        let error = request
            .fault(status, body.to_string().as_bytes())
            .into_error(status);
        let kind = match status {
            401 => ErrorKind::Unauthorized,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            _ => ErrorKind::Rejected,
        };
        assert_eq!(
            (error.kind(), error.status()),
            (kind, Some(status)),
            "{file}"
        );
        let text = error.to_string();
        assert!(
            text.len() > 10 && text.lines().count() == 1,
            "{file}: {text}"
        );
        for noise in ["<br", "Failed validating", "{\""] {
            assert!(!text.contains(noise), "{file}: {text}");
        }
    }
    assert!(seen > 20, "only {seen} errors");
}
