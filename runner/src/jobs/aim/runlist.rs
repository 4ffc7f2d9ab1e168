//! Which CAMs are asked for, in order of priority.

use super::Choices;
use super::sources::{header, utf8};
use crate::context::Context;
use crate::store::ObjectStore as _;
use crate::warehouse::template::{Statement, render};
use crate::waves::Cam;
use anyhow::{Context as _, bail};
use minijinja::context;
use std::path::Path;

const FILE: &str = "runlist/priority_runlist_current.csv";

/// Reads the runlist: the wanted number of CAMs from its top.
pub(super) fn load(context: &mut Context<'_>) -> anyhow::Result<Vec<Cam>> {
    if context.config.ignore_overrides {
        return Ok(vec![Cam::new("TestCar", "205/55 R16")]);
    }
    let path = context.store.local_copy(FILE).context("The runlist cannot be read")?;
    let columns = header(&path)?;
    let Columns { vehicle, size, rank } = Columns::find(&path, &columns)?;
    // Names may repeat among the columns that are not read: positions do not.
    let names: Vec<String> = (0..columns.len()).map(|at| format!("column{at}")).collect();
    let parameters = context! {
        path => utf8(&path)?,
        columns => names.clone(),
        vehicle => &*names[vehicle],
        size => &*names[size],
        rank => rank.map(|rank| &*names[rank]),
        total => context.config.waves.total_overall,
        choices => Choices::of(context.config.compat),
    };
    context.execute(&[render("aim/runlist.sql", parameters)?])?;
    let query = Statement::new("runlist", "select vehicle, size from runlist order by idx");
    let cams: Vec<Cam> = context
        .warehouse
        .rows(&query)?
        .into_iter()
        .filter_map(|row| {
            let mut cells = row.into_iter();
            Some(Cam::new(cells.next()??, cells.next()??))
        })
        .collect();
    if cams.is_empty() {
        bail!("{} has no row with a vehicle and a size: add some", path.display());
    }
    tracing::info!("{} CAMs are asked for", cams.len());
    Ok(cams)
}

/// Where the columns stand that are read.
#[derive(Debug, PartialEq)]
struct Columns {
    vehicle: usize,
    size: usize,
    rank: Option<usize>,
}

impl Columns {
    /// Finds `vehicle`, `size` and `priorityrank` or `rank`, trimmed, case ignored.
    fn find(path: &Path, columns: &[String]) -> anyhow::Result<Self> {
        let position = |names: &[&str]| {
            let mut found = columns
                .iter()
                .enumerate()
                .filter(|(_, column)| names.contains(&column.trim().to_lowercase().as_str()));
            let first = found.next();
            if let (Some((_, first)), Some((_, second))) = (first, found.next()) {
                bail!(
                    "{} has two columns for one thing, {first:?} and {second:?}: rename one",
                    path.display()
                );
            }
            Ok(first.map(|(at, _)| at))
        };
        let required = |name: &str| {
            position(&[name])?.with_context(|| {
                format!(
                    "{} has no column {name}: its header has {}",
                    path.display(),
                    columns.join(", ")
                )
            })
        };
        Ok(Self {
            vehicle: required("vehicle")?,
            size: required("size")?,
            rank: position(&["priorityrank", "rank"])?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(header: &[&str]) -> anyhow::Result<Columns> {
        let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
        Columns::find(Path::new("runlist.csv"), &header)
    }

    #[test]
    fn names_are_trimmed_and_case_is_ignored() {
        let columns = find(&[" vehicle ", "Other", " SIZE", "rank"]).expect("found");
        assert_eq!(columns, Columns { vehicle: 0, size: 2, rank: Some(3) });
    }

    #[test]
    fn missing_and_double_columns_are_named() {
        let error = |header: &[&str]| find(header).unwrap_err().to_string();
        assert!(error(&["vehicle"]).contains("no column size"));
        assert!(error(&["vehicle", "size", "Vehicle"]).contains("two columns"));
        assert!(error(&["vehicle", "size", "rank", "PriorityRank"]).contains("two columns"));
    }
}
