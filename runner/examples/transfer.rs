//! Copies one object of Cloud Storage to a file, for `scripts/bench transfer`:
//! `transfer ADDRESS gs://bucket/object FILE`.

use aim::cloud::{Identity, Usage};
use aim::runtime::Runtime;
use aim::store::{Gcs, ObjectUri};
use anyhow::bail;
use std::path::Path;
use std::sync::Arc;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, object, file] = &arguments[..] else {
        bail!("transfer ADDRESS gs://bucket/object FILE");
    };
    let runtime = Arc::new(Runtime::start()?);
    let usage = Arc::new(Usage::default());
    let gcs = Gcs::connect(Identity::anonymous(), Some(address), &runtime, &usage)?;
    runtime.block_on(gcs.download(&ObjectUri::parse(object)?, Path::new(file)))?;
    Ok(())
}
