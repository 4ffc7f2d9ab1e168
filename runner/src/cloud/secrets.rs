use super::{Identity, PATIENCE};
use crate::retry::{self, Outcome, Retries, Step};
use crate::secret::Secret;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::time::Duration;

/// What a setting begins with that names a secret instead of being one:
/// `sm://projects/<project>/secrets/<name>[/versions/<version>]`.
pub const SECRET_SCHEME: &str = "sm://";

const ADDRESS: &str = "https://secretmanager.googleapis.com";

/// Longest time of one request.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Secret Manager.
pub struct Secrets {
    identity: Identity,
    address: String,
}

#[derive(Deserialize)]
struct Answer {
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    data: String,
}

impl Secrets {
    /// At Google's address, or at another one.
    pub fn new(identity: Identity, address: Option<&str>) -> Self {
        let address = address.unwrap_or(ADDRESS).trim_end_matches('/').to_owned();
        Self { identity, address }
    }

    /// The setting itself, or the secret that it names; that is asked for only now.
    ///
    /// # Errors
    ///
    /// When the name is none, or the secret is not given out.
    pub async fn resolve(&self, setting: &Secret) -> anyhow::Result<Secret> {
        let Some(name) = setting.expose().strip_prefix(SECRET_SCHEME) else {
            return Ok(setting.clone());
        };
        let name = version(name)?;
        let body = self.access(&name).await.with_context(|| {
            format!(
                "The secret {name} cannot be read: the account needs secretmanager.secretAccessor"
            )
        })?;
        let unreadable = || format!("The secret {name} is no text");
        let answer: Answer = serde_json::from_slice(&body).with_context(unreadable)?;
        let text = decode(&answer.payload.data).with_context(unreadable)?;
        Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
    }

    async fn access(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let http = super::http_client()?;
        let mut retries = Retries::new(PATIENCE);
        loop {
            let mut request = http.get(format!("{}/v1/{name}:access", self.address));
            if let Some(token) = self.identity.token().await? {
                request = request.bearer_auth(token);
            }
            let sent = request.timeout(TIMEOUT).send().await;
            let (outcome, error) = match sent {
                Ok(response) if response.status().is_success() => {
                    return Ok(response.bytes().await?.to_vec());
                }
                Ok(response) => {
                    let wait = retry::asked_for(response.headers());
                    let status = response.status();
                    (Outcome::of(status, wait), anyhow::anyhow!("Secret Manager answers {status}"))
                }
                Err(error) => {
                    (Outcome::Transient { retry_after: None }, error.without_url().into())
                }
            };
            match retries.next(outcome) {
                Step::GiveUp => return Err(error),
                Step::Refresh => {}
                Step::Wait(delay) => tokio::time::sleep(delay).await,
            }
        }
    }
}

/// `projects/P/secrets/S/versions/V`, the newest unless it says.
fn version(name: &str) -> anyhow::Result<String> {
    let parts: Vec<&str> = name.split('/').collect();
    let plain = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c))
    };
    match parts[..] {
        _ if !parts.iter().all(plain) => {}
        ["projects", _, "secrets", _] => return Ok(format!("{name}/versions/latest")),
        ["projects", _, "secrets", _, "versions", _] => return Ok(name.to_owned()),
        _ => {}
    }
    bail!(
        "{name:?} is no secret: it must be projects/<project>/secrets/<name>[/versions/<version>]"
    )
}

/// Base64, as JSON has bytes.
fn decode(text: &str) -> anyhow::Result<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let value = LETTERS.iter().position(|known| *known == letter).context("It is no base64")?;
        bits = (bits << 6 | value as u32) & 0xfff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Ok(String::from_utf8(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_version() {
        let latest = "projects/p/secrets/s/versions/latest";
        assert_eq!(version("projects/p/secrets/s").expect("a name"), latest);
        assert_eq!(
            version("projects/p/secrets/s/versions/3").expect("one"),
            latest.replace("latest", "3")
        );
        for name in ["", "s", "projects/p/secrets/", "projects/p/secrets/a b", "projects/p/../x/s"]
        {
            assert!(version(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn base64_of_every_length() {
        for (coded, text) in
            [("", ""), ("cA==", "p"), ("cMOk", "pä"), ("cGFzcw==", "pass"), ("cGFzcw", "pass")]
        {
            assert_eq!(decode(coded).expect("base64"), text);
        }
        assert!(decode("c*").is_err());
    }
}
