//! Who gets the report: everybody once, whoever else could not be told.

use super::super::Asin;
use super::super::alerts::email::{Attached, Mailer, mailbox};
use super::Report;
use super::due::State;
use crate::runtime::Runtime;
use anyhow::{Context as _, bail};
use std::fs;
use std::path::Path;

/// What became of a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The address.
    pub to: String,
    /// Whether it went out now; not if it did before.
    pub sent: bool,
    /// Why it did not.
    pub error: Option<String>,
}

/// Sends workbook and PDF to `report.to`, if `send`, each receiver by itself, and notes who got it. A week that was
/// `scheduled` is done when everybody got it who should.
///
/// # Errors
///
/// No receivers, no mail server, an address that is none, a state that cannot be written.
pub fn deliver(
    job: &Asin,
    runtime: &Runtime,
    report: &Report,
    send: bool,
    scheduled: bool,
) -> anyhow::Result<Vec<Delivery>> {
    let mut state = State::load(&job.store)?;
    let mut deliveries = Vec::new();
    if send {
        let receivers = &job.settings.report.to;
        if receivers.is_empty() {
            bail!("report.to names nobody to send the report to: name receivers");
        }
        job.settings.require("report")?;
        job.settings.require("alerts.email")?;
        let mailer = Mailer::new(&job.settings.alerts.email, &job.environment)?
            .context("alerts.email.smtp_url is empty: the report needs a mail server")?;
        let sheets = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        let files =
            [attached(&report.workbook, sheets)?, attached(&report.pdf, "application/pdf")?];
        let subject = format!("ASIN pipeline: week until {}", report.day);
        for address in receivers {
            let to = mailbox("report.to", address)?;
            let mut delivery = Delivery { to: to.email.to_string(), sent: false, error: None };
            if !state.week(report.day).told.contains(&delivery.to) {
                let text = format!("{subject}: candidates, category deltas and anomalies.\n");
                // A receiver who is refused must not keep the others from the report.
                let sent = runtime
                    .block_on(async { Ok(mailer.send(&to, &subject, text, &files).await) })?;
                match sent {
                    Ok(()) => {
                        delivery.sent = true;
                        state.week(report.day).told.insert(delivery.to.clone());
                        state.save(&job.store)?;
                    }
                    Err(error) => delivery.error = Some(format!("{error:#}")),
                }
            }
            deliveries.push(delivery);
        }
    }
    if scheduled && deliveries.iter().all(|delivery| delivery.error.is_none()) {
        state.week(report.day).done = true;
        state.save(&job.store)?;
    }
    Ok(deliveries)
}

fn attached(file: &Path, kind: &'static str) -> anyhow::Result<Attached> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let content = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(Attached { name, kind, content })
}
