use murano_sdk::{ErrorKind, Result};
use serde_json::{Value, json};

use crate::{Outcome, cloud::Cloud};

crate::promises![
    a_wrong_password_is_refused,
    a_token_logs_in,
    an_application_credential_logs_in,
    no_keystone_is_needed_with_endpoint_and_token,
    a_refused_token_without_keystone_is_not_tried_again,
    an_endpoint_may_end_in_its_version,
    a_wrong_region_lists_what_there_is,
    nobody_at_the_other_end_is_one_sentence,
];

/// A token and the user's id, straight from Keystone.
async fn keystone_token(cloud: &Cloud) -> Result<(String, String), reqwest::Error> {
    let get = |key: &str| cloud.settings.get(key).unwrap_or_default();
    let domain = json!({ "id": "default" });
    let body = json!({ "auth": {
        "identity": { "methods": ["password"], "password": { "user": {
            "name": get("username"), "password": get("password"), "domain": domain } } },
        "scope": { "project": { "name": get("project_name"), "domain": domain } },
    } });
    let url = format!("{}/auth/tokens", get("auth_url"));
    let answer = http()
        .post(url)
        .json(&body)
        .send()
        .await?
        .error_for_status()?;
    let token = answer.headers()["x-subject-token"]
        .to_str()
        .expect("a token")
        .to_owned();
    let body: Value = answer.json().await?;
    let user = body["token"]["user"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    Ok((token, user))
}

fn http() -> reqwest::Client {
    // Only the first of several tests in the process succeeds, which is enough.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .tls_certs_only(Vec::new())
        .build()
        .expect("a client")
}

async fn a_wrong_password_is_refused(cloud: Cloud) -> Outcome {
    let wrong = cloud.member_with(&[("password", "w0ng-p4ss")]);
    let error = wrong.environments().list().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Unauthorized, Some(401))
    );
    let told = format!("{error} {error:?}");
    assert!(
        told.contains("demo") && !told.contains("w0ng-p4ss"),
        "{told}"
    );
    Ok(())
}

async fn a_token_logs_in(cloud: Cloud) -> Outcome {
    let (token, _) = keystone_token(&cloud).await?;
    let by_token = cloud.member_with(&[("token", &token)]);
    by_token.environments().list().await?;
    assert_eq!(
        by_token.project_id().await?,
        cloud.member.project_id().await?
    );
    let bad = cloud.member_with(&[("token", "gAAAAA-nonsense")]);
    let error = bad.environments().list().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unauthorized), "{error}");
    Ok(())
}

async fn an_application_credential_logs_in(cloud: Cloud) -> Outcome {
    let (token, user) = keystone_token(&cloud).await?;
    let url = cloud.settings.get("auth_url").unwrap_or_default();
    let url = format!("{url}/users/{user}/application_credentials");
    let name = crate::cloud::name("credential");
    let body = json!({ "application_credential": { "name": name } });
    let request = http().post(url).header("X-Auth-Token", token).json(&body);
    let made: Value = request.send().await?.error_for_status()?.json().await?;
    let text = |key: &str| {
        made["application_credential"][key]
            .as_str()
            .expect("text")
            .to_owned()
    };
    let secret = text("secret");
    let by_id = [
        ("application_credential_id", text("id")),
        ("application_credential_secret", secret.clone()),
    ];
    let by_name = [
        ("application_credential_name", name),
        ("application_credential_secret", secret),
    ];
    for settings in [by_id, by_name] {
        let changes: Vec<(&str, &str)> = settings
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        let client = cloud.member_with(&changes);
        client.environments().list().await?;
        assert_eq!(client.project_id().await?, cloud.member.project_id().await?);
    }
    Ok(())
}

/// Settings that reach Murano without Keystone.
async fn direct(cloud: &Cloud, token: &str) -> murano_sdk::Client {
    let endpoint = match &cloud.sandbox {
        Some(sandbox) => sandbox.endpoint(),
        None => live_endpoint(cloud).await,
    };
    murano_sdk::Client::builder()
        .endpoint(endpoint)
        .token(token)
        .build()
        .expect("complete settings")
}

async fn live_endpoint(cloud: &Cloud) -> String {
    let (token, _) = keystone_token(cloud).await.expect("a token");
    let url = format!(
        "{}/auth/catalog",
        cloud.settings.get("auth_url").unwrap_or_default()
    );
    let request = http().get(url).header("X-Auth-Token", token);
    let catalog: Value = request
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    let services = catalog["catalog"].as_array().expect("services");
    let murano = services
        .iter()
        .find(|s| s["type"] == "application-catalog")
        .expect("Murano");
    murano["endpoints"][0]["url"]
        .as_str()
        .expect("a URL")
        .to_owned()
}

async fn no_keystone_is_needed_with_endpoint_and_token(cloud: Cloud) -> Outcome {
    let (token, _) = keystone_token(&cloud).await?;
    let client = direct(&cloud, &token).await;
    client.environments().list().await?;
    assert_eq!(client.project_id().await?, None);
    Ok(())
}

async fn a_refused_token_without_keystone_is_not_tried_again(cloud: Cloud) -> Outcome {
    let client = direct(&cloud, "nonsense").await;
    let error = client.environments().list().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Unauthorized, Some(401))
    );
    if let Some(sandbox) = &cloud.sandbox {
        assert_eq!(sandbox.log().len(), 1);
    }
    Ok(())
}

async fn an_endpoint_may_end_in_its_version(cloud: Cloud) -> Outcome {
    let endpoint = match &cloud.sandbox {
        Some(sandbox) => sandbox.endpoint(),
        None => live_endpoint(&cloud).await,
    };
    for suffix in ["", "/", "/v1", "/v1/"] {
        let url = format!("{endpoint}{suffix}");
        cloud
            .member_with(&[("endpoint_override", &url)])
            .environments()
            .list()
            .await?;
    }
    let wrong = cloud.member_with(&[("endpoint_override", &format!("{endpoint}/elsewhere"))]);
    let error = wrong.environments().list().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Config, Some(300)),
        "{error}"
    );
    Ok(())
}

async fn a_wrong_region_lists_what_there_is(cloud: Cloud) -> Outcome {
    let error = cloud
        .member_with(&[("region_name", "Atlantis")])
        .environments()
        .list()
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoService);
    assert!(error.to_string().contains("public in RegionOne"), "{error}");
    Ok(())
}

async fn nobody_at_the_other_end_is_one_sentence(cloud: Cloud) -> Outcome {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let url = format!("http://127.0.0.1:{port}");
    for key in ["auth_url", "endpoint_override"] {
        let client = cloud.member_with(&[(key, &url)]);
        let error = client.environments().list().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 3));
        assert_eq!(
            error.to_string(),
            format!("cannot connect to {url}: connection refused")
        );
    }
    Ok(())
}
