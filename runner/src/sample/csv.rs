//! CSV files with a header line, quoted where RFC 4180 asks for it.

use super::staged::Staged;
use anyhow::Context;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// A CSV file being written.
pub(super) struct CsvFile {
    staged: Staged,
    writer: BufWriter<File>,
    rows: u64,
}

impl CsvFile {
    pub(super) fn create(place: &Path, header: &[&str]) -> anyhow::Result<Self> {
        let staged = Staged::new(place)?;
        let file = File::create(staged.path()).with_context(|| staged.cannot_write())?;
        let mut file = Self { staged, writer: BufWriter::with_capacity(1 << 16, file), rows: 0 };
        file.line(header)?;
        Ok(file)
    }

    /// Writes one row of data.
    pub(super) fn row(&mut self, fields: &[&str]) -> anyhow::Result<()> {
        self.rows += 1;
        self.line(fields)
    }

    /// Puts the file in its place and returns the number of rows below the header.
    pub(super) fn finish(mut self) -> anyhow::Result<u64> {
        self.writer.flush().with_context(|| self.staged.cannot_write())?;
        self.staged.publish()?;
        Ok(self.rows)
    }

    fn line(&mut self, fields: &[&str]) -> anyhow::Result<()> {
        write_line(&mut self.writer, fields).with_context(|| self.staged.cannot_write())
    }
}

fn write_line(writer: &mut impl Write, fields: &[&str]) -> std::io::Result<()> {
    for (place, field) in fields.iter().enumerate() {
        if place > 0 {
            writer.write_all(b",")?;
        }
        if field.contains([',', '"', '\n', '\r']) {
            write!(writer, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            writer.write_all(field.as_bytes())?;
        }
    }
    writer.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_only_where_needed() {
        let mut written = Vec::new();
        write_line(&mut written, &["a b", " x ", "1,204", "say \"R\"", "", "two\nlines"])
            .expect("writing to memory works");
        assert_eq!(
            String::from_utf8(written).expect("text"),
            "a b, x ,\"1,204\",\"say \"\"R\"\"\",,\"two\nlines\"\n"
        );
    }
}
