use murano_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{User, sign_in};

async fn template(user: &User, body: Value) -> String {
    let made = user.post("/v1/templates", &body).await.ok();
    format!("/v1/templates/{}", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_template_is_made_shown_and_listed() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    let app = json!({"?": {"id": "t", "type": "a.B"}, "name": "tapp"});
    let body = json!({"name": "one", "description_text": "text", "services": [app], "extra": 1});
    let made = demo.post("/v1/templates", &body).await.ok();
    let id = made["id"].as_str().unwrap();
    let base = json!({"id": id, "name": "one", "tenant_id": demo.project, "version": 0,
        "description_text": "text", "is_public": false, "created": made["created"],
        "updated": made["updated"]});
    let mut echoed = base.clone();
    echoed["services"] = json!([app]);
    let shown = echoed.clone();
    echoed["extra"] = json!(1);
    assert_eq!(made, echoed);
    let path = format!("/v1/templates/{id}");
    assert_eq!(demo.get(&path).await.ok(), shown);
    assert_eq!(
        demo.get("/v1/templates").await.ok(),
        json!({"templates": [base]})
    );
    let private = (403, "User has no access to these resources.".to_owned());
    assert_eq!(alt.get(&path).await.refusal(), private);
    demo.json("PUT", &path, &json!({"name": "one", "is_public": true}))
        .await
        .ok();
    // A public template may be changed by anybody.
    let changed = alt
        .json("PUT", &path, &json!({"name": "two", "zz": 1}))
        .await
        .ok();
    assert_eq!(
        (&changed["name"], &changed["zz"]),
        (&json!("two"), &json!(1))
    );
    for (query, own, foreign) in [
        ("", 1, 1),
        ("?is_public=TRUE", 1, 1),
        ("?is_public=false", 0, 0),
        ("?is_public=", 1, 1),
    ] {
        for (user, count) in [(&demo, own), (&alt, foreign)] {
            let listed = user.get(&format!("/v1/templates{query}")).await.ok();
            assert_eq!(
                listed["templates"].as_array().unwrap().len(),
                count,
                "{query}"
            );
        }
    }
    let unknown = demo.get("/v1/templates/nope").await;
    assert_eq!(
        unknown.refusal(),
        (404, "EnvTemplate <TempId nope> is not found".to_owned())
    );
    assert_eq!(alt.delete(&path).await.status, 200);
    assert_eq!(demo.get(&path).await.status, 404);
}

#[tokio::test]
async fn names_of_templates_are_checked() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    template(&demo, json!({"name": "one"})).await;
    let two = template(&demo, json!({"name": "two"})).await;
    let post = async |body: Value| demo.post("/v1/templates", &body).await;
    let taken = (
        409,
        "Env Template with specified name already exists".to_owned(),
    );
    assert_eq!(post(json!({"name": "one"})).await.refusal(), taken);
    let missing = (
        400,
        "Please, specify a name of the environment template.".to_owned(),
    );
    assert_eq!(post(json!({"name": " "})).await.refusal(), missing);
    assert_eq!(post(json!({"name": 5})).await.fault().1, "AttributeError");
    let put = async |body: Value| demo.json("PUT", &two, &body).await;
    assert_eq!(
        put(json!({"name": "one"})).await.fault().1,
        "DBDuplicateEntry"
    );
    let wrong = (400, "EnvTemplate body is incorrect".to_owned());
    assert_eq!(put(json!({"description_text": "x"})).await.refusal(), wrong);
}

#[tokio::test]
async fn services_of_a_template_have_their_oddities() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, admin) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "admin").await,
    );
    let path = template(&demo, json!({"name": "one"})).await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    let services = format!("{path}/services");
    assert_eq!(demo.get(&services).await.ok(), json!([]));
    let gone = (404, format!("The template does not exist {id}"));
    let app = |id: &str| json!({"?": {"id": id, "type": "a.B"}});
    let first = format!("{services}/x");
    assert_eq!(demo.json("PUT", &first, &app("x")).await.refusal(), gone);
    assert_eq!(demo.post(&services, &app("a")).await.ok(), app("a"));
    assert_eq!(
        demo.post(&services, &json!([app("b")])).await.ok(),
        json!([app("b")])
    );
    // Whatever the path says, the first one is replaced.
    demo.json("PUT", &format!("{services}/b"), &app("new"))
        .await
        .ok();
    assert_eq!(
        demo.get(&services).await.ok(),
        json!([app("new"), app("b")])
    );
    assert_eq!(
        demo.get(&format!("{services}/b/%3F/type")).await.ok(),
        "a.B"
    );
    let null = demo.get(&format!("{services}/nope")).await.refusal();
    assert_eq!(
        null,
        (
            404,
            format!("Environment Template <EnvId {id}> is not found")
        )
    );
    assert_eq!(
        demo.get(&format!("{services}/nope/x")).await.refusal(),
        gone
    );
    assert_eq!(
        demo.get(&format!("{services}/9")).await.fault().1,
        "IndexError"
    );
    let removed = demo.delete(&format!("{services}/b")).await.ok();
    assert_eq!(removed["services"], json!([app("new")]));
    assert_eq!(
        (&removed["name"], &removed["tenant_id"], &removed["id"]),
        (&json!("one"), &json!(demo.project), &json!(id))
    );
    assert_eq!(demo.delete(&format!("{services}/b")).await.refusal(), gone);
    let text = "User is not authorized to access this tenant resources".to_owned();
    assert_eq!(admin.get(&services).await.refusal(), (403, text));
    let unknown = demo.get("/v1/templates/nope/services").await.refusal();
    assert_eq!(
        unknown,
        (
            404,
            "Environment Template with id nope not found".to_owned()
        )
    );
}

#[tokio::test]
async fn templates_become_environments_and_copies() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    let app = json!({"?": {"id": "t", "type": "a.B"}});
    let path = template(&demo, json!({"name": "one", "services": [app]})).await;
    let create = format!("{path}/create-environment");
    let made = demo.post(&create, &json!({"name": "e"})).await.ok();
    let (env, session) = (
        made["environment_id"].as_str().unwrap(),
        made["session_id"].as_str().unwrap(),
    );
    assert_eq!(made, json!({"session_id": session, "environment_id": env}));
    let env = format!("/v1/environments/{env}");
    let shown = demo.get(&env).await.ok();
    assert_eq!(
        (&shown["status"], &shown["services"]),
        (&json!("pending"), &json!([]))
    );
    let inside = demo.within(session, "GET", (&env, &Value::Null)).await.ok();
    assert_eq!(inside["services"][0]["?"]["id"], "t");
    let taken = (
        409,
        "Environment with specified name already exists".to_owned(),
    );
    assert_eq!(
        demo.post(&create, &json!({"name": "e"})).await.refusal(),
        taken
    );
    assert_eq!(demo.get(&create).await.status, 404);

    let clone = format!("{path}/clone");
    let private = (403, "User has no access to these resources.".to_owned());
    assert_eq!(
        demo.post(&clone, &json!({"name": "copy"})).await.refusal(),
        private
    );
    demo.json("PUT", &path, &json!({"name": "one", "is_public": true}))
        .await
        .ok();
    let copy = alt.post(&clone, &json!({"name": "copy"})).await.ok();
    assert_eq!(
        (&copy["tenant_id"], &copy["is_public"]),
        (&json!(alt.project), &json!(false))
    );
    assert_eq!(copy["services"], json!([app]));
    let taken = (
        409,
        "Env template with specified name already exists".to_owned(),
    );
    assert_eq!(
        alt.post(&clone, &json!({"name": "copy"})).await.refusal(),
        taken
    );
}
