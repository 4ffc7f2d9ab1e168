//! What an export leaves in the bucket and in the warehouse.

use crate::fixture::Job;
use crate::golden;
use serde_json::Value;

fn manifest(job: &Job, table: &str) -> Value {
    let text = std::fs::read_to_string(job.bucket(&format!("{table}.manifest.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn an_export_is_its_shards_and_a_manifest() {
    let job = Job::bare();
    job.warehouse(golden::WAREHOUSE);
    let tables = std::fs::read(job.path("warehouse.duckdb")).unwrap();
    job.export("enriched_user").ok();
    job.export("non_recommendable_items_data").ok();
    assert_eq!(
        job.files(),
        [
            "enriched_user-000000000000.parquet",
            "enriched_user.manifest.json",
            "non_recommendable_items_data-000000000000.parquet",
            "non_recommendable_items_data.manifest.json",
        ]
    );
    let manifest = manifest(&job, "enriched_user");
    assert_eq!(manifest["state"], "complete");
    assert_eq!(manifest["rows"], 2);
    assert_eq!(manifest["checksum"], "4652174838244178362");
    let bytes = std::fs::metadata(job.bucket("enriched_user-000000000000.parquet")).unwrap().len();
    assert_eq!(manifest["bytes"], bytes);
    assert_eq!(manifest["shards"][0]["rows"], 2);
    // The warehouse is only read, and nothing of the run is left.
    assert!(std::fs::read(job.path("warehouse.duckdb")).unwrap() == tables);
    assert_eq!(std::fs::read_dir(job.path(".aim/reco")).unwrap().count(), 0);
}

#[test]
fn stale_shards_are_gone() {
    let job = Job::new();
    job.warehouse(golden::WAREHOUSE);
    job.foreign_shard("enriched_user-000000000007.parquet", "select 1 as x");
    job.foreign_shard("enriched_users.parquet", "select 1 as x");
    // A run that was killed.
    std::fs::create_dir_all(job.bucket(".enriched_user.export.x/y")).unwrap();
    std::fs::create_dir_all(job.path(".aim/reco/dead")).unwrap();
    std::fs::write(job.path(".aim/reco/dead/lock"), "").unwrap();
    job.transfer("enriched_user");
    assert_eq!(
        job.files(),
        [
            "enriched_user-000000000000.parquet",
            "enriched_user.manifest.json",
            "enriched_users.parquet"
        ]
    );
    assert!(!job.bucket(".enriched_user.export.x").exists());
    assert_eq!(std::fs::read_dir(job.path(".aim/reco")).unwrap().count(), 0);
    assert_eq!(job.lines("select count(*) from enriched_user"), ["2"]);
}

#[test]
fn large_tables_have_several_shards() {
    let job = Job::new();
    job.warehouse(
        "create table ml_reco_dev.user_booked_item as
         select (range // 7)::varchar as user_id, 'product-' || range as item_id from range(1200000)",
    );
    job.transfer("non_recommendable_items_data");
    assert_eq!(job.files().len(), 3);
    let manifest = manifest(&job, "non_recommendable_items_data");
    assert_eq!(manifest["shards"][0]["rows"], 983_040);
    assert_eq!(manifest["shards"][1]["rows"], 1_200_000 - 983_040);
    assert_eq!(
        job.lines("select count(*), count(distinct item_id) from non_recommendable_items_data"),
        ["1200000|1200000"]
    );
}

#[test]
fn zoned_times_are_exported_at_utc() {
    let job = Job::with_tables(
        "schema = 'public'\n[[table]]\nname = 't'\ndataset = 'seed'\nsource = 't'\n\
         columns = [{ name = 'moment', type = 'timestamp' }]",
    );
    job.warehouse(
        "create table seed_dev.t as select moment::timestamptz as moment from (values
             (make_timestamp(1704067200000001)), ('infinity'::timestamp), ('-infinity'::timestamp), (null)
         ) as t(moment)",
    );
    job.transfer("t");
    assert_eq!(
        job.lines("select moment from t order by 1"),
        ["-infinity", "2024-01-01 00:00:00.000001", "infinity", "NULL"]
    );
}

#[test]
fn what_is_missing_is_named() {
    let job = Job::bare();
    let error = job.export("enriched_user").error(1);
    assert!(error.contains("warehouse.duckdb is missing"), "{error}");
    job.warehouse("create table ml_reco_dev.user_statistics as select 'u' as user_id, 1 as other");
    let error = job.export("enriched_user").error(1);
    let expected = "ml_reco_dev.user_statistics has no column user_deposit_creation_date; it has user_id, other";
    assert!(error.contains(expected), "{error}");
    let error = job.export("iris_france").error(1);
    assert!(error.contains("seed_dev.iris_france is not in the warehouse"), "{error}");
    assert_eq!(job.files(), [""; 0]);
    let mut job = job;
    job.set("BIGQUERY_SEED_DATASET", "seeds");
    assert!(job.export("iris_france").error(1).contains("seeds.iris_france is not in"));
}
