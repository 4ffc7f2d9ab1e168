//! Who is told: e-mail, and the robots of two messengers, each with its own retries.

use super::super::Asin;
use super::{Alert, email};
use crate::secret::Secret;
use crate::signals::{Backoff, Limit, Limiter, Service, ServiceOptions};
use anyhow::Context as _;
use reqwest::Url;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Requests at most, the first one included.
const ATTEMPTS: u32 = 3;

/// The waits between them.
pub(super) const BACKOFF: Backoff = Backoff {
    base: Duration::from_millis(250),
    jitter: Duration::from_millis(100),
    max: Duration::from_millis(2_000),
};

/// How long a robot may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Somebody who is told.
pub enum Channel {
    /// One message that lists all.
    Email(Box<email::Mailer>),
    /// A robot of a messenger: a line per alert.
    Robot {
        /// Its name.
        name: &'static str,
        /// Where it listens.
        service: Box<Service>,
    },
}

impl Channel {
    /// Those that are configured.
    ///
    /// # Errors
    ///
    /// An address that is none.
    pub fn configured(job: &Asin) -> anyhow::Result<Vec<Self>> {
        let alerts = &job.settings.alerts;
        let mut channels = Vec::new();
        if let Some(mailer) = email::Mailer::new(&alerts.email, &job.environment)? {
            channels.push(Self::Email(Box::new(mailer)));
        }
        for (name, url) in [("wecom", &alerts.wecom_url), ("dingtalk", &alerts.dingtalk_url)] {
            if !url.trim().is_empty() {
                channels.push(Self::Robot { name, service: Box::new(robot(name, url.trim())?) });
            }
        }
        Ok(channels)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Robot { name, .. } => name,
        }
    }

    /// Tells.
    ///
    /// # Errors
    ///
    /// When it could not be told after the last attempt.
    pub(super) async fn send(&self, alerts: &[&Alert]) -> anyhow::Result<()> {
        let lines: Vec<String> = alerts.iter().map(|alert| alert.to_string()).collect();
        match self {
            Self::Email(mailer) => mailer.send(&lines, ATTEMPTS).await,
            Self::Robot { service, .. } => {
                let message = json!({ "msgtype": "text", "text": { "content": lines.join("\n") } });
                let request = || service.post("").json(&message);
                // Robots that refuse say so with status 200.
                let accept = |answer: Value| {
                    let code = answer.get("errcode").and_then(Value::as_i64);
                    code.is_none_or(|code| code == 0).then_some(())
                };
                Ok(service.call("the message", "errcode 0", request, accept).await?)
            }
        }
    }
}

/// The address holds the robot's key: it is never shown.
fn robot(name: &'static str, url: &str) -> anyhow::Result<Service> {
    let base = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let base =
        base.with_context(|| format!("alerts.{name}_url is no http or https address: correct it"))?;
    let plenty = NonZeroU32::new(1_200).unwrap_or(NonZeroU32::MIN);
    let secrets = vec![Secret::new(url), Secret::new(base.as_str())];
    let options = ServiceOptions {
        name: name.to_owned(),
        base,
        secrets,
        timeout: TIMEOUT,
        max_attempts: ATTEMPTS,
        backoff: BACKOFF,
    };
    Service::new(options, Arc::new(Limiter::new(Limit { per_minute: plenty, burst: plenty })))
}
