use murano_sandbox::Sandbox;
use serde_json::json;

use crate::support::{send, sign_in};

#[tokio::test]
async fn versions_are_listed_for_every_unknown_first_segment() {
    let sandbox = Sandbox::start().await.unwrap();
    let base = sandbox.endpoint();
    for path in ["/", "/v2", "/V1/environments", "//", "/v1.0/x"] {
        let answer = send(&base, "POST", path, (&[], b"")).await.unwrap();
        assert_eq!(answer.status, 300, "{path}");
        let link = json!({"rel": "self", "href": format!("{base}/v1/")});
        let version = json!({"id": "v1.0", "status": "CURRENT", "links": [link]});
        assert_eq!(answer.json(), json!({"versions": [version]}));
        assert!(answer.header("x-openstack-request-id").starts_with("req-"));
    }
}

#[tokio::test]
async fn the_token_comes_before_the_path() {
    let sandbox = Sandbox::start().await.unwrap();
    let base = sandbox.endpoint();
    for path in ["/v1/environments", "/v1/nowhere", "/v1"] {
        let headers = [("Accept", "text/html")];
        let answer = send(&base, "GET", path, (&headers, b"")).await.unwrap();
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.json(),
            json!({"error": {"code": 401, "title": "Unauthorized",
                "message": "The request you have made requires authentication."}})
        );
        let challenge = format!("Keystone uri=\"{base}/identity/v3\"");
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
    let options = send(&base, "OPTIONS", "/v1/environments", (&[], b""))
        .await
        .unwrap();
    assert_eq!((options.status, options.body.len()), (200, 0));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_not_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let env = demo.environment("e").await;
    for (method, path) in [
        ("GET", "/v1".to_owned()),
        ("GET", "/v1/".to_owned()),
        ("GET", "/v1/environments/".to_owned()),
        ("PATCH", "/v1/environments".to_owned()),
        ("GET", format!("/v1/environments/{env}/model")),
        ("PATCH", format!("/v1/environments/{env}/model/name")),
        ("GET", format!("/v1/environments/{env}/sessions")),
        ("GET", "/v1/catalog/packages/categories".to_owned()),
    ] {
        let answer = demo.raw(method, &path, (&[], b"")).await;
        assert_eq!(answer.status, 404, "{method} {path}");
    }
    assert_eq!(
        demo.raw("HEAD", "/v1/environments", (&[], b""))
            .await
            .status,
        404
    );
    assert_eq!(demo.get("/v1//environments").await.status, 200);
    let noted = sandbox.log().into_iter().find_map(|call| call.note);
    assert_eq!(noted.as_deref(), Some("no such route: GET /v1"));
}

#[tokio::test]
async fn bodies_are_checked_before_anything_happens() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let path = "/v1/environments";
    let typed = async |media: &str, body: &str| {
        demo.raw("POST", path, (&[("Content-Type", media)], body.as_bytes()))
            .await
    };
    let unsupported = typed("text/yaml; charset=utf-8", "name: x").await;
    assert_eq!(
        unsupported.json(),
        json!({"message": "The request media type text/yaml is not supported by this server.\n\
                           <br /><br />\nUnsupported Content-Type",
            "code": "415 Unsupported Media Type", "title": "Unsupported Media Type"})
    );
    let untyped = demo.raw("POST", path, (&[], b"{}")).await;
    assert!(
        untyped
            .text()
            .contains("media type text/plain is not supported")
    );
    let broken = typed("application/json", "{bad").await;
    assert_eq!(broken.refusal(), (400, "Malformed request body".to_owned()));
    let generic = "The server could not comply with the request since it is either malformed or \
                   otherwise incorrect.";
    assert_eq!(demo.poke(path).await.refusal(), (400, generic.to_owned()));
    let unwanted = demo.json("GET", path, &json!({})).await;
    assert_eq!(unwanted.refusal(), (400, generic.to_owned()));
    // Without an announced length the service sees no body.
    let chunked = [
        ("Content-Type", "application/json"),
        ("Transfer-Encoding", "chunked"),
    ];
    let answer = demo
        .raw("POST", path, (&chunked, b"a\r\n{\"name\":1}\r\n0\r\n\r\n"))
        .await;
    assert_eq!(answer.refusal(), (400, generic.to_owned()));
    let xml = typed("application/xml", "<a/>").await;
    assert_eq!(
        (xml.status, xml.header("content-type")),
        (500, "text/plain")
    );
    assert!(
        xml.text()
            .starts_with("Traceback (most recent call last):\n")
    );
    assert_eq!(
        (
            xml.header("connection"),
            xml.header("x-openstack-request-id")
        ),
        ("close", "")
    );
    assert_eq!(demo.get(path).await.ok(), json!({"environments": []}));
}

#[tokio::test]
async fn accept_decides_on_success_and_on_the_form_of_errors() {
    let sandbox = Sandbox::start().await.unwrap();
    let demo = sign_in(&sandbox, "demo").await;
    let get =
        async |path: &str, accept: &str| demo.raw("GET", path, (&[("Accept", accept)], b"")).await;
    for accept in ["application/json", "*/*", "", "application/json, */*;q=0.5"] {
        let answer = get("/v1/environments", accept).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/json")
        );
    }
    let html = get("/v1/environments", "text/html").await;
    assert_eq!(
        html.text(),
        "<html>\n <head>\n  <title>406 Not Acceptable</title>\n </head>\n <body>\n  \
         <h1>406 Not Acceptable</h1>\n  The resource could not be generated that was acceptable to \
         your browser\n(content of type text/html. <br /><br />\nAcceptable response can not be \
         provided\n </body>\n</html>"
    );
    let binary = get("/v1/environments", "application/octet-stream").await;
    assert_eq!(binary.status, 500);
    let missing = "/v1/environments/nope";
    let plain = get(missing, "").await;
    assert_eq!(plain.header("content-type"), "text/plain; charset=UTF-8");
    assert_eq!(
        plain.text(),
        "404 Not Found\n\nEnvironment with id nope not found\n\n   "
    );
    let json = get(missing, "application/json").await;
    assert_eq!(
        json.json(),
        json!({"message": "Environment with id nope not found<br /><br />\n\n\n",
            "code": "404 Not Found", "title": "Not Found"})
    );
    assert_eq!(
        get(missing, "*/*").await.header("content-type"),
        "text/html; charset=UTF-8"
    );
}
