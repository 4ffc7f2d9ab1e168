use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use std::time::Instant;

/// The one clock of a run: `now` is read, or given, once.
#[derive(Debug, Clone)]
pub struct Clock {
    now: Timestamp,
    /// How far the run's time is ahead of the system's.
    ahead: SignedDuration,
    /// The run's time when this process began.
    origin: Timestamp,
    started: Instant,
}

impl Clock {
    /// The system's clock, or a run that believes it began at `now`.
    pub fn new(now: Option<Timestamp>) -> Self {
        let system = Timestamp::now();
        let now = now.unwrap_or(system);
        Self { now, ahead: now.duration_since(system), origin: now, started: Instant::now() }
    }

    /// The clock of a run that another process began at `now`, `ahead` of the system's time.
    pub fn resumed(now: Timestamp, ahead: SignedDuration) -> Self {
        let origin = Timestamp::now().checked_add(ahead).unwrap_or(now);
        Self { now, ahead, origin, started: Instant::now() }
    }

    /// When the run began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How far the run's time is ahead of the system's; zero unless `now` was given.
    pub fn ahead(&self) -> SignedDuration {
        self.ahead
    }

    /// The time of this moment: the beginning and what has passed since.
    pub fn elapsed_to(&self) -> Timestamp {
        self.origin.checked_add(self.started.elapsed()).unwrap_or(self.origin)
    }

    /// How long this process has been at it.
    pub fn elapsed(&self) -> std::time::Duration {
        self.started.elapsed()
    }

    /// The run's id: its beginning in UTC, `20260315_071500`.
    pub fn run_id(&self) -> String {
        self.now.strftime("%Y%m%d_%H%M%S").to_string()
    }

    /// The date of the beginning in UTC.
    pub fn today_utc(&self) -> Date {
        TimeZone::UTC.to_datetime(self.now).date()
    }

    /// The date of the beginning in London, whose shops the reports are about.
    ///
    /// # Errors
    ///
    /// When the compiled-in zone data is broken.
    pub fn today_london(&self) -> anyhow::Result<Date> {
        Ok(TimeZone::get("Europe/London")?.to_datetime(self.now).date())
    }
}

/// ISO 8601 with microseconds and zone, `2026-03-15T07:15:00.120000+00:00`.
pub(super) fn iso(timestamp: Timestamp) -> String {
    timestamp.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_at_different_times() {
        let now = "2026-07-01T23:30:00Z".parse().expect("a timestamp");
        let clock = Clock::new(Some(now));
        assert_eq!(clock.run_id(), "20260701_233000");
        assert_eq!(clock.today_utc().to_string(), "2026-07-01");
        assert_eq!(clock.today_london().expect("zone data").to_string(), "2026-07-02");
    }

    #[test]
    fn a_resumed_run_goes_on_with_its_time() {
        let now: Timestamp = "2020-01-01T00:00:00Z".parse().expect("a timestamp");
        let first = Clock::new(Some(now));
        let resumed = Clock::resumed(now, first.ahead());
        assert_eq!((resumed.now(), resumed.run_id()), (now, first.run_id()));
        assert!(resumed.elapsed_to() >= now);
        assert!(resumed.elapsed_to().duration_since(now).as_secs() < 60);
        assert_eq!(Clock::new(None).ahead(), SignedDuration::ZERO);
    }

    #[test]
    fn iso_has_microseconds_and_zone() {
        let now: Timestamp = "2026-03-15T07:15:00.12Z".parse().expect("a timestamp");
        assert_eq!(iso(now), "2026-03-15T07:15:00.120000+00:00");
    }
}
