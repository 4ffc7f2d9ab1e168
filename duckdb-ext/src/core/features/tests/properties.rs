//! Random series against the definitions, written down as plainly as they can be.

use super::*;
use proptest::prelude::*;

/// The rows of the window that ends at `row`.
fn window(row: usize, days: Option<&[Option<i32>]>, length: usize) -> Vec<usize> {
    match days {
        None => (0..=row).filter(|at| row - at < length).collect(),
        Some(days) => {
            let day = |at: usize| days[at].map(i64::from);
            let Some(today) = day(row) else { return Vec::new() };
            (0..=row).filter(|at| day(*at).is_some_and(|day| today - day < length as i64)).collect()
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn slope_by_definition(xs: &[f64], ys: &[f64]) -> f64 {
    let (mean_x, mean_y) = (mean(xs), mean(ys));
    let products: f64 = xs.iter().zip(ys).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let squares: f64 = xs.iter().map(|x| (x - mean_x).powi(2)).sum();
    // A single point that is missing has no slope either.
    if xs.len() == 1 { 0.0 * ys[0] } else { products / squares }
}

fn volatility_by_definition(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() as f64 - 1.0)).sqrt() / mean
}

/// Ordinary values, spikes of a thousandfold among them, and missing ones.
fn series() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        8 => 1.0..100.0_f64,
        2 => Just(20.0),
        1 => 1e4..1e5_f64,
        1 => Just(f64::NAN),
    ];
    prop::collection::vec(value, 0..120)
}

/// A series with the days of its rows: gaps, several rows of a day, some without a day at the end.
fn dated_series() -> impl Strategy<Value = (Vec<f64>, Vec<Option<i32>>)> {
    series().prop_flat_map(|values| {
        let steps = prop::collection::vec(prop_oneof![Just(1), 0..4_i32, Just(40)], values.len());
        (Just(values), steps, 0..3_usize).prop_map(|(values, steps, undated)| {
            let mut day = 20_000;
            let mut days: Vec<Option<i32>> = steps
                .into_iter()
                .map(|step| {
                    day += step;
                    Some(day)
                })
                .collect();
            let dated = days.len().saturating_sub(undated);
            days[dated..].fill(None);
            (values, days)
        })
    })
}

/// Any double at all.
fn any_series() -> impl Strategy<Value = Vec<f64>> {
    let special = prop::sample::select(vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE / 2.0,
    ]);
    prop::collection::vec(prop_oneof![any::<f64>(), special], 0..40)
}

fn close(actual: f64, expected: f64, scale: f64) -> bool {
    (actual - expected).abs() <= 1e-11 * scale || (actual.is_nan() && expected.is_nan())
}

proptest! {
    #[test]
    fn windows_follow_their_definitions(
        (values, dates) in dated_series(),
        by_days in any::<bool>(),
        length in 1..40_usize,
        minimum in 0..8_usize,
    ) {
        let dates = by_days.then_some(dates.as_slice());
        let frame = dates.map_or(rows(length), |dates| days(dates, length));
        let trends = roll(rolling_trend, &values, frame, minimum);
        let volatilities = roll(rolling_volatility, &values, frame, minimum);
        let means = roll(rolling_mean, &values, frame, minimum);
        prop_assert_eq!([trends.len(), volatilities.len(), means.len()], [values.len(); 3]);
        for row in 0..values.len() {
            let window = window(row, dates, length);
            let ys: Vec<f64> = window.iter().map(|at| values[*at]).collect();
            let x = |at: &usize| dates.map_or(*at as f64, |dates| f64::from(dates[*at].unwrap_or(0)));
            let xs: Vec<f64> = window.iter().map(x).collect();
            let present: Vec<f64> = ys.iter().copied().filter(|y| !y.is_nan()).collect();
            let largest = present.iter().copied().fold(0.0, f64::max);

            let enough = window.len() >= minimum.max(1);
            let trend = if enough { slope_by_definition(&xs, &ys) } else { NO };
            prop_assert!(close(trends[row], trend, largest), "{} {trend}", trends[row]);

            let enough = present.len() >= minimum.max(1);
            let average = if enough { mean(&present) } else { NO };
            prop_assert!(close(means[row], average, largest), "{} {average}", means[row]);

            let enough = present.len() >= minimum.max(2);
            let volatility = if enough { volatility_by_definition(&present) } else { NO };
            prop_assert!(close(volatilities[row], volatility, 1.0), "{} {volatility}", volatilities[row]);
        }
    }

    #[test]
    fn differences_follow_their_definition(
        (values, dates) in dated_series(),
        by_days in any::<bool>(),
        lag in 0..20_usize,
    ) {
        let dates = by_days.then_some(dates.as_slice());
        let actual = difference(&values, dates, lag);
        for row in 0..values.len() {
            let earlier = match dates {
                None => row.checked_sub(lag),
                Some(dates) => (0..=row).rev().find(|at| {
                    dates[row].zip(dates[*at]).is_some_and(|(to, from)| to - from == lag as i32)
                }),
            };
            let expected = earlier.map_or(NO, |earlier| values[row] - values[earlier]);
            prop_assert!(close(actual[row], expected, 0.0), "{} {expected}", actual[row]);
        }
    }

    #[test]
    fn parts_amount_to_the_whole(values in series(), cut in any::<prop::sample::Index>()) {
        let (head, tail) = values.split_at(if values.is_empty() { 0 } else { cut.index(values.len()) });
        let moments = |values: &[f64]| Moments::of_all(values.iter().copied());
        let (whole, merged) = (moments(&values), moments(head).merge(moments(tail)));
        prop_assert!(close(merged.volatility(0), whole.volatility(0), 1.0));
        let line = |values: &[f64], from: usize| {
            let xs: Vec<f64> = (from..from + values.len()).map(|x| x as f64).collect();
            Line::of_all(values, Some(&xs))
        };
        let (whole, merged) = (line(&values, 0), line(head, 0).merge(line(tail, head.len())));
        prop_assert!(close(merged.slope(0), whole.slope(0), 1e5));
        let ends = |values: &[f64], from: usize| {
            let points = values.iter().enumerate().map(|(at, value)| Ends::of((from + at) as f64, *value));
            points.fold(Ends::default(), Ends::merge)
        };
        prop_assert_eq!(
            ends(head, 0).merge(ends(tail, head.len())).difference(None).to_bits(),
            ends(&values, 0).difference(None).to_bits()
        );
    }

    #[test]
    fn any_input_gives_a_number_or_none(
        values in any_series(),
        dates in prop::collection::vec(any::<Option<i32>>(), 40),
        length in 1..50_usize,
        minimum in any::<usize>(),
        lag in any::<usize>(),
    ) {
        // Dates in any order at all: no promise about the result, but one there is.
        let dates = &dates[..values.len()];
        for frame in [rows(length), days(dates, length)] {
            for rolling in [rolling_trend, rolling_bsr_trend, rolling_volatility, rolling_mean] {
                for minimum in [minimum, minimum % 8] {
                    let rolled = roll(rolling, &values, frame, minimum);
                    prop_assert_eq!(rolled.len(), values.len());
                    prop_assert!(rolled.iter().all(|value| !value.is_infinite()), "{rolled:?}");
                }
            }
        }
        for (dates, lag) in [(None, lag), (None, lag % 8), (Some(dates), lag), (Some(dates), lag % 8)] {
            let rolled = difference(&values, dates, lag);
            prop_assert_eq!(rolled.len(), values.len());
            prop_assert!(rolled.iter().all(|value| !value.is_infinite()), "{rolled:?}");
        }
    }

    #[test]
    fn a_constant_series_has_no_trend_and_no_volatility(value in 1e-100..1e100_f64, length in 2..40_usize) {
        let values = [value; 60];
        for rolling in [rolling_trend, rolling_bsr_trend, rolling_volatility] {
            let rolled = roll(rolling, &values, rows(length), 2);
            prop_assert_eq!(&rolled[1..], &[0.0; 59]);
        }
    }

    #[test]
    fn a_listing_is_between_empty_and_full(
        numbers in any::<[f64; 3]>(),
        flags in any::<[Option<bool>; 4]>(),
    ) {
        let [title_length, bullet_count, image_count] = numbers;
        let [material, size, use_case, has_a_plus] = flags;
        let attributes = [material, size, use_case];
        let listing = Listing { title_length, bullet_count, image_count, attributes, has_a_plus };
        let quality = listing_quality(&listing, MissingInput::Zero);
        prop_assert!((0.0..=1.0).contains(&quality), "{quality}");
        let older = listing_quality(&listing, MissingInput::TrueOrNull);
        prop_assert!(!older.is_infinite());
    }
}
