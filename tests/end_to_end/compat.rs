//! `AIM_COMPAT` in both positions: for each mistake of the job that this one replaces, an input on which
//! `fixed` and `original` differ, and how. The other cases of this suite run `fixed`.

mod clicks;
mod dashboards;
mod recommend;
mod scores;
mod segments;
mod sources;

use crate::fixture::{Input, Root};

const SCORES: &str = "nexus_tyrescore.\"TyreScore_algorithm_output\"";

/// What came of it in `fixed`, then in `original`.
type Both<T> = [T; 2];

/// Runs the stages on the input in both positions.
fn both(input: &Input, stages: &str) -> Both<Root> {
    ["fixed", "original"].map(|compat| {
        let root = input.clone().env("AIM_COMPAT", compat).root();
        root.run_with(&["--stage", stages]).ok();
        root
    })
}

/// The rows of a query in both positions.
fn lines(roots: &Both<Root>, query: &str) -> Both<Vec<String>> {
    roots.each_ref().map(|root| root.lines(query))
}

/// That the rows of a query are these in `fixed`, and those in `original`.
#[track_caller]
fn assert_lines(roots: &Both<Root>, query: &str, fixed: &[&str], original: &[&str]) {
    let [in_fixed, in_original] = lines(roots, query);
    assert_eq!(in_fixed, fixed, "fixed");
    assert_eq!(in_original, original, "original");
}
