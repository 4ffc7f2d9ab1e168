//! The moment of the swap: what stays, who waits, and what readers see.

use crate::fixture::Job;
use crate::golden;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[test]
fn owners_grants_comments_and_storage_stay() {
    let job = golden::imported();
    job.materialize("enriched_user_mv", &[]).ok();
    for relation in ["enriched_user", "enriched_user_mv"] {
        let kind = if relation.ends_with("_mv") { "materialized view" } else { "table" };
        job.server.run(&format!(
            "do $$ begin create role api; create role boss; create role \"Odd \"\"role\"; exception when duplicate_object then null; end $$;
             grant select on {relation} to api with grant option;
             grant select (user_id) on {relation} to \"Odd \"\"role\";
             revoke all on {relation} from postgres; grant select, insert on {relation} to postgres;
             alter {kind} {relation} set (fillfactor = 70, autovacuum_enabled = off);
             comment on {kind} {relation} is 'it''s';
             comment on column {relation}.user_id is 'key';
             alter {kind} {relation} owner to boss"
        ));
    }
    let attributes = "select relname, relowner::regrole, relacl, reloptions, attacl,
             obj_description(c.oid, 'pg_class'), col_description(c.oid, 1), c.oid::text
         from pg_class as c join pg_attribute on attrelid = c.oid and attnum = 1
         where relname in ('enriched_user', 'enriched_user_mv') order by 1";
    let split = |line: String| {
        let (attributes, oid) = line.rsplit_once('|').unwrap();
        (attributes.to_owned(), oid.to_owned())
    };
    let found = || -> Vec<_> { job.lines(attributes).into_iter().map(split).collect() };
    let before = found();
    assert_eq!(before.len(), 2);
    job.import("enriched_user", &[]).ok();
    job.materialize("enriched_user_mv", &[]).ok();
    let by_commands = found();
    let analysed = "select count(*) from pg_stat_all_tables where relname like 'enriched_user%' and last_analyze is not null";
    assert_eq!(job.lines(analysed), ["2"]);
    job.aim(&["pg", "install"]).ok();
    job.server.run(
        "create table loaded (like enriched_user);
         alter table loaded set (fillfactor = 70, autovacuum_enabled = off);
         select reco.swap_table('enriched_user', 'loaded');
         select reco.refresh_view('enriched_user_mv')",
    );
    for after in [by_commands, found()] {
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before.0, after.0);
            assert_ne!(before.1, after.1, "not swapped");
        }
    }
}

#[test]
fn defaults_of_others_are_not_given_to_the_new_table() {
    let job = golden::imported();
    job.server
        .run("create role stranger; alter default privileges grant select on tables to stranger");
    let readable = "select has_table_privilege('stranger', 'enriched_user', 'select')";
    job.import("enriched_user", &[]).ok();
    assert_eq!(job.lines(readable), ["f"]);
    job.aim(&["pg", "install"]).ok();
    job.server.run(
        "create table loaded (like enriched_user); select reco.swap_table('enriched_user', 'loaded')",
    );
    assert_eq!(job.lines(readable), ["f"]);
}

#[test]
fn a_long_reader_makes_the_swap_give_up() {
    let job = golden::imported();
    job.materialize("enriched_user_mv", &[]).ok();
    let reader = job.server.connect();
    reader
        .lines("begin; select count(*) from enriched_user; select count(*) from enriched_user_mv")
        .unwrap();
    let impatient = ["--lock-timeout", "100ms", "--lock-tries", "2"];
    let started = Instant::now();
    let error = job.import("enriched_user", &impatient).error(3);
    assert!(
        error.contains("enriched_user was in use and could not be replaced in 2 tries"),
        "{error}"
    );
    let error = job.materialize("enriched_user_mv", &impatient).error(3);
    assert!(error.contains("enriched_user_mv was in use"), "{error}");
    let concurrent = [&["--mode", "plain"], &impatient[..]].concat();
    job.materialize("enriched_user_mv", &concurrent).error(3);
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(reader.lines("select count(*) from enriched_user_mv").unwrap(), ["2"]);
    assert_eq!(job.left_over(), [""; 0]);
    reader.lines("commit").unwrap();
    job.import("enriched_user", &impatient).ok();
}

#[test]
fn a_view_waits_for_the_import_of_its_base() {
    let job = golden::imported();
    let import = job.server.connect();
    // As an import holds it.
    import
        .lines("select pg_advisory_lock(hashtext('aim recommendation export'), hashtext('public.enriched_user'))")
        .unwrap();
    let error = job.materialize("enriched_user_mv", &["--lock-wait", "200ms"]).error(3);
    assert!(error.contains("Another run works on public.enriched_user"), "{error}");
    let error = job.import("enriched_user", &["--lock-wait", "200ms"]).error(3);
    assert!(error.contains("Another run works on public.enriched_user"), "{error}");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| job.materialize("enriched_user_mv", &["--lock-wait", "30s"]));
        std::thread::sleep(Duration::from_millis(500));
        import.lines("select pg_advisory_unlock_all()").unwrap();
        waiting.join().unwrap().ok();
    });
}

#[test]
fn readers_see_the_old_rows_or_the_new() {
    let job = golden::imported();
    job.aim(&["materialize", "--all"]).ok();
    let done = AtomicBool::new(false);
    let reads = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let session = job.server.connect();
                    session.lines("prepare kept as select count(*), count(distinct user_id) from enriched_user").unwrap();
                    let mut reads = 0;
                    while !done.load(Ordering::Relaxed) {
                        for sql in [
                            "execute kept",
                            "select count(*), count(distinct user_id) from enriched_user_mv",
                        ] {
                            let seen = session.lines(sql).unwrap();
                            assert!(seen == ["2|2"] || seen == ["4|4"], "{sql}: {seen:?}");
                            reads += 1;
                        }
                    }
                    reads
                })
            })
            .collect();
        for _ in 0..3 {
            job.warehouse(
                "insert into ml_reco_dev.user_statistics (user_id) values ('u3'), ('u4')",
            );
            job.transfer("enriched_user");
            job.materialize("enriched_user_mv", &[]).ok();
            job.warehouse("delete from ml_reco_dev.user_statistics where user_id in ('u3', 'u4')");
            job.transfer("enriched_user");
            job.materialize("enriched_user_mv", &[]).ok();
        }
        done.store(true, Ordering::Relaxed);
        readers.into_iter().map(|reader| reader.join().unwrap()).sum::<u32>()
    });
    assert!(reads > 500, "{reads} reads");
    assert_eq!(job.left_over(), [""; 0]);
}

/// A transaction's snapshot does not know of rows that were loaded after it; the tables are new as well.
#[test]
fn older_snapshots_find_the_new_rows() {
    let job = golden::imported();
    job.materialize("enriched_user_mv", &[]).ok();
    let reader = job.server.connect();
    let begin = "begin isolation level repeatable read; select count(*) from iris_france";
    reader.lines(begin).unwrap();
    job.import("enriched_user", &["--jobs", "1"]).ok();
    job.materialize("enriched_user_mv", &[]).ok();
    for relation in ["enriched_user", "enriched_user_mv"] {
        assert_eq!(reader.lines(&format!("select count(*) from {relation}")).unwrap(), ["2"]);
    }
    reader.lines("commit").unwrap();
}

#[test]
fn several_connections_wait_for_older_snapshots() {
    let job = Job::new();
    job.warehouse(
        "create table ml_reco_dev.user_booked_item as
         select range::varchar as user_id, 'i' as item_id from range(400000)",
    );
    job.transfer("non_recommendable_items_data");
    let reader = job.server.connect();
    reader.lines("begin isolation level repeatable read; select count(*) from pg_class").unwrap();
    let impatient = ["--jobs", "2", "--lock-timeout", "100ms", "--lock-tries", "2"];
    let error = job.import("non_recommendable_items_data", &impatient).error(3);
    assert!(error.contains("a transaction is open that began before"), "{error}");
    let count = "select count(*) from non_recommendable_items_data";
    assert_eq!(reader.lines(count).unwrap(), ["400000"]);
    assert_eq!(job.left_over(), [""; 0]);
    reader.lines("commit").unwrap();
    let said = job.import("non_recommendable_items_data", &impatient).ok().stdout;
    assert!(said.contains("2 connections"), "{said}");
}
