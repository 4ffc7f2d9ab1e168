//! A written sample, and how the tests look at it.

use super::{RUNLIST, SALES, TODAY, TYRES};
use aim::sample::{self, Options, Summary};
use duckdb::Connection;
use duckdb::types::FromSql;
use jiff::civil::Date;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

/// A sample in a folder of its own.
pub(super) struct Sample {
    pub(super) folder: TempDir,
    pub(super) summary: Summary,
}

/// The sample most tests read.
pub(super) static SAMPLE: LazyLock<Sample> = LazyLock::new(|| Sample::new(1, 42, TODAY));

impl Sample {
    pub(super) fn new(scale: u32, seed: u64, date: Date) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = Options { scale, seed, date, cams: None };
        let summary = sample::write(folder.path(), &options).expect("the sample is written");
        Self { folder, summary }
    }

    pub(super) fn text(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).expect(file)
    }

    pub(super) fn rows(&self, file: &str) -> u64 {
        let listed = self.summary.files.iter().find(|f| f.path == Path::new(file));
        listed.expect(file).rows
    }

    /// A database with one view for each file, and one for all days of the click-stream.
    pub(super) fn database(&self) -> Connection {
        let database = Connection::open_in_memory().expect("a database");
        let root = self.folder.path().display();
        let csv = |view: &str, file: &str| {
            // A table, because a view may push casts into the reader.
            format!(
                "create table {view} as from read_csv('{root}/{file}', all_varchar = true, \
                 header = true, nullstr = '\\N');"
            )
        };
        let parquet = |view: &str, file: &str| {
            format!("create view {view} as from read_parquet('{root}/reference/{file}.parquet');")
        };
        let views = [
            csv("sales", SALES),
            csv("tyres", TYRES),
            csv("runlist", RUNLIST),
            parquet("catalogue", "Reference_Tables/Product_catalogue"),
            parquet("priced", "Reference_Tables/Product_catalogue_with_price"),
            parquet("influence", "nexus_tyrescore/tyrescore-influence"),
            parquet("mapping", "AIM/aim-vehiclemapping"),
            parquet("models", "AIM/aim-catalogue"),
            parquet("manual_cams", "AIM/aim-manual-cams"),
            parquet("previous", "CAM_files/CAM_SKU"),
            parquet("events", "analytics/events_*"),
            "create view items as
             select coalesce(user_id, user_pseudo_id) as visitor, event_name, event_timestamp,
                 unnest(items) as item
             from events;"
                .to_owned(),
        ];
        database.execute_batch(&views.concat()).expect("the files are readable");
        database
    }
}

pub(super) fn ask<T: FromSql>(database: &Connection, query: &str) -> T {
    database.query_row(query, [], |row| row.get(0)).expect(query)
}

/// The share, from 0 to 1, of rows of `table` for which `condition` holds.
pub(super) fn share(database: &Connection, table: &str, condition: &str) -> f64 {
    ask(database, &format!("select avg((coalesce({condition}, false))::int) from {table}"))
}

#[track_caller]
pub(super) fn assert_between(value: f64, low: f64, high: f64) {
    assert!((low..=high).contains(&value), "{value} is not between {low} and {high}");
}

/// All files below a folder, as paths relative to it.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("below").to_owned());
            }
        }
    }
    found.sort();
    found
}
