//! The JSON override file that the job's front end writes.

use serde_json::{Map, Value};
use std::io::ErrorKind;
use std::path::Path;

/// The overrides in `file`, none without the file.
///
/// # Errors
///
/// What is wrong with the file.
pub(super) fn read(file: &Path) -> Result<Map<String, Value>, String> {
    let path = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        // A root that is no folder is reported where it is opened.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Map::new());
        }
        Err(error) => return Err(format!("{path} cannot be read: {error}; repair or remove it")),
    };
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(format!("{path} is no JSON object; repair or remove it")),
        Err(error) => Err(format!("{path} is not valid JSON: {error}; repair or remove it")),
    }
}
