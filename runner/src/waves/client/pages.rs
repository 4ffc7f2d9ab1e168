//! The older way: `GET /app` lists segments, `GET /api/recommendations` answers a page of one.

use super::retry::Retries;
use super::{Call, Client, WavesError, address, check, select};
use crate::waves::contract::{CamResult, PageQuery};
use bytes::Bytes;
use reqwest::Url;

/// Where a request without a session is sent to.
const LOGIN_PATH: &str = "/login";

impl Client {
    /// The names of the segments in the order of the service's page.
    pub async fn segments(&self, run_id: &str) -> Result<Vec<String>, WavesError> {
        let url = address::join(&self.base, "app")?;
        let mut call = Call::get(&url, run_id);
        let get = || self.http.get(url.clone()).timeout(self.config.login_timeout);
        let answer = match self.send(&mut call, Retries::of_batch(&self.config), get).await {
            Err(WavesError::Status { call, status: 404, .. }) => {
                let reason = "the service has no such page".to_owned();
                return Err(WavesError::NoSegments { call, reason });
            }
            answer => answer?,
        };
        let refuse = |reason: &str| WavesError::NoSegments { call, reason: reason.to_owned() };
        if answer.url.path().contains(LOGIN_PATH) {
            return Err(refuse("it leads to the login"));
        }
        match select::options(&String::from_utf8_lossy(&answer.body), "segment") {
            None => Err(refuse("it has no selection named segment")),
            Some(options) if options.is_empty() => Err(refuse("its selection is empty")),
            Some(options) => Ok(options),
        }
    }

    /// One page of a segment: at most as many results as asked for.
    pub async fn page(
        &self,
        query: &PageQuery<'_>,
        run_id: &str,
    ) -> Result<Vec<CamResult>, WavesError> {
        let (call, reply) = self.send_page(query, run_id).await?;
        check::page(query, &reply, call)
    }

    /// Asks for one page. The answer is as it came, whatever it holds.
    pub(in crate::waves) async fn send_page(
        &self,
        query: &PageQuery<'_>,
        run_id: &str,
    ) -> Result<(Call, Bytes), WavesError> {
        let mut call = self.page_call(query, run_id)?;
        let url = Url::parse(&call.url)
            .map_err(|error| WavesError::Address { reason: error.to_string() })?;
        let get = || self.http.get(url.clone()).timeout(self.config.timeout);
        let answer = self.send(&mut call, Retries::of_page(&self.config), get).await?;
        Ok((call, answer.body))
    }

    /// What to say about a page that is not asked for again.
    pub(in crate::waves) fn page_call(
        &self,
        query: &PageQuery<'_>,
        run_id: &str,
    ) -> Result<Call, WavesError> {
        let url = address::join(&self.base, "api/recommendations")?;
        let url = self.http.get(url).query(query).build();
        let url = url.map_err(|error| WavesError::Address { reason: error.to_string() })?;
        Ok(Call::get(url.url(), run_id))
    }
}
