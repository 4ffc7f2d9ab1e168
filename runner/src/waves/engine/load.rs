//! Reads the candidates from the warehouse.

use super::{Builder, Candidate, Engine};
use crate::warehouse::template::render;
use anyhow::{Context, bail};
use duckdb::{Connection, Row};
use minijinja::context;

/// Schema of the candidates.
const SCHEMA: &str = "nexus_tyrescore";
/// Table of the candidates, written by the tyre score stage.
const TABLE: &str = "TyreScore_algorithm_output";

impl Engine {
    /// Reads the tyre score output of a warehouse.
    pub fn load(warehouse: &Connection) -> anyhow::Result<Self> {
        ensure_table(warehouse)?;
        let failed = || format!("Could not read {SCHEMA}.\"{TABLE}\"; run stage 3 again");
        let query = render("aim/candidates.sql", context! {})?;
        let mut statement = warehouse.prepare(&query.sql).with_context(failed)?;
        let mut rows = statement.query([]).with_context(failed)?;
        let mut builder = Builder::default();
        while let Some(row) = rows.next().with_context(failed)? {
            builder.add(&candidate(row).with_context(failed)?);
        }
        Ok(builder.finish())
    }
}

fn ensure_table(warehouse: &Connection) -> anyhow::Result<()> {
    let tables: i64 = warehouse
        .query_row(
            "select count(*) from information_schema.tables
             where table_schema = ? and table_name = ?",
            [SCHEMA, TABLE],
            |row| row.get(0),
        )
        .context("Could not list the warehouse's tables")?;
    if tables == 0 {
        bail!(
            "The warehouse has no table {SCHEMA}.\"{TABLE}\", which holds the candidates; \
             let stage 3 of the job write it first"
        );
    }
    Ok(())
}

fn candidate(row: &Row<'_>) -> duckdb::Result<Candidate> {
    Ok(Candidate {
        tyre_score: row.get(0)?,
        product_id: row.get(1)?,
        grade: row.get(2)?,
        brand: row.get(3)?,
        model: row.get(4)?,
        season: row.get(5)?,
        segment: row.get(6)?,
        vehicle: row.get(7)?,
        size: row.get(8)?,
        price: row.get(9)?,
        offer: row.get(10)?,
        price_fluctuation: row.get(11)?,
        units: row.get(12)?,
        goldilocks_zone: row.get(13)?,
        budget_share: row.get(14)?,
        sales_status: row.get(15)?,
    })
}
