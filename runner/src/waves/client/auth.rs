//! The HTTP client, its cookies and the session in them.

use super::{WavesError, address};
use crate::cloud::ServiceIdentity;
use crate::secret::Secret;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::{RequestBuilder, Url};
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

/// The request with the name of who sends it.
pub(super) async fn identified(
    request: RequestBuilder,
    identity: Option<&ServiceIdentity>,
) -> Result<RequestBuilder, WavesError> {
    match identity {
        Some(identity) => Ok(request.bearer_auth(identity.token().await.map_err(no_identity)?)),
        None => Ok(request),
    }
}

fn no_identity(error: anyhow::Error) -> WavesError {
    WavesError::Identity { reason: format!("{error:#}") }
}

/// A session that concurrent requests share: who finds it refused renews it once for all.
pub(super) struct Session {
    http: reqwest::Client,
    jar: Arc<Jar>,
    login_url: Url,
    password: Secret,
    timeout: Duration,
    identity: Option<ServiceIdentity>,
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
        identity: Option<ServiceIdentity>,
    ) -> Self {
        Self {
            http,
            jar,
            login_url,
            password,
            timeout,
            identity,
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
        if self.generation() != refused {
            return Ok(());
        }
        if let Some(identity) = &self.identity {
            identity.renew().map_err(no_identity)?;
        }
        self.post_login().await
    }

    /// Logs in.
    pub(super) async fn login(&self) -> Result<(), WavesError> {
        let _renewing = self.renewing.lock().await;
        self.post_login().await
    }

    async fn post_login(&self) -> Result<(), WavesError> {
        let url = || self.login_url.to_string();
        let request = self
            .http
            .post(self.login_url.clone())
            .timeout(self.timeout)
            .form(&[("password", self.password.expose())]);
        let response =
            identified(request, self.identity.as_ref()).await?.send().await.map_err(|source| {
                WavesError::LoginUnreachable { url: url(), source: source.without_url() }
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
