//! What runs that died left behind.

use super::{lock, staging};
use crate::config::reco::Definitions;
use crate::warehouse::template::quote_identifier;
use tokio_postgres::Client;

/// Drops staging tables, views and functions of runs that are gone, and functions `get_…_<14 digits>` of
/// former releases that no view needs; answers their names. What a living run holds is left alone.
///
/// # Errors
///
/// The server's.
pub async fn collect(
    client: &Client,
    definitions: &Definitions,
    run_id: &str,
) -> anyhow::Result<Vec<String>> {
    let schema = &definitions.schema;
    let mut dropped = Vec::new();
    let tables = definitions.tables.iter().map(|table| &table.name);
    for name in tables.chain(definitions.views.iter().map(|view| &view.name)) {
        let full_name = format!("{schema}.{name}");
        if lock::try_acquire(client, &full_name).await? {
            dropped.extend(staging::clear(client, schema, name, run_id).await?);
            lock::release(client, &full_name).await?;
        }
    }
    for view in &definitions.views {
        dropped.extend(legacy_functions(client, schema, &view.function).await?);
    }
    Ok(dropped)
}

/// Functions that an earlier release made anew for every build.
async fn legacy_functions(
    client: &Client,
    schema: &str,
    function: &str,
) -> anyhow::Result<Vec<String>> {
    let rows = client
        .query(
            "select proname::text from pg_proc as p
             join pg_namespace as n on n.oid = p.pronamespace
             where n.nspname = $1 and pronargs = 0
                 and starts_with(proname::text, $2 || '_')
                 and substr(proname::text, length($2) + 2) ~ '^[0-9]{14}$'
                 and not exists (
                     select from pg_depend where refclassid = 'pg_proc'::regclass and refobjid = p.oid
                 )
             order by 1",
            &[&schema, &function],
        )
        .await?;
    let mut dropped = Vec::new();
    for row in rows {
        let name: String = row.get(0);
        let quoted = format!("{}.{}", quote_identifier(schema), quote_identifier(&name));
        client.batch_execute(&format!("drop function if exists {quoted}()")).await?;
        dropped.push(name);
    }
    Ok(dropped)
}
