/// Whose results a run has, where the job that this one replaces was wrong. Jobs turn it into choices
/// with names of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compat {
    /// Repaired.
    #[default]
    Fixed,
    /// As they were, defects included, to be compared cell by cell.
    Original,
}

impl Compat {
    /// What `null` means for a text of the JSON override file: not set (D-22: it became the word
    /// `None`, and was sent as a brand or a season).
    pub(super) fn null_text(self) -> Option<&'static str> {
        match self {
            Self::Fixed => None,
            Self::Original => Some("None"),
        }
    }
}
