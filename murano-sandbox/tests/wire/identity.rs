use std::time::{Duration, UNIX_EPOCH};

use murano_sandbox::{Clock, Sandbox};
use serde_json::{Value, json};

use crate::support::{Answer, User, password, send, sign_in};

async fn ask(user: &User, method: &str, path: &str, body: Value) -> Answer {
    user.json(method, &format!("/identity/v3{path}"), &body)
        .await
}

async fn tokens(sandbox: &Sandbox, body: &Value) -> Answer {
    let headers = [("Content-Type", "application/json")];
    let body = body.to_string();
    let path = "/identity/v3/auth/tokens";
    send(
        &sandbox.endpoint(),
        "POST",
        path,
        (&headers, body.as_bytes()),
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn a_token_has_the_shape_of_a_real_one() {
    let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045));
    let sandbox = Sandbox::builder().clock(clock).start().await.unwrap();
    let answer = tokens(&sandbox, &password("demo", "demo", "demo")).await;
    assert_eq!(answer.status, 201);
    assert!(answer.header("x-subject-token").starts_with("gAAAAA"));
    assert!(answer.header("x-openstack-request-id").starts_with("req-"));
    let token = &answer.json()["token"];
    assert_eq!(token["methods"], json!(["password"]));
    assert_eq!(token["issued_at"], "2026-01-02T03:04:05.000000Z");
    assert_eq!(token["expires_at"], "2026-01-02T04:04:05.000000Z");
    assert_eq!(
        token["user"]["domain"],
        json!({"id": "default", "name": "Default"})
    );
    assert_eq!(token["project"]["name"], "demo");
    assert_eq!(token["roles"][0]["name"], "member");
    assert_eq!(token["is_domain"], false);
    assert_eq!(token["audit_ids"][0].as_str().unwrap().len(), 22);
    let murano = &token["catalog"][1];
    assert_eq!(
        (&murano["type"], &murano["name"]),
        (&json!("application-catalog"), &json!("murano"))
    );
    let interfaces: Vec<_> = murano["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["interface"].clone())
        .collect();
    assert_eq!(interfaces, ["public", "internal", "admin"]);
    let endpoint = &murano["endpoints"][0];
    assert_eq!(endpoint["url"], sandbox.endpoint());
    assert_eq!(
        (&endpoint["region"], &endpoint["region_id"]),
        (&json!("RegionOne"), &json!("RegionOne"))
    );
    assert_eq!(
        token["catalog"][0]["endpoints"][0]["url"],
        sandbox.auth_url()
    );
}

#[tokio::test]
async fn wrong_credentials_are_refused_in_keystones_words() {
    let sandbox = Sandbox::start().await.unwrap();
    let refused = json!({"error": {"code": 401, "title": "Unauthorized",
        "message": "The request you have made requires authentication."}});
    let mut disabled_domain = password("demo", "demo", "demo");
    disabled_domain["auth"]["identity"]["password"]["user"]["domain"]["id"] = json!("other");
    for body in [
        password("demo", "wrong", "demo"),
        password("nobody", "demo", "demo"),
        password("demo", "demo", "alt"),
        password("demo", "demo", "nowhere"),
        disabled_domain,
    ] {
        let answer = tokens(&sandbox, &body).await;
        assert_eq!((answer.status, answer.json()), (401, refused.clone()));
        let challenge = format!("Keystone uri=\"{}\"", sandbox.auth_url());
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
    let answer = tokens(&sandbox, &json!({})).await;
    assert_eq!(answer.status, 400);
    let message = answer.json()["error"]["message"].to_string();
    assert!(
        message.contains("Expecting to find auth in request body."),
        "{message}"
    );
}

#[tokio::test]
async fn a_token_makes_another_that_ends_with_it() {
    let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_000_000));
    let builder = Sandbox::builder()
        .clock(clock.clone())
        .token_time(Duration::from_secs(100));
    let sandbox = builder.start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    clock.advance(Duration::from_secs(60));
    let body = json!({"auth": {"identity": {"methods": ["token"], "token": {"id": demo.token}},
        "scope": {"project": {"id": demo.project}}}});
    let answer = tokens(&sandbox, &body).await;
    let token = &answer.json()["token"];
    assert_eq!(token["methods"], json!(["token", "password"]));
    assert_eq!(token["expires_at"], "1970-01-12T13:48:20.000000Z");
    assert_eq!(token["audit_ids"].as_array().unwrap().len(), 2);
    assert_eq!(demo.get("/v1/environments").await.status, 200);
    clock.advance(Duration::from_secs(40));
    assert_eq!(demo.get("/v1/environments").await.status, 401);
}

#[tokio::test]
async fn tokens_are_shown_and_revoked() {
    let sandbox = Sandbox::start().await.unwrap();
    let (demo, alt) = (
        sign_in(&sandbox, "demo").await,
        sign_in(&sandbox, "alt").await,
    );
    let subject = [("X-Subject-Token", demo.token.as_str())];
    let path = "/identity/v3/auth/tokens";
    let shown = demo.raw("GET", path, (&subject, b"")).await;
    assert_eq!(shown.ok()["token"]["user"]["id"], demo.id);
    assert_eq!(alt.raw("GET", path, (&subject, b"")).await.status, 403);
    let unknown = [("X-Subject-Token", "nope")];
    assert_eq!(demo.raw("GET", path, (&unknown, b"")).await.status, 404);
    assert_eq!(demo.raw("DELETE", path, (&subject, b"")).await.status, 204);
    assert_eq!(demo.get("/v1/environments").await.status, 401);
}

#[tokio::test]
async fn application_credentials_sign_in() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let path = format!("/users/{}/application_credentials", demo.id);
    let body = json!({"application_credential": {"name": "robot"}});
    let made = ask(&demo, "POST", &path, body.clone()).await;
    assert_eq!(made.status, 201);
    let credential = made.json()["application_credential"].clone();
    assert_eq!(credential["roles"][0]["name"], "member");
    let again = ask(&demo, "POST", &path, body).await;
    assert_eq!(again.status, 409);
    let listed = ask(&demo, "GET", &path, Value::Null).await.ok();
    assert_eq!(listed["application_credentials"][0]["id"], credential["id"]);
    assert_eq!(listed["application_credentials"][0].get("secret"), None);

    let by = |proof: Value| {
        json!({"auth": {"identity": {"methods": ["application_credential"],
            "application_credential": proof}}})
    };
    let (id, secret) = (&credential["id"], &credential["secret"]);
    let by_id = tokens(&sandbox, &by(json!({"id": id, "secret": secret}))).await;
    assert_eq!(by_id.json()["token"]["project"]["id"], demo.project);
    assert_eq!(
        by_id.json()["token"]["application_credential"],
        json!({"id": id, "name": "robot", "restricted": true})
    );
    let user = json!({"name": "demo", "domain": {"id": "default"}});
    let by_name = by(json!({"name": "robot", "secret": secret, "user": user}));
    assert_eq!(tokens(&sandbox, &by_name).await.status, 201);
    let wrong = by(json!({"id": id, "secret": "wrong"}));
    assert_eq!(tokens(&sandbox, &wrong).await.status, 401);

    let one = format!("{path}/{}", id.as_str().unwrap());
    assert_eq!(ask(&demo, "DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(ask(&demo, "DELETE", &one, Value::Null).await.status, 404);
    assert_eq!(
        tokens(&sandbox, &by(json!({"id": id, "secret": secret})))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn administrators_add_users_projects_and_grants() {
    let sandbox = Sandbox::start().await.unwrap();
    let (admin, demo) = (
        sign_in(&sandbox, "admin").await,
        sign_in(&sandbox, "demo").await,
    );
    let refused = ask(&demo, "GET", "/projects", Value::Null).await;
    assert_eq!(
        refused.json(),
        json!({"error": {"code": 403, "title": "Forbidden", "message":
            "You are not authorized to perform the requested action: identity:list_projects."}})
    );
    let id = |answer: Answer, kind: &str| {
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()[kind]["id"].as_str().unwrap().to_owned()
    };
    let project = json!({"project": {"name": "lab"}});
    let project = id(ask(&admin, "POST", "/projects", project).await, "project");
    let user = json!({"user": {"name": "eve", "password": "apple"}});
    let user = id(ask(&admin, "POST", "/users", user).await, "user");
    let roles = ask(&admin, "GET", "/roles?name=member", Value::Null)
        .await
        .ok();
    let role = roles["roles"][0]["id"].as_str().unwrap();
    assert_eq!(
        tokens(&sandbox, &password("eve", "apple", "lab"))
            .await
            .status,
        401
    );
    let grant = format!("/projects/{project}/users/{user}/roles/{role}");
    assert_eq!(ask(&admin, "PUT", &grant, Value::Null).await.status, 204);
    assert_eq!(
        tokens(&sandbox, &password("eve", "apple", "lab"))
            .await
            .status,
        201
    );
    let asked = format!("/role_assignments?user.id={user}&include_names");
    let listed = ask(&admin, "GET", &asked, Value::Null).await.ok();
    assert_eq!(
        listed["role_assignments"][0]["scope"]["project"]["name"],
        "lab"
    );
    assert_eq!(listed["role_assignments"][0]["role"]["name"], "member");
    for kind in [
        "users",
        "projects",
        "roles",
        "domains",
        "services",
        "endpoints",
        "regions",
    ] {
        let listed = ask(&admin, "GET", &format!("/{kind}"), Value::Null)
            .await
            .ok();
        assert!(!listed[kind].as_array().unwrap().is_empty(), "{kind}");
    }
    assert_eq!(
        ask(&admin, "GET", "/users/nope", Value::Null).await.status,
        404
    );
}

#[tokio::test]
async fn version_documents_need_no_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let base = sandbox.endpoint();
    let get = async |path: &str| send(&base, "GET", path, (&[], b"")).await.unwrap();
    let versions = get("/identity").await;
    assert_eq!(versions.status, 300);
    assert_eq!(versions.json()["versions"]["values"][0]["id"], "v3.14");
    let version = get("/identity/v3").await.ok();
    let link = format!("{}/", sandbox.auth_url());
    assert_eq!(
        version["version"]["links"],
        json!([{"rel": "self", "href": link}])
    );
    assert_eq!(get("/identity/v3/projects").await.status, 401);
}
