//! PostgreSQL's binary forms of what is not a plain machine word: numerics, and its epoch.

use bytes::BufMut as _;

/// Days from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
pub(super) const EPOCH_DAYS: i32 = 10_957;

/// The same in microseconds.
pub(super) const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// Groups of four digits in the largest value, one more for the point in a group.
const MOST_GROUPS: usize = 11;

/// Writes a numeric with its length: digits to the base of 10,000, the point between two of them.
pub(super) fn put_numeric(out: &mut Vec<u8>, value: i128, scale: u16) {
    let padding = (4 - scale % 4) % 4;
    let mut rest = value.unsigned_abs();
    // Lowest group first.
    let mut groups = [0_i16; MOST_GROUPS];
    let mut count = 0;
    // The lowest group may be cut by the point: it is filled up to four places. Not by way of the whole
    // number, which could overflow.
    if padding > 0 {
        let group;
        (rest, group) = divide(rest, 10_u16.pow((4 - padding).into()));
        groups[0] = (group * 10_u16.pow(padding.into())) as i16;
        count = 1;
    }
    while rest > 0 {
        let group;
        (rest, group) = divide(rest, 10_000);
        groups[count] = group as i16;
        count += 1;
    }
    let fraction = i16::try_from(scale.div_ceil(4)).unwrap_or(i16::MAX);
    let weight = count as i16 - fraction - 1;
    let digits = &groups[..count];
    let trailing = digits.iter().take_while(|group| **group == 0).count();
    let digits = &digits[trailing..];
    let leading = digits.iter().rev().take_while(|group| **group == 0).count();
    let digits = &digits[..digits.len() - leading];
    out.put_i32(8 + 2 * digits.len() as i32);
    out.put_i16(digits.len() as i16);
    out.put_i16(if digits.is_empty() { 0 } else { weight - leading as i16 });
    out.put_u16(if value < 0 && !digits.is_empty() { 0x4000 } else { 0 });
    out.put_u16(scale);
    for group in digits.iter().rev() {
        out.put_i16(*group);
    }
}

/// Quotient and rest; in one machine word where the number fits, which is several times faster.
fn divide(value: u128, by: u16) -> (u128, u16) {
    match u64::try_from(value) {
        Ok(small) => ((small / u64::from(by)).into(), (small % u64::from(by)) as u16),
        Err(_) => (value / u128::from(by), (value % u128::from(by)) as u16),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number that an encoded numeric stands for, by PostgreSQL's own rule.
    fn decode(bytes: &[u8]) -> String {
        let word = |at: usize| i16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let (count, weight, sign, scale) = (word(4), word(6), word(8), word(10));
        assert_eq!(bytes.len(), 12 + 2 * count as usize);
        let digit = |position: i16| {
            let index = weight - position;
            if (0..count).contains(&index) { word(12 + 2 * index as usize) } else { 0 }
        };
        let mut text: String =
            (0..=weight.max(0)).rev().map(|p| format!("{:04}", digit(p))).collect();
        text = text.trim_start_matches('0').to_owned();
        if text.is_empty() {
            text.push('0');
        }
        if scale > 0 {
            let groups = (scale + 3) / 4;
            let fraction: String = (1..=groups).map(|p| format!("{:04}", digit(-p))).collect();
            text = format!("{text}.{}", &fraction[..scale as usize]);
        }
        if sign == 0x4000 { format!("-{text}") } else { text }
    }

    #[test]
    fn numerics_keep_every_digit() {
        for (value, scale, expected) in [
            (0, 0, "0"),
            (0, 9, "0.000000000"),
            (9_001_000_000, 9, "9.001000000"),
            (-1, 9, "-0.000000001"),
            (12_345, 2, "123.45"),
            (10_000, 0, "10000"),
            (123_456_789_012_345_678_901_234_567_890_i128, 9, "123456789012345678901.234567890"),
            (i128::MAX, 38, "1.70141183460469231731687303715884105727"),
            (i128::MIN, 1, "-17014118346046923173168730371588410572.8"),
        ] {
            let mut out = Vec::new();
            put_numeric(&mut out, value, scale);
            assert_eq!(decode(&out), expected, "{value} with scale {scale}");
        }
    }
}
