//! Sample input, deterministic for one seed.
