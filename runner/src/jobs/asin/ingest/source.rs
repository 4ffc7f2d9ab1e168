//! The service of a run: the one that is configured, or one that is built in.

use super::super::Asin;
use super::super::frame::Workspace;
use super::super::scope::is_asin;
use super::connector::Connector;
use super::provider::Provider;
use super::{Item, Selection};
use crate::secret::Secret;
use crate::signals::paapi::{self, SIGNED_AS};
use crate::signals::sigv4::Signer;
use crate::signals::standin::{self, KNOWN_PRODUCTS, Running, asin_of};
use crate::signals::{
    Backoff, Keepa, Keywords, Limit, Limiters, Market, Paapi, Service, ServiceOptions, Spapi,
    Unified, keepa, spapi,
};
use crate::warehouse::template::Statement;
use anyhow::{Context as _, bail};
use reqwest::Url;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// What the built-in API asks for.
const LOCAL_TOKEN: &str = "local";

/// The built-in API is asked as fast as it goes.
const LOCAL_LIMIT: NonZeroU32 = NonZeroU32::new(60_000_000).expect("not zero");

/// Where answers come from.
pub struct Source {
    provider: Provider,
    /// Values of the provider's variables, in their order.
    secrets: Vec<Secret>,
    limiters: Limiters,
    /// The built-in API, where none is configured.
    local: Option<Running>,
}

impl Source {
    /// The configured service; the built-in one, which is started, where that is wanted, or no unified API is
    /// configured.
    ///
    /// # Errors
    ///
    /// A service whose variables are not set, no port for the built-in one.
    pub async fn open(job: &Asin, selection: &Selection) -> anyhow::Result<Self> {
        let provider = selection.provider;
        let names = provider.secrets(&job.choices);
        let limiters = Limiters::default();
        if !selection.built_in {
            let keys = match provider {
                Provider::Unified => vec!["unified_api_base_url".to_owned()],
                Provider::Spapi => {
                    vec!["services.spapi".to_owned(), "services.spapi_login".to_owned()]
                }
                _ => vec![format!("services.{}", provider.name())],
            };
            keys.iter().try_for_each(|key| job.settings.require(key))?;
        }
        let none =
            provider == Provider::Unified && job.settings.unified_api_base_url.trim().is_empty();
        if selection.built_in || none {
            let token = Some(LOCAL_TOKEN.to_owned());
            let options = standin::Options { token, ..standin::Options::default() };
            let local = Running::start(options).await.context("The built-in API does not start")?;
            let secrets = vec![Secret::new(LOCAL_TOKEN); names.len()];
            return Ok(Self { provider, secrets, limiters, local: Some(local) });
        }
        let value = |name: &&str| job.environment.get(name).map(str::trim).unwrap_or_default();
        let missing: Vec<&str> =
            names.iter().filter(|name| value(name).is_empty()).copied().collect();
        if !missing.is_empty() {
            let are = if missing.len() == 1 { "is" } else { "are" };
            bail!(
                "{} {are} not set: {} asks for it; set it in the environment or in .env, or try the \
                 built-in one with --built-in",
                missing.join(", "),
                address(job, provider)
            );
        }
        let secrets = names.iter().map(|name| Secret::new(value(name))).collect();
        Ok(Self { provider, secrets, limiters, local: None })
    }

    /// The service in each of the job's markets.
    ///
    /// # Errors
    ///
    /// An address that is none, a market that the service does not have, HTTP that cannot be set up.
    pub(super) fn connectors(
        &self,
        job: &Asin,
    ) -> anyhow::Result<BTreeMap<String, Arc<Connector>>> {
        let connector = |site: &String| {
            if !is_asin(site) {
                bail!("{site:?} is no market: give letters and digits");
            }
            Ok((site.clone(), Arc::new(self.connector(job, site)?)))
        };
        job.settings.sites.iter().map(connector).collect()
    }

    fn connector(&self, job: &Asin, site: &str) -> anyhow::Result<Connector> {
        let market = Market::of(site);
        let known = || {
            market.with_context(|| {
                format!("{} has no market {site:?}: leave it out of sites", self.provider.name())
            })
        };
        let address = match &self.local {
            Some(local) => format!("{}{}", local.url(), self.provider.folder()),
            None => address(job, self.provider),
        };
        let address = market.map_or_else(|| address.clone(), |market| market.address(&address));
        let name = self.provider.name();
        let setting = match self.provider {
            Provider::Unified => "unified_api_base_url".to_owned(),
            _ => format!("services.{name}"),
        };
        let service = self.service(job, &setting, &address)?;
        let secret = |at: usize| self.secrets.get(at).cloned().unwrap_or_else(|| Secret::new(""));
        let text = |at: usize| secret(at).expose().to_owned();
        let documented = job.choices.ask_amazon_as_documented;
        Ok(match self.provider {
            Provider::Unified => Connector::Unified(Unified::new(service)),
            Provider::Keepa => {
                let units = match job.choices.keepa_has_its_own_units {
                    true => keepa::Units::KEEPA,
                    false => keepa::Units::UNIX,
                };
                Connector::Keepa(Keepa::new(service, units))
            }
            Provider::Helium10 | Provider::Junglescout => {
                Connector::Keywords(Keywords::new(service))
            }
            Provider::Spapi if documented => {
                let login = match &self.local {
                    Some(_) => address,
                    None => job.settings.service("spapi_login"),
                };
                let login = self.service(job, "services.spapi_login", &login)?;
                let login = spapi::Login::new(login, text(2), secret(1), secret(0));
                let identity = spapi::Identity::Login(Box::new(login));
                Connector::Spapi(Spapi::new(service, known()?, identity))
            }
            Provider::Spapi => {
                let identity = spapi::Identity::RefreshToken;
                Connector::Spapi(Spapi::new(service, known()?, identity))
            }
            Provider::Paapi => {
                let (market, secret_key, access_key) = (known()?, secret(0), text(1));
                let region = market.aws_region();
                let identity = match documented {
                    true => paapi::Identity::Signed(Signer {
                        access_key,
                        secret_key,
                        region,
                        service: SIGNED_AS,
                    }),
                    false => paapi::Identity::InBody { access_key, secret_key },
                };
                Connector::Paapi(Paapi::new(service, market, text(2), identity))
            }
        })
    }

    /// A service behind the limiter of the provider.
    fn service(&self, job: &Asin, setting: &str, address: &str) -> anyhow::Result<Service> {
        let base = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        // What was put in its place may be a key.
        let base =
            base.with_context(|| format!("{setting} is no http or https address: correct it"))?;
        let name = self.provider.name();
        let limit = job.settings.rate_limit(name);
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
            name: name.to_owned(),
            base,
            secrets: self.secrets.clone(),
            timeout: Duration::from_secs_f64(limit.timeout_sec),
            max_attempts: retry.max_attempts,
            backoff: Backoff {
                base: ms(retry.base_delay_ms),
                jitter: ms(retry.jitter_ms),
                max: ms(retry.max_delay_ms),
            },
        };
        let limiter = self.limiters.get(name, &job.settings.ingest.tenant, bucket);
        Service::new(options, limiter)
    }

    /// The products to ask for, in each market.
    ///
    /// # Errors
    ///
    /// None at all, or one that is no part of an address.
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
            let products = job.scope.limit.unwrap_or(KNOWN_PRODUCTS);
            asins = (0..products).map(asin_of).collect();
        }
        asins.truncate(limit);
        if asins.is_empty() {
            bail!("There are no products to ask for: name them with --asin-file");
        }
        for asin in &asins {
            if !is_asin(asin) {
                bail!("{asin:?} is no product: give letters and digits");
            }
        }
        let sites = &job.settings.sites;
        let item = |asin: &String, site: &String| Item { asin: asin.clone(), site: site.clone() };
        Ok(asins.iter().flat_map(|asin| sites.iter().map(move |site| item(asin, site))).collect())
    }

    /// Ends the built-in API.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        if let Some(local) = self.local {
            local.stop().await.context("The built-in API did not end properly")?;
        }
        Ok(())
    }
}

fn address(job: &Asin, provider: Provider) -> String {
    match provider {
        Provider::Unified => job.settings.unified_api_base_url.trim().to_owned(),
        _ => job.settings.service(provider.name()),
    }
}
