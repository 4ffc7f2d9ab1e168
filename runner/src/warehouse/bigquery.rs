//! The warehouse in the cloud. Data goes in and out as Parquet in a bucket, by load and extract jobs,
//! which are free; SQL runs there as query jobs, within a limit of bytes.
//!
//! Calls go through `gcp-bigquery-client`; [`calls`] adds what it lacks: patience. [`jobs`] adds that a job
//! whose reply is lost is not started twice.

mod calls;
mod jobs;
mod parameters;
mod schema;

pub use jobs::Unwatched;
pub use schema::{field, fields};

use crate::cloud::{Identity, Usage};
use crate::warehouse::template::Statement;
use anyhow::{Context as _, bail, ensure};
use calls::Calls;
use gcp_bigquery_client::model::job_configuration::JobConfiguration;
use gcp_bigquery_client::model::job_configuration_extract::JobConfigurationExtract;
use gcp_bigquery_client::model::job_configuration_load::JobConfigurationLoad;
use gcp_bigquery_client::model::job_configuration_query::JobConfigurationQuery;
use gcp_bigquery_client::model::job_statistics::JobStatistics;
use gcp_bigquery_client::model::query_request::QueryRequest;
use gcp_bigquery_client::model::table::Table;
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use gcp_bigquery_client::model::table_reference::TableReference;
use gcp_bigquery_client::model::table_schema::TableSchema;
use gcp_bigquery_client::table::ListOptions;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Where a table is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TablePath {
    /// The project.
    pub project: String,
    /// The dataset in it.
    pub dataset: String,
    /// The table in that.
    pub table: String,
}

impl TablePath {
    /// Reads `project.dataset.table`, or `dataset.table` of a project.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn parse(text: &str, project: &str) -> anyhow::Result<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let path = |project: &str, dataset: &str, table: &str| Self {
            project: project.to_owned(),
            dataset: dataset.to_owned(),
            table: table.to_owned(),
        };
        match parts[..] {
            _ if parts.iter().any(|part| part.is_empty() || part.contains('`')) => {}
            [project, dataset, table] => return Ok(path(project, dataset, table)),
            [dataset, table] => return Ok(path(project, dataset, table)),
            _ => {}
        }
        bail!("{text:?} is no table: it must be project.dataset.table")
    }

    /// As SQL has it.
    pub fn quoted(&self) -> String {
        format!("`{self}`")
    }

    fn reference(&self) -> TableReference {
        TableReference::new(&self.project, &self.dataset, &self.table)
    }
}

impl fmt::Display for TablePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.project, self.dataset, self.table)
    }
}

/// How jobs are run.
#[derive(Debug, Clone)]
pub struct JobSettings {
    /// The project that is billed.
    pub project: String,
    /// Where the datasets are, `EU`.
    pub location: String,
    /// What the ids of all jobs begin with; nobody else's do.
    pub id_prefix: String,
    /// The labels of all jobs.
    pub labels: HashMap<String, String>,
    /// A query that would bill more fails; absent, none does.
    pub maximum_bytes_billed: Option<u64>,
}

/// The service, as one run uses it.
pub struct BigQuery {
    calls: Calls,
    settings: JobSettings,
    usage: Arc<Usage>,
}

impl BigQuery {
    /// Connects to Google, or to an emulator at `address`.
    ///
    /// # Errors
    ///
    /// When the client cannot be built.
    pub async fn connect(
        identity: Identity,
        address: Option<&str>,
        settings: JobSettings,
        usage: Arc<Usage>,
    ) -> anyhow::Result<Self> {
        Ok(Self { calls: Calls::connect(identity, address).await?, settings, usage })
    }

    /// The names of all tables of a dataset; none without the dataset.
    ///
    /// # Errors
    ///
    /// When they may not be listed.
    pub async fn tables(&self, project: &str, dataset: &str) -> anyhow::Result<BTreeSet<String>> {
        let (mut names, mut token) = (BTreeSet::new(), None::<String>);
        let what = format!("The tables of {project}.{dataset} cannot be listed");
        loop {
            let page = self.calls.call(what.clone(), async |client| {
                let options = ListOptions::default().max_results(1000);
                let options = match &token {
                    Some(token) => options.page_token(token.clone()),
                    None => options,
                };
                client.table().list(project, dataset, options).await
            });
            let Some(page) = calls::found(page.await)? else { return Ok(names) };
            let tables = page.tables.into_iter().flatten();
            names.extend(tables.map(|table| table.table_reference.table_id));
            token = page.next_page_token;
            if token.is_none() {
                return Ok(names);
            }
        }
    }

    /// What there is to know about a table; none if there is no such table.
    ///
    /// # Errors
    ///
    /// When it may not be read.
    pub async fn table(&self, table: &TablePath) -> anyhow::Result<Option<Table>> {
        let TablePath { project, dataset, table: name } = table;
        let got = self.calls.call(format!("{table} cannot be read"), async |client| {
            client.table().get(project, dataset, name, None).await
        });
        Ok(calls::found(got.await)?)
    }

    /// Makes an empty table, unless there is one.
    ///
    /// # Errors
    ///
    /// When it may not be made, or its dataset is missing.
    pub async fn create(
        &self,
        table: &TablePath,
        fields: Vec<TableFieldSchema>,
        lifetime: Option<Duration>,
    ) -> anyhow::Result<()> {
        let TablePath { project, dataset, table: name } = table;
        let schema = TableSchema::new(fields);
        let made = self.calls.call(format!("{table} cannot be made"), async |client| {
            let new = Table::new(project, dataset, name, schema.clone());
            client
                .table()
                .create(lifetime.map_or(new.clone(), |lifetime| {
                    new.expiration_time(SystemTime::now() + lifetime)
                }))
                .await
        });
        match made.await {
            Err(error) if error.is_there_already() => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    /// Gives a table those of the columns that it does not have.
    ///
    /// # Errors
    ///
    /// When it is missing, or may not be changed.
    pub async fn add_columns(
        &self,
        table: &TablePath,
        fields: &[TableFieldSchema],
    ) -> anyhow::Result<()> {
        let about = self.table(table).await?.with_context(|| format!("{table} is missing"))?;
        let mut all = about.schema.fields().clone().unwrap_or_default();
        let known = all.len();
        let is_new = |field: &&TableFieldSchema| {
            about.schema.fields().iter().flatten().all(|known| known.name != field.name)
        };
        all.extend(fields.iter().filter(is_new).cloned());
        if all.len() == known {
            return Ok(());
        }
        let TablePath { project, dataset, table: name } = table;
        let schema = TableSchema::new(all);
        let changed = self.calls.call(format!("{table} cannot be changed"), async |client| {
            let changed = Table::new(project, dataset, name, schema.clone());
            client.table().patch(project, dataset, name, changed).await
        });
        changed.await?;
        Ok(())
    }

    /// Removes a table, if there is one.
    ///
    /// # Errors
    ///
    /// When it may not be removed.
    pub async fn drop_table(&self, table: &TablePath) -> anyhow::Result<()> {
        let TablePath { project, dataset, table: name } = table;
        let gone = self.calls.call(format!("{table} cannot be removed"), async |client| {
            client.table().delete(project, dataset, name).await
        });
        calls::found(gone.await)?;
        Ok(())
    }

    /// Replaces the rows of a table by those of Parquet objects; answers how many there are.
    ///
    /// # Errors
    ///
    /// The job's, with the rows it names.
    pub async fn load(
        &self,
        name: &str,
        uris: Vec<String>,
        table: &TablePath,
        fields: Vec<TableFieldSchema>,
    ) -> anyhow::Result<u64> {
        let load = JobConfigurationLoad {
            source_uris: Some(uris),
            source_format: Some("PARQUET".to_owned()),
            schema: Some(TableSchema::new(fields)),
            destination_table: Some(table.reference()),
            create_disposition: Some("CREATE_IF_NEEDED".to_owned()),
            write_disposition: Some("WRITE_TRUNCATE".to_owned()),
            ..Default::default()
        };
        let configuration = JobConfiguration { load: Some(load), ..Default::default() };
        let statistics = self.run(name, configuration).await;
        let statistics = statistics.with_context(|| format!("{table} cannot be loaded"))?;
        let rows = statistics.load.and_then(|load| load.output_rows);
        let rows = rows.context("BigQuery does not say how many rows it loaded")?;
        Ok(rows.parse()?)
    }

    /// Writes a table to Parquet objects `<uri>000000000000.parquet` and so on; answers how many.
    ///
    /// # Errors
    ///
    /// The job's.
    pub async fn extract(&self, name: &str, table: &TablePath, uri: &str) -> anyhow::Result<u64> {
        let extract = JobConfigurationExtract {
            source_table: Some(table.reference()),
            destination_uris: Some(vec![format!("{uri}*.parquet")]),
            destination_format: Some("PARQUET".to_owned()),
            compression: Some("SNAPPY".to_owned()),
            ..Default::default()
        };
        let configuration = JobConfiguration { extract: Some(extract), ..Default::default() };
        let statistics = self.run(name, configuration).await;
        let statistics = statistics.with_context(|| format!("{table} cannot be extracted"))?;
        let counts = statistics.extract.and_then(|extract| extract.destination_uri_file_counts);
        let files = counts.and_then(|counts| counts.first()?.parse().ok());
        let files = files.context("BigQuery does not say how many files it wrote")?;
        ensure!(files > 0, "BigQuery wrote no file for {table}");
        Ok(files)
    }

    /// The name of one of the objects that [`BigQuery::extract`] wrote.
    pub fn shard(uri: &str, at: u64) -> String {
        format!("{uri}{at:012}.parquet")
    }

    /// Runs a script with its parameters. All of it is one job, which is billed as a whole.
    ///
    /// # Errors
    ///
    /// The job's; also that it would bill more than is allowed.
    pub async fn execute(&self, name: &str, statement: &Statement) -> anyhow::Result<()> {
        self.run(name, self.query_of(statement)).await.with_context(|| format!("{name} failed"))?;
        Ok(())
    }

    /// How many bytes a query would read, which is what it would bill, but for rounding. Nothing is run.
    ///
    /// # Errors
    ///
    /// What is wrong with the query.
    pub async fn estimate(&self, query: &Statement) -> anyhow::Result<u64> {
        let JobSettings { project, location, .. } = &self.settings;
        let answer = self.calls.call("A query cannot be estimated".to_owned(), async |client| {
            let request = QueryRequest {
                dry_run: Some(true),
                location: Some(location.clone()),
                parameter_mode: parameters::mode(query),
                query_parameters: parameters::of(query),
                ..QueryRequest::new(&*query.sql)
            };
            client.job().query(project, request).await
        });
        let bytes = answer.await?.total_bytes_processed;
        Ok(bytes.context("BigQuery does not say how many bytes it would read")?.parse()?)
    }

    fn query_of(&self, statement: &Statement) -> JobConfiguration {
        let query = JobConfigurationQuery {
            query: statement.sql.clone(),
            parameter_mode: parameters::mode(statement),
            query_parameters: parameters::of(statement),
            use_legacy_sql: Some(false),
            maximum_bytes_billed: self.settings.maximum_bytes_billed.map(|most| most.to_string()),
            ..Default::default()
        };
        JobConfiguration { query: Some(query), ..Default::default() }
    }

    async fn run(
        &self,
        name: &str,
        configuration: JobConfiguration,
    ) -> anyhow::Result<JobStatistics> {
        let job = jobs::run(&self.calls, &self.settings, name, configuration).await?;
        let statistics = job.statistics.unwrap_or_default();
        let number = |text: Option<&String>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
        let billed = statistics.query.as_ref().and_then(|query| query.total_bytes_billed.as_ref());
        self.usage.job(number(billed), number(statistics.total_slot_ms.as_ref()));
        Ok(statistics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_a_project() {
        let path = |text: &str| TablePath::parse(text, "p").map(|path| path.to_string());
        assert_eq!(path("q.d.t").expect("a path"), "q.d.t");
        assert_eq!(path("d.t").expect("a path"), "p.d.t");
        for bad in ["t", "", "a.b.c.d", "a..c", "a.b`.c"] {
            assert!(path(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn shards_are_numbered_with_twelve_digits() {
        assert_eq!(BigQuery::shard("gs://b/t-", 7), "gs://b/t-000000000007.parquet");
    }
}
