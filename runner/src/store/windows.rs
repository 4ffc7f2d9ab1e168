use super::ObjectFile;
use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

/// What the windows of one reader hold together.
const HELD: usize = 12 << 20;

/// A window is no shorter, however many there are.
const SHORTEST: usize = 256 << 10;

/// A window is no longer, however few there are.
const LONGEST: usize = 4 << 20;

/// What is read at the end of a file at least: the footer is there, and its length behind it.
const FOOTER: u64 = 64 << 10;

/// A file as Parquet's reader wants it. It reads many columns side by side, each a little at a time: a window of
/// each is kept, so that there are few requests, and no column is in memory as a whole.
#[derive(Clone)]
pub struct Windows {
    file: Arc<dyn ObjectFile>,
    /// Bytes of a window.
    length: usize,
    /// How many are kept.
    most: usize,
    /// Nothing is read beyond in advance.
    end: u64,
    kept: Arc<Mutex<VecDeque<(u64, Bytes)>>>,
}

impl Windows {
    /// Windows for so many columns.
    pub fn new(file: Arc<dyn ObjectFile>, columns: usize) -> Self {
        // One more for what two neighbours share.
        let most = columns + 1;
        let length = (HELD / most).clamp(SHORTEST, LONGEST);
        let end = file.size();
        Self { file, length, most, end, kept: Arc::default() }
    }

    /// Has windows end where the part of the file ends that is read.
    pub fn until(self, end: u64) -> Self {
        Self { end, ..self }
    }

    /// What there is from `start` on in the window around it; nothing at the end.
    fn window(&self, start: u64) -> Result<Bytes> {
        let size = self.file.size();
        if start >= size {
            return Ok(Bytes::new());
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let inside =
            |(from, content): &(u64, Bytes)| (*from..from + content.len() as u64).contains(&start);
        let (from, content) = match kept.iter().position(inside).and_then(|at| kept.remove(at)) {
            Some(found) => found,
            None => {
                let from = start.min(size.saturating_sub(FOOTER));
                let end = if start < self.end { self.end.min(size) } else { size };
                let length = (self.length as u64).min(end - from);
                kept.truncate(self.most - 1);
                (from, self.read(from, length as usize)?)
            }
        };
        kept.push_front((from, content.clone()));
        Ok(content.slice((start - from) as usize..))
    }

    fn read(&self, start: u64, length: usize) -> Result<Bytes> {
        let read = self.file.read(start, length);
        read.map_err(|error| ParquetError::External(error.into_boxed_dyn_error()))
    }
}

impl Length for Windows {
    fn len(&self) -> u64 {
        self.file.size()
    }
}

impl ChunkReader for Windows {
    type T = Reading;

    fn get_read(&self, start: u64) -> Result<Reading> {
        Ok(Reading { windows: self.clone(), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.file.size()) {
            return Err(ParquetError::EOF(format!(
                "{length} bytes at {start} are beyond the end of the file"
            )));
        }
        let window = if length <= self.length { self.window(start)? } else { Bytes::new() };
        if window.len() >= length {
            return Ok(window.slice(..length));
        }
        self.read(start, length)
    }
}

/// Reads on from a place.
pub struct Reading {
    windows: Windows,
    at: u64,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let window = self.windows.window(self.at).map_err(std::io::Error::other)?;
        let count = window.len().min(buffer.len());
        buffer[..count].copy_from_slice(&window[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Digest, Version};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Bytes that tell where they are, and how often they were asked for.
    struct Numbered {
        size: u64,
        requests: AtomicUsize,
    }

    impl ObjectFile for Numbered {
        fn size(&self) -> u64 {
            self.size
        }

        fn read(&self, start: u64, length: usize) -> anyhow::Result<Bytes> {
            assert!(start + length as u64 <= self.size);
            self.requests.fetch_add(1, Ordering::Relaxed);
            Ok((start..start + length as u64).map(|at| (at % 251) as u8).collect())
        }

        fn digest(&self) -> anyhow::Result<Digest> {
            unreachable!("nobody asks")
        }

        fn version(&self) -> Version {
            0
        }
    }

    /// Three columns, read in turn, piece by piece.
    #[test]
    fn columns_side_by_side_take_few_requests() {
        let column = 10_u64 << 20;
        let file = Arc::new(Numbered { size: 3 * column, requests: AtomicUsize::new(0) });
        let windows = Windows::new(Arc::clone(&file) as Arc<dyn ObjectFile>, 3);
        let piece = 100_000_usize;
        for at in (0..column).step_by(piece) {
            let length = piece.min((column - at) as usize);
            for first in [0, column, 2 * column] {
                let mut content = Vec::new();
                let read = windows.get_read(first + at).expect("a reader");
                read.take(length as u64).read_to_end(&mut content).expect("read");
                assert_eq!(content.len(), length);
                assert!(
                    content.iter().zip(first + at..).all(|(byte, at)| u64::from(*byte) == at % 251)
                );
            }
        }
        let requests = file.requests.load(Ordering::Relaxed);
        assert!(requests <= 3 * (10 / 3 + 1) + 1, "{requests}");
        let held = windows.kept.lock().expect("whole").iter().map(|(_, b)| b.len()).sum::<usize>();
        assert!(held <= HELD, "{held}");
    }

    #[test]
    fn windows_end_with_their_part() {
        let file = Arc::new(Numbered { size: 8 << 20, requests: AtomicUsize::new(0) });
        let windows = Windows::new(Arc::clone(&file) as Arc<dyn ObjectFile>, 1).until(1000);
        assert_eq!(windows.window(10).expect("read").len(), 990);
        assert_eq!(windows.window(1000).expect("read").len(), LONGEST);
    }

    #[test]
    fn the_end_is_read_at_once() {
        let file = Arc::new(Numbered { size: 1 << 20, requests: AtomicUsize::new(0) });
        let windows = Windows::new(Arc::clone(&file) as Arc<dyn ObjectFile>, 1);
        let end = (1 << 20) - 8;
        let mut last = [0; 8];
        windows.get_read(end).expect("a reader").read_exact(&mut last).expect("read");
        windows.get_bytes(end - 5000, 5000).expect("read");
        assert_eq!(file.requests.load(Ordering::Relaxed), 1);
        assert!(windows.get_bytes(end, 9).is_err());
        assert_eq!(windows.get_bytes(end, 8).expect("read"), last.to_vec());
    }
}
