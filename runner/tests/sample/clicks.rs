//! The click-stream.

use super::fixture::{SAMPLE, ask, assert_between, files, share};
use std::path::Path;

#[test]
fn most_of_what_is_sold_was_looked_at() {
    let database = SAMPLE.database();
    let viewed = share(
        &database,
        "sales",
        "(ProductId, replace(CarMake || CarModel, ' ', '')) in (
             select (item.item_id, upper(replace(item.item_category5, ' ', ''))) from items
             where event_name = 'view_item_list')",
    );
    assert_between(viewed, 0.6, 0.95);
}

#[test]
fn events_are_nested_like_the_analytics_export() {
    let database = SAMPLE.database();
    let types = |column: &str| -> String {
        ask(&database, &format!("select typeof({column}) from events limit 1"))
    };
    let param = "STRUCT(\"key\" VARCHAR, \"value\" STRUCT(string_value VARCHAR))[]";
    assert_eq!(types("event_date"), "VARCHAR");
    assert_eq!(types("event_timestamp"), "BIGINT");
    assert_eq!(types("geo"), "STRUCT(country VARCHAR)");
    assert_eq!(types("event_params"), param);
    assert_eq!(
        types("items"),
        format!(
            "STRUCT(item_id VARCHAR, item_list_id VARCHAR, item_list_index VARCHAR, \
             item_category5 VARCHAR, item_brand VARCHAR, item_category VARCHAR, \
             item_variant VARCHAR, price DOUBLE, quantity BIGINT, item_params {param})[]"
        )
    );
    let columns: String = ask(
        &database,
        "select string_agg(column_name, ' ' order by column_index) from duckdb_columns()
         where table_name = 'events'",
    );
    assert_eq!(
        columns,
        "event_date event_timestamp event_name user_pseudo_id user_id geo event_params items"
    );
}

#[test]
fn each_day_has_its_own_file() {
    let database = SAMPLE.database();
    let root = SAMPLE.folder.path().display();
    let days = files(&SAMPLE.folder.path().join("reference/analytics"));
    assert_eq!(days.len(), 115);
    assert_eq!(days[0], Path::new("events_20260711.parquet"));
    assert_eq!(days[114], Path::new("events_20261102.parquet"));
    let misplaced: i64 = ask(
        &database,
        &format!(
            "select count(*)
             from read_parquet('{root}/reference/analytics/*.parquet', filename = true)
             where filename not like '%events_' || event_date || '.parquet'
                or strftime(make_timestamp(event_timestamp), '%Y%m%d') != event_date"
        ),
    );
    assert_eq!(misplaced, 0);
}

#[test]
fn the_click_stream_covers_every_journey() {
    let database = SAMPLE.database();
    let views = "(select item, list_filter(
            item.item_params, lambda param: param.key = 'item_category8'
        )[1].value.string_value as code from items where event_name = 'view_item_list')";
    for code in [
        "PSUCMM-AIM",
        "PXSUCMM-AIM",
        "SUCMM-AIM",
        "XSUCMM-AIM",
        "SCMM-AIM",
        "CMM-AIM",
        "SUCMM",
        "XSUCMM-NONCAM",
        "PSUCMM",
        "PXSUCMM",
        "UCMM",
        "XUCMM-NONCAM",
        "PUCMM",
        "PXUCMM",
        "SCMM",
        "PSCMM",
        "CMM",
        "PCMM",
        "psucmm-aim",
    ] {
        assert!(share(&database, views, &format!("code = '{code}'")) > 0.001, "{code}");
    }
    assert_between(share(&database, views, "item.item_category5 = 'No VRM Search'"), 0.2, 0.3);
    for index in ["1", "4", "200", "99", "(not set)"] {
        let found = share(&database, views, &format!("item.item_list_index = '{index}'"));
        assert!(found > 0.005, "{index}: {found}");
    }
    assert_between(share(&database, "events", "geo.country = 'United Kingdom'"), 0.9, 0.97);
    let special = share(
        &database,
        "events",
        "regexp_matches(event_params[1].value.string_value,
             'fitfast|truck|manufacturer|seasonal|runflat|staging|inforgen')",
    );
    assert_between(special, 0.01, 0.06);
    let most: f64 = ask(
        &database,
        "select max(n) / avg(n) from (select count(*) as n from items group by item.item_id)",
    );
    assert!(most > 5.0, "the most seen product is seen {most} times the average");
}

#[test]
fn orders_follow_views_of_the_same_visitor_and_product() {
    let database = SAMPLE.database();
    let orders = "(from items where event_name = 'purchase' and visitor is not null) as bought";
    let viewed = share(
        &database,
        orders,
        "exists (
            from items as seen
            where seen.event_name = 'view_item_list' and seen.visitor = bought.visitor
              and seen.item.item_id = bought.item.item_id
              and seen.event_timestamp <= bought.event_timestamp)",
    );
    assert_between(viewed, 0.75, 0.97);
    let later = share(
        &database,
        orders,
        "not exists (
            from items as seen
            where seen.visitor = bought.visitor and seen.event_name = 'view_item_list'
              and seen.event_timestamp between bought.event_timestamp - 86400000000
                and bought.event_timestamp)",
    );
    assert_between(later, 0.15, 0.55);
    assert_between(share(&database, orders, "item.quantity is null"), 0.005, 0.1);

    let transactions: i64 = ask(
        &database,
        "select count(*) - count(distinct id) from (
             select event_params[2].value.string_value as id from events
             where event_name = 'purchase' and len(event_params) = 2)",
    );
    assert_eq!(transactions, 0, "each order has a number of its own");
}
