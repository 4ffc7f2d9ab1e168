//! E-mail. The server's user and password are `SMTP_USER` and `SMTP_PASSWORD`.

use super::super::settings::Email;
use super::channel::BACKOFF;
use crate::config::Environment;
use anyhow::Context as _;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

/// Sends to the configured receivers.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Mailer {
    /// None without a server or receivers.
    ///
    /// # Errors
    ///
    /// An address that is none.
    pub(super) fn new(email: &Email, environment: &Environment) -> anyhow::Result<Option<Self>> {
        if email.smtp_url.trim().is_empty() || email.to.is_empty() {
            return Ok(None);
        }
        // Its text may hold a password: the error does not repeat it.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(email.smtp_url.trim())
            .ok()
            .context("alerts.email.smtp_url is no smtp:// or smtps:// address: correct it")?;
        let builder = match (environment.get("SMTP_USER"), environment.get("SMTP_PASSWORD")) {
            (Some(user), Some(password)) => {
                builder.credentials(Credentials::new(user.to_owned(), password.to_owned()))
            }
            _ => builder,
        };
        let mailbox = |address: &String| {
            let parsed: Result<Mailbox, _> = address.parse();
            parsed.with_context(|| format!("alerts.email: {address:?} is no address: correct it"))
        };
        let from = mailbox(&email.from)?;
        let to = email.to.iter().map(mailbox).collect::<Result<_, _>>()?;
        Ok(Some(Self { transport: builder.build(), from, to }))
    }

    /// One message with a line per alert.
    pub(super) async fn send(&self, lines: &[String], attempts: u32) -> anyhow::Result<()> {
        let subject = format!("ASIN pipeline: {} alerts", lines.len());
        let message = Message::builder().from(self.from.clone()).subject(subject);
        let message = self.to.iter().cloned().fold(message, |message, to| message.to(to));
        let message = message.body(lines.join("\n"))?;
        let mut attempt = 0;
        loop {
            let error = match self.transport.send(message.clone()).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            attempt += 1;
            if attempt >= attempts || error.is_permanent() {
                return Err(error).context("The mail server does not take the message");
            }
            tokio::time::sleep(BACKOFF.delay(attempt - 1, None)).await;
        }
    }
}
