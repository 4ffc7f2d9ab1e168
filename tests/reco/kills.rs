//! Runs that are killed at any moment: the live relations are whole, and the next run needs no help.

use crate::fixture::{Job, Run};
use std::process::Stdio;
use std::time::{Duration, Instant};

const ROWS: u32 = 400_000;

const COMMON: [&str; 6] = [
    "--table-name",
    "non_recommendable_items_data",
    "--bucket-path",
    "gs://bucket/exports/20260315",
    "--date",
    "20260315",
];

/// Kills a command after each of these shares of the time it takes.
const MOMENTS: [f64; 6] = [0.1, 0.3, 0.5, 0.7, 0.85, 0.95];

fn kill_at(job: &Job, arguments: &[&str], after: Duration) -> bool {
    let mut child =
        job.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let killed = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    killed
}

fn time(run: impl FnOnce() -> Run) -> Duration {
    let started = Instant::now();
    run().ok();
    started.elapsed()
}

#[test]
fn a_killed_run_can_be_run_again() {
    let job = Job::new();
    job.warehouse(&format!(
        "create table ml_reco_dev.user_booked_item as
         select (range // 7)::varchar as user_id, 'product-' || range as item_id from range({ROWS})"
    ));
    let table = "non_recommendable_items_data";
    let view = "non_recommendable_items_mv";
    let count =
        |name: &str| job.lines(&format!("select count(*), count(distinct item_id) from {name}"));
    let whole = [format!("{ROWS}|{ROWS}")];
    let export = [&["export"], &COMMON[..]].concat();
    let import = [&["import-table"], &COMMON[..]].concat();
    let materialize = ["materialize", "--view-name", view];
    let times = [&export[..], &import, &materialize].map(|command| time(|| job.aim(command)));
    let mut kills = 0;
    for (command, whole_time) in [&export[..], &import, &materialize].into_iter().zip(times) {
        for share in MOMENTS {
            kills += u32::from(kill_at(&job, command, whole_time.mul_f64(share)));
            assert_eq!(count(table), whole);
            assert_eq!(count(view), whole);
        }
        // No cleaning by hand.
        job.aim(command).ok();
    }
    assert!(kills >= 9, "{kills} runs were killed");
    job.aim(&import).ok();
    job.aim(&materialize).ok();
    // What the killed sessions were doing ends when the server notices that they are gone.
    let deadline = Instant::now() + Duration::from_secs(30);
    while !job.left_over().is_empty() && Instant::now() < deadline {
        job.aim(&["gc"]).ok();
    }
    assert_eq!(job.left_over(), [""; 0]);
    assert_eq!(count(view), whole);
    assert_eq!(std::fs::read_dir(job.path(".aim/reco")).unwrap().count(), 0);
}

#[test]
fn a_lost_connection_is_loaded_again() {
    let job = Job::new();
    job.warehouse(&format!(
        "create table ml_reco_dev.user_booked_item as
         select (range // 7)::varchar as user_id, 'product-' || range as item_id from range({ROWS})"
    ));
    job.export("non_recommendable_items_data").ok();
    let import = [&["import-table"], &COMMON[..]].concat();
    let child = job.command(&import).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let terminate = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where query like 'copy %' and state = 'active' and application_name = 'aim'";
    let deadline = Instant::now() + Duration::from_secs(30);
    while job.lines(terminate) == ["0"] {
        assert!(Instant::now() < deadline, "no COPY was seen");
    }
    let run = Run::of(child.wait_with_output().unwrap()).ok();
    assert!(run.stderr.contains("loading again from the start"), "{}", run.stderr);
    let count = "select count(*), count(distinct item_id) from non_recommendable_items_data";
    assert_eq!(job.lines(count), [format!("{ROWS}|{ROWS}")]);
    assert_eq!(job.left_over(), [""; 0]);
}
