//! Stage 1: the two source files.

use super::{Choices, tables};
use crate::config::Config;
use crate::context::Context;
use crate::store::{LocalStore, ObjectStore as _};
use crate::warehouse::template::render;
use anyhow::{Context as _, bail};
use minijinja::context;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

pub(super) const SALES: &str = "CarMakeModelSales";
pub(super) const TYRES: &str = "TyreScore";

/// The columns of the tyre file that later stages read.
const TYRE_COLUMNS: [&str; 15] = [
    "ProductId",
    "Grade",
    "Size",
    "Manufacturer",
    "Model",
    "WetGrip",
    "Fuel",
    "Noise",
    "Price",
    "PrevPrice7",
    "PrevPrice28",
    "Season",
    "Offer",
    "OE",
    "AwardScore",
];

/// Those of them that are numbers.
const TYRE_NUMBERS: [&str; 3] = ["Price", "PrevPrice7", "PrevPrice28"];

/// Loads both files into `nexus_tyrescore`, each table replaced.
pub(super) fn load(context: &mut Context<'_>) -> anyhow::Result<()> {
    let choices = Choices::of(context.config.compat);
    if let Some(path) = find(context, SALES)? {
        let file = context.store.local_copy(&path)?;
        // The first line is lost, or the header: the same line is left out.
        let header = has_header(&file)? || !choices.keep_first_row;
        let file = utf8(&file)?;
        let statement = render(
            "aim/load_sales.sql",
            context! { path => file, header, run_id => &*context.run_id },
        )?;
        context.execute(&[statement]).with_context(|| unreadable(&path))?;
    }
    if let Some(path) = find(context, TYRES)? {
        let file = context.store.local_copy(&path)?;
        let columns: Vec<String> = header(&file)?.iter().map(|name| clean(name)).collect();
        check_columns(&path, &columns)?;
        let parameters = context! {
            path => utf8(&file)?, columns, numbers => TYRE_NUMBERS, run_id => &*context.run_id, choices,
        };
        let statement = render("aim/load_tyre_score.sql", parameters)?;
        context.execute(&[statement]).with_context(|| unreadable(&path))?;
    }
    Ok(())
}

fn unreadable(path: &str) -> String {
    format!("{path} cannot be loaded: correct the file and run again")
}

/// The file of this name that a run reads, as its choices have it; none if there is none.
pub(super) fn wanted(
    store: &LocalStore,
    config: &Config,
    name: &str,
) -> anyhow::Result<Option<String>> {
    let files = store.list(config.source_prefix.trim_matches('/'))?;
    let choose = if Choices::of(config.compat).newest_source { newest } else { first };
    Ok(choose(files, name, &config.source_extension))
}

/// The newest file of this name: the last by date, then by path. A date may stand before or behind the
/// name; other names that end alike do not count.
fn newest(files: Vec<String>, name: &str, extension: &str) -> Option<String> {
    files.into_iter().filter(|path| is_source(path, name, extension)).max_by(|a, b| {
        let date = |path: &String| path.rsplit('/').next().map(digits_of);
        date(a).cmp(&date(b)).then_with(|| a.cmp(b))
    })
}

/// The first path that ends with this name.
fn first(files: Vec<String>, name: &str, extension: &str) -> Option<String> {
    let ending = format!("{name}{extension}");
    files.into_iter().filter(|path| path.ends_with(&ending)).min()
}

/// The file of this name to read; none where the last table may serve instead.
fn find(context: &Context<'_>, name: &str) -> anyhow::Result<Option<String>> {
    let Context { config, store, .. } = context;
    let found = wanted(store, config, name)?;
    if let Some(path) = &found {
        tracing::info!("{name} is read from {path}");
        return Ok(found);
    }
    let folder = store.resolve(config.source_prefix.trim_matches('/'))?;
    let extension = &config.source_extension;
    if config.allow_stale {
        tables::require(context, &[tables::tyrescore(name)])?;
        tracing::warn!(
            "{name}{extension} is missing in {}: the last table stays",
            folder.display()
        );
        return Ok(None);
    }
    bail!(
        "{name}{extension} is missing in {}: put it there, or set AIM_ALLOW_STALE=true to go on with \
         the last table",
        folder.display()
    )
}

fn digits_of(file: &str) -> String {
    file.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a path is the named file, with or without a date around the name.
fn is_source(path: &str, name: &str, extension: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let Some(stem) = file.strip_suffix(extension) else { return false };
    let Some((before, after)) = stem.split_once(name) else { return false };
    let is_date = |text: &str| {
        let digits = digits_of(text).len();
        digits == 8 && text.chars().all(|c| c.is_ascii_digit() || "-_".contains(c))
    };
    match (before.is_empty(), after.is_empty()) {
        (true, true) => true,
        (false, true) => is_date(before),
        (true, false) => is_date(after),
        (false, false) => false,
    }
}

/// Trims a column name and replaces each blank, point and dash in it by an underscore.
fn clean(name: &str) -> String {
    name.trim().replace([' ', '.', '-'], "_")
}

fn check_columns(path: &str, columns: &[String]) -> anyhow::Result<()> {
    let missing: Vec<&str> = TYRE_COLUMNS
        .into_iter()
        .filter(|wanted| !columns.iter().any(|column| column == wanted))
        .collect();
    if !missing.is_empty() {
        bail!(
            "{path} lacks the columns {}: its header has {}",
            missing.join(", "),
            columns.join(", ")
        );
    }
    if let Some(twice) = columns.iter().enumerate().find(|(at, name)| columns[..*at].contains(name))
    {
        bail!("{path} has two columns {}: rename one of them", twice.1);
    }
    Ok(())
}

/// Whether the first line of the sales file names the columns: its first field is no product id.
fn has_header(file: &Path) -> anyhow::Result<bool> {
    let first = header(file)?;
    if first.len() != 9 {
        bail!(
            "{} has {} columns where nine are expected: product, make, model, width, profile, rim, \
             orders, units, price",
            file.display(),
            first.len()
        );
    }
    Ok(!first[0].bytes().all(|byte| byte.is_ascii_digit()))
}

/// The fields of a CSV file's first line that is not blank.
pub(super) fn header(file: &Path) -> anyhow::Result<Vec<String>> {
    let open = || format!("{} cannot be read", file.display());
    for line in BufReader::new(File::open(file).with_context(open)?).lines() {
        let line = line.with_context(|| format!("{} is no UTF-8 text", file.display()))?;
        let line = line.trim_start_matches('\u{feff}').trim_end_matches('\r');
        if !line.trim().is_empty() {
            return Ok(fields(line));
        }
    }
    bail!("{} is empty", file.display())
}

/// The fields of one CSV line, quotes removed.
fn fields(line: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}

/// A path as text, for the engine.
pub(super) fn utf8(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is no UTF-8 path: rename it", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_carry_a_date() {
        let is = |path| is_source(path, TYRES, ".csv");
        assert!(
            is("a/TyreScore.csv") && is("TyreScore_20260131.csv") && is("2026-01-31-TyreScore.csv")
        );
        assert!(!is("OldTyreScore.csv") && !is("TyreScore.csv.bak") && !is("TyreScore_v2.csv"));
    }

    #[test]
    fn column_names_are_cleaned() {
        let cleaned = [" Prev Price.7 ", "Wet-Grip", "A  B"].map(clean);
        assert_eq!(cleaned, ["Prev_Price_7", "Wet_Grip", "A__B"]);
    }

    #[test]
    fn fields_may_be_quoted() {
        assert_eq!(fields(r#"a,"b,""c""",,"#), ["a", "b,\"c\"", "", ""]);
    }

    #[test]
    fn missing_columns_are_named() {
        let columns: Vec<String> = TYRE_COLUMNS
            .iter()
            .filter(|name| **name != "Fuel")
            .map(|name| (*name).to_owned())
            .collect();
        let error = check_columns("f.csv", &columns).unwrap_err().to_string();
        assert!(error.contains("lacks the columns Fuel:"), "{error}");
    }
}
