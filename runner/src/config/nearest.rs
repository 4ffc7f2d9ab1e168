//! Names nobody reads: most are misspelt.

/// The known name that is closest to `name`, if one is close enough to be meant.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = name.len().div_ceil(4);
    let distances = known.into_iter().map(|known| (distance(name, known), known));
    distances.min().filter(|(distance, _)| *distance <= allowed).map(|(_, known)| known)
}

/// How many letters must be put in, taken out or changed; case does not matter.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_uppercase(), b.to_uppercase());
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        for (a, b, expected) in
            [("", "abc", 3), ("kitten", "sitting", 3), ("same", "SAME", 0), ("flaw", "lawn", 2)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn only_close_names_are_meant() {
        let known = ["AIM_BATCH_SIZE", "AIM_PAGE_SIZE", "AIM_SEASON"];
        assert_eq!(nearest("AIM_BATCHSIZE", known), Some("AIM_BATCH_SIZE"));
        assert_eq!(nearest("aim_page_size", known), Some("AIM_PAGE_SIZE"));
        assert_eq!(nearest("AIM_SOMETHING_ELSE", known), None);
    }
}
