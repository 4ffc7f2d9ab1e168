//! The robust z-score of a value, given the statistics of its group.

use aim_ext::core::robust::{RobustStats, ZScoreOptions};
use pgrx::heap_tuple::PgHeapTuple;
use pgrx::prelude::*;
use std::num::NonZeroUsize;

#[pg_schema]
mod reco {
    use super::*;

    /// The robust z-score of `x`: (x − median) / mad, divided by `scale`, bounded to ±`clip` unless
    /// that is NULL. Where the mad is zero, `zero_mad` takes the mean deviation (`mean_deviation`) or
    /// 1e-9 (`epsilon`). NULL where `x` or a statistic is missing.
    #[pg_extern(immutable, parallel_safe, create_or_replace)]
    fn robust_zscore(
        x: Option<f64>,
        stats: Option<pgrx::composite_type!("reco.robust_statistics")>,
        scale: default!(Option<f64>, "1"),
        clip: default!(Option<f64>, "NULL"),
        zero_mad: default!(Option<&str>, "'mean_deviation'"),
    ) -> Option<f64> {
        let options = ZScoreOptions::new(scale, clip, zero_mad)
            .unwrap_or_else(|error| crate::refuse(error.to_string()));
        aim_ext::core::robust::robust_zscore(x?, &read(&stats?)?, &options)
    }
}

/// The statistics in a row of `reco.robust_statistics`; `None` where one that a z-score needs is NULL.
fn read<A: pgrx::WhoAllocated>(row: &PgHeapTuple<'_, A>) -> Option<RobustStats> {
    let field = |at: usize| {
        let at = NonZeroUsize::new(at)?;
        row.get_by_index(at).unwrap_or_else(|error| {
            crate::refuse(format!("The type reco.robust_statistics was altered: {error}"))
        })
    };
    Some(RobustStats { n: 0, median: field(2)?, mad: field(3)?, aad: field(4)? })
}
