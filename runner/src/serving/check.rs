//! The configured schema against what is live.

use super::catalog;
use super::view::Definition;
use crate::config::reco::{DecimalMode, Definitions, Table, View};
use tokio_postgres::Client;

/// What differs from the definitions, in words; empty where nothing does.
///
/// # Errors
///
/// The server's.
pub async fn check(
    client: &Client,
    definitions: &Definitions,
    decimals: DecimalMode,
) -> anyhow::Result<Vec<String>> {
    let mut differences = Vec::new();
    for table in &definitions.tables {
        check_table(client, &definitions.schema, table, decimals, &mut differences).await?;
    }
    for view in &definitions.views {
        check_view(client, &definitions.schema, view, &mut differences).await?;
    }
    Ok(differences)
}

async fn check_table(
    client: &Client,
    schema: &str,
    table: &Table,
    decimals: DecimalMode,
    differences: &mut Vec<String>,
) -> anyhow::Result<()> {
    let Some(live) = catalog::relation(client, schema, &table.name).await? else {
        differences.push(format!("{} is missing: import it", table.name));
        return Ok(());
    };
    let postgis = catalog::postgis(client).await?.unwrap_or_default();
    let expected: Vec<_> = table
        .columns
        .iter()
        .map(|column| (column.name.clone(), column.column_type.sql(decimals, &postgis)))
        .collect();
    compare_columns(client, &table.name, &expected, live.oid, differences).await
}

async fn check_view(
    client: &Client,
    schema: &str,
    view: &View,
    differences: &mut Vec<String>,
) -> anyhow::Result<()> {
    let Some(live) = catalog::relation(client, schema, &view.name).await? else {
        differences.push(format!("{} is missing: materialize it", view.name));
        return Ok(());
    };
    let postgis = catalog::postgis(client).await?;
    let definition = Definition::new(schema, view, postgis.as_deref())?;
    compare_columns(client, &view.name, &definition.columns, live.oid, differences).await?;
    let rows = client
        .query(
            "select case when i.indisunique then 'unique ' else '' end
                 || regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', 'using '),
                 c.relispopulated
             from pg_class as c left join pg_index as i on i.indrelid = c.oid where c.oid = $1",
            &[&live.oid],
        )
        .await?;
    if rows.iter().any(|row| !row.get::<_, bool>(1)) {
        differences.push(format!("{} is not populated: materialize it", view.name));
    }
    let found: Vec<String> = rows.iter().filter_map(|row| row.get(0)).map(plain).collect();
    let expected: Vec<String> = definition
        .index_statements(schema, "", "")?
        .into_iter()
        .map(|index| plain(index.form))
        .collect();
    for index in expected.iter().filter(|index| !found.contains(index)) {
        differences.push(format!("{} lacks the index {index}", view.name));
    }
    for index in found.iter().filter(|index| !expected.contains(index)) {
        differences.push(format!("{} has another index: {index}", view.name));
    }
    Ok(())
}

/// Without the quotes that one side writes and the other does not.
fn plain(index: String) -> String {
    index.replace('"', "")
}

async fn compare_columns(
    client: &Client,
    owner: &str,
    expected: &[(String, String)],
    oid: u32,
    differences: &mut Vec<String>,
) -> anyhow::Result<()> {
    let found = catalog::columns(client, oid).await?;
    for (name, type_name, nullable) in &found {
        if !nullable {
            differences.push(format!("{owner}.{name} does not allow NULL"));
        }
        if expected.iter().all(|(expected, _)| expected != name) {
            differences.push(format!("{owner}.{name} ({type_name}) is not in the definition"));
        }
    }
    for (name, sql_type) in expected {
        // Modifiers are not part of what the server can look up.
        let (bare, modifier) = match sql_type.split_once('(') {
            Some((bare, modifier)) => (bare, format!("({modifier}")),
            None => (&sql_type[..], String::new()),
        };
        let type_name = catalog::type_name(client, bare).await?;
        let type_name = type_name.map(|name| format!("{name}{modifier}"));
        match found.iter().find(|(found, ..)| found == name) {
            None => differences.push(format!("{owner}.{name} is missing")),
            Some((_, found, _)) if Some(found) != type_name.as_ref() => {
                let wanted = type_name.as_deref().unwrap_or(sql_type);
                differences.push(format!("{owner}.{name} is {found}, not {wanted}"));
            }
            Some(_) => {}
        }
    }
    let common = |names: Vec<&String>, others: Vec<&String>| -> Vec<String> {
        names.into_iter().filter(|name| others.contains(name)).cloned().collect()
    };
    let ours: Vec<_> = expected.iter().map(|(name, _)| name).collect();
    let theirs: Vec<_> = found.iter().map(|(name, ..)| name).collect();
    if common(ours.clone(), theirs.clone()) != common(theirs, ours) {
        differences.push(format!("The columns of {owner} are in another order"));
    }
    Ok(())
}
