//! The growth job, and the scores of the ASIN pipeline, on two engines, cell by cell.
//!
//! * `fixed`, `original`: every statement of stages 3 and 5 to 9, rendered for BigQuery and executed there, gives the
//!   table that the job wrote with DuckDB;
//! * `oracle`: the same tables of `original`, and the tyre scores, are what `oracle/*.sql` gives on BigQuery: the
//!   rules of the replaced job, written down a second time and without our templates;
//! * `scores`: the statement for the scores of products gives what the engine gives, to the last bit.
//!
//! BigQuery is an emulator that `scripts/bigquery` serves. Input is the sample of two days, and rows that
//! try the rules' edges, from `odd_rows.sql`.

mod bigquery;
mod compare;
mod fields;
mod job;
mod scores;
mod setup;

use compare::Difference;
use libtest_mimic::{Arguments, Failed, Trial};
use setup::{Reference, Setup};
use std::sync::{Arc, Mutex, OnceLock};

fn main() {
    let arguments = Arguments::from_args();
    let setup: Arc<OnceLock<Result<Setup, String>>> = Arc::default();
    let table: Arc<Mutex<Vec<String>>> = Arc::default();
    let trials = Reference::all().into_iter().map(|reference| {
        let (setup, table) = (Arc::clone(&setup), Arc::clone(&table));
        Trial::test(reference.to_string(), move || {
            let setup = setup.get_or_init(|| Setup::new().map_err(|error| format!("{error:#}")));
            let setup = setup.as_ref().map_err(Failed::from)?;
            let difference = setup.compare(reference).map_err(|error| format!("{error:#}"))?;
            let Difference { cells, different, rows } = difference;
            let line = format!("{:<50}{cells:>10}{different:>11}", reference.to_string());
            table.lock().map_err(|_| "another case has panicked")?.push(line);
            if different > 0 {
                return Err(format!("{different} of {cells} cells differ:\n{rows}").into());
            }
            if cells == 0 {
                return Err("nothing was compared".into());
            }
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if let Ok(mut lines) = table.lock()
        && !lines.is_empty()
    {
        lines.sort();
        println!("statement                                    cells compared  different");
        println!("{}\n", lines.join("\n"));
    }
    // Ends the emulator before the process does.
    drop(setup);
    conclusion.exit();
}
