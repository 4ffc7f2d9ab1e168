//! `aim_pg` in the database: the extension where the server has it and lets us, or else the same functions
//! in SQL.

use anyhow::{Context as _, bail};
use std::fmt;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// The plain variant; the extension runs the same file first.
const PLAIN: &str = include_str!("../../../sql/postgres/aim_pg.sql");

/// Which form of `aim_pg` there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Variant {
    /// The extension.
    Native,
    /// SQL and PL/pgSQL only, for servers that take no extensions of others.
    Sql,
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Sql => "sql",
        })
    }
}

/// What was put in place.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Which form.
    pub variant: Variant,
    /// Its version.
    pub version: String,
    /// Why it is not the extension.
    pub reason: Option<String>,
}

/// Puts `aim_pg` in place, or brings it up to date; `wanted`, or what the server accepts.
///
/// # Errors
///
/// When the server does not accept it; then nothing has changed.
pub async fn install(client: &mut Client, wanted: Option<Variant>) -> anyhow::Result<Installed> {
    let (variant, reason) = match (found(client).await?, wanted) {
        (Some(Variant::Native), Some(Variant::Sql)) => {
            bail!(
                "The extension aim_pg is installed, and has all of this: drop extension aim_pg first"
            )
        }
        (Some(Variant::Native), _) => {
            let update = client.batch_execute("alter extension aim_pg update").await;
            update.context("The extension aim_pg cannot be brought up to date")?;
            (Variant::Native, None)
        }
        (Some(Variant::Sql), Some(Variant::Native)) => bail!(
            "The plain variant is installed, and PostgreSQL does not let an extension take it over: drop schema \
             reco, with what uses it, and install again"
        ),
        (Some(Variant::Sql), _) => {
            plain(client).await?;
            (Variant::Sql, Some("it was installed before".to_owned()))
        }
        (None, Some(Variant::Sql)) => {
            plain(client).await?;
            (Variant::Sql, Some("it was asked for".to_owned()))
        }
        (None, Some(Variant::Native)) => {
            let created = client.batch_execute("create extension aim_pg").await;
            created.context("The extension aim_pg cannot be created")?;
            (Variant::Native, None)
        }
        (None, None) => match client.batch_execute("create extension aim_pg").await {
            Ok(()) => (Variant::Native, None),
            Err(error) => {
                let reason = refusal(&error).ok_or(error)?;
                plain(client).await?;
                (Variant::Sql, Some(reason.to_owned()))
            }
        },
    };
    let version = client.query_one("select reco.version()", &[]).await?.get(0);
    Ok(Installed { variant, version, reason })
}

/// Why a server has no use for the extension; none where something else went wrong.
fn refusal(error: &tokio_postgres::Error) -> Option<&'static str> {
    let code = error.code()?;
    if [SqlState::UNDEFINED_FILE, SqlState::FEATURE_NOT_SUPPORTED].contains(code) {
        Some("the server does not have the extension")
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        Some("the role may not create extensions")
    } else {
        None
    }
}

async fn found(client: &Client) -> anyhow::Result<Option<Variant>> {
    let row = client
        .query_one(
            "select exists (select from pg_extension where extname = 'aim_pg'),
                 to_regprocedure('reco.variant()') is not null",
            &[],
        )
        .await?;
    Ok(match (row.get(0), row.get(1)) {
        (true, _) => Some(Variant::Native),
        (false, true) => Some(Variant::Sql),
        (false, false) => None,
    })
}

async fn plain(client: &mut Client) -> anyhow::Result<()> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(PLAIN).await.context("The functions of aim_pg cannot be made")?;
    transaction.commit().await?;
    Ok(())
}
