//! Whether somebody should look: what is checked, what is said, and to whom.

mod channel;
mod checks;
pub(super) mod email;
mod state;

pub use channel::Channel;
pub use checks::{Alert, Inputs, Severity};

use super::Asin;
use crate::runtime::Runtime;
use state::State;

/// What became of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its name.
    pub channel: String,
    /// Alerts that it got now.
    pub sent: usize,
    /// Why it did not get them.
    pub error: Option<String>,
}

/// What was found, and who was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// All alerts.
    pub alerts: Vec<Alert>,
    /// One for each channel that is configured.
    pub deliveries: Vec<Delivery>,
}

/// Checks, and tells every channel what it was not told before. Each channel has its own retries and its own
/// memory: one that fails is asked again next time, the others are left in peace (D-REP-1: all were told again).
/// Nothing is sent, and nothing remembered, in a dry run.
///
/// # Errors
///
/// Inputs that cannot be read, channels whose address is none.
pub fn run(
    job: &Asin,
    runtime: &Runtime,
    inputs: &Inputs,
    dry_run: bool,
) -> anyhow::Result<Outcome> {
    let channels = Channel::configured(job)?;
    let alerts = checks::run(job, inputs)?;
    let day = job.scope.date.unwrap_or_else(|| job.clock.today_utc());
    let mut state = State::load(&job.store, day)?;
    let mut deliveries = Vec::new();
    for channel in &channels {
        let name = channel.name();
        let new: Vec<&Alert> =
            alerts.iter().filter(|alert| !state.knows(&name, &alert.key())).collect();
        let mut delivery = Delivery { channel: name.clone(), sent: 0, error: None };
        if !new.is_empty() && !dry_run {
            // The error of a channel must not keep the others from being told.
            let sent = runtime.block_on(async { Ok(channel.send(&new).await) })?;
            match sent {
                Ok(()) => {
                    delivery.sent = new.len();
                    state.note(&name, new.iter().map(|alert| alert.key()));
                    state.save(&job.store)?;
                }
                Err(error) => delivery.error = Some(format!("{error:#}")),
            }
        }
        deliveries.push(delivery);
    }
    Ok(Outcome { alerts, deliveries })
}
