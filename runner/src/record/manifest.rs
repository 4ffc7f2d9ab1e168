use crate::warehouse::template::Statement;
use serde::Serialize;

/// `output/run_manifest.json`: the stages that ran, in their order, and the SQL they executed.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    mode: &'static str,
    dry_run: bool,
    stages: Vec<String>,
    sql_files: Vec<SqlFile>,
    http_requests: Vec<serde_json::Value>,
}

/// One statement as it was executed.
#[derive(Debug, Clone, Serialize)]
struct SqlFile {
    file: String,
    size: usize,
    sha256: String,
}

impl Manifest {
    /// An empty manifest.
    pub fn new(dry_run: bool) -> Self {
        Self {
            mode: "local",
            dry_run,
            stages: Vec::new(),
            sql_files: Vec::new(),
            // Always empty: requests are in the request log.
            http_requests: Vec::new(),
        }
    }

    /// Notes that a stage began.
    pub fn stage(&mut self, name: &str) {
        self.stages.push(name.to_owned());
    }

    /// Notes a statement that was executed.
    pub fn executed(&mut self, statement: &Statement) {
        self.sql_files.push(SqlFile {
            file: statement.name.clone(),
            size: statement.sql.len(),
            sha256: statement.sha256(),
        });
    }
}
