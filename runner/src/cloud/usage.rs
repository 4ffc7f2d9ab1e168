use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what a run uses, while it does.
#[derive(Debug, Default)]
pub struct Usage {
    objects_read: AtomicU64,
    bytes_read: AtomicU64,
    objects_written: AtomicU64,
    bytes_written: AtomicU64,
    jobs: AtomicU64,
    bytes_billed: AtomicU64,
    slot_ms: AtomicU64,
}

impl Usage {
    pub(crate) fn read(&self, bytes: u64) {
        self.objects_read.fetch_add(1, Ordering::Relaxed);
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// An object, of which parts are read.
    pub(crate) fn opened(&self) {
        self.objects_read.fetch_add(1, Ordering::Relaxed);
    }

    /// A part of an object.
    pub(crate) fn part(&self, bytes: u64) {
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn written(&self, bytes: u64) {
        self.objects_written.fetch_add(1, Ordering::Relaxed);
        self.bytes_written.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn job(&self, bytes_billed: u64, slot_ms: u64) {
        self.jobs.fetch_add(1, Ordering::Relaxed);
        self.bytes_billed.fetch_add(bytes_billed, Ordering::Relaxed);
        self.slot_ms.fetch_add(slot_ms, Ordering::Relaxed);
    }

    /// What it has come to.
    pub fn report(&self) -> UsageReport {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        UsageReport {
            objects_read: of(&self.objects_read),
            bytes_read: of(&self.bytes_read),
            objects_written: of(&self.objects_written),
            bytes_written: of(&self.bytes_written),
            bigquery_jobs: of(&self.jobs),
            bytes_billed: of(&self.bytes_billed),
            slot_ms: of(&self.slot_ms),
        }
    }
}

/// What a run used; the `cloud` of the status file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UsageReport {
    /// Objects read.
    pub objects_read: u64,
    /// Their bytes.
    pub bytes_read: u64,
    /// Objects written; the status, which is written all the time, does not count.
    pub objects_written: u64,
    /// Their bytes.
    pub bytes_written: u64,
    /// Jobs of BigQuery.
    pub bigquery_jobs: u64,
    /// Bytes of queries that are billed; loads, extracts and copies are free.
    pub bytes_billed: u64,
    /// Slot time of all jobs.
    pub slot_ms: u64,
}

impl fmt::Display for UsageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mb = |bytes: u64| bytes as f64 / 1e6;
        writeln!(f, "  {:>8}  objects read, {:.1} MB", self.objects_read, mb(self.bytes_read))?;
        let (objects, bytes) = (self.objects_written, mb(self.bytes_written));
        writeln!(f, "  {objects:>8}  objects written, {bytes:.1} MB")?;
        write!(
            f,
            "  {:>8}  BigQuery jobs, {:.1} MB billed, {:.1} s of slot time",
            self.bigquery_jobs,
            mb(self.bytes_billed),
            self.slot_ms as f64 / 1e3
        )
    }
}
