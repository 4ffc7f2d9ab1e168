//! DuckDB's command line, as an analyst uses it.

use anyhow::Context as _;
use libtest_mimic::Failed;
use std::process::Command;

/// What the command line prints for a query: values as CSV, or what it says against it.
fn ask(sql: &str) -> Result<String, Failed> {
    let ask = || -> anyhow::Result<String> {
        let program = std::env::var_os("AIM_TEST_DUCKDB_CLI").context(
            "AIM_TEST_DUCKDB_CLI names no DuckDB command line: run scripts/test, or set it to one",
        )?;
        let load = format!("load '{}'", super::engines::packaged()?.display());
        let output = Command::new(&program)
            .args(["-unsigned", "-csv", "-noheader", "-c", &load, "-c", sql])
            .output()
            .with_context(|| format!("{program:?} does not start"))?;
        let text = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8(text)?.trim().to_owned())
    };
    ask().map_err(|error| format!("{error:#}").into())
}

fn expect(actual: &str, expected: &str) -> Result<(), Failed> {
    if actual.contains(expected) {
        return Ok(());
    }
    Err(format!("expected {expected:?} in {actual:?}").into())
}

/// The scalar functions and the list forms of the aggregates work.
pub(crate) fn scalars() -> Result<(), Failed> {
    let tyres = "select tyre_size('225/40ZR18 92Y').canonical, vehicle_size_repair('AUDIA3', \
                 '225/40R18 92Y').vehicle, tyre_rank('Award', 'A', '69-A', 'Yes', 'A'), tyre_tier(26)";
    expect(&ask(tyres)?, "225/40 R18,AUDIA 3,36.0,2.BETTER TYRE SCORE")?;
    let robust = "select robust_zscore(5, s), s.n from (select list_robust_stats(list(x)) as s from \
                  range(1, 6) t(x))";
    expect(&ask(robust)?, "2.0,5")
}

/// Aggregates are missing, and said to be.
pub(crate) fn no_aggregates() -> Result<(), Failed> {
    expect(&ask("select robust_stats(x) from range(5) t(x)")?, "robust_stats does not exist")
}
