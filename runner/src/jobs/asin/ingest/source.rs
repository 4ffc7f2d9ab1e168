//! The API of a run: the one that is configured, or else the one that is built in.

use super::super::Asin;
use super::super::frame::Workspace;
use super::super::scope::is_asin;
use super::Item;
use crate::secret::Secret;
use crate::signals::standin::{self, Running, asin_of};
use crate::signals::{Backoff, Limit, Limiters, Service, ServiceOptions, Unified};
use crate::warehouse::template::Statement;
use anyhow::{Context as _, bail};
use reqwest::Url;
use std::num::NonZeroU32;
use std::time::Duration;

const SERVICE: &str = "unified_api";

/// The variable that holds the API's token.
const TOKEN: &str = "UNIFIED_API_TOKEN";

/// What the built-in API asks for.
const LOCAL_TOKEN: &str = "local";

/// So many products the built-in API has, unless told.
const LOCAL_PRODUCTS: u32 = 120;

/// The built-in API is asked as fast as it goes.
const LOCAL_LIMIT: NonZeroU32 = NonZeroU32::new(60_000_000).expect("not zero");

/// Where answers come from.
pub struct Source {
    url: String,
    token: Secret,
    /// The built-in API, where none is configured.
    local: Option<Running>,
}

impl Source {
    /// The configured API; without one the built-in one, which is started.
    ///
    /// # Errors
    ///
    /// An API without a token, no port for the built-in one.
    pub async fn open(job: &Asin) -> anyhow::Result<Self> {
        let url = job.settings.unified_api_base_url.trim().to_owned();
        if url.is_empty() {
            let token = Some(LOCAL_TOKEN.to_owned());
            let options = standin::Options { token, ..standin::Options::default() };
            let local = Running::start(options).await.context("The built-in API does not start")?;
            let (url, token) = (local.url(), Secret::new(LOCAL_TOKEN));
            return Ok(Self { url, token, local: Some(local) });
        }
        let token = job.environment.get(TOKEN).filter(|token| !token.trim().is_empty());
        let Some(token) = token else {
            bail!("{TOKEN} is not set: {url} asks for it");
        };
        Ok(Self { url, token: Secret::new(token.trim()), local: None })
    }

    /// The products to ask for, in each market.
    ///
    /// # Errors
    ///
    /// None at all, or a market or product that is no part of an address.
    pub(super) fn items(&self, job: &Asin, workspace: &Workspace) -> anyhow::Result<Vec<Item>> {
        let limit = job.scope.limit.unwrap_or(u32::MAX) as usize;
        let mut asins = match &job.scope.asins {
            Some(asins) => asins.clone(),
            None => {
                let known = "select distinct asin from asin.dim_asin order by 1";
                let known = workspace.rows(&Statement::new("known products", known))?;
                known.into_iter().flatten().flatten().collect()
            }
        };
        if asins.is_empty() && self.local.is_some() {
            let products = job.scope.limit.unwrap_or(LOCAL_PRODUCTS);
            asins = (0..products).map(asin_of).collect();
        }
        asins.truncate(limit);
        if asins.is_empty() {
            bail!("There are no products to ask for: name them with --asin-file");
        }
        for part in asins.iter().chain(&job.settings.sites) {
            if !is_asin(part) {
                bail!("{part:?} is no product and no market: give letters and digits");
            }
        }
        let sites = &job.settings.sites;
        let item = |asin: &String, site: &String| Item { asin: asin.clone(), site: site.clone() };
        Ok(asins.iter().flat_map(|asin| sites.iter().map(move |site| item(asin, site))).collect())
    }

    /// The API behind its limiter.
    ///
    /// # Errors
    ///
    /// An address that is none, HTTP that cannot be set up.
    pub(super) fn api(&self, job: &Asin) -> anyhow::Result<Unified> {
        let base =
            Url::parse(&self.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.with_context(|| {
            format!("unified_api_base_url is {:?}; it must be http://… or https://…", self.url)
        })?;
        let limit = job.settings.rate_limit(SERVICE);
        let number = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let bucket = match self.local {
            Some(_) => Limit { per_minute: LOCAL_LIMIT, burst: LOCAL_LIMIT },
            None => Limit {
                per_minute: number(limit.qpm),
                burst: number(limit.burst.unwrap_or(limit.qpm)),
            },
        };
        let retry = job.settings.retry_policy;
        let ms = Duration::from_millis;
        let options = ServiceOptions {
            name: SERVICE.to_owned(),
            base,
            secrets: vec![self.token.clone()],
            timeout: Duration::from_secs_f64(limit.timeout_sec),
            max_attempts: retry.max_attempts,
            backoff: Backoff {
                base: ms(retry.base_delay_ms),
                jitter: ms(retry.jitter_ms),
                max: ms(retry.max_delay_ms),
            },
        };
        let limiter = Limiters::default().get(SERVICE, &job.settings.ingest.tenant, bucket);
        Ok(Unified::new(Service::new(options, limiter)?))
    }

    /// Ends the built-in API.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        if let Some(local) = self.local {
            local.stop().await.context("The built-in API did not end properly")?;
        }
        Ok(())
    }
}
