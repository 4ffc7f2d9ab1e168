//! A model in LightGBM's hands: while it is trained, or read back to predict.

use super::dataset::Dataset;
use super::library::{FLOAT64, Handle, LightGbm};
use super::parameters::Parameters;
use anyhow::bail;
use std::ffi::{CString, c_char, c_int};
use std::marker::PhantomData;
use std::ptr;

/// What a feature's importance is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importance {
    /// How often it splits.
    Split,
    /// What its splits gain.
    Gain,
}

/// A model. It borrows the data it is trained on.
pub struct Booster<'d> {
    lightgbm: LightGbm,
    handle: Handle,
    data: PhantomData<&'d Dataset>,
}

impl<'d> Booster<'d> {
    /// A model without trees that is to learn from `training`.
    ///
    /// # Errors
    ///
    /// When LightGBM refuses a parameter, or the objective the labels.
    pub fn new(
        lightgbm: LightGbm,
        training: &'d Dataset,
        parameters: &Parameters,
    ) -> anyhow::Result<Self> {
        let parameters = parameters.text()?;
        let mut handle: Handle = ptr::null_mut();
        // SAFETY: the data outlives the booster (`'d`), the text the call.
        let code = unsafe {
            let create = lightgbm.functions().booster_create;
            create(training.handle(), parameters.as_ptr(), &mut handle)
        };
        lightgbm.check("LightGBM does not begin to train", code)?;
        Ok(Self { lightgbm, handle, data: PhantomData })
    }

    /// Reads a model back.
    ///
    /// # Errors
    ///
    /// When the text is none.
    pub fn from_text(lightgbm: LightGbm, text: &str) -> anyhow::Result<Self> {
        let text = CString::new(text)?;
        let (mut handle, mut iterations): (Handle, c_int) = (ptr::null_mut(), 0);
        // SAFETY: the text lives through the call.
        let code = unsafe {
            (lightgbm.functions().booster_load)(text.as_ptr(), &mut iterations, &mut handle)
        };
        lightgbm.check("LightGBM does not read the model", code)?;
        Ok(Self { lightgbm, handle, data: PhantomData })
    }

    /// Has the metrics computed on these rows too; they are data set 1, 2, … of [`Booster::metrics`].
    ///
    /// # Errors
    ///
    /// When the rows are not binned like the training data.
    pub fn validate_on(&mut self, data: &'d Dataset) -> anyhow::Result<()> {
        // SAFETY: the data outlives the booster.
        let code =
            unsafe { (self.lightgbm.functions().booster_add_valid)(self.handle, data.handle()) };
        self.lightgbm.check("LightGBM does not take the rows for validation", code)
    }

    /// Adds one iteration. False when there was nothing left to split.
    ///
    /// # Errors
    ///
    /// LightGBM's.
    pub fn update(&mut self) -> anyhow::Result<bool> {
        let mut finished: c_int = 0;
        // SAFETY: the handle is ours alone.
        let code =
            unsafe { (self.lightgbm.functions().booster_update)(self.handle, &mut finished) };
        self.lightgbm.check("LightGBM does not train on", code)?;
        Ok(finished == 0)
    }

    /// The metrics' names, `ndcg@10`, in the order of [`Booster::metrics`].
    ///
    /// # Errors
    ///
    /// LightGBM's.
    pub fn metric_names(&self) -> anyhow::Result<Vec<String>> {
        const BYTES: usize = 256;
        let count = self.metric_count()?;
        let mut buffers = vec![[0_u8; BYTES]; count];
        let mut texts: Vec<*mut c_char> =
            buffers.iter_mut().map(|buffer| buffer.as_mut_ptr().cast()).collect();
        let (mut names, mut bytes) = (0, 0);
        // SAFETY: `count` buffers of `BYTES` each; longer names are cut and told by `bytes`.
        let code = unsafe {
            (self.lightgbm.functions().booster_eval_names)(
                self.handle,
                c_int::try_from(count)?,
                &mut names,
                BYTES,
                &mut bytes,
                texts.as_mut_ptr(),
            )
        };
        self.lightgbm.check("LightGBM does not name its metrics", code)?;
        let text = |buffer: &[u8; BYTES]| {
            let end = buffer.iter().position(|byte| *byte == 0).unwrap_or(BYTES);
            String::from_utf8_lossy(&buffer[..end]).into_owned()
        };
        Ok(buffers.iter().map(text).collect())
    }

    /// The metrics on data set `which`; 0 is the training data.
    ///
    /// # Errors
    ///
    /// LightGBM's.
    pub fn metrics(&self, which: usize) -> anyhow::Result<Vec<f64>> {
        let mut values = vec![0.0; self.metric_count()?];
        let mut length: c_int = 0;
        // SAFETY: LightGBM writes as many values as it counted.
        let code = unsafe {
            let eval = self.lightgbm.functions().booster_eval;
            eval(self.handle, c_int::try_from(which)?, &mut length, values.as_mut_ptr())
        };
        self.lightgbm.check("LightGBM does not measure", code)?;
        values.truncate(usize::try_from(length)?);
        Ok(values)
    }

    fn metric_count(&self) -> anyhow::Result<usize> {
        let mut count: c_int = 0;
        // SAFETY: writes one number.
        let code =
            unsafe { (self.lightgbm.functions().booster_eval_count)(self.handle, &mut count) };
        self.lightgbm.check("LightGBM does not count its metrics", code)?;
        Ok(usize::try_from(count)?)
    }

    /// The text of the model's first `iterations`; 0 for all.
    ///
    /// # Errors
    ///
    /// LightGBM's.
    pub fn to_text(&self, iterations: usize) -> anyhow::Result<String> {
        let iterations = c_int::try_from(iterations)?;
        let mut buffer: Vec<u8> = vec![0; 1 << 20];
        loop {
            let mut bytes: i64 = 0;
            // SAFETY: the buffer is as long as told; a longer text is not written, only its length.
            let code = unsafe {
                (self.lightgbm.functions().booster_save)(
                    self.handle,
                    0,
                    iterations,
                    0,
                    i64::try_from(buffer.len())?,
                    &mut bytes,
                    buffer.as_mut_ptr().cast(),
                )
            };
            self.lightgbm.check("LightGBM does not save the model", code)?;
            let bytes = usize::try_from(bytes)?;
            if bytes <= buffer.len() {
                // With the zero that ends it.
                buffer.truncate(bytes.saturating_sub(1));
                return Ok(String::from_utf8(buffer)?);
            }
            buffer.resize(bytes, 0);
        }
    }

    /// How important each feature is in the first `iterations`; 0 for all.
    ///
    /// # Errors
    ///
    /// LightGBM's.
    pub fn importance(&self, kind: Importance, iterations: usize) -> anyhow::Result<Vec<f64>> {
        let mut values = vec![0.0; self.features()?];
        let kind = match kind {
            Importance::Split => 0,
            Importance::Gain => 1,
        };
        let iterations = if iterations == 0 { -1 } else { c_int::try_from(iterations)? };
        // SAFETY: one value for each feature.
        let code = unsafe {
            let importance = self.lightgbm.functions().booster_importance;
            importance(self.handle, iterations, kind, values.as_mut_ptr())
        };
        self.lightgbm.check("LightGBM does not tell the features' importance", code)?;
        Ok(values)
    }

    /// What the model predicts from its first `iterations` (0 for all), row after row, for features that
    /// stand column after column. A model of several classes has that many values a row.
    ///
    /// # Errors
    ///
    /// When the values are no whole rows.
    pub fn predict(&self, values: &[f64], iterations: usize) -> anyhow::Result<Vec<f64>> {
        let columns = self.features()?;
        if columns == 0 || !values.len().is_multiple_of(columns) {
            bail!("{} values are no rows of {columns} features", values.len());
        }
        let rows = values.len() / columns;
        let mut classes: c_int = 0;
        // SAFETY: writes one number.
        let code =
            unsafe { (self.lightgbm.functions().booster_classes)(self.handle, &mut classes) };
        self.lightgbm.check("LightGBM does not count the classes", code)?;
        let mut out = vec![0.0; rows * usize::try_from(classes)?];
        let mut length: i64 = 0;
        let iterations = if iterations == 0 { -1 } else { c_int::try_from(iterations)? };
        // SAFETY: rows × columns values, and places for rows × classes.
        let code = unsafe {
            (self.lightgbm.functions().booster_predict)(
                self.handle,
                values.as_ptr().cast(),
                FLOAT64,
                i32::try_from(rows)?,
                i32::try_from(columns)?,
                0,
                0,
                0,
                iterations,
                c"".as_ptr(),
                &mut length,
                out.as_mut_ptr(),
            )
        };
        self.lightgbm.check("LightGBM does not predict", code)?;
        Ok(out)
    }

    fn features(&self) -> anyhow::Result<usize> {
        let mut features: c_int = 0;
        // SAFETY: writes one number.
        let code =
            unsafe { (self.lightgbm.functions().booster_features)(self.handle, &mut features) };
        self.lightgbm.check("LightGBM does not count the features", code)?;
        Ok(usize::try_from(features)?)
    }
}

impl Drop for Booster<'_> {
    fn drop(&mut self) {
        // SAFETY: made by `new` or `from_text`, freed once.
        unsafe { (self.lightgbm.functions().booster_free)(self.handle) };
    }
}
