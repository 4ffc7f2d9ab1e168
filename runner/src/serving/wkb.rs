//! Geometries: well-known binary in any byte order, and well-known text, to little-endian ISO WKB
//! without a reference system, which is what PostGIS takes and gives back.
//!
//! What PostGIS would refuse in the middle of a COPY is refused here, where the row is known.

mod text;

use anyhow::{bail, ensure};
pub(super) use text::from_text;

/// Collections in collections, at most.
const DEEPEST: u8 = 32;

/// EWKB's flags in the type word.
const EWKB_Z: u32 = 0x8000_0000;
const EWKB_M: u32 = 0x4000_0000;
const EWKB_SRID: u32 = 0x2000_0000;

/// Kinds of geometries.
const POINT: u32 = 1;
const LINE: u32 = 2;
const POLYGON: u32 = 3;
const COLLECTION: u32 = 7;

/// `bytes` as little-endian ISO WKB.
///
/// # Errors
///
/// When it is no geometry, with what is wrong about it.
pub(super) fn normalise(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut reader = Reader { rest: bytes, little: true };
    let mut out = Vec::with_capacity(bytes.len());
    geometry(&mut reader, &mut out, None, 0)?;
    ensure!(reader.rest.is_empty(), "{} bytes follow the geometry", reader.rest.len());
    Ok(out)
}

struct Reader<'a> {
    rest: &'a [u8],
    little: bool,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> anyhow::Result<[u8; N]> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            bail!("the geometry ends too early");
        };
        self.rest = rest;
        Ok(*taken)
    }

    fn word(&mut self) -> anyhow::Result<u32> {
        let bytes = self.take()?;
        Ok(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn double(&mut self) -> anyhow::Result<f64> {
        let bytes = self.take()?;
        Ok(if self.little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    /// How many elements follow, each of at least `size` bytes.
    fn count(&mut self, size: usize) -> anyhow::Result<u32> {
        let count = self.word()?;
        let fits = (count as usize).checked_mul(size).is_some_and(|all| all <= self.rest.len());
        ensure!(fits, "the geometry ends too early");
        Ok(count)
    }
}

/// One geometry. `within` is the kind of collection around it and its dimensions.
fn geometry(
    reader: &mut Reader<'_>,
    out: &mut Vec<u8>,
    within: Option<(u32, u32)>,
    depth: u8,
) -> anyhow::Result<()> {
    ensure!(depth < DEEPEST, "its collections are nested too deeply");
    reader.little = match reader.take::<1>()? {
        [0] => false,
        [1] => true,
        [other] => bail!("its first byte is {other}, which is no byte order"),
    };
    let word = reader.word()?;
    if word & EWKB_SRID != 0 {
        reader.word()?;
    }
    let iso = word & !(EWKB_Z | EWKB_M | EWKB_SRID);
    let (kind, iso_dimensions) = (iso % 1000, iso / 1000);
    let (z, m) = (
        word & EWKB_Z != 0 || matches!(iso_dimensions, 1 | 3),
        word & EWKB_M != 0 || matches!(iso_dimensions, 2 | 3),
    );
    ensure!(
        iso_dimensions <= 3 && (POINT..=COLLECTION).contains(&kind),
        "its type {word} is not supported"
    );
    let dimensions = u32::from(z) + 2 * u32::from(m);
    let width = 2 + usize::from(z) + usize::from(m);
    if let Some((collection, outer)) = within {
        ensure!(outer == dimensions, "its parts have different dimensions");
        ensure!(
            collection == COLLECTION || kind == collection - 3,
            "a collection holds a part of another kind"
        );
    }
    out.push(1);
    out.extend_from_slice(&(kind + 1000 * dimensions).to_le_bytes());
    match kind {
        POINT => {
            point(reader, out, width)?;
        }
        LINE => {
            let count = reader.count(8 * width)?;
            ensure!(count != 1, "a line has one point only");
            points(reader, out, count, width)?;
        }
        POLYGON => {
            let rings = reader.count(4)?;
            out.extend_from_slice(&rings.to_le_bytes());
            for _ in 0..rings {
                ring(reader, out, width)?;
            }
        }
        kind => {
            let parts = reader.count(5)?;
            out.extend_from_slice(&parts.to_le_bytes());
            for _ in 0..parts {
                let little = reader.little;
                geometry(reader, out, Some((kind, dimensions)), depth + 1)?;
                reader.little = little;
            }
        }
    }
    Ok(())
}

fn ring(reader: &mut Reader<'_>, out: &mut Vec<u8>, width: usize) -> anyhow::Result<()> {
    let count = reader.count(8 * width)?;
    ensure!(count >= 4, "a ring has fewer than 4 points");
    let (first, last) = points(reader, out, count, width)?;
    ensure!(first[..2] == last[..2], "a ring is not closed");
    Ok(())
}

/// The first and the last of the points.
fn points(
    reader: &mut Reader<'_>,
    out: &mut Vec<u8>,
    count: u32,
    width: usize,
) -> anyhow::Result<([f64; 4], [f64; 4])> {
    out.extend_from_slice(&count.to_le_bytes());
    let mut ends = ([0.0; 4], [0.0; 4]);
    for at in 0..count {
        ends.1 = point(reader, out, width)?;
        if at == 0 {
            ends.0 = ends.1;
        }
    }
    Ok(ends)
}

fn point(reader: &mut Reader<'_>, out: &mut Vec<u8>, width: usize) -> anyhow::Result<[f64; 4]> {
    let mut ordinates = [0.0; 4];
    for ordinate in &mut ordinates[..width] {
        *ordinate = reader.double()?;
        // An empty point is all NaN, and PostGIS gives back one NaN only.
        let kept = if ordinate.is_nan() { f64::NAN } else { *ordinate };
        out.extend_from_slice(&kept.to_le_bytes());
    }
    Ok(ordinates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(pair).collect()
    }

    #[test]
    fn byte_orders_and_flags_become_one_form() {
        let plain = "0101000000000000000000f03f0000000000000040";
        for form in [
            plain,
            "00000000013ff00000000000004000000000000000",
            "0101000020e6100000000000000000f03f0000000000000040",
        ] {
            assert_eq!(hex(&normalise(&bytes(form)).unwrap()), plain, "{form}");
        }
        let iso = "01e9030000000000000000f03f00000000000000400000000000000840";
        let flagged = "0101000080000000000000f03f00000000000000400000000000000840";
        assert_eq!(hex(&normalise(&bytes(flagged)).unwrap()), iso);
        assert_eq!(hex(&normalise(&bytes(iso)).unwrap()), iso);
    }

    #[test]
    fn texts_become_the_same_bytes() {
        for (wkt, wkb) in [
            ("POINT(1 2)", "0101000000000000000000f03f0000000000000040"),
            ("point empty", "0101000000000000000000f87f000000000000f87f"),
            ("POLYGON EMPTY", "010300000000000000"),
            (
                "SRID=4326;MULTIPOINT Z ((1 2 3))",
                "01ec0300000100000001e9030000000000000000f03f00000000000000400000000000000840",
            ),
            ("MULTIPOINT(1 2)", "0104000000010000000101000000000000000000f03f0000000000000040"),
            (
                "GEOMETRYCOLLECTION(POINT(1 2))",
                "0107000000010000000101000000000000000000f03f0000000000000040",
            ),
        ] {
            assert_eq!(hex(&from_text(wkt).unwrap()), wkb, "{wkt}");
            assert_eq!(hex(&normalise(&bytes(wkb)).unwrap()), wkb, "{wkt}");
        }
        let square = from_text(" MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)), ((2 2,2 3,3 3,2 2))) ");
        let square = square.unwrap();
        assert_eq!(normalise(&square).unwrap(), square);
    }

    #[test]
    fn what_is_no_geometry_is_refused() {
        for (wkb, expected) in [
            ("", "ends too early"),
            ("02", "no byte order"),
            ("0101000000000000000000f03f", "ends too early"),
            ("01080000000000000000", "not supported"),
            ("0101000000000000000000f03f000000000000004000", "1 bytes follow"),
            ("0102000000ffffffff", "ends too early"),
            ("010200000001000000000000000000f03f0000000000000040", "one point only"),
        ] {
            let error = normalise(&bytes(wkb)).unwrap_err().to_string();
            assert!(error.contains(expected), "{wkb}: {error}");
        }
        for (wkt, expected) in [
            ("", "no geometry"),
            ("CIRCLE(1 2)", "CIRCLE"),
            ("POINT(1)", "has 1"),
            ("POINT(1 x)", "is no number"),
            ("POINT(1 2) POINT(1 2)", "follows"),
            ("POLYGON((0 0,0 1,1 1))", "fewer than 4"),
            ("POLYGON((0 0,0 1,1 1,1 0))", "not closed"),
            ("LINESTRING(0 0", "expected"),
        ] {
            let error = from_text(wkt).unwrap_err().to_string();
            assert!(error.contains(expected), "{wkt}: {error}");
        }
        let mut deep = "GEOMETRYCOLLECTION(".repeat(100);
        deep.push_str("POINT(1 2)");
        assert!(from_text(&deep).is_err());
    }
}
