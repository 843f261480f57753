use murano_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{Answer, PACKAGE_PATCH, User, shop, sign_in, zip};

fn library(name: &str) -> Vec<u8> {
    zip(&[(
        "manifest.yaml",
        format!("FullName: {name}\nType: Library\n").as_bytes(),
    )])
}

/// Names on a page of the list, and whether there is another one.
async fn names(user: &User, query: &str) -> (Vec<String>, bool) {
    let page = user.get(&format!("/v1/catalog/packages{query}")).await.ok();
    let names = page["packages"].as_array().unwrap().iter();
    let names = names
        .map(|p| p["name"].as_str().unwrap().to_owned())
        .collect();
    (names, page.get("next_marker").is_some())
}

#[tokio::test]
async fn an_upload_is_shown_and_downloaded_byte_for_byte() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let archive = shop();
    let metadata = json!({"categories": ["Web"], "tags": ["x", "retail"], "name": "ignored"});
    let made = demo.upload(&archive, &metadata).await.ok();
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(
        made,
        json!({"id": id, "fully_qualified_name": "demo.Shop", "name": "Shop",
            "type": "Application", "description": "The description is not provided",
            "author": "Ann", "supplier": {}, "tags": ["retail", "x"], "categories": ["Web"],
            "class_definitions": ["demo.Shop", "demo.Till", "demo.Burnt"], "is_public": false,
            "enabled": true, "owner_id": demo.project, "created": made["created"],
            "updated": made["created"]})
    );
    let path = format!("/v1/catalog/packages/{id}");
    assert_eq!(demo.get(&path).await.ok(), made);
    let file = async |name: &str, accept: &str| {
        demo.raw(
            "GET",
            &format!("{path}/{name}"),
            (&[("Accept", accept)], b""),
        )
        .await
    };
    let binary = "application/octet-stream, application/json;q=0.5";
    let download = file("download", binary).await;
    assert_eq!(download.header("content-type"), "application/octet-stream");
    assert_eq!(download.body, archive);
    assert_eq!(file("download", "application/json").await.status, 406);
    let ui = file("ui", "text/plain").await;
    assert_eq!(
        (ui.header("content-type"), ui.text().as_str()),
        ("text/plain", "Version: 2\n")
    );
    assert!(file("logo", binary).await.body.starts_with(b"\x89PNG"));
    let none = file("supplier_logo", binary).await;
    assert_eq!((none.status, none.body.len()), (200, 0));
    assert_eq!(none.header("content-type"), "application/octet-stream");
    let by_name = demo.get("/v1/catalog/packages/demo.Shop").await;
    assert_eq!(
        by_name.refusal(),
        (404, "Package id 'demo.Shop' not found".to_owned())
    );
}

#[tokio::test]
async fn clashes_are_refused_in_order() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    let admin = sign_in(&sandbox, "admin").await;
    let class =
        "Class with the same full name is already registered in the visibility scope".to_owned();
    demo.upload(&shop(), &Value::Null).await.ok();
    assert_eq!(
        demo.upload(&shop(), &Value::Null).await.refusal(),
        (409, class.clone())
    );
    alt.upload(&shop(), &Value::Null).await.ok();
    let public = json!({"is_public": true});
    let denied = (403, "Access was denied to this resource.".to_owned());
    assert_eq!(alt.upload(&library("a"), &public).await.refusal(), denied);
    admin.upload(&library("a"), &public).await.ok();
    let taken = "Package with the same Name is already made public".to_owned();
    assert_eq!(
        admin.upload(&library("a"), &public).await.refusal(),
        (409, taken)
    );
    let same = "Package with specified full name is already registered".to_owned();
    demo.upload(&library("b"), &Value::Null).await.ok();
    assert_eq!(
        demo.upload(&library("b"), &Value::Null).await.refusal(),
        (409, same)
    );
    let category = json!({"categories": ["Nope"]});
    let unknown = (400, "Category 'Nope' doesn't exist".to_owned());
    assert_eq!(
        demo.upload(&library("c"), &category).await.refusal(),
        unknown
    );
}

#[tokio::test]
async fn broken_uploads_are_explained() {
    let sandbox = Sandbox::builder()
        .package_limit_mib(1)
        .start()
        .await
        .unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let upload = async |archive: &[u8], metadata: Value| demo.upload(archive, &metadata).await;
    let text = |answer: Answer| answer.refusal();
    assert_eq!(
        text(upload(&vec![1; (1 << 20) + 1], Value::Null).await),
        (
            400,
            "Uploading file is too large. The limit is 1 Mb".to_owned()
        )
    );
    assert_eq!(
        text(upload(b"", Value::Null).await),
        (400, "Uploading file can't be empty".to_owned())
    );
    let (status, text) = text(upload(b"nothing", Value::Null).await);
    assert_eq!(status, 400);
    assert!(text.starts_with("Couldn't load package from file: Incorrect package format: "));
    assert!(text.ends_with(" is not a zip archive"), "{text}");
    let nothing = zip(&[("other", b"")]);
    assert_eq!(
        upload(&nothing, json!({})).await.json(),
        json!({"message": "Couldn't load package from file: Unable to find package manifest\
                           <br /><br />\n\n\n",
            "code": "400 Bad Request", "title": "Bad Request"})
    );
    let unknown = upload(&library("a"), json!({"foo": 1})).await.refusal().1;
    assert!(
        unknown.starts_with("Package schema is not valid: Additional properties"),
        "{unknown}"
    );
    let hot = b"FullName: a\nType: Application\nFormat: Heat.HOT/1.0\n";
    let crash = upload(&zip(&[("manifest.yaml", hot)]), json!({})).await;
    assert_eq!(
        (crash.status, crash.header("content-type")),
        (500, "text/plain")
    );
    let path = "/v1/catalog/packages";
    let plain = demo.post(path, &json!({})).await.refusal();
    assert_eq!(
        plain,
        (400, "Content-Type must be 'multipart/form-data'".to_owned())
    );
    let headers = [("Content-Type", "multipart/form-data")];
    let boundless = demo.raw("POST", path, (&headers, b"x")).await;
    let text = "Invalid boundary in multipart form: b''".to_owned();
    assert_eq!(boundless.fault(), (400, "ValueError".to_owned(), text));
}

#[tokio::test]
async fn a_large_archive_passes_when_the_limit_is_raised() {
    let sandbox = Sandbox::builder()
        .package_limit_mib(40)
        .start()
        .await
        .unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let filler: Vec<u8> = (0..36_u32 << 20)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let archive = zip(&[
        ("manifest.yaml", b"FullName: big\nType: Library\n"),
        ("Resources/filler", &filler),
    ]);
    let id = demo.upload(&archive, &Value::Null).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/catalog/packages/{id}/download");
    let headers = [("Accept", "application/octet-stream")];
    assert!(demo.raw("GET", &path, (&headers, b"")).await.body == archive);
}

#[tokio::test]
async fn lists_are_filtered_ordered_and_paged() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    let admin = sign_in(&sandbox, "admin").await;
    let seeds = ["Application Development Library", "Core library"];
    assert_eq!(
        names(&demo, "").await,
        (seeds.map(str::to_owned).to_vec(), false)
    );
    demo.upload(&shop(), &json!({"categories": ["Web", "SAP"]}))
        .await
        .ok();
    demo.upload(
        &library("b.lib"),
        &json!({"enabled": false, "tags": ["a,b"]}),
    )
    .await
    .ok();
    for (query, found) in [
        ("?owned=true", vec!["Shop"]),
        ("?owned=true&include_disabled=True", vec!["Shop", "b.lib"]),
        ("?type=application", vec!["Shop"]),
        ("?type=linux", vec![]),
        ("?fqn=io.murano", vec!["Core library"]),
        ("?class_name=demo.Till", vec!["Shop"]),
        ("?category=in:Big%20Data,Web", vec!["Shop"]),
        ("?tag=in:%22a,b%22&include_disabled=true", vec!["b.lib"]),
        ("?search=retail;zzz", vec!["Shop"]),
        ("?search=muranopl&order_by=fqn", vec![seeds[1], seeds[0]]),
        (
            "?order_by=fqn&sort_dir=desc",
            vec![seeds[0], seeds[1], "Shop"],
        ),
        ("?order_by=created", vec![seeds[1], seeds[0], "Shop"]),
        ("?is_public=true&author=nobody&name=Shop", vec!["Shop"]),
    ] {
        assert_eq!(names(&demo, query).await.0, found, "{query}");
    }
    assert_eq!(names(&alt, "").await.0, seeds);
    assert_eq!(names(&admin, "?name=Shop").await.0, ["Shop"]);
    assert_eq!(names(&admin, "?name=Shop&catalog=true").await.0, [""; 0]);
    let first = demo.get("/v1/catalog/packages?limit=3").await.ok();
    let marker = first["next_marker"].as_str().unwrap();
    assert_eq!(first["packages"][2]["id"], marker);
    assert_eq!(
        names(&demo, &format!("?limit=3&marker={marker}")).await,
        (vec![], false)
    );
    let refused = async |query: &str| demo.get(&format!("/v1/catalog/packages{query}")).await;
    let integer = (400, "Limit param must be an integer".to_owned());
    assert_eq!(refused("?limit=").await.refusal(), integer);
    let positive = (400, "Limit param must be positive".to_owned());
    assert_eq!(refused("?limit=0").await.refusal(), positive);
    let marker = (404, "Package id 'zz' not found".to_owned());
    assert_eq!(refused("?marker=zz").await.refusal(), marker);
    assert_eq!(refused("?sort_dir=up").await.fault().1, "ValueError");
}

#[tokio::test]
async fn packages_are_changed_by_patches() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, admin) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "admin").await,
    );
    let made = demo.upload(&shop(), &Value::Null).await.ok();
    let path = format!("/v1/catalog/packages/{}", made["id"].as_str().unwrap());
    let patch = async |user: &User, op: &str, attribute: &str, value: Value| {
        let patch = json!([{"op": op, "path": attribute, "value": value}]);
        user.patch(&path, (PACKAGE_PATCH, &patch)).await
    };
    let tags = async |op: &str, value: Value| patch(&demo, op, "/tags", value).await;
    assert_eq!(
        tags("add", json!(["new"])).await.ok()["tags"],
        json!(["retail", "new"])
    );
    assert_eq!(
        tags("add", json!(["new"])).await.fault().1,
        "InvalidRequestError"
    );
    let absent = (
        404,
        "Value 'nope' of property 'tags' does not exist.".to_owned(),
    );
    assert_eq!(tags("remove", json!(["nope"])).await.refusal(), absent);
    assert_eq!(
        tags("remove", json!(["retail"])).await.ok()["tags"],
        json!(["new"])
    );
    assert_eq!(tags("replace", json!([])).await.ok()["tags"], json!([]));
    let renamed = patch(&demo, "replace", "/name", json!("Store")).await.ok();
    assert_eq!(renamed["name"], "Store");
    let denied = (403, "Access was denied to this resource.".to_owned());
    let publish = async |user: &User| patch(user, "replace", "/is_public", json!(true)).await;
    assert_eq!(publish(&demo).await.refusal(), denied);
    assert_eq!(publish(&admin).await.ok()["is_public"], true);
    let immutable = patch(&demo, "replace", "/type", json!("Library"))
        .await
        .refusal();
    assert_eq!(immutable, (403, "Attribute 'type' is invalid".to_owned()));
    let wrong = demo
        .patch(&path, ("application/json", &json!([])))
        .await
        .refusal();
    let text = "Content-Type must be 'application/murano-packages-json-patch'";
    assert_eq!(wrong, (400, text.to_owned()));
}

#[tokio::test]
async fn foreign_packages_are_protected() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    let id = demo.upload(&shop(), &Value::Null).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/catalog/packages/{id}");
    let private = format!(
        "Package '{id}' is not public and not owned by tenant '{}' ",
        alt.project
    );
    assert_eq!(alt.get(&path).await.refusal(), (403, private.clone()));
    assert_eq!(alt.delete(&path).await.refusal(), (403, private));
    let core = alt.get("/v1/catalog/packages?fqn=io.murano").await.ok();
    let core = core["packages"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/catalog/packages/{core}");
    let text = format!("Package is not owned by the tenant '{}'", alt.project);
    assert_eq!(alt.delete(&path).await.refusal(), (403, text));
    let patch = json!([{"op": "replace", "path": "/name", "value": "x"}]);
    let text = format!("Package '{core}' is not owned by tenant '{}'", alt.project);
    assert_eq!(
        alt.patch(&path, (PACKAGE_PATCH, &patch)).await.refusal(),
        (403, text)
    );
    let path = format!("/v1/catalog/packages/{id}");
    assert_eq!(demo.delete(&path).await.status, 200);
    assert_eq!(demo.get(&path).await.status, 404);
}
