//! Objects as files: any part of them, of one generation; copies within the service; writes on a condition.

use super::{Gcs, ObjectUri, Refused};
use crate::store::{Changed, Digest, ObjectFile, Version};
use anyhow::{Context as _, anyhow, ensure};
use bytes::{Bytes, BytesMut};
use google_cloud_gax::error::Error;
use google_cloud_storage::model_ext::ReadRange;
use reqwest::{Method, StatusCode};
use serde::Deserialize;

/// An object of one generation.
pub(super) struct GcsFile {
    gcs: Gcs,
    object: ObjectUri,
    about: About,
}

/// What the service knows of an object. It writes whole numbers as texts.
#[derive(Debug, Deserialize)]
struct About {
    size: String,
    generation: String,
    crc32c: Option<String>,
    #[serde(skip)]
    numbers: (u64, Version),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rewrite {
    done: bool,
    rewrite_token: Option<String>,
}

impl Gcs {
    /// Opens an object; none where there is no such object.
    pub(super) async fn open(&self, object: &ObjectUri) -> anyhow::Result<Option<GcsFile>> {
        let Some(about) = self.about(object).await? else { return Ok(None) };
        self.usage.opened();
        Ok(Some(GcsFile { gcs: self.clone(), object: object.clone(), about }))
    }

    async fn about(&self, object: &ObjectUri) -> anyhow::Result<Option<About>> {
        let what = || format!("{object} cannot be read");
        let mut url = self.url(&["b", &object.bucket, "o", &object.object])?;
        url.query_pairs_mut().append_pair("fields", "size,generation,crc32c");
        let body = match self.send(Method::GET, &url).await {
            Err(error) if error.downcast_ref() == Some(&Refused(StatusCode::NOT_FOUND)) => {
                return Ok(None);
            }
            other => other.with_context(what)?,
        };
        let mut about: About = serde_json::from_slice(&body).with_context(what)?;
        about.numbers = (about.size.parse()?, about.generation.parse()?);
        Ok(Some(about))
    }

    async fn part(&self, file: &GcsFile, start: u64, length: usize) -> anyhow::Result<Bytes> {
        let GcsFile { object, about, .. } = file;
        let read = async {
            let range = ReadRange::segment(start, length as u64);
            let request =
                self.reading(object).set_generation(about.numbers.1).set_read_range(range);
            let mut answer = request.send().await?;
            let mut content = BytesMut::with_capacity(length);
            while let Some(chunk) = answer.next().await {
                content.extend_from_slice(&chunk?);
            }
            ensure!(content.len() == length, "{} of {length} bytes have arrived", content.len());
            anyhow::Ok(content.freeze())
        };
        let content = read.await.with_context(|| format!("{object} cannot be read at {start}"))?;
        self.usage.part(length as u64);
        Ok(content)
    }

    /// Copies an object within the service, replacing what is there.
    pub(super) async fn copy(&self, from: &ObjectUri, to: &ObjectUri) -> anyhow::Result<()> {
        let path =
            ["b", &from.bucket, "o", &from.object, "rewriteTo", "b", &to.bucket, "o", &to.object];
        let mut token = None::<String>;
        loop {
            let mut url = self.url(&path)?;
            url.query_pairs_mut().append_pair("fields", "done,rewriteToken");
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("rewriteToken", token);
            }
            let what = || format!("{from} cannot be copied to {to}");
            let body = self.send(Method::POST, &url).await.with_context(what)?;
            let rewrite: Rewrite = serde_json::from_slice(&body).with_context(what)?;
            if rewrite.done {
                return Ok(());
            }
            token = Some(rewrite.rewrite_token.with_context(what)?);
        }
    }

    /// Writes an object unless its generation is another than `seen` by now; answers its new one.
    pub(super) async fn put_unless_changed(
        &self,
        content: Bytes,
        to: &ObjectUri,
        seen: Version,
    ) -> anyhow::Result<Version> {
        let sent = self.writing(to, content.clone()).set_if_generation_match(seen);
        match sent.send_unbuffered().await {
            Ok(written) => Ok(written.generation),
            // Ours may be what has changed it: the answer to an earlier request was lost.
            Err(error) if is_changed(&error) => match self.open(to).await? {
                Some(file)
                    if self.part(&file, 0, file.about.numbers.0 as usize).await? == content =>
                {
                    Ok(file.about.numbers.1)
                }
                _ => Err(Changed(to.to_string()).into()),
            },
            Err(error) => Err(anyhow!(error).context(format!("{to} cannot be written"))),
        }
    }
}

fn is_changed(error: &Error) -> bool {
    error.http_status_code() == Some(StatusCode::PRECONDITION_FAILED.as_u16())
}

impl ObjectFile for GcsFile {
    fn size(&self) -> u64 {
        self.about.numbers.0
    }

    fn read(&self, start: u64, length: usize) -> anyhow::Result<Bytes> {
        // The service refuses ranges without a byte.
        if length == 0 {
            return Ok(Bytes::new());
        }
        self.gcs.runtime.block_on(self.gcs.part(self, start, length))
    }

    fn digest(&self) -> anyhow::Result<Digest> {
        let crc32c = self.about.crc32c.clone();
        let crc32c = crc32c.with_context(|| format!("{} has no CRC32C", self.object))?;
        Ok(Digest::Crc32c(crc32c))
    }

    fn version(&self) -> Version {
        self.about.numbers.1
    }
}
