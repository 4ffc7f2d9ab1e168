//! Readers never suffer: while tables are imported and views built, while that fails and is killed, every
//! query finds every relation whole. AIM_TEST_KILLS says how many runs are killed (default 50).

use crate::fixture::{BUCKET, Job};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Row};

/// Rows of every relation, in every generation.
const ROWS: i64 = 300;

/// Queries per second that all readers together must get through.
const LEAST_RATE: f64 = 500.0;

/// What is read, and where its rows keep their generation.
const RELATIONS: [(&str, &str); 10] = [
    ("enriched_user", "booking_cnt"),
    ("recommendable_offers_raw", "booking_number"),
    ("non_recommendable_items_data", "substr(user_id, 2)::int"),
    ("iris_france", "\"irisCode\"::int"),
    ("enriched_user_mv", "booking_cnt"),
    ("item_ids_mv", "booking_number"),
    ("non_recommendable_items_mv", "substr(user_id, 2)::int"),
    ("iris_france_mv", "iriscode"),
    ("recommendable_offers_raw_mv", "booking_number"),
    // A function that is not inlined runs on the snapshot of its caller.
    (
        "reco.nearest_offers(array(select 'product-' || i from generate_series(1, 300) as i), 2, 48)",
        "booking_number",
    ),
];

/// A table, and the views on it.
const TABLES: [(&str, &[&str]); 4] = [
    ("enriched_user", &["enriched_user_mv"]),
    ("recommendable_offers_raw", &["item_ids_mv", "recommendable_offers_raw_mv"]),
    ("non_recommendable_items_data", &["non_recommendable_items_mv"]),
    ("iris_france", &["iris_france_mv"]),
];

/// A table of the warehouse whose rows are all of one generation.
fn source(table: &str, generation: i64) -> String {
    let query = match table {
        "enriched_user" => format!(
            "ml_reco_dev.user_statistics as select i::varchar as user_id,
                 date '2024-01-01' as user_deposit_creation_date, date '2005-01-01' as user_birth_date,
                 300::decimal(38, 9) as user_deposit_initial_amount,
                 12.5::decimal(38, 9) as user_theoretical_remaining_credit,
                 {generation}::bigint as booking_cnt, i as consult_offer,
                 null::bigint as has_added_offer_to_favorites"
        ),
        "recommendable_offers_raw" => format!(
            "ml_reco_dev.recommendable_offer as select 'product-' || i as item_id, i::varchar as offer_id,
                 timestamp '2024-01-01' as offer_creation_date, null::timestamp as stock_beginning_date,
                 {generation}::bigint as booking_number, 48::decimal(38, 9) as venue_latitude,
                 2::decimal(38, 9) as venue_longitude, 50000::bigint as default_max_distance,
                 i as unique_id, false as is_sensitive, true as is_geolocated"
        ),
        "non_recommendable_items_data" => format!(
            "ml_reco_dev.user_booked_item as select 'u{generation}' as user_id, i::varchar as item_id"
        ),
        _ => format!(
            "seed_dev.iris_france as select i::varchar as id, '{generation}' as \"irisCode\",
                 'POINT(2 48)'::geometry as centroid,
                 'POLYGON((1 47, 3 47, 3 49, 1 49, 1 47))'::geometry as shape"
        ),
    };
    format!("create or replace table {query} from range(1, {}) as r(i);", ROWS + 1)
}

/// The highest generation of each relation that a reader has seen.
type Seen = [i64; RELATIONS.len()];

/// What is wrong with an answer; nothing, if all rows are of one generation, and that is not an older one.
fn problem(at: usize, row: &Row, seen: &mut Seen) -> Option<String> {
    let (rows, first, last): (i64, Option<i32>, Option<i32>) = (row.get(0), row.get(1), row.get(2));
    let whole = rows == ROWS && first == last && first.is_some();
    let generation = i64::from(first.unwrap_or_default());
    if whole && generation >= seen[at] {
        seen[at] = generation;
        return None;
    }
    let name = RELATIONS[at].0;
    Some(format!("{name}: {rows} rows of generations {first:?} to {last:?} after {}", seen[at]))
}

fn query(at: usize) -> String {
    let (relation, generation) = RELATIONS[at];
    format!("select count(*), min({generation}), max({generation}) from {relation}")
}

/// How a reader reads.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Statements one by one, each planned anew.
    Planned,
    /// Statements that were prepared at the beginning.
    Prepared,
    /// Transactions that stay open for a while, on a snapshot per statement or on one for all.
    Long { isolation: &'static str },
}

/// Reads until it is told to stop: how many queries, and what went wrong.
async fn read(url: String, manner: Manner, stop: Arc<AtomicBool>) -> (u64, Vec<String>) {
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut prepared = Vec::new();
    for at in 0..RELATIONS.len() {
        prepared.push(client.prepare(&query(at)).await.unwrap());
    }
    let (mut queries, mut problems, mut seen) = (0, Vec::new(), Seen::default());
    while !stop.load(Ordering::Relaxed) {
        let rounds = if let Manner::Long { isolation } = manner {
            client.batch_execute(&format!("begin isolation level {isolation}")).await.unwrap();
            3
        } else {
            1
        };
        for round in 0..rounds {
            for (at, statement) in prepared.iter().enumerate() {
                // A transaction meets relations that were swapped after it began.
                if round == 0 && rounds > 1 && at % 2 == 0 {
                    continue;
                }
                let row = match manner {
                    Manner::Prepared => client.query_one(statement, &[]).await,
                    _ => client.query_one(&query(at), &[]).await,
                };
                queries += 1;
                match row {
                    Ok(row) => problems.extend(problem(at, &row, &mut seen)),
                    Err(error) => problems.push(format!("{}: {error:?}", RELATIONS[at].0)),
                }
            }
            if rounds > 1 {
                tokio::time::sleep(Duration::from_millis(60)).await;
            }
        }
        if rounds > 1 {
            end(&client, &mut problems).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    (queries, problems)
}

async fn end(client: &Client, problems: &mut Vec<String>) {
    if let Err(error) = client.batch_execute("commit").await {
        problems.push(format!("commit: {error:?}"));
    }
}

/// The commands that change what readers read.
struct Disturbance {
    job: Job,
    random: ChaCha8Rng,
    generation: i64,
    killed: usize,
}

impl Disturbance {
    fn import_arguments(table: &'static str) -> Vec<&'static str> {
        vec!["import-table", "--table-name", table, "--bucket-path", BUCKET, "--date", "20260315"]
    }

    /// Kills the command within the time it takes, unless it ends before; then another one.
    fn kill_twice(&mut self, arguments: &[&str], longest: Duration) {
        for _ in 0..2 {
            let mut command = self.job.command(arguments);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(longest.mul_f64(self.random.random_range(0.05..1.0)));
            self.killed += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// A new generation of a table, and of the views on it: killed, refused, given up, done.
    fn round(&mut self) {
        let (table, views) = TABLES[self.random.random_range(0..TABLES.len())];
        self.generation += 1;
        self.job.warehouse(&source(table, self.generation));
        self.job.export(table).ok();
        let jobs = ["1", "2"][self.random.random_range(0..2)];
        let patience = ["--lock-timeout", "100ms", "--lock-tries", "100", "--jobs", jobs];
        let import = [&Self::import_arguments(table)[..], &patience].concat();
        self.job.aim(&[&import[..], &["--min-rows", "1000000"]].concat()).error(1);
        let started = Instant::now();
        // Given up where a reader is in the way; then nothing has changed.
        let hasty =
            [&Self::import_arguments(table)[..], &["--lock-timeout", "1ms", "--lock-tries", "1"]]
                .concat();
        let code = self.job.aim(&hasty).code;
        assert!(matches!(code, Some(0 | 3)), "{code:?}");
        let longest = started.elapsed();
        self.kill_twice(&import, longest);
        self.job.aim(&import).ok();
        for view in views {
            let mode = ["swap", "swap", "concurrent"][self.random.random_range(0..3)];
            let build = ["materialize", "--view-name", view, "--mode", mode];
            let build = [&build[..], &patience[..4]].concat();
            self.kill_twice(&build, longest);
            self.job.aim(&build).ok();
        }
    }
}

#[test]
fn every_relation_is_whole_at_every_moment() {
    let job = Job::new();
    job.aim(&["pg", "install"]).ok();
    for (table, _) in TABLES {
        job.warehouse(&source(table, 1));
        job.transfer(table);
    }
    job.aim(&["materialize", "--all"]).ok();

    let kills = std::env::var("AIM_TEST_KILLS").map_or(50, |kills| kills.parse().unwrap());
    let runtime = Runtime::new().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = [
        Manner::Planned,
        Manner::Planned,
        Manner::Prepared,
        Manner::Prepared,
        Manner::Long { isolation: "read committed" },
        Manner::Long { isolation: "repeatable read" },
    ]
    .into_iter()
    .map(|manner| runtime.spawn(read(job.server.url.clone(), manner, stop.clone())))
    .collect();
    let started = Instant::now();
    let seed = rand::rng().next_u64();
    let random = ChaCha8Rng::seed_from_u64(seed);
    let mut disturbance = Disturbance { job, random, generation: 1, killed: 0 };
    while disturbance.killed < kills {
        disturbance.round();
    }
    stop.store(true, Ordering::Relaxed);
    let elapsed = started.elapsed();
    let mut queries = 0;
    for reader in readers {
        let (count, problems) = runtime.block_on(reader).unwrap();
        assert_eq!(problems, [""; 0], "seed {seed}");
        queries += count;
    }
    let rate = queries as f64 / elapsed.as_secs_f64();
    println!("{queries} queries in {elapsed:?}, {rate:.0} per second; seed {seed}");
    assert!(rate >= LEAST_RATE, "{rate:.0} queries per second");

    let job = disturbance.job;
    // What killed sessions were doing ends when the server notices that they are gone.
    let deadline = Instant::now() + Duration::from_secs(30);
    while !job.left_over().is_empty() && Instant::now() < deadline {
        job.aim(&["gc"]).ok();
    }
    assert_eq!(job.left_over(), [""; 0]);
    assert_eq!(std::fs::read_dir(job.path(".aim/reco")).unwrap().count(), 0);
}
