//! Labels: windows and targets, figure by figure; in files of their own the parts, what groups are called by, and
//! feature vectors.

mod meta;
mod parts;
mod vectors;

use crate::fixture::Folder;

/// The pipeline that this one replaces worked with these windows of rows.
fn windows(lookback: u32, horizon: u32, more: &str) -> String {
    format!(
        "training:\n  labels: {{lookback_days: {lookback}, horizon_days: {horizon}{more}}}\n  splits: {{purge: false}}\n"
    )
}

/// A mart of one product, a day to a value, and features without any.
fn series(folder: &Folder, columns: &[(&str, &str)]) {
    let days = columns[0].1.matches(',').count() + 1;
    let columns: String =
        columns.iter().map(|(name, list)| format!(", ({list})[i]::double as {name}")).collect();
    folder.table(
        "mart.parquet",
        &format!(
            "select 'A' as asin, 'US' as site, date '2021-01-01' + (i - 1)::int as dt, 'c' as category{columns} \
             from range(1, {days} + 1) t(i)"
        ),
    );
    without_features(folder);
}

fn without_features(folder: &Folder) {
    let mart = folder.path("mart.parquet");
    folder.table("features.parquet", &format!("select asin, site, dt from '{}'", mart.display()));
}

const LABELS: &str = "labels --mart @mart.parquet --features @features.parquet --output-dir @out \
    --windows @windows.parquet";

/// Columns of the windows of every labelled day, as `day: value; …`.
fn details(folder: &Folder, columns: &[&str]) -> String {
    folder.done(LABELS);
    let cells: Vec<String> = columns
        .iter()
        .map(|column| format!("'{column}=' || coalesce(round({column}, 9)::varchar, 'null')"))
        .collect();
    let query = format!(
        "select strftime(t_ref, '%m-%d') || ' ' || concat_ws(' ', {}) from {{}} order by asin, site, t_ref",
        cells.join(", ")
    );
    folder.rows("windows.parquet", &query).concat().join("; ")
}

fn samples(folder: &Folder, target: &str, column: &str) -> Vec<String> {
    let query = format!("select ({column})::varchar from {{}} order by asin, site, t_ref");
    folder.rows(&format!("out/train_samples_{target}.parquet"), &query).concat()
}

#[test]
fn windows_hold_sums_and_medians() {
    let folder = Folder::original();
    folder.settings(&windows(2, 1, ""));
    series(&folder, &[("sales", "[10,10,40,40]"), ("bsr", "[100,100,50,50]")]);
    let columns =
        ["past_sales", "future_sales", "past_bsr", "future_bsr", "sales_ratio", "bsr_delta"];
    assert_eq!(
        details(&folder, &columns),
        "01-01 past_sales=null future_sales=10.0 past_bsr=null future_bsr=100.0 sales_ratio=null bsr_delta=null; \
         01-02 past_sales=20.0 future_sales=40.0 past_bsr=100.0 future_bsr=50.0 sales_ratio=2.0 bsr_delta=-50.0; \
         01-03 past_sales=50.0 future_sales=40.0 past_bsr=75.0 future_bsr=50.0 sales_ratio=0.8 bsr_delta=-25.0"
    );
    assert_eq!(samples(&folder, "bin", "y"), ["0", "0", "0"]);
}

#[test]
fn windows_need_most_of_their_values() {
    let folder = Folder::original();
    folder.settings(&windows(3, 2, ""));
    series(&folder, &[("sales", "[1,2,3,4,5,6]")]);
    assert_eq!(
        details(&folder, &["past_sales", "future_sales", "sales_ratio"]),
        "01-01 past_sales=null future_sales=5.0 sales_ratio=null; \
         01-02 past_sales=null future_sales=7.0 sales_ratio=null; \
         01-03 past_sales=6.0 future_sales=9.0 sales_ratio=1.5; \
         01-04 past_sales=9.0 future_sales=11.0 sales_ratio=1.222222222"
    );
    folder.settings(&windows(3, 3, ", min_coverage: 0.34"));
    series(&folder, &[("sales", "[1,null,3,4,null,6]"), ("bsr", "[60,50,null,30,20,10]")]);
    let columns = [
        "past_sales",
        "future_sales",
        "past_bsr",
        "future_bsr",
        "past_sales_points",
        "future_sales_points",
    ];
    assert_eq!(
        details(&folder, &columns),
        "01-01 past_sales=null future_sales=7.0 past_bsr=null future_bsr=40.0 past_sales_points=1 future_sales_points=2; \
         01-02 past_sales=null future_sales=7.0 past_bsr=55.0 future_bsr=25.0 past_sales_points=1 future_sales_points=2; \
         01-03 past_sales=4.0 future_sales=10.0 past_bsr=55.0 future_bsr=20.0 past_sales_points=2 future_sales_points=2"
    );
}

#[test]
fn windows_count_rows_or_days() {
    let folder = Folder::original();
    let mart = "select 'A' as asin, 'US' as site, unnest([date '2021-01-01', date '2021-01-05', date '2021-02-01', \
        date '2021-06-01']) as dt, unnest([1, 2, 4, 8]) as sales, 'c' as category";
    folder.table("mart.parquet", mart);
    without_features(&folder);
    folder.settings(&windows(2, 2, ", min_coverage: 1"));
    assert_eq!(
        details(&folder, &["past_sales", "future_sales"]),
        "01-01 past_sales=null future_sales=6.0; 01-05 past_sales=3.0 future_sales=12.0"
    );
    folder.settings(&windows(5, 27, ", min_coverage: 0.02, window_mode: calendar"));
    assert_eq!(
        details(&folder, &["past_sales", "future_sales"]),
        "01-01 past_sales=1.0 future_sales=2.0; 01-05 past_sales=3.0 future_sales=4.0"
    );
}

/// Days 1, 3, 4, 6, 8 and 9: what is missing counts.
#[test]
fn calendar_windows_know_gaps() {
    let folder = Folder::new();
    folder.table(
        "mart.parquet",
        "select 'A' as asin, 'US' as site, date '2021-01-01' + (unnest([1, 3, 4, 6, 8, 9]) - 1)::int as dt, \
         unnest([5, 7, 4, 8, 1, 1]) as sales, 'c' as category",
    );
    without_features(&folder);
    folder.settings(&windows(3, 2, ", min_coverage: 0.5, window_mode: calendar"));
    let found = details(&folder, &["past_sales", "future_sales", "sales_ratio"]);
    for expected in [
        "01-03 past_sales=12.0 future_sales=4.0 sales_ratio=0.333333333",
        "01-04 past_sales=11.0 future_sales=8.0 sales_ratio=0.727272727",
        "01-06 past_sales=12.0 future_sales=1.0 sales_ratio=0.083333333",
    ] {
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn the_percentile_of_a_rank_is_that_of_its_site_and_day() {
    let folder = Folder::original();
    folder.settings(&windows(1, 1, ""));
    folder.table(
        "mart.parquet",
        "select chr(64 + i::int) as asin, 'US' as site, date '2021-01-01' + d::int as dt, 'c' as category, \
         1 as sales, ([10, 20, 20, 40, null])[i]::double as bsr from range(1, 6) t(i), range(2) u(d)",
    );
    without_features(&folder);
    folder.done(LABELS);
    let found =
        folder.rows("windows.parquet", "select past_bsr_pct::varchar from {} order by asin");
    assert_eq!(found.concat(), ["0.25", "0.75", "0.75", "1.0", "null"]);
}

const FOUR: &str = "select chr(64 + i::int) as asin, 'US' as site, date '2021-01-01' + d::int as dt, \
    case when i < 4 then 'c' end as category, case when d = 0 then 1 else ([5, 5, 9, 1])[i] end as sales \
    from range(1, 5) t(i), range(2) u(d)";

/// Four products of a category, of which two sell the same: equals share the mean of their places, and the worst
/// has the greatest target.
#[test]
fn ranking_targets_of_equals_are_equal() {
    for folder in [Folder::new(), Folder::original()] {
        folder.settings(&windows(1, 1, ""));
        folder.table("mart.parquet", &FOUR.replace("case when i < 4 then 'c' end", "'c'"));
        without_features(&folder);
        folder.done(LABELS);
        assert_eq!(samples(&folder, "rank", "y"), ["0.375", "0.375", "0.0", "0.75"]);
    }
    let folder = Folder::new();
    folder.settings(&windows(1, 1, ""));
    folder.table("mart.parquet", &FOUR.replace("case when i < 4 then 'c' end", "'c'"));
    without_features(&folder);
    folder.done(LABELS);
    assert_eq!(samples(&folder, "rank", "relevance"), ["3", "3", "4", "1"]);
}

/// What has no category competes with what has none either, and only on its day.
#[test]
fn groups_are_named_by_site_category_and_day() {
    let mart = "select chr(64 + i::int) as asin, 'US' as site, date '2021-01-01' + d::int as dt, \
        (['c1', 'c1', null, 'c2'])[i] as category, 1 as sales from range(1, 5) t(i), range(3) u(d)";
    let groups = |folder: &Folder| {
        folder.settings(&windows(1, 1, ""));
        folder.table("mart.parquet", mart);
        without_features(folder);
        folder.done(LABELS);
        samples(folder, "rank", "group_id")
    };
    let (one, two) = ("2021-01-01", "2021-01-02");
    let expected = ["c1", "c1", "unknown", "c2"]
        .map(|category| [one, two].map(|day| format!("US|{category}|{day}")))
        .concat();
    assert_eq!(groups(&Folder::new()), expected);
    // D-LAB-2: they were numbers without a day.
    let numbers = groups(&Folder::original());
    assert!(numbers.iter().all(|number| number.parse::<u64>().is_ok()), "{numbers:?}");
    assert!(numbers[0] == numbers[1] && numbers[0] == numbers[2] && numbers[0] != numbers[4]);
}

#[test]
fn ranking_targets_compare_products_of_a_day() {
    let folder = Folder::original();
    folder.settings(&windows(1, 1, ""));
    folder.table("mart.parquet", FOUR);
    without_features(&folder);
    folder.done(LABELS);
    assert_eq!(samples(&folder, "rank", "y"), ["0.5", "0.5", "0.0", "0.0"]);
    let repaired = Folder::new();
    repaired.settings(&windows(1, 1, ""));
    repaired.table("mart.parquet", FOUR);
    without_features(&repaired);
    repaired.done(LABELS);
    assert_eq!(samples(&repaired, "rank", "y"), ["0.5", "0.5", "0.0", "0.0"]);
    // The best seller has the greatest, one alone too.
    assert_eq!(samples(&repaired, "rank", "relevance"), ["2", "2", "4", "4"]);
    assert_eq!(samples(&repaired, "rank", "group_id")[0], "US|c|2021-01-01");
    assert_eq!(samples(&repaired, "rank", "group_id")[3], "US|unknown|2021-01-01");
    assert_eq!(samples(&repaired, "reg", "y"), ["5.0", "5.0", "9.0", "1.0"]);
}

#[test]
fn a_day_is_positive_when_sales_and_rank_say_so() {
    let folder = Folder::original();
    let y = |sales: &str, more: &str| {
        folder.settings(&windows(1, 1, more));
        series(&folder, &[("sales", sales), ("bsr", "[100,50]")]);
        folder.done(LABELS);
        samples(&folder, "bin", "y").concat()
    };
    assert_eq!(y("[1,5]", ", bsr_delta: 50"), "1");
    assert_eq!(y("[1,5]", ", bsr_delta: 51"), "0");
    assert_eq!(y("[1,5]", ""), "0");
    // Too little was sold before, nothing, enough.
    assert_eq!(y("[0.5,5]", ", bsr_delta: 1"), "0");
    assert_eq!(y("[0,5]", ", bsr_delta: 1"), "0");
    assert_eq!(y("[10,16]", ", bsr_delta: 1"), "1", "a ratio of just what it takes");
    assert_eq!(y("[5,0]", ", bsr_delta: 1"), "0");
    let ratio = details(&folder, &["sales_ratio"]);
    assert_eq!(ratio, "01-01 sales_ratio=0.0");
}

/// Over windows of unlike length flat sales grow; means of days do not.
#[test]
fn sums_or_means_of_days_are_compared() {
    let folder = Folder::new();
    series(&folder, &[("sales", "[2,2,2,2,2]")]);
    folder.settings(&windows(2, 3, ", min_coverage: 1"));
    assert_eq!(details(&folder, &["sales_ratio"]), "01-01 sales_ratio=null; 01-02 sales_ratio=1.5");
    folder.settings(&windows(2, 3, ", min_coverage: 1, daily_means: true"));
    assert_eq!(details(&folder, &["sales_ratio"]), "01-01 sales_ratio=null; 01-02 sales_ratio=1.0");
}

#[test]
fn estimated_sales_stand_in_for_sales() {
    let folder = Folder::original();
    folder.settings(&windows(1, 1, ""));
    series(&folder, &[("est_sales", "[1,2,4]")]);
    assert_eq!(
        details(&folder, &["past_sales", "future_sales", "sales_ratio"]),
        "01-01 past_sales=1.0 future_sales=2.0 sales_ratio=2.0; \
         01-02 past_sales=2.0 future_sales=4.0 sales_ratio=2.0"
    );
    series(&folder, &[("bsr", "[1,2,4]")]);
    let error = folder.refused(LABELS);
    assert!(error.contains("No day can be labelled") && error.contains("0 have sales"), "{error}");
}
/// Orders replace the sales of the mart; they took them away before.
#[test]
fn orders_are_the_sales_where_they_are_given() {
    let orders = "select 'A' as asin, 'US' as site, timestamp '2021-01-02 HOUR:00:00' as order_date, \
        unnest([7, 2]) as ordered_units";
    let run = |folder: &Folder, sales: bool, hour: &str| {
        folder.settings(&windows(1, 1, ", min_coverage: 1"));
        let columns = [("price", "[1,1,1]"), ("sales", "[100,200,300]")];
        series(folder, if sales { &columns } else { &columns[..1] });
        folder.table("orders.parquet", &orders.replace("HOUR", hour));
        folder.run(&format!("{LABELS} --orders @orders.parquet"))
    };
    let list = |folder: &Folder| -> String {
        folder
            .rows(
                "out/train_samples_reg.parquet",
                "select t_ref::varchar || ' ' || y from {} order by 1",
            )
            .concat()
            .join("; ")
    };
    let folder = Folder::original();
    assert!(run(&folder, true, "00").err.contains("No day can be labelled"), "both sales are lost");
    assert!(
        run(&folder, false, "13").err.contains("No day can be labelled"),
        "a time of day is no day"
    );
    assert_eq!(run(&folder, false, "00").code, 0);
    assert_eq!(list(&folder), "2021-01-01 9.0");
    let folder = Folder::new();
    for (sales, hour) in [(true, "00"), (false, "13")] {
        assert_eq!(run(&folder, sales, hour).code, 0);
        assert_eq!(list(&folder), "2021-01-01 9.0; 2021-01-02 0.0");
    }
}

#[test]
fn rows_that_cannot_be_used_are_named() {
    let folder = Folder::new();
    folder.settings(&windows(1, 1, ""));
    folder.file("features.csv", "asin,site,dt,f\nA,US,2021-01-01,1\n");
    let labels = |mart: &str| {
        folder.file("mart.csv", mart);
        folder.refused("labels --mart @mart.csv --features @features.csv --output-dir @out")
    };
    let error = labels("asin,site,dt,sales\nA,US,2021-01-01,1\nA,US,2021-01-02,lots\n");
    assert!(error.contains("sales of row A, US, 2021-01-02 is 'lots'"), "{error}");
    let error = labels("asin,site,dt,sales\nA,US,someday,1\n");
    assert!(error.contains("dt of row A, US, someday is 'someday'"), "{error}");
    let error = labels("asin,dt,sales\nA,2021-01-01,1\n");
    assert!(error.contains("has no column site"), "{error}");
    folder.file("features.csv", "asin,site,dt,f\nA,US,2021-01-01,1\nA,US,2021-01-01,2\n");
    let error = labels("asin,site,dt,sales\nA,US,2021-01-01,1\nA,US,2021-01-02,1\n");
    assert!(
        error.contains("several rows of one asin, site, dt") && error.contains("A, US, 2021-01-01"),
        "{error}"
    );
    assert!(!folder.path("out").exists(), "nothing is written");
}

/// What is left out is counted.
#[test]
fn rows_without_key_or_number_are_counted() {
    let folder = Folder::new();
    folder.settings(&windows(1, 1, ""));
    folder.file(
        "mart.csv",
        "asin,site,dt,price,sales\nA,US,2021-01-01,inf,1\nA,US,2021-01-02,nan,2\n,US,2021-01-02,1,1\nA,US,,1,1\n",
    );
    folder.file("features.csv", "asin,site,dt,f\nA,US,2021-01-01,1\n");
    let said = folder.done("labels --mart @mart.csv --features @features.csv --output-dir @out");
    assert!(said.contains("2 rows of the mart have no asin, site or dt"), "{said}");
    assert!(said.contains("2 cells of price are infinite or no number"), "{said}");
    let summary = std::fs::read_to_string(folder.path("out/labels_summary.json")).expect("written");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
    assert_eq!((&summary["samples"], &summary["without_key"]), (&1.into(), &2.into()));
}

/// The order of the rows does not matter.
#[test]
fn shuffled_rows_give_the_same_samples() {
    let folder = Folder::new();
    folder.settings(&windows(7, 7, ""));
    let mart = "select 'P' || (i % 9) as asin, 'US' as site, date '2021-01-01' + (i // 9)::int as dt, \
        'c' || (i % 2) as category, (i * 7919 % 31)::double as sales, (i * 104729 % 997 + 1)::double as bsr, \
        (i * 31 % 17 + 1)::double as price from range(540) t(i)";
    let features = "select 'P' || (i % 9) as asin, 'US' as site, date '2021-01-01' + (i // 9)::int as dt, \
        i / 7 as f from range(540) t(i)";
    let run = |order: &str| {
        folder.table("mart.parquet", &format!("{mart} order by {order}"));
        folder.table("features.parquet", &format!("{features} order by {order}"));
        folder.done(LABELS);
        let all = "select md5(string_agg(row_text, '\n')) from (select (t::varchar) as row_text from {} t)";
        ["bin", "rank", "reg"]
            .map(|target| folder.row(&format!("out/train_samples_{target}.parquet"), all))
    };
    let straight = run("i");
    assert_eq!(straight, run("i * 7919 % 541"));
    assert_eq!(straight, run("-i"));
}
