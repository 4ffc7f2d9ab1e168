//! Password in, cookie out.

use super::{Service, refusal};
use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use std::collections::VecDeque;
use std::fmt;
use std::fmt::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Name of the session cookie.
const COOKIE_NAME: &str = "session";
/// Life of the cookie: 31 days.
const MAX_AGE_S: u32 = 31 * 24 * 3600;
/// Sessions that are valid at the same time; a new login ends the oldest beyond that.
const MAX_SESSIONS: usize = 1_000;

/// The sessions that have been opened.
pub(super) struct Sessions(Mutex<VecDeque<String>>);

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

impl Sessions {
    /// No session.
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    fn open(&self) -> Option<String> {
        let token = random_token()?;
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() == MAX_SESSIONS {
            tokens.pop_front();
        }
        tokens.push_back(token.clone());
        Some(token)
    }

    fn knows(&self, token: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|known| known == token)
    }
}

/// 256 bits from the operating system, in hexadecimal.
fn random_token() -> Option<String> {
    let mut bytes = [0_u8; 32];
    rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes).ok()?;
    Some(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Form of `/login`.
#[derive(Deserialize)]
pub(super) struct Login {
    #[serde(default)]
    password: String,
}

/// `POST /login`.
pub(super) async fn login(
    State(service): State<Arc<Service>>,
    form: Result<Form<Login>, FormRejection>,
) -> Response {
    service.counters.logins.fetch_add(1, Ordering::Relaxed);
    let Some(password) = &service.password else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "No password is configured");
    };
    if form.is_err() || form.is_ok_and(|Form(login)| login.password != password.expose()) {
        return refusal(StatusCode::UNAUTHORIZED, "Invalid password");
    }
    let Some(token) = service.sessions.open() else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "The system gave no random numbers");
    };
    let mut response =
        Json(json!({ "status": "authenticated", "message": "Login successful" })).into_response();
    set_cookie(&mut response, &token);
    response
}

/// Lets requests with a session pass and renews their cookie; answers the others with 401.
pub(super) async fn require(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    match token(request.headers()).filter(|token| service.sessions.knows(token)) {
        Some(token) => {
            let token = token.to_owned();
            let mut response = next.run(request).await;
            set_cookie(&mut response, &token);
            response
        }
        None => refusal(StatusCode::UNAUTHORIZED, "Unauthorized"),
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE_NAME).then_some(value))
}

fn set_cookie(response: &mut Response, token: &str) {
    let cookie =
        format!("{COOKIE_NAME}={token}; Max-Age={MAX_AGE_S}; Path=/; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}
