//! The quality of a listing.

use crate::core::features::{Listing, MissingInput, listing_quality};
use crate::ffi::{Arg, Args, Doubles, Error, Nulls, Out, Scalar, Type, Values};

const TITLE: Arg = ("title_length", Type::Double);
const BULLETS: Arg = ("bullet_count", Type::Double);
const IMAGES: Arg = ("image_count", Type::Double);
const MATERIAL: Arg = ("has_material_attr", Type::Boolean);
const SIZE: Arg = ("has_size_attr", Type::Boolean);
const USE_CASE: Arg = ("has_use_case_attr", Type::Boolean);
const A_PLUS: Arg = ("has_a_plus", Type::Boolean);
const MISSING: Arg = ("missing", Type::Varchar);

const INPUTS: &[Arg] = &[TITLE, BULLETS, IMAGES, MATERIAL, SIZE, USE_CASE, A_PLUS];

pub(super) static SCALARS: &[Scalar] = &[
    Scalar {
        name: "listing_quality",
        args: INPUTS,
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: quality,
        help: "How complete a listing is, 0 to 1; a missing number counts as 0, a missing flag as false",
        example: "listing_quality(60, 4, 5, true, false, true, true)",
    },
    Scalar {
        name: "listing_quality",
        args: &[TITLE, BULLETS, IMAGES, MATERIAL, SIZE, USE_CASE, A_PLUS, MISSING],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: quality,
        help: "The same, where missing is 'zero' (NULL) or 'true_or_null': missing flags true, missing numbers NULL",
        example: "listing_quality(80, 6, 7, null, false, false, false, 'true_or_null')",
    },
    Scalar {
        name: "listing_quality_missing",
        args: INPUTS,
        returns: Type::BigInt,
        nulls: Nulls::Passed,
        eval: missing,
        help: "How many of the seven inputs of listing_quality are missing",
        example: "listing_quality_missing(60, null, 5, true, null, true, true)",
    },
];

fn quality(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let listings = Listings::new(args)?;
    let rules = if args.columns() > INPUTS.len() { Some(args.texts(INPUTS.len())?) } else { None };
    for row in 0..args.len() {
        let rule = match rules.as_ref().map_or(Ok(None), |rules| rules.get(row))? {
            None | Some("zero") => MissingInput::Zero,
            Some("true_or_null") => MissingInput::TrueOrNull,
            Some(other) => {
                let problem = format!("missing is '{other}'; give 'zero' or 'true_or_null'");
                return Err(Error::argument(problem));
            }
        };
        let quality = listing_quality(&listings.get(row), rule);
        out.set_double(row, Some(quality).filter(|quality| !quality.is_nan()))?;
    }
    Ok(())
}

fn missing(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let listings = Listings::new(args)?;
    for row in 0..args.len() {
        out.set_bigint(row, Some(listings.get(row).missing() as i64))?;
    }
    Ok(())
}

/// The columns of listings.
struct Listings<'a> {
    numbers: [Doubles<'a>; 3],
    flags: [Values<'a, bool>; 4],
}

impl<'a> Listings<'a> {
    fn new(args: &Args<'a>) -> Result<Self, Error> {
        let flag = |column| args.booleans(column);
        Ok(Self {
            numbers: [args.doubles(0)?, args.doubles(1)?, args.doubles(2)?],
            flags: [flag(3)?, flag(4)?, flag(5)?, flag(6)?],
        })
    }

    fn get(&self, row: usize) -> Listing {
        let number = |column: &Doubles<'_>| column.get(row).unwrap_or(f64::NAN);
        let [title_length, bullet_count, image_count] = self.numbers.each_ref().map(number);
        let [material, size, use_case, has_a_plus] = self.flags.each_ref().map(|c| c.get(row));
        let attributes = [material, size, use_case];
        Listing { title_length, bullet_count, image_count, attributes, has_a_plus }
    }
}
