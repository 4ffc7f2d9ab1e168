//! Copies one object of Cloud Storage to a file, or a file to an object, for `scripts/bench transfer`:
//! `transfer ADDRESS gs://bucket/object FILE`, or `transfer ADDRESS FILE gs://bucket/object`.

use aim::cloud::{Identity, Usage};
use aim::runtime::Runtime;
use aim::store::{Gcs, ObjectUri};
use anyhow::bail;
use std::path::Path;
use std::sync::Arc;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, from, to] = &arguments[..] else {
        bail!("transfer ADDRESS FROM TO, one of them gs://bucket/object");
    };
    let runtime = Arc::new(Runtime::start()?);
    let usage = Arc::new(Usage::default());
    let gcs = Gcs::connect(Identity::anonymous(), Some(address), &runtime, &usage)?;
    if from.starts_with("gs://") {
        runtime.block_on(gcs.download(&ObjectUri::parse(from)?, Path::new(to)))?;
    } else {
        runtime.block_on(gcs.upload(Path::new(from), &ObjectUri::parse(to)?))?;
    }
    Ok(())
}
