//! From raw rows to the mart, and the report about it.

use crate::fixture::Folder;
use serde_json::Value;

/// Raw rows as a CSV file: product, site, day, price, rank, rating, time of ingestion.
fn raw(folder: &Folder, rows: &[[&str; 7]]) {
    let mut text = "asin,site,dt,price,bsr,rating,_ingested_at\n".to_owned();
    for row in rows {
        let quoted = row.map(|cell| format!("\"{cell}\""));
        text += &(quoted.join(",") + "\n");
    }
    folder.file("raw.csv", &text);
}

/// A row of product A on a day of its own.
fn cells<'a>(dt: &'a str, price: &'a str, bsr: &'a str, rating: &'a str) -> [&'a str; 7] {
    ["A", "US", dt, price, bsr, rating, "2024-02-01"]
}

/// The mart by day: these columns.
fn mart(folder: &Folder, columns: &str) -> Vec<Vec<String>> {
    folder.done("standardize --input @raw.csv --output @mart.parquet --report @report.json");
    folder.rows("mart.parquet", &format!("select {columns} from {{}} order by dt, price"))
}

fn report(folder: &Folder) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.path("report.json")).expect("read"))
        .expect("JSON")
}

#[test]
fn the_row_ingested_last_stays() {
    let twice = [
        ["A", "US", "2024-01-01", "10", "1", "4", "2024-01-01 02:00:00"],
        ["A", "US", "2024-01-01", "11", "1", "4", "2024-01-01 01:00:00"],
    ];
    for folder in [Folder::new(), Folder::original()] {
        raw(&folder, &twice);
        assert_eq!(mart(&folder, "price"), [["10.0"]]);
    }
    // D-ETL-1: a row without a time won.
    let mut timeless = twice;
    timeless[1][6] = "";
    for (folder, price) in [(Folder::new(), "10.0"), (Folder::original(), "11.0")] {
        raw(&folder, &timeless);
        assert_eq!(mart(&folder, "price"), [[price]]);
    }
    let mut equal = twice;
    equal[1][6] = equal[0][6];
    let folder = Folder::new();
    raw(&folder, &equal);
    assert_eq!(mart(&folder, "price"), [["11.0"]]);
    let report = report(&folder);
    assert_eq!(
        (&report["rows_in"], &report["rows_out"], &report["duplicates_dropped"]),
        (&2.into(), &1.into(), &1.into())
    );
}

/// D-ETL-3, D-ETL-4: two spellings of a day were two days, and days were local.
#[test]
fn days_are_days_in_utc() {
    let rows = [
        cells("2024-01-01 05:00:00", "1", "1", "4"),
        cells("2024-01-01 00:00:00", "2", "1", "4"),
        cells("2024-01-01T23:00:00-05:00", "3", "1", "4"),
    ];
    let folder = Folder::new();
    raw(&folder, &rows);
    assert_eq!(mart(&folder, "dt, price"), [["2024-01-01", "2.0"], ["2024-01-02", "3.0"]]);
    let folder = Folder::original();
    raw(&folder, &rows);
    let local = [["2024-01-01", "1.0"], ["2024-01-01", "2.0"], ["2024-01-01", "3.0"]];
    assert_eq!(mart(&folder, "dt, price"), local);
}

#[test]
fn numbers_are_read_from_texts() {
    let prices = [
        "0", "-1", "abc", "12.5", "", "nan", "1e-9", " 7 ", "1,299.00", "$5", "1_000", "1e400",
        "+5", "0x10",
    ];
    let rows: Vec<String> =
        (1..).take(prices.len()).map(|day| format!("2024-01-{day:02}")).collect();
    let rows: Vec<_> =
        rows.iter().zip(prices).map(|(day, price)| cells(day, price, "1", "4")).collect();
    let folder = Folder::new();
    raw(&folder, &rows);
    let mart = mart(&folder, "price, price_valid");
    let valid: Vec<&str> = mart.iter().map(|row| &*row[0]).collect();
    let n = "null";
    assert_eq!(valid, [n, n, n, "12.5", n, n, "1e-09", "7.0", n, n, n, n, "5.0", n]);
    assert!(mart.iter().all(|row| (row[0] != "null") == (row[1] == "true")));
    // All that were given, but for those that were blank or none.
    assert_eq!(report(&folder)["invalid_price"], 8);
}

#[test]
fn ranks_and_ratings_have_their_range() {
    let given = [
        ("0", "4.5"),
        ("-5", "bad"),
        ("5000000", ""),
        ("4999999", "9.9"),
        ("4999999.5", "5"),
        ("100", "0"),
        ("", "-1"),
        ("#12", "4"),
        ("1", "4"),
    ];
    let days: Vec<String> =
        (1..).take(given.len()).map(|day| format!("2024-01-{day:02}")).collect();
    let rows: Vec<_> =
        days.iter().zip(given).map(|(day, (bsr, rating))| cells(day, "1", bsr, rating)).collect();
    let folder = Folder::new();
    raw(&folder, &rows);
    let n = "null";
    let ranks = [n, n, n, "4999999.0", "4999999.5", "100.0", n, n, "1.0"];
    assert_eq!(mart(&folder, "bsr").concat(), ranks);
    assert_eq!(
        mart(&folder, "bsr_valid").concat(),
        ranks.map(|rank| if rank == n { "false" } else { "true" })
    );
    assert_eq!(mart(&folder, "rating").concat(), ["4.5", n, n, n, "5.0", "0.0", n, "4.0", "4.0"]);
    let report = report(&folder);
    assert_eq!((&report["invalid_bsr"], &report["invalid_rating"]), (&4.into(), &3.into()));
    // D-ETL-7: ratings were not checked.
    let folder = Folder::original();
    raw(&folder, &rows);
    assert_eq!(mart(&folder, "rating").concat()[..4], ["4.5", n, n, "9.9"]);
}

/// D-ETL-7: an infinite price passed.
#[test]
fn infinite_prices_are_invalid() {
    for (folder, expected) in
        [(Folder::new(), ["null", "false"]), (Folder::original(), ["inf", "true"])]
    {
        raw(&folder, &[cells("2024-01-01", "Infinity", "1", "4")]);
        assert_eq!(mart(&folder, "price, price_valid"), [expected]);
    }
}

/// D-ETL-6: they ended the run.
#[test]
fn rows_without_a_key_are_counted() {
    let folder = Folder::new();
    raw(
        &folder,
        &[
            cells("2024-02-30", "1", "1", "4"),
            ["", "US", "2024-01-01", "1", "1", "4", "soon"],
            cells("2024-01-01", "1", "1", "4"),
        ],
    );
    assert_eq!(mart(&folder, "dt"), [["2024-01-01"]]);
    let report = report(&folder);
    assert_eq!(
        (&report["unusable"], &report["null_ingested_at"], &report["rows_in"]),
        (&2.into(), &1.into(), &3.into())
    );
    assert_eq!(report["sites"]["US"]["rows_in"], 3);
    assert_eq!(report["null_rate"]["price"], 0.0);
}

#[test]
fn needed_columns_are_named_and_others_pass_through() {
    let folder = Folder::new();
    folder.file("raw.csv", "asin,site,dt,price,bsr,rating\nA,US,2024-01-01,1,1,4\n");
    let run = "standardize --input @raw.csv --output @mart.parquet";
    assert!(folder.refused(run).contains("has no column _ingested_at"));
    folder.file(
        "raw.csv",
        "asin,site,dt,note,price,bsr,rating,_ingested_at\nA,US,2024-01-01,hello,1,1,4,\n",
    );
    folder.done(run);
    let columns = folder.rows(
        "mart.parquet",
        "select column_name || ' ' || column_type from (describe select * from {})",
    );
    let expected = [
        "asin VARCHAR",
        "site VARCHAR",
        "dt DATE",
        "note VARCHAR",
        "price DOUBLE",
        "bsr DOUBLE",
        "rating DOUBLE",
        "_ingested_at TIMESTAMP",
        "price_valid BOOLEAN",
        "bsr_valid BOOLEAN",
        "rating_valid BOOLEAN",
    ];
    assert_eq!(columns.concat(), expected);
}

#[test]
fn several_files_are_one_after_the_other() {
    let folder = Folder::new();
    let head = "asin,site,dt,price,bsr,rating,_ingested_at\n";
    folder.file("a.csv", &format!("{head}A,US,2024-01-01,1,1,4,2024-01-02\n"));
    folder.table("b.parquet", "select 'A' as asin, 'US' as site, date '2024-01-01' as dt, 2.0::double as price, 1 as bsr, 4 as rating, timestamp '2024-01-02' as _ingested_at");
    folder.done("standardize --input @a.csv @b.parquet --output @mart.parquet");
    assert_eq!(folder.row("mart.parquet", "select price from {}"), ["2.0"]);
    folder.done("standardize --input @b.parquet @a.csv --output @mart.parquet");
    assert_eq!(folder.row("mart.parquet", "select price from {}"), ["1.0"]);
}

/// Coverage of days of January, by product; the report's status and minimum.
fn coverage(folder: &Folder, series: &[(&str, &[u32])]) -> (String, String) {
    let mut text = "asin,site,dt,price,bsr,rating,_ingested_at\n".to_owned();
    for (asin, days) in series {
        for day in *days {
            text += &format!("{asin},US,2024-01-{day:02},1,1,4,2024-02-01\n");
        }
    }
    folder.file("raw.csv", &text);
    folder.done("standardize --input @raw.csv --output @mart.parquet --report @report.json");
    let coverage = &report(folder)["coverage"];
    (coverage["status"].as_str().expect("a status").to_owned(), coverage["minimum"].to_string())
}

/// D-VAL-1: the more products, the less coverage.
#[test]
fn coverage_is_that_of_each_series() {
    let days: Vec<u32> = (1..=31).collect();
    let gap = |rows: usize| [&days[..5], &days[6..=rows]].concat();
    let pair = |status: &str, minimum: &str| (status.to_owned(), minimum.to_owned());
    let backwards: Vec<u32> = (1..=10).rev().collect();
    let (fixed, original) = (Folder::new(), Folder::original());
    for folder in [&fixed, &original] {
        assert_eq!(coverage(folder, &[("A", &days[..10])]), pair("passed", "1.0"));
        assert_eq!(coverage(folder, &[("A", &backwards)]), pair("passed", "1.0"));
        assert_eq!(coverage(folder, &[("A", &days[..1])]), pair("passed", "1.0"));
        assert_eq!(coverage(folder, &[]), pair("warning", "null"));
    }
    assert_eq!(coverage(&original, &[("A", &gap(10))]), pair("warning", "0.9"));
    assert_eq!(coverage(&original, &[("A", &gap(20))]), pair("passed", "0.95"));
    assert_eq!(coverage(&original, &[("A", &gap(19))]), pair("warning", "0.9473684210526316"));
    let five = &days[..5];
    assert_eq!(coverage(&original, &[("A", five), ("B", five)]), pair("warning", "0.5"));
    let ten = &days[..10];
    let third = pair("warning", "0.3333333333333333");
    assert_eq!(coverage(&original, &[("A", ten), ("B", ten), ("C", ten)]), third);
    assert_eq!(coverage(&fixed, &[("A", five), ("B", five)]), pair("passed", "1.0"));
    assert_eq!(coverage(&fixed, &[("A", &[1, 2, 4]), ("B", five)]), pair("warning", "0.75"));
    assert_eq!(report(&fixed)["coverage"]["worst"][0]["asin"], "A");
}

/// The order of the rows does not matter, nor in how many runs the days come.
#[test]
fn neither_order_nor_portions_matter() {
    let folder = Folder::new();
    let made = "select 'P' || (i % 50) as asin, ['US','DE'][i % 2 + 1] as site, date '2024-01-01' + (i % 1000 // 50)::int as dt, \
                (hash(i) % 100)::int - 5 as price, hash(i, 2) % 6000000 as bsr, 4.0 as rating, timestamp '2024-02-01' + interval (i) second as _ingested_at from range(1500) t(i)";
    let read = |file: &str| folder.rows(file, "select * from {} order by asin, site, dt");
    folder.table("raw.parquet", &format!("{made} order by i"));
    folder.done("standardize --input @raw.parquet --output @a.parquet");
    folder.table("raw.parquet", &format!("{made} order by hash(i)"));
    folder.done("standardize --input @raw.parquet --output @b.parquet");
    assert_eq!(read("a.parquet").len(), 1000);
    assert_eq!(read("a.parquet"), read("b.parquet"));
    folder.settings("ingest: {first_days: 2}");
    folder.done("standardize --input @raw.parquet --output @c.parquet --date 2024-01-10 --limit 7");
    let some = "dt between '2024-01-08' and '2024-01-10' and asin in (select distinct asin from {} order by 1 limit 7)";
    let expected = folder
        .rows("a.parquet", &format!("select * from {{}} where {some} order by asin, site, dt"));
    assert_eq!(read("c.parquet"), expected);
}
