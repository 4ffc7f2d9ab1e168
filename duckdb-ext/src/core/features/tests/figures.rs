//! Figures of other programs. The formulas of the input are the same there: for i from 0 to 39,
//! v[i] = 1 + (i*7919 % 1009) / 10, as floating-point numbers.

use super::*;

fn values() -> Vec<f64> {
    (0..40).map(|i: i32| 1.0 + f64::from(i * 7919 % 1009) / 10.0).collect()
}

/// pandas 2.3.3: `v[[5, 17, 18]] = nan; r = pd.Series(v).rolling(14, min_periods=10)`, of which
/// `r.std() / r.mean()` and `r.mean()` at 9, 13, 20, 29 and 39.
#[test]
fn pandas_rolling() {
    let mut values = values();
    for at in [5, 17, 18] {
        values[at] = NO;
    }
    let at = |rolled: Vec<f64>| [9, 13, 20, 29, 39].map(|at| rolled[at]);
    assert_close(
        &at(roll(rolling_volatility, &values, rows(14), 10)),
        &[
            NO,
            0.679_326_053_537_687_5,
            0.579_008_832_132_390_5,
            0.546_135_297_226_505_9,
            0.609_591_307_023_54,
        ],
    );
    assert_close(
        &at(roll(rolling_mean, &values, rows(14), 10)),
        &[NO, 47.253_846_153_846_15, 56.9, 56.008_333_333_333_33, 51.492_857_142_857_14],
    );
}

/// NumPy 2.4.6: `polyfit(arange(30), 1 / v[k-29:k+1], 1)[0]` for k of 29, 34 and 39, and
/// `polyfit(arange(21), 1 / v[:21], 1)[0]`.
#[test]
fn numpy_polyfit() {
    let trends = usual(rolling_bsr_trend, &values(), 30);
    assert_close(&trends[..20], &[NO; 20]);
    assert_close(
        &[20, 29, 34, 39].map(|at| trends[at]),
        &[
            -0.011_428_221_472_504_236,
            -0.006_022_688_375_703_964,
            -0.000_751_482_127_165_318_4,
            -0.000_703_994_767_666_682,
        ],
    );
}

/// SciPy 1.17.1: `linregress(x, y).slope`, with ranks' reciprocals in the second case, and
/// `variation(prices, ddof=1)`.
#[test]
fn scipy_stats() {
    let slope = Line::of_all(&[3., 1., 4., 1.5], Some(&[1., 2., 5., 7.5])).slope(0);
    let strengths = [900., 800., 750., 20.].map(bsr_reciprocal);
    let trend = Line::of_all(&strengths, Some(&[18000., 18001., 18005., 18100.])).slope(0);
    assert_close(&[slope, trend], &[-0.021_479_713_603_818_614, 0.000_496_745_723_831_077_9]);
    let volatility = Moments::of_all([10., 11., 12., 13.5, 19.99]).volatility(0);
    assert_close(&[volatility], &[0.297_645_924_321_477_9]);
}

/// SciPy 1.17.1 and NumPy 2.4.6, over the rows of the last 7 days (`(d <= d[k]) & (d > d[k] - 7)`),
/// at least 3: `linregress(d, y).slope`, `std(y, ddof=1) / mean(y)` and `mean(y)`.
#[test]
fn scipy_over_days() {
    let dates = dated(&[0, 1, 2, 4, 7, 8, 9, 15, 16, 17, 18, 21]);
    let values = [3., 1., 4., 1., 5., 9., 2., 6., 5., 3., 5., 8.];
    let rolled = |rolling| roll(rolling, &values, days(&dates, 7), 3);
    assert_close(
        &rolled(rolling_trend),
        &[
            NO,
            NO,
            0.5,
            -0.314_285_714_285_714_3,
            0.452_380_952_380_952_4,
            0.846_153_846_153_846_1,
            0.714_285_714_285_714_3,
            NO,
            NO,
            -1.5,
            -0.5,
            0.433_962_264_150_943_24,
        ],
    );
    assert_close(
        &rolled(rolling_volatility),
        &[
            NO,
            NO,
            0.572_821_961_869_48,
            0.666_666_666_666_666_6,
            0.749_655_568_294_120_1,
            0.695_586_933_389_438_9,
            0.845_641_515_797_953_9,
            NO,
            NO,
            0.327_326_835_353_988_54,
            0.264_906_471_413_008_8,
            0.336_405_594_899_721_3,
        ],
    );
    assert_close(
        &rolled(rolling_mean),
        &[NO, NO, 8. / 3., 2.25, 2.75, 4.75, 4.25, NO, NO, 14. / 3., 4.75, 5.4],
    );
}

/// A series of `count` days in formulas, from day 0.
fn long_series(count: i32) -> Vec<AsinDay> {
    let row = |i: i32| AsinDay {
        day: Some(i),
        bsr: f64::from(1000 - 20 * i),
        price: 20.0 + 0.1 * f64::from(i % 5),
        rating: 4.0 + 0.01 * f64::from(i),
        reviews_count: f64::from(100 + 3 * i),
        est_sales: f64::from(5 + i % 3),
        listing_quality: 0.5,
        listing_missing: None,
    };
    (0..count).map(row).collect()
}

fn features(series: &[AsinDay], mode: WindowMode) -> Vec<Vec<f64>> {
    let mut columns = vec![Vec::new(); FEATURES.len()];
    let taken = AsinFeatures::default().compute::<()>(series, mode, |at, values| {
        assert!(columns[at].is_empty(), "feature {at} comes once");
        columns[at].extend_from_slice(values);
        Ok(())
    });
    assert_eq!(taken, Ok(()));
    columns
}

/// The same series in the pipeline that these features come from, at its 5th, 14th, 21st and 31st row.
#[test]
fn all_features_of_a_series() {
    let expected = [
        (5, [2.173346674e-05, 0.007827419951, 4.02, NO, NO, NO, NO, NO, NO, NO, NO]),
        (
            14,
            [
                3.13874148e-05,
                0.006654627511,
                4.1,
                2.683673775e-05,
                0.006967411076,
                4.065,
                NO,
                NO,
                NO,
                NO,
                NO,
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
                42.,
                6.,
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
                42.,
                6.,
            ],
        ),
    ];
    // No day is missing: windows of rows and of days are the same.
    for mode in [WindowMode::Rows, WindowMode::Calendar] {
        let columns = features(&long_series(31), mode);
        for (row, values) in expected {
            let actual: Vec<f64> = columns.iter().map(|column| column[row - 1]).collect();
            assert_close(&actual, &[&values[..], &[0.5]].concat());
        }
    }
}

#[test]
fn modes_differ_where_days_are_missing() {
    let mut series = long_series(31);
    for row in &mut series {
        row.day = row.day.map(|day| 2 * day);
    }
    let by_rows = features(&series, WindowMode::Rows);
    let by_days = features(&series, WindowMode::Calendar);
    // Every other day: seven days hold four rows, fourteen days seven, thirty days fifteen.
    for at in 0..9 {
        assert!(by_rows[at][30].is_finite() && by_days[at][30].is_nan(), "{}", FEATURES[at]);
    }
    assert_close(
        &[by_rows[9][30], by_days[9][30], by_rows[10][30], by_days[10][30]],
        &[42., 21., 6., NO],
    );
    assert!(features(&[], WindowMode::Rows).iter().all(Vec::is_empty));
}

#[test]
fn an_error_ends_the_computation() {
    let refused = AsinFeatures::default()
        .compute(&long_series(3), WindowMode::Rows, |at, _| if at == 4 { Err(at) } else { Ok(()) });
    assert_eq!(refused, Err(4));
}
