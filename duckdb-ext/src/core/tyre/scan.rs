//! The few character classes and steps that the size rules are made of. All positions are byte
//! offsets that fall on character boundaries, because only ASCII is ever stepped over.

/// White space as text tools outside Rust see it: Unicode's, and the four ASCII separators.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// A letter, digit or underscore of any script: what a word boundary separates from the rest.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether no word character ends right before `at`.
pub(super) fn starts_word(text: &str, at: usize) -> bool {
    !text[..at].chars().next_back().is_some_and(is_word)
}

/// Whether no word character begins at `at`.
pub(super) fn ends_word(text: &str, at: usize) -> bool {
    !text[at..].chars().next().is_some_and(is_word)
}

/// How many ASCII digits begin at `at`.
pub(super) fn digits(text: &str, at: usize) -> usize {
    text.as_bytes()[at..].iter().take_while(|b| b.is_ascii_digit()).count()
}

/// How many ASCII letters begin at `at`.
pub(super) fn letters(text: &str, at: usize) -> usize {
    text.as_bytes()[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count()
}

/// The position after any white space at `at`.
pub(super) fn skip_space(text: &str, at: usize) -> usize {
    text[at..].char_indices().find(|&(_, c)| !is_space(c)).map_or(text.len(), |(n, _)| at + n)
}

/// The position after `byte` (ASCII, case ignored) at `at`, if it stands there.
pub(super) fn skip_byte(text: &str, at: usize, byte: u8) -> Option<usize> {
    let found = text.as_bytes().get(at)?;
    found.eq_ignore_ascii_case(&byte).then_some(at + 1)
}

/// Trims, and makes every run of white space inside one blank.
pub(super) fn collapse_space(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
