//! `aim_pg` in the database: the extension where the server has it and lets us, or else the same functions
//! in SQL.

use anyhow::{Context as _, bail};
use std::fmt;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

/// The plain variant; the extension runs the same file first.
const PLAIN: &str = include_str!("../../../sql/postgres/aim_pg.sql");

/// Takes the plain variant away, where nothing else uses it.
const MAKE_WAY: &str = include_str!("../../../sql/postgres/make_way.sql");

/// The block of `reco.copy_attributes`, which a database need not have.
///
/// # Errors
///
/// Never, as long as the plain variant has that function.
pub(super) fn copy_attributes() -> anyhow::Result<&'static str> {
    let block = PLAIN.split("$attributes$").nth(1);
    block.context("aim_pg.sql has no block of attributes")
}

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
        (Some(Variant::Sql), Some(Variant::Sql)) => {
            plain(client).await?;
            (Variant::Sql, Some("it was asked for".to_owned()))
        }
        (Some(Variant::Sql), Some(Variant::Native)) => {
            let replaced = replace_plain(client).await;
            replaced.context("The extension aim_pg cannot take the place of the plain variant")?;
            (Variant::Native, Some("it took the place of the plain variant".to_owned()))
        }
        (Some(Variant::Sql), None) => match replace_plain(client).await {
            Ok(()) => (Variant::Native, Some("it took the place of the plain variant".to_owned())),
            Err(error) => {
                let reason = refusal(&error).ok_or(error)?;
                plain(client).await?;
                (Variant::Sql, Some(reason.to_owned()))
            }
        },
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
fn refusal(error: &Error) -> Option<&'static str> {
    let code = error.code()?;
    if [SqlState::UNDEFINED_FILE, SqlState::FEATURE_NOT_SUPPORTED].contains(code) {
        Some("the server does not have the extension")
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        Some("the role may not create extensions")
    } else if *code == SqlState::DEPENDENT_OBJECTS_STILL_EXIST {
        Some("something of yours uses the plain variant's functions")
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

/// Puts the extension in the place of the plain variant; the log of builds is kept.
async fn replace_plain(client: &mut Client) -> Result<(), Error> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(MAKE_WAY).await?;
    transaction
        .batch_execute(
            "create extension aim_pg; insert into reco.run select * from pg_temp.aim_pg_run",
        )
        .await?;
    transaction.commit().await
}

async fn plain(client: &mut Client) -> anyhow::Result<()> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(PLAIN).await.context("The functions of aim_pg cannot be made")?;
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests;
