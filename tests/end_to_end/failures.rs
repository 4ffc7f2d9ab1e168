//! What goes wrong is said once, with the remedy, in the same words everywhere; the tables of the
//! last good run stay as they are, and the next good run works.

use crate::fixture::{Input, Root, Run, Standin};
use aim::warehouse::duckdb::DuckDb;
use serde_json::{Value, json};
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SALES: &str = "tyrescore-AWS3-daily-files/CarMakeModelSales.csv";
const TYRES: &str = "tyrescore-AWS3-daily-files/TyreScore.csv";
const RUNLIST: &str = "runlist/priority_runlist_current.csv";
const CONFIG: &str = "config/aim-config.json";

/// A root after a good run, with every byte of its tables.
struct Good {
    root: Root,
    input: Input,
    tables: Vec<u8>,
}

impl Good {
    fn new() -> Self {
        let input = Input::working();
        let root = input.root();
        root.run().ok();
        let tables = root.tables();
        Self { root, input, tables }
    }

    /// That the next run fails, says all of this, and leaves the tables alone.
    fn refuses(&self, words: &[&str]) -> String {
        let error = self.fails(words);
        let status = self.root.status();
        assert_eq!(status["state"], "failed", "{error}");
        assert_eq!(status["error_summary"], *error);
        error
    }

    fn fails(&self, words: &[&str]) -> String {
        let error = self.root.run().error();
        for word in words {
            assert!(error.contains(word), "{word:?} is not said: {error}");
        }
        assert_eq!(self.root.tables(), self.tables, "{error}");
        error
    }

    /// As `refuses`, with another text in a file, which is put back afterwards.
    fn refuses_file(&self, path: &str, content: impl AsRef<[u8]>, words: &[&str]) {
        std::fs::create_dir_all(self.root.path(path).parent().unwrap()).unwrap();
        std::fs::write(self.root.path(path), content).unwrap();
        self.refuses(words);
        self.root.remove(path);
        self.input.write_to(&self.root);
    }

    /// That nothing of the failures stays.
    fn recovers(&self) {
        self.root.run().ok();
        assert_eq!(self.root.status()["state"], "success");
        let left: Vec<_> = std::fs::read_dir(self.root.path(".aim"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["lock"]);
        let rows = self.root.value("select count(*) from \"AIM\".aim_token_fact");
        assert_eq!(rows, "20");
    }
}

#[test]
fn source_files_that_are_missing() {
    let good = Good::new();
    for (path, name) in [(SALES, "CarMakeModelSales.csv"), (TYRES, "TyreScore.csv")] {
        good.root.remove(path);
        good.refuses(&[
            "Stage 1: Load Data: ",
            &format!("{name} is missing in "),
            "tyrescore-AWS3-daily-files: put it there",
        ]);
        assert_eq!(good.root.status()["last_log_line"], "Failed at Stage 1: Load Data");
        good.input.write_to(&good.root);
    }
    good.recovers();
}

#[test]
fn source_files_with_wrong_columns() {
    let good = Good::new();
    let tyres = good.root.read(TYRES);
    let remedy = "TyreScore.csv";
    good.refuses_file(
        TYRES,
        tyres.replacen("Fuel,", "Fule,", 1),
        &[remedy, "lacks the columns Fuel", "Fule"],
    );
    good.refuses_file(
        TYRES,
        tyres.replacen("Fuel,", "OE,", 1).replacen("Noise,", "Fuel,", 1),
        &[remedy, "lacks the columns Noise"],
    );
    good.refuses_file(
        TYRES,
        tyres.replace('\n', ",x\n").replacen(",x\n", ",O.E,O-E\n", 1),
        &[remedy, "two columns O_E: rename one"],
    );
    good.refuses_file(TYRES, "", &[remedy, "is empty"]);
    let sales = good.root.read(SALES);
    let without_price = |line: &str| line.rsplit_once(',').unwrap().0.to_owned() + "\n";
    good.refuses_file(
        SALES,
        sales.lines().map(without_price).collect::<String>(),
        &["CarMakeModelSales.csv", "has 8 columns where nine are expected", "price"],
    );
    good.recovers();
}

#[test]
fn lines_with_wrong_columns() {
    let good = Good::new();
    let sales = good.root.read(SALES);
    good.refuses_file(
        SALES,
        sales.clone() + "20000001,AUDI,A3,205,55,16,2,4\n",
        &["CarMakeModelSales.csv cannot be loaded: correct the file and run again", "Line: 26"],
    );
    good.refuses_file(
        SALES,
        sales + "20000001,AUDI,A3,205,55,16,2,4,80,1\n",
        &["CarMakeModelSales.csv", "Line: 26"],
    );
    let tyres = good.root.read(TYRES);
    good.refuses_file(
        TYRES,
        tyres.clone() + "20000001,Premium\n",
        &["TyreScore.csv cannot be loaded: correct the file and run again", "Line: 26"],
    );
    good.refuses_file(
        TYRES,
        [tyres.as_bytes(), b"20000001,\xff,,,,,,,,,,,,,\n"].concat(),
        &["TyreScore.csv", "Line: 26"],
    );
    good.recovers();
}

#[test]
fn numbers_in_the_environment() {
    let mut good = Good::new();
    for (name, value, said) in [
        ("AIM_BATCH_SIZE", "many", "AIM_BATCH_SIZE is 'many'; it must be a whole number"),
        ("AIM_BATCH_SIZE", "501", "AIM_BATCH_SIZE is 501; it must be from 1 to 500"),
        ("AIM_TOTAL_OVERALL", "-1", "AIM_TOTAL_OVERALL is -1; it must be from 1"),
        ("AIM_GOLDILOCKS_ZONE_PCT", "4", "AIM_GOLDILOCKS_ZONE_PCT is 4; it must be from 5 to 50"),
        ("AIM_PRICE_FLUCT_UPPER", "1,1", "AIM_PRICE_FLUCT_UPPER is '1,1'; it must be a number"),
        ("AIM_PRICE_FLUCT_LOWER", "nan", "AIM_PRICE_FLUCT_LOWER is nan; it must be from 0.5 to 1"),
        ("AIM_REQUEST_TIMEOUT_S", "0", "AIM_REQUEST_TIMEOUT_S is 0; it must be from 1"),
        ("AIM_THREADS", "two", "AIM_THREADS is 'two'; it must be a whole number"),
        ("AIM_SEASON", "Autumn", "the season is 'Autumn'; use AllSeason, Winter, Summer or none"),
        ("AIM_RUN_MODE", "PER_SEGMENT", "use GLOBAL"),
        ("AIM_MODE", "cloud", "set AIM_MODE=local"),
        ("AIM_COMPAT", "original", "unset it"),
        ("AIM_MEMORY_LIMIT", "much", "memory"),
        ("AIM_WAVES_URL", "nowhere", "expected http://host"),
    ] {
        good.root.set(name, value);
        if name == "AIM_WAVES_URL" {
            good.root.set("AIM_SERVICE_PASSWORD", "p");
        }
        good.refuses(&[said]);
        good.root.unset(name);
    }
    // All problems are said at once, in one message.
    good.root.set("AIM_BATCH_SIZE", "x");
    good.root.set("AIM_TOTAL_OVERALL", "y");
    good.refuses(&["AIM_BATCH_SIZE", "AIM_TOTAL_OVERALL"]);
    good.root.unset("AIM_BATCH_SIZE");
    good.root.unset("AIM_TOTAL_OVERALL");
    good.recovers();
}

#[test]
fn overrides_that_cannot_be_used() {
    let good = Good::new();
    for (content, said) in [
        ("{\"BATCH_SIZE\": 5", "aim-config.json is not valid JSON"),
        ("[]", "aim-config.json is no JSON object; repair or remove it"),
        ("{\"BATCH_SIZE\": \"250.9\"}", "it must be a whole number"),
        ("{\"BATCH_SIZE\": 0}", "aim-config.json is 0; it must be from 1 to 500"),
        ("{\"PRICE_FLUCTUATION_UPPER\": \"1,1\"}", "it must be a number"),
        ("{\"BRAND_ENHANCER\": 5}", "it must be a text"),
        ("{\"RUN_MODE\": \"PER_SEGMENT\"}", "use GLOBAL"),
    ] {
        good.refuses_file(CONFIG, content, &[said]);
    }
    // A folder in its place cannot be read by anyone.
    std::fs::create_dir_all(good.root.path(CONFIG)).unwrap();
    good.refuses(&["aim-config.json cannot be read", "repair or remove it"]);
    std::fs::remove_dir(good.root.path(CONFIG)).unwrap();
    good.recovers();
}

#[test]
fn databases_that_cannot_be_reached() {
    let mut good = Good::new();
    let secret = "hunter2-secret";
    for (url, words) in [
        (
            format!("postgresql://aim:{secret}@127.0.0.1:1/serving"),
            ["PostgreSQL at 127.0.0.1:1, database serving cannot be reached", "check DATABASE_URL"],
        ),
        (
            format!("host = {secret} what"),
            ["DATABASE_URL is no PostgreSQL address", "write postgresql://"],
        ),
    ] {
        good.root.set("DATABASE_URL", url);
        good.refuses(&words);
        let run = good.root.run();
        assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{run:?}");
        for file in ["output/job_status.json", "output/run_manifest.json"] {
            assert!(!good.root.read(file).contains(secret), "{file}");
        }
    }
    good.root.unset("DATABASE_URL");
    good.recovers();
}

#[test]
fn reference_tables_that_are_missing_or_broken() {
    // Each stage that reads a table names it, and where its file belongs.
    for (path, stage) in [
        ("Reference_Tables/Product_catalogue", "Stage 3: TyreScore"),
        ("nexus_tyrescore/tyrescore-influence", "Stage 3: TyreScore"),
        ("AIM/aim-vehiclemapping", "Stage 4: Batch Recommender"),
        ("AIM/aim-catalogue", "Stage 6: Core Tables"),
        ("AIM/aim-manual-cams", "Stage 6: Core Tables"),
        ("Reference_Tables/Product_catalogue_with_price", "Stage 5: Validation"),
    ] {
        let root = Input::working().root();
        let file = format!("reference/{path}.csv");
        let content = root.read(&file);
        root.remove(&file);
        let error = root.run().error();
        let table = path.replace('/', ".");
        let expected = format!(
            "{stage}: The warehouse lacks {table} (reference/{path}.parquet): put the file below the \
             local root, or run the stage that writes it"
        );
        assert_eq!(error, expected);
        assert_eq!(root.status()["error_summary"], *error);
        assert!(!root.path("warehouse.duckdb").exists(), "{error}");
        if stage.starts_with("Stage 5") {
            root.write(&file, &content);
            root.run().ok();
        }
    }
    let good = Good::new();
    good.refuses_file(
        "reference/AIM/extra.parquet",
        "PAR1",
        &["correct its file, or remove it", "reference/AIM/extra.parquet"],
    );
    good.refuses_file(
        "reference/extra.csv",
        "a\n1\n",
        &["reference/<dataset>/<table>.parquet or .csv"],
    );
    good.refuses_file(
        "reference/AIM/aim-catalogue.parquet",
        "PAR1",
        &["second file for the table AIM.aim-catalogue: keep one of them"],
    );
    good.refuses_file(
        "reference/AIM/aim-vehiclemapping.csv",
        "vehicle,Make\nAUDIA3,Audi\n",
        &[
            "Stage 4: Batch Recommender: The table AIM.aim-vehiclemapping lacks the columns CarMake, \
             CarModel, Pod, Category, Segment: it has vehicle, Make; correct its file",
        ],
    );
    good.recovers();
}

#[test]
fn runlists_that_cannot_be_used() {
    let good = Good::new();
    let file = "priority_runlist_current.csv";
    for (content, said) in [
        ("Vehicle,Rank\nAUDIA3,1\n", "has no column size: its header has Vehicle, Rank"),
        ("Size,Rank\n205/55 R16,1\n", "has no column vehicle"),
        ("Vehicle,Size,vehicle\na,b,c\n", "two columns for one thing"),
        ("Vehicle,Size\n", "has no row with a vehicle and a size: add some"),
        ("Vehicle,Size\nnan,205/55 R16\n", "has no row with a vehicle and a size: add some"),
        ("", "is empty"),
    ] {
        good.refuses_file(RUNLIST, content, &["Stage 4: Batch Recommender", file, said]);
    }
    good.root.remove(RUNLIST);
    good.refuses(&["The runlist cannot be read", file, "is missing"]);
    good.input.write_to(&good.root);
    good.recovers();
}

#[test]
fn folders_that_cannot_be_written() {
    let good = Good::new();
    // Where a file stands in the folder's place, nobody can write; not even the status.
    for (folder, put_back) in [("output", true), ("logs", false)] {
        std::fs::remove_dir_all(good.root.path(folder)).unwrap();
        good.root.write(folder, "");
        let error =
            good.fails(&[folder, "cannot be written: check its permissions and the free space"]);
        if !put_back {
            assert_eq!(good.root.status()["error_summary"], *error);
        }
        good.root.remove(folder);
    }
    good.recovers();
}

/// A limit on the size of files fails writes as a full disk does, at the copy of the warehouse, and
/// while the engine works on it.
#[test]
fn disks_that_are_full() {
    let good = Good::new();
    let size = good.tables.len() / 1024;
    for (limit, said) in [(size / 2, "is there enough free space?"), (size + 1, "")] {
        let run = limited(&good.root, limit);
        let error = run.error();
        assert!(error.contains(said), "{error}");
        assert_eq!(good.root.tables(), good.tables, "{error}");
        let status = good.root.status();
        assert_eq!(status["state"], "failed");
        assert_eq!(status["error_summary"], *error);
    }
    good.recovers();
}

/// A run whose files may have so many KiB.
fn limited(root: &Root, kib: usize) -> Run {
    let mut command = root.command(&[]);
    let environment: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let script =
        format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" run --now 2026-03-16T07:15:00Z");
    command = Command::new("bash");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_aim")]).current_dir(root.path(""));
    Run::of(command.env_clear().envs(environment).output().unwrap())
}

#[test]
fn warehouses_that_are_none() {
    let good = Good::new();
    good.root.write("warehouse.duckdb", "no database");
    let error = good.root.run().error();
    assert!(error.contains("warehouse.duckdb cannot be read"), "{error}");
    assert_eq!(good.root.status()["error_summary"], *error);
    assert_eq!(good.root.read("warehouse.duckdb"), "no database");
}

#[test]
fn a_second_run_at_once_is_refused() {
    let good = Good::new();
    let lock = File::open(good.root.path(".aim/lock")).unwrap();
    lock.lock().unwrap();
    good.refuses(&["Another run works in ", "wait for it, or give another --local-root"]);
    drop(lock);
    good.recovers();
}

/// A run is killed while Waves thinks about its second batch.
#[test]
fn a_killed_run_leaves_the_tables_alone() {
    let mut good = Good::new();
    good.input.clone().cam("BMW3", "205/55 R16").write_to(&good.root);
    good.root.set("AIM_BATCH_SIZE", "1");
    good.root.set("AIM_WAVES_CONCURRENCY", "1");
    let waves = Standin::serve(&mut good.root, &["--slow-ms", "1500"]);
    let mut command = good.root.command(&["run", "--now", "2026-03-16T07:15:00Z"]);
    let mut run = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let status = loop {
        let status = good.root.status();
        if status["last_log_line"] == "Processing batch 1/2" {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "Waves is never asked: {status}");
        std::thread::sleep(Duration::from_millis(10));
    };
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(status["state"], "running");
    assert_eq!(status["run_id"], "20260316_071500");
    assert_eq!(status["ended_at"], Value::Null);
    assert_eq!(status["progress"], json!({"attempted": 1, "succeeded": 1, "failed": 0}));
    assert_eq!(good.root.tables(), good.tables);
    assert!(good.root.path(".aim/20260316_071500.duckdb").exists(), "it was at work");
    drop(waves);
    good.root.unset("AIM_WAVES_URL");
    good.input.write_to(&good.root);
    good.recovers();
}

/// Analysts may have the warehouse open; then the run waits for nobody and they see the old tables.
#[test]
fn readers_do_not_stand_in_the_way() {
    let good = Good::new();
    let read_only = [("access_mode", "READ_ONLY".to_owned())];
    let file = good.root.path("warehouse.duckdb");
    let reader = DuckDb::open(Some(&file), &read_only).unwrap();
    good.root.run_at("2026-03-16T07:15:00Z", &[]).ok();
    let days = "select count(distinct snapshot_date) from \"AIM\".aim_token_fact";
    let seen = reader.connection().query_row(days, [], |row| row.get::<_, i64>(0));
    assert_eq!(seen, Ok(1));
    assert_eq!(good.root.value(days), "2");
}

#[test]
fn writers_are_asked_to_leave() {
    let good = Good::new();
    let writer = DuckDb::open(Some(&good.root.path("warehouse.duckdb")), &[]).unwrap();
    good.refuses(&[
        "warehouse.duckdb cannot be read",
        "if another program writes it, close that first",
    ]);
    drop(writer);
    good.recovers();
}

#[test]
fn roots_that_are_files() {
    let good = Good::new();
    good.root.write("file", "");
    let root = good.root.path("file");
    let run = good.root.run_with(&["--local-root", root.to_str().unwrap()]);
    let error = run.error();
    assert!(error.contains(root.to_str().unwrap()), "{error}");
    assert_eq!(good.root.tables(), good.tables);
}
