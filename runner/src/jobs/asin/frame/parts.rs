//! Rows that are worked on part by part, where they do not fit into memory at once.

use super::{Source, Workspace};
use crate::warehouse::template::Statement;
use minijinja::value::{Serde, Value};
use serde::Serialize;

/// So many rows are put in order, and kept in memory, without a second thought.
const FEW: u64 = 1_000_000;

/// Rows that one thread of the engine takes at a time.
const ONE_THREAD: u64 = 122_880;

/// Into how many parts rows go; each has whole groups, by the hash of what they have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts(u64);

/// One of them, for the macro `part` of `asin/columns.sql`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Part {
    number: u64,
    of: u64,
}

impl Parts {
    /// So many that one, of rows that take `bytes` each while they are gathered, fills half of the memory at most.
    fn of(rows: u64, bytes: u64, memory: u64) -> Self {
        Self(rows.saturating_mul(bytes).div_ceil((memory / 2).max(1)).max(1))
    }

    /// All of them, in order.
    pub fn iter(self) -> impl Iterator<Item = Part> {
        (0..self.0).map(move |number| Part { number, of: self.0 })
    }

    /// Whether there is but one.
    pub fn is_one(self) -> bool {
        self.0 == 1
    }
}

impl From<Part> for Value {
    fn from(part: Part) -> Self {
        Serde(part).into()
    }
}

impl Workspace {
    /// Whether the rows are so few that it does not matter to put them in order, or to keep them.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn is_few(&self, source: &Source) -> anyhow::Result<bool> {
        Ok(self.count_rows(source)? <= FEW)
    }

    /// Has the engine use one thread for rows that one is enough for: others would only wait, at the cost of a fifth
    /// of all time.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn choose_threads(&self, source: &Source) -> anyhow::Result<()> {
        let set = match (self.count_rows(source)? <= ONE_THREAD, self.threads) {
            (true, _) => "set threads = 1".to_owned(),
            (false, Some(threads)) => format!("set threads = {threads}"),
            (false, None) => "reset threads".to_owned(),
        };
        self.db().transaction(&[Statement::new("threads", set)])
    }

    /// The parts that the rows go into, if each takes `bytes` while its part is worked on.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn parts(&self, source: &Source, bytes: u64) -> anyhow::Result<Parts> {
        Ok(Parts::of(self.count_rows(source)?, bytes, self.db().memory_limit()?))
    }

    fn count_rows(&self, source: &Source) -> anyhow::Result<u64> {
        let count = format!("select count(*) from {}", source.relation);
        self.count(&Statement::new(&*source.name, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_half_of_the_memory() {
        for (rows, memory, parts) in
            [(0, 1000, 1), (5, 1000, 1), (50, 1000, 10), (51, 1000, 11), (u64::MAX, 0, u64::MAX)]
        {
            assert_eq!(Parts::of(rows, 100, memory), Parts(parts), "{rows} rows");
        }
    }

    #[test]
    fn every_part_has_its_number() {
        let parts: Vec<_> = Parts(3).iter().map(|part| (part.number, part.of)).collect();
        assert_eq!(parts, [(0, 3), (1, 3), (2, 3)]);
        assert!(Parts(1).is_one() && !Parts(3).is_one());
    }
}
