//! Labels whose windows count days, and what missing values make of them.

use crate::fixture::Folder;

const LABELS: &str = "labels --mart @mart.parquet --features @features.parquet --output-dir @out \
    --windows @windows.parquet";

fn settings(folder: &Folder, lookback: u32, horizon: u32, more: &str) {
    folder.settings(&format!(
        "training:\n  labels: {{lookback_days: {lookback}, horizon_days: {horizon}, window_mode: calendar{more}}}\n  \
         splits: {{purge: false}}\n"
    ));
}

fn mart(folder: &Folder, query: &str) {
    folder.table("mart.parquet", query);
    let mart = folder.path("mart.parquet");
    let keys = format!("select distinct asin, site, dt from '{}'", mart.display());
    folder.table("features.parquet", &keys);
}

/// A day has both of its windows whole when the series is as long as the two of them.
#[test]
fn both_windows_are_whole_from_their_length_on() {
    let folder = Folder::new();
    settings(&folder, 28, 30, ", min_coverage: 1");
    let labelled = |days: u32| {
        let day = "select 'A' as asin, 'US' as site, date '2021-01-01' + i::int as dt, 'c' as category, 1 as sales, \
            case when i < 28 then 100 else 50 end as bsr";
        mart(&folder, &format!("{day} from range({days}) t(i)"));
        folder.done(LABELS);
        folder.rows(
            "windows.parquet",
            "select t_ref, past_sales, future_sales, round(sales_ratio, 9), bsr_delta from {} \
             where sales_ratio is not null",
        )
    };
    assert_eq!(labelled(57), [[""; 5]; 0]);
    assert_eq!(labelled(58), [["2021-01-28", "28.0", "30.0", "1.071428571", "-50.0"]]);
    assert_eq!(folder.row("out/train_samples_bin.parquet", "select sum(y) from {}"), ["0"]);
}

/// Ten products of a site, of which A stands at these places on its days.
fn places(folder: &Folder, sales: &str, places: &str) -> String {
    mart(
        folder,
        &format!(
            "select chr(65 + i::int) as asin, 'US' as site, date '2021-01-01' + (d - 1)::int as dt, 'c' as category, \
             case when i = 0 then ([{sales}])[d] else 1 end as sales, \
             case when i = 0 then ([{places}])[d] else i + if(i >= ([{places}])[d], 1, 0) end as bsr \
             from range(10) t(i), range(1, len([{places}]) + 1) u(d)"
        ),
    );
    folder.done(LABELS);
    let y = "select string_agg(y, '' order by t_ref) from {} where asin = 'A'";
    folder.row("out/train_samples_bin.parquet", y).concat()
}

#[test]
fn a_fall_of_the_percentile_counts_from_the_threshold_on() {
    let folder = Folder::new();
    settings(&folder, 2, 1, ", min_coverage: 1");
    assert_eq!(places(&folder, "10, 10, 40, 40", "8, 8, 5, 5"), "010");
    settings(&folder, 1, 1, "");
    // Of doubles 0.7 - 0.5 is a little less than 0.2, and 0.5 - 0.3 is not.
    assert_eq!(places(&folder, "1, 5", "7, 5"), "0");
    assert_eq!(places(&folder, "1, 5", "5, 3"), "1");
}

/// What the two days of a product sold, and its ranks.
fn pair(folder: &Folder, sales: &str, ranks: &str) -> Option<String> {
    settings(folder, 1, 1, ", bsr_delta: 1");
    let bsr =
        if ranks.is_empty() { String::new() } else { format!(", ([{ranks}])[i]::double as bsr") };
    mart(
        folder,
        &format!(
            "select 'A' as asin, 'US' as site, date '2021-01-01' + (i - 1)::int as dt, 'c' as category, \
             ([{sales}])[i]::double as sales{bsr} from range(1, 3) t(i)"
        ),
    );
    let ended = folder.run(LABELS);
    if ended.code != 0 {
        assert!(ended.err.contains("No day can be labelled"), "{}", ended.err);
        return None;
    }
    let sample = "select concat_ws(' ', coalesce(sales_ratio::varchar, 'null'), coalesce(bsr_delta::varchar, 'null')) from {}";
    let y = folder.row("out/train_samples_bin.parquet", "select y from {}").concat();
    Some(format!("{} {y}", folder.row("windows.parquet", sample).concat()))
}

/// A ratio to nothing is unknown, and no reason to call a day positive.
#[test]
fn unknown_growth_is_no_growth() {
    let folder = Folder::new();
    let known = |text: &str| Some(text.to_owned());
    assert_eq!(pair(&folder, "1, 5", "101.5, 100"), known("5.0 -1.5 1"));
    assert_eq!(pair(&folder, "1, 5", "101, 100"), known("5.0 -1.0 1"), "just as much as it takes");
    assert_eq!(pair(&folder, "1, 5", "100.5, 100"), known("5.0 -0.5 0"));
    assert_eq!(pair(&folder, "10, 16", "100, 10"), known("1.6 -90.0 1"));
    assert_eq!(pair(&folder, "0, 5", "100, 10"), known("null -90.0 0"));
    assert_eq!(pair(&folder, "0, 0", "100, 10"), known("null -90.0 0"));
    assert_eq!(pair(&folder, "null, 5", "100, 10"), known("null -90.0 0"));
    assert_eq!(pair(&folder, "-5, 5", "100, 10"), known("null -90.0 0"));
    assert_eq!(pair(&folder, "5, null", "100, 10"), None, "nothing is known of the future");
    assert_eq!(pair(&folder, "1, 5", ""), known("5.0 null 0"));
}

/// All rows of a day are in the window of the day.
#[test]
fn a_day_with_two_rows_is_one_day() {
    let folder = Folder::new();
    settings(&folder, 1, 1, "");
    mart(
        &folder,
        "select 'A' as asin, 'US' as site, 'c' as category, unnest([date '2021-01-01', date '2021-01-01', \
         date '2021-01-02']) as dt, unnest([1, 10, 5]) as sales",
    );
    folder.done(LABELS);
    let windows = "select distinct t_ref, past_sales, future_sales, round(sales_ratio, 10) from {}";
    let expected = [["2021-01-01", "11.0", "5.0", "0.4545454545"]];
    assert_eq!(folder.rows("windows.parquet", windows), expected);
}

/// Features of two products, one of which has a day of its own.
fn vectors(folder: &Folder, features: &str) -> Vec<String> {
    folder.settings("training:\n  labels: {lookback_days: 1, horizon_days: 1}\n");
    folder.table(
        "mart.parquet",
        "select 'A' as asin, 'US' as site, date '2021-01-01' + i::int as dt, 'c' as category, 1 as sales from range(3) t(i)",
    );
    folder.table("features.parquet", features);
    folder.done(LABELS);
    let vectors = "select feature_vector from {} order by t_ref";
    folder.rows("out/train_samples_bin.parquet", vectors).concat()
}

/// D-LAB-10: whole numbers turned into decimals where a day had no features, and no features were the text NaN.
#[test]
fn whole_numbers_of_features_stay_whole() {
    let features = |first: u32| {
        format!(
            "select 'A' as asin, 'US' as site, date '2021-01-01' + i::int as dt, 1.0::double as f1, \
             ([1.5, null, null])[i + 1]::double as f2, 'z' as cat, i::integer as n from range({first}, 3) t(i)"
        )
    };
    let whole =
        [r#"{"f1": 1.0, "f2": 1.5, "cat": "z", "n": 0}"#, r#"{"f1": 1.0, "cat": "z", "n": 1}"#];
    assert_eq!(vectors(&Folder::original(), &features(0)), whole);
    assert_eq!(vectors(&Folder::new(), &features(0)), whole);
    let decimal = r#"{"f1": 1.0, "cat": "z", "n": 1.0}"#;
    assert_eq!(vectors(&Folder::original(), &features(1)), ["{}", decimal]);
    assert_eq!(vectors(&Folder::new(), &features(1)), ["{}", whole[1]]);
    let none = "select 'A' as asin, 'US' as site, date '2021-01-01' as dt";
    assert_eq!(vectors(&Folder::original(), none), ["NaN", "NaN"]);
    assert_eq!(vectors(&Folder::new(), none), ["{}", "{}"]);
    let empty = format!("{none}, null::double as f, null::varchar as g");
    assert_eq!(vectors(&Folder::original(), &empty), ["{}", "{}"]);
}

/// D-LAB-7: a path of categories was the text of an array.
#[test]
fn paths_of_categories_are_joined() {
    let category = |folder: &Folder, path: &str| {
        folder.settings("training:\n  labels: {lookback_days: 1, horizon_days: 1}\n");
        let day = "select 'A' as asin, 'US' as site, date '2021-01-01' + i::int as dt, 1 as sales";
        mart(folder, &format!("{day}, {path} as category_path from range(2) t(i)"));
        folder.done(LABELS);
        folder.row("out/train_samples_bin.parquet", "select meta.category from {}").concat()
    };
    assert_eq!(category(&Folder::new(), "['c', 'd']"), "c>d");
    let text = |path: &str| category(&Folder::original(), path);
    assert_eq!(text("['c', 'd']"), "['c' 'd']");
    assert_eq!(text("['it''s', 'a\"b', 'x\\y']"), r#"["it's" 'a"b' 'x\\y']"#);
    assert_eq!(text("null::varchar[]"), "unknown");
    assert_eq!(text("'plain'"), "plain");
    // Lines of an array are 75 letters long.
    let long = "['Automotive Parts & Accessories', 'Tyres & Wheels', 'Tyre Inflators', 'Digital']";
    assert_eq!(
        text(long),
        "['Automotive Parts & Accessories' 'Tyres & Wheels' 'Tyre Inflators'\n 'Digital']"
    );
}
