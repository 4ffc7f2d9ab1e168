//! The shared library: where it is looked for, and the functions of its C interface that are used.

use anyhow::{Context as _, bail};
use libloading::Library;
use std::ffi::{CStr, OsStr, c_char, c_double, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The file's name, beside the program or in the loader's path.
const FILE: &str = "lib_lightgbm.so";

/// What LightGBM hands out for what it made.
pub(super) type Handle = *mut c_void;

/// Element types of data and fields, as LightGBM numbers them.
pub(super) const FLOAT32: c_int = 0;
pub(super) const FLOAT64: c_int = 1;
pub(super) const INT32: c_int = 2;

/// Declares the functions as a table of pointers, and how it is filled from a library.
macro_rules! functions {
    ($($field:ident = $symbol:ident($($argument:ty),* $(,)?);)*) => {
        pub(super) struct Functions {
            last_error: unsafe extern "C" fn() -> *const c_char,
            $(pub(super) $field: unsafe extern "C" fn($($argument),*) -> c_int,)*
        }

        impl Functions {
            /// # Safety
            ///
            /// The library must be LightGBM 4, which has these functions with these arguments, and stay
            /// loaded.
            unsafe fn of(library: &Library) -> Result<Self, libloading::Error> {
                // SAFETY: the caller's promise.
                unsafe {
                    Ok(Self {
                        last_error: *library.get(c"LGBM_GetLastError".to_bytes_with_nul())?,
                        $($field: *library.get(concat!(stringify!($symbol), "\0").as_bytes())?,)*
                    })
                }
            }
        }
    };
}

functions! {
    register_log = LGBM_RegisterLogCallback(extern "C" fn(*const c_char));
    // bytes, out bytes, out text
    dump_aliases = LGBM_DumpParamAliases(i64, *mut i64, *mut c_char);
    // data, element type, rows, columns, row by row, parameters, reference, out
    dataset_create = LGBM_DatasetCreateFromMat(
        *const c_void, c_int, i32, i32, c_int, *const c_char, Handle, *mut Handle,
    );
    // dataset, field, data, length, element type
    dataset_set_field = LGBM_DatasetSetField(Handle, *const c_char, *const c_void, c_int, c_int);
    // dataset, names, length
    dataset_set_names = LGBM_DatasetSetFeatureNames(Handle, *mut *const c_char, c_int);
    dataset_free = LGBM_DatasetFree(Handle);
    // training data, parameters, out
    booster_create = LGBM_BoosterCreate(Handle, *const c_char, *mut Handle);
    // text, out iterations, out
    booster_load = LGBM_BoosterLoadModelFromString(*const c_char, *mut c_int, *mut Handle);
    booster_free = LGBM_BoosterFree(Handle);
    // booster, validation data
    booster_add_valid = LGBM_BoosterAddValidData(Handle, Handle);
    // booster, out finished
    booster_update = LGBM_BoosterUpdateOneIter(Handle, *mut c_int);
    // booster, out length
    booster_eval_count = LGBM_BoosterGetEvalCounts(Handle, *mut c_int);
    // booster, places, out places, bytes of each, out bytes, out texts
    booster_eval_names = LGBM_BoosterGetEvalNames(
        Handle, c_int, *mut c_int, usize, *mut usize, *mut *mut c_char,
    );
    // booster, which data, out length, out values
    booster_eval = LGBM_BoosterGetEval(Handle, c_int, *mut c_int, *mut c_double);
    // booster, first, how many, importance type, bytes, out bytes, out text
    booster_save = LGBM_BoosterSaveModelToString(
        Handle, c_int, c_int, c_int, i64, *mut i64, *mut c_char,
    );
    // booster, out features
    booster_features = LGBM_BoosterGetNumFeature(Handle, *mut c_int);
    // booster, out classes
    booster_classes = LGBM_BoosterGetNumClasses(Handle, *mut c_int);
    // booster, how many iterations, type, out values
    booster_importance = LGBM_BoosterFeatureImportance(Handle, c_int, c_int, *mut c_double);
    // booster, data, element type, rows, columns, row by row, kind, first, how many, parameters, out length,
    // out values
    booster_predict = LGBM_BoosterPredictForMat(
        Handle, *const c_void, c_int, i32, i32, c_int, c_int, c_int, c_int, *const c_char, *mut i64,
        *mut c_double,
    );
}

/// LightGBM, loaded.
#[derive(Clone, Copy)]
pub struct LightGbm(&'static Functions);

impl LightGbm {
    /// Loads the library from `file`, or without one from beside the program, or else from the loader's
    /// path. It is loaded once in a process, whatever file later calls name.
    ///
    /// # Errors
    ///
    /// When it is not found, or is no LightGBM 4; says where it was looked for.
    pub fn open(file: Option<&Path>) -> anyhow::Result<Self> {
        static LOADED: Mutex<Option<LightGbm>> = Mutex::new(None);
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lightgbm) = *loaded {
            return Ok(lightgbm);
        }
        let lightgbm = Self::load(file)?;
        Ok(*loaded.insert(lightgbm))
    }

    fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let candidates: Vec<PathBuf> = match file {
            Some(file) => vec![file.to_owned()],
            None => {
                let beside =
                    std::env::current_exe().ok().map(|program| program.with_file_name(FILE));
                beside.filter(|file| file.is_file()).into_iter().chain([FILE.into()]).collect()
            }
        };
        let mut reasons = Vec::new();
        for candidate in &candidates {
            match Self::load_from(candidate.as_os_str()) {
                Ok(lightgbm) => return Ok(lightgbm),
                Err(error) => reasons.push(format!("{}: {error:#}", candidate.display())),
            }
        }
        bail!(
            "LightGBM's library cannot be loaded: put {FILE} of LightGBM 4 beside this program, or name it \
             in AIM_LIGHTGBM ({})",
            reasons.join("; ")
        )
    }

    fn load_from(file: &OsStr) -> anyhow::Result<Self> {
        // SAFETY: the file is the one the user put there as LightGBM's; its initialisers are its own affair.
        let library = unsafe { Library::new(file) }?;
        // SAFETY: functions of these names are LightGBM's; the library is never unloaded (below).
        let functions = unsafe { Functions::of(&library) }.context("It is not LightGBM 4")?;
        // Its threads outlive every call, so that unloading it would pull the code from under them.
        std::mem::forget(library);
        let lightgbm = Self(Box::leak(Box::new(functions)));
        // SAFETY: the callback is a plain function that never goes away.
        lightgbm.check("Its log cannot be followed", unsafe { (lightgbm.0.register_log)(log) })?;
        Ok(lightgbm)
    }

    pub(super) fn functions(self) -> &'static Functions {
        self.0
    }

    /// Turns a return code into LightGBM's own words.
    pub(super) fn check(self, what: &'static str, code: c_int) -> anyhow::Result<()> {
        if code == 0 {
            return Ok(());
        }
        // SAFETY: answers a text of this thread that stays until its next call.
        let words = unsafe { CStr::from_ptr((self.0.last_error)()) };
        bail!("{what}: {}", words.to_string_lossy().trim())
    }
}

impl std::fmt::Debug for LightGbm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LightGbm")
    }
}

/// LightGBM's messages, which would go to stdout. A text that ends a line comes in pieces.
extern "C" fn log(text: *const c_char) {
    // SAFETY: LightGBM passes a text that lasts as long as the call.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let text = text.trim();
    if !text.is_empty() {
        tracing::debug!("{text}");
    }
}
