//! From the local warehouse, a file that is only read.

use super::{Request, Snapshot, hidden_name};
use crate::config::reco::Column;
use crate::jobs::reco::workspace::Workspace;
use crate::warehouse::TableName;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, quote_literal, render};
use crate::warehouse::working_copy::WAREHOUSE_FILE;
use anyhow::{Context as _, bail};
use minijinja::context;
use std::fs;
use std::path::Path;

/// Rows of a shard: eight of DuckDB's row groups.
const SHARD_ROWS: u64 = 8 * 122_880;

/// Writes the shards beside those of the last export, where nobody looks for them.
pub(super) fn write(
    request: &Request<'_>,
    folder: &Path,
    workspace: &Workspace,
) -> anyhow::Result<Snapshot> {
    let export = Export { request, workspace };
    let warehouse = export.open()?;
    let query = export.snapshot(&warehouse)?;
    let rows = export.count(&warehouse)?;
    let hidden = folder.join(request.hidden());
    fs::create_dir_all(&hidden).with_context(|| format!("{} cannot be made", hidden.display()))?;
    let mut files = Vec::new();
    // A table without rows has one shard as well.
    for index in 0..rows.div_ceil(SHARD_ROWS).max(1) {
        let name = hidden_name(request, index);
        let first = index * SHARD_ROWS;
        export.write(&warehouse, first, SHARD_ROWS.min(rows - first), &folder.join(&name))?;
        files.push(name);
    }
    Ok(Snapshot { query, rows, files })
}

struct Export<'a> {
    request: &'a Request<'a>,
    workspace: &'a Workspace,
}

impl Export<'_> {
    /// The warehouse, which is only read, and a database for the temporary table beside it.
    fn open(&self) -> anyhow::Result<DuckDb> {
        let file = self.request.config.local_root.join(WAREHOUSE_FILE);
        if !file.is_file() {
            bail!(
                "The warehouse {} is missing: set AIM_LOCAL_ROOT or --local-root",
                file.display()
            );
        }
        let mut settings = vec![
            ("access_mode", "READ_ONLY".to_owned()),
            ("memory_limit", self.request.config.memory_limit.clone()),
            ("temp_directory", self.workspace.path("spill").display().to_string()),
            ("preserve_insertion_order", "false".to_owned()),
        ];
        settings
            .extend(self.request.config.threads.map(|threads| ("threads", threads.to_string())));
        let warehouse = DuckDb::open_bare(Some(&file), &settings).with_context(|| {
            format!(
                "{} cannot be read: if another program writes it, close that first",
                file.display()
            )
        })?;
        let scratch = self.workspace.path("scratch.duckdb");
        let scratch = quote_literal(&scratch.display().to_string());
        let attach = format!("attach {scratch} as scratch (read_write)");
        warehouse
            .connection()
            .execute_batch(&attach)
            .context("The temporary database cannot be made")?;
        Ok(warehouse)
    }

    /// Copies the configured columns into the temporary table: what follows sees one state.
    fn snapshot(&self, warehouse: &DuckDb) -> anyhow::Result<Statement> {
        let source = TableName::new(
            self.request.config.dataset(self.request.table),
            &self.request.table.source,
        );
        let described = warehouse.rows(&render(
            "reco/describe_source.sql",
            context! { dataset => &source.dataset, name => &source.table },
        )?)?;
        if described.is_empty() {
            bail!(
                "{source} is not in the warehouse {}",
                self.request.config.local_root.join(WAREHOUSE_FILE).display()
            );
        }
        let types: Vec<(String, String)> = described
            .into_iter()
            .filter_map(|row| <[_; 2]>::try_from(row).ok())
            .map(|[name, data_type]| (name.unwrap_or_default(), data_type.unwrap_or_default()))
            .collect();
        let column = |column: &Column| {
            let found = types.iter().find(|(name, _)| *name == column.name);
            let (name, data_type) = found.with_context(|| {
                let names: Vec<_> = types.iter().map(|(name, _)| name.as_str()).collect();
                format!("{source} has no column {}; it has {}", column.name, names.join(", "))
            })?;
            anyhow::Ok(context! { name, zoned => data_type == "TIMESTAMP WITH TIME ZONE" })
        };
        let columns =
            self.request.table.columns.iter().map(column).collect::<anyhow::Result<Vec<_>>>()?;
        let statement = render(
            "reco/export.sql",
            context! {
                schema => self.request.config.temporary_dataset(), temporary => self.request.temporary(), columns,
                dataset => &source.dataset, source => &source.table,
            },
        )?;
        warehouse.transaction(std::slice::from_ref(&statement))?;
        Ok(statement)
    }

    fn count(&self, warehouse: &DuckDb) -> anyhow::Result<u64> {
        let query = render(
            "reco/count_export.sql",
            context! { schema => self.request.config.temporary_dataset(), temporary => self.request.temporary() },
        )?;
        Ok(warehouse.connection().query_row(&query.sql, [], |row| row.get::<_, u64>(0))?)
    }

    /// Writes some rows of the temporary table.
    fn write(&self, warehouse: &DuckDb, first: u64, count: u64, file: &Path) -> anyhow::Result<()> {
        let copy = render(
            "reco/write_shard.sql",
            context! {
                schema => self.request.config.temporary_dataset(), temporary => self.request.temporary(),
                first, end => first + count,
                path => file.to_str().context("The path of --bucket-path is not UTF-8: rename it")?,
            },
        )?;
        warehouse.transaction(&[copy])
    }
}
