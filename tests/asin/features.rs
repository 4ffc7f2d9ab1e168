//! Features of a series, figure by figure.

use crate::fixture::Folder;

/// A series of consecutive days from 1 January 2024, a value per day of one column; what the mart needs besides
/// is there and empty.
fn series(folder: &Folder, column: &str, values: &str) {
    let others = ["bsr", "price", "rating", "reviews_count", "est_sales"];
    let others = others.iter().filter(|other| **other != column);
    let others: String = others.map(|other| format!(", null::double as {other}")).collect();
    folder.table(
        "mart.parquet",
        &format!(
            "select 'A' as asin, 'US' as site, date '2024-01-01' + (i - 1)::int as dt, \
             l[i]::double as {column}{others} \
             from (select {values} as l), range(1, len({values}) + 1) t(i)"
        ),
    );
}

/// A feature of every row, rounded as far as the figures are known.
fn feature(folder: &Folder, name: &str) -> Vec<String> {
    folder.done("features --input @mart.parquet --output @features.parquet");
    let query = format!("select round({name}, 14)::varchar from {{}} order by dt");
    folder.rows("features.parquet", &query).into_iter().flatten().collect()
}

fn expect(column: &str, values: &str, name: &str, expected: &[Option<f64>]) {
    let folder = Folder::new();
    series(&folder, column, values);
    let got = feature(&folder, name);
    assert_eq!(got.len(), expected.len(), "{got:?}");
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        match expected {
            None => assert_eq!(got, "null", "row {at} of {name}"),
            Some(expected) => {
                let got: f64 = got.parse().unwrap_or(f64::NAN);
                assert!(
                    (got - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
                    "row {at}: {got}, not {expected}"
                );
            }
        }
    }
}

/// The first values are `null`, the rest given.
fn after(nulls: usize, values: &[f64]) -> Vec<Option<f64>> {
    let values = values.iter().copied().map(Some);
    std::iter::repeat_n(None, nulls).chain(values).collect()
}

#[test]
fn trends_are_slopes_of_the_reciprocal_rank() {
    let slopes = after(4, &[-0.185, -0.1471428571, -0.1204081633]);
    expect("bsr", "[1,2,3,4,5,6,7]", "bsr_trend_7", &slopes);
    let slopes = after(4, &[0.0001079365079, 0.0001065149137, 0.000108331153, 9.963835599e-05]);
    expect("bsr", "[1000,900,800,750,700,650,600,590]", "bsr_trend_7", &slopes);
    expect("bsr", "[7,7,7,7,7,7]", "bsr_trend_7", &after(4, &[0.0, 0.0]));
}

#[test]
fn a_trend_needs_every_rank_of_its_window() {
    let slopes = after(9, &[0.005676020408, 0.01204081633, 0.02625]);
    expect("bsr", "[100,90,null,80,70,60,50,40,30,20,10,5]", "bsr_trend_7", &slopes);
    let slopes = after(8, &[0.005676020408]);
    expect("bsr", "[100,0,80,70,60,50,40,30,20]", "bsr_trend_7", &slopes);
}

#[test]
fn volatility_is_deviation_by_mean_of_the_prices_there_are() {
    let shares = after(4, &[0.1317615692, 0.1496662955, 0.1661728384, 0.4077675594]);
    expect("price", "[10,11,12,13,14,15,16,30]", "price_vol_7", &shares);
    let shares = after(6, &[0.1808687331, 0.1420304202, 0.1420304202]);
    expect("price", "[10,null,12,13,null,15,16,17,null]", "price_vol_7", &shares);
    expect("price", "[10,10,10,10,10,10]", "price_vol_7", &after(4, &[0.0, 0.0]));
}

#[test]
fn means_and_differences() {
    let means = after(5, &[4.2, 4.25, 4.35]);
    expect("rating", "[4,4.1,4.2,null,4.3,4.4,4.5,4.6]", "rating_mean_7", &means);
    let mut growth = after(14, &[40.0, 9.0]);
    growth.push(None);
    let counts = "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,40,10,null]";
    expect("reviews_count", counts, "review_vel_14", &growth);
    let means: Vec<f64> =
        (21..=31).map(|rows| if rows == 31 { 15.5 } else { f64::from(rows - 1) / 2.0 }).collect();
    expect("est_sales", "range(31)", "est_sales_30", &after(20, &means));
}

#[test]
fn windows_count_rows_unless_they_count_days() {
    let folder = Folder::new();
    let days = "['2024-01-01','2024-01-02','2024-01-05','2024-01-09','2024-01-20','2024-03-01']";
    let query = format!(
        "select 'A' as asin, 'US' as site, {days}[i]::date as dt, (110 - 10 * i)::double as bsr, 1.0 as price, 4.0 as rating, 1 as reviews_count \
         from range(1, 7) t(i)"
    );
    folder.table("mart.parquet", &query);
    let slopes = ["null", "null", "null", "null", "0.00165079365079", "0.00195578231293"];
    assert_eq!(feature(&folder, "bsr_trend_7"), slopes);
    folder.settings("features: {window_mode: calendar}");
    assert_eq!(feature(&folder, "bsr_trend_7"), ["null"; 6]);
    assert_eq!(feature(&folder, "est_sales_30"), ["null"; 6]);
}

#[test]
fn other_windows_have_columns_of_their_own() {
    let folder = Folder::original();
    folder.table(
        "mart.parquet",
        "select 'A' as asin, 'US' as site, date '2024-01-01' + i::int as dt, power(2, i) as bsr, power(2, i) as price, 4.0 as rating, 1 as reviews_count from range(3) t(i)",
    );
    folder.settings("features: {rolling: [2, 1]}");
    assert_eq!(feature(&folder, "bsr_trend_2"), ["null", "-0.5", "-0.25"]);
    assert_eq!(feature(&folder, "price_vol_2"), ["null", "0.47140452079103", "0.47140452079103"]);
    assert_eq!(feature(&folder, "bsr_trend_1"), ["0.0", "0.0", "0.0"]);
    assert_eq!(feature(&folder, "price_vol_1"), ["null"; 3]);
    assert_eq!(feature(&folder, "rating_mean_1"), ["4.0", "4.0", "4.0"]);
    let columns =
        folder.rows("features.parquet", "select column_name from (describe select * from {})");
    let expected = "asin site dt bsr_trend_2 price_vol_2 rating_mean_2 bsr_trend_1 price_vol_1 rating_mean_1 review_vel_14 est_sales_30 listing_quality";
    assert_eq!(columns.concat(), expected.split(' ').collect::<Vec<_>>());
}

#[test]
fn a_long_series_has_every_feature() {
    let folder = Folder::new();
    folder.table(
        "mart.parquet",
        "select 'A' as asin, 'US' as site, date '2024-01-01' + i::int as dt, 1000 - 20 * i as bsr, 20 + 0.1 * (i % 5) as price, \
         4 + 0.01 * i as rating, 100 + 3 * i as reviews_count, 5 + i % 3 as est_sales from range(31) t(i)",
    );
    folder.done("features --input @mart.parquet --output @features.parquet");
    for (row, expected) in [
        (
            5,
            [2.173346674e-05, 0.007827419951, 4.02, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0],
        ),
        (
            14,
            [
                3.13874148e-05,
                0.006654627511,
                4.1,
                2.683673775e-05,
                0.006967411076,
                4.065,
                -1.0,
                -1.0,
                -1.0,
                -1.0,
                -1.0,
            ],
        ),
        (
            21,
            [
                4.621102473e-05,
                0.008574508948,
                4.17,
                3.837055825e-05,
                0.007382218678,
                4.135,
                3.260140453e-05,
                0.007330316164,
                4.1,
                42.0,
                6.0,
            ],
        ),
        (
            31,
            [
                9.578814043e-05,
                0.008574508948,
                4.27,
                7.429715776e-05,
                0.007382218678,
                4.235,
                4.750981092e-05,
                0.007120742101,
                4.155,
                42.0,
                6.0,
            ],
        ),
    ] {
        let names = "bsr_trend_7, price_vol_7, rating_mean_7, bsr_trend_14, price_vol_14, rating_mean_14, bsr_trend_30, price_vol_30, rating_mean_30, review_vel_14, est_sales_30";
        let query = format!("select {names} from {{}} order by dt limit 1 offset {}", row - 1);
        let got = folder.row("features.parquet", &query);
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            // Below zero stands for none.
            let got: f64 = if got == "null" { -1.0 } else { got.parse().expect("a number") };
            assert!(
                (got - expected).abs() <= 1e-9 * expected.abs(),
                "row {row}: {got}, not {expected}"
            );
        }
    }
}

/// The quality of one listing, of columns that are there.
fn quality(folder: &Folder, listing: &str) -> String {
    folder.table(
        "mart.parquet",
        &format!("select 'A' as asin, 'US' as site, date '2024-01-01' as dt, 1 as bsr, 1 as price, 1 as rating, 1 as reviews_count, {listing}"),
    );
    feature(folder, "listing_quality").remove(0)
}

fn listing(title: &str, bullets: &str, images: &str, flags: [&str; 4]) -> String {
    let [material, size, usage, plus] = flags;
    format!(
        "{title} as title_length, {bullets} as bullet_count, {images} as image_count, {material} as has_material_attr, \
         {size} as has_size_attr, {usage} as has_use_case_attr, {plus} as has_a_plus"
    )
}

#[test]
fn a_listing_is_as_good_as_what_it_has() {
    let (t, f) = ("true", "false");
    for folder in [Folder::new(), Folder::original()] {
        for (title, bullets, images, flags, expected) in [
            ("80", "6", "7", [t, t, t, t], "1.0"),
            ("40", "3", "3", [t, f, f, f], "0.39880952380952"),
            ("200", "10", "12", [t, t, t, f], "0.875"),
            ("0", "0", "0", [f, f, f, f], "0.0"),
            ("80", "6", "6", [t, t, t, t], "0.96428571428571"),
            ("60", "4", "5", [t, f, t, t], "0.74107142857143"),
        ] {
            assert_eq!(quality(&folder, &listing(title, bullets, images, flags)), expected);
        }
    }
}

/// D-FEA-2: what is not known of a listing counted as there, or took the quality away.
#[test]
fn what_is_missing_of_a_listing_counts_nothing() {
    let all = ["true"; 4];
    let one = |flag| [flag, "false", "false", "false"];
    let absent = "80 as title_length, 6 as bullet_count, 7 as image_count";
    for (mart, fixed, original) in [
        (listing("-80", "6", "7", all), "0.75", "0.5"),
        (listing("null::int", "6", "7", all), "0.75", "null"),
        (listing("80", "6", "null::int", all), "0.75", "null"),
        (listing("80", "6", "7", one("'nan'::double")), "0.75", "0.79166666666667"),
        (listing("80", "6", "7", one("null::boolean")), "0.75", "0.75"),
        (absent.to_owned(), "0.75", "1.0"),
    ] {
        assert_eq!(quality(&Folder::new(), &mart), fixed, "{mart}");
        assert_eq!(quality(&Folder::original(), &mart), original, "{mart}");
    }
    let folder = Folder::new();
    quality(&folder, absent);
    assert_eq!(
        folder.row("features.parquet", "select listing_missing, category from {}"),
        ["4", "null"]
    );
}

/// D-FEA-3: the score groups by it.
#[test]
fn rows_keep_their_category() {
    let folder = Folder::new();
    folder.file("mart.csv", "asin,site,dt,bsr,price,rating,reviews_count,category\nA,US,2024-01-02,5,1,4,1,new\nA,US,2024-01-01,5,1,4,1,old\n,US,2024-01-01,5,1,4,1,none\n");
    folder.done("features --input @mart.csv --output @features.csv");
    let rows = folder.rows("features.csv", "select dt, category from {} order by 1");
    assert_eq!(rows, [["2024-01-01", "old"], ["2024-01-02", "new"]]);
    folder.done("features --input @mart.csv --output @day.csv --date 2024-01-02");
    assert_eq!(folder.row("day.csv", "select dt, category from {}"), ["2024-01-02", "new"]);
}

#[test]
fn what_cannot_be_read_is_refused() {
    let folder = Folder::new();
    folder.file(
        "mart.csv",
        "asin,site,dt,bsr,price,rating,reviews_count\nA,US,2024-01-01,many,1,4,1\n",
    );
    let run = "features --input @mart.csv --output @features.parquet";
    assert!(folder.refused(run).contains("bsr of row A, US, 2024-01-01 is 'many'"));
    let head = "asin,site,dt,bsr,price,rating,reviews_count,has_a_plus\n";
    for (rows, why) in [
        (
            "A,US,2024-01-01,1,1,4,1,maybe\n",
            "has_a_plus of row A, US, 2024-01-01 is 'maybe', which is no flag",
        ),
        ("A,US,soon,1,1,4,1,\n", "dt of row A, US, soon is 'soon', which is no date"),
        // A row that is too long is no other header.
        ("A,US,2024-01-01,1,1,4,1,true,more\n", "Error when sniffing file"),
    ] {
        folder.file("mart.csv", &format!("{head}{rows}"));
        let error = folder.refused(run);
        assert!(error.contains(why) && error.contains("mart.csv"), "{error}");
    }
    // Neither is missing an infinite number nor a flag that is none.
    folder.file("mart.csv", &format!("{head}A,US,2024-01-01,nan,inf,,-inf,nan\n"));
    folder.done("features --input @mart.csv --output @others.parquet");
    folder.file("mart.csv", "asin,site,dt,price,rating\n");
    assert!(folder.refused(run).contains("has no column bsr, reviews_count"));
    folder.file("mart.parquet", "PAR1 and nothing else");
    let broken = folder.refused("features --input @mart.parquet --output @features.parquet");
    assert!(broken.contains("mart.parquet"), "{broken}");
    assert!(
        folder
            .refused("features --input @none.csv --output @features.csv")
            .contains("none.csv is missing")
    );
    assert!(!folder.path("features.parquet").exists());
}

/// The order of the rows does not matter, nor in how many runs the days come.
#[test]
fn neither_order_nor_portions_matter() {
    let made = "select 'P' || (i % 11) as asin, ['US', 'DE'][i % 2 + 1] as site, date '2024-01-01' + (i // 11 * 10 // 9)::int as dt, \
        (hash(i) % 10000)::double as bsr, case when i % 7 > 0 then (hash(i, 2) % 1000) / 7 end as price, 4.5 as rating, \
        (hash(i, 3) % 99)::double as reviews_count, (hash(i, 4) % 9)::double as est_sales, 'c' || (i % 3) as category, 70 as title_length \
        from range(660) t(i)";
    let of_day = "from {} where dt = '2024-02-15' order by all";
    for settings in ["{}", "features: {window_mode: calendar}", "features: {rolling: [30, 5]}"] {
        let folder = Folder::new();
        folder.settings(settings);
        let read = |file: &str| folder.rows(file, "from {} order by all");
        for (order, file) in [("i", "a.parquet"), ("hash(i)", "b.parquet")] {
            folder.table("mart.parquet", &format!("{made} order by {order}"));
            folder.done(&format!("features --input @mart.parquet --output @{file}"));
        }
        assert_eq!(read("a.parquet").len(), 660);
        assert_eq!(read("a.parquet"), read("b.parquet"), "{settings}");
        folder.done("features --input @mart.parquet --output @day.parquet --date 2024-02-15");
        let day = folder.rows("a.parquet", of_day);
        assert!(day.len() > 5 && read("day.parquet") == day, "{settings}: {day:?}");
    }
}

/// The same on the job's tables: days of their own, again, and all of them.
#[test]
fn days_come_one_by_one_or_together() {
    let folder = Folder::new();
    folder.run("score");
    folder.change(
        "insert into asin.mart_timeseries_daily by name select 'P' || (i % 11) as asin, 'US' as site, date '2024-01-01' + (i // 11)::int as dt, \
         (hash(i) % 10000)::double as bsr, (hash(i, 2) % 1000) / 7 as price, 4.5 as rating, (hash(i, 3) % 99)::double as reviews_count, \
         (hash(i, 4) % 9)::double as est_sales, 'c' || (i % 3) as category from range(440) t(i)",
    );
    let days = ["2024-02-07", "2024-02-08", "2024-02-09", "2024-02-08"];
    for stage in ["features", "score"] {
        for day in days {
            folder.done(&format!("{stage} --date {day}"));
        }
    }
    folder.change(&format!(
        "copy asin.mart_timeseries_daily to '{}' (format parquet)",
        folder.path("mart.parquet").display()
    ));
    folder.done("features --input @mart.parquet --output @features.parquet");
    folder.done("score --input @features.parquet --output @scores.parquet");
    for (table, file) in
        [("features_daily", "features.parquet"), ("score_baseline_daily", "scores.parquet")]
    {
        let columns =
            folder.rows(file, "select column_name from (describe from {})").concat().join(", ");
        let some = "where dt between '2024-02-07' and '2024-02-09' order by all";
        let together = folder.rows(file, &format!("select {columns} from {{}} {some}"));
        assert_eq!(together.len(), 33);
        assert_eq!(folder.tables(&format!("select {columns} from asin.{table} {some}")), together);
    }
}

/// What does not fit into memory is worked on part by part.
#[test]
fn the_number_of_parts_changes_nothing() {
    // Half of 64 MB hold a third of it.
    let parts = Folder::new().with("AIM_MEMORY_LIMIT", "64MB").with("AIM_THREADS", "1");
    let whole = Folder::new();
    let made = "select 'P' || (i % 700) as asin, ['US', 'DE', ''][i % 3 + 1] as site, date '2024-01-01' + (i // 700 * 10 // 9)::int as dt, \
        (hash(i) % 10000)::double as bsr, case when i % 7 > 0 then (hash(i, 2) % 1000) / 7 end as price, 4.5 as rating, (hash(i, 3) % 99)::double as reviews_count, \
        (hash(i, 4) % 9)::double as est_sales, 'a category with a long name ' || (i % 700 % 40) as category, 70 as title_length from range(250000) t(i)";
    let settings = ["{}", "features: {window_mode: calendar}", "features: {rolling: [30, 5]}"];
    for settings in settings {
        for folder in [&parts, &whole] {
            folder.settings(settings);
            folder.table("mart.parquet", made);
            let said = folder.done("features --input @mart.parquet --output @features.parquet");
            assert_eq!(said, "250000 rows of features\n");
        }
        let differences = format!(
            "select count(*) from (from {{}} except all from '{}')",
            parts.path("features.parquet").display()
        );
        assert_eq!(whole.row("features.parquet", &differences), ["0"], "{settings}");
    }
}
