//! The text of a model, as lines of `key=value` in sections. Knows no key, only how values are
//! written and how to say where one is wrong.

use std::str::FromStr;

/// Why a text is no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "LightGBM model, line {line}{place}: {problem}; save the model anew with Booster.save_model() or \
     model_to_string()",
    place = .tree.map(|tree| format!(" (tree {tree})")).unwrap_or_default()
)]
pub struct ModelError {
    /// The line of the text, from 1.
    pub line: usize,
    /// The tree it belongs to, from 0 as in the text; none in the header.
    pub tree: Option<usize>,
    /// What is wrong with it.
    pub problem: String,
}

/// The lines of one section: the header, or one tree.
pub(super) struct Section<'a> {
    pub(super) tree: Option<usize>,
    /// Of the section's first line, from 1.
    pub(super) line: usize,
    fields: Vec<Field<'a>>,
}

struct Field<'a> {
    line: usize,
    key: &'a str,
    value: &'a str,
}

impl<'a> Section<'a> {
    pub(super) fn new(tree: Option<usize>, line: usize) -> Self {
        Self { tree, line, fields: Vec::new() }
    }

    /// Takes in a line. One without `=` is a key without a value.
    pub(super) fn push(&mut self, line: usize, text: &'a str) {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        self.fields.push(Field { line, key: key.trim(), value: value.trim() });
    }

    pub(super) fn error(&self, problem: impl Into<String>) -> ModelError {
        ModelError { line: self.line, tree: self.tree, problem: problem.into() }
    }

    /// As [`Section::error`], at the line of `key`.
    pub(super) fn error_at(&self, key: &str, problem: impl Into<String>) -> ModelError {
        let line = self.field(key).map_or(self.line, |field| field.line);
        ModelError { line, ..self.error(problem) }
    }

    /// The last line of this key counts.
    fn field(&self, key: &str) -> Option<&Field<'a>> {
        self.fields.iter().rev().find(|field| field.key == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.field(key).map(|field| field.value)
    }

    pub(super) fn text(&self, key: &str) -> Result<&'a str, ModelError> {
        self.get(key).ok_or_else(|| self.error(format!("{key} is missing")))
    }

    /// A whole number of at least `least`.
    pub(super) fn count(&self, key: &str, least: usize) -> Result<usize, ModelError> {
        let text = self.text(key)?;
        text.parse().ok().filter(|count| *count >= least).ok_or_else(|| {
            let problem = format!("{key} is {}, not a whole number from {least}", excerpt(text));
            self.error_at(key, problem)
        })
    }

    /// Exactly `count` numbers.
    pub(super) fn numbers<T: FromStr>(
        &self,
        key: &str,
        count: usize,
    ) -> Result<Vec<T>, ModelError> {
        let mut numbers = Vec::new();
        for token in self.text(key)?.split_ascii_whitespace() {
            let number = token
                .parse()
                .map_err(|_| self.error_at(key, format!("{key} holds {}", excerpt(token))))?;
            numbers.push(number);
        }
        if numbers.len() == count {
            return Ok(numbers);
        }
        Err(self.error_at(key, format!("{key} has {} numbers, not {count}", numbers.len())))
    }

    /// As [`Section::numbers`]; none at all where the key is missing.
    pub(super) fn optional_numbers<T: FromStr>(
        &self,
        key: &str,
        count: usize,
    ) -> Result<Option<Vec<T>>, ModelError> {
        self.get(key).map(|_| self.numbers(key, count)).transpose()
    }
}

/// The beginning of a text that may be long, in quotes.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        None => format!("'{text}'"),
        Some((end, _)) => format!("'{}…'", &text[..end]),
    }
}
