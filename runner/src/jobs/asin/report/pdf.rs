//! The first rows of the parts as pages of a PDF, in the typeface with one width that every reader has.

use super::Part;
use anyhow::Context as _;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

/// A4 on its side, in points.
const PAGE: [f32; 2] = [842.0, 595.0];
const MARGIN: f32 = 36.0;
const TEXT: f32 = 7.0;
const HEADING: f32 = 12.0;
/// From one line to the next.
const LINE: f32 = 10.0;
/// Letters of a line: each is 0.6 of its height wide.
const WIDTH: usize = ((PAGE[0] - 2.0 * MARGIN) / (0.6 * TEXT)) as usize;
/// Lines of a page; a heading takes two.
const LINES: usize = ((PAGE[1] - 2.0 * MARGIN) / LINE) as usize;
/// The widest cell.
const WIDEST: usize = 44;

const FONT: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");

enum Line {
    Heading(String),
    Names(String),
    Row(String),
}

pub(super) fn write(title: &str, parts: &[Part], shown: usize) -> anyhow::Result<Vec<u8>> {
    let mut pages = Vec::new();
    for part in parts {
        let count = part.rows.len();
        let heading = format!("{title}: {}, {} of {count} rows", part.heading, count.min(shown));
        let mut lines = table(part, shown).into_iter();
        let names = lines.next().unwrap_or_default();
        let rows: Vec<String> = lines.collect();
        // A page without rows says so by its heading.
        let chunks = rows.chunks(LINES - 3).collect::<Vec<_>>();
        for rows in if chunks.is_empty() { vec![&[][..]] } else { chunks } {
            let mut lines = vec![Line::Heading(heading.clone()), Line::Names(names.clone())];
            lines.extend(rows.iter().cloned().map(Line::Row));
            pages.push(lines);
        }
    }
    document(&pages)
}

/// Columns as wide as their widest cell, but not wider than the page.
fn table(part: &Part, shown: usize) -> Vec<String> {
    let names = part.columns.iter().map(|(name, _)| name.clone()).collect();
    let cells = |row: &Vec<Option<String>>| row.iter().zip(&part.columns).map(cell).collect();
    let rows: Vec<Vec<String>> =
        std::iter::once(names).chain(part.rows.iter().take(shown).map(cells)).collect();
    let width = |at: usize| {
        let widths = rows.iter().filter_map(|row| Some(row.get(at)?.chars().count()));
        widths.max().unwrap_or_default().min(WIDEST)
    };
    let widths: Vec<usize> = (0..part.columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let cell: String = cell.chars().take(*width).collect();
            format!("{cell:<width$}", width = *width)
        });
        cells.collect::<Vec<_>>().join("  ").chars().take(WIDTH).collect()
    };
    rows.iter().map(line).collect()
}

/// Numbers are rounded: who wants all digits has the workbook.
fn cell((cell, (_, kind)): (&Option<String>, &(String, String))) -> String {
    let text = cell.as_deref().unwrap_or_default();
    match (&**kind, text.parse::<f64>()) {
        ("DOUBLE", Ok(number)) => format!("{number:.3}"),
        _ => text.replace(char::is_control, " "),
    }
}

fn document(pages: &[Vec<Line>]) -> anyhow::Result<Vec<u8>> {
    let mut next = 0i32;
    let mut reference = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, font, bold) = (reference(), reference(), reference(), reference());
    let places: Vec<[Ref; 2]> = pages.iter().map(|_| [reference(), reference()]).collect();
    let count = i32::try_from(pages.len()).context("The report has too many pages")?;
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids(places.iter().map(|[page, _]| *page)).count(count);
    for (font, name) in [(font, &b"Courier"[..]), (bold, b"Courier-Bold")] {
        pdf.type1_font(font).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (lines, [place, content]) in pages.iter().zip(places) {
        let mut page = pdf.page(place);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, PAGE[0], PAGE[1])).contents(content);
        let mut resources = page.resources();
        resources.fonts().pair(FONT, font).pair(BOLD, bold);
        resources.finish();
        page.finish();
        pdf.stream(content, &text(lines));
    }
    Ok(pdf.finish())
}

fn text(lines: &[Line]) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text();
    content.next_line(MARGIN, PAGE[1] - MARGIN - HEADING);
    for line in lines {
        let (text, font, size, down) = match line {
            Line::Heading(text) => (text, BOLD, HEADING, 2.0 * LINE),
            Line::Names(text) => (text, BOLD, TEXT, LINE),
            Line::Row(text) => (text, FONT, TEXT, LINE),
        };
        content.set_font(font, size);
        content.show(Str(&latin(text)));
        content.next_line(0.0, -down);
    }
    content.end_text();
    content.finish().into_vec()
}

/// Letters that the typeface does not have are question marks.
fn latin(text: &str) -> Vec<u8> {
    let byte = |letter: char| match u32::from(letter) {
        code @ (0x20..=0x7e | 0xa0..=0xff) => code as u8,
        _ => b'?',
    };
    text.chars().map(byte).collect()
}
