//! Login with Amazon: a refresh token becomes one that lasts an hour.

use crate::secret::Secret;
use crate::signals::service::{CallError, Service};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A token is not used any more when it would end so soon.
const MARGIN: Duration = Duration::from_secs(60);

/// Where tokens come from.
#[derive(Debug)]
pub struct Login {
    service: Service,
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
    token: Mutex<Option<Issued>>,
}

#[derive(Debug)]
struct Issued {
    token: Secret,
    until: Instant,
}

impl Login {
    /// Nothing is sent before a token is needed.
    pub fn new(
        service: Service,
        client_id: String,
        client_secret: Secret,
        refresh_token: Secret,
    ) -> Self {
        Self { service, client_id, client_secret, refresh_token, token: Mutex::default() }
    }

    /// The token in use, or a new one; neither `user` nor the login shows it.
    pub(super) async fn token(&self, user: &Service) -> Result<Secret, CallError> {
        let mut token = self.token.lock().await;
        if let Some(issued) = token.as_ref().filter(|issued| issued.until > Instant::now()) {
            return Ok(issued.token.clone());
        }
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", self.refresh_token.expose()),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose()),
        ];
        let request = || self.service.post("auth/o2/token").form(&form);
        let accept = |answer: Value| {
            let token = Secret::new(answer.get("access_token")?.as_str()?);
            Some((token, answer.get("expires_in").and_then(Value::as_u64).unwrap_or(3_600)))
        };
        let (fresh, seconds) =
            self.service.call("auth/o2/token", "access_token", request, accept).await?;
        user.hide(fresh.clone());
        self.service.hide(fresh.clone());
        let lasts = Duration::from_secs(seconds.min(86_400));
        let until = Instant::now() + lasts.saturating_sub(MARGIN).max(lasts / 2);
        *token = Some(Issued { token: fresh.clone(), until });
        Ok(fresh)
    }

    /// Forgets a token that was refused. Whoever comes second finds another one already.
    pub(super) async fn forget(&self, refused: &Secret) {
        let mut token = self.token.lock().await;
        token.take_if(|issued| issued.token == *refused);
    }
}
