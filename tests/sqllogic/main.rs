//! The SQL functions, as SQL: every `.slt` file and every example runs on every engine there is.
//!
//! * `in_process`: the functions as the runner registers them;
//! * `loaded`: an engine that loads the packaged file, `AIM_EXT`;
//! * `python_<release>`: DuckDB's Python package of that release, below `AIM_TEST_DUCKDB`, loading that
//!   file. `tests/engines` pins the releases.
//!
//! DuckDB before 2.0 would crash on aggregates: there they are missing, and files named
//! `…_aggregates.slt` do not run. The command line of such a release, `AIM_TEST_DUCKDB_CLI`, is tried too.
//!
//! `--matrix [RELEASE…]` prints what works where instead, as a Markdown table.

mod command_line;
mod engines;
mod suite;

use engines::Engine;
use libtest_mimic::{Arguments, Trial};

fn main() {
    let mut matrix = std::env::args().skip_while(|argument| argument != "--matrix");
    if matrix.next().is_some() {
        print!("{}", suite::matrix(matrix.collect()));
        return;
    }
    let arguments = Arguments::from_args();
    let engines = Engine::all()
        .into_iter()
        .map(|engine| Trial::test(engine.name(), move || Ok(suite::run(&engine)?.into_result()?)));
    let mut trials: Vec<Trial> = engines.collect();
    trials.push(Trial::test("command_line::scalars", command_line::scalars));
    trials.push(Trial::test("command_line::no_aggregates", command_line::no_aggregates));
    libtest_mimic::run(&arguments, trials).exit();
}
