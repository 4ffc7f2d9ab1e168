//! The replies of Waves as they came, beside the working copy: what was paid for survives the process.
//!
//! One append-only file: a header, then a record per reply. A record counts once it is whole and its
//! checksum fits; what a killed process left half written at the end is cut off when the file is opened.

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Begins the file; the last digit is the version of its layout.
const HEADER: &[u8; 12] = b"aim-batches1";

/// Batch (u64), hash of the request (32 bytes), length of the reply (u64), checksum of all that and of
/// the reply (32 bytes); numbers are little endian. The reply follows.
const RECORD_HEAD: usize = 8 + 32 + 8 + 32;

/// A SHA-256.
pub type RequestHash = [u8; 32];

/// Stores (number of the batch, hash of its request, raw reply), durably and whole.
pub struct BatchStore {
    path: PathBuf,
    file: File,
    end: u64,
    stored: BTreeMap<u64, Stored>,
}

#[derive(Debug, Clone)]
struct Stored {
    request: RequestHash,
    reply: Range<u64>,
}

impl BatchStore {
    /// Opens the file with all it holds, or creates it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, or is of another version.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let unusable = || format!("{} cannot be read or written", path.display());
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).with_context(unusable)?;
        let (stored, end) = scan(path, &mut file)?;
        // Also where nothing is torn: the next record begins here.
        file.set_len(end).with_context(unusable)?;
        file.seek(SeekFrom::Start(end)).with_context(unusable)?;
        let mut this = Self { path: path.to_owned(), file, end, stored };
        if end == 0 {
            this.append(HEADER)?;
            if let Some(folder) = path.parent() {
                // The name must survive a power cut as well as the content.
                File::open(folder).and_then(|folder| folder.sync_all()).with_context(unusable)?;
            }
        }
        Ok(this)
    }

    /// The hash that tells requests apart: SHA-256 of the body as it is sent.
    pub fn hash(request_body: &[u8]) -> RequestHash {
        Sha256::digest(request_body).into()
    }

    /// Stores a reply; on disk when this returns. A later reply to the same batch replaces the earlier
    /// one. Numbers are the caller's, unique within a run.
    ///
    /// # Errors
    ///
    /// When the disk is full or fails; then the batch counts as not stored.
    pub fn put(&mut self, batch: u64, request: RequestHash, reply: &[u8]) -> anyhow::Result<()> {
        let mut record = Vec::with_capacity(RECORD_HEAD + reply.len());
        record.extend(batch.to_le_bytes());
        record.extend(request);
        record.extend((reply.len() as u64).to_le_bytes());
        let checksum = Sha256::new().chain_update(&record).chain_update(reply).finalize();
        record.extend(checksum);
        record.extend(reply);
        let begin = self.end + RECORD_HEAD as u64;
        self.append(&record)?;
        self.stored.insert(batch, Stored { request, reply: begin..self.end });
        Ok(())
    }

    /// The stored reply to a batch; none if there is none, or if the request was another one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn get(&self, batch: u64, request: RequestHash) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(stored) = self.stored.get(&batch).filter(|stored| stored.request == request)
        else {
            return Ok(None);
        };
        let mut reply = vec![0; (stored.reply.end - stored.reply.start) as usize];
        let mut reader = &self.file;
        let mut read = || -> std::io::Result<()> {
            reader.seek(SeekFrom::Start(stored.reply.start))?;
            reader.read_exact(&mut reply)?;
            reader.seek(SeekFrom::Start(self.end)).map(drop)
        };
        read().with_context(|| format!("{} cannot be read", self.path.display()))?;
        Ok(Some(reply))
    }

    /// The stored batches and the hashes of their requests, in order of their numbers.
    pub fn list(&self) -> impl Iterator<Item = (u64, RequestHash)> + '_ {
        self.stored.iter().map(|(batch, stored)| (*batch, stored.request))
    }

    /// How many batches are stored.
    pub fn len(&self) -> usize {
        self.stored.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.stored.is_empty()
    }

    fn append(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut write = || -> std::io::Result<()> {
            self.file.write_all(bytes)?;
            self.file.sync_data()
        };
        if let Err(error) = write() {
            // The next record must not follow half of this one; a second failure is found by `open`.
            let _ = self.file.set_len(self.end);
            let _ = self.file.seek(SeekFrom::Start(self.end));
            return Err(error).with_context(|| {
                format!("{} cannot be written: is there enough free space?", self.path.display())
            });
        }
        self.end += bytes.len() as u64;
        Ok(())
    }
}

/// Reads the records from the beginning; answers them and where the last whole one ends.
fn scan(path: &Path, file: &mut File) -> anyhow::Result<(BTreeMap<u64, Stored>, u64)> {
    let unreadable = || format!("{} cannot be read", path.display());
    let mut reader = std::io::BufReader::new(file);
    let mut stored = BTreeMap::new();
    let mut header = [0; HEADER.len()];
    if !whole(reader.read_exact(&mut header)).with_context(unreadable)? {
        return Ok((stored, 0));
    }
    if header != *HEADER {
        bail!("{} is of another version of this program: start a new run", path.display());
    }
    let mut end = HEADER.len() as u64;
    let mut head = [0; RECORD_HEAD];
    let length = fs::metadata(path).with_context(unreadable)?.len();
    while whole(reader.read_exact(&mut head)).with_context(unreadable)? {
        let begin = end + RECORD_HEAD as u64;
        let size = u64::from_le_bytes(part(&head, 40));
        // Also keeps a torn length from being allocated.
        if size > length.saturating_sub(begin) {
            break;
        }
        let mut reply = vec![0; size as usize];
        reader.read_exact(&mut reply).with_context(unreadable)?;
        let checksum = Sha256::new().chain_update(&head[..48]).chain_update(&reply).finalize();
        if checksum[..] != head[48..] {
            break;
        }
        end = begin + size;
        let record = Stored { request: part(&head, 8), reply: begin..end };
        stored.insert(u64::from_le_bytes(part(&head, 0)), record);
    }
    Ok((stored, end))
}

/// Whether there was as much to read as was asked for.
fn whole(read: std::io::Result<()>) -> std::io::Result<bool> {
    match read {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn part<const N: usize>(head: &[u8; RECORD_HEAD], at: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&head[at..at + N]);
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(path: &Path) -> BatchStore {
        BatchStore::open(path).expect("opened")
    }

    fn get(store: &BatchStore, batch: u64, request: &[u8]) -> Option<Vec<u8>> {
        store.get(batch, BatchStore::hash(request)).expect("read")
    }

    #[test]
    fn replies_are_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.batches");
        let mut written = store(&path);
        assert!(written.is_empty());
        for (batch, reply) in [(7, "seven"), (0, ""), (7, "seven again")] {
            written.put(batch, BatchStore::hash(b"q"), reply.as_bytes()).expect("stored");
        }
        // Reading does not disturb writing.
        assert_eq!(get(&written, 0, b"q"), Some(Vec::new()));
        written.put(8, BatchStore::hash(b"p"), b"eight").expect("stored");
        drop(written);
        let read = store(&path);
        let batches: Vec<u64> = read.list().map(|(batch, _)| batch).collect();
        assert_eq!(batches, [0, 7, 8]);
        assert_eq!(get(&read, 7, b"q").as_deref(), Some(&b"seven again"[..]));
        assert_eq!(get(&read, 8, b"p").as_deref(), Some(&b"eight"[..]));
        assert_eq!(get(&read, 8, b"another request"), None);
        assert_eq!(get(&read, 1, b"q"), None);
    }

    /// However much of the file a kill or a power cut left, what is found is whole.
    #[test]
    fn torn_files_keep_what_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.batches");
        let mut written = store(&path);
        let mut ends = vec![written.end];
        for batch in 0..3 {
            written.put(batch, BatchStore::hash(b"q"), b"reply").expect("stored");
            ends.push(written.end);
        }
        let bytes = fs::read(&path).expect("read");
        for length in 0..=bytes.len() {
            fs::write(&path, &bytes[..length]).expect("torn");
            let mut torn = store(&path);
            let whole = ends.iter().skip(1).filter(|end| **end <= length as u64).count();
            assert_eq!(torn.len(), whole, "{length} bytes");
            torn.put(9, BatchStore::hash(b"q"), b"later").expect("stored");
            assert_eq!(get(&store(&path), 9, b"q").as_deref(), Some(&b"later"[..]));
        }
        for at in ends[2]..ends[3] {
            let mut broken = bytes.clone();
            broken[at as usize] ^= 1;
            fs::write(&path, broken).expect("broken");
            assert_eq!(store(&path).len(), 2, "byte {at}");
        }
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.batches");
        fs::write(&path, "something else altogether").expect("written");
        let error = BatchStore::open(&path).err().expect("refused").to_string();
        assert!(error.contains("another version"), "{error}");
    }
}
