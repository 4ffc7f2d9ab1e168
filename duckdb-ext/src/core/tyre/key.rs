//! Keys: vehicles and product ids compared the way the warehouse compares them.

/// The key vehicles are joined on: lower case, then only `a`–`z` and `0`–`9` kept.
/// `Mercedes-Benz C-Class` and `MERCEDES-BENZC-CLASS` are both `mercedesbenzcclass`.
pub fn vehicle_key(vehicle: &str) -> String {
    vehicle
        .chars()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        .collect()
}

/// BigQuery's safe cast of text to INT64: an optional sign, then decimal digits or `0x` and
/// hexadecimal digits, with blanks around tolerated. Everything else is `None`: empty text, `-`,
/// decimals, exponents, underscores, values out of range.
pub fn safe_int(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        _ => (10, digits),
    };
    // The standard parser takes a sign of its own, which would let `--5` and `0x-5` pass.
    if !digits.bytes().next()?.is_ascii_hexdigit() {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}
