//! Distance on the globe, without PostGIS.

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

/// Radius of the sphere that stands in for the Earth, in metres; at most 0.6 % from a geodesic.
const EARTH_RADIUS_M: f64 = 6_371_000.0;

#[pg_schema]
mod reco {
    use super::*;

    /// Great-circle distance in metres between two places given in degrees. NULL in, NULL out.
    #[pg_extern(immutable, strict, parallel_safe)]
    fn distance_m(lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
        for (name, longitude) in [("lon1", lon1), ("lon2", lon2)] {
            ensure_within(name, longitude, 180);
        }
        for (name, latitude) in [("lat1", lat1), ("lat2", lat2)] {
            ensure_within(name, latitude, 90);
        }
        haversine_m(lon1, lat1, lon2, lat2)
    }
}

/// Raises an error for what is no coordinate; NaN is none.
fn ensure_within(name: &str, degrees: f64, bound: u8) {
    if degrees.abs() <= f64::from(bound) {
        return;
    }
    ErrorReport::new(
        PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
        format!("Coordinate {name} is {degrees}, outside -{bound} to {bound} degrees"),
        "distance_m",
    )
    .set_hint("Arguments come as longitude, latitude, longitude, latitude.")
    .report(PgLogLevel::ERROR);
}

/// The haversine form: exact at distance 0, where the law of cosines loses all digits; between
/// antipodes right to half a metre.
fn haversine_m(lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
    let half_sine_squared = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let parallels = lat1.to_radians().cos() * lat2.to_radians().cos();
    let h = half_sine_squared(lat2 - lat1) + parallels * half_sine_squared(lon2 - lon1);
    // Rounding can lift h above 1 between antipodes, where the root would be NaN.
    let h = h.min(1.0);
    2.0 * EARTH_RADIUS_M * h.sqrt().atan2((1.0 - h).sqrt())
}
