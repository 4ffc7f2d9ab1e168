use super::*;
use arrow::array::{
    Array, BinaryViewArray, Decimal128Array, Decimal256Array, Float32Array, Float64Array,
    Int64Array, ListArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{Int32Type, i256};
use std::sync::Arc;

const COMPAT: CastOptions = CastOptions { decimals: DecimalMode::Compat, strip_nul: false };
const EXACT: CastOptions = CastOptions { decimals: DecimalMode::Exact, strip_nul: false };

/// The only cell of an array, as it hashes; or why it does not fit.
fn cast_with(array: impl Array + 'static, to: &ColumnType, options: CastOptions) -> String {
    let array: ArrayRef = Arc::new(array);
    let cast = Cast::new(&array, to, options).unwrap();
    cast.value(0).map_or_else(
        |error| format!("{error:#}"),
        |value| {
            let mut text = Vec::new();
            super::super::value::put_text(&value, &mut text);
            String::from_utf8(text).unwrap()
        },
    )
}

fn cast(array: impl Array + 'static, to: &ColumnType) -> String {
    cast_with(array, to, COMPAT)
}

fn numeric(unscaled: i128) -> Decimal128Array {
    Decimal128Array::from(vec![unscaled]).with_precision_and_scale(38, 9).unwrap()
}

fn float(value: f64) -> Float64Array {
    Float64Array::from(vec![value])
}

fn text(value: &[u8]) -> BinaryViewArray {
    BinaryViewArray::from_iter_values([value])
}

#[test]
fn decimals_round_half_away_from_zero() {
    for (unscaled, compat, exact) in [
        (48_856_614_123, "48.857", "48.856614123"),
        (1_000_500_000, "1.001", "1.000500000"),
        (-21_115_500_500, "-21.116", "-21.115500500"),
        (-1_000_500_000, "-1.001", "-1.000500000"),
        (499_999, "0.000", "0.000499999"),
        (999_999_999_999_999_999_499_999, "999999999999999.999", "999999999999999.999499999"),
        (
            999_999_999_999_999_999_500_000,
            "999999999999999.999500000 is outside numeric(18,3)",
            "999999999999999.999500000",
        ),
    ] {
        assert_eq!(cast(numeric(unscaled), &ColumnType::Decimal), compat);
        assert_eq!(cast_with(numeric(unscaled), &ColumnType::Decimal, EXACT), exact);
    }
    let big =
        Decimal256Array::from(vec![i256::from_i128(i128::MAX).wrapping_mul(i256::from_i128(1000))])
            .with_precision_and_scale(76, 38)
            .unwrap();
    // 1701.41183460469231731687303715884105727 × 10^0 with 38 places.
    assert_eq!(cast(big, &ColumnType::Decimal), "1701.412");
}

#[test]
fn floats_round_half_to_even_after_the_multiplication() {
    for (value, compat, exact) in [
        (2.3525, "2.352", "2.352500000"),
        (48.8565, "48.856", "48.856500000"),
        (-0.0, "0.000", "0.000000000"),
        (0.1, "0.100", "0.100000000"),
        (f64::NAN, "NaN is no decimal", "NaN is no decimal"),
        (f64::INFINITY, "inf is no decimal", "inf is no decimal"),
        (1e15, "1000000000000000 is outside numeric(18,3)", "1000000000000000.000000000"),
    ] {
        assert_eq!(cast(float(value), &ColumnType::Decimal), compat);
        assert_eq!(cast_with(float(value), &ColumnType::Decimal, EXACT), exact);
    }
    assert_eq!(cast(Float32Array::from(vec![0.5]), &ColumnType::Decimal), "0.500");
}

#[test]
fn reals_are_those_of_the_former_cast_or_the_nearest() {
    let hex = |value: f32| format!("{:08x}", value.to_bits());
    for (unscaled, former, nearest) in [
        (300_100_000_000, 300.1_f32, 300.1_f32),
        (123_456_789_000, 123.456_79, 123.456_79),
        (6_780_000_000, 6.779_999_7, 6.78),
        (-1_680_000_000, -1.680_000_1, -1.68),
        (-24_247_546, -0.024_247_546, -0.024_247_546),
        (0, 0.0, 0.0),
        (-1, -1e-9, -1e-9),
        // 16777217.000000001 lies just above the middle: two roundings would give another number.
        (16_777_217_000_000_001, 16_777_216.0, 16_777_218.0),
        (16_777_217_000_000_000, 16_777_216.0, 16_777_216.0),
    ] {
        assert_eq!(cast(numeric(unscaled), &ColumnType::Real), hex(former), "{unscaled}");
        assert_eq!(
            cast_with(numeric(unscaled), &ColumnType::Real, EXACT),
            hex(nearest),
            "{unscaled}"
        );
    }
    assert_eq!(cast(float(f64::NAN), &ColumnType::Real), hex(f64::NAN as f32));
    assert_eq!(cast(float(f64::NEG_INFINITY), &ColumnType::Real), hex(f32::NEG_INFINITY));
    assert!(cast(float(1e39), &ColumnType::Real).ends_with("is outside real"));
}

#[test]
fn integers_are_exact() {
    let int = |value| Int64Array::from(vec![value]);
    assert_eq!(cast(int(-5), &ColumnType::Integer), "-5");
    assert_eq!(cast(int(1 << 31), &ColumnType::Integer), "2147483648 is outside integer");
    assert_eq!(cast(int(i64::MIN), &ColumnType::Varchar), "-9223372036854775808");
    assert_eq!(cast(int(7), &ColumnType::Decimal), "7.000");
    assert_eq!(
        cast(int(1_000_000_000_000_000), &ColumnType::Decimal),
        "1000000000000000 is outside numeric(18,3)"
    );
    assert_eq!(cast(UInt64Array::from(vec![5]), &ColumnType::Bigint), "5");
    for (value, expected) in [(2.5, "2"), (3.5, "4"), (-2.5, "-2")] {
        assert_eq!(cast(float(value), &ColumnType::Integer), expected);
    }
    for (value, expected) in [
        (&b"12"[..], "12"),
        (b" -7 ", "-7"),
        (b"", "\"\" is no integer"),
        (b"abc", "\"abc\" is no integer"),
        (b"1.5", "\"1.5\" is no integer"),
        (b"2147483648", "2147483648 is outside integer"),
        (b"\xff", "it is not valid UTF-8: see its byte 1"),
    ] {
        assert_eq!(cast(text(value), &ColumnType::Integer), expected);
    }
}

#[test]
fn texts_are_kept_or_refused() {
    assert_eq!(cast(text(b""), &ColumnType::Varchar), "");
    assert_eq!(cast(text("é🚲".as_bytes()), &ColumnType::Varchar), "é🚲");
    assert!(cast(text(b"a\0b"), &ColumnType::Varchar).contains("--nul-bytes strip"));
    let strip = CastOptions { strip_nul: true, ..COMPAT };
    assert_eq!(cast_with(text(b"a\0b\0"), &ColumnType::Varchar, strip), "ab");
    assert_eq!(cast(text(b"ok\xc3"), &ColumnType::Text), "it is not valid UTF-8: see its byte 3");
    assert_eq!(cast(text(b"{\"a\" : 1}"), &ColumnType::Json), "{\"a\" : 1}");
    assert!(cast(text(b"{a}"), &ColumnType::Json).starts_with("it is no JSON"));
    assert_eq!(cast(text(b"\0\xff"), &ColumnType::Bytea), "00ff");
    assert!(cast(text(b"POINT(1)"), &ColumnType::Geometry).starts_with("it is no geometry"));
}

#[test]
fn timestamps_keep_microseconds() {
    let milli = |value| TimestampMillisecondArray::from(vec![value]);
    let nano = |value| TimestampNanosecondArray::from(vec![value]);
    let micro = |value: i64| arrow::array::TimestampMicrosecondArray::from(vec![value]);
    let to = &ColumnType::Timestamp;
    assert_eq!(cast(micro(1_714_558_272_123_456), to), "1714558272123456");
    assert_eq!(cast(micro(5).with_timezone("UTC"), to), "5");
    assert_eq!(cast(milli(-5), to), "-5000");
    assert_eq!(cast(nano(1_999), to), "1");
    assert_eq!(cast(nano(-1_999), to), "-1");
    assert_eq!(cast(micro(i64::MAX), to), "infinity");
    assert_eq!(cast(micro(-i64::MAX), to), "-infinity");
    assert_eq!(cast(micro(i64::MAX - 1), to), (i64::MAX - 1).to_string());
    assert!(cast(micro(-i64::MAX + 1), to).contains("outside PostgreSQL's timestamps"));
    assert!(cast(milli(i64::MAX), to).contains("outside PostgreSQL's timestamps"));
    let day = |value: i32| arrow::array::Date32Array::from(vec![value]);
    assert_eq!(cast(day(1), to), "86400000000");
    assert_eq!(cast(day(i32::MAX), to), "infinity");
    assert_eq!(cast(day(-719_162), &ColumnType::Date), "-719162");
}

#[test]
fn arrays_keep_their_nulls() {
    let to = ColumnType::Array(Box::new(ColumnType::Integer));
    let lists = |values: Vec<Option<i32>>| {
        ListArray::from_iter_primitive::<Int32Type, _, _>([Some(values)])
    };
    assert_eq!(cast(lists(vec![Some(1), None]), &to), "2\x1e1\x1e\\N");
    assert_eq!(cast(lists(vec![]), &to), "0");
    let null = ListArray::from_iter_primitive::<Int32Type, Vec<Option<i32>>, _>([None]);
    assert_eq!(cast(null, &to), "\\N");
}

#[test]
fn types_that_do_not_fit_are_refused_beforehand() {
    let list = |inner| DataType::new_list(inner, true);
    let array = |element| ColumnType::Array(Box::new(element));
    assert!(check(&list(DataType::Utf8), &array(ColumnType::Varchar)).is_ok());
    for (from, to, expected) in [
        (DataType::Boolean, ColumnType::Integer, "Boolean cannot become integer"),
        (DataType::Float64, ColumnType::Varchar, "Float64 cannot become varchar"),
        (list(list(DataType::Int32)), array(ColumnType::Integer), "nested arrays"),
        (DataType::Int64, array(ColumnType::Integer), "cannot become integer[]"),
        (DataType::Date32, ColumnType::Decimal, "cannot become numeric(18,3)"),
    ] {
        let error = check(&from, &to).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_value_has_an_end() {
    let cast = |length: usize| {
        // Never written, so never there.
        let buffer = arrow::buffer::Buffer::from_vec(vec![0_u8; length]);
        let view = arrow::array::ByteView::new(length as u32, &[0; 4]).as_u128();
        let array = BinaryViewArray::try_new(vec![view].into(), vec![buffer], None).unwrap();
        let array: ArrayRef = Arc::new(array);
        let cast = Cast::new(&array, &ColumnType::Bytea, COMPAT).unwrap();
        cast.value(0).map(|value| value.length()).map_err(|error| error.to_string())
    };
    assert_eq!(cast(LONGEST_VALUE), Ok(LONGEST_VALUE));
    let error = cast(LONGEST_VALUE + 1).unwrap_err();
    assert_eq!(error, "it is 1073741824 bytes long, and PostgreSQL takes no more than 1073741823");
}
