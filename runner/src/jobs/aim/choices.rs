//! What `AIM_COMPAT` decides in this job, choice by choice. Stages and templates take the choices, never
//! the mode: `fixed` has all of them, `original` none.
//!
//! Otherwise both are the same. In particular `original` does not bring back
//!
//! * what had no defined result: arbitrary choices among equals (D-08) have a total order, blank runlist
//!   cells are left out (D-10), columns of numbers are texts (D-12), answers of another length are failed
//!   batches (D-16);
//! * how failures were passed over: missing files, broken settings, numbers that are none (D-03, D-21, D-23,
//!   D-30, D-48) are refused, or counted and kept aside;
//! * vehicles and sizes as the language model of an older service spelled them, and `PER_SEGMENT` as the mode
//!   unless told (parts of D-14): that service is gone;
//! * ` GLOBAL ` with blanks as another mode than `GLOBAL` (part of D-22): it could only fail;
//! * candidates that were looked up without the vehicle (D-41): that is the service's affair.

use crate::config::Compat;
use minijinja::value::{Serde, Value};
use serde::Serialize;

/// Where the job that this one replaces lost or mixed up data, and what happens instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choices {
    /// The first line of a source file is data as well (D-01: it was lost).
    pub keep_first_row: bool,
    /// The newest of several source files is read (D-05: the first by name, which is the oldest, and
    /// `OldTyreScore.csv` was a name as well).
    pub newest_source: bool,
    /// The size file is written after the override file (D-02: it was made of the previous run's).
    pub size_file_last: bool,
    /// Rows that hold a key twice count once (D-07: they multiplied the rows that met them).
    pub one_row_per_key: bool,
    /// Vehicles are compared without blanks on both sides (D-06: models with a blank met no clicks).
    pub vehicles_without_blanks: bool,
    /// A click-stream rate of 1 % or more stays (D-09: it became 0.14).
    pub keep_high_rates: bool,
    /// A previous price of 0 is none (D-47: new products fluctuated by up to 2).
    pub zero_is_no_price: bool,
    /// Capitals before the rim that the comparable part of a size may have: 2 (D-49: 1, which mixes
    /// the rims of `ZR` sizes).
    pub size_part_letters: u8,
    /// The runlist is trimmed, and sorted by rank (D-11: taken as it stood).
    pub sort_runlist: bool,
    /// Only CAMs with products get into the recommendations, and too few of them fail the run (D-13:
    /// the others became rows, D-28: which could hide good ones).
    pub successes_only: bool,
    /// Only ids of seven or eight digits get into CAM_SKU (D-13: the word Error did).
    pub product_ids_only: bool,
    /// Flotation sizes, decimal rims and commercial tyres are recognised (D-46: they were cut).
    pub extended_sizes: bool,
    /// Tokens of an answer of the retry pass count once (D-17: once per CAM in it).
    pub count_usage_once: bool,
    /// Segments that are named are asked for (D-14: only those that a page of the service lists, which the
    /// newest service does not have).
    pub segments_by_name: bool,
    /// The last page of a segment asks for what is left (D-24: for a whole page).
    pub last_page_is_short: bool,
    /// Pages are asked for with the wanted model and season too (D-25: with the brand only).
    pub pages_have_wishes: bool,
    /// Pages that failed count as failures (D-04: they were as if they were empty).
    pub count_failed_pages: bool,
    /// CAM_SKU rows without a time are the oldest (D-31: they were never updated).
    pub update_timeless: bool,
    /// Vehicles without a mapping stay out of the analysis table (D-33: all of one size were a row).
    pub mapped_only: bool,
    /// CAMs have one normal form (D-34: there were three, and manual ones with a dash never matched
    /// in the analysis table).
    pub one_cam_form: bool,
    /// Manual CAMs are found in the token fact (D-35: capitals were dropped from what they were
    /// compared with).
    pub find_manual_tokens: bool,
    /// Lines of one product in one order are added up (D-37: only one counted).
    pub add_up_lines: bool,
    /// A second run on a day replaces the first one's rows (D-42: it doubled them).
    pub replace_day: bool,
}

impl Choices {
    /// The choices of a mode.
    pub fn of(compat: Compat) -> Self {
        let fixed = compat == Compat::Fixed;
        Self {
            keep_first_row: fixed,
            newest_source: fixed,
            size_file_last: fixed,
            one_row_per_key: fixed,
            vehicles_without_blanks: fixed,
            keep_high_rates: fixed,
            zero_is_no_price: fixed,
            size_part_letters: if fixed { 2 } else { 1 },
            sort_runlist: fixed,
            successes_only: fixed,
            product_ids_only: fixed,
            extended_sizes: fixed,
            count_usage_once: fixed,
            segments_by_name: fixed,
            last_page_is_short: fixed,
            pages_have_wishes: fixed,
            count_failed_pages: fixed,
            update_timeless: fixed,
            mapped_only: fixed,
            one_cam_form: fixed,
            find_manual_tokens: fixed,
            add_up_lines: fixed,
            replace_day: fixed,
        }
    }
}

impl From<Choices> for Value {
    fn from(choices: Choices) -> Self {
        Serde(choices).into()
    }
}
