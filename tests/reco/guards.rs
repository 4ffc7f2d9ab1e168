//! What is refused before it can do harm, and what is kept aside.

use crate::fixture::Job;

const TABLE: &str = "schema = 'public'\n[[table]]\nname = 't'\ndataset = 'ml_reco'\nsource = 't'\n\
    columns = [{ name = 'k', type = 'integer' }, { name = 'v', type = 'varchar' }]";

fn job(rows: u32) -> Job {
    let job = Job::with_tables(TABLE);
    job.warehouse(&format!(
        "create table ml_reco_dev.t as select range as k, 'x' || range as v from range({rows})"
    ));
    job
}

fn rows(job: &Job) -> String {
    job.lines("select count(*) from t").join("")
}

#[test]
fn far_fewer_rows_are_refused() {
    let job = job(10);
    job.transfer("t");
    job.warehouse("delete from ml_reco_dev.t where k >= 4");
    job.export("t").ok();
    let error = job.import("t", &[]).error(1);
    assert!(error.contains("t would shrink from 10 rows to 4, by more than 50 %"), "{error}");
    assert_eq!(rows(&job), "10");
    job.import("t", &["--max-shrink", "0.6"]).ok();
    assert_eq!(rows(&job), "4");
    job.warehouse("delete from ml_reco_dev.t");
    let export = job.export("t").ok().stdout;
    assert!(export.contains("0 rows, 1 shards"), "{export}");
    let error = job.import("t", &["--max-shrink", "1"]).error(1);
    assert!(error.contains("t would have 0 rows, fewer than 1"), "{error}");
    assert_eq!(rows(&job), "4");
    job.import("t", &["--force"]).ok();
    assert_eq!(rows(&job), "0");
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn rows_that_do_not_fit_are_kept_aside() {
    let job = job(3);
    job.warehouse("insert into ml_reco_dev.t values (99999999999, 'big'), (3, 'a' || chr(0))");
    let export = job.export("t").ok().stdout;
    assert!(export.contains("will not be imported as it is"), "{export}");
    let error = job.import("t", &[]).error(1);
    assert!(error.contains("t-000000000000.parquet, row 4, column k"), "{error}");
    assert!(error.contains("99999999999 is outside integer"), "{error}");
    let null = job.import("t", &["--on-bad-row", "null"]).ok().stdout;
    assert!(null.contains("0 rows left out, 2 values made NULL"), "{null}");
    assert_eq!(
        job.lines("select * from t where k is null or v is null order by v"),
        ["NULL|big", "3|NULL"]
    );
    let out = job.import("t", &["--on-bad-row", "quarantine"]).ok().stdout;
    assert!(out.contains("2 rows left out, 0 values made NULL"), "{out}");
    assert_eq!(rows(&job), "3");
    let files = job.files();
    let rejected: Vec<_> = files.iter().filter(|name| name.contains(".rejected-")).collect();
    assert_eq!(rejected.len(), 2, "{files:?}");
    let kept = std::fs::read_to_string(job.bucket(rejected[1])).unwrap();
    let first: serde_json::Value = serde_json::from_str(kept.lines().next().unwrap()).unwrap();
    assert_eq!(kept.lines().count(), 2);
    assert_eq!(first["row"], 4);
    assert_eq!(first["column"], "k");
    assert_eq!(first["values"]["v"], "big");
}

#[test]
fn shards_must_be_those_that_were_exported() {
    let job = job(10);
    job.transfer("t");
    let path = job.bucket("t-000000000000.parquet");
    let exported = std::fs::read(&path).unwrap();
    job.foreign_shard(
        "t-000000000000.parquet",
        "select 1::bigint as k, 'other' as v from range(10)",
    );
    let error = job.import("t", &[]).error(1);
    assert!(error.contains("t-000000000000.parquet is not the file that was exported"), "{error}");
    std::fs::write(&path, exported).unwrap();
    let manifest = job.bucket("t.manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("\"complete\"", "\"writing\"")).unwrap();
    let error = job.import("t", &[]).error(1);
    assert!(error.contains("did not finish: run it again"), "{error}");
    std::fs::write(&manifest, text.replace("\"checksum\": \"", "\"checksum\": \"1")).unwrap();
    let error = job.import("t", &[]).error(1);
    assert!(error.contains("The rows of t are not those that were exported"), "{error}");
    std::fs::remove_file(&manifest).unwrap();
    job.import("t", &[]).ok();
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn what_arrives_changed_is_not_swapped_in() {
    let job = job(10);
    job.transfer("t");
    // Something in the database changes one row on its way in.
    job.server.run(
        "create function spoil() returns trigger language plpgsql as
             $$ begin if new.k = 5 then new.v := 'spoiled'; end if; return new; end $$;
         create function spoil_new() returns event_trigger language plpgsql as $$
             declare made record;
             begin
                 for made in select * from pg_event_trigger_ddl_commands()
                     where object_identity like '%\\_\\_stg\\_%' loop
                     execute format('create trigger spoil before insert on %s for each row
                         execute function spoil()', made.object_identity);
                 end loop;
             end $$;
         create event trigger spoil_new on ddl_command_end when tag in ('CREATE TABLE')
             execute function spoil_new()",
    );
    let error = job.import("t", &[]).error(1);
    let expected =
        "t was not loaded as it was sent: of 10 rows sent, 10 came back, and they differ";
    assert!(error.contains(expected), "{error}");
    assert_eq!(job.lines("select v from t where k = 5"), ["x5"]);
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn passwords_are_never_shown() {
    let mut job = job(1);
    job.export("t").ok();
    let secret = "s3cr3t'\"@:x";
    for url in [
        "postgresql://aim:s3cr3t@localhost:1/aim".to_owned(),
        "postgresql://aim:s3cr3t@localhost:notaport/aim".to_owned(),
        "s3cr3t".to_owned(),
        format!("host=/nowhere password='{}'", secret.replace('\\', "\\\\").replace('\'', "\\'")),
    ] {
        job.set("DATABASE_URL", &url);
        job.set("AIM_LOG", "trace");
        for run in [job.import("t", &[]), job.aim(&["check"])] {
            assert_ne!(run.code, Some(0));
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(!said.contains("s3cr3t"), "{said}");
        }
    }
}

#[test]
fn mistakes_are_told_from_failures() {
    let mut job = job(1);
    let import = ["import-table", "--table-name", "t", "--bucket-path", "gs://b/x"];
    for (arguments, expected) in [
        (vec!["export", "--table-name", "t", "--bucket-path", "gs://b/x"], "--date"),
        ([&import[..], &["--date", "2026-03-15"]].concat(), "write it as YYYYMMDD"),
        ([&import[..], &["--date", "20260230"]].concat(), "write it as YYYYMMDD"),
        ([&import[..], &["--date", "20260315", "--max-shrink", "2"]].concat(), "from 0 to 1"),
        (
            vec![
                "export-gcs",
                "--table-name",
                "u",
                "--bucket-path",
                "gs://b/x",
                "--date",
                "20260315",
            ],
            "there is no such table; use t",
        ),
        (
            vec![
                "bq-to-gcs",
                "--table-name",
                "t",
                "--bucket-path",
                "s3://b/x",
                "--date",
                "20260315",
            ],
            "its scheme is unknown",
        ),
        (vec!["materialize-gcloud", "--view-name", "t"], "there is no such view"),
        (vec!["materialize"], "--view-name"),
        (vec!["gcs-to-cloudsql", "--tables", "t"], "--tables"),
    ] {
        let error = job.aim(&arguments).error(2);
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    job.set("ENV_SHORT_NAME", "staging");
    let error = job.export("t").error(1);
    assert!(error.contains("ENV_SHORT_NAME is 'staging'; it must be dev, stg or prod"), "{error}");
}
