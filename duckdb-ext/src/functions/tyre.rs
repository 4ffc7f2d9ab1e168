//! Tyre functions in SQL.

use crate::core::tyre::{
    Label, Labels, SizeForms, Weights, label_points, normalize_size, parse_size, repair, safe_int,
    size_part, tyre_rank, tyre_tier, vehicle_key,
};
use crate::ffi::{Arg, Args, Error, Nulls, Out, Scalar, Type};

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

const TEXT: Arg = ("text", Type::Varchar);
const VEHICLE: Arg = ("vehicle", Type::Varchar);
const SIZE_TEXT: Arg = ("size", Type::Varchar);
const AWARD: Arg = ("award", Type::Varchar);
const FUEL: Arg = ("fuel", Type::Varchar);
const NOISE: Arg = ("noise", Type::Varchar);
const OE: Arg = ("oe", Type::Varchar);
const WET_GRIP: Arg = ("wet_grip", Type::Varchar);

pub(super) static SCALARS: &[Scalar] = &[
    Scalar {
        name: "tyre_size",
        args: &[TEXT],
        returns: SIZE,
        nulls: Nulls::Propagate,
        eval: size,
        help: "A tyre size taken apart, with one canonical spelling per fitment; NULL when it is none",
        example: "tyre_size('225/40ZR18 92Y')",
    },
    Scalar {
        name: "tyre_size_part",
        args: &[TEXT],
        returns: Type::Varchar,
        nulls: Nulls::Propagate,
        eval: part,
        help: "The part of a size that two spellings are compared by",
        example: "tyre_size_part('205/55 R16 V')",
    },
    Scalar {
        name: "tyre_size_part",
        args: &[TEXT, ("letters", Type::BigInt)],
        returns: Type::Varchar,
        nulls: Nulls::Propagate,
        eval: part,
        help: "The same, with at most so many capitals before the rim (2 unless told)",
        example: "tyre_size_part('225/40ZR18 Y', 1)",
    },
    Scalar {
        name: "tyre_size_normalize",
        args: &[TEXT],
        returns: Type::Varchar,
        nulls: Nulls::Propagate,
        eval: normalize,
        help: "The normal spelling of a size",
        example: "tyre_size_normalize('225/40zr18')",
    },
    Scalar {
        name: "vehicle_size_repair",
        args: &[VEHICLE, SIZE_TEXT],
        returns: REPAIRED,
        nulls: Nulls::Passed,
        eval: vehicle_size,
        help: "Vehicle and size put back where they belong, spelled normally",
        example: "vehicle_size_repair('MINI', 'HATCH 205/45R17')",
    },
    Scalar {
        name: "vehicle_size_repair",
        args: &[VEHICLE, SIZE_TEXT, ("extended", Type::Boolean)],
        returns: REPAIRED,
        nulls: Nulls::Passed,
        eval: vehicle_size,
        help: "The same; extended false knows the four core forms of a size only",
        example: "vehicle_size_repair('JEEP', '31/10.50R15', false)",
    },
    Scalar {
        name: "vehicle_key",
        args: &[TEXT],
        returns: Type::Varchar,
        nulls: Nulls::Propagate,
        eval: key,
        help: "What vehicles are joined on: lower case, a-z and 0-9 only",
        example: "vehicle_key('Mercedes-Benz C-Class')",
    },
    Scalar {
        name: "safe_int",
        args: &[TEXT],
        returns: Type::BigInt,
        nulls: Nulls::Propagate,
        eval: integer,
        help: "BigQuery's safe cast of text to INT64; NULL where it fails",
        example: "safe_int(' 0x1F ')",
    },
    Scalar {
        name: "label_points",
        args: &[("kind", Type::Varchar), TEXT],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: points,
        help: "Points of a label; kind is award, fuel, noise, oe or wet_grip",
        example: "label_points('noise', '71-B')",
    },
    Scalar {
        name: "tyre_rank",
        args: &[AWARD, FUEL, NOISE, OE, WET_GRIP],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: rank,
        help: "The weighted sum of a tyre's label points, 0 to 36",
        example: "tyre_rank('Award', 'A', '69-A', 'Yes', 'A')",
    },
    Scalar {
        name: "tyre_rank",
        args: &[AWARD, FUEL, NOISE, OE, WET_GRIP, ("weights", WEIGHTS)],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: rank,
        help: "The same with other weights; one that is NULL keeps its default",
        example: "tyre_rank('No', 'C', '71-B', 'No', 'B', {award: 1, fuel: 1, noise: 0.1, oe: 1, wet_grip: null})",
    },
    Scalar {
        name: "tyre_tier",
        args: &[("percentile", Type::BigInt)],
        returns: Type::Varchar,
        nulls: Nulls::Propagate,
        eval: tier,
        help: "The tier of a percentile of the tyre rank, 1 being the best",
        example: "tyre_tier(26)",
    },
];

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
