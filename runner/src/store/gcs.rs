//! Buckets of Google Cloud Storage. Reads and writes go through Google's client, which streams, resumes
//! what breaks off, and compares CRC32C both ways; lists and removals are plain requests.

mod file;
mod patience;

use super::{ObjectFile, ObjectStore, Version, segments};
use crate::cloud::{self, Identity, PATIENCE, Usage};
use crate::retry::{self, Outcome, Retries, Step};
use crate::runtime::Runtime;
use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use google_cloud_gax::retry_policy::RetryPolicyExt as _;
use google_cloud_storage::builder::storage::{ReadObject, WriteObject};
use google_cloud_storage::client::Storage;
use google_cloud_storage::streaming_source::Payload;
use patience::Patient;
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

const ADDRESS: &str = "https://storage.googleapis.com";

/// How long one object may be on its way: nothing is tried again after that.
const PATIENCE_TIME: Duration = Duration::from_secs(3600);

/// Longest time of a list or a removal.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The service, for any number of stores.
#[derive(Clone)]
pub struct Gcs {
    objects: Storage,
    http: reqwest::Client,
    identity: Identity,
    address: Url,
    runtime: Arc<Runtime>,
    usage: Arc<Usage>,
}

/// An object's address, `gs://bucket/object`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectUri {
    /// The bucket.
    pub bucket: String,
    /// The object's whole name.
    pub object: String,
}

impl ObjectUri {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn parse(uri: &str) -> anyhow::Result<Self> {
        let parts = uri.strip_prefix("gs://").and_then(|path| path.split_once('/'));
        match parts {
            Some((bucket, object)) if !bucket.is_empty() && !object.is_empty() => {
                Ok(Self { bucket: bucket.to_owned(), object: object.to_owned() })
            }
            _ => bail!("{uri:?} is no object: it must be gs://bucket/object"),
        }
    }
}

impl std::fmt::Display for ObjectUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "gs://{}/{}", self.bucket, self.object)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<Item>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    name: String,
}

impl Gcs {
    /// Connects to Google, or to an emulator at `address`.
    ///
    /// # Errors
    ///
    /// When the client cannot be built.
    pub fn connect(
        identity: Identity,
        address: Option<&str>,
        runtime: &Arc<Runtime>,
        usage: &Arc<Usage>,
    ) -> anyhow::Result<Self> {
        cloud::install_tls();
        let address = address.unwrap_or(ADDRESS).trim_end_matches('/');
        let objects = runtime.block_on(async {
            let builder =
                Storage::builder().with_endpoint(address).with_credentials(identity.credentials());
            builder.build().await.context("The storage client does not start")
        })?;
        Ok(Self {
            objects,
            http: cloud::http_client()?,
            identity,
            address: Url::parse(address).with_context(|| format!("{address} is no address"))?,
            runtime: Arc::clone(runtime),
            usage: Arc::clone(usage),
        })
    }

    /// Part of a bucket as a store; `copies` is where its files are read from.
    pub fn store(&self, bucket: &str, prefix: &str, copies: &Path) -> GcsStore {
        GcsStore {
            gcs: self.clone(),
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            copies: copies.to_owned(),
        }
    }

    /// Copies an object to a file, which is there whole or not at all.
    ///
    /// # Errors
    ///
    /// When there is no such object, it may not be read, or arrives damaged.
    pub async fn download(&self, from: &ObjectUri, file: &Path) -> anyhow::Result<u64> {
        let read = || async {
            let partial = file.with_extension("partial");
            let mut target = tokio::fs::File::create(&partial).await?;
            let mut answer = self.reading(from).send().await?;
            let mut size = 0;
            while let Some(chunk) = answer.next().await {
                let chunk = chunk?;
                size += chunk.len() as u64;
                target.write_all(&chunk).await?;
            }
            target.flush().await?;
            tokio::fs::rename(&partial, file).await?;
            anyhow::Ok(size)
        };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let size = read().await.with_context(|| format!("{from} cannot be read"))?;
        self.usage.read(size);
        Ok(size)
    }

    /// Copies a file to an object, replacing what is there.
    ///
    /// # Errors
    ///
    /// When it may not be written, or arrives damaged.
    pub async fn upload(&self, file: &Path, to: &ObjectUri) -> anyhow::Result<u64> {
        let write = || async {
            let size = tokio::fs::metadata(file).await?.len();
            let copy = file.to_owned();
            let checksum = tokio::task::spawn_blocking(move || checksum(&copy)).await??;
            let source = tokio::fs::File::open(file).await?;
            // Known before, so that Cloud Storage makes no damaged object.
            let written =
                self.writing(to, source).with_known_crc32c(checksum).send_unbuffered().await?;
            if written.size != size as i64 {
                bail!("{} of {size} bytes have arrived", written.size);
            }
            Ok(size)
        };
        let size = write().await.with_context(|| format!("{to} cannot be written"))?;
        self.usage.written(size);
        Ok(size)
    }

    fn reading(&self, object: &ObjectUri) -> ReadObject {
        let patient = Patient::new();
        self.objects
            .read_object(bucket(&object.bucket), &object.object)
            .with_retry_policy(patient.clone().with_time_limit(PATIENCE_TIME))
            .with_backoff_policy(patient)
    }

    fn writing<T>(&self, object: &ObjectUri, content: impl Into<Payload<T>>) -> WriteObject<T> {
        let patient = Patient::new();
        self.objects
            .write_object(bucket(&object.bucket), &object.object, content)
            // The same content again gives the same object.
            .with_idempotency(true)
            .with_retry_policy(patient.clone().with_time_limit(PATIENCE_TIME))
            .with_backoff_policy(patient)
    }

    async fn put(&self, content: Bytes, to: &ObjectUri) -> anyhow::Result<()> {
        let sent = self.writing(to, content).send_unbuffered().await;
        sent.with_context(|| format!("{to} cannot be written"))?;
        Ok(())
    }

    /// The names of all objects that begin so.
    ///
    /// # Errors
    ///
    /// When the bucket may not be listed.
    pub async fn list(&self, bucket: &str, prefix: &str) -> anyhow::Result<Vec<String>> {
        let (mut names, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut url = self.url(&["b", bucket, "o"])?;
            url.query_pairs_mut()
                .append_pair("prefix", prefix)
                .append_pair("fields", "items(name),nextPageToken");
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("pageToken", token);
            }
            let what = || format!("gs://{bucket}/{prefix} cannot be listed");
            let body = self.send(Method::GET, &url).await.with_context(what)?;
            let page: Page = serde_json::from_slice(&body).with_context(what)?;
            names.extend(page.items.into_iter().map(|item| item.name));
            token = page.next_page_token;
            if token.is_none() {
                names.sort();
                return Ok(names);
            }
        }
    }

    /// Removes an object, if there is one.
    ///
    /// # Errors
    ///
    /// When it may not be removed.
    pub async fn delete(&self, object: &ObjectUri) -> anyhow::Result<()> {
        let url = self.url(&["b", &object.bucket, "o", &object.object])?;
        match self.send(Method::DELETE, &url).await {
            Err(error) if error.downcast_ref() == Some(&Refused(StatusCode::NOT_FOUND)) => Ok(()),
            other => other.map(drop).with_context(|| format!("{object} cannot be removed")),
        }
    }

    fn url(&self, path: &[&str]) -> anyhow::Result<Url> {
        let mut url = self.address.clone();
        let mut segments =
            url.path_segments_mut().map_err(|()| anyhow!("{} has no path", self.address))?;
        segments.pop_if_empty().extend(["storage", "v1"]).extend(path);
        drop(segments);
        Ok(url)
    }

    async fn send(&self, method: Method, url: &Url) -> anyhow::Result<Bytes> {
        let mut retries = Retries::new(PATIENCE);
        loop {
            let (outcome, error) = match self.send_once(method.clone(), url).await? {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            match retries.next(outcome) {
                Step::GiveUp => return Err(error),
                // A new token, where there is one, comes with the next request.
                Step::Refresh => {}
                Step::Wait(delay) => {
                    tracing::debug!("{method} {url}: {error:#}; again in {delay:?}");
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }

    async fn send_once(
        &self,
        method: Method,
        url: &Url,
    ) -> anyhow::Result<Result<Bytes, (Outcome, anyhow::Error)>> {
        let broken = |error: reqwest::Error| {
            let outcome = Outcome::Transient { retry_after: None };
            Ok(Err((outcome, anyhow::Error::new(error.without_url()))))
        };
        let mut request = self.http.request(method, url.clone()).timeout(TIMEOUT);
        if let Some(token) = self.identity.token().await? {
            request = request.bearer_auth(token);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return broken(error),
        };
        let status = response.status();
        let wait = retry::asked_for(response.headers());
        match response.bytes().await {
            Ok(body) if status.is_success() => Ok(Ok(body)),
            Err(error) if status.is_success() => broken(error),
            _ => Ok(Err((Outcome::of(status, wait), Refused(status).into()))),
        }
    }
}

/// The service's answer, which is no success.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("Cloud Storage answers {0}")]
struct Refused(StatusCode);

/// The CRC32C of a file.
fn checksum(file: &Path) -> std::io::Result<u32> {
    let (mut file, mut buffer) = (fs::File::open(file)?, vec![0; 1 << 20]);
    let mut checksum = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(checksum),
            read => checksum = crc32c::crc32c_append(checksum, &buffer[..read]),
        }
    }
}

/// The name of a bucket, as Google's client has it.
fn bucket(name: &str) -> String {
    format!("projects/_/buckets/{name}")
}

/// A part of a bucket. Paths follow the same rule as in a local folder.
#[derive(Clone)]
pub struct GcsStore {
    gcs: Gcs,
    bucket: String,
    prefix: String,
    copies: PathBuf,
}

impl GcsStore {
    /// Which object a path is.
    ///
    /// # Errors
    ///
    /// [`super::BadPath`].
    pub fn resolve(&self, path: &str) -> anyhow::Result<ObjectUri> {
        let mut parts: Vec<&str> = Vec::new();
        if !self.prefix.is_empty() {
            parts.push(&self.prefix);
        }
        parts.extend(segments(path)?);
        Ok(ObjectUri { bucket: self.bucket.clone(), object: parts.join("/") })
    }

    /// As [`ObjectStore::write`], also when the run is to stop: the last word must come through.
    ///
    /// # Errors
    ///
    /// As there, and when it takes longer than `limit`.
    pub fn write_within(
        &self,
        path: &str,
        content: Vec<u8>,
        limit: Duration,
    ) -> anyhow::Result<()> {
        let to = self.resolve(path)?;
        let late = || format!("{to} is not written within {} s", limit.as_secs());
        self.gcs.runtime.finish(async {
            let written = self.gcs.put(Bytes::from(content), &to);
            tokio::time::timeout(limit, written).await.with_context(late)?
        })
    }
}

impl ObjectStore for GcsStore {
    fn write(&self, path: &str, content: &[u8]) -> anyhow::Result<()> {
        let to = self.resolve(path)?;
        self.gcs.usage.written(content.len() as u64);
        self.gcs.runtime.block_on(self.gcs.put(Bytes::copy_from_slice(content), &to))
    }

    fn list(&self, prefix: &str) -> anyhow::Result<Vec<String>> {
        let folder = format!("{}/", self.resolve(prefix)?.object);
        let names = self.gcs.runtime.block_on(self.gcs.list(&self.bucket, &folder))?;
        let root = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        let relative = names.iter().filter_map(|name| name.strip_prefix(&root));
        // Names that no path can have, and the empty objects that stand for folders, are not ours.
        let ours = relative.filter(|name| !name.ends_with('/') && segments(name).is_ok());
        Ok(ours.map(str::to_owned).collect())
    }

    fn put_file(&self, path: &str, file: &Path) -> anyhow::Result<()> {
        let to = self.resolve(path)?;
        self.gcs.runtime.block_on(self.gcs.upload(file, &to))?;
        fs::remove_file(file).with_context(|| format!("{} cannot be removed", file.display()))
    }

    fn local_copy(&self, path: &str) -> anyhow::Result<PathBuf> {
        let from = self.resolve(path)?;
        let mut file = self.copies.clone();
        file.extend(segments(path)?);
        self.gcs.runtime.block_on(self.gcs.download(&from, &file))?;
        Ok(file)
    }

    fn open(&self, path: &str) -> anyhow::Result<Option<Arc<dyn ObjectFile>>> {
        let object = self.resolve(path)?;
        let file = self.gcs.runtime.block_on(self.gcs.open(&object))?;
        Ok(file.map(|file| Arc::new(file) as Arc<dyn ObjectFile>))
    }

    fn rename(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let (from, to) = (self.resolve(from)?, self.resolve(to)?);
        self.gcs.runtime.block_on(async {
            self.gcs.copy(&from, &to).await?;
            self.gcs.delete(&from).await
        })
    }

    fn remove(&self, path: &str) -> anyhow::Result<()> {
        self.gcs.runtime.block_on(self.gcs.delete(&self.resolve(path)?))
    }

    fn write_unless_changed(
        &self,
        path: &str,
        content: &[u8],
        seen: Version,
    ) -> anyhow::Result<Version> {
        let to = self.resolve(path)?;
        self.gcs.usage.written(content.len() as u64);
        let content = Bytes::copy_from_slice(content);
        self.gcs.runtime.block_on(self.gcs.put_unless_changed(content, &to, seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_bucket_and_an_object() {
        let uri = ObjectUri::parse("gs://b/a folder/x.csv").expect("an address");
        assert_eq!((&*uri.bucket, &*uri.object), ("b", "a folder/x.csv"));
        assert_eq!(uri.to_string(), "gs://b/a folder/x.csv");
        for bad in ["", "gs://", "gs://b", "gs://b/", "gs:///x", "b/x", "s3://b/x"] {
            assert!(ObjectUri::parse(bad).is_err(), "{bad:?}");
        }
    }
}
