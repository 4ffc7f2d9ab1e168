//! Data in LightGBM's own binned form.

use super::library::{FLOAT32, FLOAT64, Handle, INT32, LightGbm};
use super::parameters::Parameters;
use anyhow::{Context as _, bail};
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr;

/// What a dataset is made of. Missing feature values are NaN.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// The features in order.
    pub names: &'a [String],
    /// The features that are categories, by place; their values are whole numbers from 0.
    pub categorical: &'a [usize],
    /// Column after column, each as long as `labels`.
    pub values: &'a [f64],
    /// One for each row.
    pub labels: &'a [f32],
    /// One for each row, or none.
    pub weights: Option<&'a [f32]>,
    /// How many rows each query has, in the rows' order; for rankers.
    pub groups: Option<&'a [i32]>,
}

/// Rows for training or validation.
pub struct Dataset {
    lightgbm: LightGbm,
    handle: Handle,
}

// SAFETY: LightGBM's datasets belong to no thread; without `Sync` one thread uses them at a time.
unsafe impl Send for Dataset {}

impl Dataset {
    /// Bins the rows. Validation data takes the bins of its `reference`, the training data.
    ///
    /// # Errors
    ///
    /// When lengths do not agree, a label is missing, or LightGBM refuses a parameter, label or name.
    pub fn new(
        lightgbm: LightGbm,
        table: &Table<'_>,
        parameters: &Parameters,
        reference: Option<&Self>,
    ) -> anyhow::Result<Self> {
        let rows = table.labels.len();
        check(table)?;
        let mut parameters = parameters.clone();
        if !table.categorical.is_empty() {
            let places: Vec<String> = table.categorical.iter().map(usize::to_string).collect();
            parameters.set("categorical_feature", places.join(","));
        }
        let parameters = parameters.text()?;
        let mut handle: Handle = ptr::null_mut();
        // SAFETY: `check` made sure that there are rows × names values; the others live through the call.
        let code = unsafe {
            (lightgbm.functions().dataset_create)(
                table.values.as_ptr().cast(),
                FLOAT64,
                i32::try_from(rows)?,
                i32::try_from(table.names.len())?,
                0,
                parameters.as_ptr(),
                reference.map_or(ptr::null_mut(), |reference| reference.handle),
                &mut handle,
            )
        };
        lightgbm.check("LightGBM does not take the rows", code)?;
        let dataset = Self { lightgbm, handle };
        dataset.name(table.names)?;
        dataset.field(c"label", table.labels.as_ptr().cast(), rows, FLOAT32)?;
        if let Some(weights) = table.weights {
            dataset.field(c"weight", weights.as_ptr().cast(), weights.len(), FLOAT32)?;
        }
        if let Some(groups) = table.groups {
            dataset.field(c"group", groups.as_ptr().cast(), groups.len(), INT32)?;
        }
        Ok(dataset)
    }

    pub(super) fn handle(&self) -> Handle {
        self.handle
    }

    fn name(&self, names: &[String]) -> anyhow::Result<()> {
        let names: Vec<CString> =
            names.iter().map(|name| CString::new(&**name)).collect::<Result<_, _>>()?;
        let mut texts: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        // SAFETY: as many texts as told, which live through the call.
        let code = unsafe {
            let length = c_int::try_from(texts.len())?;
            (self.lightgbm.functions().dataset_set_names)(self.handle, texts.as_mut_ptr(), length)
        };
        self.lightgbm.check("LightGBM does not take a feature's name", code)
    }

    fn field(
        &self,
        name: &'static std::ffi::CStr,
        data: *const c_void,
        length: usize,
        kind: c_int,
    ) -> anyhow::Result<()> {
        let length = c_int::try_from(length)?;
        // SAFETY: callers pass a slice's beginning, length and element type.
        let code = unsafe {
            (self.lightgbm.functions().dataset_set_field)(
                self.handle,
                name.as_ptr(),
                data,
                length,
                kind,
            )
        };
        let told = self.lightgbm.check("LightGBM refuses it", code);
        told.with_context(|| {
            format!("The field {} of the rows is not taken", name.to_string_lossy())
        })
    }
}

/// What LightGBM would take on trust.
fn check(table: &Table<'_>) -> anyhow::Result<()> {
    let (rows, columns) = (table.labels.len(), table.names.len());
    if rows == 0 || columns == 0 {
        bail!("There is nothing to learn from: {rows} rows, {columns} features");
    }
    if table.values.len() != rows * columns {
        bail!("{} values are not {rows} rows of {columns} features", table.values.len());
    }
    if let Some(at) = table.labels.iter().position(|label| !label.is_finite()) {
        bail!("The label of row {} is {}; give finite numbers", at + 1, table.labels[at]);
    }
    if let Some(weights) = table.weights
        && weights.len() != rows
    {
        bail!("{} weights do not fit {rows} rows", weights.len());
    }
    if let Some(groups) = table.groups {
        let members: i64 = groups.iter().map(|size| i64::from(*size)).sum();
        if usize::try_from(members) != Ok(rows) || groups.iter().any(|size| *size < 1) {
            bail!("Groups of {members} rows in all do not fit {rows} rows");
        }
    }
    if let Some(at) = table.categorical.iter().find(|at| **at >= columns) {
        bail!("Feature {at} cannot be a category: there are {columns}");
    }
    Ok(())
}

impl Drop for Dataset {
    fn drop(&mut self) {
        // SAFETY: made by `new`, freed once.
        unsafe { (self.lightgbm.functions().dataset_free)(self.handle) };
    }
}
