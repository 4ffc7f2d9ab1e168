//! The rows of a call, grouped by what they ask of which model.

use super::arguments::{Features, Options, Wanted};
use crate::core::lightgbm::{Cache, Model, Scratch};
use crate::ffi::{Args, Error};
use std::cell::RefCell;
use std::ops::Range;

/// Models of the last queries. No function is told when a query begins or ends, so it is the text that
/// tells one model from another.
static MODELS: Cache = Cache::new(8);

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// What a thread's calls use again.
#[derive(Default)]
struct Memory {
    scratch: Scratch,
    predictions: Vec<f64>,
}

/// Hands out the prediction of each row, in order; none for a NULL model or list.
pub(super) fn each_prediction(
    args: &Args<'_>,
    features: &impl Features,
    options: &Options<'_>,
    mut put: impl FnMut(usize, Option<&[f64]>) -> Result<(), Error>,
) -> Result<(), Error> {
    each_model(args, |mut rows, model| {
        let Some(model) = model else { return rows.try_for_each(|row| put(row, None)) };
        while let Some(first) = rows.next() {
            let wanted = options.get(first, model)?;
            let mut end = first + 1;
            while end < rows.end && options.get(end, model)? == wanted {
                end += 1;
            }
            rows.start = end;
            let counts = (first..end).map(|row| features.count(row));
            counts.flatten().try_for_each(|count| check_count(count, model))?;
            MEMORY.with_borrow_mut(|Memory { scratch, predictions }| {
                // A row without a list is predicted among the others, for nothing.
                let value = |row: usize, feature: usize| features.get(first + row, feature);
                let Wanted { kind, iterations } = wanted;
                model.predict(end - first, value, iterations, kind, scratch, predictions);
                for (row, prediction) in (first..end).zip(predictions.chunks_exact(model.outputs()))
                {
                    put(row, features.count(row).map(|_| prediction))?;
                }
                Ok::<_, Error>(())
            })?;
        }
        Ok(())
    })
}

/// Hands out rows in order, as many at a time as share a model; none for NULL.
pub(super) fn each_model(
    args: &Args<'_>,
    mut act: impl FnMut(Range<usize>, Option<&Model>) -> Result<(), Error>,
) -> Result<(), Error> {
    let texts = args.texts(0)?;
    let mut first = 0;
    while first < args.len() {
        let others = (first + 1..args.len()).take_while(|row| texts.is_shared(first, *row));
        let end = first + 1 + others.count();
        let model = texts
            .get(first)?
            .map(|text| MODELS.get(text).map_err(|problem| Error::argument(problem.to_string())))
            .transpose()?;
        act(first..end, model.as_deref())?;
        first = end;
    }
    Ok(())
}

/// A row must have as many features as the model.
pub(super) fn check_count(count: usize, model: &Model) -> Result<(), Error> {
    let expected = model.features().len();
    if count == expected {
        return Ok(());
    }
    Err(Error::argument(format!(
        "{count} features, and the model has {expected}; lgbm_features(model) names them in order"
    )))
}
