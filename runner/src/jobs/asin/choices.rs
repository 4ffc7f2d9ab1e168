//! What `AIM_COMPAT` decides in this job, choice by choice. Stages and templates take the choices, never
//! the mode: `fixed` has all of them, `original` none.
//!
//! Otherwise both are the same. In particular `original` does not bring back
//!
//! * what had no defined result: arbitrary rows among equals (D-ETL-2) have a total order;
//! * how failures were passed over or ended a run: cells that are no date or number (D-ETL-6) are counted;
//!   one failing product (D-ING-2) is a dead letter;
//! * `NaN` inside JSON (D-SCO-5): it is `null`;
//! * groups named by the hash of a process (D-LAB-2): without a day they are another hash, which stays;
//! * what could not be trained at all, or another model each time (D-TRN-1 to D-TRN-6): features come out of their
//!   vectors, rows stand in the order of their groups, the seed is fixed, the parts follow in time;
//! * the order of equals (D-MET-2), which had none.

use crate::config::Compat;
use minijinja::value::{Serde, Value};
use serde::Serialize;

/// Where the pipeline that this one replaces was wrong, and what happens instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choices {
    /// Amazon's services are asked as Amazon says: with a token that is changed for the refresh token, and with
    /// signatures (the refresh token itself was sent, and the keys inside the body).
    pub ask_amazon_as_documented: bool,
    /// Keepa's minutes begin with 2011, and its ratings are tenths (D-ING-12: minutes of Unix, and hundredths).
    pub keepa_has_its_own_units: bool,
    /// Rows without a time of ingestion are the oldest of their key (D-ETL-1: they won).
    pub timeless_rows_lose: bool,
    /// Rows are of one day when their dates are, in UTC (D-ETL-3, D-ETL-4: two spellings were two days, and
    /// midnight was local).
    pub normalise_days: bool,
    /// Infinite prices are invalid (D-ETL-7: they passed).
    pub finite_prices: bool,
    /// Missing data of a listing counts as nothing (D-FEA-2: flags counted as true, numbers made the quality
    /// unknown).
    pub missing_listing_is_zero: bool,
    /// Features carry the category, and how much of a listing is missing (D-FEA-3: the score had no category).
    pub carry_category: bool,
    /// The sign of its weight says what price volatility does (D-SCO-1: it was negated twice).
    pub weights_have_the_sign: bool,
    /// Groups whose middle is constant are measured by their mean deviation (D-SCO-2: by 1e-9).
    pub mean_deviation_for_zero_mad: bool,
    /// Each day is scored by itself (D-SCO-3: all days of a file were one group).
    pub score_by_day: bool,
    /// A missing metric counts nothing and is named (D-SCO-4: it took the score away).
    pub missing_metric_is_zero: bool,
    /// Scores need categories (D-SCO-6: a whole site was one category without notice).
    pub require_category: bool,
    /// Coverage is that of each series (D-VAL-1: of the pooled rows).
    pub coverage_by_series: bool,
    /// Validation judges missing days, repeated rows and invalid prices and ranks too (columns and coverage only).
    pub judge_rows: bool,
    /// Candidates keep their rows where the product or its mart row is unknown (D-STO-3: they were left out).
    pub keep_unknown_products: bool,
    /// Paths of categories are joined with `>` (D-LAB-7: they were the text of an array).
    pub paths_are_joined: bool,
    /// Feature vectors are JSON, with whole numbers as they are (D-LAB-10: without a feature they were the text NaN,
    /// and whole numbers turned into decimals where a day had no features).
    pub vectors_are_json: bool,
    /// Orders are the sales where they are given, by day, and none is 0 (D-LAB-6: they took away the sales that
    /// the mart has, and those with a time of day were lost).
    pub orders_replace_sales: bool,
    /// Ranking samples have a relevance in whole numbers, the best seller's the greatest (D-LAB-1: their target
    /// falls as sales rise, and no ranker takes fractions).
    pub relevance_of_ranks: bool,
    /// Only products of one day compete (D-LAB-2: groups had no day, and another number in each process).
    pub groups_have_a_day: bool,
    /// Samples whose future reaches into the next part are set aside (D-LAB-5: they told it).
    pub purge_between_parts: bool,
    /// Price bands are those of the days to learn from, named by what they span (D-LAB-7: of all days, and
    /// misnamed where edges met).
    pub bands_of_train_days: bool,
    /// The best order is that of the whole group (D-MET-1: of the places that count, so that it was too easy).
    pub ideal_of_the_group: bool,
    /// F1 of a classifier that hits nothing is 0 (D-MET-3: unknown).
    pub f1_of_nothing_is_zero: bool,
    /// Rows without a group get one of site and category (D-INF-1: they could not be predicted).
    pub build_missing_groups: bool,
    /// Each day is ranked by itself, equal scores by product (D-INF-2: days were mixed, by the order of rows).
    pub rank_by_day: bool,
    /// A version that is registered into Staging or Production is checked as if it were promoted (D-INF-4: it
    /// was not, and two stood there).
    pub check_registrations: bool,
    /// The report of a week is due until it is done (D-REP-1: on one day of the week only).
    pub reports_are_due_until_done: bool,
}

impl Choices {
    /// The choices of a mode.
    pub fn of(compat: Compat) -> Self {
        let fixed = compat == Compat::Fixed;
        Self {
            ask_amazon_as_documented: fixed,
            keepa_has_its_own_units: fixed,
            timeless_rows_lose: fixed,
            normalise_days: fixed,
            finite_prices: fixed,
            missing_listing_is_zero: fixed,
            carry_category: fixed,
            weights_have_the_sign: fixed,
            mean_deviation_for_zero_mad: fixed,
            score_by_day: fixed,
            missing_metric_is_zero: fixed,
            require_category: fixed,
            coverage_by_series: fixed,
            judge_rows: fixed,
            keep_unknown_products: fixed,
            paths_are_joined: fixed,
            vectors_are_json: fixed,
            orders_replace_sales: fixed,
            relevance_of_ranks: fixed,
            groups_have_a_day: fixed,
            purge_between_parts: fixed,
            bands_of_train_days: fixed,
            ideal_of_the_group: fixed,
            f1_of_nothing_is_zero: fixed,
            build_missing_groups: fixed,
            rank_by_day: fixed,
            check_registrations: fixed,
            reports_are_due_until_done: fixed,
        }
    }
}

impl From<Choices> for Value {
    fn from(choices: Choices) -> Self {
        Serde(choices).into()
    }
}
