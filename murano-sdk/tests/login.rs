//! Tokens kept between runs, secrets found when they are needed, and logins of two factors.

#![expect(
    clippy::unwrap_used,
    reason = "the settings for tests do not reach functions beside the tests"
)]

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use murano_sdk::{
    Client, ClientBuilder, ErrorKind, Secret,
    auth::{SecretKind, SecretSource, TokenCache, Vault},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{body_partial_json, header, header_exists, method, path},
};

/// A Keystone that gives the tokens `token-1`, `token-2`, … and a Murano that takes any of them.
struct Cloud {
    server: MockServer,
    folder: tempfile::TempDir,
    seen: AtomicUsize,
}

impl Cloud {
    async fn start() -> Self {
        let server = MockServer::start().await;
        let made = AtomicUsize::new(1);
        let url = server.uri();
        let login = move |_: &Request| {
            let number = made.fetch_add(1, Ordering::Relaxed);
            answer(&url, &format!("token-{number}"))
        };
        Mock::given(method("POST"))
            .and(path("/v3/auth/tokens"))
            .respond_with(login)
            .with_priority(9)
            .mount(&server)
            .await;
        Mock::given(method("GET"))
            .and(path("/v1/environments"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "environments": [] })))
            .with_priority(9)
            .mount(&server)
            .await;
        let folder = tempfile::tempdir().unwrap();
        let seen = AtomicUsize::new(0);
        Self {
            server,
            folder,
            seen,
        }
    }

    fn folder(&self) -> PathBuf {
        self.folder.path().join("cache/tokens")
    }

    fn cache(&self) -> TokenCache {
        TokenCache::new(self.folder())
    }

    fn builder(&self) -> ClientBuilder {
        let builder = Client::builder().auth_url(self.server.uri());
        builder.set("username", "demo").project("demo")
    }

    /// A client of a new run of the program.
    fn client(&self) -> Client {
        let builder = self.builder().set("password", "swordfish");
        builder.token_cache(self.cache()).build().unwrap()
    }

    /// A call of a new run.
    async fn run(&self) {
        self.client().environments().list().await.unwrap();
    }

    /// Method and path of what was received since the last look.
    async fn received(&self) -> Vec<String> {
        let all = self.server.received_requests().await.unwrap();
        let seen = self.seen.swap(all.len(), Ordering::Relaxed);
        let new = all.iter().skip(seen);
        new.map(|request| format!("{} {}", request.method, request.url.path()))
            .collect()
    }

    /// The only file of the cache.
    fn file(&self) -> PathBuf {
        let mut files = fs::read_dir(self.folder()).unwrap();
        let file = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        file
    }

    /// The file of a user's login.
    fn file_of(&self, user: &str) -> PathBuf {
        let logins = self.cache().logins();
        let login = logins
            .iter()
            .find(|login| login.user.as_deref() == Some(user));
        login.unwrap().path.clone()
    }

    /// Changes what the file says.
    fn rewrite(&self, change: impl FnOnce(&mut Value)) {
        let file = self.file();
        let mut record = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        change(&mut record);
        fs::write(file, record.to_string()).unwrap();
    }
}

fn answer(url: &str, token: &str) -> ResponseTemplate {
    let endpoint = json!({ "interface": "public", "region": "r", "region_id": "r", "url": url });
    let body = json!({ "token": {
        "issued_at": "2026-01-02T03:00:00Z", "expires_at": "2026-01-02T04:00:00Z",
        "user": { "id": "u", "name": "demo" }, "project": { "id": "p", "name": "demo" },
        "roles": [{ "id": "r", "name": "member" }],
        "catalog": [{ "type": "application-catalog", "name": "murano", "endpoints": [endpoint] }],
    } });
    let answer = ResponseTemplate::new(201).insert_header("X-Subject-Token", token);
    answer.set_body_json(body)
}

const LOGIN: &str = "POST /v3/auth/tokens";
const CALL: &str = "GET /v1/environments";

#[tokio::test]
async fn the_second_run_makes_one_request() {
    let cloud = Cloud::start().await;
    cloud.run().await;
    assert_eq!(cloud.received().await, [LOGIN, CALL]);
    cloud.run().await;
    assert_eq!(cloud.received().await, [CALL]);
    let known = cloud.client().token_info().await.unwrap();
    assert!(known.is_cached);
    assert_eq!(known.token.unwrap().expose(), "token-1");
    assert_eq!(known.roles, ["member"]);
    assert_eq!(known.project_id.unwrap().as_str(), "p");
    assert_eq!(cloud.received().await, [] as [&str; 0]);
}

#[tokio::test]
async fn every_part_of_the_login_counts() {
    let cloud = Cloud::start().await;
    cloud.run().await;
    cloud.received().await;
    for (key, value) in [
        ("password", "sw0rdfish"),
        ("username", "ann"),
        ("user_domain_name", "staff"),
        ("project_name", "shop"),
        ("project_domain_name", "staff"),
        ("trust_id", "t"),
    ] {
        let builder = cloud.builder().set("password", "swordfish");
        let client = builder.set(key, value).token_cache(cloud.cache());
        let client = client.build().unwrap();
        client.environments().list().await.unwrap();
        assert_eq!(cloud.received().await, [LOGIN, CALL], "{key}");
    }
    // The other password has replaced the token of the first, all else is beside it.
    assert_eq!(cloud.cache().logins().len(), 6);
}

#[tokio::test]
async fn a_wrong_password_does_not_ride_on_the_token_of_the_right_one() {
    let cloud = Cloud::start().await;
    cloud.run().await;
    let refusal = ResponseTemplate::new(401).set_body_json(json!({ "error": { "code": 401 } }));
    Mock::given(method("POST"))
        .respond_with(refusal)
        .with_priority(1)
        .up_to_n_times(1)
        .mount(&cloud.server)
        .await;
    let builder = cloud.builder().set("password", "wr0ng");
    let client = builder.token_cache(cloud.cache()).build().unwrap();
    let error = client.environments().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    cloud.received().await;
    cloud.run().await;
    assert_eq!(cloud.received().await, [CALL]);
}

#[tokio::test]
async fn a_refused_token_is_dropped_and_replaced_once() {
    let cloud = Cloud::start().await;
    cloud.run().await;
    cloud.received().await;
    let body = json!({ "error": { "code": 401, "title": "Unauthorized",
        "message": "The request you have made requires authentication." } });
    Mock::given(header("X-Auth-Token", "token-1"))
        .respond_with(ResponseTemplate::new(401).set_body_json(body))
        .with_priority(1)
        .mount(&cloud.server)
        .await;
    cloud.run().await;
    assert_eq!(cloud.received().await, [CALL, LOGIN, CALL]);
    cloud.run().await;
    assert_eq!(cloud.received().await, [CALL]);
}

#[tokio::test]
async fn a_service_that_has_moved_is_looked_up_again() {
    let cloud = Cloud::start().await;
    cloud.run().await;
    cloud.received().await;
    let gone = json!("http://127.0.0.1:9");
    cloud.rewrite(|record| record["catalog"][0]["endpoints"][0]["url"] = gone);
    cloud.run().await;
    assert_eq!(cloud.received().await, [LOGIN, CALL]);
    // One that was not there before, too.
    cloud.rewrite(|record| record["catalog"] = json!([]));
    cloud.run().await;
    assert_eq!(cloud.received().await, [LOGIN, CALL]);
}

#[tokio::test]
async fn a_token_is_used_until_a_minute_before_its_end() {
    let cloud = Cloud::start().await;
    cloud.run().await;
    let [login] = &cloud.cache().logins()[..] else {
        unreachable!("there was one login")
    };
    let left = login.usable_for.as_secs();
    assert!((3530..=3540).contains(&left), "{left}");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap().as_secs();
    for (member, value) in [("use_until", now), ("obtained", now + 3600)] {
        cloud.run().await;
        cloud.rewrite(|record| record[member] = value.into());
        cloud.received().await;
        cloud.run().await;
        assert_eq!(cloud.received().await, [LOGIN, CALL], "{member}");
    }
}

#[tokio::test]
async fn what_cannot_be_understood_counts_as_nothing() {
    let cloud = Cloud::start().await;
    cloud.run().await;
    let good = fs::read(cloud.file()).unwrap();
    let newer = String::from_utf8(good.clone()).unwrap();
    let newer = newer.replace("\"version\":1", "\"version\":2");
    assert_ne!(newer.as_bytes(), good);
    for bad in [
        &b""[..],
        b"\xff\0",
        b"[]",
        &good[..good.len() / 2],
        newer.as_bytes(),
    ] {
        fs::write(cloud.file(), bad).unwrap();
        cloud.received().await;
        cloud.run().await;
        assert_eq!(cloud.received().await, [LOGIN, CALL]);
        cloud.run().await;
        assert_eq!(cloud.received().await, [CALL]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let cloud = Cloud::start().await;
    cloud.run().await;
    assert_eq!((mode(&cloud.folder()), mode(&cloud.file())), (0o700, 0o600));
    // What others might have changed is not believed.
    fs::set_permissions(cloud.file(), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(cloud.folder(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(cloud.cache().logins(), []);
    cloud.received().await;
    cloud.run().await;
    assert_eq!(cloud.received().await, [LOGIN, CALL]);
    assert_eq!((mode(&cloud.folder()), mode(&cloud.file())), (0o700, 0o600));
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_costs_logins_only() {
    let cloud = Cloud::start().await;
    fs::write(cloud.folder.path().join("cache"), "a file").unwrap();
    assert_eq!(cloud.cache().check().unwrap_err().kind(), ErrorKind::Io);
    for _ in 0..2 {
        cloud.run().await;
        assert_eq!(cloud.received().await, [LOGIN, CALL]);
    }
    assert_eq!(cloud.cache().logins(), []);
}

#[tokio::test]
async fn the_secret_is_in_no_file_and_in_no_debug_output() {
    let cloud = Cloud::start().await;
    cloud.run().await;
    let client = cloud.client();
    let info = client.token_info().await.unwrap();
    let text = fs::read_to_string(cloud.file()).unwrap();
    assert!(
        text.contains("token-1") && !text.contains("swordfish"),
        "{text}"
    );
    let shown = format!(
        "{client:?} {info:?} {:?} {:?}",
        cloud.cache(),
        cloud.cache().logins()
    );
    assert!(
        !shown.contains("token-1") && !shown.contains("swordfish"),
        "{shown}"
    );
}

#[tokio::test]
async fn many_runs_at_once_leave_one_good_file() {
    let cloud = Cloud::start().await;
    let runs: Vec<_> = (0..20)
        .map(|_| {
            let client = cloud.client();
            tokio::spawn(async move { client.environments().list().await })
        })
        .collect();
    for run in runs {
        run.await.unwrap().unwrap();
    }
    cloud.received().await;
    assert_eq!(cloud.cache().logins().len(), 1);
    cloud.run().await;
    assert_eq!(cloud.received().await, [CALL]);
}

#[tokio::test]
async fn what_nobody_has_used_for_a_week_is_removed() {
    let cloud = Cloud::start().await;
    cloud.run().await;
    let days = |days: u64| SystemTime::now() - Duration::from_secs(days * 24 * 3600);
    let age = |path: &Path, time| {
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(time).unwrap();
    };
    let old = cloud.folder().join("old.json");
    fs::write(&old, "{}").unwrap();
    age(&old, days(8));
    // Used now, so it counts as new.
    age(&cloud.file_of("demo"), days(6));
    cloud.run().await;
    let noted = fs::metadata(cloud.file_of("demo")).unwrap().modified();
    assert!(noted.unwrap() > days(1));
    let builder = cloud.builder().password("ann", "swordfish");
    let ann = builder.token_cache(cloud.cache()).build().unwrap();
    ann.log_in().await.unwrap();
    assert!(!old.exists());
    assert_eq!(cloud.cache().logins().len(), 2);
}

#[tokio::test]
async fn without_its_secret_a_login_lasts_as_long_as_its_token() {
    let cloud = Cloud::start().await;
    let bare = || cloud.builder().token_cache(cloud.cache()).build().unwrap();
    let error = bare().environments().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("OS_PASSWORD"), "{error}");
    cloud.run().await;
    cloud.received().await;
    bare().environments().list().await.unwrap();
    assert_eq!(cloud.received().await, [CALL]);
    // Without a cache it is told at once.
    assert!(cloud.builder().build().is_err());
}

#[tokio::test]
async fn a_token_that_is_logged_out_is_revoked_and_forgotten() {
    let cloud = Cloud::start().await;
    Mock::given(method("DELETE"))
        .and(path("/v3/auth/tokens"))
        .and(header("X-Subject-Token", "token-1"))
        .and(header("X-Auth-Token", "token-1"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&cloud.server)
        .await;
    cloud.run().await;
    assert!(cloud.client().log_out().await.unwrap());
    assert!(!cloud.client().log_out().await.unwrap());
    assert_eq!(cloud.cache().logins(), []);
}

/// Keeps secrets in memory, as long as it is not closed.
#[derive(Clone, Debug, Default)]
struct Safe {
    content: Arc<Mutex<Vec<(String, Secret)>>>,
    closed: bool,
}

impl Vault for Safe {
    fn read(&self, name: &str) -> io::Result<Option<Secret>> {
        self.open()?;
        let content = self.content.lock().unwrap();
        let found = content.iter().find(|(known, _)| known == name);
        Ok(found.map(|(_, secret)| secret.clone()))
    }

    fn write(&self, name: &str, secret: &Secret) -> io::Result<()> {
        self.remove(name)?;
        let mut content = self.content.lock().unwrap();
        content.push((name.to_owned(), secret.clone()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.open()?;
        self.content
            .lock()
            .unwrap()
            .retain(|(known, _)| known != name);
        Ok(())
    }
}

impl Safe {
    fn open(&self) -> io::Result<()> {
        if self.closed {
            return Err(io::Error::other("closed"));
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_vault_has_the_token_and_the_file_the_rest() {
    let cloud = Cloud::start().await;
    let safe = Safe::default();
    let run = async |safe: &Safe| {
        let cache = cloud.cache().vault(safe.clone());
        let client = cloud
            .builder()
            .set("password", "swordfish")
            .token_cache(cache);
        client.build().unwrap().environments().list().await.unwrap();
        cloud.received().await
    };
    assert_eq!(run(&safe).await, [LOGIN, CALL]);
    assert_eq!(run(&safe).await, [CALL]);
    assert_eq!(safe.content.lock().unwrap().len(), 1);
    assert!(
        !fs::read_to_string(cloud.file())
            .unwrap()
            .contains("token-1")
    );
    assert!(cloud.cache().logins()[0].in_vault);

    // One that does not open any more is replaced by the file.
    let closed = Safe {
        closed: true,
        ..safe.clone()
    };
    assert_eq!(run(&closed).await, [LOGIN, CALL]);
    assert_eq!(run(&closed).await, [CALL]);
    assert!(!cloud.cache().logins()[0].in_vault);

    assert_eq!(run(&safe).await, [CALL]);
    cloud.rewrite(|record| record["use_until"] = 0.into());
    assert_eq!(run(&safe).await, [LOGIN, CALL]);
    let cache = cloud.cache().vault(safe.clone());
    cache.forget(&cache.logins()[0]).unwrap();
    assert_eq!(safe.content.lock().unwrap().len(), 0);
}

/// Knows a password and a passcode, and what it was asked.
#[derive(Clone, Debug, Default)]
struct Known(Arc<Mutex<Vec<SecretKind>>>, Option<&'static str>);

impl SecretSource for Known {
    fn secret(&self, kind: SecretKind, account: &str) -> io::Result<Option<Secret>> {
        assert!(
            account.starts_with("user demo of domain id default at http"),
            "{account}"
        );
        self.0.lock().unwrap().push(kind);
        match kind {
            SecretKind::Password => Ok(Some("swordfish".into())),
            SecretKind::Passcode => Ok(self.1.map(Secret::from)),
            _ => Err(io::Error::other("asked for\nsomething else")),
        }
    }
}

#[tokio::test]
async fn secrets_are_looked_for_only_when_a_login_needs_them() {
    let cloud = Cloud::start().await;
    let known = Known::default();
    for _ in 0..2 {
        let builder = cloud.builder().secrets_from(known.clone());
        let client = builder.token_cache(cloud.cache()).build().unwrap();
        client.environments().list().await.unwrap();
    }
    assert_eq!(*known.0.lock().unwrap(), [SecretKind::Password]);
    // The password that was found counts as the one that is given.
    cloud.received().await;
    cloud.run().await;
    assert_eq!(cloud.received().await, [CALL]);

    let builder = Client::builder().auth_url(cloud.server.uri());
    let credential = builder
        .set("application_credential_name", "c")
        .set("username", "demo");
    let failing = credential.secrets_from(OnlyPasswords).build().unwrap();
    let error = failing.environments().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.to_string(), "no credentials here");
}

#[derive(Debug)]
struct OnlyPasswords;

impl SecretSource for OnlyPasswords {
    fn secret(&self, kind: SecretKind, _: &str) -> io::Result<Option<Secret>> {
        assert_eq!(kind, SecretKind::ApplicationCredential);
        Err(io::Error::other("no credentials here"))
    }
}

/// A Keystone that wants two factors, and gives a receipt for the first.
async fn two_factors(cloud: &Cloud, rules: Value) {
    let body = json!({ "receipt": { "methods": ["password"] }, "required_auth_methods": rules });
    let receipt = ResponseTemplate::new(401)
        .insert_header("Openstack-Auth-Receipt", "receipt-1")
        .set_body_json(body);
    let only_password = |request: &Request| {
        let body: Value = request.body_json().unwrap();
        body["auth"]["identity"]["methods"] == json!(["password"])
    };
    Mock::given(method("POST"))
        .and(only_password)
        .respond_with(receipt)
        .with_priority(1)
        .mount(&cloud.server)
        .await;
    let passcode = json!({ "auth": {
        "identity": { "methods": ["totp"], "totp": { "user": {
            "name": "demo", "domain": { "id": "default" }, "passcode": "123456" } } },
        "scope": { "project": { "name": "demo" } },
    } });
    Mock::given(method("POST"))
        .and(header("Openstack-Auth-Receipt", "receipt-1"))
        .and(body_partial_json(passcode))
        .respond_with(answer(&cloud.server.uri(), "of-two-factors"))
        .with_priority(2)
        .mount(&cloud.server)
        .await;
    let refused = ResponseTemplate::new(401).set_body_json(json!({ "error": { "code": 401 } }));
    Mock::given(method("POST"))
        .and(header_exists("Openstack-Auth-Receipt"))
        .respond_with(refused)
        .with_priority(3)
        .mount(&cloud.server)
        .await;
}

#[tokio::test]
async fn a_receipt_is_answered_with_the_passcode() {
    let cloud = Cloud::start().await;
    two_factors(&cloud, json!([["password", "totp"]])).await;
    let log_in = async |passcode: Option<&'static str>| {
        let known = Known(Arc::default(), passcode);
        let client = cloud.builder().secrets_from(known.clone()).build().unwrap();
        (client.log_in().await, known)
    };
    let (token, known) = log_in(Some("123456")).await;
    assert_eq!(token.unwrap().token.unwrap().expose(), "of-two-factors");
    let asked = [SecretKind::Password, SecretKind::Passcode];
    assert_eq!(*known.0.lock().unwrap(), asked);

    let error = log_in(Some("654321")).await.0.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(
        error
            .to_string()
            .contains("refused the passcode of user \"demo\""),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("654321"));
    let error = log_in(None).await.0.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("OS_PASSCODE"), "{error}");
}

#[tokio::test]
async fn a_passcode_that_is_known_goes_with_the_password() {
    let cloud = Cloud::start().await;
    two_factors(&cloud, json!([["password", "totp"]])).await;
    let builder = cloud
        .builder()
        .set("password", "swordfish")
        .set("passcode", "123456");
    let client = builder.build().unwrap();
    client.log_in().await.unwrap();
    assert_eq!(cloud.received().await, [LOGIN]);

    let refusal = ResponseTemplate::new(401).set_body_json(json!({ "error": { "code": 401 } }));
    Mock::given(method("POST"))
        .respond_with(refusal)
        .with_priority(1)
        .mount(&cloud.server)
        .await;
    let text = client.log_in().await.unwrap_err().to_string();
    assert!(
        text.contains("the password or the passcode of user \"demo\""),
        "{text}"
    );
}

#[tokio::test]
async fn a_passcode_is_sent_once() {
    for (passcode, logins) in [(None, 3), (Some("123456"), 1)] {
        let cloud = Cloud::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(503))
            .with_priority(1)
            .mount(&cloud.server)
            .await;
        let mut builder = cloud.builder().set("password", "swordfish");
        if let Some(passcode) = passcode {
            builder = builder.set("passcode", passcode);
        }
        let error = builder.build().unwrap().log_in().await.unwrap_err();
        assert_eq!(error.status(), Some(503));
        assert_eq!(cloud.received().await.len(), logins);
    }
}

#[tokio::test]
async fn other_factors_are_named() {
    let cloud = Cloud::start().await;
    two_factors(
        &cloud,
        json!([["password", "smartcard"], ["password", "totp", "dance"]]),
    )
    .await;
    let client = cloud.builder().secrets_from(Known::default()).build();
    let error = client.unwrap().log_in().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Unauthorized, Some(401))
    );
    let text = error.to_string();
    assert!(
        text.ends_with("password and smartcard, or password and totp and dance"),
        "{text}"
    );
}
