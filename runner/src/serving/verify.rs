//! A loaded table read back, over as many connections as loaded it: what PostgreSQL gives its readers, against
//! what was sent.
//!
//! Reading costs the server less than half of what it takes to hash the rows itself, and the client sees what
//! readers will.

use super::catalog;
use super::checksum::{Checksum, RowHasher};
use super::connection::Connector;
use super::decode;
use super::fingerprint::Fingerprint;
use super::rows::{HEADER, TRAILER};
use super::value::Value;
use crate::config::reco::{Column, ColumnType, Table};
use crate::warehouse::template::quote_identifier;
use anyhow::{Context as _, ensure};
use futures_util::TryStreamExt as _;
use std::sync::Arc;
use tokio_postgres::Client;

/// What a table holds.
#[derive(Default)]
pub(super) struct Found {
    /// To be compared with what was sent.
    pub(super) fingerprint: Fingerprint,
    /// To be compared with what was exported.
    pub(super) checksum: Checksum,
    /// Rows without a value in a column of the key.
    keyless: u64,
    /// Rows with a value beyond its column's bound, by the column's place.
    beyond: Vec<u64>,
}

/// Which values are looked at.
struct Looks {
    columns: Vec<ColumnType>,
    /// Places of the key's columns.
    key: Vec<usize>,
    /// Bounds, by the columns' places.
    bounds: Vec<Option<u32>>,
}

/// Reads `relation` (quoted, with its schema), which has the columns of `table`.
///
/// # Errors
///
/// When the server refuses, or sends what is no row of the table.
pub(super) async fn read_back(
    connector: &Connector,
    relation: &str,
    table: &Table,
    jobs: usize,
) -> anyhow::Result<Found> {
    let looks = Arc::new(Looks::new(table));
    let first = connector.session().await?;
    let columns = select_list(&table.columns, &catalog::postgis(&first).await?.unwrap_or_default());
    let ranges = ranges(pages(&first, relation).await?, jobs);
    let mut readers = Vec::new();
    let mut sessions = vec![first];
    for range in ranges {
        let copy =
            format!("copy (select {columns} from {relation}{range}) to stdout (format binary)");
        let client = match sessions.pop() {
            Some(client) => client,
            None => connector.session().await?,
        };
        let looks = looks.clone();
        readers.push(tokio::spawn(async move { read(&client, &copy, &looks).await }));
    }
    let mut found = Found::default();
    for reader in readers {
        found.add(reader.await.context("A connection's task failed").flatten()?);
    }
    Ok(found)
}

/// The columns as they were sent: PostGIS sends geometries in a form of its own. `postgis` is its schema.
fn select_list(columns: &[Column], postgis: &str) -> String {
    let expressions = columns.iter().map(|column| {
        let name = quote_identifier(&column.name);
        if column.column_type.needs_postgis() {
            format!("{}.st_asbinary({name}, 'NDR')", quote_identifier(postgis))
        } else {
            name
        }
    });
    expressions.collect::<Vec<_>>().join(", ")
}

/// How many pages a relation has.
async fn pages(client: &Client, relation: &str) -> anyhow::Result<i64> {
    let query = "select pg_relation_size(to_regclass($1)) / current_setting('block_size')::int";
    let pages: Option<i64> = client.query_one(query, &[&relation]).await?.get(0);
    pages.with_context(|| format!("{relation} is gone"))
}

/// Conditions that cut a table of so many pages into `parts`.
fn ranges(pages: i64, parts: usize) -> Vec<String> {
    let parts = (parts as i64).clamp(1, pages.max(1));
    let bound = |part: i64| format!("'({},0)'", pages * part / parts);
    let condition = |part: i64| match part {
        _ if parts == 1 => String::new(),
        // The last one is open: nothing can lie outside of all.
        part if part == parts - 1 => format!(" where ctid >= {}", bound(part)),
        part => format!(" where ctid >= {} and ctid < {}", bound(part), bound(part + 1)),
    };
    (0..parts).map(condition).collect()
}

async fn read(client: &Client, copy: &str, looks: &Looks) -> anyhow::Result<Found> {
    let mut found = Found { beyond: vec![0; looks.columns.len()], ..Found::default() };
    let mut hasher = RowHasher::default();
    let rows = client.copy_out(copy).await?;
    futures_util::pin_mut!(rows);
    let mut ended = false;
    // One message is one row; the header comes with the first.
    while let Some(message) = rows.try_next().await? {
        let row = message.strip_prefix(HEADER).unwrap_or(&message);
        ended = row == TRAILER;
        if ended {
            continue;
        }
        found.fingerprint.row(row);
        let values = decode::row(row, &looks.columns).context("PostgreSQL sent a strange row")?;
        hasher.row(&values);
        found.look(&values, looks);
    }
    ensure!(ended, "PostgreSQL did not send all rows");
    found.checksum = hasher.finish();
    Ok(found)
}

impl Looks {
    fn new(table: &Table) -> Self {
        let is_key = |name: &String| table.key.contains(name);
        let places = table.columns.iter().enumerate();
        Self {
            columns: table.columns.iter().map(|column| column.column_type.clone()).collect(),
            key: places.filter(|(_, column)| is_key(&column.name)).map(|(at, _)| at).collect(),
            bounds: table.columns.iter().map(|column| column.within).collect(),
        }
    }
}

impl Found {
    fn look(&mut self, values: &[Value<'_>], looks: &Looks) {
        self.keyless += u64::from(looks.key.iter().any(|at| values[*at] == Value::Null));
        for (at, bound) in looks.bounds.iter().enumerate() {
            if bound.is_some_and(|bound| values[at].is_beyond(bound)) {
                self.beyond[at] += 1;
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.fingerprint.add(other.fingerprint);
        self.checksum.add(other.checksum);
        self.keyless += other.keyless;
        self.beyond.resize(other.beyond.len(), 0);
        for (count, more) in self.beyond.iter_mut().zip(other.beyond) {
            *count += more;
        }
    }

    /// What is strange about the rows, in words.
    pub(super) fn remarks(&self, table: &Table) -> Vec<String> {
        let keyless = (self.keyless > 0)
            .then(|| format!("{} rows without a value in {}", self.keyless, table.key.join(", ")));
        let beyond = table.columns.iter().zip(&self.beyond).filter(|(_, rows)| **rows > 0);
        let beyond = beyond.filter_map(|(column, rows)| {
            Some(format!("{rows} rows with {} beyond {}", column.name, column.within?))
        });
        keyless.into_iter().chain(beyond).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_every_page_once() {
        assert_eq!(ranges(0, 4), [""]);
        assert_eq!(ranges(10, 1), [""]);
        assert_eq!(
            ranges(10, 3),
            [
                " where ctid >= '(0,0)' and ctid < '(3,0)'",
                " where ctid >= '(3,0)' and ctid < '(6,0)'",
                " where ctid >= '(6,0)'",
            ]
        );
        assert_eq!(ranges(2, 8).len(), 2);
    }
}
