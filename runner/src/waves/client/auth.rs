//! The HTTP client, its cookies and the session in them.

use super::{WavesError, address};
use crate::secret::Secret;
use reqwest::Url;
use reqwest::cookie::{CookieStore, Jar};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// One client with one cookie jar for all addresses of a service.
pub(crate) fn http_client(addresses: &[&Url]) -> Result<(reqwest::Client, Arc<Jar>), WavesError> {
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let jar = Arc::new(Jar::default());
    let mut builder = reqwest::Client::builder()
        .cookie_provider(jar.clone())
        .user_agent(concat!("aim/", env!("CARGO_PKG_VERSION")));
    if addresses.iter().all(|url| url.scheme() == "http") {
        // A machine without certificates can still speak plain HTTP.
        builder = builder.tls_certs_only([]);
    }
    if addresses.iter().all(|url| address::is_loopback(url)) {
        // A proxy cannot reach this machine's loopback.
        builder = builder.no_proxy();
    }
    let http = builder.build().map_err(|source| WavesError::Setup { source })?;
    Ok((http, jar))
}

/// A session that concurrent requests share: who finds it refused renews it once for all.
pub(super) struct Session {
    http: reqwest::Client,
    jar: Arc<Jar>,
    login_url: Url,
    password: Secret,
    timeout: Duration,
    /// Number of logins so far.
    generation: AtomicU64,
    renewing: Mutex<()>,
}

impl Session {
    /// A session that is not open yet.
    pub(super) fn new(
        http: reqwest::Client,
        jar: Arc<Jar>,
        login_url: Url,
        password: Secret,
        timeout: Duration,
    ) -> Self {
        Self {
            http,
            jar,
            login_url,
            password,
            timeout,
            generation: AtomicU64::new(0),
            renewing: Mutex::new(()),
        }
    }

    /// Which login is in force; to be read before a request is sent.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Logs in, unless somebody has since `refused` was in force.
    pub(super) async fn refresh(&self, refused: u64) -> Result<(), WavesError> {
        let _renewing = self.renewing.lock().await;
        if self.generation() == refused { self.post_login().await } else { Ok(()) }
    }

    /// Logs in.
    pub(super) async fn login(&self) -> Result<(), WavesError> {
        let _renewing = self.renewing.lock().await;
        self.post_login().await
    }

    async fn post_login(&self) -> Result<(), WavesError> {
        let url = || self.login_url.to_string();
        let response = self
            .http
            .post(self.login_url.clone())
            .timeout(self.timeout)
            .form(&[("password", self.password.expose())])
            .send()
            .await
            .map_err(|source| WavesError::LoginUnreachable {
                url: url(),
                source: source.without_url(),
            })?;
        let status = response.status();
        if !status.is_success() {
            return Err(WavesError::LoginRefused { url: url(), status: status.as_u16() });
        }
        if self.jar.cookies(&self.login_url).is_none() {
            return Err(WavesError::NoCookie { url: url() });
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }
}
