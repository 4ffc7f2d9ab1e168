//! Jobs: started once, watched until they end. Ids are ours, so that a job whose reply is lost is found
//! again and not started a second time.

use super::JobSettings;
use super::calls::{CallError, Calls, is_transient};
use anyhow::bail;
use gcp_bigquery_client::model::error_proto::ErrorProto;
use gcp_bigquery_client::model::job::Job;
use gcp_bigquery_client::model::job_configuration::JobConfiguration;
use gcp_bigquery_client::model::job_reference::JobReference;
use std::time::Duration;

/// Jobs that are started in place of one that failed for a reason that may pass.
const ATTEMPTS: u32 = 4;

/// Pause before the first look at a job; each further one is half as long again.
const FIRST_LOOK: Duration = Duration::from_millis(200);

/// Longest pause.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// Errors of a job that are shown.
const SHOWN: usize = 5;

/// Nobody knows what became of a job.
#[derive(Debug, thiserror::Error)]
#[error("The job {id} may have run, and may yet: look at it in BigQuery")]
pub struct Unwatched {
    id: String,
    source: CallError,
}

/// Runs a job to its end. `name` is part of its id.
pub(super) async fn run(
    calls: &Calls,
    settings: &JobSettings,
    name: &str,
    mut configuration: JobConfiguration,
) -> anyhow::Result<Job> {
    configuration.labels = Some(settings.labels.clone());
    let mut attempt = 1;
    loop {
        let id = job_id(&settings.id_prefix, name, attempt);
        let job = start(calls, settings, &id, &configuration).await?;
        let job = wait(calls, settings, &id, job).await?;
        let status = job.status.clone().unwrap_or_default();
        let Some(error) = status.error_result else { return Ok(job) };
        let reason = error.reason.clone().unwrap_or_default();
        if !is_transient(&reason) || attempt == ATTEMPTS {
            bail!("The job {id} failed: {}", described(&error, &status.errors.unwrap_or_default()));
        }
        tracing::warn!("The job {id} failed: {}; it is started again", shown(&error));
        tokio::time::sleep(FIRST_LOOK * 4 * attempt).await;
        attempt += 1;
    }
}

async fn start(
    calls: &Calls,
    settings: &JobSettings,
    id: &str,
    configuration: &JobConfiguration,
) -> anyhow::Result<Job> {
    let started = calls.call(format!("The job {id} cannot be started"), async |client| {
        let reference = JobReference {
            job_id: Some(id.to_owned()),
            location: Some(settings.location.clone()),
            project_id: Some(settings.project.clone()),
        };
        let job = Job {
            configuration: Some(configuration.clone()),
            job_reference: Some(reference),
            ..Default::default()
        };
        client.job().insert(&settings.project, job).await
    });
    match started.await {
        // The reply to an earlier request was lost: the id is ours, and so is the job.
        Err(error) if error.is_there_already() => look(calls, settings, id).await,
        Err(error) if error.is_refusal() => Err(error.into()),
        other => Ok(other.map_err(|source| Unwatched { id: id.to_owned(), source })?),
    }
}

async fn wait(
    calls: &Calls,
    settings: &JobSettings,
    id: &str,
    mut job: Job,
) -> anyhow::Result<Job> {
    let mut pause = FIRST_LOOK;
    while job.status.as_ref().and_then(|status| status.state.as_deref()) != Some("DONE") {
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LAST_LOOK);
        job = look(calls, settings, id).await?;
    }
    Ok(job)
}

async fn look(calls: &Calls, settings: &JobSettings, id: &str) -> anyhow::Result<Job> {
    let JobSettings { project, location, .. } = settings;
    let looked = calls.call(format!("The job {id} cannot be watched"), async |client| {
        client.job().get_job(project, id, Some(location)).await
    });
    Ok(looked.await.map_err(|source| Unwatched { id: id.to_owned(), source })?)
}

/// Letters, digits, `_` and `-` only.
fn job_id(prefix: &str, name: &str, attempt: u32) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    format!("{prefix}_{}_{attempt}", name.chars().map(plain).collect::<String>())
}

fn described(error: &ErrorProto, all: &[ErrorProto]) -> String {
    let mut lines = vec![shown(error)];
    lines.extend(
        all.iter().map(shown).filter(|line| *line != lines[0]).take(SHOWN).collect::<Vec<_>>(),
    );
    lines.join("; ")
}

fn shown(error: &ErrorProto) -> String {
    let part = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let parts = [part(&error.reason), part(&error.location), part(&error.message)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain() {
        assert_eq!(job_id("aim_1", "load AIM.aim-x", 2), "aim_1_load_AIM_aim-x_2");
    }

    #[test]
    fn errors_name_the_rows() {
        let error = |reason: &str, message: &str| ErrorProto {
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            ..Default::default()
        };
        let first = error("invalid", "Too many errors");
        let all = [first.clone(), error("invalid", "Row 7 is broken")];
        assert_eq!(described(&first, &all), "invalid, Too many errors; invalid, Row 7 is broken");
    }
}
