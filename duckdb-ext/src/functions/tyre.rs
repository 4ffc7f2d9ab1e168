//! Tyre functions in SQL.

use crate::core::tyre::{
    Label, Labels, SizeForms, Weights, label_points, normalize_size, parse_size, repair, safe_int,
    size_part, tyre_rank, tyre_tier, vehicle_key,
};
use crate::ffi::{Args, Error, Nulls, Out, Scalar, Type};

const SIZE: Type = Type::Struct(&[
    ("width", Type::Double),
    ("profile", Type::Double),
    ("construction", Type::Varchar),
    ("rim", Type::Double),
    ("rest", Type::Varchar),
    ("canonical", Type::Varchar),
]);

const REPAIRED: Type = Type::Struct(&[("vehicle", Type::Varchar), ("size", Type::Varchar)]);

const WEIGHTS: Type = Type::Struct(&[
    ("award", Type::Double),
    ("fuel", Type::Double),
    ("noise", Type::Double),
    ("oe", Type::Double),
    ("wet_grip", Type::Double),
]);

const TEXT: Type = Type::Varchar;

pub(super) static SCALARS: &[Scalar] = &[
    text_function("tyre_size", &[TEXT], SIZE, size),
    text_function("tyre_size_part", &[TEXT], TEXT, part),
    text_function("tyre_size_part", &[TEXT, Type::BigInt], TEXT, part),
    text_function("tyre_size_normalize", &[TEXT], TEXT, normalize),
    Scalar {
        name: "vehicle_size_repair",
        args: &[TEXT, TEXT],
        returns: REPAIRED,
        nulls: Nulls::Passed,
        eval: vehicle_size,
    },
    Scalar {
        name: "vehicle_size_repair",
        args: &[TEXT, TEXT, Type::Boolean],
        returns: REPAIRED,
        nulls: Nulls::Passed,
        eval: vehicle_size,
    },
    text_function("vehicle_key", &[TEXT], TEXT, key),
    text_function("safe_int", &[TEXT], Type::BigInt, integer),
    Scalar {
        name: "label_points",
        args: &[TEXT, TEXT],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: points,
    },
    Scalar {
        name: "tyre_rank",
        args: &[TEXT, TEXT, TEXT, TEXT, TEXT],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: rank,
    },
    Scalar {
        name: "tyre_rank",
        args: &[TEXT, TEXT, TEXT, TEXT, TEXT, WEIGHTS],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: rank,
    },
    text_function("tyre_tier", &[Type::BigInt], TEXT, tier),
];

/// A function whose result is NULL where an argument is.
const fn text_function(
    name: &'static str,
    args: &'static [Type],
    returns: Type,
    eval: crate::ffi::Eval,
) -> Scalar {
    Scalar { name, args, returns, nulls: Nulls::Propagate, eval }
}

/// `tyre_size(text)`: the size taken apart; NULL when it is none.
fn size(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let texts = args.texts(0)?;
    for row in 0..args.len() {
        let Some(size) = texts.get(row)?.and_then(parse_size) else {
            out.set_null(row);
            continue;
        };
        out.field(0).set_double(row, Some(size.width))?;
        out.field(1).set_double(row, size.profile)?;
        out.field(2).set_text(row, Some(&size.construction))?;
        out.field(3).set_double(row, Some(size.rim))?;
        out.field(4).set_text(row, size.rest)?;
        out.field(5).set_text(row, Some(&size.canonical))?;
    }
    Ok(())
}

/// `tyre_size_part(text [, letters])`: the comparable part; `letters` is how many capitals may
/// stand before the rim, 2 unless told.
fn part(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let texts = args.texts(0)?;
    let letters = (args.columns() > 1).then(|| args.bigints(1)).transpose()?;
    for row in 0..args.len() {
        let letters = letters.as_ref().map_or(Some(2), |letters| letters.get(row));
        let part = texts
            .get(row)?
            .zip(letters)
            .and_then(|(text, letters)| size_part(text, usize::try_from(letters).unwrap_or(0)));
        out.set_text(row, part)?;
    }
    Ok(())
}

/// `tyre_size_normalize(text)`.
fn normalize(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let texts = args.texts(0)?;
    for row in 0..args.len() {
        out.set_text(row, texts.get(row)?.map(normalize_size).as_deref())?;
    }
    Ok(())
}

/// `vehicle_size_repair(vehicle, size [, extended])`: NULL texts are empty texts; `extended` false
/// keeps to the core forms, NULL is true.
fn vehicle_size(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let (vehicles, sizes) = (args.texts(0)?, args.texts(1)?);
    let extended = (args.columns() > 2).then(|| args.booleans(2)).transpose()?;
    for row in 0..args.len() {
        let extended = extended.as_ref().and_then(|extended| extended.get(row)).unwrap_or(true);
        let forms = if extended { SizeForms::Extended } else { SizeForms::Core };
        let vehicle = vehicles.get(row)?.unwrap_or_default();
        let (vehicle, size) = repair(vehicle, sizes.get(row)?.unwrap_or_default(), forms);
        out.field(0).set_text(row, Some(&vehicle))?;
        out.field(1).set_text(row, Some(&size))?;
    }
    Ok(())
}

/// `vehicle_key(text)`.
fn key(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let texts = args.texts(0)?;
    for row in 0..args.len() {
        out.set_text(row, texts.get(row)?.map(vehicle_key).as_deref())?;
    }
    Ok(())
}

/// `safe_int(text)`: NULL when the text is no integer by BigQuery's rule.
fn integer(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let texts = args.texts(0)?;
    for row in 0..args.len() {
        out.set_bigint(row, texts.get(row)?.and_then(safe_int))?;
    }
    Ok(())
}

/// `label_points(kind, text)`: 0 for a missing text; an unknown kind is an error.
fn points(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let (kinds, texts) = (args.texts(0)?, args.texts(1)?);
    for row in 0..args.len() {
        let kind = kinds.get(row)?.unwrap_or_default();
        let label = Label::from_name(kind).ok_or_else(|| {
            let known = Label::NAMES.map(|(name, _)| name).join(", ");
            Error::argument(format!("kind is '{kind}'; give one of {known}"))
        })?;
        out.set_double(row, Some(label_points(label, texts.get(row)?)))?;
    }
    Ok(())
}

/// `tyre_rank(award, fuel, noise, oe, wet_grip [, weights])`: a weight that is NULL keeps its default.
fn rank(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let (award, fuel, noise) = (args.texts(0)?, args.texts(1)?, args.texts(2)?);
    let (oe, wet_grip) = (args.texts(3)?, args.texts(4)?);
    let weights = (args.columns() > 5).then(|| args.structs(5)).transpose()?;
    let weights = weights
        .as_ref()
        .map(|weights| (0..5).map(|field| weights.doubles(field)).collect::<Result<Vec<_>, _>>())
        .transpose()?;
    let default = Weights::default();
    for row in 0..args.len() {
        let weight = |field: usize, default: f64| {
            weights.as_ref().and_then(|weights| weights[field].get(row)).unwrap_or(default)
        };
        let weights = Weights {
            award: weight(0, default.award),
            fuel: weight(1, default.fuel),
            noise: weight(2, default.noise),
            oe: weight(3, default.oe),
            wet_grip: weight(4, default.wet_grip),
        };
        let labels = Labels {
            award: award.get(row)?,
            fuel: fuel.get(row)?,
            noise: noise.get(row)?,
            oe: oe.get(row)?,
            wet_grip: wet_grip.get(row)?,
        };
        out.set_double(row, Some(tyre_rank(&labels, &weights)))?;
    }
    Ok(())
}

/// `tyre_tier(percentile)`.
fn tier(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let percentiles = args.bigints(0)?;
    for row in 0..args.len() {
        out.set_text(row, percentiles.get(row).map(tyre_tier))?;
    }
    Ok(())
}
