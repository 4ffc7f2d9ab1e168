//! What the database's catalogue says about our relations.

use tokio_postgres::GenericClient;

/// A relation that exists.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) oid: u32,
    /// PostgreSQL's letter: `r` for tables, `m` for materialised views.
    pub(super) kind: char,
    /// Storage options, `fillfactor=70`.
    options: Vec<String>,
    tablespace: Option<String>,
}

impl Relation {
    /// What follows the column list when another is made like it.
    pub(super) fn storage_clause(&self) -> String {
        use crate::warehouse::template::{quote_identifier, quote_literal};
        let mut clause = String::new();
        let options: Vec<String> = self
            .options
            .iter()
            .filter_map(|option| option.split_once('='))
            .map(|(name, value)| format!("{}={}", quote_identifier(name), quote_literal(value)))
            .collect();
        if !options.is_empty() {
            clause.push_str(&format!(" with ({})", options.join(", ")));
        }
        if let Some(tablespace) = &self.tablespace {
            clause.push_str(&format!(" tablespace {}", quote_identifier(tablespace)));
        }
        clause
    }
}

/// The relation of that name.
pub(super) async fn relation(
    client: &impl GenericClient,
    schema: &str,
    name: &str,
) -> anyhow::Result<Option<Relation>> {
    let row = client
        .query_opt(
            "select c.oid, c.relkind, coalesce(c.reloptions, '{}'), t.spcname::text
             from pg_class as c
             join pg_namespace as n on n.oid = c.relnamespace
             left join pg_tablespace as t on t.oid = c.reltablespace
             where n.nspname = $1 and c.relname = $2",
            &[&schema, &name],
        )
        .await?;
    Ok(row.map(|row| Relation {
        oid: row.get(0),
        kind: char::from(row.get::<_, i8>(1) as u8),
        options: row.get(2),
        tablespace: row.get(3),
    }))
}

/// Views that read a relation by itself, not by its name: it cannot be dropped under them.
pub(super) async fn dependents(
    client: &impl GenericClient,
    oid: u32,
) -> anyhow::Result<Vec<String>> {
    let rows = client
        .query(
            "select distinct rule.ev_class::regclass::text
             from pg_depend as dependency
             join pg_rewrite as rule on rule.oid = dependency.objid
             where dependency.classid = 'pg_rewrite'::regclass
                 and dependency.refclassid = 'pg_class'::regclass
                 and dependency.refobjid = $1 and rule.ev_class <> $1
             order by 1",
            &[&oid],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// What belongs to a table and is no part of its definition: it will not survive a swap.
pub(super) async fn extras(client: &impl GenericClient, oid: u32) -> anyhow::Result<Vec<String>> {
    let rows = client
        .query(
            "select 'index ' || indexrelid::regclass from pg_index where indrelid = $1
             union all
             select 'trigger ' || quote_ident(tgname) from pg_trigger where tgrelid = $1 and not tgisinternal
             union all
             select 'policy ' || quote_ident(polname) from pg_policy where polrelid = $1
             order by 1",
            &[&oid],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The schema of PostGIS, if it is installed.
pub(super) async fn postgis(client: &impl GenericClient) -> anyhow::Result<Option<String>> {
    let row = client
        .query_opt(
            "select n.nspname::text from pg_extension as e
             join pg_namespace as n on n.oid = e.extnamespace where e.extname = 'postgis'",
            &[],
        )
        .await?;
    Ok(row.map(|row| row.get(0)))
}

/// The columns of a relation: name, type as PostgreSQL writes it, and whether NULL is allowed.
pub(super) async fn columns(
    client: &impl GenericClient,
    oid: u32,
) -> anyhow::Result<Vec<(String, String, bool)>> {
    let rows = client
        .query(
            "select attname::text, format_type(atttypid, atttypmod), not attnotnull
             from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped
             order by attnum",
            &[&oid],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

/// A type's name as PostgreSQL writes it; none where there is no such type. `sql` without modifiers.
pub(super) async fn type_name(
    client: &impl GenericClient,
    sql: &str,
) -> anyhow::Result<Option<String>> {
    let row = client.query_one("select format_type(to_regtype($1), null)", &[&sql]).await?;
    Ok(row.get(0))
}
