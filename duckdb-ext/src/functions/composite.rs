//! The composite score in SQL.

use crate::core::composite::{MissingZ, WeightError, Weights};
use crate::ffi::{Args, Error, Named, Nulls, Out, Scalar, Type};
use std::ops::Range;

const SCORE: Type = Type::Struct(&[
    ("score", Type::Double),
    ("contributions", Type::Map(&Type::Varchar, &Type::Double)),
    ("missing", Type::List(&Type::Varchar)),
    ("reason", Type::Varchar),
]);

pub(super) static SCALARS: &[Scalar] = &[
    Scalar {
        name: "weighted_zscore",
        args: &[("z", Type::Any), ("weights", Type::Any)],
        returns: SCORE,
        nulls: Nulls::Propagate,
        eval: weighted,
        help: "The sum of weight · z over the metrics of weights, in their order, with what each \
               adds, which are missing (they count 0) and the reason as JSON; z and weights are a \
               STRUCT of numbers or a MAP from VARCHAR to numbers",
        example: "weighted_zscore(map {'sales': 1.5, 'price': 2}, map {'sales': 0.6, 'price': -0.1})",
    },
    Scalar {
        name: "weighted_zscore",
        args: &[("z", Type::Any), ("weights", Type::Any), ("missing", Type::Varchar)],
        returns: SCORE,
        nulls: Nulls::Passed,
        eval: weighted,
        help: "The same; a missing z counts 0 if missing is 'zero' (NULL), and makes the score NULL \
               if it is 'null'",
        example: "weighted_zscore(map {'sales': 1.5, 'price': null}, \
                  map {'sales': 0.6, 'price': -0.1}, 'null')",
    },
];

/// `weighted_zscore(z, weights [, missing])`: NULL where `z` or `weights` is. A metric of `weights`
/// that `z` does not name is an error, one that only `z` names is left out.
fn weighted(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let (z_column, weight_column) = (args.named(0, "z")?, args.named(1, "weights")?);
    let modes = (args.columns() > 2).then(|| args.texts(2)).transpose()?;
    let mut scorer: Option<Scorer<'_>> = None;
    let mut contributions: Vec<(&str, Option<f64>)> = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    let mut reason = String::new();
    for row in 0..args.len() {
        let (Some(zs), Some(weights)) = (z_column.entries(row), weight_column.entries(row)) else {
            out.set_null(row);
            continue;
        };
        let mode = missing_z(modes.as_ref().map_or(Ok(None), |modes| modes.get(row))?)?;
        let scorer = match &mut scorer {
            Some(scorer) if scorer.is_for(&weight_column, row, &weights) => scorer,
            other => other.insert(Scorer::new(&weight_column, row, weights)?),
        };
        scorer.read(&z_column, row, zs)?;
        let Scorer { weights, names, zs, .. } = &*scorer;

        out.field(0).set_double(row, weights.score(zs, mode))?;
        let added = weights.contributions(zs).map(|added| added.filter(|added| !added.is_nan()));
        let start = contributions.len();
        contributions.extend(names.iter().copied().zip(added));
        out.field(1).set_list(row, start, names.len())?;
        let start = missing.len();
        missing.extend(weights.missing(zs).map(|at| names[at]));
        out.field(2).set_list(row, start, missing.len() - start)?;
        reason.clear();
        weights.write_reason(zs, &mut reason);
        out.field(3).set_text(row, Some(&reason))?;
    }
    let mut entries = out.field(1).elements(contributions.len());
    for (at, (name, added)) in contributions.into_iter().enumerate() {
        entries.field(0).set_text(at, Some(name))?;
        entries.field(1).set_double(at, added)?;
    }
    let mut names = out.field(2).elements(missing.len());
    for (at, name) in missing.into_iter().enumerate() {
        names.set_text(at, Some(name))?;
    }
    Ok(())
}

fn missing_z(mode: Option<&str>) -> Result<MissingZ, Error> {
    match mode {
        None | Some("zero") => Ok(MissingZ::Zero),
        Some("null") => Ok(MissingZ::Null),
        Some(other) => Err(Error::argument(format!("missing is '{other}'; give 'zero' or 'null'"))),
    }
}

/// The weights of a row and of those after it that have the same: looked up once.
struct Scorer<'a> {
    weights: Weights,
    /// The metrics, as texts that live as long as the column.
    names: Vec<&'a str>,
    /// Where each metric stood among the z-scores of the row before.
    offsets: Vec<usize>,
    /// The z-scores of the row, in the order of the weights.
    zs: Vec<Option<f64>>,
}

impl<'a> Scorer<'a> {
    fn new(column: &'a Named<'_>, row: usize, places: Range<usize>) -> Result<Self, Error> {
        let names: Vec<&str> =
            places.clone().map(|place| column.name(place)).collect::<Result<_, _>>()?;
        let values: Vec<Option<f64>> =
            places.map(|place| column.number(row, place)).collect::<Result<_, _>>()?;
        let weights = Weights::new(names.iter().copied().zip(values))?;
        Ok(Self { weights, offsets: vec![0; names.len()], zs: Vec::new(), names })
    }

    /// Whether the weights of `row` are these.
    fn is_for(&self, column: &Named<'_>, row: usize, places: &Range<usize>) -> bool {
        let same = |(place, (name, weight)): (usize, (&&str, &f64))| {
            column.name(place).is_ok_and(|other| other == *name)
                && matches!(column.number(row, place), Ok(Some(w)) if w.to_bits() == weight.to_bits())
        };
        places.len() == self.names.len()
            && places.clone().zip(self.names.iter().zip(self.weights.values())).all(same)
    }

    /// Finds the z-scores of `row`, first where they stood in the row before.
    fn read(&mut self, column: &Named<'_>, row: usize, zs: Range<usize>) -> Result<(), Error> {
        self.zs.clear();
        for (metric, offset) in self.names.iter().zip(&mut self.offsets) {
            *offset = find(column, &zs, metric, *offset)?.ok_or_else(|| {
                Error::argument(format!(
                    "z has no metric '{metric}', which weights has; add it, as NULL where it is missing"
                ))
            })?;
            self.zs.push(column.number(row, zs.start + *offset)?);
        }
        Ok(())
    }
}

impl From<WeightError> for Error {
    fn from(error: WeightError) -> Self {
        Self::argument(error.to_string())
    }
}

/// How far from the first of `places` a name stands; `hint` is tried first.
fn find(
    column: &Named<'_>,
    places: &Range<usize>,
    name: &str,
    hint: usize,
) -> Result<Option<usize>, Error> {
    for offset in std::iter::once(hint).chain(0..places.len()) {
        if offset < places.len() && column.name(places.start + offset)? == name {
            return Ok(Some(offset));
        }
    }
    Ok(None)
}
