//! Tyre sizes: the comparable part, the normal spelling, and the parsed form.

use super::scan::{collapse_space, digits, letters, skip_byte, skip_space};

/// A tyre size taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct TyreSize<'a> {
    /// Section width in mm, or overall diameter in inches for flotation sizes (`31x10.50 R15`).
    pub width: f64,
    /// Aspect ratio in %, or section width in inches for flotation sizes; absent in `195 R14C`.
    pub profile: Option<f64>,
    /// `R` or `ZR`, upper case.
    pub construction: String,
    /// Rim diameter in inches (mm for the rare `R390`).
    pub rim: f64,
    /// What follows: load index and speed rating (`92Y`), `XL`; as written, trimmed.
    pub rest: Option<&'a str>,
    /// One spelling per fitment: `205/55 R16`, `31x10.50 R15`, `195/75 R16C`; without `Z`, which is
    /// a speed rating, and without the rest.
    pub canonical: String,
}

/// Digits, optionally with a decimal part; the end of the number.
fn number(text: &str, at: usize) -> Option<usize> {
    let whole = digits(text, at);
    if whole == 0 {
        return None;
    }
    let end = at + whole;
    match skip_byte(text, end, b'.').map(|after| (after, digits(text, after))) {
        Some((after, decimals)) if decimals > 0 => Some(after + decimals),
        _ => Some(end),
    }
}

/// Takes a size apart: `[LT]width[/profile] [Z]R rim[C] [rest]`, where `/` may be `x`; blanks and
/// case do not matter. `None` for anything else.
pub fn parse_size(text: &str) -> Option<TyreSize<'_>> {
    let text = text.trim();
    let prefix = letters(text, 0);
    if prefix > 2 {
        return None;
    }
    let width_start = prefix;
    let width_end = number(text, width_start)?;
    let mut at = skip_space(text, width_end);
    let mut profile = None;
    let separator = match text.as_bytes().get(at) {
        Some(b'/') => Some('/'),
        Some(b'x' | b'X') => Some('x'),
        _ => None,
    };
    if separator.is_some() {
        let start = skip_space(text, at + 1);
        let end = number(text, start)?;
        profile = Some(&text[start..end]);
        at = skip_space(text, end);
    }
    let run = letters(text, at);
    let construction = text[at..at + run].to_ascii_uppercase();
    if !matches!(construction.as_str(), "R" | "ZR") {
        return None;
    }
    let rim_start = skip_space(text, at + run);
    let rim_end = number(text, rim_start)?;
    let commercial = skip_byte(text, rim_end, b'C').filter(|&end| letters(text, end) == 0);
    let rest = text[commercial.unwrap_or(rim_end)..].trim();

    let width = &text[width_start..width_end];
    let rim = &text[rim_start..rim_end];
    let mut canonical = format!("{}{width}", text[..prefix].to_ascii_uppercase());
    if let (Some(separator), Some(profile)) = (separator, profile) {
        canonical.push(separator);
        canonical.push_str(profile);
    }
    canonical.push_str(" R");
    canonical.push_str(rim);
    if commercial.is_some() {
        canonical.push('C');
    }
    Some(TyreSize {
        width: width.parse().ok()?,
        profile: profile.map(str::parse).transpose().ok()?,
        construction,
        rim: rim.parse().ok()?,
        rest: (!rest.is_empty()).then_some(rest),
        canonical,
    })
}

/// The part of a size that two spellings are compared by: from the start of the text, digits, `/`,
/// digits, white space, at most `max_letters` capital letters, digits. The longest match, taking
/// back digits where needed (`205/55` is itself: its last 5 stands for the rim). `None` if nothing
/// matches.
///
/// One letter splits `225/40ZR18` into `225/40` and loses its rim (D-49); two keep it.
pub fn size_part(text: &str, max_letters: usize) -> Option<&str> {
    let width = digits(text, 0);
    let profile_start = (width > 0).then(|| skip_byte(text, width, b'/')).flatten()?;
    let profile = digits(text, profile_start);
    (1..=profile).rev().find_map(|kept| {
        let profile_end = profile_start + kept;
        // ASCII white space only, as in the warehouses' regular expressions.
        let blanks = text.as_bytes()[profile_end..]
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0c))
            .count();
        let letters_start = profile_end + blanks;
        let capitals = text.as_bytes()[letters_start..]
            .iter()
            .take(max_letters)
            .take_while(|b| b.is_ascii_uppercase())
            .count();
        let rim_start = letters_start + capitals;
        let rim = digits(text, rim_start);
        (rim > 0).then(|| &text[..rim_start + rim])
    })
}

/// The normal spelling of a size: a blank before the construction letters wherever they stand
/// directly between two digits, their last one a capital `R` (`225/40zr18` → `225/40 zR18`), white
/// space collapsed and trimmed. Nothing else changes.
pub fn normalize_size(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut spaced = String::with_capacity(text.len() + 2);
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        let run = letters(text, at);
        if run == 0 {
            at += 1;
            while !text.is_char_boundary(at) {
                at += 1;
            }
            continue;
        }
        let end = at + run;
        let between_digits = at > 0
            && bytes[at - 1].is_ascii_digit()
            && bytes.get(end).is_some_and(u8::is_ascii_digit);
        if between_digits && run <= 3 && bytes[end - 1].eq_ignore_ascii_case(&b'R') {
            spaced.push_str(&text[copied..at]);
            spaced.push(' ');
            spaced.push_str(&text[at..end - 1]);
            spaced.push('R');
            copied = end;
        }
        at = end;
    }
    spaced.push_str(&text[copied..]);
    collapse_space(&spaced)
}
