//! BigQuery: the emulator as a process, and the few requests that are made of it.

use crate::job::{TODAY, Table};
use anyhow::{Context as _, bail};
use reqwest::Client;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long a statement may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// An emulator that is starting.
pub(crate) struct Starting {
    child: Child,
    folder: PathBuf,
}

/// An emulator that serves. It ends when this is dropped, or when this process ends: then its input does.
pub(crate) struct BigQuery {
    child: Child,
    folder: PathBuf,
    url: String,
    client: Client,
    runtime: Runtime,
}

impl BigQuery {
    /// Starts it with a folder of its own, which is also its object store.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Starting> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/bigquery");
        let mut command = Command::new(script);
        command.arg("serve").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = command.spawn().context("scripts/bigquery does not run")?;
        Ok(Starting { child, folder: folder.to_owned() })
    }
}

impl Starting {
    /// Waits until it serves.
    pub(crate) fn wait(mut self) -> anyhow::Result<BigQuery> {
        let mut url = String::new();
        let output = self.child.stdout.take().context("Its output is piped")?;
        BufReader::new(output).read_line(&mut url)?;
        if url.is_empty() {
            let log = std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
            bail!("The BigQuery emulator does not start: {log}");
        }
        // The client asks for one even where nothing is encrypted. It may be there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(BigQuery {
            child: self.child,
            folder: self.folder,
            url: format!("{}/bigquery/v2/projects", url.trim()),
            client: Client::builder().timeout(PATIENCE).build()?,
            runtime: Runtime::new()?,
        })
    }
}

impl BigQuery {
    /// Makes a dataset.
    pub(crate) fn create_dataset(&self, project: &str, dataset: &str) -> anyhow::Result<()> {
        let reference = json!({"projectId": project, "datasetId": dataset});
        self.post(&format!("{project}/datasets"), &json!({"datasetReference": reference}))?;
        Ok(())
    }

    /// Loads a table from its file, with its dataset where that is new.
    pub(crate) fn load(&self, project: &str, table: &Table) -> anyhow::Result<()> {
        let Table { dataset, name, file, fields } = table;
        let bucket = self.folder.join("gcs").join(project);
        if !bucket.join(dataset).exists() {
            self.create_dataset(project, dataset)?;
            std::fs::create_dir_all(bucket.join(dataset))?;
        }
        let object = format!("{dataset}/{name}.parquet");
        std::fs::rename(file, bucket.join(&object))?;
        let load = json!({
            "sourceUris": [format!("gs://{project}/{object}")],
            "sourceFormat": "PARQUET",
            "schema": {"fields": fields},
            "destinationTable": {"projectId": project, "datasetId": dataset, "tableId": name},
        });
        let job =
            self.post(&format!("{project}/jobs"), &json!({"configuration": {"load": load}}))?;
        match job.pointer("/status/errorResult") {
            Some(error) => bail!("{dataset}.{name} cannot be loaded: {error}"),
            None => Ok(()),
        }
    }

    /// Executes statements; `@run_day` is the day of the run.
    pub(crate) fn query(&self, project: &str, sql: &str) -> anyhow::Result<()> {
        let mut request = json!({
            "query": sql,
            "useLegacySql": false,
            "timeoutMs": PATIENCE.as_millis() as u64,
        });
        if sql.contains("@run_day") {
            request["parameterMode"] = json!("NAMED");
            request["queryParameters"] = json!([{
                "name": "run_day",
                "parameterType": {"type": "DATE"},
                "parameterValue": {"value": TODAY},
            }]);
        }
        let answer = self.post(&format!("{project}/queries"), &request)?;
        if let Some(error) = answer.pointer("/errors/0/message").and_then(Value::as_str) {
            bail!("{error}");
        }
        if answer["jobComplete"] != json!(true) {
            bail!("It took longer than {} seconds", PATIENCE.as_secs());
        }
        Ok(())
    }

    /// Writes the rows of a query to Parquet files; answers their pattern.
    pub(crate) fn export(&self, project: &str, query: &str, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join("gcs/out").join(name);
        std::fs::create_dir_all(&folder)?;
        self.query(
            project,
            &format!(
                "export data options (uri = 'gs://out/{name}/*.parquet', format = 'PARQUET') as {query}"
            ),
        )?;
        Ok(folder.join("*.parquet"))
    }

    fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.runtime.block_on(async {
            let request = self.client.post(format!("{}/{path}", self.url)).json(body);
            let response = request.send().await?;
            let status = response.status();
            let answer = response.text().await?;
            if !status.is_success() {
                bail!("{status}: {answer}");
            }
            Ok(serde_json::from_str(&answer)?)
        })
    }
}

impl Drop for BigQuery {
    fn drop(&mut self) {
        // Its input ends, and so does it; a failure to wait must not hide why a case failed.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
