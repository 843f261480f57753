//! TLS: which authorities are trusted, and who we say we are.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{path::PathBuf, sync::Arc};

use murano_sdk::{Client, ClientBuilder, ErrorKind};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer, server::WebPkiClientVerifier};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// An authority, a server it vouches for, and the certificate of a client.
struct Trust {
    folder: TempDir,
    url: String,
}

impl Trust {
    /// Starts the server; it lets in everybody, or only those whom the authority vouches for.
    async fn start(only_known_clients: bool) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let issue = |name: &str| {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
            (params.signed_by(&key, &authority).unwrap(), key)
        };
        let (server, server_key) = issue("127.0.0.1");
        let (client, client_key) = issue("client");
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        write("ca.pem", authority.pem());
        write("client.pem", client.pem());
        write("client.key", client_key.serialize_pem());
        write("empty.pem", String::new());

        let builder = ServerConfig::builder();
        let builder = if only_known_clients {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots))
                .build()
                .unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::try_from(server_key.serialize_der()).unwrap();
        let config = builder
            .with_single_cert(vec![server.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config))));
        Self { folder, url }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn client(&self) -> ClientBuilder {
        Client::builder().endpoint(&self.url).token("t")
    }

    fn trusting(&self) -> ClientBuilder {
        self.client().cacert(self.path("ca.pem"))
    }
}

/// Answers every call with an empty list of environments.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    const ANSWER: &str =
        "HTTP/1.1 200 OK\r\nContent-Length: 19\r\nConnection: close\r\n\r\n{\"environments\":[]}";
    while let Ok((socket, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let Ok(mut stream) = acceptor.accept(socket).await else {
                return;
            };
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                let _ = stream.write_all(ANSWER.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused_with_the_way_out() {
    let trust = Trust::start(false).await;
    let error = trust
        .client()
        .build()
        .unwrap()
        .environments()
        .list()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().contains("does not know"), "{error}");
    assert!(error.to_string().contains("cacert"), "{error}");
}

#[tokio::test]
async fn a_given_authority_is_trusted() {
    let trust = Trust::start(false).await;
    assert_eq!(
        trust
            .trusting()
            .build()
            .unwrap()
            .environments()
            .list()
            .await
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn insecure_trusts_everybody() {
    let trust = Trust::start(false).await;
    let client = trust.client().insecure(true).build().unwrap();
    assert_eq!(client.environments().list().await.unwrap(), []);
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let trust = Trust::start(true).await;
    let anonymous = trust.trusting().build().unwrap();
    let error = anonymous.environments().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
    let known = trust
        .trusting()
        .set("cert", trust.path("client.pem").display().to_string())
        .set("key", trust.path("client.key").display().to_string());
    assert_eq!(
        known.build().unwrap().environments().list().await.unwrap(),
        []
    );
}

#[tokio::test]
async fn files_that_hold_no_certificate_are_named() {
    let trust = Trust::start(false).await;
    for (key, file, told) in [
        ("cacert", "empty.pem", "holds no PEM certificate"),
        ("cacert", "missing.pem", "there is no such file"),
        ("cert", "empty.pem", "no PEM certificate and key"),
    ] {
        let client = trust
            .trusting()
            .set(key, trust.path(file).display().to_string());
        let error = client
            .build()
            .unwrap()
            .environments()
            .list()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(
            error.to_string().contains(told) && error.to_string().contains(file),
            "{error}"
        );
    }
}
