//! Cells of files that have no types of their own: which are numbers, and whether all are what they should be.

use super::{Source, Workspace};
use crate::warehouse::template::render;
use anyhow::bail;
use minijinja::context;

/// What names a row.
pub(in super::super) const KEY: [&str; 3] = ["asin", "site", "dt"];

/// Columns that are texts and hold nothing but numbers, as those of CSV files do; keys are none of them.
pub(in super::super) fn numeric_texts(
    workspace: &Workspace,
    source: &Source,
) -> anyhow::Result<Vec<String>> {
    let texts: Vec<String> = source
        .columns()
        .filter(|(name, kind)| *kind == "VARCHAR" && !KEY.contains(&&*name.to_lowercase()))
        .map(|(name, _)| name.to_owned())
        .collect();
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let query = render("asin/numeric_texts.sql", context! { source, columns => texts })?;
    Ok(workspace.db().rows(&query)?.into_iter().flatten().flatten().collect())
}

/// Refuses texts that are no number, date or flag, with the row of the first.
pub(in super::super) fn check_cells(
    workspace: &Workspace,
    source: &Source,
    numbers: &[&str],
    dates: &[&str],
    flags: &[&str],
) -> anyhow::Result<()> {
    let texts = |columns: &[&str]| -> Vec<String> {
        let is_text = |column: &&&str| source.kind(column) == Some("VARCHAR");
        columns.iter().filter(is_text).map(|column| (*column).to_owned()).collect()
    };
    let (numbers, dates, flags) = (texts(numbers), texts(dates), texts(flags));
    if numbers.is_empty() && dates.is_empty() && flags.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = KEY.into_iter().filter(|key| source.has(key)).collect();
    let query = render("asin/bad_cells.sql", context! { source, numbers, dates, flags, keys })?;
    for row in workspace.db().rows(&query)? {
        if let [Some(column), Some(wanted), Some(count), Some(value), Some(key)] = &row[..] {
            // Rows without a key have no name.
            let row = if key.is_empty() { "a row".to_owned() } else { format!("row {key}") };
            bail!(
                "{}: {column} of {row} is '{value}', which is no {wanted} ({count} such rows); correct \
                 or remove them",
                source.name()
            );
        }
    }
    Ok(())
}
