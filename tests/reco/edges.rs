//! Values at the edge of what a column takes: kept exactly, or refused by name.

use crate::fixture::Job;

/// Defines the table `t` with one column `v`.
fn define(job: &mut Job, column_type: &str) {
    job.define(&format!(
        "schema = 'public'\n[[table]]\nname = 't'\ndataset = 'ml_reco'\nsource = 't'\n\
         columns = [{{ name = 'v', type = '{column_type}' }}]"
    ));
}

/// Imports one row: what PostgreSQL then has, as `shown` says it; or the error.
fn import(job: &mut Job, column_type: &str, value: &str, shown: &str, more: &[&str]) -> String {
    define(job, column_type);
    job.server.run("drop table if exists t");
    job.foreign_shard("t-000000000000.parquet", &format!("select {value} as v"));
    let run = job.import("t", more);
    if run.code == Some(0) {
        return job.lines(&format!("select {shown} from t")).join(",");
    }
    assert_eq!(job.lines("select to_regclass('t')"), ["NULL"], "{value}");
    run.error(1)
}

#[test]
fn values_are_kept_or_refused() {
    let mut job = Job::new();
    let mut wrong = Vec::new();
    let mut check = |column_type: &str, value: &str, shown: &str, expected: &str| {
        let found = import(&mut job, column_type, value, shown, &[]);
        if found != expected && !found.contains(&format!(": {expected}")) {
            wrong.push(format!("{value} as {column_type}: {found}\n  instead of {expected}"));
        }
    };
    for column_type in [
        "varchar",
        "text",
        "json",
        "integer",
        "bigint",
        "real",
        "double precision",
        "decimal",
        "bytea",
        "geometry",
    ] {
        let null = match column_type {
            "integer" | "bigint" => "null::bigint",
            "real" | "double precision" | "decimal" => "null::double",
            "bytea" => "null::blob",
            _ => "null::varchar",
        };
        check(column_type, null, "v", "NULL");
    }
    check("boolean", "null::boolean", "v", "NULL");
    check("timestamp", "null::timestamp", "v", "NULL");
    // Texts.
    check("varchar", "''", "'[' || v || ']'", "[]");
    check("varchar", "'é 🚲 e\u{301} \\ \u{1f}'", "v", "é 🚲 e\u{301} \\ \u{1f}");
    check("varchar", "'a' || chr(0)", "v", "\"a\\0\" has a NUL character");
    check("varchar", "-7::bigint", "v", "-7");
    check("bytea", "'\\x00\\xFF'::blob", "v", "\\x00ff");
    check("json", "'{\"a\" :  1}'", "v", "{\"a\" :  1}");
    check("json", "'{a}'", "v", "it is no JSON");
    // Whole numbers.
    check("integer", "2147483647::bigint", "v", "2147483647");
    check("integer", "2147483648::bigint", "v", "2147483648 is outside integer");
    check("integer", "-2147483648::bigint", "v", "-2147483648");
    check("integer", "-2147483649::bigint", "v", "-2147483649 is outside integer");
    check("smallint", "-32768::bigint", "v", "-32768");
    check("smallint", "'32768'", "v", "32768 is outside smallint");
    check("integer", "2.5::double", "v", "2");
    check("integer", "3.5::double", "v", "4");
    check("integer", "'17'", "v", "17");
    check("integer", "''", "v", "\"\" is no integer");
    check("integer", "'abc'", "v", "\"abc\" is no integer");
    check("integer", "7::utinyint", "v", "7");
    // Numbers with a fraction.
    check("real", "'nan'::double", "v", "NaN");
    check("real", "'nan'::float", "v", "NaN");
    check("real", "'-infinity'::double", "v", "-Infinity");
    check("real", "1e39::double", "v", "1000000000000000000000000000000000000000 is outside real");
    check("real", "123.456789::decimal(38,9)", "v", "123.45679");
    check("decimal", "'nan'::double", "v", "NaN is no decimal");
    check("decimal", "'infinity'::double", "v", "inf is no decimal");
    check("decimal", "2.3525::double", "v", "2.352");
    check("decimal", "0.5::float", "v", "0.500");
    check("decimal", "1.0005::decimal(38,9)", "v", "1.001");
    check("decimal", "-21.1155005::decimal(38,9)", "v", "-21.116");
    check("decimal", "999999999999999.999::decimal(38,9)", "v", "999999999999999.999");
    check(
        "decimal",
        "1000000000000000::decimal(38,9)",
        "v",
        "1000000000000000.000000000 is outside numeric(18,3)",
    );
    check("decimal", "3::bigint", "v", "3.000");
    // Times.
    check("timestamp", "date '2024-02-29'", "v", "2024-02-29 00:00:00");
    check("timestamp", "'infinity'::timestamp", "v", "infinity");
    check("timestamp", "'-infinity'::timestamp", "v", "-infinity");
    check("timestamp", "timestamp '0001-01-01 00:00:00.000001'", "v", "0001-01-01 00:00:00.000001");
    check("timestamp", "timestamp '9999-12-31 23:59:59.999999'", "v", "9999-12-31 23:59:59.999999");
    check(
        "timestamp",
        "'2024-01-01 00:00:00.123456789'::timestamp_ns",
        "v",
        "2024-01-01 00:00:00.123456",
    );
    check("timestamp", "'2024-01-01 00:00:00.123'::timestamp_ms", "v", "2024-01-01 00:00:00.123");
    check("timestamp", "make_timestamp(1704067200000000)::timestamptz", "v", "2024-01-01 00:00:00");
    check("date", "date '0001-01-01'", "v", "0001-01-01");
    // Arrays.
    check("integer[]", "[1, null, 3]::bigint[]", "v", "{1,NULL,3}");
    check("varchar[]", "['', null, 'a,\"b']", "v", "{\"\",NULL,\"a,\\\"b\"}");
    check("varchar[]", "[]::varchar[]", "v", "{}");
    check("varchar[]", "null::varchar[]", "v", "NULL");
    check("timestamp[]", "[timestamp '2024-01-01']", "v", "{\"2024-01-01 00:00:00\"}");
    check("integer[]", "[[1]]::bigint[][]", "v", "nested arrays are not supported");
    check("varchar", "{'a': 1}", "v", "Struct(\"a\": Int32) cannot become varchar");
    // Geometries: as WKB, as WKT, as DuckDB's own.
    let shown = "st_asewkt(v)";
    check("geometry", "'POINT(1 2)'", shown, "POINT(1 2)");
    check("geometry", "'POINT(1 2)'::geometry", shown, "POINT(1 2)");
    check("geometry", "unhex('000000000140000000000000003FF0000000000000')", shown, "POINT(2 1)");
    check(
        "geometry",
        "unhex('0101000020E6100000000000000000F03F0000000000000040')",
        shown,
        "POINT(1 2)",
    );
    check("geometry", "'POINT EMPTY'", shown, "POINT EMPTY");
    check("geometry", "'POLYGON EMPTY'", shown, "POLYGON EMPTY");
    check("geometry", "'LINESTRING ZM (1 2 3 4, 5 6 7 8)'", shown, "LINESTRING(1 2 3 4,5 6 7 8)");
    check("geometry", "'POINT M (1 2 3)'", shown, "POINTM(1 2 3)");
    check(
        "geometry",
        "'MULTIPOLYGON(((0 0,0 9,9 9,9 0,0 0),(1 1,1 2,2 2,1 1)))'",
        shown,
        "MULTIPOLYGON(((0 0,0 9,9 9,9 0,0 0),(1 1,1 2,2 2,1 1)))",
    );
    check(
        "geometry",
        "'\\x01\\x01'::blob",
        shown,
        "it is no geometry: the geometry ends too early",
    );
    check(
        "geometry",
        "'POLYGON((0 0,0 1,1 1))'",
        shown,
        "it is no geometry: a ring has fewer than 4 points",
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn nul_characters_are_stripped_on_demand() {
    let mut job = Job::new();
    let value = "chr(0) || 'a' || chr(0) || 'b'";
    assert_eq!(import(&mut job, "varchar", value, "v", &["--nul-bytes", "strip"]), "ab");
}

#[test]
fn a_value_may_be_long() {
    let mut job = Job::new();
    let value = "repeat('0123456789', 5000000)";
    assert_eq!(
        import(
            &mut job,
            "varchar",
            value,
            "length(v), md5(v) = md5(repeat('0123456789', 5000000))",
            &[]
        ),
        "50000000|t"
    );
}

#[test]
fn positions_that_cannot_be_are_kept_and_counted() {
    let job = Job::new();
    job.foreign_shard(
        "recommendable_offers_raw-000000000000.parquet",
        "select 'i' as item_id, 'o' || n as offer_id, null::timestamp as offer_creation_date,
             null::timestamp as stock_beginning_date, 0::bigint as booking_number,
             lat::decimal(38,9) as venue_latitude, lon::decimal(38,9) as venue_longitude,
             50000::bigint as default_max_distance, n as unique_id, false as is_sensitive,
             true as is_geolocated
         from (values (1, 95, 200), (2, null, 2), (3, 0, 0), (4, 2, null)) as t(n, lat, lon)",
    );
    let import = job.import("recommendable_offers_raw", &[]).ok().stdout;
    assert!(import.contains("kept: 1 rows with venue_latitude beyond 90"), "{import}");
    assert!(import.contains("kept: 1 rows with venue_longitude beyond 180"), "{import}");
    job.materialize("recommendable_offers_raw_mv", &[]).ok();
    let places =
        "select offer_id, st_astext(venue_geo) from recommendable_offers_raw_mv order by 1";
    assert_eq!(job.lines(places), ["o1|POINT(-160 85)", "o2|NULL", "o3|POINT(0 0)", "o4|NULL"]);
    // An offer without a whole position is as near as can be, wherever the user is.
    job.aim(&["pg", "install"]).ok();
    job.server.run(
        "create materialized view non_recommendable_items_mv as
         select 'someone else' as user_id, 'i' as item_id",
    );
    let near = "select offer_id, distance_m from reco.nearest_offers('{i}', 120, 60)";
    assert_eq!(job.lines(near), ["o2|NULL"]);
    job.server.run("delete from recommendable_offers_raw where offer_id = 'o2'");
    job.materialize("recommendable_offers_raw_mv", &[]).ok();
    assert_eq!(job.lines(near), ["o4|NULL"]);
}

#[test]
fn keys_may_be_missing_in_any_number() {
    let job = Job::new();
    job.warehouse(
        "create table ml_reco_dev.user_booked_item as
         select * from (values (null, 'i'), (null, 'i'), ('u', null), ('u', null), ('u', 'i')) as t(user_id, item_id)",
    );
    let import = job.transfer("non_recommendable_items_data").stdout;
    assert!(import.contains("kept: 4 rows without a value in user_id, item_id"), "{import}");
    job.materialize("non_recommendable_items_mv", &[]).ok();
    assert_eq!(job.lines("select count(*) from non_recommendable_items_mv"), ["5"]);
}
