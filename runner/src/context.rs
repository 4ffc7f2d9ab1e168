//! What a job is given. Nothing is global: a job sees its settings, its clock and its back ends here.

use crate::config::Config;
use crate::record::{BatchStore, Clock, RunLog};
use crate::runtime::Runtime;
use crate::store::LocalStore;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::Statement;
use crate::warehouse::working_copy::WorkingCopy;
use std::sync::Arc;

/// The context of one run.
pub struct Context<'a> {
    /// The settings.
    pub config: Config,
    /// The clock; its beginning is the run's `now`.
    pub clock: Clock,
    /// Names everything the run makes.
    pub run_id: String,
    /// Files.
    pub store: Arc<LocalStore>,
    /// The run's own copy of the warehouse file.
    pub copy: WorkingCopy,
    /// The warehouse, open on that copy.
    pub warehouse: DuckDb,
    /// The replies of Waves so far; those of the run's earlier processes too, if it was resumed.
    pub batches: BatchStore,
    /// Status and manifest, which outlive a failed run.
    pub log: &'a mut RunLog,
    /// For everything that waits for the network.
    pub runtime: &'a Runtime,
}

impl Context<'_> {
    /// Runs statements in one transaction and notes them in the manifest.
    ///
    /// # Errors
    ///
    /// The warehouse's, or that the run is to stop; then nothing is noted.
    pub fn execute(&mut self, statements: &[Statement]) -> anyhow::Result<()> {
        self.runtime.check()?;
        self.warehouse.transaction(statements)?;
        for statement in statements {
            self.log.manifest.executed(statement, self.store.root());
        }
        Ok(())
    }
}
