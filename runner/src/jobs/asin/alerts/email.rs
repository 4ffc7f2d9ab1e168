//! E-mail. The server's user and password are `SMTP_USER` and `SMTP_PASSWORD`.

use super::super::settings::Email;
use super::channel::BACKOFF;
use crate::config::Environment;
use anyhow::{Context as _, bail};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use std::time::Duration;

/// Messages at most, the first one included.
const ATTEMPTS: u32 = 3;

/// How long the server may take for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends from the configured sender.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// A file that goes with a message.
pub struct Attached {
    /// Its name.
    pub name: String,
    /// What it is: `application/pdf`.
    pub kind: &'static str,
    /// What is in it.
    pub content: Vec<u8>,
}

impl Mailer {
    /// None without a server.
    ///
    /// # Errors
    ///
    /// An address that is none, a user without a password or a password without a user.
    pub fn new(email: &Email, environment: &Environment) -> anyhow::Result<Option<Self>> {
        if email.smtp_url.trim().is_empty() {
            return Ok(None);
        }
        // Its text may hold a password: the error does not repeat it.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(email.smtp_url.trim())
            .ok()
            .context("alerts.email.smtp_url is no smtp:// or smtps:// address: correct it")?;
        let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let builder = match (variable("SMTP_USER"), variable("SMTP_PASSWORD")) {
            (Some(user), Some(password)) => {
                builder.credentials(Credentials::new(user.to_owned(), password.to_owned()))
            }
            (Some(_), None) => {
                bail!("SMTP_PASSWORD is not set, but SMTP_USER is: set both or none")
            }
            (None, Some(_)) => {
                bail!("SMTP_USER is not set, but SMTP_PASSWORD is: set both or none")
            }
            (None, None) => builder,
        };
        let from = mailbox("alerts.email.from", &email.from)?;
        Ok(Some(Self { transport: builder.timeout(Some(TIMEOUT)).build(), from }))
    }

    /// Sends a message; again where the server could not be reached or asks for patience.
    ///
    /// # Errors
    ///
    /// What the server says after the last attempt, or at once where it refuses.
    pub async fn send(
        &self,
        to: &Mailbox,
        subject: &str,
        text: String,
        files: &[Attached],
    ) -> anyhow::Result<()> {
        let message = Message::builder().from(self.from.clone()).to(to.clone()).subject(subject);
        let text = SinglePart::plain(text);
        let message = match files {
            [] => message.singlepart(text)?,
            files => {
                let mut parts = MultiPart::mixed().singlepart(text);
                for Attached { name, kind, content } in files {
                    let part = Attachment::new(name.clone());
                    parts = parts.singlepart(part.body(content.clone(), ContentType::parse(kind)?));
                }
                message.multipart(parts)?
            }
        };
        let mut attempt = 0;
        loop {
            let error = match self.transport.send(message.clone()).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            attempt += 1;
            if attempt >= ATTEMPTS || error.is_permanent() {
                let tried =
                    format!("The mail server does not take the message ({attempt} attempts)");
                return Err(error).context(tried);
            }
            tokio::time::sleep(BACKOFF.delay(attempt - 1, None)).await;
        }
    }
}

/// An address of a setting.
///
/// # Errors
///
/// An address that is none.
pub(in super::super) fn mailbox(setting: &str, address: &str) -> anyhow::Result<Mailbox> {
    let parsed: Result<Mailbox, _> = address.parse();
    parsed.with_context(|| format!("{setting}: {address:?} is no address: correct it"))
}
