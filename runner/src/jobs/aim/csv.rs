//! The first line of a CSV file, which says how the engine is to read the others.

use anyhow::{Context as _, bail};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

/// Longest first line, in bytes; the engine takes no longer line either.
const LONGEST: u64 = 2_000_000;

/// Longest list of names in an error.
const SHOWN: usize = 300;

/// The first line that is not blank.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// Its fields, quotes removed.
    pub(super) fields: Vec<String>,
    /// How many blank lines stand before it.
    pub(super) blank_lines: usize,
}

impl Header {
    /// Reads it from a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, has no line, or one that no program would write.
    pub(super) fn of(file: &Path) -> anyhow::Result<Self> {
        let name = file.display();
        let open = || format!("{name} cannot be read");
        let mut reader = BufReader::new(File::open(file).with_context(open)?.take(LONGEST));
        for blank_lines in 0.. {
            let mut line = Vec::new();
            if reader.read_until(b'\n', &mut line).with_context(open)? == 0 {
                break;
            }
            let Ok(line) = String::from_utf8(line) else {
                bail!("{name} is no UTF-8 text: save it as UTF-8");
            };
            let line = line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
            if line.contains('\r') {
                bail!("{name} ends its lines with carriage returns only: save it with line feeds");
            }
            if !line.trim().is_empty() {
                return Ok(Self { fields: fields(line), blank_lines });
            }
        }
        bail!("{name} is empty")
    }

    /// The fields for an error.
    pub(super) fn shown(&self) -> String {
        shown(&self.fields)
    }
}

/// Names for an error, as many as can be read.
pub(super) fn shown(names: &[String]) -> String {
    let text = names.join(", ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The fields of one line.
fn fields(line: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}

/// A path as text, for the engine.
pub(super) fn utf8(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is no UTF-8 path: rename it", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(content: &[u8]) -> anyhow::Result<Header> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), content).expect("written");
        Header::of(file.path())
    }

    fn fields_of(content: &str) -> (Vec<String>, usize) {
        let Header { fields, blank_lines } = header(content.as_bytes()).expect("a header");
        (fields, blank_lines)
    }

    #[test]
    fn fields_may_be_quoted() {
        assert_eq!(fields(r#"a,"b,""c""",,"#), ["a", "b,\"c\"", "", ""]);
    }

    #[test]
    fn what_stands_before_the_header_is_no_part_of_it() {
        let expected = |blank| (vec!["a".to_owned(), "b".to_owned()], blank);
        assert_eq!(fields_of("a,b\n1,2\n"), expected(0));
        assert_eq!(fields_of("a,b"), expected(0));
        assert_eq!(fields_of("\u{feff}a,b\r\n1,2\r\n"), expected(0));
        assert_eq!(fields_of("\u{feff}\r\n  \r\na,b\r\n"), expected(2));
    }

    #[test]
    fn files_that_are_none_are_told() {
        let error = |content: &[u8]| header(content).unwrap_err().to_string();
        assert!(error(b"").ends_with(" is empty"));
        assert!(error(b"\n \n").ends_with(" is empty"));
        assert!(error(b"a,\xff\n").contains("is no UTF-8 text"));
        assert!(error(b"a,b\r1,2\r").contains("carriage returns only"));
    }

    #[test]
    fn long_headers_are_cut_in_errors() {
        let header = header(&vec![b'x'; 5_000_000]).expect("one field");
        assert_eq!(header.fields[0].len() as u64, LONGEST);
        assert_eq!(header.shown().chars().count(), SHOWN + 1);
    }
}
