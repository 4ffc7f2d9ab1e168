//! Tail probabilities of z-scores.

use pgrx::prelude::*;

#[pg_schema]
mod reco {
    use aim_ext::core::tail::{Tail, tail_probability as probability};
    use pgrx::prelude::*;

    /// How likely a value as extreme as `z` is under Student's t distribution with `df` degrees of
    /// freedom, the normal one for NULL; `tail` is `two`, `upper` or `lower`. NULL for no `z`.
    #[pg_extern(immutable, parallel_safe, create_or_replace)]
    fn tail_probability(
        z: Option<f64>,
        df: default!(Option<f64>, "NULL"),
        tail: default!(Option<&str>, "'two'"),
    ) -> Option<f64> {
        let tail = tail.map_or(Ok(Tail::default()), str::parse);
        let result = tail.and_then(|tail| {
            z.map_or(Ok(None), |z| probability(z, df.unwrap_or(f64::INFINITY), tail))
        });
        match result {
            Ok(p) => p,
            Err(error) => crate::refuse(error.to_string()),
        }
    }
}
