use super::finite;
use std::num::NonZeroUsize;

/// A window that ends at each row of a series in turn. The rows are in order of their days.
#[derive(Debug, Clone, Copy)]
pub enum Frame<'a> {
    /// The row and those before it, this many in all, however far apart their days are.
    Rows(NonZeroUsize),
    /// The row and those before it that are less than `span` days older: gaps do not stretch the
    /// window (D-FEA-1: windows that count rows reach further back where days are missing).
    Days {
        /// The day number of each row, ascending; rows without one come last and have no window.
        days: &'a [Option<i32>],
        /// The length of the window in days.
        span: NonZeroUsize,
    },
}

impl Frame<'_> {
    /// The first row of the window that ends at `row`, given that of the row before.
    fn start(&self, row: usize, previous: usize) -> Option<usize> {
        match *self {
            Self::Rows(rows) => Some((row + 1).saturating_sub(rows.get())),
            Self::Days { days, span } => {
                let oldest = day_before(days.get(row).copied()??, span.get() - 1);
                let stays = |day: &Option<i32>| day.is_some_and(|day| i64::from(day) >= oldest);
                let window = days.get(previous..=row)?;
                Some(previous + window.iter().position(stays)?)
            }
        }
    }

    /// Where `row` stands on the x axis of a trend: its number, or its day.
    pub(super) fn x(&self, row: usize) -> f64 {
        match *self {
            Self::Rows(_) => row as f64,
            Self::Days { days, .. } => days.get(row).copied().flatten().map_or(f64::NAN, f64::from),
        }
    }
}

/// The day number `count` days before `day`.
pub(super) fn day_before(day: i32, count: usize) -> i64 {
    i64::from(day).saturating_sub(i64::try_from(count).unwrap_or(i64::MAX))
}

/// What some neighbouring rows amount to.
pub(super) trait Part: Copy {
    /// No rows.
    const EMPTY: Self;
    /// Both together; associative, up to rounding.
    fn merge(self, newer: Self) -> Self;
}

/// Appends the result of the window that ends at each of `rows` rows to `out`.
///
/// Two stacks: `front` holds, for each older row of the window, what it and those after it up to
/// `middle` amount to, `back` the rows since. Rows leave by a pop and enter by a merge, nothing is
/// ever subtracted, and each row is merged into `front` once.
pub(super) fn slide<P: Part>(
    rows: usize,
    frame: Frame<'_>,
    part: impl Fn(usize) -> P,
    result: impl Fn(P) -> f64,
    out: &mut Vec<f64>,
) {
    let (mut front, mut back) = (Vec::<P>::new(), P::EMPTY);
    let (mut start, mut middle) = (0, 0);
    out.reserve(rows);
    for row in 0..rows {
        let Some(first) = frame.start(row, start) else {
            out.push(f64::NAN);
            continue;
        };
        start = first;
        if start < middle {
            front.truncate(middle - start);
            back = back.merge(part(row));
        } else {
            front.clear();
            let mut sum = P::EMPTY;
            for older in (start..=row).rev() {
                sum = part(older).merge(sum);
                front.push(sum);
            }
            (middle, back) = (row + 1, P::EMPTY);
        }
        let oldest = front.last().copied().unwrap_or(P::EMPTY);
        out.push(finite(result(oldest.merge(back))));
    }
}
