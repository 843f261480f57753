//! Connection pools and TLS.

use super::{Transport, innermost};
use crate::error::{Error, Result};

impl Transport {
    /// One connection pool for plain HTTP and one for TLS: reading the system's certificates takes
    /// longer than most commands, so it is not done before it is needed.
    pub(super) fn client(&self, url: &str) -> Result<&reqwest::Client> {
        let tls = url
            .get(..6)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"));
        let cell = if tls { &self.secure } else { &self.plain };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let built = self.connect(tls)?;
        Ok(cell.get_or_init(|| built))
    }

    fn connect(&self, tls: bool) -> Result<reqwest::Client> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have been faster; either provider will do.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(&self.options.user_agent)
            .connect_timeout(self.options.connect_timeout)
            // A redirect would carry the token to another host.
            .redirect(reqwest::redirect::Policy::none());
        if tls {
            builder = self.with_tls(builder)?;
        } else {
            builder = builder.tls_certs_only(Vec::new());
        }
        builder.build().map_err(|error| {
            Error::config(format!("TLS cannot be set up: {}", innermost(&error))).with_source(error)
        })
    }

    fn with_tls(&self, mut builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder> {
        let tls = &self.options.tls;
        if let Some(path) = &tls.cacert {
            let certificates = reqwest::Certificate::from_pem_bundle(&read("cacert", path)?)
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or_else(|| Error::config(format!("cacert: {path} holds no PEM certificate")))?;
            builder = builder.tls_certs_only(certificates);
        }
        if let Some(path) = &tls.cert {
            let mut pem = read("cert", path)?;
            if let Some(key) = &tls.key {
                pem.push(b'\n');
                pem.extend(read("key", key)?);
            }
            let identity = reqwest::Identity::from_pem(&pem).map_err(|error| {
                Error::config(format!(
                    "cert: {path} and its key are no PEM certificate and key"
                ))
                .with_source(error)
            })?;
            builder = builder.identity(identity);
        }
        Ok(builder.tls_danger_accept_invalid_certs(tls.insecure))
    }
}

fn read(key: &str, path: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let error = Error::io("read", std::path::Path::new(path), error);
        Error::config(format!("{key}: {error}"))
    })
}
