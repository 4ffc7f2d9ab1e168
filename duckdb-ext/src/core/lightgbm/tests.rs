mod cache;
mod goldens;
mod malformed;
mod random;

use super::{Kind, Model, Scratch};

/// The text of a golden model.
fn golden(name: &str, ending: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/model");
    std::fs::read_to_string(format!("{folder}/{name}.{ending}")).unwrap()
}

/// Predicts rows from all iterations.
fn predict(model: &Model, rows: &[Vec<f64>], kind: Kind) -> Vec<f64> {
    let (mut scratch, mut predictions) = (Scratch::default(), Vec::new());
    let value = |row: usize, feature: usize| rows[row][feature];
    model.predict(rows.len(), value, 0..usize::MAX, kind, &mut scratch, &mut predictions);
    predictions
}
