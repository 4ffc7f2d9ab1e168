//! Views brought up to date, each after what it reads.

use crate::config::reco::{RecoConfig, View, load_order};
use crate::serving::Connector;
use crate::serving::view::{RefreshOptions, Refreshed, refresh};
use futures_util::stream::{self, StreamExt as _};

/// A view's name, and what came of it.
pub type Outcome = (String, anyhow::Result<Refreshed>);

/// Brings views up to date, `parallel` at a time; those that read another view come after it. A view
/// that fails does not keep others from being tried, unless they read it.
///
/// # Errors
///
/// When views read each other in a circle.
pub async fn materialize(
    config: &RecoConfig,
    connector: &Connector,
    views: &[View],
    parallel: usize,
    run_id: &str,
    options: &RefreshOptions,
) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for level in load_order(views, &config.definitions)? {
        let failed: Vec<String> = outcomes
            .iter()
            .filter(|(_, result)| result.is_err())
            .map(|(name, _)| name.clone())
            .collect();
        let refreshes = level.into_iter().map(|view| {
            let failed = &failed;
            async move {
                if failed.contains(&view.from) {
                    let error = anyhow::anyhow!(
                        "{} was not built, because {} failed",
                        view.name,
                        view.from
                    );
                    return (view.name.clone(), Err(error));
                }
                let refreshed =
                    refresh(connector, &config.definitions, view, run_id, options).await;
                (view.name.clone(), refreshed)
            }
        });
        let done: Vec<Outcome> =
            stream::iter(refreshes).buffer_unordered(parallel.max(1)).collect().await;
        outcomes.extend(done);
    }
    Ok(outcomes)
}
