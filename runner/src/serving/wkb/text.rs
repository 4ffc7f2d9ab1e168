//! Well-known text, as `ST_AsText` and DuckDB write it.

use super::{COLLECTION, DEEPEST, LINE, POINT, POLYGON, normalise};
use anyhow::{bail, ensure};

const KINDS: [&str; 7] = [
    "POINT",
    "LINESTRING",
    "POLYGON",
    "MULTIPOINT",
    "MULTILINESTRING",
    "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
];

/// A geometry's text as little-endian ISO WKB.
///
/// # Errors
///
/// When it is no geometry, with what is wrong about it.
pub(in crate::serving) fn from_text(text: &str) -> anyhow::Result<Vec<u8>> {
    let text = text.trim();
    let text = match text.split_once(';') {
        Some((srid, rest)) if srid.to_uppercase().starts_with("SRID=") => rest,
        _ => text,
    };
    let mut parser = Parser { rest: text };
    let mut out = Vec::with_capacity(text.len());
    parser.tagged(&mut out, 0)?;
    ensure!(parser.peek().is_none(), "{:?} follows the geometry", parser.rest);
    // Rings and lines have rules of their own.
    normalise(&out)
}

struct Parser<'a> {
    rest: &'a str,
}

/// Which of Z and M the points have.
#[derive(Clone, Copy)]
struct Dimensions {
    z: bool,
    m: bool,
}

impl Dimensions {
    fn width(self) -> usize {
        2 + usize::from(self.z) + usize::from(self.m)
    }

    fn code(self) -> u32 {
        1000 * (u32::from(self.z) + 2 * u32::from(self.m))
    }
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn accept(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.rest = &self.rest[expected.len_utf8()..];
        }
        found
    }

    fn expect(&mut self, expected: char) -> anyhow::Result<()> {
        ensure!(
            self.accept(expected),
            "{expected:?} is expected before {:?}",
            shortened(self.rest)
        );
        Ok(())
    }

    fn word(&mut self) -> &'a str {
        self.peek();
        let end = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn accept_word(&mut self, expected: &str) -> bool {
        let before = self.rest;
        let found = self.word().eq_ignore_ascii_case(expected);
        if !found {
            self.rest = before;
        }
        found
    }

    /// A geometry with its kind in front.
    fn tagged(&mut self, out: &mut Vec<u8>, depth: u8) -> anyhow::Result<()> {
        ensure!(depth < DEEPEST, "its collections are nested too deeply");
        let word = self.word();
        ensure!(!word.is_empty(), "it is no geometry: {:?}", shortened(self.rest));
        let Some(kind) = KINDS.iter().position(|kind| kind.eq_ignore_ascii_case(word)) else {
            bail!("the kind {word} is not supported");
        };
        let kind = kind as u32 + 1;
        let zm = self.accept_word("ZM");
        let dimensions =
            Dimensions { z: zm || self.accept_word("Z"), m: zm || self.accept_word("M") };
        self.body(kind, dimensions, out, depth)
    }

    fn body(
        &mut self,
        kind: u32,
        dimensions: Dimensions,
        out: &mut Vec<u8>,
        depth: u8,
    ) -> anyhow::Result<()> {
        out.push(1);
        out.extend_from_slice(&(kind + dimensions.code()).to_le_bytes());
        let empty = self.accept_word("EMPTY");
        match kind {
            POINT if empty => {
                out.extend_from_slice(&f64::NAN.to_le_bytes().repeat(dimensions.width()));
            }
            _ if empty => out.extend_from_slice(&0_u32.to_le_bytes()),
            POINT => {
                self.expect('(')?;
                self.point(dimensions, out)?;
                self.expect(')')?;
            }
            LINE => self.list(out, |this, out| this.point(dimensions, out))?,
            POLYGON => {
                self.list(out, |this, out| {
                    this.list(out, |this, out| this.point(dimensions, out))
                })?;
            }
            COLLECTION => self.list(out, |this, out| this.tagged(out, depth + 1))?,
            multi => self.list(out, |this, out| {
                // The points of a MULTIPOINT may come without brackets.
                if multi == 4 && this.peek().is_some_and(|c| c != '(' && !c.is_ascii_alphabetic()) {
                    out.push(1);
                    out.extend_from_slice(&(POINT + dimensions.code()).to_le_bytes());
                    return this.point(dimensions, out);
                }
                this.body(multi - 3, dimensions, out, depth + 1)
            })?,
        }
        Ok(())
    }

    /// `(part, part, …)`, with the number of parts in front of them.
    fn list(
        &mut self,
        out: &mut Vec<u8>,
        part: impl Fn(&mut Self, &mut Vec<u8>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let at = out.len();
        out.extend_from_slice(&[0; 4]);
        self.expect('(')?;
        let mut count = 1_u32;
        part(self, out)?;
        while self.accept(',') {
            count += 1;
            part(self, out)?;
        }
        self.expect(')')?;
        out[at..at + 4].copy_from_slice(&count.to_le_bytes());
        Ok(())
    }

    fn point(&mut self, dimensions: Dimensions, out: &mut Vec<u8>) -> anyhow::Result<()> {
        let mut found = 0;
        while self.peek().is_some_and(|next| !matches!(next, ',' | ')' | '(')) {
            let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ')' | '('));
            let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            let Ok(ordinate) = number.parse::<f64>() else {
                bail!("{:?} is no number", shortened(number));
            };
            out.extend_from_slice(&ordinate.to_le_bytes());
            self.rest = rest;
            found += 1;
        }
        ensure!(
            found == dimensions.width(),
            "a point needs {} numbers and has {found}",
            dimensions.width()
        );
        Ok(())
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(20).collect()
}
