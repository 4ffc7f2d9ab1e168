//! Materialised views: modes, order, and what is missing.

use crate::fixture::Job;
use crate::golden;

#[test]
fn without_postgis_what_needs_it_is_left_out() {
    let job = Job::bare();
    job.warehouse(golden::WAREHOUSE);
    job.transfer("recommendable_offers_raw");
    let said = job.materialize("recommendable_offers_raw_mv", &[]).ok().stdout;
    assert!(said.contains("without venue_geo: PostGIS is missing"), "{said}");
    assert_eq!(job.lines("select count(*) from recommendable_offers_raw_mv"), ["3"]);
    job.export("iris_france").ok();
    let error = job.import("iris_france", &[]).error(1);
    assert!(
        error.contains("iris_france.centroid is a geometry, and PostGIS is missing"),
        "{error}"
    );
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn a_view_needs_its_base() {
    let job = Job::new();
    let error = job.materialize("enriched_user_mv", &[]).error(1);
    assert!(
        error.contains("reads public.enriched_user, which does not exist: import it first"),
        "{error}"
    );
    let error = job.materialize("enriched_user_mv", &["--mode", "plain"]).error(1);
    assert!(error.contains("enriched_user_mv does not exist yet"), "{error}");
    job.server.run("create table enriched_user (user_id varchar)");
    let error = job.materialize("enriched_user_mv", &[]).error(1);
    assert!(error.contains("The function of enriched_user_mv cannot be made"), "{error}");
    assert!(error.contains("user_deposit_creation_date"), "{error}");
    let error = job.aim(&["check"]).error(1);
    assert!(error.contains("differs from the definitions"), "{error}");
    let said = job.aim(&["check"]).stdout;
    assert!(said.contains("enriched_user.booking_cnt is missing"), "{said}");
    assert!(said.contains("iris_france is missing: import it"), "{said}");
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn every_mode_brings_the_new_rows() {
    let job = golden::imported();
    job.materialize("non_recommendable_items_mv", &[]).ok();
    for (rows, mode) in [(4, "swap"), (5, "concurrent"), (6, "plain")] {
        job.warehouse(&format!("insert into ml_reco_dev.user_booked_item values ('u9', '{rows}')"));
        job.transfer("non_recommendable_items_data");
        let said = job.materialize("non_recommendable_items_mv", &["--mode", mode]).ok().stdout;
        assert!(said.contains(&format!("non_recommendable_items_mv: {rows} rows")), "{said}");
        let count = job.lines("select count(*) from non_recommendable_items_mv");
        assert_eq!(count, [rows.to_string()], "{mode}");
    }
}

#[test]
fn views_of_views_come_after_them() {
    let job = Job::with_tables(
        "schema = 'public'
         [[table]]\nname = 't'\ndataset = 'seed'\nsource = 't'\n
         columns = [{ name = 'k', type = 'integer' }]
         [[view]]\nname = 'b_mv'\nfunction = 'get_b'\nfrom = 'a_mv'\nindexes = []
         columns = [{ name = 'n', type = 'bigint', value = 'count(*)' }]
         [[view]]\nname = 'a_mv'\nfunction = 'get_a'\nfrom = 't'\nwhere = 'k > 0'
         columns = [{ name = 'k', type = 'integer' }]
         indexes = [{ name = 'a_{{ ts_nodash }}', unique = true, on = ['k'] }]",
    );
    job.warehouse("create table seed_dev.t as select range as k from range(5)");
    job.transfer("t");
    job.aim(&["materialize", "--all", "--parallel", "4"]).ok();
    assert_eq!(job.lines("select n from b_mv"), ["4"]);
    job.warehouse("insert into seed_dev.t values (5), (4)");
    job.transfer("t");
    let error = job.aim(&["materialize", "--all"]).error(4);
    assert!(error.starts_with("a_mv was not materialized, and 1 others were not"), "{error}");
    assert_eq!(job.lines("select n from b_mv"), ["4"]);
    assert_eq!(job.left_over(), [""; 0]);
}

#[test]
fn orphans_of_every_kind_are_collected() {
    let job = golden::imported();
    job.materialize("enriched_user_mv", &[]).ok();
    job.server.run(
        "create table enriched_user__stg_20260101000000abcdef ();
         create table enriched_user__stg_notours ();
         create materialized view item_ids_mv__stg_20260101000000abcdef as select 1;
         create function item_ids_mv__stg_20260101000000abcdef() returns int language sql as 'select 1';
         create function get_enriched_user_20260101000000() returns int language sql as 'select 1';
         create function get_item_ids_20260101000000() returns setof int language sql as 'select 1';
         create view reader as select * from get_item_ids_20260101000000();
         create function get_item_ids_by_me() returns int language sql as 'select 1'",
    );
    let said = job.aim(&["gc"]).ok().stdout;
    assert!(said.contains("4 left-overs dropped"), "{said}");
    assert_eq!(job.left_over(), ["enriched_user__stg_notours"]);
    let functions = "select proname from pg_proc where proname ~ '^get_(enriched|item)' order by 1";
    assert_eq!(
        job.lines(functions),
        ["get_enriched_user", "get_item_ids_20260101000000", "get_item_ids_by_me"]
    );
    assert!(job.aim(&["gc"]).ok().stdout.contains("0 left-overs"));
}

#[test]
fn what_reads_a_view_directly_is_named() {
    let job = golden::imported();
    job.materialize("enriched_user_mv", &[]).ok();
    job.server.run("create view mine as select user_id from enriched_user_mv");
    let error = job.materialize("enriched_user_mv", &[]).error(1);
    assert!(
        error.contains("enriched_user_mv cannot be replaced: mine reads it directly"),
        "{error}"
    );
    job.materialize("enriched_user_mv", &["--mode", "concurrent"]).ok();
    job.server.run("create view base_reader as select user_id from enriched_user");
    let error = job.import("enriched_user", &[]).error(1);
    assert!(
        error.contains("enriched_user cannot be replaced: base_reader reads it directly"),
        "{error}"
    );
}
