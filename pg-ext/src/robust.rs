//! Robust statistics of an array, or (`aggregate`) of a column, and the z-scores (`zscore`) made of
//! them.

mod aggregate;
mod values;
mod zscore;

use pgrx::prelude::*;

#[pg_schema]
mod reco {
    use aim_ext::core::robust::{Scratch, ZScoreOptions, robust_stats, robust_zscores as zscores};
    use pgrx::prelude::*;

    /// Count, median, median and mean absolute deviation of the elements that are neither NULL nor
    /// NaN; no row when there are none.
    #[pg_extern(immutable, strict, parallel_safe, create_or_replace)]
    fn list_robust_stats(
        values: Array<'_, f64>,
    ) -> TableIterator<'static, (name!(n, i64), name!(median, f64), name!(mad, f64), name!(aad, f64))>
    {
        let present: Vec<f64> = values.iter().flatten().collect();
        let stats = robust_stats([&present[..]], &mut Scratch::default());
        TableIterator::new(stats.map(|s| (s.n as i64, s.median, s.mad, s.aad)))
    }

    /// The robust z-score of each element among the others, in order; NULL where there is none.
    #[pg_extern(immutable, strict, parallel_safe, create_or_replace)]
    fn robust_zscores(values: Array<'_, f64>) -> Vec<Option<f64>> {
        let values: Vec<Option<f64>> = values.iter().collect();
        zscores(&values, &ZScoreOptions::default())
    }
}
