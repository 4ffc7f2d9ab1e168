//! The parts as sheets of a workbook: numbers are numbers, days are days.

use super::Part;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// The longest text that a cell takes.
const LONGEST: usize = 32_767;

pub(super) fn write(parts: &[Part]) -> anyhow::Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    for part in parts {
        sheet(workbook.add_worksheet(), part)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn sheet(sheet: &mut Worksheet, part: &Part) -> Result<(), XlsxError> {
    let (bold, day) = (Format::new().set_bold(), Format::new().set_num_format("yyyy-mm-dd"));
    sheet.set_name(part.heading)?;
    sheet.set_freeze_panes(1, 0)?;
    for ((name, _), column) in part.columns.iter().zip(0u16..) {
        sheet.write_with_format(0, column, name, &bold)?;
    }
    for (cells, row) in part.rows.iter().zip(1u32..) {
        for ((cell, (_, kind)), column) in cells.iter().zip(&part.columns).zip(0u16..) {
            let Some(text) = cell else { continue };
            let number = || text.parse::<f64>().ok().filter(|number| number.is_finite());
            match &**kind {
                "DATE" => sheet.write_with_format(
                    row,
                    column,
                    ExcelDateTime::parse_from_str(text)?,
                    &day,
                )?,
                "DOUBLE" | "FLOAT" | "INTEGER" | "BIGINT" => match number() {
                    Some(number) => sheet.write(row, column, number)?,
                    // Infinities are no numbers of a workbook.
                    None => sheet.write(row, column, text)?,
                },
                _ => sheet.write(row, column, text.chars().take(LONGEST).collect::<String>())?,
            };
        }
    }
    sheet.autofit();
    Ok(())
}
