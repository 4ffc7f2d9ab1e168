//! The scores of odd features by the engine and by BigQuery, under settings that take every path.

use crate::bigquery::BigQuery;
use crate::compare::{Difference, compare};
use crate::job::{Table, program, write};
use aim::config::{Compat, Environment};
use aim::jobs::asin::frame::Source;
use aim::jobs::asin::score::query_for_bigquery;
use aim::jobs::asin::{Choices, Scope, Settings};
use aim::warehouse::duckdb::DuckDb;
use aim::warehouse::template::{Dialect, quote_literal};
use anyhow::{Context as _, ensure};
use jiff::civil::Date;
use serde_json::Value;
use std::path::{Path, PathBuf};

const PROJECT: &str = "scores";
const DATASET: &str = "asin";
const TABLE: &str = "odd_features";

/// A position of the switch, and settings.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    compat: Compat,
    settings: &'static str,
    /// A day, and products, of which alone the rows are.
    scope: Option<(&'static str, &'static [&'static str])>,
}

pub(crate) static ALL: [Variant; 6] = [
    Variant { name: "fixed", compat: Compat::Fixed, settings: "{}", scope: None },
    Variant { name: "original", compat: Compat::Original, settings: "{}", scope: None },
    Variant {
        name: "clipped",
        compat: Compat::Fixed,
        settings: "scoring: {z_scale: 1.4826022185056018, z_clip: 2.5, rank_min: 3}",
        scope: None,
    },
    Variant {
        name: "clipped_to_zero",
        compat: Compat::Original,
        settings: "scoring: {z_scale: 0.3, z_clip: 0, rank_min: 1}",
        scope: None,
    },
    Variant {
        name: "other_weights",
        compat: Compat::Fixed,
        settings: "scoring: {weights: {in_text: 0.12345678901234567, whole: -1.0e+300, flag: 1.0e-7, \
                   price_vol_30: 3, bsr_trend_30: 0, est_sales_30: 1.0e+200}}",
        scope: None,
    },
    Variant {
        name: "of_a_day",
        compat: Compat::Fixed,
        settings: "{}",
        scope: Some(("2024-01-02", &["P00001", "P00003", "P00005", "P00007", "P00009", "P00011"])),
    },
];

/// The features and what the engine makes of them.
pub(crate) struct Scores {
    warehouse: PathBuf,
    folder: PathBuf,
}

impl Scores {
    /// Has the engine score them, then BigQuery.
    pub(crate) fn new(bigquery: &BigQuery, folder: &Path) -> anyhow::Result<Self> {
        let warehouse = folder.join("scores.duckdb");
        let engine = DuckDb::open_bare(Some(&warehouse), &[])?;
        engine.connection().execute_batch(include_str!("odd_features.sql"))?;
        let query = format!("from {}", Dialect::DuckDb.table(DATASET, TABLE));
        let table = write(&engine, folder, DATASET, TABLE, &query)?;
        drop(engine);
        for variant in &ALL {
            locally(folder, &table, variant).with_context(|| variant.name)?;
        }
        // What the statement is told of types is what a run reads from the table.
        let columns = table.fields.iter().map(column).collect::<Option<Vec<_>>>();
        let columns = columns.context("Columns have names and types")?;
        bigquery.load(PROJECT, &table)?;
        let source = Source::new(TABLE, Dialect::BigQuery.table(DATASET, TABLE), columns);
        for Variant { name, compat, settings, scope } in &ALL {
            let file = folder.join(format!("{name}.yaml"));
            std::fs::write(&file, settings)?;
            let settings = Settings::load(Some(&file), folder, &Environment::default())?.settings;
            let scope = match scope {
                Some((day, asins)) => Scope {
                    date: Some(day.parse::<Date>()?),
                    asins: Some(asins.iter().map(|asin| (*asin).to_owned()).collect()),
                    limit: None,
                },
                None => Scope::default(),
            };
            let query = query_for_bigquery(&settings, Choices::of(*compat), &source, &scope)?;
            let target = Dialect::BigQuery.table(DATASET, name);
            let create = format!("create or replace table {target} as\n{}", query.sql);
            bigquery.query(PROJECT, &create).with_context(|| (*name).to_owned())?;
        }
        Ok(Self { warehouse, folder: folder.to_owned() })
    }

    /// Compares all rows, to the last bit.
    pub(crate) fn compare(
        &self,
        bigquery: &BigQuery,
        variant: &Variant,
    ) -> anyhow::Result<Difference> {
        let theirs = format!("select * from {}", Dialect::BigQuery.table(DATASET, variant.name));
        let theirs = bigquery.export(PROJECT, &theirs, &format!("scores.{}", variant.name))?;
        let ours = scored(&self.folder, variant);
        let ours = quote_literal(ours.to_str().context("The path is no UTF-8")?);
        compare(&self.warehouse, &format!("select * from read_parquet({ours})"), &theirs)
    }
}

fn scored(folder: &Path, variant: &Variant) -> PathBuf {
    folder.join(format!("{}.parquet", variant.name))
}

/// Scores by `aim asin score`.
fn locally(folder: &Path, table: &Table, variant: &Variant) -> anyhow::Result<()> {
    let settings = folder.join(format!("{}.yaml", variant.name));
    std::fs::write(&settings, variant.settings)?;
    let mut command = program(folder, variant.compat);
    command.args(["asin", "score", "--input"]).arg(&table.file);
    command.arg("--output").arg(scored(folder, variant)).arg("--settings").arg(&settings);
    if let Some((day, asins)) = variant.scope {
        let file = folder.join("asins.txt");
        std::fs::write(&file, asins.join("\n"))?;
        command.args(["--date", day, "--asin-file"]).arg(file);
    }
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The name of a column, and the engine's name of its type.
fn column(field: &Value) -> Option<(String, String)> {
    let kind = match field["type"].as_str()? {
        "FLOAT64" => "DOUBLE",
        "STRING" => "VARCHAR",
        "BOOL" => "BOOLEAN",
        other => other,
    };
    Some((field["name"].as_str()?.to_owned(), kind.to_owned()))
}
