//! Names of what a run makes beside the live relations, and how what a killed run left is found.

use super::connection::lock_failure;
use super::failure::Failure;
use crate::warehouse::template::quote_identifier;
use std::time::{Duration, Instant};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// PostgreSQL cuts longer names.
const LONGEST_NAME: usize = 63;

/// Between a relation's name and the run's id.
const MARK: &str = "__stg_";

/// Commits of what nobody reads yet need not wait for the disk: that of the swap waits for all before it.
pub(super) const WITHOUT_WAITING: &str = "set synchronous_commit = off";

/// The name of a relation for the time of a run; another one for each relation and run.
pub(super) fn name(live: &str, run_id: &str) -> String {
    format!("{}{run_id}", prefix(live, run_id.len()))
}

/// What the live relation is called for the moment of the swap.
pub(super) fn old_name(live: &str, run_id: &str) -> String {
    name(live, run_id).replace(MARK, "__old_")
}

fn prefix(live: &str, id_length: usize) -> String {
    let room = LONGEST_NAME - MARK.len() - id_length;
    if live.len() <= room {
        return format!("{live}{MARK}");
    }
    // The end of a name that is cut still tells it from others.
    let digest = super::checksum::short_digest(live.as_bytes());
    let mut cut = room - digest.len();
    while !live.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{digest}{MARK}", &live[..cut])
}

/// Drops what killed runs left beside a relation; answers the names. Only whoever holds the relation's
/// lock may.
pub(super) async fn clear(
    client: &Client,
    schema: &str,
    live: &str,
    run_id: &str,
) -> anyhow::Result<Vec<String>> {
    let prefix = prefix(live, run_id.len());
    let found = client
        .query(
            "select relkind = 'm', relname::text from pg_class as c
             join pg_namespace as n on n.oid = c.relnamespace
             where n.nspname = $1 and starts_with(relname::text, $2) and relkind in ('r', 'm')
                 and substr(relname::text, length($2) + 1) ~ '^[0-9]{14}[0-9a-f]{6}$'
             union all
             select null, proname::text from pg_proc as p
             join pg_namespace as n on n.oid = p.pronamespace
             where n.nspname = $1 and starts_with(proname::text, $2) and pronargs = 0
                 and substr(proname::text, length($2) + 1) ~ '^[0-9]{14}[0-9a-f]{6}$'
             order by 1 nulls last",
            &[&schema, &prefix],
        )
        .await?;
    let mut dropped = Vec::new();
    for row in found {
        let (is_view, name): (Option<bool>, String) = (row.get(0), row.get(1));
        let quoted = format!("{}.{}", quote_identifier(schema), quote_identifier(&name));
        let drop = match is_view {
            Some(true) => format!("drop materialized view if exists {quoted}"),
            Some(false) => format!("drop table if exists {quoted}"),
            None => format!("drop function if exists {quoted}()"),
        };
        client.batch_execute(&drop).await?;
        dropped.push(name);
    }
    Ok(dropped)
}

/// How long a swap waits for readers, and how often.
#[derive(Debug, Clone, Copy)]
pub struct SwapPatience {
    /// For the lock, each time. Readers that come meanwhile wait behind it.
    pub lock_timeout: Duration,
    /// Tries in all.
    pub tries: u32,
}

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often transactions are looked at that are waited for.
const POLL: Duration = Duration::from_millis(50);

/// Transactions of this database that hold a snapshot to read tables by. What others do may be hidden from
/// our role: they count.
const SNAPSHOTS: &str = "
    select l.virtualtransaction from pg_locks as l join pg_stat_activity as a using (pid)
    where l.locktype = 'virtualxid' and a.datname = current_database() and pid <> pg_backend_pid()
        and (a.state is null or (a.backend_xmin is not null and a.backend_type <> 'autovacuum worker'))";

/// Waits until transactions have ended whose snapshots are older than what was just loaded: in the live
/// table's place, they would see it empty.
///
/// # Errors
///
/// [`super::Failure::Locked`] when one of them outlasts the patience.
pub(super) async fn outlast_snapshots(
    client: &Client,
    live: &str,
    patience: SwapPatience,
) -> anyhow::Result<()> {
    let snapshots = client.query(SNAPSHOTS, &[]).await?;
    let snapshots: Vec<String> = snapshots.iter().map(|row| row.get(0)).collect();
    let deadline = Instant::now() + patience.lock_timeout * patience.tries;
    let still = "select count(*) from pg_locks
        where locktype = 'virtualxid' and virtualtransaction = any ($1)";
    while client.query_one(still, &[&snapshots]).await?.get::<_, i64>(0) > 0 {
        if Instant::now() >= deadline {
            return Err(Failure::Locked(format!(
                "{live} could not be replaced: a transaction is open that began before the rows were loaded, and \
                 would see none of them; end it (pg_stat_activity), or load with --jobs 1"
            ))
            .into());
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

/// Runs `sql` in one short transaction; tried again while readers hold the lock.
///
/// # Errors
///
/// [`super::Failure::Locked`] when the lock was not free in any try; the server's otherwise. Nothing has
/// changed then.
pub(super) async fn swap(
    client: &mut Client,
    live: &str,
    sql: &str,
    patience: SwapPatience,
) -> anyhow::Result<()> {
    let settings = format!(
        "set local synchronous_commit to default; set local lock_timeout = {}",
        patience.lock_timeout.as_millis().max(1)
    );
    let mut pause = Duration::from_millis(200);
    for attempt in 1.. {
        let transaction = client.transaction().await?;
        let result = async {
            transaction.batch_execute(&settings).await?;
            transaction.batch_execute(sql).await?;
            transaction.commit().await
        };
        let Err(error) = result.await else { return Ok(()) };
        let busy = [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED];
        let again = error.code().is_some_and(|code| busy.contains(code));
        if !again || attempt >= patience.tries {
            return Err(lock_failure(
                error,
                &format!(
                    "{live} was in use and could not be replaced in {attempt} tries of {:?}: it is as it was; \
                     end the transactions that read it (pg_stat_activity), or give a longer --lock-timeout",
                    patience.lock_timeout
                ),
            ));
        }
        tracing::warn!("{live} is in use; trying again in {pause:?}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_and_differ() {
        let run = "20260315071500a1b2c3";
        assert_eq!(name("t", run), "t__stg_20260315071500a1b2c3");
        assert_eq!(old_name("t", run), "t__old_20260315071500a1b2c3");
        let long = |last| format!("{}{last}", "é".repeat(31));
        let names = [name(&long('a'), run), name(&long('b'), run)];
        assert!(names.iter().all(|name| name.len() <= LONGEST_NAME), "{names:?}");
        assert_ne!(names[0], names[1]);
    }
}
