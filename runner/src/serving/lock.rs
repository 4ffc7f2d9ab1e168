//! Advisory locks: one import of a table and one build of a view at a time, and no build while its base
//! is being imported. A session holds them; they are gone when it is, however it ends.

use super::connection::lock_failure;
use std::time::Duration;
use tokio_postgres::Client;

/// The first key of every lock of ours.
const SPACE: &str = "aim recommendation export";

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// Alone.
    Alone,
    /// Beside others who only read.
    Shared,
}

/// Takes the lock of a relation for as long as the session lasts.
///
/// # Errors
///
/// [`super::Failure::Locked`] when it is not free within `wait`.
pub(super) async fn acquire(
    client: &Client,
    relation: &str,
    hold: Hold,
    wait: Duration,
) -> anyhow::Result<()> {
    let function = match hold {
        Hold::Alone => "pg_advisory_lock",
        Hold::Shared => "pg_advisory_lock_shared",
    };
    // A timeout of 0 would wait for ever.
    let wait_ms = wait.as_millis().max(1);
    client.batch_execute(&format!("set lock_timeout = {wait_ms}")).await?;
    let lock = format!("select {function}(hashtext($1), hashtext($2))");
    client.execute(&lock, &[&SPACE, &relation]).await.map_err(|error| {
        lock_failure(
            error,
            &format!(
                "Another run works on {relation}, and did not end within {wait:?}: wait for it, or give a longer --lock-wait"
            ),
        )
    })?;
    client.batch_execute("set lock_timeout = 0").await?;
    Ok(())
}

/// Takes the lock of a relation if nobody holds it.
///
/// # Errors
///
/// The server's.
pub(super) async fn try_acquire(client: &Client, relation: &str) -> anyhow::Result<bool> {
    let row = client
        .query_one("select pg_try_advisory_lock(hashtext($1), hashtext($2))", &[&SPACE, &relation])
        .await?;
    Ok(row.get(0))
}

/// Gives a lock back.
///
/// # Errors
///
/// The server's.
pub(super) async fn release(client: &Client, relation: &str) -> anyhow::Result<()> {
    client
        .execute("select pg_advisory_unlock(hashtext($1), hashtext($2))", &[&SPACE, &relation])
        .await?;
    Ok(())
}
