//! Shards into a table, by binary COPY over several connections.

use super::connection::Connector;
use super::fingerprint::Fingerprint;
use super::rows::{Chunk, HEADER, Outlet, Queue, Rows, StreamClosed, TRAILER};
use super::staging::WITHOUT_WAITING;
use crate::warehouse::template::quote_identifier;
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures_util::SinkExt as _;
use std::sync::Arc;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

/// Chunks that wait between the readers and the connection.
const WAITING_CHUNKS: usize = 16;

/// Threads that read and encode for one connection at most: PostgreSQL takes no more than two can give.
const MOST_READERS: usize = 2;

/// Makes `table` (quoted, with its schema) by the statement `create`, and loads all rows into it over `jobs`
/// connections. Answers what was sent, and over how many connections.
///
/// One connection makes and fills the table in one transaction, which lets it freeze the rows: they are
/// there for every snapshot, also for one that is older than the load. Several commit by themselves.
///
/// # Errors
///
/// When a shard cannot be read, a cell does not fit, or the server refuses.
pub(super) async fn load(
    connector: &Connector,
    table: &str,
    create: &str,
    rows: &Arc<Rows>,
    jobs: usize,
) -> anyhow::Result<(Fingerprint, usize)> {
    let queue = Arc::new(Queue::new(&rows.shards));
    let names: Vec<_> = rows.columns.iter().map(|column| quote_identifier(&column.name)).collect();
    // More connections than parts would have nothing to do.
    let jobs = jobs.clamp(1, queue.len().max(1));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let readers = (cores / jobs).clamp(1, MOST_READERS);
    let alone = jobs == 1;
    let (begin, freeze) = if alone { ("begin; ", ", freeze") } else { ("", "") };
    let copy = format!("copy {table} ({}) from stdin (format binary{freeze})", names.join(", "));
    let mut streams = Vec::new();
    for at in 0..jobs {
        let client = connector.session().await?;
        client.batch_execute(WITHOUT_WAITING).await?;
        if at == 0 {
            let made = client.batch_execute(&format!("{begin}{create}")).await;
            made.with_context(|| format!("{table} cannot be made"))?;
        }
        let (sender, receiver) = mpsc::channel(WAITING_CHUNKS);
        let outlet = Outlet::new(sender);
        let reading: Vec<_> = (0..readers)
            .map(|_| {
                let (rows, queue, outlet) = (rows.clone(), queue.clone(), outlet.clone());
                tokio::task::spawn_blocking(move || rows.stream(&queue, outlet))
            })
            .collect();
        let copy = copy.clone();
        let writing = tokio::spawn(async move {
            let taken = transmit(&client, &copy, receiver, readers).await?;
            if alone && taken.is_some() {
                client.batch_execute("commit").await?;
            }
            anyhow::Ok(taken)
        });
        streams.push((reading, writing));
    }
    let mut sent = Fingerprint::default();
    let mut failure = None;
    for (reading, writing) in streams {
        let read = all_read(reading).await;
        let written = writing.await.context("A connection's task failed").flatten();
        let part = match (read, written) {
            (Ok(read), Ok(rows)) => complete(read, rows),
            // Where both failed, the reader's failure is the cause, unless the stream was closed on it.
            (Err(error), Ok(_)) => Err(error),
            (Err(error), Err(_)) if !error.is::<StreamClosed>() => Err(error),
            (_, Err(error)) => Err(error),
        };
        match part {
            Ok(part) => sent.add(part),
            // The others' failures follow from the first.
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok((sent, jobs)), Err)
}

/// What the readers of a connection sent together; or the failure that ended them.
async fn all_read(
    reading: Vec<JoinHandle<anyhow::Result<Fingerprint>>>,
) -> anyhow::Result<Fingerprint> {
    let mut together: anyhow::Result<Fingerprint> = Ok(Fingerprint::default());
    for reader in reading {
        let read = reader.await.context("A reader of shards failed").flatten();
        together = match (together, read) {
            (Ok(mut sum), Ok(part)) => {
                sum.add(part);
                Ok(sum)
            }
            // A closed stream is no cause.
            (Err(error), Ok(_)) => Err(error),
            (Err(error), Err(_)) if !error.is::<StreamClosed>() => Err(error),
            (_, Err(error)) => Err(error),
        };
    }
    together
}

fn complete(read: Fingerprint, rows: Option<u64>) -> anyhow::Result<Fingerprint> {
    ensure!(
        rows == Some(read.rows),
        "PostgreSQL took {} rows of a stream of {}",
        rows.unwrap_or_default(),
        read.rows
    );
    Ok(read)
}

/// Passes on what the readers send; how many rows the server took, or none where a reader gave up.
async fn transmit(
    client: &Client,
    copy: &str,
    mut chunks: Receiver<Chunk>,
    mut readers: usize,
) -> anyhow::Result<Option<u64>> {
    let sink = client.copy_in::<_, Bytes>(copy).await?;
    futures_util::pin_mut!(sink);
    sink.feed(Bytes::from_static(HEADER)).await?;
    while let Some(chunk) = chunks.recv().await {
        match chunk {
            Chunk::Data(data) => sink.feed(data).await?,
            Chunk::End => readers -= 1,
        }
        if readers == 0 {
            sink.feed(Bytes::from_static(TRAILER)).await?;
            return Ok(Some(sink.finish().await?));
        }
    }
    Ok(None)
}
