//! Models by their text, so that a query that scores a million rows parses its model once.

use super::{Model, ModelError};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The models used last, shared by all threads.
#[derive(Debug)]
pub struct Cache {
    capacity: usize,
    entries: Mutex<Vec<Arc<Entry>>>,
    /// Counts uses, for telling which entry was used last.
    uses: AtomicU64,
    parses: AtomicU64,
}

/// A text and what became of it.
#[derive(Debug)]
struct Entry {
    text: Box<str>,
    model: OnceLock<Result<Arc<Model>, ModelError>>,
    used: AtomicU64,
}

impl Cache {
    /// Keeps up to `capacity` models, at least one; the one not used for longest gives way.
    pub const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: Mutex::new(Vec::new()),
            uses: AtomicU64::new(0),
            parses: AtomicU64::new(0),
        }
    }

    /// The model of this text. Whoever asks first parses it; others of the same text wait for that,
    /// those of other texts do not.
    ///
    /// # Errors
    ///
    /// As [`Model::parse`]; a text that is no model is kept as well, and not parsed again.
    pub fn get(&self, text: &str) -> Result<Arc<Model>, ModelError> {
        let entry = self.find(text);
        entry.used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let model = entry.model.get_or_init(|| {
            self.parses.fetch_add(1, Ordering::Relaxed);
            Model::parse(&entry.text).map(Arc::new)
        });
        model.clone()
    }

    /// How many texts were parsed.
    pub fn parses(&self) -> u64 {
        self.parses.load(Ordering::Relaxed)
    }

    fn find(&self, text: &str) -> Arc<Entry> {
        // Long texts are not compared while others wait.
        let candidates: Vec<Arc<Entry>> = {
            let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            entries.iter().filter(|entry| entry.text.len() == text.len()).cloned().collect()
        };
        if let Some(entry) = candidates.into_iter().find(|entry| *entry.text == *text) {
            return entry;
        }
        let new = Arc::new(Entry {
            text: text.into(),
            model: OnceLock::new(),
            used: AtomicU64::new(self.uses.load(Ordering::Relaxed)),
        });
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster.
        if let Some(entry) = entries.iter().find(|entry| *entry.text == *text) {
            return entry.clone();
        }
        if entries.len() >= self.capacity {
            let used = |at: &usize| entries[*at].used.load(Ordering::Relaxed);
            if let Some(oldest) = (0..entries.len()).min_by_key(used) {
                entries.swap_remove(oldest);
            }
        }
        entries.push(new.clone());
        new
    }
}
