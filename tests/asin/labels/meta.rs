//! Price bands and categories.

use super::{LABELS, samples, windows, without_features};
use crate::fixture::Folder;

/// Bands of products with these median prices.
fn bands(folder: &Folder, prices: &str, quantiles: &str) -> Vec<String> {
    folder.settings(&windows(1, 1, &format!(", price_band_quantiles: [{quantiles}]")));
    let products = prices.matches(',').count() + 1;
    folder.table(
        "mart.parquet",
        &format!(
            "select chr(64 + i::int) as asin, 'US' as site, date '2021-01-01' + d::int as dt, 'c' as category, \
             1 as sales, ([{prices}])[i]::double as price from range(1, {products} + 1) t(i), range(2) u(d)"
        ),
    );
    without_features(folder);
    folder.done(LABELS);
    samples(folder, "bin", "coalesce(meta.price_band, 'null')")
}

#[test]
fn price_bands_are_quantiles_of_a_site() {
    let original = Folder::original();
    let usual = "0, 0.25, 0.75, 1";
    let low = "q0-25";
    for (prices, quantiles, expected) in [
        (
            "1,2,3,4,5,6,7,8",
            usual,
            vec![low, low, "q25-75", "q25-75", "q25-75", "q25-75", "q75-100", "q75-100"],
        ),
        ("1,2,3,4", usual, vec![low, "q25-75", "q25-75", "q75-100"]),
        ("1,9", usual, vec![low, "q75-100"]),
        ("5", usual, vec!["unknown"]),
        ("5,5,5,5", usual, vec!["unknown"; 4]),
        // Edges that are equal become one.
        ("1,1,1,1,9", usual, vec![low; 5]),
        ("1,9,9,9,9", usual, vec![low; 5]),
        ("1,2,3,null", usual, vec![low, "q25-75", "q75-100", "null"]),
        ("1,2,3,4", "0, 0.5, 1", vec!["q0-50", "q0-50", "q50-100", "q50-100"]),
        // Percentages are cut.
        ("1,2,3,4,5", "0, 0.29, 0.57, 1", vec!["q0-28", "q0-28", "q28-56", "q56-100", "q56-100"]),
    ] {
        let found = bands(&original, prices, quantiles);
        assert_eq!(found, expected, "{prices}");
    }
}

/// Bands are named by what they span, and products without a price are in one of their own.
#[test]
fn price_bands_are_named_by_their_real_edges() {
    let folder = Folder::new();
    let usual = "0, 0.25, 0.75, 1";
    assert_eq!(bands(&folder, "1,1,1,1,9", usual), ["q0-100"; 5]);
    assert_eq!(bands(&folder, "1,5,5,5,9", usual), ["q0-75", "q0-75", "q0-75", "q0-75", "q75-100"]);
    assert_eq!(bands(&folder, "1,2,3,null", usual), ["q0-25", "q25-75", "q75-100", "unknown"]);
    assert_eq!(bands(&folder, "5", usual), ["unknown"]);
}

#[test]
fn meta_names_category_and_band() {
    let folder = Folder::original();
    folder.settings(&windows(1, 1, ""));
    folder.table(
        "mart.parquet",
        "select chr(64 + i::int) as asin, 'US' as site, date '2021-01-01' + d::int as dt, \
         case when i = 1 then 'x' end as category, 1 as sales, 10 * i as price from range(1, 3) t(i), range(2) u(d)",
    );
    without_features(&folder);
    folder.done(LABELS);
    assert_eq!(
        samples(&folder, "bin", "to_json(meta)"),
        [
            r#"{"category":"x","price_band":"q0-25"}"#,
            r#"{"category":"unknown","price_band":"q75-100"}"#
        ]
    );
}

/// Paths of categories are joined, of the mart or of the products.
#[test]
fn categories_come_from_the_products_where_the_mart_has_none() {
    let folder = Folder::new();
    folder.settings(&windows(1, 1, ""));
    folder.table(
        "mart.parquet",
        "select chr(64 + i::int) as asin, 'US' as site, date '2021-01-01' + d::int as dt, 1 as sales \
         from range(1, 4) t(i), range(2) u(d)",
    );
    without_features(&folder);
    folder.table(
        "dim.parquet",
        "select 'A' as asin, 'US' as site, ['a', 'b'] as category_path union all select 'B', 'US', ['c']",
    );
    folder.done(&format!("{LABELS} --dim @dim.parquet"));
    assert_eq!(samples(&folder, "bin", "meta.category"), ["a>b", "c", "unknown"]);
    folder.table("dim.parquet", "select 'A' as asin, 'US' as site, 'x' as category from range(2)");
    let error = folder.refused(&format!("{LABELS} --dim @dim.parquet"));
    assert!(error.contains("several rows of one asin, site") && error.contains("A, US"), "{error}");
}
