//! One feature over the window of each row. Every function takes a whole series and appends as many
//! results to `out`, NaN where a window has none.

use super::frame::{Frame, day_before, slide};
use super::parts::{Line, Moments, Sum};
use super::{bsr_reciprocal, finite};

/// The least-squares slope of each window, per row or per day. Missing where a value of the window is
/// missing, and where the window has fewer than `minimum` rows.
pub fn rolling_trend(ys: &[f64], frame: Frame<'_>, minimum: usize, out: &mut Vec<f64>) {
    let point = |row: usize| Line::of(frame.x(row), ys[row]);
    slide(ys.len(), frame, point, |line: Line| line.slope(minimum), out);
}

/// [`rolling_trend`] of the ranks' reciprocals: rising when the rank improves.
pub fn rolling_bsr_trend(bsrs: &[f64], frame: Frame<'_>, minimum: usize, out: &mut Vec<f64>) {
    let point = |row: usize| Line::of(frame.x(row), bsr_reciprocal(bsrs[row]));
    slide(bsrs.len(), frame, point, |line: Line| line.slope(minimum), out);
}

/// Sample standard deviation over mean of the values present in each window; missing where they are
/// fewer than `minimum` or than two, and where their mean is 0.
pub fn rolling_volatility(values: &[f64], frame: Frame<'_>, minimum: usize, out: &mut Vec<f64>) {
    let value = |row: usize| Moments::of(values[row]);
    slide(values.len(), frame, value, |moments: Moments| moments.volatility(minimum), out);
}

/// The mean of the values present in each window; missing where they are fewer than `minimum`.
pub fn rolling_mean(values: &[f64], frame: Frame<'_>, minimum: usize, out: &mut Vec<f64>) {
    let value = |row: usize| Sum::of(values[row]);
    let mean = |sum: Sum| if sum.n < minimum as f64 { f64::NAN } else { sum.mean() };
    slide(values.len(), frame, value, mean, out);
}

/// Each value minus that of `lag` rows earlier, or, given the days of the rows, of `lag` days earlier:
/// of several rows of that day, the last. Missing where there is no such row, and where one of both is
/// missing. Days ascend, rows without one last.
pub fn rolling_difference(
    values: &[f64],
    days: Option<&[Option<i32>]>,
    lag: usize,
    out: &mut Vec<f64>,
) {
    let earlier = |row: usize| match days {
        None => row.checked_sub(lag),
        Some(days) => row_of_day(days.get(..=row)?, day_before(days[row]?, lag)),
    };
    let difference =
        |row: usize| earlier(row).map_or(f64::NAN, |earlier| finite(values[row] - values[earlier]));
    out.extend((0..values.len()).map(difference));
}

/// The last row of this day.
fn row_of_day(days: &[Option<i32>], wanted: i64) -> Option<usize> {
    let not_after = |day: &Option<i32>| day.is_some_and(|day| i64::from(day) <= wanted);
    let at = days.partition_point(not_after).checked_sub(1)?;
    (days[at].map(i64::from) == Some(wanted)).then_some(at)
}
