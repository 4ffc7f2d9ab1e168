use crate::config::CloudConfig;
use anyhow::Context as _;
use google_cloud_auth::credentials::idtoken::{self, IDTokenCredentials};
use google_cloud_auth::credentials::{self, AccessTokenCredentials, Credentials};
use std::sync::{Arc, PoisonError, RwLock};

/// What a run may do in the cloud.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Who asks: the service account of the machine or of a key file, or nobody.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Absent for emulators, which ask for none.
    account: Option<AccessTokenCredentials>,
}

impl Identity {
    /// The application's default credentials: `GOOGLE_APPLICATION_CREDENTIALS`, those of `gcloud`, or the
    /// machine's. Tokens are asked for when they are needed, kept, and renewed before they end.
    ///
    /// To be called from within a runtime.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn of_application() -> anyhow::Result<Self> {
        super::install_tls();
        let builder = credentials::Builder::default().with_scopes([SCOPE]);
        let account = builder.build_access_token_credentials().context(
            "No Google credentials: set GOOGLE_APPLICATION_CREDENTIALS, or run with a service account",
        )?;
        Ok(Self { account: Some(account) })
    }

    /// The application, or nobody where everything is an emulator. To be called from within a runtime.
    ///
    /// # Errors
    ///
    /// As for [`Identity::of_application`].
    pub(crate) fn of(cloud: &CloudConfig) -> anyhow::Result<Self> {
        if cloud.is_emulated() { Ok(Self::anonymous()) } else { Self::of_application() }
    }

    /// Nobody, for emulators.
    pub fn anonymous() -> Self {
        Self { account: None }
    }

    /// A token for one request.
    ///
    /// # Errors
    ///
    /// When none is given out.
    pub async fn token(&self) -> anyhow::Result<Option<String>> {
        let Some(account) = &self.account else { return Ok(None) };
        let token = account.access_token().await.context("Google gives out no access token")?;
        Ok(Some(token.token))
    }

    /// The same for Google's own clients.
    pub(crate) fn credentials(&self) -> Credentials {
        match &self.account {
            Some(account) => Credentials::from(account.clone()),
            None => credentials::anonymous::Builder::new().build(),
        }
    }
}

/// Who asks a service of our own: an ID token that is good there only.
#[derive(Debug, Clone)]
pub struct ServiceIdentity {
    audience: String,
    account: Arc<RwLock<IDTokenCredentials>>,
}

impl ServiceIdentity {
    /// The application's default credentials, for the service at this address. To be called from within a
    /// runtime.
    ///
    /// # Errors
    ///
    /// When there are none, or they give out no ID tokens, as those of persons do not.
    pub fn of_application(audience: &str) -> anyhow::Result<Self> {
        super::install_tls();
        let account = Arc::new(RwLock::new(account(audience)?));
        Ok(Self { audience: audience.to_owned(), account })
    }

    /// A token for one request; kept, and renewed before it ends.
    ///
    /// # Errors
    ///
    /// When none is given out.
    pub async fn token(&self) -> anyhow::Result<String> {
        let account = self.account.read().unwrap_or_else(PoisonError::into_inner).clone();
        account.id_token().await.context("Google gives out no ID token")
    }

    /// Forgets the token that was refused: the next one is new.
    ///
    /// # Errors
    ///
    /// As for [`ServiceIdentity::of_application`].
    pub fn renew(&self) -> anyhow::Result<()> {
        *self.account.write().unwrap_or_else(PoisonError::into_inner) = account(&self.audience)?;
        Ok(())
    }
}

fn account(audience: &str) -> anyhow::Result<IDTokenCredentials> {
    idtoken::Builder::new(audience).build().with_context(|| {
        format!("No Google identity for {audience}: run with a service account, or set AIM_WAVES_AUTH=none")
    })
}
