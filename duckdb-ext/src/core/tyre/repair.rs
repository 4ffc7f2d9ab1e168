//! Vehicle and size, put back where they belong.
//!
//! Recommendation replies carry the size in the vehicle's text, the vehicle's tail in the size's,
//! speed ratings, missing blanks. The rules look for a *core*: a size that stands alone as a word.

use super::scan::{
    collapse_space, digits, ends_word, is_space, letters, skip_byte, skip_space, starts_word,
};
use super::size::normalize_size;

/// Which spellings count as a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SizeForms {
    /// The four core forms alone. They cut `31/10.50R15` into `31/` and `10.50 R15`, drop the `.5`
    /// of `R17.5` and do not see `R16C` (D-46); kept to reproduce older results.
    Core,
    /// The core forms, and flotation sizes with `/`, rims with a decimal, and commercial `C`.
    #[default]
    Extended,
}

/// Moves size and vehicle text to where they belong and spells both normally.
///
/// * A core in `size`: the text before it goes to the end of the vehicle, the text after it is
///   dropped.
/// * Else a core in `vehicle`: it becomes the size (the old one is dropped), the text around it the
///   vehicle.
/// * Then the vehicle gets a blank between a letter and a digit that follows it, and single blanks;
///   the size is [normalised](normalize_size).
///
/// Missing texts are empty texts.
pub fn repair(vehicle: &str, size: &str, forms: SizeForms) -> (String, String) {
    let vehicle = vehicle.trim_matches(is_space);
    let size = size.trim_matches(is_space);
    if let Some((start, end)) = find_core(size, forms) {
        let before = size[..start].trim_matches(is_space);
        return (space_digits(&[vehicle, before]), normalize_size(&size[start..end]));
    }
    if let Some((start, end)) = find_core(vehicle, forms) {
        let around = [&vehicle[..start], &vehicle[end..]];
        return (space_digits(&around), normalize_size(&vehicle[start..end]));
    }
    (space_digits(&[vehicle]), normalize_size(size))
}

/// The texts with a blank between them, a blank between each ASCII letter and a digit that follows
/// it, white space collapsed.
fn space_digits(parts: &[&str]) -> String {
    let mut spaced = String::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for part in parts {
        spaced.push(' ');
        let mut after_letter = false;
        for c in part.chars() {
            if after_letter && c.is_ascii_digit() {
                spaced.push(' ');
            }
            spaced.push(c);
            after_letter = c.is_ascii_alphabetic();
        }
    }
    collapse_space(&spaced)
}

/// The leftmost core in `text`: its first byte and the byte after its last.
fn find_core(text: &str, forms: SizeForms) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let run = digits(text, at);
        // A core starts with a whole run of digits: its start must be a word's start.
        if run <= 3
            && starts_word(text, at)
            && let Some(end) = core_at(text, at, run, forms)
        {
            return Some((at, end));
        }
        at += run;
    }
    None
}

/// The end of the core whose first number is the `run` digits at `at`. The alternatives are told
/// apart by the separator and the lengths of the numbers, so at most one can match.
fn core_at(text: &str, at: usize, run: usize, forms: SizeForms) -> Option<usize> {
    let end = at + run;
    let extended = forms == SizeForms::Extended;
    if let Some(profile) = skip_byte(text, end, b'/') {
        let length = digits(text, profile);
        let profile_end = profile + length;
        let decimals = two_decimals(text, profile_end);
        let dimensions_end = match (run, length) {
            (3, 2) => profile_end,
            (2, 3 | 4) => decimals.unwrap_or(profile_end),
            (2, 2) if extended => decimals?,
            _ => return None,
        };
        return construction_and_rim(text, dimensions_end, extended);
    }
    if run > 2 {
        return None;
    }
    let dimensions_end = match skip_byte(text, end, b'x') {
        Some(width) if digits(text, width) == 2 => two_decimals(text, width + 2)?,
        Some(_) => return None,
        None => two_decimals(text, end)?,
    };
    construction_and_rim(text, dimensions_end, extended)
}

/// The position after a point and exactly two digits at `at`.
fn two_decimals(text: &str, at: usize) -> Option<usize> {
    let decimals = skip_byte(text, at, b'.')?;
    (digits(text, decimals) == 2).then_some(decimals + 2)
}

/// The end of `[blanks][up to two letters]R` and a rim of two digits that ends a word. Extended,
/// the rim may go on with one decimal or with `C`.
fn construction_and_rim(text: &str, at: usize, extended: bool) -> Option<usize> {
    let construction = skip_space(text, at);
    let run = letters(text, construction);
    let rim = construction + run;
    if !(1..=3).contains(&run) || !text.as_bytes()[rim - 1].eq_ignore_ascii_case(&b'R') {
        return None;
    }
    if digits(text, rim) != 2 {
        return None;
    }
    let end = rim + 2;
    if extended {
        let decimal = skip_byte(text, end, b'.')
            .filter(|&decimal| digits(text, decimal) == 1)
            .map(|decimal| decimal + 1)
            .filter(|&end| ends_word(text, end));
        let commercial = skip_byte(text, end, b'C').filter(|&end| ends_word(text, end));
        if let Some(longer) = decimal.or(commercial) {
            return Some(longer);
        }
    }
    ends_word(text, end).then_some(end)
}
