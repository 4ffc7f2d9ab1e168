//! The recommendation export in the cloud: BigQuery to a bucket, the bucket to PostgreSQL.

use crate::Case;
use crate::faults::{Fault, Faults};
use crate::identity;
use crate::peers::PROJECT;
use crate::postgres::Postgres;
use crate::proxy::Service::{BigQuery, Storage};
use crate::setup::{BUCKET, Setup, succeeded};
use aim::warehouse::duckdb::DuckDb;
use aim::warehouse::template::Statement;
use anyhow::{Context as _, ensure};
use reqwest::StatusCode;
use serde_json::Value;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const ALL: &[Case] = &[
    ("exports::tables_arrive_as_they_do_locally", same_tables),
    ("exports::one_call_in_five_fails_for_a_while", flaky),
    ("exports::refusals_leave_what_is_there", refusals),
    ("exports::a_mixture_is_not_imported_and_is_repaired", mixture),
    ("exports::the_databases_password_is_nowhere_else", password),
];

/// What is exported: the table in PostgreSQL, its source, and its columns where BigQuery is given other types.
const TABLES: [(&str, &str, &str); 4] = [
    ("enriched_user", "ml_reco_dev.user_statistics", "*"),
    ("recommendable_offers_raw", "ml_reco_dev.recommendable_offer", "*"),
    ("non_recommendable_items_data", "ml_reco_dev.user_booked_item", "*"),
    (
        "iris_france",
        "seed_dev.iris_france",
        // As an extract job writes them.
        "* replace (st_aswkb(centroid) as centroid, st_aswkb(shape) as shape)",
    ),
];

/// So many pairs that they take several parts of a shard.
const MANY: &str = "insert into ml_reco_dev.user_booked_item
    select 'user-' || range, 'product-' || (range * 7919) % 100003 from range(300000)";

const FOLDER: &str = "exports/20260315";

/// The same tables in both warehouses, and a server for each.
struct Reco {
    root: TempDir,
    servers: [Postgres; 2],
}

#[derive(Clone, Copy)]
enum Mode {
    Local = 0,
    Cloud = 1,
}

impl Reco {
    fn new(setup: &Setup) -> anyhow::Result<Self> {
        let root = tempfile::tempdir()?;
        let warehouse = DuckDb::open_bare(Some(&root.path().join("warehouse.duckdb")), &[])?;
        let run = |name: &str, sql: &str| warehouse.transaction(&[Statement::new(name, sql)]);
        run("schemas", "create schema ml_reco_dev; create schema seed_dev")?;
        run("golden", include_str!("../reco/golden.sql"))?;
        run("many", MANY)?;
        for dataset in ["ml_reco_dev", "seed_dev", "tmp_dev"] {
            // They are there from an earlier case.
            let _ = setup.peers.create_dataset(PROJECT, dataset);
        }
        for (_, source, columns) in TABLES {
            let (dataset, mut name) = source.split_once('.').context("It has a dataset")?;
            if name == "recommendable_offer" {
                name = "offers";
            }
            let file = root.path().join("table.parquet");
            let copy = format!(
                "copy (select {columns} from {dataset}.{name}) to '{}' (format parquet)",
                file.display()
            );
            run("copy", &copy)?;
            setup.peers.query(PROJECT, &format!("drop table if exists `{dataset}.{name}`"))?;
            setup.peers.load(PROJECT, dataset, name, &file)?;
        }
        setup.peers.query(
            PROJECT,
            "create or replace view `ml_reco_dev.recommendable_offer` as select * from `ml_reco_dev.offers`",
        )?;
        let servers = [Postgres::start(), Postgres::start()];
        for server in &servers {
            server.run("create extension postgis");
        }
        Ok(Self { root, servers })
    }

    /// A command, with nothing of the caller's environment but what it needs to start.
    fn command(&self, setup: &Setup, mode: Mode, step: &str, table: &str) -> Command {
        let mut command = setup.bare();
        command.args([step, "--table-name", table, "--date", "20260315", "--bucket-path"]);
        command.arg(format!("gs://{BUCKET}/{FOLDER}"));
        command.env("DATABASE_URL", &self.servers[mode as usize].url);
        match mode {
            Mode::Local => command.env("AIM_LOCAL_ROOT", self.root.path()),
            Mode::Cloud => setup.in_cloud(&mut command),
        };
        command
    }

    fn run(&self, setup: &Setup, mode: Mode, step: &str, table: &str) -> anyhow::Result<Output> {
        Ok(self.command(setup, mode, step, table).output()?)
    }

    /// Export and import; answers what they said.
    fn transfer(&self, setup: &Setup, mode: Mode, table: &str) -> anyhow::Result<String> {
        let exported = succeeded(&self.run(setup, mode, "export", table)?)?;
        Ok(exported + &succeeded(&self.run(setup, mode, "import-table", table)?)?)
    }

    fn transfer_all(&self, setup: &Setup, mode: Mode) -> anyhow::Result<()> {
        for (table, ..) in TABLES {
            self.transfer(setup, mode, table).with_context(|| table.to_owned())?;
        }
        Ok(())
    }

    /// That both servers have the same rows in every table, and nothing else; answers how many cells those are.
    fn compare(&self) -> anyhow::Result<usize> {
        let mut cells = 0;
        for (table, ..) in TABLES {
            let query = format!("select t::text from {table} as t order by 1");
            let [ours, theirs] =
                [&self.servers[0], &self.servers[1]].map(|server| server.lines(&query));
            ensure!(!ours.is_empty() && ours.len() == theirs.len(), "{table}: {}", theirs.len());
            let differs = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
            ensure!(differs.is_none(), "{table}: {differs:?}");
            let columns = format!(
                "select count(*) from pg_attribute where attrelid = '{table}'::regclass and attnum > 0"
            );
            cells += ours.len() * self.servers[0].lines(&columns).concat().parse::<usize>()?;
        }
        for server in &self.servers {
            let left = server.lines("select relname from pg_class where relname ~ '__(stg|old)_'");
            ensure!(left.is_empty(), "{left:?}");
        }
        Ok(cells)
    }

    /// One text for the rows of a table in the cloud's server.
    fn live(&self, table: &str) -> String {
        let digest = format!(
            "select count(*), md5(string_agg(t::text, ',' order by t::text)) from {table} as t"
        );
        self.servers[1].lines(&digest).concat()
    }
}

/// The manifest of a table in the bucket.
fn manifest(setup: &Setup, table: &str) -> anyhow::Result<Value> {
    let content = setup.peers.get(BUCKET, &format!("{FOLDER}/{table}.manifest.json"))?;
    Ok(serde_json::from_slice(&content)?)
}

/// Neither tables nor objects of a run are left, nor folders of this machine.
fn nothing_is_left(setup: &Setup) -> anyhow::Result<()> {
    let tables = setup.peers.tables(PROJECT)?;
    let tables: Vec<_> = tables.iter().filter(|name| name.starts_with("tmp_dev.")).collect();
    ensure!(tables.is_empty(), "Temporary tables are left: {tables:?}");
    let objects = setup.peers.objects(BUCKET)?;
    let objects: Vec<_> = objects.iter().filter(|name| name.contains(".export.")).collect();
    ensure!(objects.is_empty(), "Objects of runs are left: {objects:?}");
    let runs = std::fs::read_dir(setup.scratch.join(".aim/reco")).into_iter().flatten().count();
    ensure!(runs == 0, "{runs} folders of runs are left");
    Ok(())
}

fn same_tables(setup: &mut Setup) -> anyhow::Result<()> {
    let reco = Reco::new(setup)?;
    // What an earlier export of more rows has left.
    let stale = format!("{FOLDER}/enriched_user-000000000007.parquet");
    setup.peers.put(BUCKET, &stale, &reco.root.path().join("table.parquet"))?;
    reco.transfer_all(setup, Mode::Local)?;
    for (table, ..) in TABLES {
        let said = reco.transfer(setup, Mode::Cloud, table)?;
        println!("{said}");
        ensure!(said.contains("BigQuery jobs") && said.contains("MB billed"), "{said}");
        let path = reco.root.path().join(format!("gs/{BUCKET}/{FOLDER}/{table}.manifest.json"));
        let (ours, theirs): (Value, Value) =
            (serde_json::from_slice(&std::fs::read(path)?)?, manifest(setup, table)?);
        for key in ["table", "state", "date", "rows", "decimal_mode", "checksum"] {
            ensure!(
                ours[key] == theirs[key],
                "{table}: {key} is {} and {}",
                ours[key],
                theirs[key]
            );
        }
        let first = &theirs["shards"][0];
        ensure!(first["name"] == format!("{table}-000000000000.parquet"), "{theirs}");
        ensure!(first["crc32c"].as_str().is_some_and(|digest| digest.len() == 8), "{theirs}");
        ensure!(ours["shards"][0]["sha256"].as_str().is_some_and(|digest| digest.len() == 64));
    }
    let cells = reco.compare()?;
    ensure!(cells > 600_000, "Only {cells} cells were compared");
    let objects = setup.peers.objects(BUCKET)?;
    ensure!(!objects.contains(&stale), "{stale} is still there");
    nothing_is_left(setup)?;
    // Again, over what is there.
    reco.transfer_all(setup, Mode::Cloud)?;
    reco.compare()?;
    nothing_is_left(setup)
}

/// Everything that may pass, at 20 % of all calls of both services.
fn flaky(setup: &mut Setup) -> anyhow::Result<()> {
    let reco = Reco::new(setup)?;
    reco.transfer_all(setup, Mode::Local)?;
    setup.spoil(Faults::passing(0.2));
    let done = reco.transfer_all(setup, Mode::Cloud);
    let hits = setup.heal();
    done?;
    ensure!(hits > 10, "Only {hits} calls went wrong");
    println!("{hits} calls went wrong");
    reco.compare()?;
    nothing_is_left(setup)
}

/// What will not pass ends the command, with the reason and the thing it is about.
fn refusals(setup: &mut Setup) -> anyhow::Result<()> {
    let reco = Reco::new(setup)?;
    let table = "non_recommendable_items_data";
    reco.transfer(setup, Mode::Cloud, table)?;
    let refused = |code| vec![Fault::Status(code, None)];
    let cases = [
        ("export", BigQuery, "job=reco_", StatusCode::FORBIDDEN, "must be there"),
        ("export", BigQuery, "_extract_", StatusCode::FORBIDDEN, "cannot be extracted"),
        (
            "export",
            BigQuery,
            "GET /bigquery/v2/projects/shop/datasets/tmp_dev",
            StatusCode::FORBIDDEN,
            "cannot be read",
        ),
        ("export", BigQuery, "user_booked_item", StatusCode::NOT_FOUND, "is not in BigQuery"),
        ("export", Storage, "alt=media", StatusCode::FORBIDDEN, "cannot be read"),
        ("export", Storage, "POST /upload", StatusCode::FORBIDDEN, "cannot be written"),
        ("export", Storage, "POST /upload", StatusCode::PRECONDITION_FAILED, "was faster"),
        ("import-table", Storage, "manifest", StatusCode::FORBIDDEN, "cannot be read"),
        ("import-table", Storage, ".parquet", StatusCode::NOT_FOUND, "is missing in gs://"),
        ("import-table", Storage, "alt=media", StatusCode::FORBIDDEN, "cannot be read"),
    ];
    for (step, service, part, status, said) in cases {
        let (before, shards, live) =
            (manifest(setup, table)?, setup.peers.objects(BUCKET)?, reco.live(table));
        setup.spoil(Faults::none().with(service, part, 1.0, refused(status)));
        let output = reco.run(setup, Mode::Cloud, step, table);
        let hits = setup.heal();
        let output = output?;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = if said == "was faster" { 3 } else { 1 };
        ensure!(hits > 0 && output.status.code() == Some(code), "{step}, {part}: {error}");
        let last: String = error.lines().filter(|line| line.starts_with("Error: ")).collect();
        let last = last + &error[error.find("Caused by").unwrap_or(error.len())..];
        ensure!(last.contains(said), "{step}, {part}: {error}");
        ensure!(manifest(setup, table)? == before, "{step}, {part}: the manifest has changed");
        ensure!(setup.peers.objects(BUCKET)? == shards, "{step}, {part}: the bucket has changed");
        ensure!(reco.live(table) == live, "{step}, {part}: the live table has changed");
        nothing_is_left(setup).with_context(|| format!("{step}, {part}"))?;
    }
    reco.transfer_all(setup, Mode::Local)?;
    reco.transfer_all(setup, Mode::Cloud)?;
    reco.compare().map(drop)
}

/// A swap of shards that ends halfway: the manifest says so, the live table stays, another export repairs it.
fn mixture(setup: &mut Setup) -> anyhow::Result<()> {
    let reco = Reco::new(setup)?;
    let table = "enriched_user";
    reco.transfer(setup, Mode::Cloud, table)?;
    let live = reco.live(table);
    let refused = [Fault::Status(StatusCode::FORBIDDEN, None)];
    setup.spoil(Faults::none().with(Storage, "/rewriteTo/", 1.0, refused));
    let output = reco.run(setup, Mode::Cloud, "export", table);
    ensure!(setup.heal() > 0 && output?.status.code() == Some(1), "It was copied");
    ensure!(manifest(setup, table)?["state"] == "writing", "{}", manifest(setup, table)?);
    let output = reco.run(setup, Mode::Cloud, "import-table", table)?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1) && error.contains("did not finish"), "{error}");
    ensure!(reco.live(table) == live, "The live table has changed");
    nothing_is_left(setup)?;
    reco.transfer_all(setup, Mode::Local)?;
    reco.transfer_all(setup, Mode::Cloud)?;
    reco.compare()?;
    // A signal ends a command, which tidies up.
    let slow = [Fault::Slow(Duration::from_millis(500))];
    setup.spoil(Faults::none().with(BigQuery, "", 1.0, slow));
    let mut child = reco.command(setup, Mode::Cloud, "export", table).spawn()?;
    std::thread::sleep(Duration::from_millis(1500));
    let killed = Command::new("kill").arg(child.id().to_string()).status()?;
    let code = child.wait()?.code();
    setup.heal();
    ensure!(killed.success() && code == Some(143), "It ended with {code:?}");
    nothing_is_left(setup)
}

/// Its address is asked for where it is kept, and appears in no log, error, object, file or argument.
fn password(setup: &mut Setup) -> anyhow::Result<()> {
    const PASSWORD: &str = "kn0wn-pa55word";
    let reco = Reco::new(setup)?;
    let table = "recommendable_offers_raw";
    let url = &reco.servers[Mode::Cloud as usize].url;
    let secret = identity::with_password(url, PASSWORD)?;
    let name = "projects/shop/secrets/cloudsql-recommendation-dev-ew1_database_url";
    let doubles = identity::serve(setup, name, identity::base64(&secret)?)?;
    let mut said = String::new();
    for (step, table, code) in
        [("export", table, 0), ("import-table", table, 0), ("import-table", "similar_artist", 2)]
    {
        let mut command = reco.command(setup, Mode::Cloud, step, table);
        command.env_remove("DATABASE_URL").env("AIM_SECRETS_EMULATOR_HOST", &doubles);
        command.env("AIM_LOG", "debug").stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn()?;
        let arguments = std::fs::read(format!("/proc/{}/cmdline", child.id()))?;
        let output = child.wait_with_output()?;
        said += &String::from_utf8_lossy(&arguments);
        said += &String::from_utf8_lossy(&output.stdout);
        said += &String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(code), "{step} {table}: {said}");
    }
    identity::is_nowhere(setup, &[PASSWORD, &identity::base64(PASSWORD)?], said)
}
