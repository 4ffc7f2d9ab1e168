use super::finite;

/// The first and the last of a set of points, in order of x.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ends(Option<(Point, Point)>);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    x: f64,
    value: f64,
}

impl Ends {
    /// One point.
    pub fn of(x: f64, value: f64) -> Self {
        let point = Point { x: finite(x), value: finite(value) };
        Self(Some((point, point)))
    }

    /// Both sets of points together. Of points that share an x, the older set's come first; a point
    /// without an x leaves the order unknown.
    #[must_use]
    pub fn merge(self, newer: Self) -> Self {
        let (Some((first, last)), Some((newer_first, newer_last))) = (self.0, newer.0) else {
            return Self(self.0.or(newer.0));
        };
        if first.x.is_nan() {
            return self;
        }
        if newer_first.x.is_nan() {
            return newer;
        }
        let first = if newer_first.x < first.x { newer_first } else { first };
        let last = if newer_last.x < last.x { last } else { newer_last };
        Self(Some((first, last)))
    }

    /// The last value minus the first: a difference, not one per day, and 0 for a single point. NaN
    /// where one of the two or any x is missing, and where their x are not exactly `span` apart.
    pub fn difference(&self, span: Option<f64>) -> f64 {
        match self.0 {
            Some((first, last))
                if !first.x.is_nan() && span.is_none_or(|span| last.x - first.x == span) =>
            {
                finite(last.value - first.value)
            }
            _ => f64::NAN,
        }
    }
}
