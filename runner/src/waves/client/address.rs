//! Addresses as they are configured.

use super::WavesError;
use reqwest::Url;

/// Reads an address. One that carries a user or password is refused, because addresses are logged.
pub(super) fn parse(text: &str) -> Result<Url, WavesError> {
    let refuse = |reason: &str| WavesError::Address { reason: reason.to_owned() };
    let url = Url::parse(text.trim()).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("the scheme is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it contains credentials"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("it contains a query or a fragment"));
    }
    Ok(url)
}

/// A path below an address.
pub(super) fn join(base: &Url, path: &str) -> Result<Url, WavesError> {
    let below = format!("{}/{path}", base.as_str().trim_end_matches('/'));
    Url::parse(&below).map_err(|error| WavesError::Address { reason: error.to_string() })
}

/// Whether the address is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_cannot_be_or_must_not_be_an_address() {
        for text in ["", "127.0.0.1:80", "ftp://host", "http://user:secret@host", "http://h/?k=v"] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.starts_with("Invalid Waves address") && !error.contains("secret"));
        }
    }

    #[test]
    fn joins_with_or_without_a_path() {
        for (base, joined) in [
            ("http://h:1", "http://h:1/login"),
            ("http://h:1/", "http://h:1/login"),
            ("https://h/waves/", "https://h/waves/login"),
        ] {
            assert_eq!(join(&parse(base).unwrap(), "login").unwrap().as_str(), joined);
        }
    }

    #[test]
    fn knows_this_machine() {
        for (text, expected) in [
            ("http://127.0.0.1:1", true),
            ("http://localhost", true),
            ("http://[::1]:1", true),
            ("http://127.example.com", false),
        ] {
            assert_eq!(is_loopback(&parse(text).unwrap()), expected, "{text}");
        }
    }
}
