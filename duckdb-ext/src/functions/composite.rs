//! The composite score in SQL.

use crate::core::composite::{MissingZ, WeightError, Weights};
use crate::ffi::{Args, Error, Named, Nulls, Out, Scalar, Texts, Type};
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
    Scalar {
        name: "weighted_score",
        args: &[("z", Type::Any), ("weights", Type::Any)],
        returns: Type::Double,
        nulls: Nulls::Propagate,
        eval: score,
        help: "The score of weighted_zscore alone",
        example: "weighted_score({'sales': 1.5, 'price': 2}, {'sales': 0.6, 'price': -0.1})",
    },
    Scalar {
        name: "weighted_score",
        args: &[("z", Type::Any), ("weights", Type::Any), ("missing", Type::Varchar)],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: score,
        help: "The same; missing as for weighted_zscore",
        example: "weighted_score({'sales': 1.5, 'price': null}, {'sales': 0.6, 'price': -0.1}, 'zero')",
    },
    Scalar {
        name: "score_reason",
        args: &[("z", Type::Any), ("weights", Type::Any)],
        returns: Type::Varchar,
        nulls: Nulls::Propagate,
        eval: reason,
        help: "The reason of weighted_zscore alone",
        example: "score_reason({'sales': 1.5, 'price': null}, {'sales': 0.6, 'price': -0.1})",
    },
];

/// `weighted_zscore(z, weights [, missing])`: NULL where `z` or `weights` is. A metric of `weights`
/// that `z` does not name is an error, one that only `z` names is left out.
fn weighted(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let (columns, modes) = (Columns::new(args)?, Modes::after(args, 2)?);
    let mut contributions: Vec<(&str, Option<f64>)> = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    let mut reason = String::new();
    columns.each(args.len(), |row, scorer| {
        let Some(Scorer { weights, names, zs, .. }) = scorer else {
            out.set_null(row);
            return Ok(());
        };
        out.field(0).set_double(row, weights.score(zs, modes.get(row)?))?;
        let added = weights.contributions(zs).map(|added| added.filter(|added| !added.is_nan()));
        let start = contributions.len();
        contributions.extend(names.iter().copied().zip(added));
        out.field(1).set_list(row, start, names.len())?;
        let start = missing.len();
        missing.extend(weights.missing(zs).map(|at| names[at]));
        out.field(2).set_list(row, start, missing.len() - start)?;
        reason.clear();
        weights.write_reason(zs, &mut reason);
        out.field(3).set_text(row, Some(&reason))
    })?;
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

/// `weighted_score(z, weights [, missing])`: the score of `weighted_zscore`.
fn score(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let (columns, modes) = (Columns::new(args)?, Modes::after(args, 2)?);
    columns.each(args.len(), |row, scorer| {
        let score = match scorer {
            Some(Scorer { weights, zs, .. }) => weights.score(zs, modes.get(row)?),
            None => None,
        };
        out.set_double(row, score)
    })
}

/// `score_reason(z, weights)`: the reason of `weighted_zscore`.
fn reason(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let mut reason = String::new();
    Columns::new(args)?.each(args.len(), |row, scorer| {
        let Some(Scorer { weights, zs, .. }) = scorer else {
            return out.set_text(row, None);
        };
        reason.clear();
        weights.write_reason(zs, &mut reason);
        out.set_text(row, Some(&reason))
    })
}

/// The z-scores and their weights.
struct Columns<'a> {
    zs: Named<'a>,
    weights: Named<'a>,
}

impl<'a> Columns<'a> {
    fn new(args: &Args<'a>) -> Result<Self, Error> {
        Ok(Self { zs: args.named(0, "z")?, weights: args.named(1, "weights")? })
    }

    /// Calls `take` with each row, and what it has; `None` where `z` or `weights` is NULL.
    fn each<'c>(
        &'c self,
        rows: usize,
        mut take: impl FnMut(usize, Option<&Scorer<'c>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut scorer: Option<Scorer<'c>> = None;
        for row in 0..rows {
            let entries = self.zs.entries(row).zip(self.weights.entries(row));
            let Some((zs, weights)) = entries else {
                take(row, None)?;
                continue;
            };
            let scorer = match &mut scorer {
                Some(scorer) if scorer.is_for(&self.weights, row, &weights) => scorer,
                other => other.insert(Scorer::new(&self.weights, row, weights)?),
            };
            scorer.read(&self.zs, row, zs)?;
            take(row, Some(scorer))?;
        }
        Ok(())
    }
}

/// What a missing z does, row by row; as [`MissingZ::default`] where it is not given.
struct Modes<'a>(Option<Texts<'a>>);

impl<'a> Modes<'a> {
    /// The argument that follows the first `plain`, if there is one.
    fn after(args: &Args<'a>, plain: usize) -> Result<Self, Error> {
        Ok(Self((args.columns() > plain).then(|| args.texts(plain)).transpose()?))
    }

    fn get(&self, row: usize) -> Result<MissingZ, Error> {
        missing_z(self.0.as_ref().map_or(Ok(None), |modes| modes.get(row))?)
    }
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
            column.name(place).is_ok_and(|other| same_name(other, name))
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

/// Whether two names are equal; those of a struct are one text in every row.
fn same_name(one: &str, other: &str) -> bool {
    std::ptr::eq(one, other) || one == other
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
