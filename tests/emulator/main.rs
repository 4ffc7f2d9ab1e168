//! The jobs in the cloud, against emulators of BigQuery and Cloud Storage.
//!
//! * `tables::*`: two days of the job with input and results in the cloud leave the tables that the same
//!   days leave locally, cell by cell;
//! * `bucket::*`: what a bucket gets and gives back;
//! * `asin::*`: the ASIN pipeline, with its tables in BigQuery;
//! * `exports::*`: the recommendation export, from BigQuery to PostgreSQL;
//! * `faults::*`: calls go wrong: the tables are the same, or as they were, with an error that says why;
//! * `parameters::*`: values go to BigQuery beside the SQL;
//! * `identity::*`: secrets come from where they are kept, and appear nowhere else; the Waves service hears who
//!   asks;
//! * `readers`: Google's own Python clients read what was written;
//! * `numbers::*`: measured for `scripts/bench cloud`, and only then.
//!
//! The emulators are served by `scripts/bigquery`; `proxy.rs` stands before them.

mod asin;
mod bucket;
mod cases;
#[path = "../parity/compare.rs"]
mod compare;
mod exports;
mod faults;
#[path = "../parity/fields.rs"]
mod fields;
mod identity;
mod numbers;
mod parameters;
mod peers;
#[path = "../reco/fixture/postgres.rs"]
#[allow(clippy::panic, clippy::unwrap_used, reason = "another suite's, whose cases may fail so")]
#[allow(dead_code, reason = "another suite's server, of which this one needs less")]
mod postgres;
mod proxy;
mod setup;

use libtest_mimic::{Arguments, Failed, Trial};
use setup::Setup;
use std::sync::{Arc, Mutex, OnceLock};

type Shared = Arc<OnceLock<Result<Mutex<Setup>, String>>>;

/// A case and its name.
type Case = (&'static str, fn(&mut Setup) -> anyhow::Result<()>);

fn main() {
    let mut arguments = Arguments::from_args();
    // They share the emulators, and some of them change what is there.
    arguments.test_threads = Some(1);
    let setup: Shared = Arc::default();
    let measured = numbers::ALL.iter().map(|case| (case, true));
    let trials = cases::ALL
        .iter()
        .chain(identity::ALL)
        .chain(bucket::ALL)
        .chain(parameters::ALL)
        .chain(exports::ALL)
        .chain(asin::ALL)
        .map(|case| (case, false))
        .chain(measured)
        .map(|((name, case), ignored): (&Case, bool)| {
            let (setup, case) = (Arc::clone(&setup), *case);
            let trial = Trial::test(*name, move || {
                let made = || Setup::new().map(Mutex::new).map_err(|error| format!("{error:#}"));
                let setup = setup.get_or_init(made).as_ref().map_err(Failed::from)?;
                // A case that failed says so itself; the others still have their say.
                let mut setup = setup.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                case(&mut setup).map_err(|error| Failed::from(format!("{error:#}")))
            });
            trial.with_ignored_flag(ignored)
        });
    let trials = trials.collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Ends the emulators before the process does.
    drop(setup);
    conclusion.exit();
}
