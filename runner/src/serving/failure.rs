//! Failures that schedulers tell apart.

/// What went wrong, where it is more than that it did.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Failure {
    /// Arguments that cannot be.
    #[error("{0}")]
    Usage(String),
    /// A lock was not free in time; nothing has changed.
    #[error("{0}")]
    Locked(String),
    /// Rows share a key; nothing has changed.
    #[error("{0}")]
    DuplicateKeys(String),
}

impl Failure {
    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Locked(_) => 3,
            Self::DuplicateKeys(_) => 4,
        }
    }
}
