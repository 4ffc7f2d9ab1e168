use super::{Load, Session};
use crate::store::ObjectUri;
use crate::warehouse::bigquery::{TablePath, Unwatched};
use crate::warehouse::template::{Dialect, render_for};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

/// A table whose rows are there, but not in place.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Staged {
    target: String,
    staging: String,
    columns: Vec<String>,
    /// As of [`Replaced`], of which at most one is there.
    all: bool,
    condition: Option<&'static str>,
    scope: Value,
    keys: Vec<[String; 2]>,
}

/// Which rows of a table make place for new ones, in SQL: the table is `old`, the new rows are `staged`.
#[derive(Debug, Clone)]
pub(crate) enum Replaced {
    /// None: rows are added.
    Nothing,
    /// All.
    All,
    /// Those that a condition holds for: a template, which is about `scope`.
    Where {
        /// The template's name.
        condition: &'static str,
        /// What it is about.
        scope: Value,
    },
    /// Those with the same values, each an expression of the table and one of the new rows.
    Keys(Vec<[String; 2]>),
}

impl Session {
    /// Brings rows to `staging`, where they wait for the swap; `object` is what they travel by.
    pub(crate) async fn bring(
        &self,
        load: Load,
        target: &TablePath,
        staging: &TablePath,
        object: &ObjectUri,
        replaced: Replaced,
    ) -> anyhow::Result<Staged> {
        let columns = load.fields.iter().map(|field| field.name.clone()).collect();
        self.load(load, staging, object).await?;
        let (target, staging) = (target.to_string(), staging.to_string());
        let (all, condition, scope, keys) = (false, None, Value::from(()), Vec::new());
        let staged = Staged { target, staging, columns, all, condition, scope, keys };
        Ok(match replaced {
            Replaced::Nothing => staged,
            Replaced::All => Staged { all: true, ..staged },
            Replaced::Where { condition, scope } => {
                Staged { condition: Some(condition), scope, ..staged }
            }
            Replaced::Keys(keys) => Staged { keys, ..staged },
        })
    }

    /// Puts everything that is staged in place, in one transaction.
    ///
    /// # Errors
    ///
    /// BigQuery's; then all tables are as they were.
    pub(crate) fn swap(&self, tables: &[Staged]) -> anyhow::Result<()> {
        if tables.is_empty() {
            return Ok(());
        }
        let parameters = context! { tables => Value::from(Serde(tables.to_vec())) };
        let statement = render_for(Dialect::BigQuery, "cloud/swap.sql", parameters)?;
        let swapped = self.bigquery.execute("swap", &statement);
        self.runtime.check()?;
        // From here on there is no way back: a signal waits.
        self.runtime.finish(swapped).map_err(|error| {
            if error.is::<Unwatched>() {
                error.context("It is not known whether BigQuery's tables have been replaced")
            } else {
                error.context("BigQuery's tables are as they were")
            }
        })?;
        tracing::info!("{} tables of BigQuery are replaced", tables.len());
        Ok(())
    }
}
