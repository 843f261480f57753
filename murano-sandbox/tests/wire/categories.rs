use murano_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{User, shop, sign_in};

const PATH: &str = "/v1/catalog/categories";

async fn names(user: &User, query: &str) -> (Vec<String>, bool) {
    let page = user.get(&format!("{PATH}{query}")).await.ok();
    let names = page["categories"].as_array().unwrap().iter();
    let names = names
        .map(|c| c["name"].as_str().unwrap().to_owned())
        .collect();
    (names, page.get("next_marker").is_some())
}

#[tokio::test]
async fn nine_categories_are_there_from_the_start() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let all = [
        "Application Servers",
        "Big Data",
        "Databases",
        "Key-Value Storage",
        "Load Balancers",
        "Message Queue",
        "Microsoft Services",
        "SAP",
        "Web",
    ];
    assert_eq!(
        names(&demo, "").await,
        (all.map(str::to_owned).to_vec(), false)
    );
    assert!(names(&demo, "?limit=9").await.1);
    assert!(!names(&demo, "?limit=10").await.1);
    let first = demo
        .get(&format!("{PATH}?limit=2&sort_dir=desc"))
        .await
        .ok();
    let marker = first["next_marker"].as_str().unwrap();
    let next = names(&demo, &format!("?limit=1&sort_dir=desc&marker={marker}")).await;
    assert_eq!(next.0, ["Microsoft Services"]);
    let refused = async |query: &str| demo.get(&format!("{PATH}{query}")).await.refusal();
    let text = "Bad value passed to filter. Got zz, expected:sort_keys, sort_dir, limit, marker";
    assert_eq!(refused("?zz=1").await, (400, text.to_owned()));
    let text = "Invalid sort key: zz. Must be one of the following: name, created, updated, \
                package_count, id";
    assert_eq!(refused("?sort_keys=name,zz").await, (400, text.to_owned()));
    assert_eq!(
        refused("?sort_dir=up").await,
        (400, "Invalid sort direction: up".to_owned())
    );
    assert_eq!(
        refused("?marker=zz").await,
        (404, "Category id 'zz' not found".to_owned())
    );
}

#[tokio::test]
async fn administrators_keep_the_categories() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, admin) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "admin").await,
    );
    let denied = (403, "Access was denied to this resource.".to_owned());
    assert_eq!(
        demo.post(PATH, &json!({"name": "x"})).await.refusal(),
        denied
    );
    let made = admin.post(PATH, &json!({"name": " Çat/2 "})).await.ok();
    assert_eq!(
        (&made["name"], &made["package_count"]),
        (&json!(" Çat/2 "), &json!(0))
    );
    let post = async |body: Value| admin.post(PATH, &body).await;
    let taken = (
        409,
        "Category with specified name is already exist".to_owned(),
    );
    assert_eq!(post(json!({"name": " Çat/2 "})).await.refusal(), taken);
    let missing = (
        400,
        "Please, specify a name of the category to create".to_owned(),
    );
    assert_eq!(post(json!({"name": ""})).await.refusal(), missing);
    let long = (
        400,
        "Category name should be 80 characters maximum".to_owned(),
    );
    assert_eq!(post(json!({"name": "x".repeat(81)})).await.refusal(), long);
    assert_eq!(admin.poke(PATH).await.fault().1, "AttributeError");
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let package = demo
        .upload(&shop(), &json!({"categories": [" Çat/2 "]}))
        .await
        .ok();
    let shown = demo.get(&path).await.ok();
    assert_eq!(shown["package_count"], 1);
    assert_eq!(
        shown["packages"],
        json!([{"id": package["id"], "name": "Shop", "fully_qualified_name": "demo.Shop"}])
    );
    assert_eq!(demo.delete(&path).await.refusal(), denied);
    let used =
        "It's impossible to delete categories assigned to the package, uploaded to the catalog";
    assert_eq!(admin.delete(&path).await.refusal(), (403, used.to_owned()));
    let package = format!("/v1/catalog/packages/{}", package["id"].as_str().unwrap());
    demo.delete(&package).await.ok();
    assert_eq!(admin.delete(&path).await.status, 200);
    assert_eq!(admin.delete(&path).await.status, 404);
}
