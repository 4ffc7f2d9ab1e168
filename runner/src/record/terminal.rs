use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal as _, Write};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// What a person sees of a run while it lasts: on a terminal one line that moves, with the log above it;
/// anywhere else plain lines in the log.
#[derive(Debug, Clone)]
pub struct Terminal {
    bar: ProgressBar,
}

impl Terminal {
    /// On the error output, where the log goes.
    pub fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner().with_style(working());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        } else {
            ProgressBar::hidden()
        };
        Self { bar }
    }

    /// Something is being done.
    pub(super) fn line(&self, line: &str) {
        tracing::info!("{line}");
        self.bar.set_style(working());
        self.bar.reset_elapsed();
        self.bar.set_message(line.to_owned());
    }

    /// So many batches are done.
    pub(super) fn batch(&self, batch: usize, batches: usize) {
        if self.bar.is_hidden() {
            return tracing::info!("Processing batch {batch}/{batches}");
        }
        if self.bar.length() != Some(batches as u64) {
            self.bar.reset();
            self.bar.set_length(batches as u64);
            self.bar.set_style(counting());
        }
        self.bar.set_message("Waves");
        self.bar.set_position(batch as u64);
    }

    /// Nothing more is done; the line goes.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}

fn working() -> ProgressStyle {
    style("{spinner} {msg} {elapsed}")
}

fn counting() -> ProgressStyle {
    style("{spinner} {msg} [{bar:30}] {pos}/{len} batches, {eta} left")
}

fn style(template: &str) -> ProgressStyle {
    // Ours are well formed; a plain line shows the same without shape.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The log, which must not be written into the moving line.
impl<'a> MakeWriter<'a> for Terminal {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        Lines { bar: self.bar.clone() }
    }
}

/// Writes above the moving line.
#[derive(Debug)]
pub struct Lines {
    bar: ProgressBar,
}

impl Write for Lines {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.bar.suspend(|| std::io::stderr().write_all(buffer))?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
