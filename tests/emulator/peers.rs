//! The emulators as a process, and what is put into them and taken out without the product's code.

use crate::fields::field;
use aim::warehouse::duckdb::DuckDb;
use aim::warehouse::template::quote_literal;
use anyhow::{Context as _, bail, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long a statement may take.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) const PROJECT: &str = "shop";

/// BigQuery and Cloud Storage. They end when this is dropped, or when this process ends: then their input
/// does.
pub(crate) struct Peers {
    child: Child,
    folder: PathBuf,
    client: Client,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) bigquery: String,
    pub(crate) storage: String,
}

impl Peers {
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/bigquery");
        let mut command = Command::new(script);
        command.arg("cloud").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("scripts/bigquery does not run")?;
        let output = child.stdout.take().context("Its output is piped")?;
        let lines: Vec<String> =
            BufReader::new(output).lines().take(2).collect::<Result<_, _>>()?;
        let [bigquery, storage] = &lines[..] else {
            let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
            bail!("The emulators do not start: {log}");
        };
        // The client asks for one even where nothing is encrypted. It may be there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            child,
            folder: folder.canonicalize()?,
            client: Client::builder().timeout(PATIENCE).no_proxy().build()?,
            runtime: Arc::new(Runtime::new()?),
            bigquery: bigquery.clone(),
            storage: storage.clone(),
        })
    }

    /// Where the objects of all buckets are.
    pub(crate) fn buckets(&self) -> PathBuf {
        self.folder.join("storage/.cloudstorage")
    }

    pub(crate) fn create_bucket(&self, bucket: &str) -> anyhow::Result<()> {
        let url = format!("{}/storage/v1/b?project={PROJECT}", self.storage);
        self.post(&url, &json!({"name": bucket})).map(drop)
    }

    /// Puts a file into a bucket.
    pub(crate) fn put(&self, bucket: &str, object: &str, file: &Path) -> anyhow::Result<()> {
        let content = std::fs::read(file)?;
        self.runtime.block_on(async {
            let url = format!("{}/upload/storage/v1/b/{bucket}/o", self.storage);
            let request = self.client.post(url).body(content);
            let request = request.query(&[("uploadType", "media"), ("name", object)]);
            ensure!(request.send().await?.status().is_success(), "{object} is not taken");
            Ok(())
        })
    }

    /// The content of an object.
    pub(crate) fn get(&self, bucket: &str, object: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.buckets().join(bucket).join(object);
        std::fs::read(&path).with_context(|| path.display().to_string())
    }

    /// The names of all objects of a bucket, as the emulator lists them.
    pub(crate) fn objects(&self, bucket: &str) -> anyhow::Result<Vec<String>> {
        let url = format!("{}/storage/v1/b/{bucket}/o", self.storage);
        let list: Value = self.runtime.block_on(async {
            let text = self.client.get(url).send().await?.text().await?;
            anyhow::Ok(serde_json::from_str(&text)?)
        })?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        Ok(items.iter().filter_map(|item| Some(item["name"].as_str()?.to_owned())).collect())
    }

    pub(crate) fn create_dataset(&self, project: &str, dataset: &str) -> anyhow::Result<()> {
        let reference = json!({"projectId": project, "datasetId": dataset});
        let url = format!("{}/bigquery/v2/projects/{project}/datasets", self.bigquery);
        self.post(&url, &json!({"datasetReference": reference})).map(drop)
    }

    /// Loads a table from a Parquet file, with the types that are in there.
    pub(crate) fn load(
        &self,
        project: &str,
        dataset: &str,
        table: &str,
        file: &Path,
    ) -> anyhow::Result<()> {
        let engine = DuckDb::open_bare(None, &[])?;
        let path = quote_literal(file.to_str().context("The path is no UTF-8")?);
        let empty = format!("select * from read_parquet({path}) limit 0");
        let mut empty = engine.connection().prepare(&empty)?;
        let schema = empty.query_arrow([])?.get_schema();
        let fields = schema.fields().iter().map(|column| field(column));
        let fields = fields.collect::<anyhow::Result<Vec<_>>>()?;
        let object = format!("{dataset}/{table}.parquet");
        let target = self.buckets().join("seed").join(&object);
        std::fs::create_dir_all(target.parent().context("It has a folder")?)?;
        std::fs::copy(file, target)?;
        let load = json!({
            "sourceUris": [format!("gs://seed/{object}")],
            "sourceFormat": "PARQUET",
            "schema": {"fields": fields},
            "destinationTable": {"projectId": project, "datasetId": dataset, "tableId": table},
        });
        let url = format!("{}/bigquery/v2/projects/{project}/jobs", self.bigquery);
        let job = self.post(&url, &json!({"configuration": {"load": load}}))?;
        match job.pointer("/status/errorResult") {
            Some(error) => bail!("{dataset}.{table} cannot be loaded: {error}"),
            None => Ok(()),
        }
    }

    /// Executes statements; answers the rows of the last as JSON.
    pub(crate) fn query(&self, project: &str, sql: &str) -> anyhow::Result<Value> {
        let url = format!("{}/bigquery/v2/projects/{project}/queries", self.bigquery);
        let timeout = PATIENCE.as_millis() as u64;
        let request = json!({"query": sql, "useLegacySql": false, "timeoutMs": timeout});
        let answer = self.post(&url, &request)?;
        if let Some(error) = answer.pointer("/errors/0/message").and_then(Value::as_str) {
            bail!("{error}");
        }
        ensure!(answer["jobComplete"] == json!(true), "{sql} takes too long");
        Ok(answer["rows"].clone())
    }

    /// Every table, `dataset.table`, in order.
    pub(crate) fn tables(&self, project: &str) -> anyhow::Result<Vec<String>> {
        let base = format!("{}/bigquery/v2/projects/{project}/datasets", self.bigquery);
        let names = |list: Value, kind: &str, reference: &str, id: &str| -> Vec<String> {
            let items = list[kind].as_array().cloned().unwrap_or_default();
            let name = |item: &Value| Some(item[reference][id].as_str()?.to_owned());
            items.iter().filter_map(name).collect()
        };
        let mut tables = Vec::new();
        for dataset in names(self.read(&base)?, "datasets", "datasetReference", "datasetId") {
            let list = self.read(&format!("{base}/{dataset}/tables?maxResults=10000"))?;
            let here = names(list, "tables", "tableReference", "tableId");
            tables.extend(here.into_iter().map(|table| format!("{dataset}.{table}")));
        }
        tables.sort();
        Ok(tables)
    }

    /// Writes the rows of a query to Parquet files; answers their pattern.
    pub(crate) fn export(&self, project: &str, query: &str, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.buckets().join("export").join(name);
        std::fs::create_dir_all(&folder)?;
        self.query(
            project,
            &format!(
                "export data options (uri = 'gs://export/{name}/*.parquet', format = 'PARQUET', \
                 overwrite = true) as {query}"
            ),
        )?;
        Ok(folder.join("*.parquet"))
    }

    fn read(&self, url: &str) -> anyhow::Result<Value> {
        self.runtime.block_on(async {
            let text = self.client.get(url).send().await?.text().await?;
            serde_json::from_str(&text).with_context(|| text)
        })
    }

    fn post(&self, url: &str, body: &Value) -> anyhow::Result<Value> {
        self.runtime.block_on(async {
            let response = self.client.post(url).json(body).send().await?;
            let status = response.status();
            let answer = response.text().await?;
            ensure!(status.is_success(), "{status}: {answer}");
            Ok(serde_json::from_str(&answer)?)
        })
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // Their input ends, and so do they; a failure to wait must not hide why a case failed.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
