//! The whole path on a fixture whose every value and checksum is known.

use crate::fixture::Job;

/// The rows of the fixture in the warehouse.
pub(crate) const WAREHOUSE: &str = include_str!("golden.sql");

/// The tables of the first release.
pub(crate) const TABLES: [&str; 4] =
    ["enriched_user", "recommendable_offers_raw", "non_recommendable_items_data", "iris_france"];

/// A job whose tables are imported.
pub(crate) fn imported() -> Job {
    let job = Job::new();
    job.warehouse(WAREHOUSE);
    for table in TABLES {
        job.transfer(table);
    }
    job
}

/// The same, with what only the second release has.
pub(crate) fn second_release() -> Job {
    let mut job = Job::new();
    job.set("AIM_RECO_RELEASE", "2");
    job.warehouse(WAREHOUSE);
    job.warehouse(
        "create or replace view ml_reco_dev.recommendable_offer as
         select *, '17' as venue_id, true as new_offer_is_geolocated, 3::bigint as new_offer_creation_days,
             12.5::decimal(38,9) as new_offer_stock_price, 4::bigint as new_offer_stock_beginning_days,
             0.12345::double as new_offer_centroid_x, -0.5::double as new_offer_centroid_y
         from ml_reco_dev.offers;
         create table ml_reco_dev.venue_h3_mapping as
         select '17' as venue_id, 48.8566::decimal(38,9) as latitude, 2.3522::decimal(38,9) as longitude,
             'a5' as h3_res5, 'a6' as h3_res6, 'a7' as h3_res7, 'a8' as h3_res8, 'a9' as h3_res9;
         create table export_reco_cloudsql_dev.similar_artist as
         select 'a1' as artist_id, '{\"b\": [1, 2.0],  \"a\": null}' as similar_artists_json;",
    );
    for table in TABLES.iter().chain(&["venue_h3_mapping", "similar_artist"]) {
        job.transfer(table);
    }
    job
}

#[test]
fn tables_are_those_of_the_warehouse() {
    let job = Job::new();
    job.warehouse(WAREHOUSE);
    for (table, checksum) in [
        ("enriched_user", Some("2 rows, checksum 4652174838244178362")),
        ("recommendable_offers_raw", Some("5 rows, checksum 6766613830176543386")),
        ("non_recommendable_items_data", Some("3 rows, checksum 2633683681683316597")),
        ("iris_france", None),
    ] {
        let imported = job.transfer(table).stdout;
        assert!(imported.contains(checksum.unwrap_or("2 rows")), "{imported}");
    }
    assert_eq!(
        job.lines("select * from enriched_user order by 1"),
        [
            "u1|2023-01-02 00:00:00|2005-03-04 00:00:00|300.1|123.45679|3|40|NULL",
            "u2|NULL|2006-07-08 00:00:00|20|NULL|NULL|NULL|2",
        ]
    );
    assert_eq!(
        job.lines("select * from recommendable_offers_raw order by offer_id"),
        [
            "product-1|o1|2024-05-01 10:11:12.123456|2025-01-02 20:00:00|5|48.857|2.352|50000|1|f|t",
            "product-1|o2|2024-05-01 10:11:12|NULL|7|-21.116|55.536|150000|2|f|t",
            "offer-3|o3|NULL|NULL|0|NULL|NULL|50000|3|t|f",
            "offer-4|o4|2024-05-01 10:11:12|NULL|0|NULL|NULL|50000|4|f|t",
            "offer-5|o5|2024-05-01 10:11:12|NULL|0|1.001|1.002|50000|5|NULL|t",
        ]
    );
    assert_eq!(
        job.lines(
            "select id, \"irisCode\", st_astext(centroid), st_srid(shape), geometrytype(shape)
             from iris_france order by 1"
        ),
        ["1|010010000|POINT(4.9 46.1)|0|POLYGON", "2|2A0040101|POINT(8.7 41.9)|0|MULTIPOLYGON"]
    );
    let types = "select format_type(atttypid, atttypmod) from pg_attribute
        where attrelid = 'recommendable_offers_raw'::regclass and attnum > 0 order by attnum";
    assert_eq!(
        job.lines(types),
        [
            "character varying",
            "character varying",
            "timestamp without time zone",
            "timestamp without time zone",
            "integer",
            "numeric(18,3)",
            "numeric(18,3)",
            "integer",
            "character varying",
            "boolean",
            "boolean",
        ]
    );
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn views_are_those_of_the_tables() {
    let job = imported();
    job.aim(&["materialize", "--all", "--parallel", "2"]).ok();
    assert_eq!(
        job.lines("select * from enriched_user_mv order by 1"),
        job.lines("select * from enriched_user order by 1")
    );
    assert_eq!(
        job.lines(
            "select offer_id, item_id, booking_number, is_sensitive, trim_scale(venue_latitude),
                 trim_scale(venue_longitude)
             from item_ids_mv order by 1"
        ),
        [
            "o1|product-1|5|f|48.857|2.352",
            "o2|product-1|7|f|-21.116|55.536",
            "o3|offer-3|0|t|NULL|NULL",
            "o4|offer-4|0|f|NULL|NULL",
            "o5|offer-5|0|NULL|1.001|1.002",
        ]
    );
    assert_eq!(
        job.lines(
            "select offer_id, venue_latitude, st_astext(venue_geo), st_srid(venue_geo)
             from recommendable_offers_raw_mv order by 1"
        ),
        [
            "o1|48.857|POINT(2.352 48.857)|4326",
            "o2|-21.116|POINT(55.536 -21.116)|4326",
            "o4|NULL|NULL|NULL"
        ]
    );
    assert_eq!(
        job.lines(
            "select id, iriscode, st_srid(centroid), st_srid(shape), iris_code
             from iris_france_mv order by 1"
        ),
        ["1|10010000|4326|0|010010000", "2|0|4326|0|2A0040101"]
    );
    assert_eq!(job.lines("select count(*) from non_recommendable_items_mv"), ["3"]);
    let check = job.aim(&["check"]).ok().stdout;
    assert!(check.contains("is as it is defined"), "{check}");
    let indexes = job.lines(
        "select regexp_replace(indexname, '[0-9]{14}$', '<ts>') from pg_indexes
         where schemaname = 'public' and tablename like '%\\_mv' order by 1",
    );
    assert_eq!(
        indexes,
        [
            "idx_enriched_user_mv_user_tmp_<ts>",
            "idx_iris_france_centroid_tmp_<ts>",
            "idx_iris_france_shape_tmp_<ts>",
            "idx_item_ids_mv_<ts>",
            "idx_non_recommendable_item_id_tmp_<ts>",
            "idx_non_recommendable_user_item_id_tmp_<ts>",
            "iris_france_pkey_tmp_<ts>",
            "item_idx_offer_recommendable_raw_<ts>",
            "offer_idx_offer_recommendable_raw_<ts>",
            "unique_idx_recommendable_offers_raw_mv_tmp_<ts>",
            "venue_geo_idx_offer_recommendable_raw_<ts>",
        ]
    );
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn duplicate_keys_are_named_and_leave_the_live_view() {
    let job = imported();
    job.materialize("enriched_user_mv", &[]).ok();
    job.warehouse(
        "insert into ml_reco_dev.user_statistics (user_id) values ('u1'), (null), (null)",
    );
    job.export("enriched_user").ok();
    let import = job.import("enriched_user", &[]).ok().stdout;
    assert!(import.contains("kept: 2 rows without a value in user_id"), "{import}");
    let error = job.materialize("enriched_user_mv", &[]).error(4);
    assert!(error.contains("the same user_id: (u1) 2 times"), "{error}");
    assert_eq!(job.lines("select count(*) from enriched_user_mv"), ["2"]);
    let error = job.materialize("enriched_user_mv", &["--mode", "concurrent"]).error(4);
    assert!(error.contains("enriched_user_mv would have rows with the same key"), "{error}");
    assert_eq!(job.lines("select count(*) from enriched_user_mv"), ["2"]);
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn exact_decimals_keep_every_digit() {
    let mut job = Job::new();
    job.warehouse(WAREHOUSE);
    job.set("AIM_DECIMAL_MODE", "exact");
    job.transfer("recommendable_offers_raw");
    assert_eq!(
        job.lines("select venue_latitude from recommendable_offers_raw order by offer_id limit 1"),
        ["48.856614123"]
    );
    // The manifest's checksum is that of another mode: rows and files are compared all the same.
    job.import("recommendable_offers_raw", &["--decimal-mode", "compat"]).ok();
    job.materialize("item_ids_mv", &[]).ok();
}

#[test]
fn the_second_release_is_one_switch_away() {
    let job = second_release();
    job.aim(&["materialize", "--all"]).ok();
    job.aim(&["check"]).ok();
    assert_eq!(
        job.lines(
            "select venue_id, new_offer_stock_price, new_offer_stock_beginning_days, new_offer_centroid_x
             from recommendable_offers_raw_mv where offer_id = 'o1'"
        ),
        ["17|12.500|4.000|0.123"]
    );
    assert_eq!(
        job.lines("select st_astext(venue_geo), h3_res9 from venue_h3_mapping_mv"),
        ["POINT(2.352 48.857)|a9"]
    );
    assert_eq!(
        job.lines("select similar_artists_json from similar_artist_mv"),
        ["{\"b\": [1, 2.0],  \"a\": null}"]
    );
}
