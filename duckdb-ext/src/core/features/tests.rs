mod edge_cases;
mod figures;
mod properties;

use super::*;
use std::num::NonZeroUsize;

/// A missing value.
const NO: f64 = f64::NAN;

fn rows(count: usize) -> Frame<'static> {
    Frame::Rows(NonZeroUsize::new(count).expect("a window has rows"))
}

fn days(days: &[Option<i32>], span: usize) -> Frame<'_> {
    Frame::Days { days, span: NonZeroUsize::new(span).expect("a window has days") }
}

fn dated(days: &[i32]) -> Vec<Option<i32>> {
    days.iter().copied().map(Some).collect()
}

type Rolling = fn(&[f64], Frame<'_>, usize, &mut Vec<f64>);

fn roll(rolling: Rolling, values: &[f64], frame: Frame<'_>, minimum: usize) -> Vec<f64> {
    let mut out = Vec::new();
    rolling(values, frame, minimum, &mut out);
    out
}

/// Over the last `window` rows, with the usual minimum count.
fn usual(rolling: Rolling, values: &[f64], window: usize) -> Vec<f64> {
    roll(rolling, values, rows(window), minimum_count(window))
}

fn difference(values: &[f64], days: Option<&[Option<i32>]>, lag: usize) -> Vec<f64> {
    let mut out = Vec::new();
    rolling_difference(values, days, lag, &mut out);
    out
}

/// Equal to nine digits, missing where expected to be.
fn assert_close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len(), "{actual:?} vs {expected:?}");
    for (a, e) in actual.iter().zip(expected) {
        let close = (a - e).abs() <= 1e-9 * e.abs() || (a.is_nan() && e.is_nan());
        assert!(close, "{a} is not {e}: {actual:?} vs {expected:?}");
    }
}
