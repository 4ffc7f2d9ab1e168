//! Numbers.

use crate::config::reco::{ColumnType, DecimalMode};
use crate::serving::cast::CastOptions;
use crate::serving::value::Value;
use anyhow::{Context as _, bail, ensure};
use arrow::datatypes::i256;

/// Integers up to here are exact as f32.
const EXACT_IN_F32: u128 = 1 << 24;

/// Integers up to here are exact as f64.
const EXACT_IN_F64: u128 = 1 << 53;

/// Digits a decimal column can have at most, in any mode.
const MOST_DIGITS: u32 = 38;

pub(super) fn integer(
    value: i64,
    to: &ColumnType,
    options: CastOptions,
) -> anyhow::Result<Value<'static>> {
    Ok(match to {
        ColumnType::Smallint => {
            let small = i16::try_from(value).ok();
            Value::Smallint(small.with_context(|| format!("{value} is outside smallint"))?)
        }
        ColumnType::Integer => {
            let small = i32::try_from(value).ok();
            Value::Integer(small.with_context(|| format!("{value} is outside integer"))?)
        }
        ColumnType::Bigint => Value::Bigint(value),
        ColumnType::Real => Value::Real(value as f32),
        ColumnType::Double => Value::Double(value as f64),
        ColumnType::Decimal => return decimal(value.into(), 0, to, options),
        _ => Value::Digits(value),
    })
}

pub(super) fn float(
    value: f64,
    to: &ColumnType,
    options: CastOptions,
) -> anyhow::Result<Value<'static>> {
    match to {
        ColumnType::Double => Ok(Value::Double(value)),
        ColumnType::Real => {
            let small = value as f32;
            ensure!(small.is_finite() || !value.is_finite(), "{value} is outside real");
            Ok(Value::Real(small))
        }
        ColumnType::Decimal => {
            let (precision, scale) = options.decimals.precision_and_scale();
            ensure!(value.is_finite(), "{value} is no decimal");
            // In compat, multiplied in binary and then rounded half to even: what readers are used to.
            let scaled = match precision {
                0..=18 => Some((value * 10_f64.powi(scale as i32)).round_ties_even())
                    .filter(|scaled| scaled.abs() < 10_f64.powi(precision as i32))
                    .map(|scaled| scaled as i128),
                _ => format!("{value:.*}", scale as usize).replace('.', "").parse::<i128>().ok(),
            };
            bounded(scaled, precision, scale).with_context(|| too_large(&value, precision, scale))
        }
        _ => {
            let whole = value.round_ties_even();
            // 2^63 is exact; i64::MAX is not.
            let fits = whole >= -(2_f64.powi(63)) && whole < 2_f64.powi(63);
            ensure!(fits, "{value} is no integer of 64 bits");
            integer(whole as i64, to, options)
        }
    }
}

pub(super) fn decimal(
    unscaled: i128,
    scale: i8,
    to: &ColumnType,
    options: CastOptions,
) -> anyhow::Result<Value<'static>> {
    match to {
        ColumnType::Real => match options.decimals {
            DecimalMode::Compat => former_f32(unscaled, scale),
            DecimalMode::Exact => nearest_f32(unscaled, scale),
        }
        .map(Value::Real),
        ColumnType::Double => Ok(Value::Double(text(unscaled, scale).parse()?)),
        ColumnType::Numeric => Ok(Value::Numeric { unscaled, scale: u16::try_from(scale)? }),
        ColumnType::Decimal => {
            let (precision, places) = options.decimals.precision_and_scale();
            bounded(rescale(unscaled, scale.into(), places as i32), precision, places)
                .with_context(|| too_large(&text(unscaled, scale), precision, places))
        }
        _ => {
            let whole =
                rescale(unscaled, scale.into(), 0).and_then(|whole| i64::try_from(whole).ok());
            let whole =
                whole.with_context(|| format!("{} is outside integer", text(unscaled, scale)))?;
            integer(whole, to, options)
        }
    }
}

/// Numbers of more than 38 digits: cut down to what a decimal column could hold, then as the others.
pub(super) fn wide_decimal(
    unscaled: i256,
    scale: i8,
    to: &ColumnType,
    options: CastOptions,
) -> anyhow::Result<Value<'static>> {
    if let Some(narrow) = unscaled.to_i128() {
        return decimal(narrow, scale, to, options);
    }
    let (_, places) = options.decimals.precision_and_scale();
    if !matches!(to, ColumnType::Decimal) {
        bail!("a number of more than {MOST_DIGITS} digits fits a decimal column only");
    }
    let (precision, _) = options.decimals.precision_and_scale();
    let excess = i32::from(scale) - places as i32;
    let rounded = u32::try_from(excess).ok().and_then(|excess| {
        let divisor = i256::from_i128(10).checked_pow(excess)?;
        let half = divisor.checked_div(i256::from_i128(2))?;
        let half = if unscaled.is_negative() { half.wrapping_neg() } else { half };
        unscaled.checked_add(half)?.checked_div(divisor)?.to_i128()
    });
    bounded(rounded, precision, places)
        .with_context(|| too_large(&"a number of more than 38 digits", precision, places))
}

/// The number with other places, half away from zero; none where it overflows.
fn rescale(unscaled: i128, from: i32, to: i32) -> Option<i128> {
    let difference = to - from;
    let power = 10_i128.checked_pow(difference.unsigned_abs())?;
    if difference >= 0 {
        return unscaled.checked_mul(power);
    }
    // Division of machine words is several times faster.
    if let (Ok(small), Ok(divisor)) = (i64::try_from(unscaled), i64::try_from(power)) {
        let (quotient, rest) = (small / divisor, small % divisor);
        return Some((quotient + half_away(rest.into(), power) as i64).into());
    }
    Some(unscaled / power + half_away(unscaled % power, power))
}

/// What the rest of a division adds to the quotient.
fn half_away(rest: i128, divisor: i128) -> i128 {
    if rest.unsigned_abs() * 2 < divisor.unsigned_abs() { 0 } else { rest.signum() }
}

fn bounded(unscaled: Option<i128>, precision: u32, scale: u32) -> Option<Value<'static>> {
    let bound = 10_u128.checked_pow(precision)?;
    let unscaled = unscaled.filter(|value| value.unsigned_abs() < bound)?;
    Some(Value::Numeric { unscaled, scale: scale as u16 })
}

fn too_large(value: &dyn std::fmt::Display, precision: u32, scale: u32) -> String {
    format!("{value} is outside numeric({precision},{scale})")
}

/// The single-precision number that DuckDB's cast makes of a decimal, which is what readers are used to:
/// whole part and fraction, each rounded, are added in single precision. One in a hundred amounts of money
/// is not the nearest.
fn former_f32(unscaled: i128, scale: i8) -> anyhow::Result<f32> {
    let Some(power) = u32::try_from(scale).ok().and_then(|scale| 10_i128.checked_pow(scale)) else {
        return nearest_f32(unscaled, scale);
    };
    let divisor = power as f32;
    if unscaled.unsigned_abs() <= EXACT_IN_F32 {
        return Ok(unscaled as f32 / divisor);
    }
    Ok((unscaled / power) as f32 + (unscaled % power) as f32 / divisor)
}

/// The nearest single-precision number.
fn nearest_f32(unscaled: i128, scale: i8) -> anyhow::Result<f32> {
    if unscaled.unsigned_abs() <= EXACT_IN_F64 && (0..=22).contains(&scale) {
        // The nearest double; a second rounding is wrong only where the first hit the middle between
        // two single-precision numbers.
        let double = unscaled as f64 / 10_f64.powi(scale.into());
        let on_the_middle = double.to_bits() & 0x1fff_ffff == 0x1000_0000;
        let normal = (double as f32).is_normal() || double == 0.0;
        if normal && !on_the_middle {
            return Ok(double as f32);
        }
    }
    let value: f32 = text(unscaled, scale).parse()?;
    ensure!(value.is_finite(), "{} is outside real", text(unscaled, scale));
    Ok(value)
}

fn text(unscaled: i128, scale: i8) -> String {
    if scale <= 0 {
        return format!("{unscaled}{}", "0".repeat(scale.unsigned_abs().into()));
    }
    let scale = usize::from(scale.unsigned_abs());
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}
