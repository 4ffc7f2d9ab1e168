//! What is live, as the server's statistics know it.

use crate::config::reco::Definitions;
use tokio_postgres::Client;

/// A table or view.
#[derive(Debug, Clone)]
pub struct RelationStatus {
    /// Its name.
    pub name: String,
    /// How many rows the last ANALYZE saw; none where it does not exist.
    pub rows: Option<i64>,
    /// Bytes on disk, indexes among them.
    pub bytes: i64,
    /// When it was last analysed, which every import and build does.
    pub analysed: Option<String>,
}

/// Every table and view of the definitions, in their order.
///
/// # Errors
///
/// The server's.
pub async fn status(
    client: &Client,
    definitions: &Definitions,
) -> anyhow::Result<Vec<RelationStatus>> {
    let tables = definitions.tables.iter().map(|table| &table.name);
    let mut relations = Vec::new();
    for name in tables.chain(definitions.views.iter().map(|view| &view.name)) {
        let row = client
            .query_opt(
                "select greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid),
                     to_char(greatest(s.last_analyze, s.last_autoanalyze), 'YYYY-MM-DD HH24:MI:SS TZ')
                 from pg_class as c
                 join pg_namespace as n on n.oid = c.relnamespace
                 left join pg_stat_all_tables as s on s.relid = c.oid
                 where n.nspname = $1 and c.relname = $2",
                &[&definitions.schema, name],
            )
            .await?;
        relations.push(match row {
            Some(row) => RelationStatus {
                name: name.clone(),
                rows: Some(row.get(0)),
                bytes: row.get(1),
                analysed: row.get(2),
            },
            None => RelationStatus { name: name.clone(), rows: None, bytes: 0, analysed: None },
        });
    }
    Ok(relations)
}
