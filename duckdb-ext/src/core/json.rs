//! Writing JSON text: numbers, strings and separators, appended to a buffer that calls share.
//!
//! The text is the one Python's `json` module writes, so that older results compare as text too, but
//! for characters outside ASCII, which stand as they are.

use std::fmt::Write as _;

/// Appends the shortest number that reads back to the same double: always with a decimal point
/// (`1.0`) or, below 1e-4 and from 1e16, an exponent of at least two digits (`-4.6e-08`, `1e+16`).
///
/// JSON has no infinities: they become the strings `"Infinity"` and `"-Infinity"`, which databases
/// cast back to a number. NaN becomes `null`.
pub fn write_number(out: &mut String, number: f64) {
    if number.is_nan() {
        out.push_str("null");
        return;
    }
    if number.is_infinite() {
        out.push_str(if number > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
        return;
    }
    let start = out.len();
    // Writing to a String does not fail. The bounds of the exponent form are Rust's own here.
    let _ = write!(out, "{number:?}");
    if number == 0.0 || (1e-4..1e16).contains(&number.abs()) {
        if TIES.contains(&number.abs()) {
            even_digit(out, start, number);
        }
        return;
    }
    let Some(mark) = out[start..].find('e').map(|at| start + at) else { return };
    if let Ok(exponent) = out[mark + 1..].parse::<i32>() {
        out.truncate(mark);
        let _ = write!(out, "e{exponent:+03}");
    }
}

/// Numbers that may be as near to one of the shortest texts as to another.
const TIES: std::ops::Range<f64> = 1e13..1e16;

/// Of two texts as near, of which Rust takes the one that is farther from zero, has the one that ends in an even digit
/// stand from `start` on.
fn even_digit(out: &mut String, start: usize, number: f64) {
    let Some(point) = out[start..].find('.') else { return };
    let decimals = out.len() - start - point - 1;
    let even = format!("{number:.decimals$}");
    if even.parse() == Ok(number) {
        out.replace_range(start.., &even);
    }
}

/// Appends a string in quotes, with what JSON does not allow inside escaped.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        out.push_str(escape);
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        }
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// Appends `open`, then each item by `write`, separated by commas, then `close`.
pub fn write_all<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    out.push(open);
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(number: f64) -> String {
        let mut out = String::new();
        write_number(&mut out, number);
        out
    }

    fn string(text: &str) -> String {
        let mut out = String::new();
        write_string(&mut out, text);
        out
    }

    /// Expected texts are those of Python's `repr`.
    #[test]
    fn numbers_are_short_and_have_a_point_or_an_exponent() {
        for (value, expected) in [
            (1.0, "1.0"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (-7.666666666666667, "-7.666666666666667"),
            (0.0001, "0.0001"),
            (0.00009999999999999999, "9.999999999999999e-05"),
            (-4.6e-8, "-4.6e-08"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1_333_333_333_333_333.0 + 0.25, "1333333333333333.2"),
            (-1_333_333_333_333_333.0 - 0.75, "-1333333333333333.8"),
            (889_928_575_082_678.0 + 0.25, "889928575082678.2"),
            (99_999_999_999_999.0 + 0.125, "99999999999999.12"),
            (4_000_000_000_000_001.0 + 0.5, "4000000000000001.5"),
            (1e16, "1e+16"),
            (-1.234e22, "-1.234e+22"),
            (1e100, "1e+100"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    proptest! {
        #[test]
        fn numbers_read_back_bit_by_bit(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            let text = number(value);
            prop_assert_eq!(text.parse().map(f64::to_bits), Ok(value.to_bits()));
            prop_assert!(text.contains(['.', 'e']));
        }

        #[test]
        fn strings_read_back(text in any::<String>()) {
            prop_assert_eq!(serde_json::from_str::<String>(&string(&text)).ok(), Some(text));
        }
    }

    #[test]
    fn what_json_lacks_is_a_string_or_null() {
        assert_eq!(number(f64::INFINITY), "\"Infinity\"");
        assert_eq!(number(f64::NEG_INFINITY), "\"-Infinity\"");
        assert_eq!(number(f64::NAN), "null");
    }

    #[test]
    fn strings_are_escaped_and_appended() {
        assert_eq!(string("bsr_trend_30"), "\"bsr_trend_30\"");
        assert_eq!(string("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(string("\n\r\t\u{8}\u{c}\u{1}\u{1f}"), r#""\n\r\t\b\f\u0001\u001f""#);
        assert_eq!(string("Größe é 東"), "\"Größe é 東\"");
        assert_eq!(string(""), "\"\"");
        let mut out = String::from("[");
        write_all(&mut out, ['(', ')'], ["a", "b"], write_string);
        write_all(&mut out, ['(', ')'], [], write_string);
        assert_eq!(out, "[(\"a\", \"b\")()");
    }
}
