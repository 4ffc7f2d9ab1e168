//! The rows of shards, converted: into COPY streams, or only into a checksum.

use super::cast::{Cast, CastOptions};
use super::checksum::{Checksum, RowHasher};
use super::fingerprint::{Fingerprint, RowPrint};
use super::reject::{Bad, Rejects};
use super::shard::Shard;
use super::value::{Sink, Value};
use crate::config::reco::Column;
use anyhow::{Context as _, ensure};
use bytes::{BufMut as _, Bytes};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc::Sender;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How much of a stream is handed over at once.
const CHUNK: usize = 256 << 10;

/// What PostgreSQL takes of one row.
const LONGEST_ROW: usize = (1 << 30) - (1 << 16);

/// The parts of a table's shards, and how they are converted.
pub struct Rows {
    /// The shards.
    pub shards: Vec<Shard>,
    /// The table's columns.
    pub columns: Vec<Column>,
    /// How cells are converted.
    pub options: CastOptions,
    /// What becomes of cells that do not fit.
    pub rejects: Rejects,
}

/// A piece of a COPY stream.
pub(super) enum Chunk {
    /// Rows, or a part of a long one; its other parts follow at once.
    Data(Bytes),
    /// Whoever sends this has sent everything. Without it, they gave up.
    End,
}

/// What a COPY stream begins with: a signature, no flags, no extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// And what it ends with.
pub(super) const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// Where several threads send rows to.
#[derive(Clone)]
pub(super) struct Outlet {
    to: Sender<Chunk>,
    /// Held by whoever is sending, until the row is complete.
    turn: Arc<Mutex<()>>,
}

impl Outlet {
    pub(super) fn new(to: Sender<Chunk>) -> Self {
        Self { to, turn: Arc::default() }
    }
}

/// Hands out parts to whoever is free.
pub(super) struct Queue {
    parts: Vec<(usize, usize)>,
    next: AtomicUsize,
}

impl Queue {
    /// Every part of every shard.
    pub(super) fn new(shards: &[Shard]) -> Self {
        let parts = shards
            .iter()
            .enumerate()
            .flat_map(|(shard, file)| (0..file.row_groups()).map(move |group| (shard, group)));
        Self { parts: parts.collect(), next: AtomicUsize::new(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// Nobody gets anything any more.
    fn close(&self) {
        self.next.store(self.parts.len(), Ordering::Relaxed);
    }

    fn take(&self) -> Option<(usize, usize)> {
        self.parts.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }
}

impl Rows {
    /// The checksum of all rows, on up to `threads` threads.
    ///
    /// # Errors
    ///
    /// When a shard cannot be read, or by the policy for cells that do not fit.
    pub fn checksum(&self, threads: usize) -> anyhow::Result<Checksum> {
        let queue = Queue::new(&self.shards);
        let work = || {
            let mut hasher = RowHasher::default();
            self.each(&queue, |row| {
                hasher.row(row);
                Ok(())
            })?;
            anyhow::Ok(hasher.finish())
        };
        let mut checksum = Checksum::default();
        std::thread::scope(|scope| {
            let threads = threads.clamp(1, queue.len().max(1));
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            for handle in handles {
                let part = handle.join().ok().context("A thread that read shards failed")?;
                checksum.add(part?);
            }
            anyhow::Ok(checksum)
        })
    }

    /// Sends parts of the queue as rows of a COPY stream until there are none.
    ///
    /// # Errors
    ///
    /// As for [`Rows::checksum`]; or when nobody takes the stream any more.
    pub(super) fn stream(&self, queue: &Queue, outlet: Outlet) -> anyhow::Result<Fingerprint> {
        let mut stream = Stream::new(outlet);
        let columns = i16::try_from(self.columns.len())?;
        self.each(queue, |row| {
            stream.buffer.put_i16(columns);
            for value in row {
                value.encode(&mut stream);
            }
            Ok(stream.end_row()?)
        })?;
        stream.send(1)?;
        stream.put(Chunk::End)?;
        Ok(stream.sent)
    }

    fn each(
        &self,
        queue: &Queue,
        mut take: impl FnMut(&[Value<'_>]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        while let Some((shard, row_group)) = queue.take() {
            self.part(&self.shards[shard], row_group, &mut take).inspect_err(|_| queue.close())?;
        }
        Ok(())
    }

    fn part(
        &self,
        shard: &Shard,
        row_group: usize,
        take: &mut impl FnMut(&[Value<'_>]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut first = shard.first_row(row_group);
        for batch in shard.read(row_group)? {
            let batch = batch.with_context(|| format!("{} is damaged", shard.name))?;
            let casts = shard.positions().iter().zip(&self.columns).map(|(at, column)| {
                Cast::new(batch.column(*at), &column.column_type, self.options)
            });
            let casts = casts.collect::<anyhow::Result<Vec<_>>>()?;
            let mut row = Vec::with_capacity(casts.len());
            'rows: for at in 0..batch.num_rows() {
                row.clear();
                for (cast, column) in casts.iter().zip(&self.columns) {
                    row.push(match cast.value(at) {
                        Ok(value) => value,
                        Err(reason) => {
                            let number = first + at as u64;
                            let (shard, column) = (&shard.name, &column.name);
                            let bad = Bad { shard, row: number, column, reason };
                            if !self.rejects.cell(bad, &batch, at)? {
                                continue 'rows;
                            }
                            Value::Null
                        }
                    });
                }
                ensure_fits(&row)
                    .with_context(|| format!("{}, row {}", shard.name, first + at as u64))?;
                take(&row)?;
            }
            first += batch.num_rows() as u64;
        }
        Ok(())
    }
}

/// Refuses a row that PostgreSQL would refuse in the middle of a load.
fn ensure_fits(row: &[Value<'_>]) -> anyhow::Result<()> {
    let length: usize = row.iter().map(Value::length).sum();
    ensure!(
        length <= LONGEST_ROW,
        "It takes {length} bytes, and PostgreSQL takes no more than {LONGEST_ROW}"
    );
    Ok(())
}

/// Rows on their way to the connection's task.
struct Stream {
    buffer: Vec<u8>,
    outlet: Outlet,
    /// Where in the buffer the row begins.
    row: usize,
    /// What was sent of a row that is sent in parts.
    print: Option<RowPrint>,
    /// The rows so far.
    sent: Fingerprint,
    /// Held while a row is sent in parts.
    turn: Option<OwnedMutexGuard<()>>,
    /// Nobody takes it any more.
    closed: bool,
}

impl Stream {
    fn new(outlet: Outlet) -> Self {
        Self {
            buffer: Vec::with_capacity(2 * CHUNK),
            outlet,
            row: 0,
            print: None,
            sent: Fingerprint::default(),
            turn: None,
            closed: false,
        }
    }

    /// Lets others send, once the row is complete.
    fn end_row(&mut self) -> Result<(), StreamClosed> {
        match self.print.take() {
            None => self.sent.row(&self.buffer[self.row..]),
            Some(mut print) => {
                print.part(&self.buffer[self.row..]);
                self.sent.add(print.finish());
            }
        }
        let least = if self.turn.is_some() { 1 } else { CHUNK };
        let sent = self.send(least);
        self.turn = None;
        self.row = self.buffer.len();
        sent
    }

    /// Hands over what there is, if it is at least so much.
    fn send(&mut self, least: usize) -> Result<(), StreamClosed> {
        if self.buffer.len() < least {
            return if self.closed { Err(StreamClosed) } else { Ok(()) };
        }
        let data = std::mem::replace(&mut self.buffer, Vec::with_capacity(2 * CHUNK));
        self.put(Chunk::Data(data.into()))
    }

    fn put(&mut self, chunk: Chunk) -> Result<(), StreamClosed> {
        let turn = match self.turn.take() {
            Some(turn) => turn,
            None => self.outlet.turn.clone().blocking_lock_owned(),
        };
        self.turn = Some(turn);
        self.closed |= self.outlet.to.blocking_send(chunk).is_err();
        if self.closed { Err(StreamClosed) } else { Ok(()) }
    }
}

/// The connection ended: its own error says why.
#[derive(Debug, thiserror::Error)]
#[error("The stream to PostgreSQL was closed")]
pub(super) struct StreamClosed;

impl Sink for Stream {
    fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    fn extend(&mut self, bytes: &[u8]) {
        if bytes.len() < CHUNK {
            self.buffer.put_slice(bytes);
            return;
        }
        for part in bytes.chunks(CHUNK) {
            self.buffer.put_slice(part);
            if self.buffer.len() >= CHUNK {
                self.print.get_or_insert_default().part(&self.buffer[self.row..]);
                self.row = 0;
                // A failure shows at the end of the row.
                let _ = self.send(CHUNK);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_an_end() {
        let half = vec![0; LONGEST_ROW / 2];
        ensure_fits(&[Value::Text(&half), Value::Null, Value::Bytes(&half)]).unwrap();
        let error = ensure_fits(&[Value::Text(&half), Value::Text(b"ab"), Value::Bytes(&half)]);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("takes 1073676290 bytes"), "{error}");
    }
}
