//! Connections to the serving database.

use super::address;
use super::failure::Failure;
use super::tls::TlsSettings;
use crate::secret::Secret;
use anyhow::{Context as _, ensure};
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Waits between attempts to connect, where the server is starting or full.
const CONNECT_RETRIES: [Duration; 3] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// What a session of ours needs, whatever the role's defaults are. The last line lets the server notice
/// that we are gone while it builds an index; older ones cannot.
const SESSION: &str = "
    set client_min_messages = warning;
    set standard_conforming_strings = on;
    set statement_timeout = 0;
    set idle_in_transaction_session_timeout = 0;
    set datestyle = 'ISO';
    select set_config(name, '5s', false) from pg_settings where name = 'client_connection_check_interval'";

/// Opens connections to one server.
#[derive(Clone)]
pub struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    /// Hosts, ports and database, for messages.
    target: String,
}

impl Connector {
    /// Understands the address.
    ///
    /// # Errors
    ///
    /// When it is none. It is not in the message: it may hold a password.
    pub fn new(url: &Secret) -> anyhow::Result<Self> {
        let (address, tls) = TlsSettings::split_off(url.expose());
        let mut config: Config = address::as_libpq(address).parse().ok().context(
            "DATABASE_URL is no PostgreSQL address: write postgresql://user:password@host:port/database",
        )?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.application_name("aim");
        let (mode, tls) = tls.connector()?;
        if let Some(mode) = mode {
            config.ssl_mode(mode);
        }
        let target = address::describe(&config);
        Ok(Self { config, tls, target })
    }

    /// Hosts, ports and database.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// When the server does not answer, or not to us. The message names host, port and database.
    pub async fn connect(&self) -> anyhow::Result<Client> {
        let (client, connection) =
            self.config.connect(self.tls.clone()).await.with_context(|| {
                format!(
                    "PostgreSQL at {} cannot be reached: check DATABASE_URL and the server",
                    self.target
                )
            })?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!("The connection to PostgreSQL ended: {error}");
            }
        });
        Ok(client)
    }

    /// Ends what a connection is doing.
    ///
    /// # Errors
    ///
    /// When the server cannot be told.
    pub(super) async fn cancel(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        client.cancel_token().cancel_query(self.tls.clone()).await
    }

    /// Connects for long work: tried again while the server starts or is full, with a session that does
    /// not depend on the role's defaults.
    ///
    /// # Errors
    ///
    /// As for [`Connector::connect`]; or when the database is not in UTF-8.
    pub async fn session(&self) -> anyhow::Result<Client> {
        let mut waits = CONNECT_RETRIES.iter();
        let client = loop {
            match self.connect().await {
                Ok(client) => break client,
                Err(error) => match waits.next() {
                    Some(wait) if is_transient(&error) => {
                        tracing::warn!("{error:#}; trying again in {wait:?}");
                        tokio::time::sleep(*wait).await;
                    }
                    _ => return Err(error),
                },
            }
        };
        client.batch_execute(SESSION).await?;
        let encoding: String =
            client.query_one("select current_setting('server_encoding')", &[]).await?.get(0);
        ensure!(
            encoding == "UTF8",
            "The database at {} is in {encoding}: texts would change; make it in UTF8",
            self.target
        );
        Ok(client)
    }
}

/// Whether the same may work a little later: the connection was lost, or the server is starting,
/// stopping, or full.
pub(super) fn is_transient(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let Some(error) = cause.downcast_ref::<tokio_postgres::Error>() else { return false };
        match error.code() {
            Some(code) => {
                [
                    SqlState::ADMIN_SHUTDOWN,
                    SqlState::CRASH_SHUTDOWN,
                    SqlState::CANNOT_CONNECT_NOW,
                    SqlState::TOO_MANY_CONNECTIONS,
                    SqlState::T_R_DEADLOCK_DETECTED,
                    SqlState::T_R_SERIALIZATION_FAILURE,
                ]
                .contains(code)
                    || code.code().starts_with("08")
            }
            // Without a word of the server: the network.
            None => {
                error.is_closed()
                    || std::error::Error::source(error).is_some_and(|s| s.is::<std::io::Error>())
            }
        }
    })
}

/// A server's refusal to wait longer for a lock, as ours.
pub(super) fn lock_failure(error: tokio_postgres::Error, what: &str) -> anyhow::Error {
    if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
        return Failure::Locked(what.to_owned()).into();
    }
    error.into()
}
