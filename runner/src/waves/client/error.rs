//! What can go wrong with a service, in words that name the request and no secret.

use crate::secret::Secret;
use crate::waves::contract::Usage;
use reqwest::Url;
use std::fmt;

/// Longest part of a service's own explanation that is repeated.
const MAX_SAID: usize = 200;

/// One batch or page and what has been tried for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Address without credentials, with its query.
    pub url: String,
    /// The run it belongs to.
    pub run_id: String,
    /// Requests sent.
    pub attempts: u32,
}

impl Call {
    pub(super) fn post(url: &Url, run_id: &str) -> Self {
        Self { method: "POST", url: url.to_string(), run_id: run_id.to_owned(), attempts: 0 }
    }

    pub(super) fn get(url: &Url, run_id: &str) -> Self {
        Self { method: "GET", ..Self::post(url, run_id) }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, url, run_id, attempts } = self;
        let plural = if *attempts == 1 { "" } else { "s" };
        write!(f, "{method} {url} (run {run_id}, {attempts} attempt{plural})")
    }
}

/// Why a login, a batch or a page failed for good.
#[derive(Debug, thiserror::Error)]
pub enum WavesError {
    /// An address cannot be used.
    #[error("Invalid Waves address: {reason}; expected http://host[:port] or https://host[:port]")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP client cannot be built.
    #[error(
        "Could not set up HTTP; an https address needs the system's certificates (Debian package ca-certificates)"
    )]
    Setup {
        /// What the HTTP library says.
        source: reqwest::Error,
    },
    /// Who asks is not known.
    #[error("The Waves service asks who sends its requests, and that is not known: {reason}")]
    Identity {
        /// What Google's library says.
        reason: String,
    },
    /// The login got no answer.
    #[error("Could not reach {url}; check AIM_BASE_URL and that the service runs")]
    LoginUnreachable {
        /// Address of the login.
        url: String,
        /// What the HTTP library says.
        source: reqwest::Error,
    },
    /// The login was answered with an error.
    #[error("Login at {url} failed with status {status}; {}", login_hint(*.status))]
    LoginRefused {
        /// Address of the login.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The login succeeded but opened no session.
    #[error(
        "Login at {url} set no cookie that is sent back to it; check that the address is the service's own"
    )]
    NoCookie {
        /// Address of the login.
        url: String,
    },
    /// The session was refused and could not be renewed.
    #[error("{call} was answered with status 401, and a new login failed")]
    Refresh {
        /// The request.
        call: Call,
        /// Why the login failed.
        source: Box<WavesError>,
    },
    /// The request cannot be written as JSON.
    #[error("{call} could not be encoded")]
    Encode {
        /// The request.
        call: Call,
        /// What the JSON library says.
        source: serde_json::Error,
    },
    /// The connection failed or the time limit passed.
    #[error("{call} got no complete answer")]
    Transport {
        /// The request.
        call: Call,
        /// What the HTTP library says.
        source: reqwest::Error,
    },
    /// The answer is an error.
    #[error("{call} was answered with status {status}{said}")]
    Status {
        /// The request.
        call: Call,
        /// HTTP status.
        status: u16,
        /// The service's explanation with a leading colon, or nothing.
        said: String,
    },
    /// The answer is not the JSON that was agreed.
    #[error("{call} was answered with something else than results")]
    Decode {
        /// The request.
        call: Call,
        /// What the JSON library says.
        source: serde_json::Error,
    },
    /// The service has no page that lists its segments, or one without any.
    #[error(
        "{call} lists no segments: {reason}; name them in AIM_LIMIT_SEGMENTS, or use AIM_RUN_MODE=GLOBAL"
    )]
    NoSegments {
        /// The page of segments.
        call: Call,
        /// What was there instead.
        reason: String,
    },
    /// The answer's results do not belong to the request's CAMs.
    #[error("{call} was answered with results of other CAMs: {reason}")]
    Mismatch {
        /// The request.
        call: Call,
        /// The first difference.
        reason: String,
        /// What the answer cost all the same.
        usage: Usage,
    },
}

fn login_hint(status: u16) -> &'static str {
    match status {
        401 | 403 => "check AIM_SERVICE_PASSWORD",
        404 => "check AIM_BASE_URL",
        500.. => "the service may have no password configured",
        _ => "check AIM_BASE_URL and AIM_SERVICE_PASSWORD",
    }
}

/// The service's explanation of an error, shortened, without the password.
pub(super) fn said(body: &[u8], password: &Secret) -> String {
    #[derive(serde::Deserialize)]
    struct Refusal {
        error: String,
    }
    match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => {
            let text = password.redact(&refusal.error);
            format!(": {}", text.chars().take(MAX_SAID).collect::<String>())
        }
        Err(_) => String::new(),
    }
}
