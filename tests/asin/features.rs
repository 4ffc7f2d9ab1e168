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

const NONE: Option<f64> = None;

#[test]
fn trends_are_slopes_of_the_reciprocal_rank() {
    let values = [NONE, NONE, NONE, NONE, Some(-0.185), Some(-0.1471428571), Some(-0.1204081633)];
    expect("bsr", "[1,2,3,4,5,6,7]", "bsr_trend_7", &values);
    let mut values = vec![NONE; 9];
    values.extend([Some(0.005676020408), Some(0.01204081633), Some(0.02625)]);
    expect("bsr", "[100,90,null,80,70,60,50,40,30,20,10,5]", "bsr_trend_7", &values);
    values.truncate(10);
    values.remove(0);
    expect("bsr", "[100,0,80,70,60,50,40,30,20]", "bsr_trend_7", &values);
}
