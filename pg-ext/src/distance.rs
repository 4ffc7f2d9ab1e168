//! Distance on the globe, without PostGIS.

use pgrx::prelude::*;

/// Diameter of the sphere that stands in for the Earth, in metres; at most 0.6 % from a geodesic.
const EARTH_DIAMETER_M: f64 = 12_742_000.0;

#[pg_schema]
mod reco {
    use super::*;

    /// Great-circle distance in metres between two places given in degrees. NULL in, NULL out.
    #[pg_extern(immutable, strict, parallel_safe, create_or_replace)]
    fn haversine_m(lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
        let half_sine_squared = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let parallels = lat1.to_radians().cos() * lat2.to_radians().cos();
        let h = half_sine_squared(lat2 - lat1) + parallels * half_sine_squared(lon2 - lon1);
        // Rounding can lift h above 1 between antipodes, where the arc sine would be NaN.
        EARTH_DIAMETER_M * h.min(1.0).sqrt().asin()
    }
}
