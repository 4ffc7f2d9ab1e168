use crate::config::Mode;
use crate::warehouse::template::Statement;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `output/run_manifest.json`: the stages that ran, in their order, and the SQL they executed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    mode: String,
    dry_run: bool,
    stages: Vec<String>,
    sql_files: Vec<SqlFile>,
    http_requests: Vec<serde_json::Value>,
}

/// One statement as it was executed, but for the root folder: paths in it are relative to that.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SqlFile {
    file: String,
    size: usize,
    sha256: String,
}

impl Manifest {
    /// An empty manifest.
    pub fn new(mode: Mode, dry_run: bool) -> Self {
        Self {
            mode: mode.name().to_owned(),
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

    /// Notes a statement that was executed in the root folder: the same run in another folder, or on
    /// another machine, has the same hashes.
    pub fn executed(&mut self, statement: &Statement, root: &Path) {
        let root = format!("{}/", root.to_string_lossy().trim_end_matches('/'));
        // As it stands in a literal.
        let root = root.replace('\'', "''");
        let sql =
            if root == "/" { statement.sql.clone() } else { statement.sql.replace(&root, "") };
        let statement = Statement::new(statement.name.clone(), sql);
        self.sql_files.push(SqlFile {
            size: statement.sql.len(),
            sha256: statement.sha256(),
            file: statement.name,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::template::quote_literal;

    #[test]
    fn hashes_do_not_depend_on_the_root() {
        let noted = |root: &str| {
            let path = quote_literal(&format!("{root}/reference/it's.csv"));
            let statement = Statement::new("load.sql", format!("select * from read_csv({path})"));
            let mut manifest = Manifest::new(Mode::Local, false);
            manifest.executed(&statement, Path::new(root));
            serde_json::to_value(manifest).expect("plain data")["sql_files"][0].clone()
        };
        let plain = Statement::new("", "select * from read_csv('reference/it''s.csv')");
        assert_eq!(noted("/a")["sha256"], plain.sha256());
        assert_eq!(noted("/a")["size"], plain.sql.len());
        assert_eq!(noted("/some/it's \"root\""), noted("/a"));
    }
}
