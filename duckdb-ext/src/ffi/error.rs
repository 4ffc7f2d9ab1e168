use std::ffi::CString;

/// What goes wrong between the core and the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A caller's argument is out of its domain.
    #[error("{0}")]
    Argument(String),
    /// A text of the engine is not UTF-8.
    #[error("Text is not valid UTF-8: {0}")]
    Text(#[from] std::str::Utf8Error),
    /// A vector's type is not the declared one: a defect of the function's declaration.
    #[error("Expected a vector of {expected}, got type {actual}")]
    VectorType {
        /// What the function reads or writes.
        expected: &'static str,
        /// The engine's type number.
        actual: u32,
    },
    /// The engine refused a function.
    #[error("DuckDB does not accept the function {0}: is another extension of that name loaded?")]
    Register(&'static str),
    /// The engine could not open or connect to a database.
    #[error("{0}")]
    Open(String),
}

impl Error {
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::Argument(message.into())
    }
}

/// A C string of `text`; NUL characters, which C cannot carry, are left out.
pub(super) fn to_c(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}

/// What a caught panic says.
pub(super) fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown panic");
    format!("Internal error in aim_ext, please report it: {text}")
}
