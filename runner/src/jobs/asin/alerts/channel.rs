//! Who is told: receivers of e-mail, and the robots of two messengers, each with its own retries.

use super::super::Asin;
use super::Alert;
use super::email::{self, Mailer};
use crate::secret::Secret;
use crate::signals::{Backoff, Limit, Limiter, Service, ServiceOptions};
use anyhow::{Context as _, bail};
use lettre::message::Mailbox;
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

/// Shorter parts of a robot's address are words.
const SHORTEST_KEY: usize = 8;

/// How long a robot may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Somebody who is told.
pub enum Channel {
    /// A receiver of e-mail: one message that lists all.
    Email {
        /// Who sends.
        mailer: Box<Mailer>,
        /// The receiver.
        to: Mailbox,
    },
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
    /// An address that is none, half of what e-mail needs, a variable that is not set.
    pub fn configured(job: &Asin) -> anyhow::Result<Vec<Self>> {
        job.settings.require("alerts")?;
        let alerts = &job.settings.alerts;
        let mut channels = Vec::new();
        match (Mailer::new(&alerts.email, &job.environment)?, &alerts.email.to[..]) {
            (None, []) => {}
            (Some(_), []) if job.settings.report.to.is_empty() => {
                bail!(
                    "alerts.email.smtp_url is given, but nobody in alerts.email.to: name receivers"
                )
            }
            (None, _) => {
                bail!(
                    "alerts.email.to names receivers: give alerts.email.smtp_url, the mail server"
                )
            }
            (Some(mailer), receivers) => {
                for to in receivers {
                    let to = email::mailbox("alerts.email.to", to)?;
                    channels.push(Self::Email { mailer: Box::new(mailer.clone()), to });
                }
            }
        }
        for (name, url) in [("wecom", &alerts.wecom_url), ("dingtalk", &alerts.dingtalk_url)] {
            if !url.trim().is_empty() {
                channels.push(Self::Robot { name, service: Box::new(robot(name, url.trim())?) });
            }
        }
        Ok(channels)
    }

    /// Its name.
    pub fn name(&self) -> String {
        match self {
            Self::Email { to, .. } => format!("email to {}", to.email),
            Self::Robot { name, .. } => (*name).to_owned(),
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
            Self::Email { mailer, to } => {
                let subject = format!("ASIN pipeline: {} alerts", lines.len());
                mailer.send(to, &subject, lines.join("\n"), &[]).await
            }
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
    let mut secrets = vec![Secret::new(url), Secret::new(base.as_str())];
    // The key may come back by itself.
    let values = base.query_pairs().map(|(_, value)| value.into_owned());
    let parts = base.path_segments().into_iter().flatten().map(str::to_owned);
    let keys = values.chain(parts).filter(|part| part.len() >= SHORTEST_KEY);
    secrets.extend(keys.map(Secret::new));
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
