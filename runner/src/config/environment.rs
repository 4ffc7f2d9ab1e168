use super::{Invalid, Lookup};
use std::ops::RangeInclusive;

/// Reads settings, and gathers what is wrong with them.
pub(super) struct Reader<'a> {
    lookup: Lookup<'a>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: Lookup<'a>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    pub(super) fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// The settings, if nothing was wrong.
    pub(super) fn finish<T>(self, settings: T) -> Result<T, Invalid> {
        if self.problems.is_empty() { Ok(settings) } else { Err(Invalid(self.problems)) }
    }

    /// A trimmed text; blank counts as not set.
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    pub(super) fn text(&self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    /// `true`, `1` and `t` in any case are true, every other text is false.
    pub(super) fn boolean(&self, name: &str, default: bool) -> bool {
        self.optional(name)
            .map_or(default, |text| matches!(text.to_lowercase().as_str(), "true" | "1" | "t"))
    }

    pub(super) fn integer(&mut self, name: &str, default: i64, range: RangeInclusive<i64>) -> i64 {
        self.optional_integer(name, range).unwrap_or(default)
    }

    pub(super) fn optional_integer(
        &mut self,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Option<i64> {
        let text = self.optional(name)?;
        let value = text.parse().ok();
        self.within(name, &text, value, &range, "a whole number")
    }

    pub(super) fn float(&mut self, name: &str, default: f64, range: RangeInclusive<f64>) -> f64 {
        self.optional_float(name, range).unwrap_or(default)
    }

    pub(super) fn optional_float(&mut self, name: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let text = self.optional(name)?;
        let value = text.parse().ok();
        self.within(name, &text, value, &range, "a number")
    }

    /// `value` if it was readable and in range; what is wrong with it otherwise.
    pub(super) fn within<T: PartialOrd + std::fmt::Display>(
        &mut self,
        name: &str,
        text: &str,
        value: Option<T>,
        range: &RangeInclusive<T>,
        kind: &str,
    ) -> Option<T> {
        match value {
            Some(value) if range.contains(&value) => Some(value),
            Some(_) => {
                let (least, most) = (range.start(), range.end());
                self.problem(format!("{name} is {text}; it must be from {least} to {most}"));
                None
            }
            None => {
                self.problem(format!("{name} is '{text}'; it must be {kind}"));
                None
            }
        }
    }
}
