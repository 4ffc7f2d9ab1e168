//! The forms in which sizes, vehicles and names are compared.

/// Lower-case ASCII letters and digits of a text, everything else dropped.
pub fn plain(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

/// The form in which two vehicles are compared.
pub fn vehicle_key(vehicle: &str) -> String {
    plain(vehicle)
}

/// The form in which two sizes are compared: without blanks, case and speed rating.
pub fn size_key(size: &str) -> String {
    without_rating(size)
        .chars()
        .filter(|character| !character.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A size as people write it: without speed rating, single blanks.
pub fn size_label(size: &str) -> String {
    without_rating(size).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts a speed rating off the end: `Y`, `91V`, `(96Y)`, after a blank or glued to the rim. The `C` of
/// commercial sizes belongs to the size.
fn without_rating(size: &str) -> &str {
    let size = size.trim();
    if let Some((head, last)) = size.rsplit_once(char::is_whitespace)
        && is_rating(last)
        && ends_like_size(head)
    {
        return head.trim_end();
    }
    if let Some(head) = size.find('(').map(|at| &size[..at])
        && is_rating(&size[head.len()..])
        && ends_like_size(head)
    {
        return head.trim_end();
    }
    match size.char_indices().next_back() {
        // An R at the end is the beginning of a rim that is missing, not a rating.
        Some((at, letter))
            if is_speed_letter(letter)
                && !letter.eq_ignore_ascii_case(&'R')
                && ends_like_size(&size[..at]) =>
        {
            &size[..at]
        }
        _ => size,
    }
}

/// Load index, if any, and one speed letter, in parentheses or not.
fn is_rating(text: &str) -> bool {
    let text = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(text);
    let letters =
        text.trim_start_matches(|character: char| character.is_ascii_digit() || character == '/');
    let mut letters = letters.chars();
    letters.next().is_some_and(is_speed_letter) && letters.next().is_none()
}

fn is_speed_letter(letter: char) -> bool {
    matches!(letter.to_ascii_uppercase(), 'J'..='N' | 'P'..='W' | 'H' | 'Y' | 'Z')
}

/// Ends in a rim, the `C` of a commercial size or the `XL` of a reinforced one.
fn ends_like_size(head: &str) -> bool {
    let head = head.trim_end();
    let head = head.strip_suffix(['C', 'c']).unwrap_or(head);
    let head = match head.len().checked_sub(2).and_then(|at| head.get(at..)) {
        Some(mark) if mark.eq_ignore_ascii_case("xl") => head[..head.len() - 2].trim_end(),
        _ => head,
    };
    head.ends_with(|character: char| character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rating_blanks_and_case_do_not_matter() {
        for size in [
            "205/55 R16",
            "205/55R16",
            "205/55 r16",
            " 205/55  R16 V",
            "205/55R16V",
            "205/55 R16 91V",
            "205/55 R16 (91Y)",
            "205/55R16(Y)",
        ] {
            assert_eq!(size_key(size), "205/55r16", "{size}");
        }
    }

    #[test]
    fn what_is_part_of_the_size_stays() {
        for (size, key) in [
            ("195/75 R16C", "195/75r16c"),
            ("195/75 R16C T", "195/75r16c"),
            ("225/40ZR18 Y", "225/40zr18"),
            ("225/45 R17 XL", "225/45r17xl"),
            ("225/45 R17 XL Y", "225/45r17xl"),
            ("215/75 R17.5", "215/75r17.5"),
            ("31x10.50 R15", "31x10.50r15"),
            ("190/65 R390 H", "190/65r390"),
            ("MT90/0 R16 H", "mt90/0r16"),
            ("205/55 R", "205/55"),
            ("Ünknown", "ünknown"),
            ("V", "v"),
            ("", ""),
        ] {
            assert_eq!(size_key(size), key, "{size}");
        }
        assert_eq!(size_label(" 235/45  R18 Y"), "235/45 R18");
    }

    #[test]
    fn vehicles_compare_by_letters_and_digits() {
        assert_eq!(vehicle_key(" Mercedes-Benz C-Class "), "mercedesbenzcclass");
        assert_eq!(vehicle_key("TESLAMODEL 3"), vehicle_key("Tesla Model3"));
    }
}
