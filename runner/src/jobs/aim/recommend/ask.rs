//! The service that answers, or the stand-in in its place, and what is asked of it.

use super::replies::Replies;
use crate::cloud::ServiceIdentity;
use crate::config::WavesConfig;
use crate::context::Context;
use crate::jobs::aim::Choices;
use crate::jobs::aim::runlist::ListedCams;
use crate::secret::Secret;
use crate::waves::{
    self, Client, ClientConfig, Engine, Options, RunOptions, Running, SegmentOptions, Standin,
    Summary,
};
use anyhow::bail;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Asks for the runlist's CAMs; their results are in `file` when it returns.
pub(super) fn runlist(
    context: &mut Context<'_>,
    cams: usize,
    file: &Path,
) -> anyhow::Result<Summary> {
    let engine = standin_engine(context)?;
    let waves = &context.config.waves;
    let options = RunOptions {
        batch_size: waves.batch_size,
        run_id: format!("global_{}", context.run_id),
        concurrency: waves.concurrency,
        count_usage_once: Choices::of(context.config.compat).count_usage_once,
    };
    let batches = cams.div_ceil(waves.batch_size);
    let mut replies = Replies::create(
        file,
        batches,
        &context.run_id,
        &context.store,
        &mut context.batches,
        &mut context.log.status,
    )?;
    let listed = ListedCams::new(&context.warehouse, cams);
    let summary = context.runtime.block_on(async {
        let service = Service::connect(waves, engine).await?;
        let (client, params) = (&service.client, &waves.params);
        let summary = waves::run_global(client, &listed, params, &options, &mut replies).await?;
        service.close().await?;
        anyhow::Ok(summary)
    })?;
    replies.finish()?;
    Ok(summary)
}

/// Asks for the pages of the segments; their results are in `file` when it returns.
pub(super) fn segments(context: &mut Context<'_>, file: &Path) -> anyhow::Result<Summary> {
    let engine = standin_engine(context)?;
    let (waves, segments) = (&context.config.waves, &context.config.segments);
    let choices = Choices::of(context.config.compat);
    let options = SegmentOptions {
        run_id: context.run_id.clone(),
        segments: segments.only.clone(),
        page_size: segments.page_size,
        total_per_segment: segments.total,
        parallel_segments: segments.parallel,
        requests_per_segment: segments.requests,
        only_listed: !choices.segments_by_name,
        whole_pages: !choices.last_page_is_short,
        send_all_wishes: choices.pages_have_wishes,
        count_failed: choices.count_failed_pages,
    };
    let mut replies = Replies::create(
        file,
        0,
        &context.run_id,
        &context.store,
        &mut context.batches,
        &mut context.log.status,
    )?;
    let summary = context.runtime.block_on(async {
        let service = Service::connect(waves, engine).await?;
        let (client, params) = (&service.client, &waves.params);
        let summary = waves::run_segments(client, params, &options, &mut replies).await?;
        service.close().await?;
        anyhow::Ok(summary)
    })?;
    replies.finish()?;
    Ok(summary)
}

/// What the stand-in recommends from, where no service is named.
fn standin_engine(context: &Context<'_>) -> anyhow::Result<Option<Arc<Engine>>> {
    if context.config.waves.url.is_some() {
        return Ok(None);
    }
    tracing::info!("No AIM_WAVES_URL: the built-in stand-in answers");
    Ok(Some(Arc::new(Engine::load(context.warehouse.connection())?)))
}

/// A client, and the stand-in it speaks to, if it does.
pub(in crate::jobs::aim) struct Service {
    pub(in crate::jobs::aim) client: Client,
    standin: Option<Running>,
}

impl Service {
    /// Connects to the service of the settings, or to a stand-in of its own.
    pub(in crate::jobs::aim) async fn connect(
        waves: &WavesConfig,
        engine: Option<Arc<Engine>>,
    ) -> anyhow::Result<Self> {
        let (standin, url, password) = match (engine, &waves.url, &waves.password) {
            (Some(engine), ..) => {
                let password = Secret::new(format!("{:x}", RandomState::new().hash_one(())));
                let options = Options { password: Some(password.clone()), ..Options::default() };
                let running = Standin::start(engine, options).await?;
                let url = running.url();
                (Some(running), url, password)
            }
            (None, Some(url), Some(password)) => (None, url.clone(), password.clone()),
            _ => bail!("AIM_SERVICE_PASSWORD is not set: the Waves service asks for it"),
        };
        let timeout = Duration::from_secs(waves.timeout_s);
        let identity = match &waves.url {
            Some(url) if waves.sends_identity => Some(ServiceIdentity::of_application(url)?),
            _ => None,
        };
        let config = ClientConfig { timeout, identity, ..ClientConfig::new(url, password) };
        let client = Client::connect(config).await?.listen(|event| tracing::info!("{event:?}"));
        Ok(Self { client, standin })
    }

    /// Ends the stand-in.
    pub(in crate::jobs::aim) async fn close(self) -> anyhow::Result<()> {
        if let Some(standin) = self.standin {
            standin.stop().await?;
        }
        Ok(())
    }
}
