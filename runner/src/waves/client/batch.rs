//! `POST /api/recommendations/batch`.

use super::retry::Retries;
use super::{Call, Client, WavesError, check};
use crate::waves::contract::{BatchRequest, BatchResponse};
use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;

impl Client {
    /// Sends one batch; the answer has one result per CAM, in order.
    pub async fn batch(&self, request: &BatchRequest) -> Result<BatchResponse, WavesError> {
        let body = serde_json::to_vec(request)
            .map_err(|source| WavesError::Encode { call: self.batch_call(request), source })?;
        let (call, reply) = self.send_batch(request, body.into()).await?;
        check::batch(request, &reply, call)
    }

    /// Sends one batch, `body` being its JSON. The answer is as it came, whatever it holds.
    pub(in crate::waves) async fn send_batch(
        &self,
        request: &BatchRequest,
        body: Bytes,
    ) -> Result<(Call, Bytes), WavesError> {
        let mut call = self.batch_call(request);
        let post = || {
            self.http
                .post(self.batch_url.clone())
                .timeout(self.config.timeout)
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone())
        };
        let answer = self.send(&mut call, Retries::of_batch(&self.config), post).await?;
        Ok((call, answer.body))
    }

    /// What to say about a batch that is not sent again.
    pub(in crate::waves) fn batch_call(&self, request: &BatchRequest) -> Call {
        Call::post(&self.batch_url, &request.run_id)
    }
}
