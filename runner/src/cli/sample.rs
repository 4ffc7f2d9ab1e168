//! `aim sample`.

use clap::Args;
use std::path::PathBuf;

/// Where the sample goes and how large it is.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// Folder to write into; becomes the local root of a run
    #[arg(long)]
    out: PathBuf,
    /// 1 is about 1,500 products and 60,000 event items; the size grows in proportion
    #[arg(long, default_value_t = 1)]
    scale: u32,
    /// The same seed gives the same data
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

/// Writes the sample.
pub fn run(_args: &SampleArgs) -> anyhow::Result<()> {
    Ok(())
}
