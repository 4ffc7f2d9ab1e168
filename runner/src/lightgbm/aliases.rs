//! The names that LightGBM's parameters have.

use super::library::LightGbm;
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;

impl LightGbm {
    /// The name of a parameter, for which `name` may be another word: `learning_rate` for `eta`.
    ///
    /// # Errors
    ///
    /// A name that LightGBM does not know, and would pass over in silence.
    pub fn parameter(self, name: &str) -> anyhow::Result<String> {
        let names = self.names()?;
        let is = |known: &str, others: &[String]| {
            known == name || others.iter().any(|other| other == name)
        };
        match names.into_iter().find(|(known, others)| is(known, others)) {
            Some((known, _)) => Ok(known),
            None => bail!("LightGBM has no parameter {name:?}: check its name"),
        }
    }

    /// All parameters, with the other names of each.
    fn names(self) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
        let mut buffer: Vec<u8> = vec![0; 1 << 16];
        loop {
            let mut bytes: i64 = 0;
            // SAFETY: the buffer is as long as told; a longer text is not written, only its length.
            let code = unsafe {
                (self.functions().dump_aliases)(
                    i64::try_from(buffer.len())?,
                    &mut bytes,
                    buffer.as_mut_ptr().cast(),
                )
            };
            self.check("LightGBM does not name its parameters", code)?;
            let bytes = usize::try_from(bytes)?;
            if bytes <= buffer.len() {
                // With the zero that ends it.
                let names = serde_json::from_slice(&buffer[..bytes.saturating_sub(1)]);
                return names.context("LightGBM's names of its parameters are no JSON");
            }
            buffer.resize(bytes, 0);
        }
    }
}
