//! Shards that another program wrote, or that something happened to.

use crate::fixture::Job;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::sync::Arc;

const TABLE: &str = "schema = 'public'\n[[table]]\nname = 't'\ndataset = 'ml_reco'\nsource = 't'\n\
    columns = [{ name = 'k', type = 'integer' }, { name = 'v', type = 'varchar' }]";

fn job() -> Job {
    Job::with_tables(TABLE)
}

#[test]
fn columns_are_found_by_their_names() {
    let job = job();
    job.foreign_shard("t-000000000000.parquet", "select 1 as k, 'a' as v, 9 as more");
    job.foreign_shard("t-000000000001.parquet", "select 'b' as v, 2 as k");
    job.foreign_shard("other-000000000000.parquet", "select 'b' as v, 3 as k");
    let import = job.import("t", &[]).ok();
    assert_eq!(job.lines("select * from t order by 1"), ["1|a", "2|b"]);
    assert_eq!(import.stderr.matches("are left out: more").count(), 1, "{}", import.stderr);
}

#[test]
fn every_footer_is_looked_at_before_anything_changes() {
    let job = job();
    let error = job.import("t", &[]).error(1);
    assert!(error.contains("There is no t-*.parquet in gs://bucket/exports/20260315"), "{error}");
    job.foreign_shard("t-000000000000.parquet", "select 1 as k, 'a' as v");
    job.import("t", &[]).ok();
    job.foreign_shard("t-000000000001.parquet", "select 2 as k, 'b' as w");
    let error = job.import("t", &[]).error(1);
    assert!(error.contains("t-000000000001.parquet has no column v; it has k, w"), "{error}");
    job.foreign_shard("t-000000000001.parquet", "select 2 as k, true as v");
    let error = job.import("t", &[]).error(1);
    assert!(
        error.contains("t-000000000001.parquet, column v: Boolean cannot become varchar"),
        "{error}"
    );
    std::fs::write(job.bucket("t-000000000001.parquet"), "k,v\n2,b").unwrap();
    let error = job.import("t", &[]).error(1);
    assert!(error.contains("t-000000000001.parquet is no Parquet file"), "{error}");
    for shard in ["t-000000000000.parquet", "t-000000000001.parquet"] {
        std::fs::remove_file(job.bucket(shard)).unwrap();
    }
    job.import("t", &["--force"]).error(1);
    assert_eq!(job.lines("select * from t"), ["1|a"]);
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn damaged_pages_are_an_error_not_a_table() {
    let job = job();
    let rows = "select range::bigint as k, md5(range::varchar) as v from range(50000)";
    job.foreign_shard("t-000000000000.parquet", rows);
    job.import("t", &[]).ok();
    let path = job.bucket("t-000000000000.parquet");
    let whole = std::fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 2000].fill(0xff);
    std::fs::write(&path, &damaged).unwrap();
    let run = job.import("t", &[]);
    // Where no page is broken by it, the values are others: as many rows as before.
    if run.code == Some(0) {
        assert_eq!(job.lines("select count(*) from t"), ["50000"]);
    } else {
        run.error(1);
        assert_eq!(job.lines("select count(*), sum(k) from t"), ["50000|1249975000"]);
    }
    std::fs::write(&path, &whole[..whole.len() - 10]).unwrap();
    assert!(job.import("t", &[]).error(1).contains("is no Parquet file"));
    assert_eq!(job.left_over(), [""; 0]);
}

/// A file whose text column holds any bytes.
fn write_texts(job: &Job, file: &str, texts: &[&[u8]]) {
    let schema = "message m { required int32 k; required binary v (STRING); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    std::fs::create_dir_all(job.bucket("")).unwrap();
    let file = File::create(job.bucket(file)).unwrap();
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let keys: Vec<i32> = (1..).take(texts.len()).collect();
    column.typed::<parquet::data_type::Int32Type>().write_batch(&keys, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values: Vec<ByteArray> = texts.iter().map(|text| ByteArray::from(text.to_vec())).collect();
    column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let job = job();
    write_texts(&job, "t-000000000000.parquet", &[b"fine", b"br\xc3oken", b"fine too"]);
    let error = job.import("t", &[]).error(1);
    let expected = "t-000000000000.parquet, row 2, column v: the value does not fit";
    assert!(
        error.contains(expected) && error.contains("not valid UTF-8: see its byte 3"),
        "{error}"
    );
    job.import("t", &["--on-bad-row", "null"]).ok();
    assert_eq!(job.lines("select * from t order by 1"), ["1|fine", "2|NULL", "3|fine too"]);
}
