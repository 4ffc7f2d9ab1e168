//! Stage 1: the two source files.

use super::csv::{Header, shown, utf8};
use super::{Choices, repeated, tables};
use crate::config::Config;
use crate::context::Context;
use crate::store::{LocalStore, ObjectStore as _};
use crate::warehouse::template::{Statement, quote_identifier, render};
use anyhow::{Context as _, bail};
use minijinja::context;

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
        let first = Header::of(&file)?;
        // The first line is lost, or the header: the same line is left out.
        let header = names_columns(&path, &first)? || !choices.keep_first_row;
        let parameters = context! {
            path => utf8(&file)?, skip => first.blank_lines, header, run_id => &*context.run_id,
        };
        let statement = render("aim/load_sales.sql", parameters)?;
        context.execute(&[statement]).with_context(|| unreadable(&path))?;
        if rows(context, SALES)? == 0 {
            tracing::warn!("{path} has no sale: no product counts as sold");
        }
    }
    if let Some(path) = find(context, TYRES)? {
        let file = context.store.local_copy(&path)?;
        let header = Header::of(&file)?;
        let columns = columns(&header);
        check_columns(&path, &columns)?;
        let parameters = context! {
            path => utf8(&file)?,
            skip => header.blank_lines,
            columns,
            numbers => TYRE_NUMBERS,
            run_id => &*context.run_id,
            choices,
        };
        let statement = render("aim/load_tyre_score.sql", parameters)?;
        context.execute(&[statement]).with_context(|| unreadable(&path))?;
        // Otherwise every score would be gone.
        if rows(context, TYRES)? == 0 {
            bail!("{path} has no tyre: put a whole file in its place");
        }
        repeated::tyres(context)?;
    }
    Ok(())
}

fn rows(context: &Context<'_>, name: &str) -> anyhow::Result<u64> {
    let table = tables::tyrescore(name);
    let query = format!(
        "select count(*) from {}.{}",
        quote_identifier(&table.dataset),
        quote_identifier(&table.table)
    );
    let count = context.warehouse.rows(&Statement::new("rows", query))?;
    Ok(count.into_iter().flatten().flatten().next().unwrap_or_default().parse()?)
}

pub(super) fn unreadable(path: &str) -> String {
    format!("{path} cannot be loaded: correct the file and run again")
}

/// The file of this name that a run reads, as its choices have it; none if there is none.
pub(super) fn wanted(
    store: &LocalStore,
    config: &Config,
    name: &str,
) -> anyhow::Result<Option<String>> {
    Ok(choose(store.list(config.source_prefix.trim_matches('/'))?, config, name))
}

/// The same of files that may be elsewhere.
pub(super) fn choose(files: Vec<String>, config: &Config, name: &str) -> Option<String> {
    let choose = if Choices::of(config.compat).newest_source { newest } else { first };
    choose(files, name, &config.source_extension)
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
fn find(context: &mut Context<'_>, name: &str) -> anyhow::Result<Option<String>> {
    let found = wanted(&context.store, &context.config, name)?;
    if let Some(path) = &found {
        tracing::info!("{name} is read from {path}");
        return Ok(found);
    }
    let folder = context.store.resolve(context.config.source_prefix.trim_matches('/'))?;
    let file = format!("{name}{}", context.config.source_extension);
    if context.config.allow_stale {
        tables::require(context, &[tables::tyrescore(name)])?;
        tracing::warn!("{file} is missing in {}: the last table stays", folder.display());
        context.log.status.stale_source(name);
        return Ok(None);
    }
    bail!(
        "{file} is missing in {}: put it there, or set AIM_ALLOW_STALE=true to go on with the last table",
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

/// The columns' cleaned names. One without a name, as a comma at the end of a line makes, is called by its
/// place, counted from 0.
fn columns(header: &Header) -> Vec<String> {
    let name = |(place, name): (usize, &String)| match clean(name) {
        name if name.is_empty() => format!("Unnamed:_{place}"),
        name => name,
    };
    header.fields.iter().enumerate().map(name).collect()
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
        bail!("{path} lacks the columns {}: its header has {}", missing.join(", "), shown(columns));
    }
    // The engine tells names apart by more than their case.
    let same = |name: &String, other: &String| name.eq_ignore_ascii_case(other);
    let twice = columns
        .iter()
        .enumerate()
        .find(|(at, name)| columns[..*at].iter().any(|other| same(name, other)));
    if let Some((_, twice)) = twice {
        bail!("{path} has two columns {twice}: rename one of them");
    }
    Ok(())
}

/// Whether the first line of the sales file names the columns: its first field is no product id.
fn names_columns(path: &str, header: &Header) -> anyhow::Result<bool> {
    let columns = header.fields.len();
    if columns != 9 {
        bail!(
            "{path} has {columns} {} where nine are expected: product, make, model, width, profile, rim, \
             orders, units, price",
            if columns == 1 { "column" } else { "columns" },
        );
    }
    Ok(!header.fields[0].bytes().all(|byte| byte.is_ascii_digit()))
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
    fn columns_without_a_name_have_one() {
        let header = Header { fields: ["A", " ", ""].map(String::from).to_vec(), blank_lines: 0 };
        assert_eq!(columns(&header), ["A", "Unnamed:_1", "Unnamed:_2"]);
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
