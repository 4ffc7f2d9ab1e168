//! Moves one object between Cloud Storage and a file, for `scripts/bench transfer`:
//! `transfer get|put ADDRESS gs://bucket/object FILE`.

use aim::cloud::{Identity, Usage};
use aim::runtime::Runtime;
use aim::store::{Gcs, ObjectUri};
use anyhow::{Context as _, bail};
use std::path::Path;
use std::sync::Arc;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, address, object, file] = &arguments[..] else {
        bail!("transfer get|put ADDRESS gs://bucket/object FILE");
    };
    let runtime = Arc::new(Runtime::start()?);
    let usage = Arc::new(Usage::default());
    let gcs = Gcs::connect(Identity::anonymous(), Some(address), &runtime, &usage)?;
    let (object, file) = (ObjectUri::parse(object)?, Path::new(file));
    let moved = match &**what {
        "get" => runtime.block_on(gcs.download(&object, file)),
        "put" => runtime.block_on(gcs.upload(file, &object)),
        other => bail!("{other} is neither get nor put"),
    };
    println!("{}", moved.with_context(|| format!("{what} failed"))?);
    Ok(())
}
