//! The reference tables, and that the vehicles in all files are the same.

use super::TODAY;
use super::fixture::{SAMPLE, ask, assert_between, share};
use jiff::tz::TimeZone;

/// SQL for the lower-case letters and digits of an expression.
fn key(expression: &str) -> String {
    format!("regexp_replace(lower({expression}), '[^a-z0-9]', '', 'g')")
}

#[test]
fn vehicles_are_the_same_in_every_file() {
    let database = SAMPLE.database();
    let runlist_mapped = share(
        &database,
        "runlist",
        &format!("{} in (select {} from mapping)", key("Vehicle"), key("vehicle")),
    );
    assert_between(runlist_mapped, 0.92, 0.995);

    let mapped_is_named = share(
        &database,
        "mapping",
        &format!("CarModel is null or {} = {}", key("vehicle"), key("CarMake || CarModel")),
    );
    assert_eq!(mapped_is_named, 1.0);

    let sold_influences = share(
        &database,
        "sales",
        "replace(CarMake || CarModel, ' ', '') in (select upper(Vehicle) from influence)",
    );
    assert_between(sold_influences, 0.85, 0.995);
    assert_eq!(share(&database, "influence", "not contains(Vehicle, ' ')"), 1.0);
    assert_eq!(share(&database, "influence", "PRICE_pct + WET_GRIP_pct = 100"), 1.0);

    let viewed_is_sold = share(
        &database,
        "(select item.item_category5 as shown from items
          where item.item_category5 != 'No VRM Search')",
        "upper(replace(shown, ' ', '')) in (
             select replace(CarMake || CarModel, ' ', '') from sales)",
    );
    assert_between(viewed_is_sold, 0.99, 1.0);
}

#[test]
fn reference_tables_have_gaps() {
    let database = SAMPLE.database();
    let missing = |table: &str, column: &str| {
        share(
            &database,
            "tyres",
            &format!("ProductId not in (select {column}::varchar from {table})"),
        )
    };
    for (table, column) in [("catalogue", "SKU"), ("priced", "SKU"), ("models", "Product_ID")] {
        assert_between(missing(table, column), 0.01, 0.04);
    }
    let typed: String = ask(&database, "select typeof(SKU) from priced limit 1");
    assert_eq!(typed, "BIGINT");
    assert_between(share(&database, "catalogue", "lower(run_flat) = 'runflat'"), 0.03, 0.15);
    assert!(ask::<i64>(&database, "select count(*) from manual_cams") > 5);
}

#[test]
fn the_previous_result_is_of_vehicles_on_the_runlist() {
    let database = SAMPLE.database();
    let typed: String = ask(&database, "select typeof(last_modified) from previous limit 1");
    assert_eq!(typed, "TIMESTAMP WITH TIME ZONE");
    let columns: i64 =
        ask(&database, "select count(*) from duckdb_columns() where table_name = 'previous'");
    assert_eq!(columns, 30);
    let repeated: i64 = ask(
        &database,
        "select count(*) - count(distinct (Make, Model, Width, Profile, Rim)) from previous",
    );
    assert_eq!(repeated, 0);
    assert_between(share(&database, "previous", "last_modified is null"), 0.003, 0.06);
    let newest: i64 = ask(&database, "select epoch_us(max(last_modified)) from previous");
    let midnight = TODAY.to_zoned(TimeZone::UTC).expect("a time").timestamp();
    let age = midnight.as_microsecond() - newest;
    assert!((1..2 * 86_400_000_000).contains(&age), "{age} µs before {midnight}");
    let wanted = share(
        &database,
        "previous",
        "(upper(Make || Model), Width || '/' || Profile || ' R' || Rim) in (
             select (Vehicle, Size) from runlist)",
    );
    assert_between(wanted, 0.5, 0.99);
    let products = "(select unnest([*columns('SKU\\d+')]) as sku from previous)";
    assert_eq!(
        share(&database, products, "sku is null or sku in (select ProductId from tyres)"),
        1.0
    );
    assert_between(share(&database, products, "sku is not null"), 0.3, 0.99);
}
