//! Tail probabilities in SQL.

use crate::core::tail::{Tail, TailError, tail_probability};
use crate::ffi::{Arg, Args, Error, Nulls, Out, Scalar, Type};

const Z: Arg = ("z", Type::Double);
const DF: Arg = ("df", Type::Double);

pub(super) static SCALARS: &[Scalar] = &[
    overload(
        &[Z],
        "How likely a value at least as far from 0 as z is under the normal distribution; take \
         robust z-scores with scale 1.4826",
        "tail_probability(1.96)",
    ),
    overload(
        &[Z, DF],
        "The same under Student's t distribution with df degrees of freedom (NULL or infinity: \
         normal)",
        "tail_probability(2.5, 9)",
    ),
    overload(
        &[Z, DF, ("tail", Type::Varchar)],
        "The same; tail is 'two' (NULL), 'upper' for values of at least z, or 'lower' for values of \
         at most z",
        "tail_probability(2.5, null, 'upper')",
    ),
];

const fn overload(args: &'static [Arg], help: &'static str, example: &'static str) -> Scalar {
    let (returns, nulls) = (Type::Double, Nulls::Passed);
    Scalar { name: "tail_probability", args, returns, nulls, eval: probability, help, example }
}

/// `tail_probability(z [, df [, tail]])`: NULL where `z` is NULL or NaN.
fn probability(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let zs = args.doubles(0)?;
    let dfs = (args.columns() > 1).then(|| args.doubles(1)).transpose()?;
    let tails = (args.columns() > 2).then(|| args.texts(2)).transpose()?;
    for row in 0..args.len() {
        let df = dfs.as_ref().and_then(|dfs| dfs.get(row)).unwrap_or(f64::INFINITY);
        let tail = match tails.as_ref().map_or(Ok(None), |tails| tails.get(row))? {
            None => Tail::default(),
            Some(name) => name.parse()?,
        };
        let p = zs.get(row).map_or(Ok(None), |z| tail_probability(z, df, tail))?;
        out.set_double(row, p)?;
    }
    Ok(())
}

impl From<TailError> for Error {
    fn from(error: TailError) -> Self {
        Self::argument(error.to_string())
    }
}
