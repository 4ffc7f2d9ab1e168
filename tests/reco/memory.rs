//! What an import takes of the client's memory: bounded, however large the table.

use crate::fixture::{BUCKET, Job};
use std::process::Stdio;
use std::time::Duration;

/// The most that an import of `t` had of memory at any moment, in MiB.
fn peak(job: &Job, more: &[&str]) -> u64 {
    let arguments =
        ["import-table", "--table-name", "t", "--bucket-path", BUCKET, "--date", "20260315"];
    let mut command = job.command(&[&arguments, more].concat());
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let ended = child.try_wait().unwrap();
        // Gone when the process has ended; the highest value stands until then.
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0));
        if let Some(status) = ended {
            assert!(status.success());
            return peak >> 10;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn job() -> Job {
    Job::with_tables(
        "schema = 'public'\n[[table]]\nname = 't'\ndataset = 'ml_reco'\nsource = 't'\n\
         columns = [{ name = 'k', type = 'integer' }, { name = 'v', type = 'varchar' }]",
    )
}

#[test]
fn memory_does_not_grow_with_the_table() {
    let job = job();
    let rows =
        |count: u32| format!("select range as k, md5(range::varchar) as v from range({count})");
    job.foreign_shard("t-000000000000.parquet", &rows(200_000));
    let few = peak(&job, &["--jobs", "1"]);
    for shard in 1..5 {
        job.foreign_shard(&format!("t-00000000000{shard}.parquet"), &rows(1_000_000));
    }
    let many = peak(&job, &["--jobs", "1"]);
    assert!(many < 256, "{many} MiB");
    assert!(many < few + 64, "{many} MiB where {few} MiB did");
}

/// A cell is held whole a few times at once: as it is in its page, compressed and not, by each of two
/// readers; and in a message of PostgreSQL. Not once per row.
#[test]
fn memory_grows_with_the_longest_cell_only() {
    let job = job();
    let rows = |from: u32, to: u32| {
        format!(
            "select range as k, repeat(md5(range::varchar), 1600000) as v from range({from}, {to})"
        )
    };
    for shard in 0..5 {
        job.foreign_shard(
            &format!("t-00000000000{shard}.parquet"),
            &rows(shard * 4, shard * 4 + 4),
        );
    }
    let peak = peak(&job, &["--jobs", "1"]);
    let lengths = "select count(*), min(length(v)), max(length(v)) from t";
    assert_eq!(job.lines(lengths), ["20|51200000|51200000"]);
    assert!(peak < 640, "{peak} MiB");
}
