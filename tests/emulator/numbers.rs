//! What the runner adds to the time of the services that it uses.

use crate::Case;
use crate::setup::{DAYS, Setup, succeeded};
use anyhow::{Context as _, ensure};
use std::time::{Duration, Instant};

pub(crate) const ALL: &[Case] = &[("numbers::what_the_runner_adds", overhead)];

/// Of a run in the cloud, how long a call or more was under way, and how long none; and how long the same run takes
/// locally, with everything in files.
struct Measured {
    wall: Duration,
    busy: Duration,
    local: Duration,
}

/// Medians of rounds, each after one that does not count.
fn overhead(setup: &mut Setup) -> anyhow::Result<()> {
    let rounds: usize = match std::env::var("AIM_BENCH_ROUNDS") {
        Ok(rounds) => rounds.parse().context("AIM_BENCH_ROUNDS is a number")?,
        Err(_) => 1,
    };
    succeeded(&setup.cloud(DAYS[0]).output()?)?;
    let mut measured = Vec::new();
    for _ in 0..rounds {
        measured.push(measure(setup)?);
    }
    println!("| seconds | run | calls under way | between them | share | locally |");
    println!("|---|---:|---:|---:|---:|---:|");
    measured.sort_by_key(|one| one.wall - one.busy);
    for Measured { wall, busy, local } in &measured {
        ensure!(*busy > Duration::ZERO && busy < wall, "Nothing was measured");
        let [wall, busy, local] = [wall, busy, local].map(Duration::as_secs_f64);
        let own = wall - busy;
        let share = 100.0 * own / busy;
        println!("| aim run | {wall:.2} | {busy:.2} | {own:.2} | {share:.1} % | {local:.2} |");
    }
    Ok(())
}

fn measure(setup: &Setup) -> anyhow::Result<Measured> {
    let mut command = setup.command(DAYS[1]);
    command.env("AIM_LOCAL_ROOT", &setup.local);
    let begun = Instant::now();
    succeeded(&command.output()?)?;
    let local = begun.elapsed();
    let mut command = setup.cloud(DAYS[1]);
    let begun = Instant::now();
    succeeded(&command.output()?)?;
    let wall = begun.elapsed();
    let mut spans = [setup.storage.spans(), setup.bigquery.spans()].concat();
    spans.retain(|[from, _]| *from > begun);
    Ok(Measured { wall, busy: covered(spans), local })
}

/// How long at least one of these was.
fn covered(mut spans: Vec<[Instant; 2]>) -> Duration {
    spans.sort();
    let mut covered = Duration::ZERO;
    let mut end: Option<Instant> = None;
    for [from, to] in spans {
        let from = end.map_or(from, |end| end.max(from));
        covered += to.saturating_duration_since(from);
        end = Some(end.map_or(to, |end| end.max(to)));
    }
    covered
}
