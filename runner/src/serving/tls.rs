//! TLS to the server, in libpq's words: `sslmode`, `sslrootcert`, `sslcert` and `sslkey` of the address.

use anyhow::{Context as _, bail, ensure};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use std::sync::Arc;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What an address says about TLS.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TlsSettings {
    mode: Option<String>,
    root_certificates: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

/// What is asked of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verify {
    Nothing,
    Chain,
    ChainAndName,
}

impl TlsSettings {
    /// Takes what is about TLS out of an address.
    pub(super) fn split_off(url: &str) -> (String, Self) {
        let mut settings = Self::default();
        let is_url = ["postgresql://", "postgres://"].iter().any(|scheme| url.starts_with(scheme));
        let Some((address, query)) = url.split_once('?').filter(|_| is_url) else {
            return (url.to_owned(), settings);
        };
        let mut others = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let setting = match name {
                "sslmode" => &mut settings.mode,
                "sslrootcert" => &mut settings.root_certificates,
                "sslcert" => &mut settings.certificate,
                "sslkey" => &mut settings.key,
                _ => {
                    others.push(pair);
                    continue;
                }
            };
            *setting = Some(decoded(value));
        }
        let query = others.join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        (format!("{address}{mark}{query}"), settings)
    }

    /// When TLS is used, and how. Without `sslmode`, where the server offers it, whoever that is.
    ///
    /// # Errors
    ///
    /// When a word is unknown, or a file cannot be read.
    pub(super) fn connector(&self) -> anyhow::Result<(Option<SslMode>, MakeRustlsConnect)> {
        // As libpq: whoever names the issuers wants them looked at.
        let chain = if self.root_certificates.is_some() { Verify::Chain } else { Verify::Nothing };
        let (mode, verify) = match self.mode.as_deref() {
            None => (None, chain),
            Some("disable") => (Some(SslMode::Disable), Verify::Nothing),
            Some("prefer") => (Some(SslMode::Prefer), chain),
            Some("require") => (Some(SslMode::Require), chain),
            Some("verify-ca") => (Some(SslMode::Require), Verify::Chain),
            Some("verify-full") => (Some(SslMode::Require), Verify::ChainAndName),
            Some(other) => bail!(
                "sslmode in DATABASE_URL is '{other}'; it must be disable, prefer, require, verify-ca or \
                 verify-full"
            ),
        };
        let provider = Arc::new(ring::default_provider());
        let verifier = self.verifier(&provider, verify)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let config = match (&self.certificate, &self.key) {
            (None, None) => builder.with_no_client_auth(),
            (Some(certificate), Some(key)) => {
                let private_key = PrivateKeyDer::from_pem_file(key)
                    .with_context(|| format!("{key} (sslkey) is no private key in PEM"))?;
                builder
                    .with_client_auth_cert(certificates("sslcert", certificate)?, private_key)
                    .with_context(|| format!("{certificate} and {key} do not fit together"))?
            }
            _ => bail!("DATABASE_URL has one of sslcert and sslkey: give both"),
        };
        Ok((mode, MakeRustlsConnect::new(config)))
    }

    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
        verify: Verify,
    ) -> anyhow::Result<Arc<dyn ServerCertVerifier>> {
        let algorithms = provider.signature_verification_algorithms;
        if verify == Verify::Nothing {
            return Ok(Arc::new(Lenient { chain: None, algorithms }));
        }
        let roots = Arc::new(self.roots()?);
        let chain = WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build()?;
        if verify == Verify::ChainAndName {
            return Ok(chain);
        }
        Ok(Arc::new(Lenient { chain: Some(chain), algorithms }))
    }

    /// The issuers that are trusted: those of `sslrootcert`, or the system's.
    fn roots(&self) -> anyhow::Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        match self.root_certificates.as_deref() {
            None | Some("system") => {
                let system = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(system.certs);
                ensure!(!roots.is_empty(), "The system has no root certificates: give sslrootcert");
            }
            Some(file) => {
                for certificate in certificates("sslrootcert", file)? {
                    roots
                        .add(certificate)
                        .with_context(|| format!("{file} has a certificate that is none"))?;
                }
            }
        }
        Ok(roots)
    }
}

fn certificates(what: &str, file: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let read = || format!("{file} ({what}) cannot be read");
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).with_context(read)?.collect();
    let certificates = certificates.with_context(read)?;
    ensure!(!certificates.is_empty(), "{file} ({what}) holds no certificate in PEM");
    Ok(certificates)
}

/// Percent-encoded characters as they are meant.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, others @ ..] = rest {
        let hex = others.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Takes every name, and without a chain to look at every certificate; signatures must be right.
#[derive(Debug)]
struct Lenient {
    chain: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        // The chain is looked at before the name.
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_tls_is_taken_out() {
        let (url, settings) = TlsSettings::split_off(
            "postgresql://u:p@h/d?sslmode=verify-ca&host=%2Ftmp&sslrootcert=%2Fa%20b+c.pem",
        );
        assert_eq!(url, "postgresql://u:p@h/d?host=%2Ftmp");
        assert_eq!(settings.mode.as_deref(), Some("verify-ca"));
        assert_eq!(settings.root_certificates.as_deref(), Some("/a b+c.pem"));
        for url in ["postgresql://h/d", "postgres://h/d?user=u", "host=h password=a?sslmode=b"] {
            assert_eq!(TlsSettings::split_off(url), (url.to_owned(), TlsSettings::default()));
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (query, expected) in [
            ("sslmode=allow", "sslmode in DATABASE_URL is 'allow'"),
            ("sslmode=verify-full&sslrootcert=/nowhere.pem", "/nowhere.pem (sslrootcert)"),
            ("sslcert=/nowhere.pem", "one of sslcert and sslkey"),
        ] {
            let (_, settings) = TlsSettings::split_off(&format!("postgresql://h/d?{query}"));
            let error = format!("{:#}", settings.connector().err().expect("an error"));
            assert!(error.contains(expected), "{error}");
        }
    }
}
