//! The feature vectors of samples.

use super::{LABELS, samples, series, windows};
use crate::fixture::Folder;

#[test]
fn feature_vectors_hold_what_is_there() {
    let folder = Folder::new();
    folder.settings(&windows(1, 1, ""));
    series(&folder, &[("sales", "[1,2,3,4]")]);
    folder.table(
        "features.parquet",
        "select 'A' as asin, 'US' as site, date '2021-01-01' + i::int as dt, 1.0::double as f1, \
         ([1.5, null, 'nan'::double, 1])[i + 1]::double as f2, 'z\"' as \"cat's\", i::integer as n, \
         true as flag from range(4) t(i) where i <> 2",
    );
    folder.done(LABELS);
    assert_eq!(
        samples(&folder, "rank", "feature_vector"),
        [
            r#"{"f1": 1.0, "f2": 1.5, "cat's": "z\"", "n": 0, "flag": true}"#,
            r#"{"f1": 1.0, "cat's": "z\"", "n": 1, "flag": true}"#,
            "{}",
        ]
    );
    // Of a CSV file every cell is a text; those of numbers are numbers.
    folder
        .file("features.csv", "asin,site,dt,f1,word\nA,US,2021-01-01,7,a\nA,US,2021-01-02,inf,b\n");
    folder.done("labels --mart @mart.parquet --features @features.csv --output-dir @out");
    assert_eq!(
        samples(&folder, "reg", "feature_vector"),
        [r#"{"f1": 7.0, "word": "a"}"#, r#"{"word": "b"}"#, "{}"]
    );
}

/// A day without features has none, or those of the last day before it.
#[test]
fn features_may_be_those_of_an_earlier_day() {
    let features = "select 'A' as asin, 'US' as site, (['2021-01-01', '2021-01-03', '2021-01-04'])[i]::date as dt, \
        ([1, null, 3])[i]::double as f1, ([7, 8, 9])[i]::integer as f2, (['x', 'y', null])[i] as cat from range(1, 4) t(i)";
    let first = r#"{"f1": 1.0, "f2": 7, "cat": "x"}"#;
    let (third, fourth) = (r#"{"f2": 8, "cat": "y"}"#, r#"{"f1": 3.0, "f2": 9}"#);
    for folder in [Folder::new(), Folder::original()] {
        series(&folder, &[("sales", "[1,1,1,1,1]")]);
        folder.table("features.parquet", features);
        folder.settings(&windows(1, 1, ", features_as_of: true"));
        folder.done(LABELS);
        assert_eq!(samples(&folder, "rank", "feature_vector"), [first, first, third, fourth]);
    }
    let folder = Folder::new();
    series(&folder, &[("sales", "[1,1,1,1,1]")]);
    folder.table("features.parquet", features);
    folder.settings(&windows(1, 1, ""));
    folder.done(LABELS);
    assert_eq!(samples(&folder, "rank", "feature_vector"), [first, "{}", third, fourth]);
}

/// D-LAB-8: of more than one product it failed.
#[test]
fn each_product_has_earlier_features_of_its_own() {
    let folder = Folder::new();
    folder.settings(&windows(1, 1, ", features_as_of: true"));
    folder.table(
        "mart.parquet",
        "select chr(65 + i::int) as asin, 'US' as site, date '2021-01-01' + d::int as dt, 'c' as category, 1 as sales \
         from range(2) t(i), range(3) u(d)",
    );
    folder.table(
        "features.parquet",
        "select * from (values ('A', 'US', date '2020-12-01', 1), ('B', 'US', date '2021-01-02', 2), \
         ('A', 'DE', date '2021-01-01', 3)) t(asin, site, dt, f)",
    );
    folder.done(LABELS);
    let expected = [r#"{"f": 1}"#, r#"{"f": 1}"#, "{}", r#"{"f": 2}"#];
    assert_eq!(samples(&folder, "reg", "feature_vector"), expected);
}

#[test]
fn without_a_feature_vectors_are_empty() {
    let folder = Folder::new();
    folder.settings(&windows(1, 1, ""));
    series(&folder, &[("sales", "[1,2]")]);
    folder.done(LABELS);
    assert_eq!(samples(&folder, "bin", "feature_vector"), ["{}"]);
    folder.table(
        "features.parquet",
        "select 'A' as asin, 'US' as site, date '2021-01-01' as dt, null::double as f, null::varchar as g",
    );
    folder.done(LABELS);
    assert_eq!(samples(&folder, "bin", "feature_vector"), ["{}"]);
}

/// A feature may be called as a column of the mart is.
#[test]
fn features_have_names_of_their_own() {
    let folder = Folder::new();
    folder.settings(&windows(1, 1, ""));
    series(&folder, &[("sales", "[1,2]"), ("price", "[3,4]")]);
    folder.table(
        "features.parquet",
        "select 'A' as asin, 'US' as site, date '2021-01-01' as dt, 7 as price",
    );
    folder.done(LABELS);
    assert_eq!(samples(&folder, "bin", "feature_vector"), [r#"{"price": 7}"#]);
}
